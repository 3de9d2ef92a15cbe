package learn_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/learn"
	"github.com/aparte-dev/aparte/profile"
)

// toneWorld is one in which people differ in the tone that they answer to, and nothing about them but their answers tells in
// which. More of them answer to a warm one, so that there is something to be learned of all together, too.
type toneWorld struct {
	plan   *decide.Plan
	people []aparte.Person
	tones  []string // that each answers to
	rng    *rand.Rand
	now    time.Time
}

var allTones = []string{"warm", "playful", "sober"}

func newToneWorld(t *testing.T, people int, seed uint64) *toneWorld {
	content := func(id aparte.ContentID) aparte.Content {
		c := aparte.Content{ID: id, Kind: "article", Purpose: aparte.Marketing, Channels: []aparte.Channel{aparte.Web}, Elements: []aparte.Element{{Name: "headline"}}}
		for _, tone := range allTones {
			c.Elements[0].Variants = append(c.Elements[0].Variants, aparte.Variant{ID: tone, Words: aparte.Words{"en": tone}, Traits: []string{tone}})
		}
		return c
	}
	w := &toneWorld{
		plan: compiled(t, &aparte.Brand{Name: "Shop", Currency: "EUR", Locale: "en", Contents: []aparte.Content{content("spring"), content("garden")}}),
		rng:  rand.New(rand.NewPCG(seed, 7)), now: time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC),
	}
	for i := range people {
		w.people = append(w.people, aparte.Person{ID: aparte.PersonID{byte(i), byte(i >> 8), 1}, FirstSeen: w.now, LastSeen: w.now})
		w.tones = append(w.tones, allTones[[]int{0, 0, 1, 2}[w.rng.IntN(4)]])
	}
	return w
}

// chance is how likely somebody follows what is said in a tone.
func (w *toneWorld) chance(person int, tone string) float64 {
	if w.tones[person] == tone {
		return 0.4
	}
	return 0.08
}

// live lets people come visits times each, and is the mean chance that what was said was followed, in the last half. Without what is
// personal, nobody's own answers are looked at.
func (w *toneWorld) live(t *testing.T, visits int, personal bool) float64 {
	t.Helper()
	model := learn.NewEnsemble(learn.Config{})
	sum, n := 0.0, 0
	all := visits * len(w.people)
	for visit := range all {
		i, luck := w.rng.IntN(len(w.people)), w.rng.Float64()
		w.now = w.now.Add(time.Minute)
		asked := w.people[i]
		if !personal {
			asked.Affinities = nil
		}
		d := w.plan.Decide(&decide.Question{
			Person: &asked, Slot: "hero", Seed: uint64(visit), Fixed: true, Explore: decide.Explore{Gamma: 2.5 * math.Pow(float64(visit+1), 0.75), Scale: 100},
			Moment: aparte.Moment{Trigger: "request", Channel: aparte.Web, At: w.now},
		}, model)
		chance := w.chance(i, allTones[d.Action.Variants[0]])
		if visit >= all/2 {
			sum, n = sum+chance, n+1
		}
		reward := 0.0
		if luck < chance {
			reward = 100
			body, err := json.Marshal(map[string]any{"content": d.Action.Content, "channel": aparte.Web, "kind": "article", "tones": []string{allTones[d.Action.Variants[0]]}})
			if err != nil {
				t.Fatal(err)
			}
			clicked := aparte.Event{Type: aparte.Track, Name: aparte.EventClicked, Timestamp: w.now, ReceivedAt: w.now, Properties: body}
			w.people[i] = profile.Apply(w.people[i], &clicked, nil, w.plan, "EUR")
		}
		teach(t, model, &d, reward)
	}
	return sum / float64(n)
}

// On the same people, in the same order and with the same luck, an engine that looks at what each followed does better than one
// that learns of all together only. The best that this could come to is the tone that most answer to, for everybody.
func TestTheToneThatEachAnswersToIsLearned(t *testing.T) {
	const people, visits = 150, 40
	const forEverybody = 0.5*0.4 + 0.5*0.08
	var gains []float64
	for seed := range uint64(3) {
		shared := newToneWorld(t, people, seed).live(t, visits, false)
		own := newToneWorld(t, people, seed).live(t, visits, true)
		t.Logf("seed %d: followed with a chance of %.3f by what is shared, %.3f with what is each person's own; the best for everybody alike %.3f", seed, shared, own, forEverybody)
		if own < forEverybody+0.03 {
			t.Errorf("seed %d: what is each person's own is followed with a chance of %.3f, no more than the best for everybody alike", seed, own)
		}
		gains = append(gains, own-shared)
	}
	if worst := slices.Min(gains); worst < 0.03 {
		t.Errorf("what is each person's own adds %.3f", gains)
	}
}
