package engine

import (
	"sync/atomic"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// keptMost is how many people may be kept decoded. A record of 2 KB takes 10 as a person.
const keptMost = 4_000

// keptFor is for how long they are kept after they were looked at last.
const keptFor = 10 * time.Minute

// kept are people of a sample that was looked at, decoded. Records are read at each look all the same, and who is kept is who has the
// same one still: nobody is told of who is not there, or as they were. It is there to spare decoding, most of what a look takes.
type kept struct {
	parts []atomic.Pointer[map[aparte.PersonID]keptPerson]
	until atomic.Int64 // unix seconds; then they are let go
}

type keptPerson struct {
	record uint64 // its hash
	*aparte.Person
}

// decodeKept is the person of a record, from among those who were kept where it is there; what is kept from now on is added to now.
func decodeKept(row *store.PersonRow, before, now map[aparte.PersonID]keptPerson) (*aparte.Person, error) {
	hash := xxhash.Sum64(row.State)
	one, same := before[row.ID]
	if !same || one.record != hash || one.Seq != row.Last {
		p, err := decode(row)
		if err != nil {
			return nil, err
		}
		one = keptPerson{hash, &p}
	}
	now[row.ID] = one
	return one.Person, nil
}

// forget lets go of who was kept of a part.
func (k *kept) forget(part store.Part) { k.parts[part].Store(nil) }

// expire lets go of everybody where nobody has looked for a while.
func (k *kept) expire(now time.Time) {
	if until := k.until.Load(); until == 0 || now.Unix() < until {
		return
	}
	k.until.Store(0)
	for part := range k.parts {
		k.forget(store.Part(part))
	}
}
