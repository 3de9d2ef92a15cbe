package compose

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/aparte-dev/aparte"
)

// MailScene is what an e-mail says and what it carries. The words are the content's elements subject,
// preheader, headline, body and cta, or the layout's HTML in place of the last three; the pictures are
// slots, decided only when they are fetched.
type MailScene struct {
	Scene                  // Link is where the button leads
	Slots       []MailSlot // shown in this order, the first above the button
	LogoURL     string     // the brand's logo on the web; empty: its name
	Unsubscribe string     // the address that ends it; required where the purpose is marketing
	Why         string     // the address that answers "why did I get this?"
}

// MailSlot is a picture that is decided when the mail is opened. Width and Height are in CSS pixels;
// the picture at ImageURL may have twice as many.
type MailSlot struct {
	ImageURL      string
	Link          string
	Width, Height int
	Alt           string // read where the picture is not shown; empty: the headline
}

// Message is a composed e-mail, both its parts.
type Message struct {
	Subject   string // one line
	Preheader string // shown after the subject in a list of mails
	HTML      string
	Text      string // says the same to who reads text
}

// Limits on an e-mail. Some clients cut a mail whose HTML is longer than 102 KB.
const (
	maxSubject   = 150 // characters
	maxPreheader = 120
	maxSlots     = 12
	mailWidth    = 512 // of what stands in the sheet, in CSS pixels
)

// Mail composes an e-mail. It fails, and nothing should be sent, where there is no subject, where an
// address in it is not absolute, or where a marketing message has no way out.
func (c *Composer) Mail(s *MailScene) (Message, error) {
	sc, err := c.scope(&s.Scene)
	if err != nil {
		return Message{}, err
	}
	if err := s.check(); err != nil {
		return Message{}, fmt.Errorf("mail of content %q: %w", s.Content.ID, err)
	}
	m, err := c.letter(s, sc)
	if err != nil {
		return Message{}, err
	}
	html, err := m.html(c.frame)
	if err != nil {
		return Message{}, fmt.Errorf("mail of content %q: %w", s.Content.ID, err)
	}
	return Message{Subject: m.Subject, Preheader: m.Preheader, HTML: html, Text: m.text()}, nil
}

func (s *MailScene) check() error {
	if s.Unsubscribe == "" && s.Content.Purpose == aparte.Marketing {
		return errors.New("a marketing e-mail must say how to end it")
	}
	if len(s.Slots) > maxSlots {
		return fmt.Errorf("more than %d slots", maxSlots)
	}
	addresses := map[string]string{"link": s.Link, "logo": s.LogoURL, "unsubscribe": s.Unsubscribe, "why": s.Why, "answers": s.Answer}
	for name, address := range addresses {
		if address != "" && !isAbsolute(address) {
			return fmt.Errorf("the address of %s must be absolute, http or https", name)
		}
	}
	for i, slot := range s.Slots {
		if !isAbsolute(slot.ImageURL) || !isAbsolute(slot.Link) {
			return fmt.Errorf("slot %d: its addresses must be absolute, http or https", i)
		}
		if slot.Width < 1 || slot.Height < 1 || slot.Width > maxBannerSide || slot.Height > 4*maxBannerSide {
			return fmt.Errorf("slot %d: %d × %d is no size for a picture", i, slot.Width, slot.Height)
		}
	}
	return nil
}

