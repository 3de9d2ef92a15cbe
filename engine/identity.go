package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// Identity is how a person came to be one: what names them, the records they are made of, and whom they were taken for.
type Identity struct {
	Person  aparte.PersonID
	Names   []aparte.Identifier // of the person themselves: those that came with no other record
	Records []Record            // that were absorbed, oldest first
	Apart   []Apart             // pairs with one of them in it that somebody has said to be two
	Devices []aparte.PersonID   // others who had one of their devices before
}

// Record is one that was absorbed.
type Record struct {
	ID        aparte.PersonID
	At        time.Time           // when; zero where the history does not tell any more
	Into      aparte.PersonID     // the person themselves, or another record
	By        aparte.Identifier   // which both had; zero where it was not kept, or where somebody said that they are one
	Forced    bool                // an alias or a person said that they are one
	FirstSeen time.Time           // of the record
	Entries   uint64              // of its own history
	Names     []aparte.Identifier // that came with it, and with no record it had absorbed
}

// Identity is how a person came to be one, read from the merges in their histories: at most maxUnmerge entries of each.
func (e *Engine) Identity(ctx context.Context, id aparte.PersonID) (Identity, error) {
	p, err := e.Person(ctx, id)
	if err != nil {
		return Identity{}, err
	}
	who := Identity{Person: p.ID, Names: p.Identifiers, Devices: slices.Clone(p.Formerly)}
	for _, pair := range e.Apart() {
		if among([]aparte.PersonID{pair.A}, &p) || among([]aparte.PersonID{pair.B}, &p) {
			who.Apart = append(who.Apart, pair)
		}
	}
	if who.Records, err = e.recordsOf(ctx, p.ID, p.Absorbed, p.Identifiers); err != nil {
		return who, err
	}
	for i := range who.Records {
		r := &who.Records[i]
		for j := range who.Records {
			if who.Records[j].Into == r.ID {
				r.Names = without(r.Names, who.Records[j].Names)
			}
		}
	}
	for i := range who.Records { // what a record was born under is its own, whichever event named it as well
		r := &who.Records[i]
		r.Names = slices.DeleteFunc(slices.Clone(r.Names), func(name aparte.Identifier) bool {
			home := who.founded(e.secret, name)
			return !home.IsZero() && home != r.ID
		})
		who.Names = without(who.Names, r.Names)
	}
	return who, nil
}

// founded is the one of a person's records, or the person, who was born under an identifier.
func (who *Identity) founded(secret []byte, name aparte.Identifier) aparte.PersonID {
	key := identifierKey(secret, name)
	born := func(id aparte.PersonID) bool { return string(id[:8]) == string(key[:8]) }
	if born(who.Person) {
		return who.Person
	}
	for i := range who.Records {
		if born(who.Records[i].ID) {
			return who.Records[i].ID
		}
	}
	return aparte.PersonID{}
}

// recordsOf are those that a record absorbed, and that those absorbed before.
func (e *Engine) recordsOf(ctx context.Context, id aparte.PersonID, absorbed []aparte.PersonID, names []aparte.Identifier) ([]Record, error) {
	var all []Record
	for before, read := uint64(0), 0; len(absorbed) > 0 && read < maxUnmerge; {
		page, err := e.store.History(ctx, e.partOf(id), id, before, historyPage)
		if err != nil {
			return nil, fmt.Errorf("history of %s: %w", id, err)
		}
		for _, entry := range page {
			before = entry.Seq
			if entry.Kind != store.MergeEntry {
				continue
			}
			m, err := readMerging(entry.Body)
			if err != nil {
				return nil, fmt.Errorf("history of %s, entry %d: %w", id, entry.Seq, err)
			}
			if !slices.Contains(absorbed, m.loser) {
				continue
			}
			loser, err := m.record()
			if err != nil {
				return nil, fmt.Errorf("history of %s, entry %d: %w", id, entry.Seq, err)
			}
			r := Record{
				ID: m.loser, At: entry.At, Into: id, Forced: m.forced,
				FirstSeen: loser.FirstSeen, Entries: loser.Seq, Names: loser.Identifiers,
			}
			for _, name := range slices.Concat(loser.Identifiers, names) {
				if identifierKey(e.secret, name) == m.key {
					r.By = name
				}
			}
			inner, err := e.recordsOf(ctx, m.loser, loser.Absorbed, loser.Identifiers)
			if err != nil {
				return nil, err
			}
			all = append(all, r)
			all = append(all, inner...)
			absorbed = without(absorbed, append([]aparte.PersonID{m.loser}, loser.Absorbed...))
		}
		if read += len(page); len(page) < historyPage {
			break
		}
	}
	for _, id := range absorbed {
		all = append(all, Record{ID: id})
	}
	slices.SortStableFunc(all, func(a, b Record) int { return a.At.Compare(b.At) })
	return all, nil
}
