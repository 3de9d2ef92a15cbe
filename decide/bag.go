package decide

import (
	"fmt"
	"reflect"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"github.com/aparte-dev/aparte"
)

// bag is a map that rules look into: it finds one entry in the person's state when it is asked for it,
// and makes a real map of all only for a rule that loops over it.
type bag struct {
	d    *deliberation
	kind bagKind
}

type bagKind uint8

const (
	traitBag bagKind = iota
	inferredBag
	counterBag
	categoryBag
	brandBag
	itemBag
	dueBag
	intentBag
	contextBag
	scoreBag
	pointsBag
	bagKinds
)

var _ traits.Mapper = (*bag)(nil)

// FindStringKey is the entry for a key. It is the way CEL goes for traits.country.
func (b *bag) FindStringKey(key string) (any, bool) {
	v, ok := b.find(key)
	return v, ok
}

func (b *bag) find(key string) (ref.Val, bool) {
	d := b.d
	if b.kind == traitBag || b.kind == inferredBag {
		i := d.trait(key, b.kind == inferredBag)
		if i < 0 {
			return nil, false
		}
		if d.traitBoxes[i] == nil {
			d.traitBoxes[i] = d.box(factOf(d.person.Traits[i].Value))
		}
		return d.traitBoxes[i], true
	}
	f := b.entry(key)
	return d.box(f), f.kind != missing
}

// entry is the entry for a key as a fact, which is missing where there is none.
func (b *bag) entry(key string) fact {
	d := b.d
	switch b.kind {
	case traitBag, inferredBag:
		if i := d.trait(key, b.kind == inferredBag); i >= 0 {
			return factOf(d.person.Traits[i].Value)
		}
		return fact{kind: missing}
	case counterBag:
		return double(d.person.Counter(key, d.now))
	case categoryBag:
		return double(d.affinity(aparte.CategoryAffinity, key))
	case brandBag:
		return double(d.affinity(aparte.BrandAffinity, key))
	case itemBag:
		return double(d.affinity(aparte.ItemAffinity, key))
	case dueBag:
		return double(d.due(key))
	case intentBag:
		return double(d.intent(key))
	case scoreBag:
		return d.maturity(key)
	case pointsBag:
		return d.points(key)
	}
	for i := range d.q.Moment.Context.Values {
		if v := &d.q.Moment.Context.Values[i]; v.Name == key && v.Value.Kind != aparte.Null {
			return factOf(v.Value)
		}
	}
	return fact{kind: missing}
}

// all is the bag as an ordinary map.
func (b *bag) all() traits.Mapper {
	m := make(map[string]any)
	for _, key := range b.keys() {
		if v, ok := b.find(key); ok {
			m[key] = v
		}
	}
	return types.NewStringInterfaceMap(types.DefaultTypeAdapter, m)
}

func (b *bag) keys() []string {
	p := b.d.person
	var keys []string
	switch b.kind {
	case traitBag, inferredBag:
		for _, t := range p.Traits {
			keys = append(keys, t.Name)
		}
	case counterBag:
		for _, c := range p.Counters {
			keys = append(keys, c.Name)
		}
	case dueBag:
		for _, c := range p.Cadences {
			if c.Category != "" {
				keys = append(keys, c.Category)
			}
		}
	case intentBag:
		for _, a := range p.Session.Intents {
			keys = append(keys, a.Key)
		}
	case scoreBag, pointsBag:
		for i := range b.d.plan.brand.Objectives {
			keys = append(keys, string(b.d.plan.brand.Objectives[i].ID))
		}
	case contextBag:
		for _, v := range b.d.q.Moment.Context.Values {
			keys = append(keys, v.Name)
		}
	default:
		for _, a := range p.Affinities {
			if a.Kind == affinityKinds[b.kind] {
				keys = append(keys, a.Key)
			}
		}
	}
	return keys
}

var affinityKinds = map[bagKind]aparte.AffinityKind{
	categoryBag: aparte.CategoryAffinity,
	brandBag:    aparte.BrandAffinity,
	itemBag:     aparte.ItemAffinity,
}

// The rest of what CEL asks of a map.

// Find is the entry for a key, which must be text.
func (b *bag) Find(key ref.Val) (ref.Val, bool) {
	s, ok := key.(types.String)
	if !ok {
		return types.MaybeNoSuchOverloadErr(key), false
	}
	return b.find(string(s))
}

// Get is the entry for a key, or an error where there is none.
func (b *bag) Get(key ref.Val) ref.Val {
	v, ok := b.Find(key)
	switch {
	case ok:
		return v
	case v != nil:
		return v
	}
	return types.NewErr("no such key: %v", key)
}

// Contains reports whether there is an entry for a key.
func (b *bag) Contains(key ref.Val) ref.Val {
	v, ok := b.Find(key)
	if !ok && v != nil {
		return v
	}
	return types.Bool(ok)
}

// Iterator goes over the keys.
func (b *bag) Iterator() traits.Iterator { return b.all().Iterator() }

// Size is the number of entries.
func (b *bag) Size() ref.Val { return b.all().Size() }

// ConvertToNative makes a Go map.
func (b *bag) ConvertToNative(t reflect.Type) (any, error) { return b.all().ConvertToNative(t) }

// ConvertToType makes another CEL value.
func (b *bag) ConvertToType(t ref.Type) ref.Val { return b.all().ConvertToType(t) }

// Equal compares entry by entry.
func (b *bag) Equal(other ref.Val) ref.Val {
	if o, ok := other.(*bag); ok {
		other = o.all()
	}
	return b.all().Equal(other)
}

// Type is the type of maps.
func (b *bag) Type() ref.Type { return types.MapType }

// Value is the bag as a Go value.
func (b *bag) Value() any { return b.all().Value() }

// String names the bag; it never prints what is in it.
func (b *bag) String() string { return fmt.Sprintf("bag %d", b.kind) }
