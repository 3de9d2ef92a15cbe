package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/compose"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/learn/intent"
	"github.com/aparte-dev/aparte/store"
)

// A person's own page has two kinds of link. The one in every mail is forwarded with it: it lets its reader choose, and shows nothing
// of what is known. All of it opens with the other, which is written to the address on file, or handed out by a brand whose site has
// the person logged in, and holds for wholeFor.

// wholeFor is how long a link holds that shows everything.
const wholeFor = time.Hour

// OwnPage is what a link to a person's own page opens.
type OwnPage struct {
	Person aparte.PersonID
	About  aparte.DecisionID // the message whose link was followed; its Seq is 0 where there is none
	Whole  bool              // everything; else choices alone
	Until  time.Time         // the link holds, where it does not for good
}

// OwnPage reads a link's token. ErrToken where it is none, or its time is over.
func (e *Engine) OwnPage(token string) (OwnPage, error) {
	if id, _, err := e.readToken(tokenChoices, token); err == nil {
		return OwnPage{Person: id.Person, About: id}, nil
	}
	id, at, err := e.readToken(tokenWhole, token)
	if err != nil {
		return OwnPage{}, err
	}
	until := at.Add(wholeFor)
	if now := e.now(); !now.Before(until) || now.Before(at.Add(-time.Minute)) {
		return OwnPage{}, ErrToken
	}
	return OwnPage{Person: id.Person, About: id, Whole: true, Until: until}, nil
}

// choicesAddress is the link to a person's page that stands in the message of a decision.
func (e *Engine) choicesAddress(d *aparte.Decision) string {
	return e.baseURL + "/me/" + e.token(tokenChoices, d.ID, d.At)
}

// OpenPage is a link that shows a person everything, and until when it holds. Whoever has it is taken for them.
func (e *Engine) OpenPage(ctx context.Context, id aparte.PersonID) (address string, until time.Time, err error) {
	p, err := e.Person(ctx, id)
	if err != nil {
		return "", time.Time{}, err
	}
	address, until = e.wholeAddress(aparte.DecisionID{Person: p.ID})
	return address, until, nil
}

func (e *Engine) wholeAddress(about aparte.DecisionID) (address string, until time.Time) {
	at := e.now().UTC().Truncate(time.Second)
	return e.baseURL + "/me/" + e.token(tokenWhole, about, at), at.Add(wholeFor)
}

// SendPage writes a link that shows everything to the person's own address, and answers the address as Masked shows it. from is
// where the request came from. ErrUnsent where there is no address or it cannot be written to, ErrOften where it was asked for too often.
func (e *Engine) SendPage(ctx context.Context, page OwnPage, from string) (masked string, err error) {
	p, err := e.Person(ctx, page.Person)
	if err != nil {
		return "", err
	}
	now, sender := e.brand.Load(), e.sender(aparte.Email)
	to := p.Addresses(aparte.Email)
	switch {
	case now == nil:
		return "", ErrNoBrand
	case sender == nil || len(to) == 0:
		return "", ErrUnsent
	case !e.confirms.allow(e.now(), identifierKey(e.secret, to[0]), p.ID, from):
		return "", ErrOften
	}
	brand := now.plan.Brand()
	link, _ := e.wholeAddress(page.About)
	composed, err := e.composer.Mail(&compose.MailScene{Scene: compose.Scene{
		Brand: brand, Content: &pageContent, Locale: localeOf(now, &p, ""), Now: e.now(), Zone: brand.Zone, Link: link,
	}})
	if err != nil {
		return "", fmt.Errorf("page of %s: %w", p.ID, err)
	}
	message := &channel.Message{
		Key: fmt.Sprintf("page-%s-%d", p.ID, e.now().Unix()), To: to[0].Value, ReplyTo: brand.Sender.ReplyTo, From: senderOf(brand),
		Subject: composed.Subject, HTML: composed.HTML, Text: composed.Text,
	}
	e.handed(aparte.Email)
	if err := sender.Send(ctx, message); err != nil {
		e.log.Warn("a link to a person's page was not sent", "person", p.ID, "error", err)
		return "", ErrUnsent
	}
	return Masked(to[0].Value), nil
}

func senderOf(b *aparte.Brand) string {
	return (&mail.Address{Name: b.Sender.Name, Address: b.Sender.Address}).String()
}

