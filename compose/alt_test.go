package compose

import (
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
)

// described are assets of which somebody said what they show.
type described struct {
	fs.FS
	words map[string]aparte.Words
}

func (d described) Alt(name string) aparte.Words { return d.words[name] }

func TestAMailTellsWhatItsPictureShows(t *testing.T) {
	c, err := New(described{os.DirFS("testdata/assets"), map[string]aparte.Words{"jar.png": {"fr": "Un pot de crème ouvert", "en": "An open jar of cream"}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		locale  string
		visual  uint8
		headed  bool
		want    string
		unsaids string
	}{
		{"fr", 1, true, `alt="Zoé, il vous va à ravir – Un pot de crème ouvert"`, "An open jar"},
		{"en", 1, true, `alt="Zoé, it suits you so well – An open jar of cream"`, "Un pot"},
		{"fr", 1, false, `alt="Un pot de crème ouvert"`, "ravir"},
		{"fr", 0, true, `alt="Zoé, il vous va à ravir"`, "Un pot"}, // the item's own picture
	} {
		s := mailScene(t, ondine(t))
		content := *s.Content
		if !test.headed {
			content.Elements = content.Elements[1:]
			s.Action.Variants = []uint8{0, test.visual}
		} else {
			s.Action.Variants = []uint8{0, 0, test.visual}
		}
		s.Content, s.Locale = &content, test.locale
		m, err := c.Mail(s)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(m.HTML, test.want) || strings.Contains(m.HTML, test.unsaids) || !strings.Contains(m.HTML, `alt="Une autre idée pour vous"`) {
			t.Errorf("%s, picture %d: no %s, or %q", test.locale, test.visual, test.want, test.unsaids)
		}
	}
}

func TestWhatIsNotKnownOfSomebodyIsNamed(t *testing.T) {
	c := newComposer(t)
	s := scene(t, ondine(t), "hero")
	if got := c.Missing(s); len(got) != 0 {
		t.Errorf("of Zoé is missing %v", got)
	}
	s.Person, s.Item = person(), nil
	want := []string{"person.firstName", "item.name", "item.stock", "item.price", "item.link"}
	if diff := cmp.Diff(want, c.Missing(s)); diff != "" {
		t.Error(diff)
	}
}
