package aparte_test

import (
	"math"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
)

func TestTrustIsWhatPeopleLetToldPutRightAndRefused(t *testing.T) {
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	p := aparte.Person{
		Consents: []aparte.Consent{{Purpose: aparte.Marketing, Channel: aparte.Email, Granted: true}, {Purpose: aparte.Marketing, Channel: aparte.SMS}, {Purpose: aparte.Profiling, Granted: true}},
		Traits:   []aparte.Trait{{Name: "age", Provenance: aparte.BoughtIn}, {Name: "city"}, {Name: "wishes.weekly", Value: aparte.NumberValue(1)}},
		Counters: []aparte.Counter{{Name: "complaints_365d", Value: 1, At: now.AddDate(0, 0, -365)}, {Name: "corrections_365d", Value: 2, At: now}, {Name: "refusals_365d", Value: 2, At: now}},
	}
	got := p.Trust(now)
	if got.Granted != 2 || got.Denied != 1 || got.Declared != 1 || got.Corrections != 2 || got.Refusals != 2 || got.Complaints != 0.5 {
		t.Errorf("trust is %+v", got)
	}
	if lost := got.Lost(); math.Abs(lost-0.5) > 1e-9 { // half a complaint, two refusals: one half in all
		t.Errorf("lost %v", lost)
	}
	if lost := (aparte.Trust{Granted: 9, Corrections: 5}).Lost(); lost != 0 {
		t.Errorf("who puts things right lost %v", lost)
	}
}
