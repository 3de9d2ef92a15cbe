package engine_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aparte-dev/aparte"
)

// What of everybody is known by inference alone is refused to texts as soon as people were counted; once somebody said it of themselves, it may be shown.
func TestATextMayNotShowWhatIsKnownByInferenceAlone(t *testing.T) {
	h := openStepped(t)
	b := brand()
	b.Contents[0].Elements = []aparte.Element{{Name: "headline", Variants: []aparte.Variant{{ID: "a", Words: aparte.Words{"en": "Hello {{ person.milieu | default: 'you' }}"}}}}}
	_, err := h.Publish(t.Context(), b)
	h.check(err)
	for i := range 3 {
		e := identify(fmt.Sprint("person-", i), "", map[string]any{"milieu": "wealthy"})
		e.Context = []byte(`{"provenance":"inferred"}`)
		h.saying(e)
	}
	if _, err := h.Refit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err = h.Publish(t.Context(), b); err == nil || !strings.Contains(err.Error(), `the trait "milieu" is inferred or bought in of everybody`) {
		t.Fatalf("published: %v", err)
	}
	h.saying(identify("person-9", "", map[string]any{"milieu": "sailing"}))
	if _, err := h.Refit(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err = h.Publish(t.Context(), b)
	h.check(err)
	reveals := h.Reveals(&b.Contents[0])
	if len(reveals) == 0 {
		t.Error("what it shows is not told")
	}
}
