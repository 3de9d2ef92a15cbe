package aparte_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
)

// What a person's answers permit is what each of them says by itself: the oracle asks them one by one.
func TestWhatIsPermittedIsWhatEveryAnswerLetsBe(t *testing.T) {
	purposes := []aparte.Purpose{aparte.Marketing, aparte.Service, aparte.Profiling, aparte.Location}
	channels := []aparte.Channel{"", aparte.Email, aparte.SMS}
	rapid.Check(t, func(t *rapid.T) {
		var p aparte.Person
		said := map[aparte.Purpose]map[aparte.Channel]bool{}
		for _, purpose := range purposes {
			said[purpose] = map[aparte.Channel]bool{}
			for _, channel := range channels {
				if rapid.Bool().Draw(t, "said") {
					granted := rapid.Bool().Draw(t, "granted")
					said[purpose][channel] = granted
					p.Consents = append(p.Consents, aparte.Consent{Purpose: purpose, Channel: channel, Granted: granted})
				}
			}
		}
		asked := rapid.SliceOfN(rapid.SampledFrom(purposes), 0, 3).Draw(t, "asked")
		on := rapid.SampledFrom(channels).Draw(t, "on")
		want := true
		for _, purpose := range asked {
			answer, told := said[purpose][on]
			if !told {
				answer, told = said[purpose][""]
			}
			if !told {
				answer = purpose == aparte.Service || purpose == aparte.Profiling
			}
			for _, channel := range channels {
				if granted, told := said[purpose][channel]; on == "" && told && !granted {
					answer = false
				}
			}
			want = want && answer
		}
		if got := p.Permits(asked, on); got != want {
			t.Fatalf("%v on %q of %+v: %v", asked, on, p.Consents, got)
		}
	})
}
