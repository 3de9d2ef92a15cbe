package api

import (
	"errors"
	"testing"
)

// FuzzParseBrand: whatever is said to be a brand is one, or is refused with the place at which it is none.
func FuzzParseBrand(f *testing.F) {
	for _, seed := range []string{
		`{"name":"x","home":"https://x.example","currency":"EUR","locale":"fr","contents":[{"id":"c","elements":[{"name":"headline","variants":[{"id":"a","words":{"en":"x"}}]}]}]}`,
		`{"pressure":{"caps":[{"most":1,"within":"7d"}]},"policy":{}}`, `{"contents":[{"idd":"x"}]}`, `{"name":"x","name":"y"}`, `{"items":[{"price":{"amount":1e400}}]}`, `[`, ``,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		b, err := ParseBrand(body)
		var at fault
		if err == nil && b == nil || err != nil && (b != nil || !errors.As(err, &at) || at.Message == "") {
			t.Fatalf("%q: %v, %v", body, b, err)
		}
	})
}
