package decide

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
)

// typed is a fit that found personas, of which everybody has the same shares.
type typed struct {
	found  []aparte.PersonaID
	shares []float64
	hours  []int // of the day, at which it was asked
}

func (*typed) Number() uint64 { return 1 }
func (*typed) Residual(*aparte.Person, time.Time) (aparte.Residual, bool) {
	return aparte.Residual{}, false
}
func (*typed) Score(aparte.ObjectiveID, *aparte.Person, time.Time) (float64, bool) { return 0, false }
func (*typed) Alike(aparte.LookalikeID) *Likeness                                  { return nil }
func (*typed) Distrust(aparte.ContentID) float64                                   { return 0 }
func (*typed) Recurrences() *aparte.Recurrences                                    { return nil }
func (f *typed) Personas() []aparte.PersonaID                                      { return f.found }
func (f *typed) Grades(dst []float64, _ *aparte.Person, local time.Time) []float64 {
	f.hours = append(f.hours, local.Hour())
	return append(dst, f.shares...)
}

func twoTypes() *typed {
	return &typed{found: []aparte.PersonaID{"p1", "p2"}, shares: []float64{0.25, 0.75}}
}

// casting is a brand that declares who is a collector and who is French.
func casting() *aparte.Brand {
	b := shop()
	b.Personas = []aparte.Persona{
		{ID: "collector", Name: aparte.Words{"en": "Collectors", "fr": "Collectionneurs"}, When: `person.orders >= 5`},
		{ID: "french", Name: aparte.Words{"en": "The French", "fr": "Les Français"}, When: `traits.country == "FR"`},
		{ID: "p2", Name: aparte.Words{"en": "Lantern lovers"}},
	}
	return b
}

func TestADeclaredPersonaComesBeforeThoseFound(t *testing.T) {
	p := plan(t, casting())
	abroad := marie()
	abroad.Traits = nil
	for name, c := range map[string]struct {
		person *aparte.Person
		fit    Fit
		want   []Graded
	}{
		"declared, and shares of those found": {marie(), twoTypes(), []Graded{{"french", 1}, {"p1", 0.25}, {"p2", 0.75}}},
		"nothing was found":                   {marie(), nil, []Graded{{"french", 1}}},
		"none declared holds":                 {abroad, twoTypes(), []Graded{{"p1", 0.25}, {"p2", 0.75}}},
		"a stranger":                          {nil, nil, nil},
	} {
		if d := cmp.Diff(c.want, p.Personas(c.person, c.fit, noon)); d != "" {
			t.Errorf("%s (-want +got)\n%s", name, d)
		}
	}
}

func TestRulesSpeakOfPersonas(t *testing.T) {
	p, fit := plan(t, casting()), twoTypes()
	abroad := marie()
	abroad.Traits = nil
	for where, want := range map[string]bool{
		`persona == "p2"`: true, `persona == "french"`: false, `personas["p2"] > 0.5`: true, `personas["p1"] > 0.5`: false,
		`personas["french"] > 0.0`: false, `personas["nobody"] > 0.0`: false, `personas.all(id, personas[id] > 0.2)`: true, `size(personas) == 2`: true,
	} {
		a, err := p.Audience(where)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := a.Holds(abroad, fit, noon); got != want || err != nil {
			t.Errorf("%s: %v, %v", where, got, err)
		}
	}
	french, err := p.Audience(`persona == "french" && personas["french"] == 1.0 && personas["p2"] == 0.75`)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := french.Holds(marie(), fit, noon); !got || err != nil {
		t.Errorf("marie is not of the persona that is declared: %v", err)
	}
}

func TestOfWhoObjectsToProfilingNoPersonaIsFound(t *testing.T) {
	p, fit := plan(t, casting()), twoTypes()
	objects := marie()
	objects.Consents = append(objects.Consents, aparte.Consent{Purpose: aparte.Profiling, At: noon})
	if d := cmp.Diff([]Graded{{"french", 1}}, p.Personas(objects, fit, noon)); d != "" || len(fit.hours) > 0 {
		t.Errorf("asked %d times (-want +got)\n%s", len(fit.hours), d)
	}
}

func TestThePersonaIsPartOfTheSituationWherePeopleDiffer(t *testing.T) {
	has := func(b *aparte.Brand, person *aparte.Person, fit Fit) (value float32) {
		q := onWeb(person)
		q.Fit = fit
		d := plan(t, b).Decide(q, nil)
		for _, f := range d.Features.Context {
			for _, id := range []string{"p2", "french", "everybody"} {
				if f.Hash == feature("persona", id).hash {
					value = f.Value
				}
			}
		}
		return value
	}
	objects := marie()
	objects.Consents = append(objects.Consents, aparte.Consent{Purpose: aparte.Profiling, At: noon})
	one := &typed{found: []aparte.PersonaID{"everybody"}, shares: []float64{1}}
	for name, c := range map[string]struct{ got, want float32 }{
		"the share of the strongest": {has(shop(), marie(), twoTypes()), 0.75},
		"one that is declared":       {has(casting(), marie(), twoTypes()), 1},
		"only one was found":         {has(shop(), marie(), one), 0},
		"nothing was found":          {has(shop(), marie(), nil), 0},
		"who objects":                {has(casting(), objects, twoTypes()), 0},
	} {
		if c.got != c.want {
			t.Errorf("%s: %v, want %v", name, c.got, c.want)
		}
	}
	fit := twoTypes()
	has(shop(), marie(), fit)
	if len(fit.hours) != 1 || fit.hours[0] != 14 { // noon UTC, in Paris
		t.Errorf("asked at %v o’clock", fit.hours)
	}
}

func TestAPersonaThatCannotBeIsAFlaw(t *testing.T) {
	named := aparte.Words{"en": "Some"}
	for pointer, personas := range map[string][]aparte.Persona{
		"/personas/0/id":   {{ID: "", Name: named, When: "true"}},
		"/personas/1/id":   {{ID: "a", Name: named, When: "true"}, {ID: "a", Name: named, When: "true"}},
		"/personas/0/name": {{ID: "a", When: "true"}},
		"/personas/0/when": {{ID: "a", Name: named}},
		"/personas/2/when": {{ID: "p1", Name: named}, {ID: "everybody", Name: named}, {ID: "p12", Name: named, When: "true"}},
	} {
		expectFlaw(t, pointer, personas)
	}
	for _, when := range []string{`persona == "b"`, `personas["b"] > 0.5`, `moment.channel == "web"`, `item.price > 5`, `person.orders`, `person.`} {
		expectFlaw(t, "/personas/0/when", []aparte.Persona{{ID: "a", Name: named, When: when}})
	}
	expectFlaw(t, "/personas", make([]aparte.Persona, MaxPersonas+1))
}

func expectFlaw(t *testing.T, pointer string, personas []aparte.Persona) {
	t.Helper()
	b := shop()
	b.Personas = personas
	_, err := Compile(b, 1)
	var flaw *Flaw
	if !errors.As(err, &flaw) || flaw.Pointer != pointer {
		t.Errorf("flaw %v, want one at %s", err, pointer)
	}
}
