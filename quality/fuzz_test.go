package quality_test

import (
	"strings"
	"testing"

	"github.com/aparte-dev/aparte/quality"
)

// An id or a reason that is read is the one that is written so, and no other spelling is.
func FuzzParseID(f *testing.F) {
	for _, text := range []string{"q_0000000000000001", "q_FFFFFFFFFFFFFFFF", "q_+000000000000001", "q_", "malformed", "", "q_00000000000000001"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if id, ok := quality.ParseID(text); ok && id.String() != text {
			t.Fatalf("%q is %s", text, id)
		}
		if r, ok := quality.ParseReason(text); ok && !strings.EqualFold(r.String(), text) {
			t.Fatalf("%q is the reason %s", text, r)
		}
	})
}
