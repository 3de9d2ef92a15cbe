// Package sealed is a store some of whose documents are sealed (AES-256-GCM) by a master key that is not in it: those that hold secrets
// of other systems, and keys. Whoever reads the store's files, or a backup of them, has none of these.
//
// It knows which documents those are by their names, which whoever opens it says, and nothing of what is in them. A sealed
// document is bound to its name: put in place of another it does not open. Master keys have ids and are several at a time, so that
// they can be changed: what an older one sealed is sealed by the first when the store is opened.
//
// Start reading at [Open], then ring.go.
package sealed

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aparte-dev/aparte/store"
)

// Place is a store that can have its files forget the documents that were replaced.
type Place interface {
	store.Store
	store.Inspector
	// PurgeDocuments has the files forget the versions of documents that were dropped before the call: bytes, not rows.
	PurgeDocuments(ctx context.Context) error
}

// Store is a store with sealed documents. It is safe for concurrent use.
type Store struct {
	Place
	ring  *Ring
	names []string
}

// Now is the time by the clock of the place (store.ClockOf).
func (s *Store) Now() time.Time { return store.ClockOf(s.Place)() }

// Open has the documents of these names sealed by the first key of a ring from now on, those that are in clear or sealed by another of its
// keys included; of these no byte is left in the files. It fails with ErrKey where one is sealed by a key that is not there, and then has
// changed nothing.
func Open(ctx context.Context, place Place, ring *Ring, names ...string) (*Store, error) {
	s := &Store{place, ring, names}
	left := map[string][]byte{} // bodies by name
	for _, name := range names {
		d, err := place.Document(ctx, name, 0)
		if errors.Is(err, store.ErrNotFound) {
			continue
		} else if err != nil {
			return nil, err
		}
		body, by := d.Body, SealedBy(d.Body)
		if by != "" {
			if body, err = ring.Open(name, d.Body); err != nil {
				return nil, fmt.Errorf("document %q: %w", name, err)
			}
		}
		if by != ring.IDs()[0] {
			left[name] = body
		}
	}
	if err := s.reseal(ctx, left); err != nil {
		return nil, err
	}
	return s, nil
}

// mark is there while bytes of what was sealed anew may still be in the files as they were, whenever the process ends.
const mark = "sealed/purge"

// reseal seals bodies and has the files forget what was there before, or ends what a process that was killed began.
func (s *Store) reseal(ctx context.Context, left map[string][]byte) error {
	at, err := s.Place.Document(ctx, mark, 0)
	if errors.Is(err, store.ErrNotFound) {
		if len(left) == 0 {
			return nil
		}
		at.Version, err = s.Place.PutDocument(ctx, mark, nil)
	}
	if err != nil {
		return err
	}
	for _, name := range s.names {
		body, is := left[name]
		if !is { // one that is sealed already may have older versions in clear beside it
			d, err := s.Place.Document(ctx, name, 0)
			if errors.Is(err, store.ErrNotFound) {
				continue
			}
			if err == nil {
				err = s.Place.DropDocuments(ctx, name, d.Version)
			}
			if err != nil {
				return err
			}
			continue
		}
		if _, err := store.Replace(ctx, s, name, body); err != nil {
			return fmt.Errorf("seal document %q: %w", name, err)
		}
	}
	if err := s.Place.PurgeDocuments(ctx); err != nil {
		return fmt.Errorf("forget secrets as they were: %w", err)
	}
	return s.Place.DropDocuments(ctx, mark, at.Version+1)
}

// By is the id of a key that one of these documents is sealed by; empty: none is.
func By(ctx context.Context, docs store.Documents, names ...string) (id string, err error) {
	for _, name := range names {
		d, err := docs.Document(ctx, name, 0)
		if errors.Is(err, store.ErrNotFound) {
			continue
		} else if err != nil {
			return "", err
		}
		if id = SealedBy(d.Body); id != "" {
			return id, nil
		}
	}
	return "", nil
}

// Forget drops those of the documents that no key of a ring opens, and answers their names. What was in them is lost.
func Forget(ctx context.Context, place Place, ring *Ring, names ...string) (dropped []string, err error) {
	for _, name := range names {
		d, err := place.Document(ctx, name, 0)
		if errors.Is(err, store.ErrNotFound) {
			continue
		} else if err != nil {
			return dropped, err
		}
		if SealedBy(d.Body) == "" {
			continue
		}
		if _, err := ring.Open(name, d.Body); err == nil {
			continue
		}
		if err := place.DropDocuments(ctx, name, d.Version+1); err != nil {
			return dropped, err
		}
		dropped = append(dropped, name)
	}
	return dropped, nil
}

// PutDocument implements store.Documents.
func (s *Store) PutDocument(ctx context.Context, name string, body []byte) (uint64, error) {
	if slices.Contains(s.names, name) {
		body = s.ring.Seal(name, body)
	}
	return s.Place.PutDocument(ctx, name, body)
}

// Document implements store.Documents. Of a document that is to be sealed a version in clear is refused: Open left none.
func (s *Store) Document(ctx context.Context, name string, version uint64) (store.Document, error) {
	d, err := s.Place.Document(ctx, name, version)
	if err != nil || !slices.Contains(s.names, name) {
		return d, err
	}
	if d.Body, err = s.ring.Open(name, d.Body); err != nil {
		return store.Document{}, fmt.Errorf("read document %q version %d: %w", name, d.Version, err)
	}
	return d, nil
}
