package compose

import (
	"strings"
	"testing"

	"github.com/aparte-dev/aparte"
)

const twoColumns = `<mjml><mj-body><mj-section><mj-column>
<mj-text>{{ elements.headline }}</mj-text>
<mj-button href="{{ link }}">{{ elements.cta }}</mj-button>
</mj-column></mj-section></mj-body></mjml>`

// A layout written in MJML is checked as its HTML is, and says in a mail what the content says.
func TestAMailIsLaidOutInMJML(t *testing.T) {
	c := newComposer(t)
	b := ondine(t)
	s := scene(t, b, "letter")
	for i := range b.Layouts {
		if b.Layouts[i].ID == "letter" {
			b.Layouts[i].MJML, b.Layouts[i].HTML = twoColumns, "stale"
		}
	}
	authored, err := Author(b)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Check(authored); err != nil {
		t.Fatal(err)
	}
	s.Brand = authored
	for i := range authored.Layouts {
		if authored.Layouts[i].ID == "letter" {
			s.Layout = &authored.Layouts[i]
		}
	}
	m, err := c.Mail(&MailScene{Scene: *s, Unsubscribe: "https://a.example/u/token"})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(m.HTML, "Zoé, il vous va à ravir") || !strings.Contains(m.HTML, `href="https://a.example/c/token"`) || strings.Contains(m.HTML, "mj-") || strings.Contains(m.HTML, "stale") {
		t.Error(m.HTML)
	}
	if !strings.Contains(m.Text, "Zoé, il vous va à ravir") {
		t.Error(m.Text)
	}
}

func TestWhatIsWrongWithMJMLIsSaidAtItsLayoutAndLine(t *testing.T) {
	b := &aparte.Brand{Layouts: []aparte.Layout{{ID: "fine"}, {ID: "wrong", MJML: "<mjml>\n<mj-body>\n<mj-hero/>\n</mj-body></mjml>"}}}
	if _, err := Author(b); err == nil || !strings.Contains(err.Error(), "/layouts/1/mjml: line 3: <mj-hero>") {
		t.Error(err)
	}
}
