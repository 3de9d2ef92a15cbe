package compose

import (
	"bytes"
	_ "embed"
	"fmt"
	htmltemplate "html/template"
	"image/color"
	"strings"
	"unicode/utf8"

	"github.com/aparte-dev/aparte"
)

//go:embed frame/mail.html
var mailFrame string

func newFrame() (*htmltemplate.Template, error) { return htmltemplate.New("mail").Parse(mailFrame) }

// sheet is what the frame is filled with.
type sheet struct {
	*letter
	Body        htmltemplate.HTML // from the layout, escaped already
	First, Rest []MailSlot
	Filler      htmltemplate.HTML

	Ground, Paper, Ink, Faint, Accent, AccentInDark, OnAccent string
	Type                                                      htmltemplate.CSS
	ForOutlook                                                outlook
}

// outlook is what only Outlook on Windows reads: it knows no max-width, so the sheet stands in a table
// of fixed width.
type outlook struct{ Head, Open, Close htmltemplate.HTML }

var forOutlook = outlook{
	Head:  `<!--[if mso]><noscript><xml><o:OfficeDocumentSettings><o:PixelsPerInch>96</o:PixelsPerInch></o:OfficeDocumentSettings></xml></noscript><![endif]-->`,
	Open:  `<!--[if mso]><table role="presentation" width="600" align="center" cellpadding="0" cellspacing="0" border="0"><tr><td><![endif]-->`,
	Close: `<!--[if mso]></td></tr></table><![endif]-->`,
}

// filler keeps a mail client from showing, after the preheader, what stands at the top of the mail.
var filler = htmltemplate.HTML(strings.Repeat("&#847;&zwnj;&nbsp;", 60))

func (m *letter) html(frame *htmltemplate.Template) (string, error) {
	style := &m.style
	paper, ink, accent := brandColour("paper", style), brandColour("ink", style), brandColour("accent", style)
	p := sheet{
		letter: m, Body: htmltemplate.HTML(m.markup), Filler: filler, ForOutlook: forOutlook,
		Ground: hexOf(mix(paper, ink, 0.06)), Paper: hexOf(paper), Ink: hexOf(ink), Faint: hexOf(mix(ink, paper, 0.3)),
		Accent: hexOf(accent), AccentInDark: hexOf(mix(accent, white, 0.45)), OnAccent: hexOf(brandColour("onAccent", style)),
		Type: htmltemplate.CSS(fontFamily(style)),
	}
	p.First, p.Rest = m.Slots[:min(1, len(m.Slots))], m.Slots[min(1, len(m.Slots)):]
	var out bytes.Buffer
	if err := frame.Execute(&out, p); err != nil {
		return "", fmt.Errorf("frame: %w", err)
	}
	return out.String(), nil
}

func hexOf(c color.NRGBA) string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }

// plainFamily is used where the brand names none.
const plainFamily = "Helvetica, Arial, sans-serif"

// fontFamily is the brand's CSS font-family where it is no more than that.
func fontFamily(style *aparte.Style) string {
	if style.FontFamily == "" || !isFontFamily(style.FontFamily) {
		return plainFamily
	}
	return strings.ReplaceAll(style.FontFamily, `"`, "'")
}

// isFontFamily reports whether s is a list of names and nothing else.
func isFontFamily(s string) bool {
	for _, r := range s {
		if !(r == ' ' || r == ',' || r == '-' || r == '\'' || r == '"' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z') {
			return false
		}
	}
	return strings.Count(s, "'")%2 == 0 && strings.Count(s, `"`)%2 == 0
}

// textWidth is the width to which the text part is wrapped: RFC 3676, section 4.2.
const textWidth = 72

// text is the part for who reads text.
func (m *letter) text() string {
	var b strings.Builder
	block := func(lines ...string) {
		if strings.Join(lines, "") == "" {
			return
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		for _, line := range lines {
			b.WriteString(wrapText(line, textWidth) + "\n")
		}
	}
	block(m.Brand)
	block(m.textTitle)
	for _, lines := range paragraphs(m.textBody) {
		block(lines...)
	}
	if m.opinions != nil {
		for _, lines := range m.opinions.lines(m.Words.colon) {
			block(lines...)
		}
	}
	for _, answer := range m.Answers {
		block(answer.Words+m.Words.colon, answer.Link)
	}
	if m.Link != "" && len(m.Answers) == 0 {
		label := m.textButton
		if label == "" {
			label = m.textTitle
		}
		block(label+m.Words.colon, m.Link)
	}
	for _, slot := range m.Slots {
		if slot.Alt == m.textTitle && m.Link != "" { // without words of its own: an address and nothing to read
			continue
		}
		block(slot.Alt, slot.Link)
	}
	block(m.Privacy)
	if m.Refuse.Link != "" {
		block(m.Refuse.Words+m.Words.colon, m.Refuse.Link)
	}
	block("-- ")
	block(m.Reason)
	if m.Why != "" {
		block(m.Words.Why, m.Why)
	}
	if m.Unsubscribe != "" {
		block(m.Words.Unsubscribe, m.Unsubscribe)
	}
	block(m.Postal)
	return b.String()
}

// wrapText breaks a line at its spaces. What has none, such as an address, stays whole.
func wrapText(s string, width int) string {
	var b strings.Builder
	at := 0
	for i, w := range strings.Split(s, " ") {
		n := utf8.RuneCountInString(w)
		switch {
		case i == 0:
		case at+1+n > width:
			b.WriteByte('\n')
			at = 0
		default:
			b.WriteByte(' ')
			at++
		}
		b.WriteString(w)
		at += n
	}
	return b.String()
}
