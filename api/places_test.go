package api

import (
	"net/http"
	"strings"
	"testing"

	"github.com/aparte-dev/aparte/engine"
)

var _ Places = (*engine.Engine)(nil)

func TestPlacesArePutReadPageByPageAndLetGo(t *testing.T) {
	h, _ := testDoors(t)
	ask := func(status int, method, path, body, want string) {
		t.Helper()
		w := call(h, method, "/v1/admin/places"+path, "sk", body)
		if w.Code != status || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s %s %s: %d %s, want %d %s", method, path, body, w.Code, w.Body, status, want)
		}
	}
	ask(http.StatusOK, "GET", "", "", `{"places":[],"all":0}`)
	ask(http.StatusOK, "POST", "", `{"put":[{"id":"b","name":{"en":"B"},"zone":"UTC","at":{"lat":1,"lon":2},"radius":100},{"id":"a","name":{"en":"A"},"zone":"UTC"},{"id":"c","name":{"en":"C"},"zone":"UTC"}]}`, `"all":3`)
	ask(http.StatusOK, "GET", "/b", "", `"at":{"lat":1,"lon":2},"radius":100`)
	ask(http.StatusOK, "GET", "?limit=2", "", `"all":3,"next":"b"`)
	ask(http.StatusOK, "GET", "?limit=2&after=b", "", `{"places":[{"id":"c"`)
	ask(http.StatusUnprocessableEntity, "POST", "", `{"put":[{"id":"d","name":{"en":"D"}},{"id":"e"}]}`, `"pointer":"/put/1/name"`)
	ask(http.StatusBadRequest, "POST", "", `{"put":[{"id":"d","nmae":{"en":"D"}}]}`, `"field":"/put/0/nmae"`)
	ask(http.StatusBadRequest, "POST", "", `{"put":[{"id":"d","dwell":"soon"}]}`, `"field":"/put/0/dwell"`)
	ask(http.StatusBadRequest, "POST", "", `{"remove":[`+strings.Repeat(`"a",`, placesAtOnce)+`"a"]}`, `more than 10000`)
	ask(http.StatusNotFound, "GET", "/e", "", `"field":"id"`)
	ask(http.StatusOK, "DELETE", "/c", "", `"all":2`)
	ask(http.StatusNotFound, "DELETE", "/c", "", `"field":"id"`)
	ask(http.StatusOK, "POST", "", `{"remove":["a","never"]}`, `"all":1`)
}
