package fellow

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aparte-dev/aparte/store"
)

// Role is what a node is to do.
type Role int

// The roles.
const (
	Over    Role = iota // to end
	Keeping             // to keep the office, which it has
	Helping             // to be a branch of an office that hears it
)

// Place is where parts are leased; a store is one.
type Place interface {
	Leases
	Acquire(ctx context.Context, part store.Part, owner string, now time.Time, ttl time.Duration) (store.Epoch, error)
	Release(ctx context.Context, part store.Part, epoch store.Epoch) error
}

// Seat is a process's place among the nodes: it follows who has the office, and takes it when it is given back or runs out.
type Seat struct {
	*Peers
	Place Place
	Name  string // as an owner of leases: the node's address, and a word of this process alone behind a space

	ahead    atomic.Pointer[url.URL] // who has the office; nil: nobody else
	followed atomic.Bool
}

const (
	officeTTL = 15 * time.Second // as long as the engine's leases
	deafFor   = 10 * time.Second // an office that has not heard a branch for so long is of another version: the branch gives its parts back
)

// Ahead is the address of the node that has the office; nil where nobody has, or this one.
func (s *Seat) Ahead() *url.URL { return s.ahead.Load() }

// Lead says that this node is the office for all who come.
func (s *Seat) Lead() { s.ahead.Store(nil) }

// Followed reports whether another node was seen to have the office since this process began.
func (s *Seat) Followed() bool { return s.followed.Load() }

// Await returns when this node has the office, when who has it hears this node, and when ctx ends or over is closed.
func (s *Seat) Await(ctx context.Context, over <-chan struct{}) Role {
	for ctx.Err() == nil {
		took, err := s.look(ctx)
		switch {
		case took:
			return Keeping
		case err == nil && s.Ahead() != nil:
			if s.Beat(ctx, s.Ahead().String(), nil) == nil {
				return Helping
			}
		case err != nil && ctx.Err() == nil:
			s.Logger.Warn("look at who has the office", "error", err)
		}
		select {
		case <-time.After(Every):
		case <-over:
			return Over
		case <-ctx.Done():
		}
	}
	return Over
}

// look follows who has the office, or takes it where nobody has.
func (s *Seat) look(ctx context.Context) (took bool, err error) {
	l, err := s.Place.Lease(ctx, 0)
	if err != nil {
		return false, err
	}
	if l.Owner != "" && l.Owner != s.Name && s.Now().Before(l.Until) {
		at, _, _ := strings.Cut(l.Owner, " ")
		u, err := url.Parse(at)
		if err != nil {
			return false, fmt.Errorf("part 0 is leased to %q, which is no node", l.Owner)
		}
		s.ahead.Store(u)
		s.followed.Store(true)
		return false, nil
	}
	s.ahead.Store(nil)
	_, err = s.Place.Acquire(ctx, 0, s.Name, s.Now(), officeTTL)
	if errors.Is(err, store.ErrLeased) { // somebody was quicker
		return false, nil
	}
	return err == nil, err
}

// Attend has the office hear of this node every half second, by beat, beside its caller, who calls end. Over is closed when this node has taken the office, and
// when whoever has it has not heard it for long.
func (s *Seat) Attend(ctx context.Context, beat func(ctx context.Context, office string) error) (over <-chan struct{}, end func()) {
	enough, heard := make(chan struct{}), time.Now()
	return enough, Meanwhile(ctx, func(ctx context.Context) {
		took, err := s.look(ctx)
		switch at := s.Ahead(); {
		case took:
			close(enough)
			<-ctx.Done()
			return
		case err == nil && at != nil:
			if err = beat(ctx, at.String()); err == nil {
				heard = time.Now()
			}
		default: // nobody has the office yet, or the store does not say who
			heard = time.Now()
		}
		if err != nil && ctx.Err() == nil {
			s.Logger.Warn("the office does not hear this node", "error", err)
		}
		if time.Since(heard) > deafFor {
			close(enough)
			<-ctx.Done()
		}
	})
}

// Meanwhile does something every half second, beside its caller, until that one calls end.
func Meanwhile(ctx context.Context, do func(context.Context)) (end func()) {
	ctx, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { // ends with end
		defer close(done)
		for {
			select {
			case <-time.After(Every):
				do(ctx)
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() { stop(); <-done }
}

// GiveBack gives back what this process took and no engine did: it ended on the way to work.
func (s *Seat) GiveBack(ctx context.Context) {
	ctx, stop := context.WithTimeout(ctx, officeTTL) // then they have run out
	defer stop()
	for part := range store.Part(s.Place.Parts()) {
		l, err := s.Place.Lease(ctx, part)
		if err == nil && l.Owner == s.Name {
			err = s.Place.Release(ctx, part, l.Epoch)
		}
		if err != nil {
			s.Logger.Warn("give back a part", "part", part, "error", err)
			return
		}
	}
}