func isAbsolute(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// letter is what both parts of an e-mail are written from.
type letter struct {
	Subject, Preheader string
	Headline, Button   string
	Paragraphs         [][]string // each of lines
	markup             string     // the layout's HTML, in place of headline, paragraphs and button
	opinions           *Opinions  // the reviews in it; nil: it has none
	Link               string
	Slots              []MailSlot
	Answers            []answerLink // to what is asked; Refuse leads to the page where one may rather not say
	Privacy            string
	Refuse             answerLink

	Brand, Home, Logo   string
	Language            string
	Words               footer
	Reason, Postal      string
	Why, Unsubscribe    string
	style               aparte.Style
	textBody, textTitle string
	textButton          string
}

func (c *Composer) letter(s *MailScene, sc *scope) (*letter, error) {
	e := sc.elements
	words := footerIn(sc.voice.base)
	m := &letter{
		Subject: oneLine(e["subject"], maxSubject), Preheader: oneLine(e["preheader"], maxPreheader),
		Headline: tied(e["headline"]), Button: tied(e["cta"]), Paragraphs: paragraphs(tied(e["body"])),
		textTitle: e["headline"], textBody: e["body"], textButton: e["cta"], Link: s.Link,
		Brand: s.Brand.Name, Home: s.Brand.Home, Logo: s.LogoURL, Postal: s.Brand.Sender.Postal,
		Language: sc.voice.locale, Words: words, Reason: words.reason(s.Content.Purpose, s.Brand.Name),
		Why: s.Why, Unsubscribe: s.Unsubscribe, style: s.Brand.Style,
	}
	if m.Subject == "" {
		return nil, fmt.Errorf("mail of content %q: it has no subject", s.Content.ID)
	}
	if m.Preheader == "" {
		m.Preheader = oneLine(e["body"], maxPreheader)
	}
	if m.Link == "" {
		m.Button = ""
	}
	for _, slot := range s.Slots {
		m.Slots = append(m.Slots, slot.fitted(e["headline"], c.shows(sc), s.Brand.Name))
	}
	if s.Content.Ask != nil && s.Answer != "" {
		q := sc.question()
		m.Answers, m.Privacy, m.Refuse = s.links(&q), tied(q.Privacy), answerLink{q.Refuse, s.Answer + "?refused=1"}
		if m.Link = s.Answer; len(m.Answers) > 0 {
			m.Button = ""
		}
	}
	if s.Layout != nil && s.Layout.HTML != "" {
		sc.form = nil // mail clients send no forms: what is asked is answered by links
		body, err := c.html(sc)
		if err != nil {
			return nil, err
		}
		m.markup, m.Button = string(body), ""
		if t, err := c.library.template(markupTemplate, s.Layout.HTML); err == nil && t.uses("reviews") {
			m.opinions = sc.opinions()
		}
	}
	return m, nil
}

// fitted is the slot no wider than the sheet, with something to read where it is not shown.
func (s MailSlot) fitted(headline, shows, brand string) MailSlot {
	if s.Width > mailWidth {
		s.Width, s.Height = mailWidth, max(1, s.Height*mailWidth/s.Width)
	}
	if headline != "" && shows != "" {
		shows = headline + " – " + shows // the words are painted on it
	}
	s.Alt = cmp.Or(s.Alt, shows, headline, brand)
	return s
}

// paragraphs splits a text at its empty lines, and each paragraph into lines.
func paragraphs(text string) [][]string {
	var all [][]string
	var lines []string
	for line := range strings.Lines(text + "\n\n") {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		} else if len(lines) > 0 {
			all, lines = append(all, lines), nil
		}
	}
	return all
}

// oneLine is a text on one line, of at most n characters: what a header can hold.
func oneLine(s string, n int) string {
	return truncate(singleLine(s), n, "…")
}

// tied is a text whose French spaces do not break.
func tied(s string) string { return string(tie([]rune(s))) }

// footer is what stands at the foot of every e-mail.
type footer struct {
	agreed, asked string // why it was sent; %s is the brand
	Why           string
	Unsubscribe   string
	colon         string // as the language spaces it
}

func footerIn(language string) footer {
	if language == "fr" {
		return footer{
			agreed:      "Vous recevez cet e-mail parce que vous avez accepté de recevoir des nouvelles de %s.",
			asked:       "Vous recevez cet e-mail au sujet d’une demande que vous avez faite à %s.",
			Why:         "Pourquoi ce message" + noBreakSpace + "? Vos choix",
			Unsubscribe: "Se désabonner",
			colon:       noBreakSpace + ":",
		}
	}
	return footer{
		agreed:      "You receive this e-mail because you agreed to hear from %s.",
		asked:       "You receive this e-mail about something you asked %s for.",
		Why:         "Why this message? Your choices",
		Unsubscribe: "Unsubscribe",
		colon:       ":",
	}
}

func (f footer) reason(purpose aparte.Purpose, brand string) string {
	if purpose == aparte.Service {
		return fmt.Sprintf(f.asked, brand)
	}
	return fmt.Sprintf(f.agreed, brand)
}