// pageContent is what the mail with the link says.
var pageContent = aparte.Content{
	ID: "aparte-page", Kind: "page", Purpose: aparte.Service,
	Elements: []aparte.Element{
		confirmWords("subject", "Everything we know of you", "Tout ce que nous savons de vous"),
		confirmWords("headline", "Your page is ready", "Votre page est prête"),
		confirmWords("body", "You asked {{ brand.name }} to show you everything. This link does, and holds for one hour: whoever has it can read your page, so please do not pass it on.\n\nIf it was not you who asked, do nothing.",
			"Vous avez demandé à {{ brand.name }} de tout vous montrer. Ce lien le fait, et vaut une heure\u00a0: qui le possède peut lire votre page, ne le transmettez donc pas.\n\nSi ce n’était pas vous, ne faites rien."),
		confirmWords("cta", "Open my page", "Ouvrir ma page"),
	},
}

// Masked is an e-mail address that its owner recognises and nobody else learns: m…@e….org.
func Masked(address string) string {
	name, host, _ := strings.Cut(address, "@")
	first := func(s string) string {
		for _, r := range s {
			return string(r)
		}
		return ""
	}
	dot := strings.LastIndexByte(host, '.')
	if dot < 0 {
		dot = len(host)
	}
	return first(name) + "…@" + first(host[:dot]) + "…" + host[dot:]
}

// Declare notes what a person says of themselves on their page, at once: traits by their flat names, null to take one back, and
// answers. It is an event of theirs, so that the next decision knows. language is the one in which they were asked; empty: in none of ours.
func (e *Engine) Declare(ctx context.Context, id aparte.PersonID, language string, traits map[string]aparte.Value, answers []aparte.Consent) error {
	members := make(map[string]any, len(traits)+1)
	for name, v := range traits {
		members[name] = v
	}
	if len(answers) > 0 {
		told := make([]map[string]any, len(answers))
		for i, a := range answers {
			told[i] = map[string]any{"purpose": a.Purpose, "granted": a.Granted, "source": a.Source, "wording": a.Wording}
			if a.Channel != "" {
				told[i]["channel"] = a.Channel
			}
		}
		members["consents"] = told
	}
	body, err := json.Marshal(members)
	if err != nil {
		return fmt.Errorf("what %s declares: %w", id, err)
	}
	var how []byte
	if language != "" {
		if how, err = json.Marshal(map[string]any{"asked": asking{Language: language}}); err != nil {
			return fmt.Errorf("how %s was asked: %w", id, err)
		}
	}
	return e.visit(ctx, id, func(t *turn, p *aparte.Person) error {
		at := t.now.UTC()
		event := aparte.Event{
			Type: aparte.Identify, MessageID: aparte.MessageID(fmt.Sprintf("aparte-page:%s:%d:%d", p.ID, p.Seq, at.UnixNano())), Source: aparte.OwnSource,
			Traits: body, Context: how, Timestamp: at, OriginalTimestamp: at, ReceivedAt: at,
		}
		_, err := t.apply(p, &event, named{}, messageKey(event.MessageID))
		return err
	})
}

// PastMessage is one thing that was said to a person, in the words and for the reasons of its time.
type PastMessage struct {
	aparte.Said
	Lines []string // what it said, the headline first; none where its words are gone
	Why   []string // decide.Explain
}

