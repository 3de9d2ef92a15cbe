package tag

import (
	"net/http"
	"strings"
	"testing"
)

// Whatever a browser says that it has and takes, it is told that nothing changed only where it named the tag that it would get.
func FuzzServe(f *testing.F) {
	now := get(nil, http.MethodGet).Header.Get("ETag")
	for _, list := range []string{now, "W/" + now, "*", `"x", ` + now, "", ",,,", `"`, now[:len(now)-1]} {
		f.Add(list, "gzip")
		f.Add(list, "gzip;q=0, br")
	}
	f.Fuzz(func(t *testing.T, list, codings string) {
		r := get(map[string]string{"If-None-Match": list, "Accept-Encoding": codings}, http.MethodGet)
		defer r.Body.Close()
		switch tag := r.Header.Get("ETag"); r.StatusCode {
		case http.StatusNotModified:
			if !strings.Contains(list, tag) && !strings.Contains(list, "*") {
				t.Fatalf("who has %q is told that %s did not change", list, tag)
			}
		case http.StatusOK:
			if coding := r.Header.Get("Content-Encoding"); coding != "" && !strings.Contains(strings.ToLower(codings), coding) {
				t.Fatalf("who takes %q is answered in %q", codings, coding)
			}
		default:
			t.Fatal(r.Status)
		}
	})
}
