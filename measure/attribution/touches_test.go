package attribution

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAPathIsItsChannelsInTheirOrder(t *testing.T) {
	got, err := ReadTouches(" mail> paid search >mail", nil)
	if diff := cmp.Diff([]string{"mail", "paid search", "mail"}, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	for _, bad := range []string{"", "  ", ">", "a >", "a > > b", "a\xff", strings.Repeat("x", MaxName+1), strings.Repeat("a>", MaxTouches) + "a"} {
		if got, err := ReadTouches(bad, nil); err == nil {
			t.Errorf("%.20q is %d touches", bad, len(got))
		}
	}
}

func FuzzReadTouches(f *testing.F) {
	for _, seed := range []string{"a > b > a", "", " > ", "é>\xff", "a>b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		touches, err := ReadTouches(path, nil)
		if err != nil {
			return
		}
		again, err := ReadTouches(strings.Join(touches, " > "), nil)
		if diff := cmp.Diff(touches, again); diff != "" || err != nil {
			t.Error(diff, err)
		}
		p, _ := New(MaxOrder, 1)
		if err := p.Add(Journey{Touches: touches, Converted: 1, Lost: 1}); err != nil {
			t.Fatal(err)
		}
		if m := p.Markov(); len(touches) < 1000 && !(m.PConversion > 0.499 && m.PConversion < 0.501) {
			t.Errorf("one of two converts, it says %g", m.PConversion)
		}
	})
}
