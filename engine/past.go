package engine

import (
	"context"
	"fmt"
	"slices"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/profile"
	"github.com/aparte-dev/aparte/scenario"
	"github.com/aparte-dev/aparte/store"
)

// past rebuilds a person as they were before an entry of their history, from the entries before it. Of what
// only the engine keeps, and no decision reads (timers, open windows, recent ids), nothing is rebuilt.
type past struct {
	engine  *Engine
	tell    func(done int)      // called as entries are read
	assumed uint64              // version of the brand where an event's entry does not tell which it was applied under
	missing int                 // how many did not tell
	forgot  []string            // traits that were told, and are not kept any more, in order
	unsure  bool                // something that is not kept any more was known of who was merged in
	end     uint64              // the walk ends before this entry
	named   []aparte.Identifier // by which the person is known to have been named; none where their first entry and their state are to tell
	shelves map[uint64]*shelf   // by version of the brand; 0: there was none
}

// historyPage is how many entries are read at a time.
const historyPage = 500

// gone says that something of a history is not in the log any more.
type gone struct{ what string }

func (g *gone) Error() string { return g.what }

// before is a decision's person as the decision found them.
func (h *past) before(ctx context.Context, id aparte.DecisionID) (*aparte.Person, error) {
	return h.walk(ctx, id.Person, id.Seq, func(*aparte.Person, *store.Entry) error { return nil })
}

// walk goes through a person's history up to an entry, and looks at each before it happens to the person. What it
// gives to look at goes on changing.
func (h *past) walk(ctx context.Context, id aparte.PersonID, end uint64, look func(*aparte.Person, *store.Entry) error) (*aparte.Person, error) {
	p, err := h.newborn(ctx, id)
	if err != nil {
		return nil, err
	}
	h.end = end
	for from := uint64(1); from < end; from += historyPage {
		to := min(from+historyPage, end)
		entries, err := h.engine.store.History(ctx, h.engine.partOf(id), id, to, int(to-from))
		if err != nil {
			return nil, fmt.Errorf("history of %s: %w", id, err)
		}
		if n := len(entries); n != int(to-from) || entries[n-1].Seq != from {
			return nil, &gone{fmt.Sprintf("history of %s: some of entries %d to %d are gone", id, from, to-1)}
		}
		for _, entry := range slices.Backward(entries) {
			if err := look(p, &entry); err != nil {
				return nil, fmt.Errorf("history of %s, entry %d: %w", id, entry.Seq, err)
			}
			if err := h.happen(ctx, p, &entry); err != nil {
				return nil, fmt.Errorf("history of %s, entry %d: %w", id, entry.Seq, err)
			}
		}
		h.tell(int(to))
	}
	return p, nil
}

// newborn is the person at birth. The identifier they were born under begins their id, and is one of those
// of their first event or, where a question was first, of those they have to this day.
func (h *past) newborn(ctx context.Context, id aparte.PersonID) (*aparte.Person, error) {
	names, err := h.namesOf(ctx, id)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if key := identifierKey(h.engine.secret, name); string(key[:8]) == string(id[:8]) {
			return newborn(id, name), nil
		}
	}
	return nil, &gone{fmt.Sprintf("person %s: nothing tells any more under which identifier they were born", id)}
}

func (h *past) namesOf(ctx context.Context, id aparte.PersonID) ([]aparte.Identifier, error) {
	names := slices.Clone(h.named)
	first, err := h.engine.store.Entry(ctx, h.engine.partOf(id), id, 1)
	if err != nil {
		return nil, fmt.Errorf("first entry of %s: %w", id, err)
	}
	if first.Kind == store.EventEntry {
		event, with, err := readApplied(&first)
		if err != nil {
			return nil, fmt.Errorf("first entry of %s: %w", id, err)
		}
		names = append(names, with.identifiers(&event)...)
	}
	for range maxHops {
		rows, err := h.engine.store.States(ctx, h.engine.partOf(id), []aparte.PersonID{id})
		if err != nil {
			return nil, fmt.Errorf("state of %s: %w", id, err)
		}
		if rows[0].State == nil {
			return names, nil
		}
		p, err := decode(&rows[0])
		if err != nil && len(names) > 0 {
			return names, nil // the history tells
		} else if err != nil {
			return nil, err
		}
		names = append(names, p.Identifiers...)
		if p.MergedInto.IsZero() {
			return names, nil
		}
		id = p.MergedInto
	}
	return names, nil
}

