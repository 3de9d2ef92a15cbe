package profile

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
)

// reported is an identify by which somebody else tells of the person.
func reported(at time.Time, word, traits string) *aparte.Event {
	e := identify(at, traits)
	e.Context = json.RawMessage(`{"provenance": "` + word + `"}`)
	return e
}

func TestWhatWasBoughtInKeepsThatProvenance(t *testing.T) {
	for word, want := range map[string]aparte.Provenance{
		"declared": aparte.Declared, "observed": aparte.Observed, "inferred": aparte.Inferred, "bought_in": aparte.BoughtIn,
		"from a friend": aparte.BoughtIn,
	} {
		p := live(aparte.Person{}, reported(noon, word, `{"income": 3}`))
		if got, _ := p.Trait("income"); got.Provenance != want || got.Value != aparte.NumberValue(3) {
			t.Errorf("%s: %+v", word, got)
		}
	}
}

func TestWhatWasBoughtInDoesNotOverwriteWhatIsFresher(t *testing.T) {
	p := live(aparte.Person{}, identify(noon, `{"city": "Lyon"}`),
		reported(noon.Add(-day), "bought_in", `{"city": "Paris", "income": 3}`))
	if city, _ := p.Trait("city"); city.Value != aparte.TextValue("Lyon") || city.Provenance != aparte.Declared {
		t.Errorf("city: %+v", city)
	}
	if income, _ := p.Trait("income"); income.Provenance != aparte.BoughtIn {
		t.Errorf("income: %+v", income)
	}
}

func TestAReportIsNoSignOfLife(t *testing.T) {
	p := live(aparte.Person{}, page(noon, `{}`), reported(noon.Add(90*day), "bought_in", `{"income": 3}`))
	if !p.LastSeen.Equal(noon) {
		t.Errorf("last seen %s", p.LastSeen)
	}
}

func TestNobodyElseGivesConsent(t *testing.T) {
	consents := `{"consents": [{"purpose": "marketing", "channel": "email", "granted": true, "source": "a list", "wording": "1"}]}`
	if p := live(aparte.Person{}, reported(noon, "bought_in", consents)); len(p.Consents) != 0 {
		t.Errorf("a bought list gives consent: %+v", p.Consents)
	}
	if p := live(aparte.Person{}, reported(noon, "declared", consents)); len(p.Consents) != 1 {
		t.Errorf("a register's consent is lost: %+v", p.Consents)
	}
}
