package score

import (
	"testing"

	"github.com/aparte-dev/aparte/measure"
)

// lost is what the AUC loses without a trait, as people tell whom no model has seen.
func lost(t *testing.T, f Fitted, trait string) measure.Estimate {
	t.Helper()
	for _, o := range f.Without {
		if o.Trait != trait {
			continue
		}
		var with, without []measure.Judged
		for i, j := range f.Judged {
			with = append(with, measure.Judged{Score: o.With[i], Came: j.Came})
			without = append(without, measure.Judged{Score: o.Without[i], Came: j.Came})
		}
		return measure.DiscriminationGained(with, without, 0.95)
	}
	t.Fatalf("nothing is said of %q: %v", trait, f.Without)
	return measure.Estimate{}
}

// Where somebody lives counts in this world, and their age does not.
func TestWhatIsLostWithoutATraitIsWhatItTells(t *testing.T) {
	f := Fit(newTown(3).rows(8000, 2))
	if f.Lack != Nothing {
		t.Fatal(f.Lack)
	}
	if city := lost(t, f, "city"); city.Low <= 0 {
		t.Errorf("without the city, %v is lost", city)
	}
	if age := lost(t, f, "age"); !age.Contains(0) {
		t.Errorf("without the age, %v is lost", age)
	}
	for _, o := range f.Without {
		if o.Trait == "persona" || o.Trait == "street" {
			t.Errorf("%q was left out of a model that never looks at it", o.Trait)
		}
	}
}

// What another trait tells as well is not missed, whichever of the two is taken away.
func TestOfTwinsNeitherIsMissed(t *testing.T) {
	rows := newTown(3).rows(8000, 2)
	for i := range rows {
		s := &rows[i].Sight
		for _, x := range s.Traits {
			if x.Name == "city" {
				x.Name = "town"
				s.Traits = append(s.Traits[:len(s.Traits):len(s.Traits)], x) // after street, by name
			}
		}
	}
	f := Fit(rows)
	for _, name := range []string{"city", "town"} {
		if e := lost(t, f, name); !e.Contains(0) {
			t.Errorf("without %s, %v is lost", name, e)
		}
	}
}
