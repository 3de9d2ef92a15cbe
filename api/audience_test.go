package api

import (
	"net/http"
	"strings"
	"testing"

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
