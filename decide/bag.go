package decide

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"

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
	priceBag
	attributeBag
	kindBag
	toneBag
	channelBag
	hourBag
	dueBag
	personaBag
	intentBag
	contextBag
	audienceBag
	scoreBag
	pointsBag
	alikeBag
	shelfBag
	offerBag
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
	case categoryBag, brandBag, itemBag, priceBag, attributeBag, kindBag, toneBag, channelBag:
		return double(d.affinity(affinityKinds[b.kind], key))
	case hourBag:
		return double(d.hour(key))
	case dueBag:
		return double(d.due(key))
	case personaBag:
		return double(d.persona(aparte.PersonaID(key)))
	case intentBag:
		return double(d.intent(key))
	case audienceBag:
		if _, in := slices.BinarySearch(d.person.Audiences, aparte.AudienceID(key).Key()); in {
			return truth(true)
		}
		return fact{kind: missing}
	case scoreBag:
		return d.maturity(key)
	case pointsBag:
		return d.points(key)
	case alikeBag:
		return d.like(key)
	case shelfBag, offerBag:
		here, _ := d.q.Moment.Context.Stay.Offers(aparte.ItemID(key))
		if b.kind == offerBag {
			return double(float64(here.Offer))
		}
		return double(float64(here.Stock))
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
	case hourBag:
		for h := range 24 {
			if key := strconv.Itoa(h); b.d.hour(key) > 0 {
				keys = append(keys, key)
			}
		}
	case dueBag:
		for _, c := range p.Cadences {
			if c.Category != "" {
				keys = append(keys, c.Category)
			}
		}
	case personaBag:
		for _, g := range b.d.graded() {
			keys = append(keys, string(g.ID))
		}
	case intentBag:
		for _, a := range p.Session.Intents {
			keys = append(keys, a.Key)
		}
	case audienceBag:
		for _, x := range b.d.plan.AudiencesNamed(p.Audiences) {
			keys = append(keys, string(x.ID))
		}
	case scoreBag, pointsBag:
		for i := range b.d.plan.brand.Objectives {
			keys = append(keys, string(b.d.plan.brand.Objectives[i].ID))
		}
	case alikeBag:
		for i := range b.d.plan.brand.Lookalikes {
			keys = append(keys, string(b.d.plan.brand.Lookalikes[i].ID))
		}
	case shelfBag, offerBag:
		for _, o := range b.d.q.Moment.Context.Stay.Items {
			keys = append(keys, string(o.Item))
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

var affinityKinds = [bagKinds]aparte.AffinityKind{
	categoryBag:  aparte.CategoryAffinity,
	brandBag:     aparte.BrandAffinity,
	itemBag:      aparte.ItemAffinity,
	priceBag:     aparte.PriceAffinity,
	attributeBag: aparte.AttributeAffinity,
	kindBag:      aparte.ContentAffinity,
	toneBag:      aparte.ToneAffinity,
	channelBag:   aparte.ChannelAffinity,
}

// hour is how much the person responds in an hour of their day, "0" to "23".
func (d *deliberation) hour(key string) float64 {
	h, err := strconv.Atoi(key)
	if err != nil || h < 0 || h > 23 || strconv.Itoa(h) != key || d.impersonal {
		return 0
	}
	_, offset := d.local.Zone()
	sum := 0.0
	for _, b := range d.person.Rhythm.Beats {
		if local := (int(b.Hour)*3600 + offset + 7*24*3600) / 3600 % 24; local == h {
			sum += float64(b.Weight)
		}
	}
	return aparte.Decay(sum, d.person.Rhythm.At, d.now, aparte.RhythmHalfLife)
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
