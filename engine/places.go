package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/place"
	"github.com/aparte-dev/aparte/store"
)

// placesDocument is a log: each version says which places were put and which have gone, and the versions that are there, one after
// the other, make those in force. So a change writes no more than what changed, however many places there are. Now and then all are
// put again and what was before is dropped (shorten).
const (
	placesDocument = "places"
	placesAtOnce   = 1_000  // put in one version
	placesSlack    = 10_000 // how many more may be in the log than twice those in force
)

// places are the brand's places.
type places struct {
	atlas    atomic.Pointer[place.Atlas]
	changing sync.Mutex
	logged   int // places in the log, each as often as it was put or went
}

// placesChange is a version of the log.
type placesChange struct {
	Put  []aparte.Place   `json:"put,omitempty"`
	Gone []aparte.PlaceID `json:"gone,omitempty"`
}

// open reads the log.
func (ps *places) open(ctx context.Context, s store.Store) error {
	now := map[aparte.PlaceID]aparte.Place{}
	newest, err := s.Document(ctx, placesDocument, 0)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("read places: %w", err)
	}
	first := newest.Version
	for first > 1 {
		if _, err := s.Document(ctx, placesDocument, first-1); errors.Is(err, store.ErrNotFound) {
			break
		} else if err != nil {
			return fmt.Errorf("read places: %w", err)
		}
		first--
	}
	for version := max(1, first); version <= newest.Version; version++ {
		doc, err := s.Document(ctx, placesDocument, version)
		if err != nil {
			return fmt.Errorf("read places: %w", err)
		}
		var c placesChange
		if err := json.Unmarshal(doc.Body, &c); err != nil {
			return fmt.Errorf("places, version %d: %w", version, err)
		}
		ps.logged += len(c.Put) + len(c.Gone)
		for _, id := range c.Gone {
			delete(now, id)
		}
		for _, p := range c.Put {
			now[p.ID] = p
		}
	}
	all := make([]aparte.Place, 0, len(now))
	for _, id := range slices.Sorted(maps.Keys(now)) {
		all = append(all, now[id])
	}
	atlas, err := new(place.Atlas).With(all, nil)
	if err != nil {
		return fmt.Errorf("places: %w", err)
	}
	ps.atlas.Store(atlas)
	return nil
}

// PutPlaces puts places in the stead of those of the same ids, and lets others go that may not be there. The error joins all that is
// wrong, each with its JSON pointer into put; then nothing has changed. When it returns, the change is durable and in force.
func (e *Engine) PutPlaces(ctx context.Context, put []aparte.Place, gone []aparte.PlaceID) error {
	if err := e.checkOffers(put); err != nil {
		return err
	}
	ps := &e.places
	ps.changing.Lock()
	defer ps.changing.Unlock()
	next, err := ps.atlas.Load().With(put, gone)
	if err != nil {
		return err
	}
	if err := e.logPlaces(ctx, put, gone); err != nil {
		return err
	}
	ps.atlas.Store(next)
	return e.shortenPlaces(ctx)
}

// checkOffers refuses offers in money in which the brand does not count.
func (e *Engine) checkOffers(put []aparte.Place) error {
	now := e.brand.Load()
	if now == nil {
		return nil
	}
	var errs []error
	for i := range put {
		for j, on := range put[i].Items {
			if c := on.Offer.Currency; c != "" && c != now.plan.Brand().Currency {
				errs = append(errs, fmt.Errorf("/%d/items/%d/offer/currency: %q is not the brand's, %s", i, j, c, now.plan.Brand().Currency))
			}
		}
	}
	return errors.Join(errs...)
}

func (e *Engine) logPlaces(ctx context.Context, put []aparte.Place, gone []aparte.PlaceID) error {
	changes := []placesChange{{Gone: gone}}
	for chunk := range slices.Chunk(put, placesAtOnce) {
		if last := &changes[len(changes)-1]; last.Put == nil {
			last.Put = chunk
		} else {
			changes = append(changes, placesChange{Put: chunk})
		}
	}
	for _, c := range changes {
		body, err := json.Marshal(c)
		if err != nil {
			return fmt.Errorf("encode places: %w", err)
		}
		if _, err := e.store.PutDocument(ctx, placesDocument, body); err != nil {
			return fmt.Errorf("store places: %w", err)
		}
		e.places.logged += len(c.Put) + len(c.Gone)
	}
	return nil
}

// shortenPlaces puts all places again and drops what was in the log before, where most of it is of the past. Wherever a crash breaks
// it off, the log says the same.
func (e *Engine) shortenPlaces(ctx context.Context) error {
	atlas := e.places.atlas.Load()
	if e.places.logged <= 2*atlas.Len()+placesSlack {
		return nil
	}
	before, err := e.store.Document(ctx, placesDocument, 0)
	if err != nil {
		return fmt.Errorf("shorten places: %w", err)
	}
	all, _ := e.Places("", atlas.Len())
	e.places.logged = 0
	if err := e.logPlaces(ctx, all, nil); err != nil {
		return err
	}
	if err := e.store.DropDocuments(ctx, placesDocument, before.Version+1); err != nil {
		return fmt.Errorf("shorten places: %w", err)
	}
	return nil
}

// Place is a place of the brand, or ErrNotFound.
func (e *Engine) Place(id aparte.PlaceID) (aparte.Place, error) {
	site, known := e.places.atlas.Load().Site(id)
	if !known {
		return aparte.Place{}, fmt.Errorf("place %q: %w", id, store.ErrNotFound)
	}
	return site.Place, nil
}

// Places are up to limit places whose ids sort after one, in order, and how many there are in all.
func (e *Engine) Places(after aparte.PlaceID, limit int) (page []aparte.Place, all int) {
	atlas := e.places.atlas.Load()
	ids := atlas.IDs()
	from, found := slices.BinarySearch(ids, after)
	if found {
		from++
	}
	for _, id := range ids[from:min(len(ids), from+limit)] {
		site, _ := atlas.Site(id)
		page = append(page, site.Place)
	}
	return page, len(ids)
}

// Atlas is the places in force, to be looked at on a map.
func (e *Engine) Atlas() *place.Atlas { return e.places.atlas.Load() }
