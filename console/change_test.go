package console

import (
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/demo/brand"
)

func demoBrand(t *testing.T) *aparte.Brand {
	t.Helper()
	b, err := brand.Brand()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// differs is where two brands differ: the names of their parts.
func differs(t *testing.T, a, b *aparte.Brand) (parts []string) {
	t.Helper()
	read := func(b *aparte.Brand) (all map[string]json.RawMessage) {
		body, err := json.Marshal(b)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(body, &all); err != nil {
			t.Fatal(err)
		}
		return all
	}
	before, after := read(a), read(b)
	for name := range before {
		if string(before[name]) != string(after[name]) {
			parts = append(parts, name)
		}
	}
	slices.Sort(parts)
	return parts
}

func TestAChangeIsMadeAndNothingElse(t *testing.T) {
	inForce := demoBrand(t)
	content := func(b *aparte.Brand, id aparte.ContentID) *aparte.Content {
		for i := range b.Contents {
			if b.Contents[i].ID == id {
				return &b.Contents[i]
			}
		}
		return nil
	}
	for _, c := range []struct {
		asked string
		parts []string
		made  func(b *aparte.Brand) bool
	}{
		{"change=content&content=our-story", []string{"contents"}, func(b *aparte.Brand) bool {
			return content(b, "our-story") == nil && len(b.Contents) == len(inForce.Contents)-1
		}},
		{"change=rule&rule=never-ordered", []string{"contents", "rules"}, func(b *aparte.Brand) bool {
			return len(b.Rules) == len(inForce.Rules)-1 && cmp.Equal(content(b, "welcome-offer").Rules, []aparte.RuleID{"not-too-often"})
		}},
		{"change=cap&channel=email&most=1&per=day", []string{"pressure"}, func(b *aparte.Brand) bool {
			return len(b.Pressure.Caps) == 3 && b.Pressure.Caps[2] == aparte.Cap{Channel: aparte.Email, Most: 1, Within: aparte.Duration(24 * time.Hour)}
		}},
		{"change=cap&channel=&most=2&per=week", []string{"pressure"}, func(b *aparte.Brand) bool {
			return len(b.Pressure.Caps) == 4 && b.Pressure.Caps[3] == aparte.Cap{Most: 2, Within: aparte.Duration(7 * 24 * time.Hour)}
		}},
		{"change=cap&channel=email&most=&per=week", []string{"pressure"}, func(b *aparte.Brand) bool { return len(b.Pressure.Caps) == 2 }},
		{"change=where&content=our-story&when=person.orders+%3D%3D+0", []string{"contents", "rules"}, func(b *aparte.Brand) bool {
			last := b.Rules[len(b.Rules)-1]
			return last.When == "person.orders == 0" && slices.Contains(content(b, "our-story").Rules, last.ID)
		}},
	} {
		form, err := url.ParseQuery(c.asked)
		if err != nil {
			t.Fatal(err)
		}
		asked := changeAsked(form)
		other, err := asked.of(inForce)
		if err != nil {
			t.Errorf("%s: %v", c.asked, err)
			continue
		}
		if !c.made(other) {
			t.Errorf("%s: is not made", c.asked)
		}
		if diff := cmp.Diff(c.parts, differs(t, inForce, other)); diff != "" {
			t.Errorf("%s: what changes (-want +got):\n%s", c.asked, diff)
		}
		if diff := cmp.Diff(form, kept(t, asked.query(), form)); diff != "" {
			t.Errorf("%s: its address asks something else:\n%s", c.asked, diff)
		}
		for _, lang := range []string{"en", "fr"} {
			if said := asked.said(lang, inForce); strings.ContainsAny(said, "{}") || strings.HasPrefix(said, "whatif.") {
				t.Errorf("%s in %s is said as %q", c.asked, lang, said)
			}
		}
	}
	if parts := differs(t, inForce, demoBrand(t)); parts != nil {
		t.Errorf("the brand in force was changed: %v", parts)
	}
}

// kept is an address read again, where a field that was left empty may be absent.
func kept(t *testing.T, query string, form url.Values) url.Values {
	t.Helper()
	again, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	for field := range form {
		if form.Get(field) == "" {
			again.Set(field, "")
		}
	}
	return again
}

func TestWhatIsWrongWithAChangeIsToldAtItsField(t *testing.T) {
	inForce := demoBrand(t)
	for asked, want := range map[string]string{
		"change=content&content=none":                       "content",
		"change=rule&rule=none":                             "rule",
		"change=cap&channel=pigeon&most=1&per=day":          "channel",
		"change=cap&channel=email&most=-1&per=day":          "most",
		"change=cap&channel=email&most=1.5&per=day":         "most",
		"change=cap&channel=email&most=1000000&per=day":     "most",
		"change=cap&channel=email&most=1&per=year":          "per",
		"change=where&content=none&when=true":               "content",
		"change=where&content=our-story&when=+":             "when",
		"change=where&content=our-story&when=person.order":  "when",
		"change=where&content=our-story&when=person.orders": "when", // is no condition
		"change=where&content=our-story&when=true)+||+(":    "when",
		"change=anything":                                   "change",
	} {
		form, err := url.ParseQuery(asked)
		if err != nil {
			t.Fatal(err)
		}
		c := changeAsked(form)
		var wrong *misfit
		if _, err := c.of(inForce); !errors.As(err, &wrong) || wrong.Field != want {
			t.Errorf("%s: told %v, want it at field %q", asked, err, want)
		}
		if wrong != nil && word("fr", wrong.Key) == wrong.Key {
			t.Errorf("%s: there is no word %q", asked, wrong.Key)
		}
	}
}
