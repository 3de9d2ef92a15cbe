package console_test

import (
	"net/http"
	"testing"
)

// Files of pages are served, and nothing else: no list of them, and of what can be no file's name it is said that there is none.
func TestFilesOfPagesAreServedAndNothingElse(t *testing.T) {
	s := open(t)
	for path, want := range map[string]int{
		"console.css": http.StatusOK, "": http.StatusNotFound, "%ff%fe": http.StatusNotFound, "%c0%ae%c0%ae%2fetc%2fpasswd": http.StatusNotFound, "nothing.css": http.StatusNotFound, "a%00b": http.StatusNotFound,
		"..%2fconsole.go": http.StatusNotFound, "console.css/": http.StatusNotFound,
	} {
		if status, _, _ := s.get("/console/static/"+path, "en"); status != want {
			t.Errorf("%q: answered %d, want %d", path, status, want)
		}
	}
}
