package api

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
)

func TestAnAudienceIsPreviewedWithItsIntervalAndTenOfIt(t *testing.T) {
	h, f := testDoors(t)
	ada := aparte.PersonID{1}
	f.reach = engine.Reach{People: 120, Low: 90, High: 160, Of: 1000, Looked: 100, Failed: 2, Examples: []aparte.Person{{ID: ada, Orders: aparte.Orders{Count: 3, LastAt: noon}}}}
	got := decoded[reachDocument](t, call(h, "POST", "/v1/admin/audiences/preview", "sk", `{"where":"person.orders > 2"}`))
	want := reachDocument{People: 120, Low: 90, High: 160, Of: 1000, Looked: 100, Failed: 2, Examples: []exampleDocument{{ada.String(), got.Examples[0].Lifecycle, 3}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for body, field := range map[string]string{`{"where":"person.orders >"}`: `"where"`, `{"where":1}`: `"/where"`, `{"when":"true"}`: `"/when"`} {
		if w := call(h, "POST", "/v1/admin/audiences/preview", "sk", body); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), `"field":`+field) {
			t.Errorf("%s: answered %d %s", body, w.Code, w.Body)
		}
	}
}

func TestAudiencesAreToldWithTheirCountsAndTheirPeoplePageByPage(t *testing.T) {
	h, f := testDoors(t)
	f.audiences = engine.Audiences{Complete: true, At: noon, Days: []time.Time{noon}, Audiences: []engine.AudienceCount{{
		Audience: aparte.Audience{ID: "regulars", Name: aparte.Words{"en": "Regulars"}, When: "person.orders > 2"}, People: 3, Course: []int64{3}, Entered: []int64{4}, Exited: []int64{1},
	}}}
	got := decoded[audiencesDocument](t, call(h, "GET", "/v1/admin/audiences", "sk", ""))
	want := audiencesDocument{Complete: true, At: noon, Days: []string{noon.Format(time.DateOnly)}, Audiences: []audienceDocument{
		{"regulars", aparte.Words{"en": "Regulars"}, "person.orders > 2", 3, []int64{3}, []int64{4}, []int64{1}},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	type page struct {
		People []exampleDocument
		Next   string
	}
	first := decoded[page](t, call(h, "GET", "/v1/admin/audiences/regulars/people?limit=2", "sk", ""))
	last := decoded[page](t, call(h, "GET", "/v1/admin/audiences/regulars/people?limit=2&after="+first.Next, "sk", ""))
	if len(first.People) != 2 || len(last.People) != 1 || last.Next != "" || last.People[0].ID != (aparte.PersonID{3}).String() {
		t.Errorf("pages %+v, %+v", first, last)
	}
	for path, code := range map[string]int{"nobody/people": 404, "regulars/people?limit=0": 400, "regulars/people?limit=1001": 400, "regulars/people?after=x": 400} {
		if w := call(h, "GET", "/v1/admin/audiences/"+path, "sk", ""); w.Code != code {
			t.Errorf("%s: answered %d %s", path, w.Code, w.Body)
		}
	}
}