// PastMessages are what was said to a person, newest first, skip of them left out, at most most.
func (e *Engine) PastMessages(ctx context.Context, p *aparte.Person, skip, most int, lang string) ([]PastMessage, error) {
	var all []PastMessage
	brands := map[uint64]*aparte.Brand{}
	for i := len(p.Said) - 1 - skip; i >= 0 && len(all) < most; i-- {
		m, err := e.pastMessage(ctx, p, &p.Said[i], lang, brands)
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, nil
}

// PastMessage is what one decision said to a person, in the words and for the reasons of its time.
func (e *Engine) PastMessage(ctx context.Context, p *aparte.Person, id aparte.DecisionID, lang string) (PastMessage, error) {
	return e.pastMessage(ctx, p, &aparte.Said{Decision: id}, lang, map[uint64]*aparte.Brand{})
}

func (e *Engine) pastMessage(ctx context.Context, p *aparte.Person, said *aparte.Said, lang string, brands map[uint64]*aparte.Brand) (PastMessage, error) {
	m := PastMessage{Said: *said}
	d, err := e.Decision(ctx, said.Decision)
	if errors.Is(err, store.ErrNotFound) {
		return m, nil
	} else if err != nil {
		return m, err
	}
	b, known := brands[d.Brand]
	if now := e.brand.Load(); !known && now != nil && now.plan.Version() == d.Brand {
		b, known = now.plan.Brand(), true
	}
	if !known {
		if b, _, err = e.brandAt(ctx, d.Brand); errors.Is(err, store.ErrNotFound) {
			b = nil
		} else if err != nil {
			return m, err
		}
	}
	if brands[d.Brand] = b; b == nil {
		return m, nil
	}
	m.Why = decide.Explain(&d, b, lang)
	m.Lines = e.linesOf(b, p, &d, lang)
	return m, nil
}

// wordsOf are the elements of which a message's words are told again, in this order.
var wordsOf = []string{"subject", "headline", "title", "body", "text"}

// linesOf is what a decision said, as far as its words can be found again.
func (e *Engine) linesOf(b *aparte.Brand, p *aparte.Person, d *aparte.Decision, lang string) (lines []string) {
	at := slices.IndexFunc(b.Contents, func(c aparte.Content) bool { return c.ID == d.Action.Content })
	if at < 0 {
		return nil
	}
	scene := &compose.Scene{Brand: b, Content: &b.Contents[at], Action: d.Action, Person: p, Locale: lang, Now: d.At, Zone: b.Zone}
	for i := range b.Items {
		switch b.Items[i].ID {
		case d.Action.Item:
			scene.Item = &b.Items[i]
		case d.Companion:
			scene.Companion = &b.Items[i]
		}
	}
	elements, err := e.composer.Elements(scene)
	if err != nil {
		return nil // its words ask for what is not known any more: the rest stands
	}
	for _, name := range wordsOf {
		if text := strings.TrimSpace(elements[name]); text != "" && !slices.Contains(lines, text) {
			lines = append(lines, text)
		}
	}
	return lines
}

// AskHuman notes what a person wrote on their page, as a reply that somebody of the brand should read. Where no scenario gives it to
// somebody, it is written to the brand's own mailbox. ErrOften where they wrote too often, ErrUnsent where nobody could be told: it is in their story.
func (e *Engine) AskHuman(ctx context.Context, id aparte.PersonID, text string) error {
	p, err := e.Person(ctx, id)
	if err != nil {
		return err
	}
	if !e.writings.allow(string(p.ID[:]), e.now()) {
		return ErrOften
	}
	guess := intent.Guess{Intent: intent.Human, Sure: 1}
	r := &channel.Reply{Channel: aparte.Web, ID: fmt.Sprintf("page:%s:%d", p.ID, e.now().UnixNano()), Text: text, At: e.now()}
	event, err := e.replyEvent(ctx, r, aparte.Identifier{Kind: aparte.KindUserID}, "", guess)
	if err != nil {
		return err
	}
	event.Context = nil
	err = e.visit(ctx, p.ID, func(t *turn, p *aparte.Person) error {
		next, err := t.apply(p, &event, named{}, messageKey(event.MessageID))
		if err != nil || next == p {
			return err
		}
		return t.heard(next, r, guess)
	})
	if err != nil || e.somebodyReads() {
		return err
	}
	return e.passOn(ctx, &p, r)
}

// somebodyReads reports whether a scenario gives what people write to somebody of the brand.
func (e *Engine) somebodyReads() bool {
	now := e.brand.Load()
	return now != nil && slices.ContainsFunc(now.plan.Brand().Scenarios, func(s aparte.Scenario) bool {
		return s.After == aparte.EventHumanWanted && (s.Channel == aparte.Human || slices.Contains(s.Also, aparte.Human))
	})
}

// passOn writes to the brand's mailbox what a person wrote.
func (e *Engine) passOn(ctx context.Context, p *aparte.Person, r *channel.Reply) error {
	now, sender := e.brand.Load(), e.sender(aparte.Email)
	if now == nil || sender == nil {
		return ErrUnsent
	}
	b := now.plan.Brand()
	m := &channel.Message{
		Key: fmt.Sprintf("human-%s-%d", p.ID, r.At.Unix()), To: b.Sender.ReplyTo, From: senderOf(b),
		Subject: frenchOr(b.Locale, "Quelqu’un vous écrit depuis sa page", "Somebody writes to you from their page"), Text: r.Text,
		HTML: "<p style=\"white-space:pre-wrap\">" + html.EscapeString(r.Text) + "</p>",
	}
	if m.To == "" {
		m.To = b.Sender.Address
	}
	if to := p.Addresses(aparte.Email); len(to) > 0 {
		m.ReplyTo = to[0].Value
	}
	e.handed(aparte.Email)
	if err := sender.Send(ctx, m); err != nil {
		e.log.Warn("what somebody wrote was not passed on", "person", p.ID, "error", err)
		return ErrUnsent
	}
	return nil
}

func frenchOr(locale, french, other string) string {
	if strings.HasPrefix(strings.ToLower(locale), "fr") {
		return french
	}
	return other
}
