package profile

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
)

func answering(at time.Time, properties string) *aparte.Event {
	return track(at, aparte.EventAnswered, properties)
}

func TestAnAnswerIsATraitThatThePersonDeclared(t *testing.T) {
	for answer, want := range map[string]aparte.Value{
		`"garden"`: aparte.TextValue("garden"), `4`: aparte.NumberValue(4), `true`: aparte.BoolValue(true),
	} {
		p := live(aparte.Person{}, answering(noon, `{"trait": "asked", "answer": `+answer+`}`))
		if got, _ := p.Trait("asked"); got != (aparte.Trait{Name: "asked", Value: want, Provenance: aparte.Declared, At: noon}) {
			t.Errorf("%s: %+v", answer, got)
		}
	}
}

func TestAnAnswerIsToADecisionThatWasSeen(t *testing.T) {
	p := live(aparte.Person{}, answering(noon, `{"decision": "d_000000000000000000000000000000aa_1", "content": "who-for", "trait": "for", "answer": "house"}`))
	if len(p.Said) != 1 || p.Said[0].Seen != 1 || !p.Said[0].Clicked || p.Said[0].Content != "who-for" {
		t.Errorf("what was said: %+v", p.Said)
	}
}

func TestAnAnswerThatIsNoneTellsNothing(t *testing.T) {
	for _, properties := range []string{`{"trait": "asked"}`, `{"answer": "garden"}`, `{"trait": "asked", "answer": null}`} {
		if p := live(aparte.Person{}, answering(noon, properties)); len(p.Traits) != 0 {
			t.Errorf("%s: %+v", properties, p.Traits)
		}
	}
}

func TestNobodyTellsForWhoWouldRatherNotSay(t *testing.T) {
	p := live(aparte.Person{}, identify(noon, `{"gender": "f"}`), answering(noon.Add(time.Minute), `{"trait": "gender", "refused": true}`),
		reported(noon.Add(day), "bought_in", `{"gender": "f"}`), reported(noon.Add(day), "inferred", `{"gender": "f"}`))
	if got, known := p.Trait("gender"); !known || got.Value.Kind != aparte.Null || got.Provenance != aparte.Declared {
		t.Errorf("gender: %+v", got)
	}
	if p = live(p, answering(noon.Add(2*day), `{"trait": "gender", "answer": "m"}`)); len(p.Traits) != 1 || p.Traits[0].Value != aparte.TextValue("m") {
		t.Errorf("who changed their mind: %+v", p.Traits)
	}
}

func TestWhatAPersonSaysComesBeforeWhatIsInferredOrBought(t *testing.T) {
	for _, word := range []string{"inferred", "bought_in"} {
		said, told := answering(noon, `{"trait": "style", "answer": "plain"}`), reported(noon.Add(30*day), word, `{"style": "ornate"}`)
		for _, order := range [][]*aparte.Event{{said, told}, {told, said}} {
			p := live(aparte.Person{}, order...)
			if got, _ := p.Trait("style"); got.Value != aparte.TextValue("plain") || got.Provenance != aparte.Declared {
				t.Errorf("%s: %+v", word, got)
			}
		}
	}
}

// The best of what was said of a trait: the person's own doing first, then the newest.
func TestTraitsComeOutTheSameInAnyOrder(t *testing.T) {
	words := []string{"declared", "observed", "inferred", "bought_in"}
	rapid.Check(t, func(t *rapid.T) {
		minutes := rapid.SliceOfNDistinct(rapid.IntRange(0, 100), 1, 6, rapid.ID).Draw(t, "minutes")
		var events []*aparte.Event
		best := -1
		var from []aparte.Provenance
		for i, minute := range minutes {
			word := rapid.SampledFrom(words).Draw(t, "word")
			from = append(from, wordOf(word))
			events = append(events, reported(noon.Add(time.Duration(minute)*time.Minute), word, fmt.Sprintf(`{"style": %d}`, i)))
			own := from[i] <= aparte.Observed
			if best < 0 || own && from[best] > aparte.Observed || own == (from[best] <= aparte.Observed) && minute > minutes[best] {
				best = i
			}
		}
		p := live(aparte.Person{}, rapid.Permutation(events).Draw(t, "order")...)
		if got, _ := p.Trait("style"); got.Value != aparte.NumberValue(float64(best)) || got.Provenance != from[best] {
			t.Fatalf("%+v, want what came %d with %v", got, best, from[best])
		}
	})
}
