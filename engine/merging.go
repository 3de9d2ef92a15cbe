package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/profile"
	"github.com/aparte-dev/aparte/store"
)

// merging is the body of a merge entry: who was absorbed, what made the two meet, and the record as it was.
//
//	loser (16 bytes), 0, key (16 bytes), lead (16 bytes), flags (1: forced, 2: forgot), record
//	loser (16 bytes), record                                      before causes were kept: a record never begins with 0
type merging struct {
	loser  aparte.PersonID
	key    store.Key // of the identifier that made them meet; zero where it was not kept
	lead   store.Key // of the identifier by which the event that named both was one of theirs; zero where there was none
	forced bool      // an alias said that they are one
	forgot bool      // something was taken out of the record that is not kept any more
	state  []byte
}

const causeLen = 1 + 2*len(store.Key{}) + 1

func (m merging) encode() []byte {
	b := make([]byte, 0, len(m.loser)+causeLen+len(m.state))
	b = append(append(b, m.loser[:]...), 0)
	b = append(append(b, m.key[:]...), m.lead[:]...)
	flags := byte(0)
	if m.forced {
		flags |= 1
	}
	if m.forgot {
		flags |= 2
	}
	return append(append(b, flags), m.state...)
}

func readMerging(body []byte) (m merging, err error) {
	n := copy(m.loser[:], body)
	if n < len(m.loser) || len(body) == n {
		return m, errors.New("merge entry is too short")
	}
	if m.state = body[n:]; m.state[0] != 0 {
		return m, nil
	}
	if len(m.state) <= causeLen {
		return m, errors.New("merge entry is too short")
	}
	copy(m.lead[:], m.state[1+copy(m.key[:], m.state[1:]):])
	m.forced, m.forgot = m.state[causeLen-1]&1 != 0, m.state[causeLen-1]&2 != 0
	m.state = m.state[causeLen:]
	return m, nil
}

// eachMerging reads who was absorbed by somebody, newest first, until use has seen enough.
func (e *Engine) eachMerging(ctx context.Context, id aparte.PersonID, use func(merging) (more bool, err error)) error {
	for before, more := uint64(0), true; more; {
		page, err := e.store.History(ctx, e.partOf(id), id, before, historyPage)
		if err != nil {
			return fmt.Errorf("history of %s: %w", id, err)
		}
		more = len(page) == historyPage
		for i := range page {
			if before = page[i].Seq; page[i].Kind != store.MergeEntry {
				continue
			}
			m, err := readMerging(page[i].Body)
			goOn := false
			if err == nil {
				goOn, err = use(m)
			}
			switch {
			case err != nil:
				return fmt.Errorf("history of %s, entry %d: %w", id, page[i].Seq, err)
			case !goOn:
				return nil
			}
		}
	}
	return nil
}

// record is who was absorbed, as they were.
func (m merging) record() (aparte.Person, error) {
	p, err := profile.Decode(m.state)
	if err != nil {
		return p, fmt.Errorf("state of merged %s: %w", m.loser, err)
	}
	p.ID = m.loser
	return p, nil
}

// absorb joins what is known of the loser to p.
func (m merging) absorb(p *aparte.Person) error {
	loser, err := m.record()
	if err != nil {
		return err
	}
	*p = profile.Absorb(*p, loser)
	return nil
}

// splitting is the body of a split entry, JSON: who left, and the identifiers that went with them.
type splitting struct {
	Person      aparte.PersonID     `json:"person"`
	Identifiers []aparte.Identifier `json:"identifiers,omitempty"`
}

func (s splitting) encode() ([]byte, error) { return json.Marshal(s) }

func readSplitting(body []byte) (splitting, error) {
	var s splitting
	if err := json.Unmarshal(body, &s); err != nil {
		return s, fmt.Errorf("split entry: %w", err)
	}
	return s, nil
}

// leave takes from p what is named by who left.
func (s splitting) leave(p *aparte.Person) {
	p.Identifiers = slices.DeleteFunc(slices.Clone(p.Identifiers), func(id aparte.Identifier) bool { return slices.Contains(s.Identifiers, id) })
}
