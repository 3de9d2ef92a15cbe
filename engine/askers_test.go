package engine_test

import (
	"sync"
	"testing"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
)

// Whoever asks may be the owner for a moment, while others ask, events come and batches are committed.
func TestOfManyWhoAskAtOnceEachDecisionIsInTheLogOnce(t *testing.T) {
	h := open(t)
	users := []string{"ada", "bea", "cleo"}
	const askers, times = 8, 30
	var all sync.WaitGroup
	for n := range askers {
		user := users[n%len(users)]
		all.Go(func() {
			for range times {
				if _, err := h.Decide(t.Context(), engine.Request{
					Identifiers: []aparte.Identifier{{Kind: aparte.KindUserID, Value: user}}, Slots: []string{"hero"},
				}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	const visits = 40
	for range visits {
		h.accept(event("Looked", users[0], "", nil))
	}
	all.Wait()
	decisions, events := 0, 0
	for _, user := range users {
		story, err := h.Story(t.Context(), h.who(aparte.KindUserID, user).ID, engine.StoryPlace{}, 1000)
		if err != nil {
			t.Fatal(err)
		}
		for i, e := range story {
			if want := uint64(len(story) - i); e.Seq != want {
				t.Fatalf("entry %d of %s has number %d", want, user, e.Seq)
			}
			if e.Decision != nil {
				decisions++
			} else if e.Event != nil {
				events++
			}
		}
	}
	if decisions != askers*times || events != visits {
		t.Errorf("%d decisions and %d events, want %d and %d", decisions, events, askers*times, visits)
	}
}
