package profile

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/aparte-dev/aparte"
)

// lesson is what the traits of an event say.
type lesson struct {
	traits   []aparte.Trait // as they came, without provenance and time
	consents []aparte.Consent
	refused  int // traits beyond their bounds
}

// flatten reads an object of traits: address.city for a city in an address. An array is kept as JSON
// text. null is kept, so that an older value does not come back. The trait "consents" is none but the
// person's answers; see readConsents.
func flatten(r *reader, object []byte) lesson {
	var t lesson
	if r.open(object) {
		t.read(r, "", 1)
	}
	return t
}

// read reads the members of the object that r is in.
func (t *lesson) read(r *reader, prefix string, depth int) {
	for {
		name, ok := r.next()
		if !ok {
			return
		}
		path := prefix + string(name)
		switch {
		case path == "consents":
			t.consents = readConsents(r)
		case len(name) == 0 || len(path) > maxTraitName || len(t.traits) >= maxFlattened:
			t.refused++
			r.skip()
		case r.peek() == '{' && depth < maxTraitDepth:
			if r.enter('{') {
				t.read(r, path+".", depth+1)
			}
		default:
			t.add(path, r.value())
		}
	}
}

func (t *lesson) add(name string, raw jsontext.Value) {
	v, ok := traitValue(raw)
	if !ok || aparte.IsWish(name) && aparte.CheckWish(name, v) != nil {
		t.refused++
		return
	}
	t.traits = append(t.traits, aparte.Trait{Name: name, Value: v})
}

// traitValue is the value that JSON stands for, ok within the bounds of a trait.
func traitValue(raw jsontext.Value) (v aparte.Value, ok bool) {
	switch raw.Kind() {
	case 'n':
		return aparte.Value{}, true
	case 't', 'f':
		return aparte.BoolValue(raw.Kind() == 't'), true
	case '0':
		n, err := strconv.ParseFloat(string(raw), 64)
		return aparte.NumberValue(n), err == nil && !math.IsInf(n, 0)
	case '"':
		text := unquote(raw)
		return aparte.TextValue(string(text)), len(text) <= maxTraitValue
	case '{', '[':
		if len(raw) > 4*maxTraitValue {
			return aparte.Value{}, false
		}
		text := raw.Clone()
		err := text.Compact(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
		return aparte.Value{Kind: aparte.JSON, Str: string(text)}, err == nil && len(text) <= maxTraitValue
	}
	return aparte.Value{}, false
}

// learn takes in what traits say, on a provenance's word.
func (s *step) learn(t lesson, provenance aparte.Provenance) {
	s.raiseBy("traits_refused_30d", float64(t.refused))
	for i := range t.consents {
		t.consents[i].At = s.at
		s.answer(t.consents[i])
	}
	if len(t.traits) == 0 {
		return
	}
	for i := range t.traits {
		t.traits[i].Provenance, t.traits[i].At = provenance, s.at
		s.trust(&t.traits[i])
	}
	s.p.Traits = merged(s.p.Traits, t.traits)
	s.speak()
}

// trust counts what a trait that is told says of the person's trust: that they put right what was known of them, or want to hear less. What says again
// what is known says nothing.
func (s *step) trust(t *aparte.Trait) {
	was, known := s.p.Trait(t.Name)
	switch {
	case t.Provenance != aparte.Declared || known && was.Value == t.Value || s.late:
	case aparte.IsWish(t.Name):
		if less := t.Value.Kind != aparte.Null && t.Value != aparte.BoolValue(false); less {
			s.raise("refusals_365d")
		}
	case known && was.Value.Kind != aparte.Null && s.source == aparte.OwnSource:
		s.raise("corrections_365d")
	}
}

// merged is the traits with news; list is not modified, news is. A name that comes twice in news has
// its last value. Beyond MaxTraits the oldest go, of equal age the name that sorts last.
func merged(list, news []aparte.Trait) []aparte.Trait {
	slices.SortStableFunc(news, func(a, b aparte.Trait) int { return strings.Compare(a.Name, b.Name) })
	next := make([]aparte.Trait, 0, len(list)+len(news))
	for len(list) > 0 || len(news) > 0 {
		switch {
		case len(news) > 1 && news[0].Name == news[1].Name:
			news = news[1:]
		case len(news) == 0 || len(list) > 0 && list[0].Name < news[0].Name:
			next, list = append(next, list[0]), list[1:]
		case len(list) == 0 || news[0].Name < list[0].Name:
			next, news = append(next, news[0]), news[1:]
		default:
			next = append(next, newer(list[0], news[0]))
			list, news = list[1:], news[1:]
		}
	}
	return newest(next)
}

// newer is the trait that two of a name make. What the person declared or was seen to do comes before what was computed
// or bought in, however new that is; among equals the newer counts, the second of equal age. What says the same again
// keeps the better provenance: a copy of what the person declared is still declared.
func newer(a, b aparte.Trait) aparte.Trait {
	if first, second := theirs(a), theirs(b); first != second {
		if first {
			return a
		}
		return b
	}
	best := min(a.Provenance, b.Provenance)
	same := a.Value == b.Value
	if a.At.After(b.At) {
		b = a
	}
	if same {
		b.Provenance = best
	}
	return b
}

// theirs reports whether a trait is the person's own doing: what they declared, or were seen to do.
func theirs(t aparte.Trait) bool { return t.Provenance <= aparte.Observed }

// newest keeps the newest MaxTraits, in place and in order.
func newest(list []aparte.Trait) []aparte.Trait {
	if len(list) <= aparte.MaxTraits {
		return list
	}
	slices.SortFunc(list, older)
	list = list[len(list)-aparte.MaxTraits:]
	slices.SortFunc(list, func(a, b aparte.Trait) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// speak takes language and time zone from the traits that say so: they outrank what a device says.
func (s *step) speak() {
	for _, name := range [...]string{"language", "locale"} {
		if t, ok := s.p.Trait(name); ok && t.Value.Kind == aparte.Text {
			s.p.Locale = cmp.Or(locale(t.Value.Str), s.p.Locale)
		}
	}
	if t, ok := s.p.Trait("timezone"); ok && t.Value.Kind == aparte.Text {
		s.p.Zone = cmp.Or(zone(t.Value.Str), s.p.Zone)
	}
}

// declares reports whether a trait of this name says something that f understands.
func (s *step) declares(f func(string) string, names ...string) bool {
	for _, name := range names {
		if t, ok := s.p.Trait(name); ok && t.Value.Kind == aparte.Text && f(t.Value.Str) != "" {
			return true
		}
	}
	return false
}
