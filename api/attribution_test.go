package api

import (
	"net/http/httptest"
	"testing"

	"github.com/aparte-dev/aparte/measure/attribution"
)

func TestAQuestionAboutAttributionIsReadOrRefusedByItsField(t *testing.T) {
	for query, field := range map[string]string{
		"by=colour": "by", "by=element": "element", "element=tone": "element", "order=5": "order", "order=x": "order", "since=yesterday": "since", "spent=google": "spent", "spent==3": "spent", "spent=google=-1": "spent",
	} {
		_, err := creditAsked(httptest.NewRequest("GET", "/v1/admin/attribution?"+query, nil))
		if wrong, ok := err.(*problem); !ok || wrong.Field != field {
			t.Errorf("%s: %v, want a problem of %s", query, err, field)
		}
	}
	a, err := creditAsked(httptest.NewRequest("GET", "/v1/admin/attribution?by=content&order=3&spent=google+/+cpc=1200&since=2030-01-02T00:00:00Z", nil))
	if e, err := creditAsked(httptest.NewRequest("GET", "/v1/admin/attribution?by=element&element=tone", nil)); err != nil || e.By != attribution.ByElement || e.Element != "tone" {
		t.Errorf("read as %+v (%v)", e, err)
	}
	if err != nil || a.By != attribution.ByContent || a.Order != 3 || a.Spent["google / cpc"] != 1200 || a.Since.IsZero() {
		t.Errorf("read as %+v (%v)", a, err)
	}
}
