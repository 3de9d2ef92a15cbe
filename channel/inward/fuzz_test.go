package inward

import (
	"io/fs"
	"testing"
	"unicode/utf8"

	"github.com/aparte-dev/aparte/channel"
)

// FuzzRead looks for mails of which something is told that is out of bounds, or that are not survived.
func FuzzRead(f *testing.F) {
	names, err := fs.Glob(samples, "testdata/*.eml")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		mail, err := samples.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(mail, false)
	}
	f.Fuzz(func(t *testing.T, raw []byte, null bool) {
		m := read(raw)
		switch m.kind(null) {
		case report:
			if r := m.report(); r.Fate == "" || r.Code < 0 || r.Code > 999 || r.Suppress && r.Fate != channel.Undelivered || len(r.Reason) > 100 {
				t.Errorf("report %+v", r)
			}
		case complaint:
			m.complained()
		case reply:
			if null {
				t.Error("a machine is taken for somebody")
			}
			words, id := m.words(), m.id()
			if len(words) > channel.MaxReply || !utf8.ValidString(words) {
				t.Errorf("words of %d bytes", len(words))
			}
			if id == "" || len(id) > channel.MaxKey {
				t.Errorf("id %q", id)
			}
		}
	})
}

func TestWordsAreWithoutWhatTheyAnswerTo(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"nothing quoted":            {"Merci !\n", "Merci !"},
		"quoted below":              {"Yes please\n\nOn Tue, 14 Jul 2026 at 09:30, Atelier <a@b.example> wrote:\n> Red?\n", "Yes please"},
		"quoted below, in French":   {"Oui\n\nLe mar. 14 juil. 2026 à 09:30, Atelier <a@b.example> a écrit :\n> Rouge ?\n", "Oui"},
		"attribution folded":        {"Yes\nOn Tue, 14 Jul 2026 at 09:30, Atelier\n<a@b.example> wrote:\n> Red?", "Yes"},
		"quoted above":              {"> Red?\n\nYes", "Yes"},
		"quoted between":            {"> Red?\nYes\n> Blue?\nNo", "Yes\nNo"},
		"a signature":               {"Yes\n-- \nElise\n+33 6 12 34 56 78", "Yes"},
		"Outlook":                   {"Oui\n\n-----Message d'origine-----\nDe : Atelier", "Oui"},
		"Outlook, header alone":     {"Oui\r\n\r\nDe : Atelier <a@b.example>\r\nEnvoyé : mardi", "Oui"},
		"a sentence that begins so": {"On the website it says sold out.\nIs it?", "On the website it says sold out.\nIs it?"},
	} {
		if got := own(test.text); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}
