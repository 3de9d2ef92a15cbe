package api

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
)

func TestAnAnswerOutlivesTheBrandItWasTakenFrom(t *testing.T) {
	f := newFakeEngine(t)
	a := testAnswer("hero", engine.Request{Channel: aparte.Web})
	for _, variants := range [][]uint8{nil, {}, {9}, {0, 0, 0}} {
		a.Decision.Action.Variants = variants
		for _, content := range []aparte.ContentID{"welcome", "gone"} {
			a.Decision.Action.Content = content
			if body := appendAnswers(nil, []engine.Answer{a}, f.plan, nil, true); !json.Valid(body) {
				t.Errorf("%s", body)
			}
		}
	}
	if body := appendAnswers(nil, []engine.Answer{a, a}, nil, nil, true); !json.Valid(body) || strings.Count(string(body), `"id"`) != 2 {
		t.Errorf("%s", body)
	}
}
