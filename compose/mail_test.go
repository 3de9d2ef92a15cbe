package compose

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
)

// mailScene is the brand's first content as an e-mail to Zoé, with two pictures decided when opened.
func mailScene(t testing.TB, brand *aparte.Brand) *MailScene {
	s := scene(t, brand, "hero")
	s.Layout, s.ImageURL = nil, ""
	s.Link = "https://a.example/c/mail"
	return &MailScene{
		Scene: *s, Unsubscribe: "https://a.example/u/mail", Why: "https://a.example/me/mail",
		Slots: []MailSlot{
			{ImageURL: "https://a.example/x/one.png", Link: "https://a.example/c/one", Width: 600, Height: 300},
			{ImageURL: "https://a.example/x/two.png", Link: "https://a.example/c/two", Width: 300, Height: 250, Alt: "Une autre idée pour vous"},
		},
	}
}

func TestMailsReadAsTheyDid(t *testing.T) {
	brand := ondine(t)
	composer := newComposer(t)
	for _, test := range []struct {
		name   string
		change func(*MailScene)
	}{
		{"mail-french", func(*MailScene) {}},
		{"mail-british-service", func(s *MailScene) {
			content := *s.Content
			content.Purpose = aparte.Service
			s.Content, s.Locale, s.Unsubscribe, s.Slots = &content, "en-GB", "", nil
		}},
		{"mail-layout", func(s *MailScene) { s.Layout = &brand.Layouts[3] }},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := mailScene(t, brand)
			test.change(s)
			m, err := composer.Mail(s)
			if err != nil {
				t.Fatal(err)
			}
			checkText(t, test.name+".html", m.HTML)
			checkText(t, test.name+".txt", "Subject: "+m.Subject+"\nPreheader: "+m.Preheader+"\n\n"+m.Text)
		})
	}
}

func checkText(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs from the golden file (-want +got):\n%s", name, diff)
	}
}

func TestAMailThatCannotBeSentIsRefused(t *testing.T) {
	brand, composer := ondine(t), newComposer(t)
	for _, test := range []struct {
		change func(*MailScene)
		want   string
	}{
		{func(s *MailScene) { s.Unsubscribe = "" }, "how to end it"},
		{func(s *MailScene) { s.Link = "/c/mail" }, "the address of link must be absolute"},
		{func(s *MailScene) { s.Why = "javascript:x" }, "the address of why must be absolute"},
		{func(s *MailScene) { s.Slots[1].ImageURL = "x.png" }, "slot 1: its addresses"},
		{func(s *MailScene) { s.Slots[0].Width = 0 }, "slot 0: 0 × 300"},
		{func(s *MailScene) { s.Slots = make([]MailSlot, 13) }, "more than 12 slots"},
		{func(s *MailScene) { c := *s.Content; c.Elements = c.Elements[:4]; s.Content = &c }, "no subject"},
		{func(s *MailScene) { s.Content = nil }, "needs a brand and a content"},
	} {
		s := mailScene(t, brand)
		test.change(s)
		if m, err := composer.Mail(s); err == nil || !strings.Contains(err.Error(), test.want) || m != (Message{}) {
			t.Errorf("got %v, want %s", err, test.want)
		}
	}
}

func TestNoTraitReachesTheHeadersOrTheMarkupOfAMail(t *testing.T) {
	brand, composer := ondine(t), newComposer(t)
	words := func(s string) []aparte.Variant { return []aparte.Variant{{Words: aparte.Words{"fr": s}}} }
	content := brand.Contents[0]
	content.Elements = []aparte.Element{
		{Name: "subject", Variants: words("Pour {{ person.x | default: \"vous\" }}\nBcc: x@y.example")},
		{Name: "headline", Variants: words(`{{ person.x | default: "vous" }}`)},
		{Name: "body", Variants: words(`{{ person.x | default: "vous" }}`)},
		{Name: "cta", Variants: words(`{{ person.x | default: "vous" }}`)},
	}
	compose := func(x string) Message {
		s := mailScene(t, brand)
		s.Content, s.Person = &content, person("x", x)
		m, err := composer.Mail(s)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	want := structure(compose("Zoé").HTML)
	for _, x := range append(hostile, "a\r\nBcc: evil@evil.example\r\n\r\nbody", strings.Repeat("é", 5000)) {
		m := compose(x)
		if strings.ContainsAny(m.Subject+m.Preheader, "\r\n") || len([]rune(m.Subject)) > maxSubject {
			t.Errorf("the trait %.40q makes the subject %q", x, m.Subject)
		}
		if structure(m.HTML) != want {
			t.Errorf("the trait %.40q changes the markup", x)
		}
	}
}

func TestAMailStaysBelowWhatClientsCut(t *testing.T) {
	brand, composer := ondine(t), newComposer(t)
	s := mailScene(t, brand)
	for len(s.Slots) < maxSlots {
		s.Slots = append(s.Slots, s.Slots[0])
	}
	m, err := composer.Mail(s)
	if err != nil {
		t.Fatal(err)
	}
	if len(m.HTML) > 102<<10 {
		t.Errorf("%d bytes of HTML", len(m.HTML))
	}
	for line := range strings.Lines(m.Text) {
		if n := len([]rune(strings.TrimRight(line, "\n"))); n > textWidth && !strings.HasPrefix(line, "http") {
			t.Errorf("a line of %d characters: %s", n, line)
		}
	}
}
