package engine

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/learn"
	"github.com/aparte-dev/aparte/store"
)

// What all parts share: counters, and documents.

func (v *verifier) counters() error {
	all, err := v.s.Counters(v.ctx, "", time.Unix(-farthest, 0), time.Unix(farthest, 0))
	if err != nil {
		v.found(FaultCounter, -1, aparte.PersonID{}, "", err.Error())
		return v.ctx.Err()
	}
	v.Counters = len(all)
	for _, c := range all {
		if c.Key == "" || !c.Hour.Equal(c.Hour.Truncate(time.Hour)) {
			v.found(FaultCounter, -1, aparte.PersonID{}, "a counter", "is of no hour")
		}
	}
	return nil
}

// documents checks those that the engine reads at its start, every version of the brand that entries name, the learner's journal, and that
// the newest version of each other can be read.
func (v *verifier) documents(sealed func([]byte) bool) error {
	check := func(name string, version uint64, read reading) error { return v.document(name, version, read, sealed) }
	known := readings(v.Parts)
	names := slices.Collect(maps.Keys(known))
	if v.list != nil {
		all, err := v.list.DocumentNames(v.ctx)
		if err != nil {
			return err
		}
		names = append(names, all...)
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		read := known[name]
		if read == nil {
			read = func([]byte) error { return nil }
		}
		if err := check(name, 0, read); err != nil {
			return err
		}
	}
	for _, version := range slices.Sorted(maps.Keys(v.versions)) {
		if version == 0 {
			continue
		}
		if err := check(BrandDocument, version, known[BrandDocument]); err != nil {
			return err
		}
	}
	return v.journal(check)
}

// document checks one version of a document, where it is there; 0 is the newest.
func (v *verifier) document(name string, version uint64, read reading, sealed func([]byte) bool) error {
	doc, err := v.s.Document(v.ctx, name, version)
	switch {
	case errors.Is(err, store.ErrNotFound) && version == 0:
		return nil
	case v.ctx.Err() != nil:
		return v.ctx.Err()
	case err != nil:
		v.found(FaultDocument, -1, aparte.PersonID{}, documentAt(name, version), err.Error())
		return nil
	}
	v.Documents++
	if sealed != nil && sealed(doc.Body) {
		v.Sealed++
		return nil
	}
	if err := read(doc.Body); err != nil {
		v.found(FaultDocument, -1, aparte.PersonID{}, documentAt(name, doc.Version), err.Error())
	}
	return nil
}

// reading says what is wrong with a document's body.
type reading func(body []byte) error

// readings are those of the documents that the engine reads at its start, by name.
func readings(parts int) map[string]reading {
	object := func(body []byte) error {
		var any json.RawMessage
		return json.Unmarshal(body, &any)
	}
	return map[string]reading{
		modelDocument: func(body []byte) error {
			_, err := parseFold(body, parts)
			if errors.Is(err, learn.ErrOtherVersion) {
				return nil
			}
			return err
		},
		BrandDocument:   func(body []byte) error { _, err := unmarshalBrand(body); return err },
		journalDocument: object, ledgerDocument: func([]byte) error { return nil }, // the ledger was read first
		trialDocument: object, editionDocument: object, purgeDocument: object, forgetDocument: object, rollDocument: object, crierDocument: object,
		draftsDocument: object, placesDocument: object, costsDocument: object, wordingsDocument: object, audienceNamesDocument: object,
	}
}

// journal checks that the learner's journal is whole: with it a model is rebuilt.
func (v *verifier) journal(check func(name string, version uint64, read reading) error) error {
	newest, err := v.s.Document(v.ctx, journalDocument, 0)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	} else if err != nil {
		return nil // told already
	}
	for version := uint64(1); version < newest.Version; version++ {
		if err := check(journalDocument, version, func(body []byte) error {
			var r round
			if err := json.Unmarshal(body, &r); err != nil {
				return err
			}
			if len(r.Parts) != len(r.To) {
				return errors.New("names parts without how far they were read")
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}
