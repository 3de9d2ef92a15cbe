package engine

import (
	"sync"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// How many confirmations are asked for. What was asked for is known to this process, for as long as it lives.
const (
	perMailbox = 3 // in a day, so that nobody's mailbox is filled by strangers
	perPerson  = 5 // in a day, by who gives addresses
	perPlace   = 20
	placeFor   = time.Hour
)

// confirms bounds how often addresses can be given. It holds no address, but the keys of addresses.
type confirms struct{ mailboxes, people, places throttle }

func newConfirms() *confirms {
	return &confirms{
		mailboxes: throttle{most: perMailbox, within: 24 * time.Hour},
		people:    throttle{most: perPerson, within: 24 * time.Hour},
		places:    throttle{most: perPlace, within: placeFor},
	}
}

// allow takes one confirmation, unless it is one too many. An unknown place is no place.
func (c *confirms) allow(now time.Time, mailbox store.Key, person aparte.PersonID, place string) bool {
	return (place == "" || c.places.allow(place, now)) && c.people.allow(string(person[:]), now) && c.mailboxes.allow(string(mailbox[:]), now)
}

// throttle allows each key so many times in a while. It is safe for concurrent use.
type throttle struct {
	most   int
	within time.Duration

	mu    sync.Mutex
	times map[string][]time.Time // of each key, oldest first, at most most
}

// mostKeys is how many keys a throttle remembers; beyond, it allows nothing until some are over.
const mostKeys = 100_000

// allow takes a key once more, or refuses it.
func (t *throttle) allow(key string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	times := t.times[key]
	for len(times) > 0 && now.Sub(times[0]) >= t.within {
		times = times[1:]
	}
	if len(times) >= t.most || len(times) == 0 && !t.room(now) {
		return false
	}
	if t.times == nil {
		t.times = make(map[string][]time.Time)
	}
	t.times[key] = append(times, now)
	return true
}

// room makes room for one more key where it can.
func (t *throttle) room(now time.Time) bool {
	if len(t.times) < mostKeys {
		return true
	}
	for key, times := range t.times {
		if now.Sub(times[len(times)-1]) >= t.within {
			delete(t.times, key)
		}
	}
	return len(t.times) < mostKeys
}
