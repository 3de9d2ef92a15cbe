package quality

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// Filter says which records are asked for. Its zero value asks for all, newest first.
type Filter struct {
	Reason *Reason
	Source string
	Event  string
	Before ID // only older ones; 0: from the newest
	Limit  int
}

// Kept is how much is kept for a reason.
type Kept struct {
	Reason  Reason
	Records int
	Bytes   int64
	Dropped int64 // the oldest, for want of room, since the process began
}

// Kept is how much is kept, by reason.
func (k *Keeper) Kept() []Kept {
	all := make([]Kept, 0, reasons)
	for _, reason := range Reasons {
		s := &k.shelves[reason]
		s.mu.Lock()
		all = append(all, Kept{reason, len(s.entries), s.bytes, s.dropped})
		s.mu.Unlock()
	}
	return all
}

// List is what is kept aside and asked for, newest first, without bodies.
func (k *Keeper) List(f Filter) []Record {
	var all []Record
	for _, reason := range Reasons {
		if f.Reason != nil && *f.Reason != reason {
			continue
		}
		s := &k.shelves[reason]
		s.mu.Lock()
		found := 0
		for i := len(s.entries) - 1; i >= 0 && found < f.Limit; i-- {
			e := &s.entries[i]
			if f.Before != 0 && e.ID >= f.Before || f.Source != "" && e.Source != f.Source || f.Event != "" && e.Event != f.Event {
				continue
			}
			all = append(all, e.Record)
			found++
		}
		s.mu.Unlock()
	}
	slices.SortFunc(all, func(a, b Record) int { return cmp.Compare(b.ID, a.ID) })
	return all[:min(len(all), f.Limit)]
}

// opened are the shelves with what is on them: of a keeper that follows, with what is on them now.
func (k *Keeper) opened(ctx context.Context) (*[reasons]shelf, error) {
	if !k.follows {
		return &k.shelves, nil
	}
	var now [reasons]shelf
	for i := range now {
		s := &now[i]
		s.docs, s.name = k.docs, k.shelves[i].name
		if err := s.open(ctx); err != nil {
			return nil, err
		}
	}
	return &now, nil
}

// Record is one that is kept aside, with its body, or store.ErrNotFound.
func (k *Keeper) Record(ctx context.Context, id ID) (Record, error) {
	shelves, err := k.opened(ctx)
	if err != nil {
		return Record{}, err
	}
	for i := range shelves {
		r, err := shelves[i].read(ctx, id)
		if !errors.Is(err, store.ErrNotFound) {
			return r, err
		}
	}
	return Record{}, store.ErrNotFound
}

// Take removes records that are kept aside: they were taken in after all, or somebody let them go. It is how many there were.
func (k *Keeper) Take(ctx context.Context, ids []ID) (int, error) {
	shelves, err := k.opened(ctx)
	if err != nil {
		return 0, err
	}
	taken := 0
	for i := range shelves {
		n, err := shelves[i].take(ctx, ids)
		taken += n
		if err != nil {
			return taken, err
		}
	}
	return taken, nil
}

// Erase removes every record that names somebody by one of some identifiers, bytes and all. It is how many there were.
func (k *Keeper) Erase(ctx context.Context, who []aparte.Identifier) (int, error) {
	shelves, err := k.opened(ctx)
	if err != nil {
		return 0, err
	}
	erased := 0
	for i := range shelves {
		n, err := shelves[i].erase(ctx, func(r *Record) bool { return r.tellsOf(who) })
		erased += n
		if err != nil {
			return erased, err
		}
	}
	return erased, nil
}

// tellsOf reports whether a text or a number in a record is one of some identifiers. What is no JSON is searched for
// them between quotes.
func (r *Record) tellsOf(who []aparte.Identifier) bool {
	tokens, whole := tokensOf(r.Body)
	inContext, _ := tokensOf(r.Context)
	for _, id := range who {
		if id.Value == "" {
			continue
		}
		same := func(token string) bool { return isIdentifier(token, id) }
		if slices.ContainsFunc(tokens, same) || slices.ContainsFunc(inContext, same) {
			return true
		}
		if !whole && bytes.Contains(bytes.ToLower(r.Body), []byte(`"`+strings.ToLower(id.Value)+`"`)) {
			return true
		}
	}
	return false
}

// isIdentifier reports whether a text is an identifier, as people write them: letters in any case, telephone numbers
// with or without their country.
func isIdentifier(token string, id aparte.Identifier) bool {
	token = strings.TrimSpace(token)
	if id.Kind != aparte.KindPhone {
		return strings.EqualFold(token, id.Value)
	}
	const alike = 8 // last digits that two numbers share only if they are one
	a, b := digitsOf(token), digitsOf(id.Value)
	return len(a) >= alike && len(b) >= alike && a[len(a)-alike:] == b[len(b)-alike:]
}

func digitsOf(text string) string {
	return strings.Map(func(c rune) rune {
		if c < '0' || c > '9' {
			return -1
		}
		return c
	}, text)
}

// tokensOf are the texts and numbers of a JSON text, names of members among them, and whether it could be read to its end.
func tokensOf(text []byte) (tokens []string, whole bool) {
	dec := jsontext.NewDecoder(bytes.NewReader(text), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	for {
		token, err := dec.ReadToken()
		if err != nil {
			return tokens, dec.StackDepth() == 0 && errors.Is(err, io.EOF)
		}
		if kind := token.Kind(); kind == '"' || kind == '0' {
			tokens = append(tokens, token.String())
		}
	}
}
