package pebble

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/aparte-dev/aparte/store"
)

// addEntries checks that the batch's entries are new and writes them, table by table and in order of key: so the
// memtable finds the place of each from that of the one before.
func (t *turn) addEntries() error {
	entries := t.in.Entries
	if len(entries) == 0 {
		return nil
	}
	if err := t.checkEntries(); err != nil {
		return err
	}
	for _, i := range t.order {
		e := &entries[i]
		t.key = appendEntryKey(t.key[:0], t.in.Part, &e.Person, e.Seq)
		v := t.reserve(t.key, entryHeaderLen+len(e.Body))
		copy(v[len(appendEntryHeader(v[:0], e)):], e.Body)
	}
	if err := t.checkEventKeys(); err != nil {
		return err
	}
	for _, i := range t.order {
		t.key = appendHashKey(t.key[:0], tableEventKey, t.in.Part, &entries[i].Key)
		t.set(t.key, nil)
	}
	return nil
}

// checkEntries fails with store.ErrConflict where a person already has an entry of that number. It leaves the entries
// in order of their key.
func (t *turn) checkEntries() error {
	entries := t.in.Entries
	t.order = t.order[:0]
	for i := range entries {
		t.order = append(t.order, i)
	}
	slices.SortFunc(t.order, func(i, j int) int {
		return cmp.Or(bytes.Compare(entries[i].Person[:], entries[j].Person[:]), cmp.Compare(entries[i].Seq, entries[j].Seq))
	})
	var before *store.Entry
	for _, i := range t.order {
		e := &entries[i]
		is, err := t.tail(&e.Person)
		if err != nil {
			return err
		}
		taken := before != nil && before.Person == e.Person && before.Seq == e.Seq
		if !taken && e.Seq <= is.last { // not where the history goes on: look
			if _, taken, err = t.s.get(appendEntryKey(nil, t.in.Part, &e.Person, e.Seq)); err != nil {
				return err
			}
		}
		if taken {
			return fmt.Errorf("entry %d of %s: %w", e.Seq, e.Person, store.ErrConflict)
		}
		t.tails[e.Person] = tail{last: max(is.last, e.Seq), moved: true}
		before = e
	}
	return nil
}

// rewriteEntries replaces the bodies of entries that are in the database.
func (t *turn) rewriteEntries() error {
	for i := range t.in.Rewritten {
		e := &t.in.Rewritten[i]
		if _, gone := t.erased[e.Person]; gone {
			continue
		}
		t.key = appendEntryKey(t.key[:0], t.in.Part, &e.Person, e.Seq)
		was, there, err := t.s.get(t.key)
		if err != nil {
			return err
		}
		if !there {
			continue
		}
		if len(was) < entryHeaderLen {
			return fmt.Errorf("damaged entry %d of %s: %d bytes", e.Seq, e.Person, len(was))
		}
		v := t.reserve(t.key, entryHeaderLen+len(e.Body))
		copy(v[copy(v, was[:entryHeaderLen]):], e.Body)
	}
	return nil
}

// checkEventKeys fails with store.ErrConflict where an entry already carries an event key. Only keys of which that
// is not known are looked for. It leaves the entries that have a key in order of it.
func (t *turn) checkEventKeys() error {
	entries := t.in.Entries
	t.order = t.order[:0]
	for i := range entries {
		if entries[i].Key != (store.Key{}) {
			t.order = append(t.order, i)
		}
	}
	slices.SortFunc(t.order, func(i, j int) int { return bytes.Compare(entries[i].Key[:], entries[j].Key[:]) })
	var before store.Key
	t.unknown = t.unknown[:0]
	for _, i := range t.order {
		key := entries[i].Key
		if key == before {
			return t.keyConflict(i)
		}
		t.key = appendHashKey(t.key[:0], tableEventKey, t.in.Part, &key)
		if _, freed := t.freed[key]; !freed && !t.part.known.lacks(t.key) && !t.part.absent.has(key) {
			t.unknown = append(t.unknown, i)
		}
		before = key
	}
	return t.lookForKeys(t.unknown)
}

func (t *turn) lookForKeys(order []int) (err error) {
	if len(order) == 0 {
		return nil
	}
	low := appendPartKey(nil, tableEventKey, t.in.Part)
	old, err := t.s.probe(context.Background(), low, upper(low))
	if err != nil {
		return err
	}
	defer old.end(&err)
	for _, i := range order {
		t.key = appendHashKey(t.key[:0], tableEventKey, t.in.Part, &t.in.Entries[i].Key)
		if _, taken, err := old.find(t.key); err != nil {
			return err
		} else if taken {
			return t.keyConflict(i)
		}
	}
	return nil
}

func (t *turn) keyConflict(i int) error {
	e := &t.in.Entries[i]
	return fmt.Errorf("event key of entry %d of %s: %w", e.Seq, e.Person, store.ErrConflict)
}
