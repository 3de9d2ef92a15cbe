package aparte_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
)

func TestATextIsHeldAgainstHowTheBrandSpeaks(t *testing.T) {
	v := aparte.Voice{Never: []string{"cheap", "last chance"}, Claims: []string{"100 %", "cliniquement prouvé"}, Longest: map[string]int{"headline": 20}}
	for text, want := range map[string][]aparte.Breach{
		"Cheaper than ever":   nil,
		"CHEAP!":              {{Rule: "never", Phrase: "cheap"}},
		"Your Last-Chance":    {{Rule: "never", Phrase: "last chance"}},
		"Pur à 100 % :":       {{Rule: "claim", Phrase: "100 %"}},
		"Cliniquement prouvé": {{Rule: "claim", Phrase: "cliniquement prouvé"}},
		"éééééééééééééééééééé":     nil,
		"ééééééééééééééééééééé":    {{Rule: "long", Most: 20}},
		"a cheap last chance, now": {{Rule: "never", Phrase: "cheap"}, {Rule: "never", Phrase: "last chance"}, {Rule: "long", Most: 20}},
	} {
		if diff := cmp.Diff(want, v.Breaches("headline", text)); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
	if got := v.Breaches("body", "ééééééééééééééééééééé"); got != nil {
		t.Errorf("an element without a bound: %v", got)
	}
}
