package engine

import (
	"errors"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/profile"
	"google.golang.org/protobuf/encoding/protowire"
)

// applying is what an event was applied with and does not tell by itself: with it the log alone tells what
// became of the person.
type applying struct {
	known bool   // the entry tells; those of the first days do not
	brand uint64 // version in force; 0: none was
	users uint64 // bit i: the i-th of the event's identifiers, an anonymousId by its form, was found to be a userId
	left  uint64 // bit i: the i-th was left out, as it joins nobody (shared.go)
}

// The fields of an event's entry that tell it. The brand is kept plus one: 0 is not knowing.
const (
	fieldBrand protowire.Number = 16
	fieldUsers protowire.Number = 17
	fieldLeft  protowire.Number = 18
)

// named is by what an event names its person: nothing, where the engine itself tells of them.
type named struct {
	ids  []aparte.Identifier
	left uint64 // as in applying: not among ids
}

// applyingOf is what an event is about to be applied with.
func applyingOf(now *live, event *aparte.Event, by named) applying {
	a := applying{known: true, left: by.left}
	if now != nil {
		a.brand = now.plan.Version()
	}
	if event.Type == aparte.Alias {
		ids := by.ids
		for i, id := range profile.Identifiers(event) {
			if by.left&(1<<i) != 0 {
				continue
			}
			if len(ids) > 0 && ids[0] != id {
				a.users |= 1 << i
			}
			ids = ids[min(1, len(ids)):]
		}
	}
	return a
}

// identifiers are those an event was applied with.
func (a applying) identifiers(event *aparte.Event) []aparte.Identifier {
	ids := profile.Identifiers(event)
	for i := range ids {
		if a.users&(1<<i) != 0 {
			ids[i].Kind = aparte.KindUserID
		}
	}
	if a.left != 0 {
		return leftOut(ids, a.left)
	}
	return ids
}

// append adds the fields to the body of an event's entry.
func (a applying) append(dst []byte) []byte {
	if a.known {
		dst = protowire.AppendTag(dst, fieldBrand, protowire.VarintType)
		dst = protowire.AppendVarint(dst, a.brand+1)
	}
	if a.users != 0 {
		dst = protowire.AppendTag(dst, fieldUsers, protowire.VarintType)
		dst = protowire.AppendVarint(dst, a.users)
	}
	if a.left != 0 {
		dst = protowire.AppendTag(dst, fieldLeft, protowire.VarintType)
		dst = protowire.AppendVarint(dst, a.left)
	}
	return dst
}

// readApplying reads the fields from the body of an event's entry.
func readApplying(b []byte) (applying, error) {
	var a applying
	if len(b) == 0 || b[0] != eventVersion {
		return a, errors.New("event entry: unknown version")
	}
	for b = b[1:]; len(b) > 0; {
		n, kind, used := protowire.ConsumeTag(b)
		if used < 0 {
			return a, protowire.ParseError(used)
		}
		b = b[used:]
		var v uint64
		if kind == protowire.VarintType {
			v, used = protowire.ConsumeVarint(b)
		} else {
			used = protowire.ConsumeFieldValue(n, kind, b)
		}
		if used < 0 {
			return a, protowire.ParseError(used)
		}
		b = b[used:]
		switch {
		case n == fieldBrand && v > 0:
			a.known, a.brand = true, v-1
		case n == fieldUsers:
			a.users = v
		case n == fieldLeft:
			a.left = v
		}
	}
	return a, nil
}
