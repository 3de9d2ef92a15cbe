package console

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/measure"
)

// judgedOf is a log of people with a decision each, half of them told one of two things. The change would tell them all
// the first, which brings first; the other brings second.
func judgedOf(t *testing.T, people int, first, second func(i int) float64) *engine.WhatIf {
	t.Helper()
	var w engine.WhatIf
	for i := range people {
		a := measure.Alternative{Choice: measure.Choice{Propensity: .5, Chance: 1, Reward: first(i)}}
		if i%2 == 1 {
			a.Chance, a.Reward = 0, second(i)
		}
		if err := w.Add(a); err != nil {
			t.Fatal(err)
		}
		w.Next()
	}
	return &w
}

func TestADifferenceIsToldWithItsIntervalOrNotAtAll(t *testing.T) {
	brand := &aparte.Brand{Currency: "GBP"}
	around := func(mean float64) func(int) float64 { return func(i int) float64 { return mean + float64(i/2%5) - 2 } }
	same := judgedOf(t, 0, nil, nil)
	for i := range 500 {
		if err := same.Add(measure.Alternative{Choice: measure.Choice{Propensity: .5, Chance: .5, Reward: float64(i % 3)}}); err != nil {
			t.Fatal(err)
		}
		same.Next()
	}
	never := judgedOf(t, 2000, around(10), around(2))
	if err := never.Add(measure.Alternative{Choice: measure.Choice{Propensity: 1, Reward: 1}, Unseen: 1}); err != nil {
		t.Fatal(err)
	}
	for range 500 {
		if err := never.Add(measure.Alternative{Choice: measure.Choice{Propensity: 1, Chance: 1, Reward: 1}, Unseen: .5}); err != nil {
			t.Fatal(err)
		}
		never.Next()
	}
	for _, c := range []struct {
		name, verdict string
		found         *engine.WhatIf
	}{
		{"much more", "whatif.more", judgedOf(t, 2000, around(10), around(2))},
		{"much less", "whatif.less", judgedOf(t, 2000, around(2), around(10))},
		{"as much", "whatif.open", judgedOf(t, 2000, around(5), around(5))},
		{"the same decisions", "whatif.same", same},
		{"a handful of people", "whatif.refused", judgedOf(t, 20, around(10), around(2))},
		{"what was never done", "whatif.refused", never},
	} {
		v := answerOf("en", c.found, brand)
		if v.Verdict != c.verdict {
			t.Errorf("%s: %s, want %s (%q)", c.name, v.Verdict, c.verdict, v.Doubts)
		}
		if told := v.Compared(); told != (c.verdict != "whatif.refused" && c.verdict != "whatif.same") || told && !(v.Lift.Low < v.Lift.Value && v.Lift.Value < v.Lift.High) {
			t.Errorf("%s: compared %v, %+v", c.name, told, v.Lift)
		}
		if (c.verdict == "whatif.refused") != (len(v.Doubts) > 0) {
			t.Errorf("%s: doubts %q", c.name, v.Doubts)
		}
		if word("en", v.Verdict) == v.Verdict || word("fr", v.Verdict) == v.Verdict {
			t.Errorf("%s: there is no word %s", c.name, v.Verdict)
		}
	}
}

func TestEveryDoubtHasItsWordsAndFigures(t *testing.T) {
	for _, lang := range []string{"en", "fr"} {
		for _, kind := range []measure.DoubtKind{measure.FewWeights, measure.OneRow, measure.FewRewards, measure.FewPeople, measure.NeverDone, measure.Misweighed} {
			if text := doubtText(lang, kind, measure.Diagnosis{Rows: 10, ESS: 2, Unseen: .5}, 3, 4); strings.ContainsAny(text, "{}") || strings.HasPrefix(text, "whatif.") {
				t.Errorf("%s in %s: %q", kind, lang, text)
			}
		}
	}
}

func TestWhatIsLeftOutIsCounted(t *testing.T) {
	b := &aparte.Brand{Scenarios: []aparte.Scenario{{ID: "basket", Name: aparte.Words{"en": "A basket is left", "fr": "Un panier est laissé"}}}}
	w := &engine.WhatIf{Open: 1, Forgotten: 2, Unlearned: 3, Assumed: 4, Silenced: 5, Unraised: []aparte.ScenarioID{"basket"}}
	for lang, name := range map[string]string{"en": "A basket is left", "fr": "Un panier est laissé"} {
		got := leftOutOf(lang, w, b)
		if len(got) != 6 || got[5].Names != name {
			t.Fatalf("in %s: %+v", lang, got)
		}
		for i, one := range got {
			if one.Names == "" && one.Count != int64(i+1) || word(lang, one.Key) == one.Key {
				t.Errorf("in %s: %s is %s", lang, one.Key, fmt.Sprint(one.Count))
			}
		}
	}
	if got := leftOutOf("en", &engine.WhatIf{}, b); got != nil {
		t.Errorf("nothing is left out, told %+v", got)
	}
}
