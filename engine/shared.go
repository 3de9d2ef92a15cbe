package engine

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// An identifier that many people share (the tablet in a shop, the address somebody made up to be left alone) would make
// one person of them all. It is found out by what no single human does, and joins nobody from then on: an event that
// has another identifier is of whom that one names, and does not give the shared one to them.
const (
	mostMerges    = 12 // records that become one person by one identifier within mergesWithin
	mergesWithin  = 30 * 24 * time.Hour
	mostAddresses = 8  // e-mail addresses of one person, and as many phone numbers
	mostPages     = 64 // of histories that are read to find out
)

// setAside leaves out the identifiers that join nobody, unless there are no others.
func (a *arrival) setAside() {
	shared := a.engine.ledger.now.Load().keys
	if len(shared) == 0 {
		return
	}
	var gone, left uint64 // among those of the arrival; among all of the event's
	at := 0
	for i, key := range a.keys {
		for a.left&(1<<at) != 0 {
			at++
		}
		if _, is := shared[key]; is {
			gone, left = gone|1<<i, left|1<<at
		}
		at++
	}
	if gone != 0 && gone != 1<<len(a.keys)-1 {
		a.ids, a.keys, a.left = leftOut(a.ids, gone), leftOut(a.keys, gone), a.left|left
	}
}

// leftOut is a list without those whose bit is set.
func leftOut[T any](list []T, bits uint64) []T {
	var rest []T
	for i := range list {
		if bits&(1<<i) == 0 {
			rest = append(rest, list[i])
		}
	}
	return rest
}

// crowded reports whether the event that an arrival brings to p by a weaker identifier states one more address than anybody has:
// who uses the weaker one is not one person. index is that of the address.
func (a *arrival) crowded(p *aparte.Person) (index int, crowded bool) {
	if a.event == nil || a.event.Type == aparte.Alias {
		return 0, false
	}
	for i, id := range a.ids[:a.lead] { // nobody is known by these
		if id.Kind != aparte.KindEmail && id.Kind != aparte.KindPhone || slices.Contains(p.Identifiers, id) {
			continue
		}
		n := 0
		for _, have := range p.Identifiers {
			if have.Kind == id.Kind {
				n++
			}
		}
		if n >= mostAddresses {
			return i, true
		}
	}
	return 0, false
}

// suspect is the identifier of p, other than a userId, by which too many have lately become p, if there is one. It is looked for
// only where p is made of many.
func (t *turn) suspect(p *aparte.Person, l letter) (store.Key, aparte.IdentifierKind, bool, error) {
	if len(p.Absorbed)+1 < mostMerges || l.Forced {
		return store.Key{}, "", false, nil
	}
	by := map[store.Key]int{l.Key: 1}
	by[l.Lead]++
	pages := mostPages
	for _, id := range append([]aparte.PersonID{p.ID}, p.Absorbed...) { // who absorbed whom is a matter of age
		if err := t.countMerges(id, by, &pages); err != nil {
			return store.Key{}, "", false, err
		}
	}
	for _, id := range p.Identifiers { // in order, so that the same one is always found
		if key := identifierKey(t.owner.engine.secret, id); id.Kind != aparte.KindUserID && by[key] >= mostMerges {
			return key, id.Kind, true, nil
		}
	}
	return store.Key{}, "", false, nil
}

// countMerges counts the late merges of a record by the two identifiers of each, as far back as pages reach.
func (t *turn) countMerges(id aparte.PersonID, by map[store.Key]int, pages *int) error {
	e := t.owner.engine
	for before := uint64(0); *pages > 0; *pages-- {
		page, err := e.store.History(t.ctx, e.partOf(id), id, before, historyPage)
		if err != nil {
			return fmt.Errorf("history of %s: %w", id, err)
		}
		for _, entry := range page {
			if before = entry.Seq; entry.Kind != store.MergeEntry || t.now.Sub(entry.At) > mergesWithin {
				continue
			}
			m, err := readMerging(entry.Body)
			if err != nil {
				return fmt.Errorf("history of %s, entry %d: %w", id, entry.Seq, err)
			}
			if !m.forced {
				by[m.key]++
				by[m.lead]++
			}
		}
		if len(page) < historyPage || t.now.Sub(page[len(page)-1].At) > mergesWithin {
			*pages--
			return nil
		}
	}
	return nil
}

// share has an identifier join nobody any more.
func (e *Engine) share(ctx context.Context, key store.Key, kind aparte.IdentifierKind, person aparte.PersonID, because SharedReason) error {
	s := Shared{
		Key: SharedKey(hex.EncodeToString(key[:])), Kind: kind, Person: person,
		Since: e.now().UTC().Truncate(time.Second), Because: because,
	}
	if e.ledger.shared(key) {
		return nil
	}
	e.log.Warn("an identifier is shared by many, and joins nobody any more: see the console, People", "kind", kind, "person", person, "because", because)
	if !e.branch {
		return e.ledger.share(ctx, e.store, s)
	}
	if _, err := e.askFellow(ctx, &favour{Share: &s}); err != nil {
		return err
	}
	return e.ledger.open(ctx, e.store)
}

// share has an identifier join nobody any more.
func (k *ledger) share(ctx context.Context, s store.Store, shared Shared) error {
	return k.change(ctx, s, func(l *entries) {
		if !slices.ContainsFunc(l.Shared, func(x Shared) bool { return x.Key == shared.Key }) {
			l.Shared = append(l.Shared, shared)
		}
	})
}
