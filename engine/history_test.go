package engine_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
)

func ruled(name string, rules ...aparte.Rule) *aparte.Brand {
	return &aparte.Brand{Name: name, Rules: rules}
}

func TestChangesTellInWhatTwoBrandsDiffer(t *testing.T) {
	a, b, c := aparte.Rule{ID: "a", When: "true"}, aparte.Rule{ID: "b", When: "true"}, aparte.Rule{ID: "c", When: "false", Name: aparte.Words{"en": "C"}}
	other := b
	other.When = "person.orders > 1"
	for name, test := range map[string]struct {
		from, to *aparte.Brand
		want     []engine.Change
	}{
		"nothing": {ruled("x", a, b), ruled("x", a, b), nil},
		"one added, one changed, one removed": {ruled("x", a, b), ruled("x", other, c), []engine.Change{
			{Kind: "rules", ID: "b", Did: engine.Changed}, {Kind: "rules", ID: "c", Name: c.Name, Did: engine.Added}, {Kind: "rules", ID: "a", Did: engine.Removed}}},
		"other places": {ruled("x", a, b), ruled("x", b, a), []engine.Change{{Kind: "rules", Did: engine.Changed}}},
		"the name":     {ruled("x"), ruled("y"), []engine.Change{{Kind: "name", Did: engine.Changed}}},
	} {
		t.Run(name, func(t *testing.T) {
			got := engine.Changes(test.from, test.to)
			if diff := cmp.Diff(test.want, got, cmpopts.IgnoreUnexported(engine.Change{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}