func readApplied(entry *store.Entry) (aparte.Event, applying, error) {
	event, err := decodeEvent(entry.Body)
	if err != nil {
		return event, applying{}, err
	}
	with, err := readApplying(entry.Body)
	return event, with, err
}

// happen does to p what an entry tells of.
func (h *past) happen(ctx context.Context, p *aparte.Person, entry *store.Entry) error {
	switch entry.Kind {
	case store.EventEntry:
		return h.apply(ctx, p, entry)
	case store.DecisionEntry:
		d, err := decide.Unmarshal(entry.Body)
		if err != nil {
			return err
		}
		if kindOf(d.Trigger) == scenarioTimer && !d.Action.Silent() {
			*p = scenario.Spoke(*p, d.Trigger, d.At)
		}
	case store.MergeEntry:
		m, err := readMerging(entry.Body)
		if err != nil {
			return err
		}
		h.unsure = h.unsure || m.forgot
		return m.absorb(p)
	case store.SplitEntry:
		s, err := readSplitting(entry.Body)
		if err != nil {
			return err
		}
		s.leave(p)
	case store.MovedEntry:
		return h.moved(p, entry)
	default:
		return fmt.Errorf("unknown kind of entry %d", entry.Kind)
	}
	return nil
}

func (h *past) apply(ctx context.Context, p *aparte.Person, entry *store.Entry) error {
	event, with, err := readApplied(entry)
	if err != nil {
		return err
	}
	if !with.known {
		with.brand = h.assumed
		h.missing++
	}
	shelf, err := h.shelf(ctx, with.brand)
	if err != nil {
		return err
	}
	*p = profile.Apply(*p, &event, with.identifiers(&event), shelf.catalogue(), shelf.currency)
	lapsed(&shelf.policy, p, entry.At)
	*p = profile.Score(*p, &event, shelf.scores)
	names, err := readForgotten(entry.Body)
	if err != nil {
		return err
	}
	for _, name := range names {
		if at, known := slices.BinarySearch(h.forgot, name); !known {
			h.forgot = slices.Insert(h.forgot, at, name)
		}
	}
	return nil
}

// shelf is a version of the brand as far as events are applied under it.
type shelf struct {
	items    map[aparte.ItemID]*aparte.Item // nil: there was no brand
	currency string
	scales   aparte.PriceScales
	scores   []aparte.Score
	policy   aparte.Policy
}

// mostShelves bounds how many are kept: catalogues can be large.
const mostShelves = 8

func (h *past) shelf(ctx context.Context, version uint64) (*shelf, error) {
	if s, known := h.shelves[version]; known {
		return s, nil
	}
	if len(h.shelves) >= mostShelves {
		clear(h.shelves)
	}
	s := &shelf{}
	if version > 0 {
		b, _, err := h.engine.brandAt(ctx, version)
		if err != nil {
			return nil, err
		}
		s.items, s.currency, s.scales = make(map[aparte.ItemID]*aparte.Item, len(b.Items)), b.Currency, aparte.ScalePrices(b.Items)
		s.scores, s.policy = b.Scores, b.Policy
		for i := range b.Items {
			s.items[b.Items[i].ID] = &b.Items[i]
		}
	}
	h.shelves[version] = s
	return s, nil
}

// catalogue is nil where there was none.
func (s *shelf) catalogue() profile.Catalogue {
	if s.items == nil {
		return nil
	}
	return s
}

// PriceBand implements profile.Catalogue.
func (s *shelf) PriceBand(item *aparte.Item) aparte.PriceBand { return s.scales.Band(item) }

// Item implements profile.Catalogue.
func (s *shelf) Item(id aparte.ItemID) (*aparte.Item, bool) {
	item, ok := s.items[id]
	return item, ok
}
