package api

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aparte-dev/aparte"
)

func TestThePageOfABrandWearsItsColours(t *testing.T) {
	linnet := aparte.Style{Ink: "#2f2e38", Paper: "#fbf6ee", Accent: "#a63f36", OnAccent: "#ffffff"}
	style := styled(linnet)
	for _, colour := range []string{linnet.Ink, linnet.Paper, linnet.Accent, linnet.OnAccent} {
		if !strings.Contains(style, colour) {
			t.Errorf("the style has no %s", colour)
		}
	}
	for _, bad := range []string{"", "red", "#fff", "#a63f36;}*{display:none", "#a63f3g", "#a63f36\n"} {
		linnet.Accent = bad
		if style := styled(linnet); style != plainColours+pageStyle {
			t.Errorf("an accent of %q makes %s", bad, style)
		}
	}
}

// A browser shows the style only if the policy has the hash of exactly what stands in the page.
func TestThePolicyOfAPageAllowsItsStyle(t *testing.T) {
	h, _ := openLoop(t, []Key{{Name: "secret", Kind: SecretKey, Value: "sk"}})
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/u/none", nil))
	_, rest, _ := strings.Cut(w.Body.String(), "<style>")
	style, _, whole := strings.Cut(rest, "</style>")
	hash := sha256.Sum256([]byte(style))
	if want := "'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "'"; !whole || !strings.Contains(w.Header().Get("Content-Security-Policy"), want) {
		t.Errorf("%s does not allow %s", w.Header().Get("Content-Security-Policy"), style)
	}
}
