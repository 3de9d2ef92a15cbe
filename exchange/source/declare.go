package source

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/aparte-dev/aparte/store"
)

// State is a source and how it fares.
type State struct {
	Source
	Running   bool      `json:"running"`            // a run is under way, or was broken off and goes on
	Now       Run       `json:"now,omitzero"`       // what is in of it
	Last      Run       `json:"last,omitzero"`      // the last that came to its end
	Total     Counts    `json:"total"`              // since it was declared
	Next      time.Time `json:"next,omitzero"`      // run; zero: it is switched off
	Place     string    `json:"place,omitzero"`     // of the cursor, up to which rows are in
	Refused   string    `json:"refused,omitzero"`   // why it was not read, the last time that it was not
	RefusedAt time.Time `json:"refusedAt,omitzero"` //
	Failures  int       `json:"failures,omitzero"`  // one after another; 0: the last reading went well
}

// States are all sources, by id.
func (s *Sources) States() []State {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]State, 0, len(s.lines))
	for _, id := range slices.Sorted(maps.Keys(s.lines)) {
		l := s.lines[id]
		one := State{
			Source: l.Source, Running: l.halt != nil || l.under != nil && l.Failures == 0 && (l.Enabled || l.asked), Now: l.Under, Last: l.Last, Total: l.Total, Place: l.Place,
			Refused: l.Refused, RefusedAt: l.RefusedAt, Failures: l.Failures,
		}
		one.Now.Reasons, one.Last.Reasons = slices.Clone(l.Under.Reasons), slices.Clone(l.Last.Reasons)
		if l.Enabled || l.asked {
			if one.Next = latest(l.due(), s.Now().UTC()); l.asked {
				one.Next = s.Now().UTC()
			}
		}
		all = append(all, one)
	}
	return all
}

// Put declares a source, in place of the one with its id. One that asks the same goes on where it was; else it begins again, and what was
// there is repeated. It fails with ErrSource where it cannot be.
func (s *Sources) Put(ctx context.Context, declared Source) (created bool, err error) {
	if err := declared.check(); err != nil {
		return false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	before, known := s.lines[declared.ID]
	if !known && len(s.lines) == maxSources {
		return false, fmt.Errorf("%w: : at most %d can be declared", ErrSource, maxSources)
	}
	l := &line{kept: kept{Source: declared, Since: s.Now().UTC()}}
	if known {
		if before.asks(&declared) {
			l.kept = before.kept
			l.Source, l.Since, l.Failures, l.past = declared, s.Now().UTC(), 0, false
			if before.under != nil {
				l.under = &l.Under
			}
		}
		l.Total = before.Total
		if before.halt != nil {
			before.halt()
		}
	}
	s.lines[declared.ID] = l
	if err := s.save(ctx); err != nil {
		if delete(s.lines, declared.ID); known {
			s.lines[declared.ID] = before
		}
		return false, err
	}
	s.wake()
	return !known, nil
}

// Delete withdraws a source. What it brought in stays.
func (s *Sources) Delete(ctx context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.lines[id]
	if l == nil {
		return store.ErrNotFound
	}
	delete(s.lines, id)
	if err := s.save(ctx); err != nil {
		s.lines[id] = l
		return err
	}
	if l.halt != nil {
		l.halt()
	}
	return nil
}

// Run has a source asked now, whether or not it is switched on or due. It returns at once.
func (s *Sources) Run(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.lines[id]
	if l == nil {
		return store.ErrNotFound
	}
	l.asked = true
	s.wake()
	return nil
}
