package intent

import (
	_ "embed"
	"math"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

//go:embed testdata/held_out.txt
var heldOut string

// TestSentencesItNeverSawAreUnderstood is how well held-out sentences are understood, and how far what is said of being sure
// can be believed. The floors are a little below what was measured.
func TestSentencesItNeverSawAreUnderstood(t *testing.T) {
	m := Learned()
	learned := read(sentences)
	t.Logf("stretch %v", m.stretch)
	for _, language := range []string{"en", "fr"} {
		all, right, sure, surelyRight, promised := 0, 0, 0, 0, 0.0
		missedStop := 0
		for _, e := range read(heldOut) {
			if e.language != language {
				continue
			}
			for _, l := range learned {
				if strings.EqualFold(l.text, e.text) {
					t.Errorf("%q was learned from", e.text)
				}
			}
			g := m.Read(e.text)
			all++
			is := g.Intent == Intents[e.intent]
			if is {
				right++
			} else {
				t.Logf("%s: %q is taken for %s (%.2f), not %s", language, e.text, g.Intent, g.Sure, Intents[e.intent])
				if Intents[e.intent] == Stop {
					missedStop++
				}
			}
			promised += g.Sure
			if g.Sure >= SureEnough {
				sure++
				if is {
					surelyRight++
				}
			}
		}
		t.Logf("%s: %d of %d right (%.2f), promised %.2f; acted upon %d, of these right %d (%.2f); %d stops missed",
			language, right, all, float64(right)/float64(all), promised/float64(all), sure, surelyRight, float64(surelyRight)/float64(sure), missedStop)
		if float64(right) < 0.75*float64(all) {
			t.Errorf("%s: only %d of %d are right", language, right, all)
		}
		if float64(surelyRight) < 0.9*float64(sure) || sure < all/2 {
			t.Errorf("%s: %d are acted upon, of which only %d are right", language, sure, surelyRight)
		}
		if math.Abs(float64(right)-promised)/float64(all) > 0.12 {
			t.Errorf("%s: %.2f is promised, %.2f is right", language, promised/float64(all), float64(right)/float64(all))
		}
	}
}

func TestWhoWantsOutIsHeardWhateverTheModelThinks(t *testing.T) {
	m := new(Model) // knows nothing: a rule must not ask it
	for _, text := range []string{
		"STOP", "stop!!", "Stop svp", "please unsubscribe", "Je ne veux plus recevoir vos mails, merci", "Désabonnez-moi",
		"Hello, I bought a lamp from you in May and it is fine, but please remove me from your list.", "DESINSCRIPTION",
	} {
		if g := m.Read(text); g.Intent != Stop || !g.Rule || g.ForHuman() {
			t.Errorf("%q is %+v", text, g)
		}
	}
	learned := Learned()
	for _, text := range []string{"When does the sale stop?", "Which bus stop is nearest to the shop, please?", "Le bus s'arrête devant ?"} {
		if g := learned.Read(text); g.Rule {
			t.Errorf("%q is taken for a stop by a rule", text)
		}
	}
}

func TestWhatIsNotUnderstoodIsForSomebodyToRead(t *testing.T) {
	m := Learned()
	for _, text := range []string{"", "???", "🙂", "qwx zzk vrrt", "Ich möchte wissen wo das ist", "I am furious", "rappelez-moi svp"} {
		if g := m.Read(text); !g.ForHuman() {
			t.Errorf("%q is %+v", text, g)
		}
	}
}

func TestLearningTwiceFindsTheSameBits(t *testing.T) {
	a, b := Learned(), Learned()
	for k := range a.weights {
		if !slices.Equal(a.weights[k], b.weights[k]) {
			t.Fatalf("weights of %s differ", Intents[k])
		}
	}
}

func FuzzRead(f *testing.F) {
	m := Learned()
	for _, e := range read(heldOut) {
		f.Add(e.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		g := m.Read(text)
		if !slices.Contains(Intents, g.Intent) || !(g.Sure >= 0 && g.Sure <= 1) {
			t.Errorf("%+v", g)
		}
		if g != m.Read(text) || !utf8.ValidString(string(g.Intent)) {
			t.Error("another answer to the same text")
		}
	})
}

func BenchmarkLearned(b *testing.B) {
	for b.Loop() {
		Learned()
	}
}

func BenchmarkRead(b *testing.B) {
	m := Learned()
	for b.Loop() {
		m.Read("Bonjour, j'ai commandé il y a une semaine et je n'ai toujours rien reçu, où est ma commande ?")
	}
}
