package learn_test

import (
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/learn"
)

// TestANewHeadlineBeginsWithWhatItsKinTaught has two contents whose headlines are warm or cold, and warm ones
// earn. Then a marketer adds a third content, and a third headline to the first.
func TestANewHeadlineBeginsWithWhatItsKinTaught(t *testing.T) {
	variant := func(id string, traits ...string) aparte.Variant {
		return aparte.Variant{ID: id, Words: aparte.Words{"en": id}, Traits: traits}
	}
	content := func(id aparte.ContentID, variants ...aparte.Variant) aparte.Content {
		return aparte.Content{
			ID: id, Kind: "article", Purpose: aparte.Marketing, Channels: []aparte.Channel{aparte.SMS},
			Elements: []aparte.Element{{Name: "headline", Variants: variants}},
		}
	}
	brand := func(contents ...aparte.Content) *aparte.Brand {
		return &aparte.Brand{Name: "Shop", Currency: "EUR", Locale: "en", Contents: contents}
	}
	spring := content("spring", variant("hello", "warm"), variant("offer", "cold"))
	garden := content("garden", variant("dear", "warm"), variant("now", "cold"))

	model := learn.NewEnsemble(learn.Config{})
	before := compiled(t, brand(spring, garden))
	for seed := range uint64(2000) {
		d := decided(before, model, seed)
		if d.Action.Silent() {
			teach(t, model, &d, 0)
			continue
		}
		teach(t, model, &d, []float64{100, 0}[d.Action.Variants[0]]) // the first is the warm one
	}

	spring = content("spring", variant("hello", "warm"), variant("offer", "cold"), variant("friend", "warm"), variant("last call", "cold"), variant("plain"))
	winter := content("winter", variant("cosy", "warm"), variant("sale", "cold"))
	after := decided(compiled(t, brand(spring, garden, winter)), model, 1)
	worth := func(id aparte.ContentID, variant uint8) float64 {
		for _, c := range after.Candidates {
			if c.Action.Content == id && c.Action.Variants[0] == variant {
				return c.Value
			}
		}
		t.Fatalf("%s/%d is no candidate", id, variant)
		return 0
	}
	if warm, cold := worth("winter", 0), worth("winter", 1); warm < cold+15 {
		t.Errorf("in a new content a warm headline is expected to earn %.1f, a cold one %.1f", warm, cold)
	}
	known, warm, plain, cold := worth("spring", 0), worth("spring", 2), worth("spring", 4), worth("spring", 3)
	if !(cold < plain && plain < warm && warm <= known) || warm-cold < 15 {
		t.Errorf("of a known content a new headline is expected to earn %.1f if warm, %.1f if nothing is said of it, %.1f if cold; the known warm one %.1f", warm, plain, cold, known)
	}
	if plain < 10 {
		t.Errorf("a headline nothing is said of is expected to earn %.1f: it did not begin with its content", plain)
	}
}

func compiled(t *testing.T, b *aparte.Brand) *decide.Plan {
	t.Helper()
	p, err := decide.Compile(b, 1)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func decided(p *decide.Plan, model *learn.Ensemble, seed uint64) aparte.Decision {
	return p.Decide(&decide.Question{
		Slot: "sms", Seed: seed,
		Moment:  aparte.Moment{Trigger: "open", Channel: aparte.SMS, At: time.Date(2026, 5, 13, 12, 0, 0, 0, time.UTC)},
		Explore: decide.Explore{Gamma: 1e-9, Scale: 1},
	}, model)
}

func teach(t *testing.T, model *learn.Ensemble, d *aparte.Decision, reward float64) {
	t.Helper()
	if err := model.Learn(&learn.Example{Objective: "order", Features: d.Features, Propensity: d.Propensity, Reward: reward}); err != nil {
		t.Fatal(err)
	}
}
