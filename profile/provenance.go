package profile

import "github.com/aparte-dev/aparte"

// An identify whose context says from where its traits come, {"provenance": "bought_in"}, is told of the
// person by somebody else: what a register, a partner or a computation says of them. It is no sign of
// life, so that nobody seems to have come back when a file is read in. The words are those of [wordOf].

// wordOf is the provenance that a word of a context names. What is not known is taken as bought in, the
// provenance that is trusted least.
func wordOf(word string) aparte.Provenance {
	switch word {
	case "", "declared":
		return aparte.Declared
	case "observed":
		return aparte.Observed
	case "inferred":
		return aparte.Inferred
	}
	return aparte.BoughtIn
}

// reported reports whether the event is what somebody else says of the person.
func (s *step) reported(e *aparte.Event) bool { return e.Type == aparte.Identify && s.word != "" }

// hear takes in the traits of an identify. Consent is a person's own answer: nobody else's word gives it,
// or takes it away.
func (s *step) hear(t lesson) {
	from := wordOf(s.word)
	if from >= aparte.Inferred {
		t.consents = nil
	}
	s.learn(t, from)
}
