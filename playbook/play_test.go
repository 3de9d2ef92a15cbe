package playbook_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/compose"
	"github.com/aparte-dev/aparte/decide"
	demo "github.com/aparte-dev/aparte/demo/brand"
	"github.com/aparte-dev/aparte/playbook"
	"github.com/aparte-dev/aparte/scenario"
)

func all(t *testing.T) []playbook.Play {
	t.Helper()
	plays, err := playbook.All()
	if err != nil {
		t.Fatal(err)
	}
	return plays
}

func furnished(t *testing.T) *aparte.Brand {
	t.Helper()
	b, err := demo.Brand()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// check is what Publish checks.
func check(t *testing.T, b *aparte.Brand) {
	t.Helper()
	c, err := compose.New(demo.Assets())
	if err != nil {
		t.Fatal(err)
	}
	_, planErr := decide.Compile(b, 1)
	_, scenarioErr := scenario.Compile(b)
	if err := errors.Join(planErr, scenarioErr, c.Check(b)); err != nil {
		t.Error(err)
	}
}

func TestEveryPlayPassesTheChecksOfABrandThatTakesItUp(t *testing.T) {
	together := furnished(t)
	for _, p := range all(t) {
		t.Run(p.ID, func(t *testing.T) {
			b := furnished(t)
			other, err := p.Adopt(b)
			if err != nil {
				t.Fatal(err)
			}
			check(t, other)
			if p.In(b) || !p.In(other) {
				t.Error("it is in the brand before, or not after")
			}
			if _, err := p.Adopt(other); !errors.Is(err, playbook.ErrThere) {
				t.Errorf("taken up twice: %v", err)
			}
			if together, err = p.Adopt(together); err != nil {
				t.Errorf("beside the others: %v", err)
			}
		})
	}
	check(t, together)
}

// A brand that has nothing of its own to say yet can begin with any play.
func TestEveryPlayPassesTheChecksOfAnEmptyBrand(t *testing.T) {
	for _, p := range all(t) {
		b := furnished(t)
		b.Contents, b.Layouts, b.Rules, b.Scenarios, b.Audiences, b.Budgets = nil, nil, nil, nil, nil, nil
		other, err := p.Adopt(b)
		if err != nil {
			t.Fatal(err)
		}
		check(t, other)
	}
}

func TestAPlayThatIsSwitchedOffLeavesNothingThatCouldBeSaidAnywhere(t *testing.T) {
	for _, p := range all(t) {
		b := furnished(t)
		other, err := p.Adopt(b)
		if err != nil {
			t.Fatal(err)
		}
		for i := range p.Scenarios {
			other = playbook.Without(other, p.Scenarios[i].ID)
		}
		check(t, other)
		for _, c := range other.Contents {
			mine := slices.IndexFunc(p.Contents, func(o aparte.Content) bool { return o.ID == c.ID })
			if mine >= 0 && len(p.Contents[mine].Scenarios) > 0 {
				t.Errorf("play %q: content %q is left, for %q", p.ID, c.ID, c.Scenarios)
			}
		}
		if len(p.Scenarios) > 0 && p.In(other) {
			t.Errorf("play %q is still there", p.ID)
		}
	}
}

// Whoever takes a play up must find in it what they read: everything is said in both languages, and named after its play.
func TestEverythingIsSaidInEnglishAndFrench(t *testing.T) {
	for _, p := range all(t) {
		both := func(what string, w aparte.Words) {
			t.Helper()
			if w["en"] == "" || w["fr"] == "" || len(w) != 2 {
				t.Errorf("play %q: %s: %v", p.ID, what, w)
			}
			if strings.ContainsAny(w["fr"], "?!;") && !strings.Contains(w["fr"], "\u202f") {
				t.Errorf("play %q: %s: no space before a mark in %q", p.ID, what, w["fr"])
			}
		}
		named := func(id string) {
			t.Helper()
			if !strings.HasPrefix(id, p.ID+"-") {
				t.Errorf("play %q: %q does not begin with its name", p.ID, id)
			}
		}
		both("name", p.Name)
		both("about", p.About)
		if p.Before != nil {
			both("before", p.Before)
		}
		for _, a := range p.Audiences {
			named(string(a.ID))
			both(string(a.ID), a.Name)
		}
		for _, s := range p.Scenarios {
			named(string(s.ID))
			both(string(s.ID), s.Name)
		}
		for _, r := range p.Rules {
			named(string(r.ID))
			both(string(r.ID), r.Name)
		}
		for _, c := range p.Contents {
			named(string(c.ID))
			both(string(c.ID), c.Name)
			for _, e := range c.Elements {
				for _, v := range e.Variants {
					if v.Words != nil {
						both(string(c.ID)+" "+e.Name, v.Words)
					}
				}
			}
		}
	}
}

func TestAPlayThatIsNotThereIsSaidWithThoseThatAre(t *testing.T) {
	if _, err := playbook.Find("nothing"); !errors.Is(err, playbook.ErrUnknown) || !strings.Contains(err.Error(), "welcome") {
		t.Error(err)
	}
	if p, err := playbook.Find("basket"); err != nil || p.ID != "basket" || len(p.Layouts) != 1 || p.Layouts[0].HTML == "" {
		t.Errorf("%+v, %v", p, err)
	}
}
