package profile

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/aparte-dev/aparte"
)

// Identifiers are the identifiers that an event states for its person, normalised and strongest first:
// userId, e-mail address and phone number of its traits or its context's, the device's token,
// anonymousId. What is none, such as a misspelt address, is left out.
//
// An alias states its userId, then its previousId. The latter is yielded as an anonymousId, which it
// mostly is; a caller that finds nobody of that name may look for it as a userId.
//
// A phone number without country code is read in the country that the traits' address names by an
// ISO 3166-1 alpha-2 code, and left out where there is none: a wrong guess would be another person.
func Identifiers(e *aparte.Event) []aparte.Identifier {
	ids := make(idList, 0, 4)
	ids.add(aparte.KindUserID, e.UserID, "")
	if e.Type == aparte.Alias {
		ids.add(aparte.KindAnonymousID, e.PreviousID, "")
		return ids
	}
	var c contacts
	if e.Type == aparte.Identify {
		if r := (reader{}); r.open(e.Traits) {
			c.readTraits(&r)
		}
	}
	c.readContext(e)
	ids.add(aparte.KindEmail, c.email, "")
	ids.add(aparte.KindPhone, c.phone, c.region)
	ids.add(aparte.KindDeviceToken, c.token, "")
	ids.add(aparte.KindAnonymousID, e.AnonymousID, "")
	return ids
}

type idList []aparte.Identifier

func (l *idList) add(kind aparte.IdentifierKind, value, region string) {
	if value == "" {
		return
	}
	if id, err := Normalize(kind, value, region); err == nil && !slices.Contains(*l, id) {
		*l = append(*l, id)
	}
}

// contacts are what traits and context say of how a person is reached, as it was spelt.
type contacts struct {
	email, phone, region, token string
}

// readTraits reads the members of the object of traits that r is in. What is known already stays: an
// identify's own traits come before those of its context.
func (c *contacts) readTraits(r *reader) {
	var found contacts
	for {
		name, ok := r.next()
		if !ok {
			break
		}
		switch string(name) {
		case "email":
			found.email = r.text(maxIdentifier)
		case "phone":
			found.phone = r.text(maxIdentifier)
		case "address":
			found.region = readCountry(r)
		default:
			r.skip()
		}
	}
	c.email = cmp.Or(c.email, found.email)
	if c.phone == "" {
		c.phone, c.region = found.phone, cmp.Or(found.region, c.region)
	}
}

// readCountry reads the country of an address where it is a code.
func readCountry(r *reader) (country string) {
	if !r.enter('{') {
		return ""
	}
	for {
		name, ok := r.next()
		if !ok {
			return country
		}
		if string(name) == "country" {
			country = r.text(2)
		} else {
			r.skip()
		}
	}
}

// readContext reads context.traits and context.device.token. Most contexts have neither, and most of
// an event is its context: it is read only where the names stand in it.
func (c *contacts) readContext(e *aparte.Event) {
	if !bytes.Contains(e.Context, []byte(`"traits"`)) && !bytes.Contains(e.Context, []byte(`"token"`)) {
		return
	}
	var r reader
	if !r.open(e.Context) {
		return
	}
	for {
		name, ok := r.next()
		if !ok {
			return
		}
		switch {
		case string(name) == "traits" && e.Type != aparte.Group:
			if r.enter('{') {
				c.readTraits(&r)
			}
		case string(name) == "device":
			c.readDevice(&r)
		default:
			r.skip()
		}
	}
}

func (c *contacts) readDevice(r *reader) {
	if !r.enter('{') {
		return
	}
	for {
		name, ok := r.next()
		if !ok {
			return
		}
		if string(name) == "token" {
			c.token = r.text(maxToldToken)
		} else {
			r.skip()
		}
	}
}

// maxIdentifiersBytes bounds the values of a person's identifiers together: what tokens of devices take, others have less.
const maxIdentifiersBytes = aparte.MaxIdentifiers * maxIdentifier

// identified is the identifiers with more, by kind, then value; list is not modified. Beyond
// MaxIdentifiers, or maxIdentifiersBytes, those of the weakest kind go, the last value first; the store still knows whom
// they name.
func identified(list, more []aparte.Identifier) []aparte.Identifier {
	owned := false
	for _, id := range more {
		i, found := slices.BinarySearchFunc(list, id, byKindAndValue)
		if found {
			continue
		}
		if !owned {
			list, owned = own(list, len(more)), true
		}
		list = slices.Insert(list, i, id)
	}
	for len(list) > aparte.MaxIdentifiers || bytesOf(list) > maxIdentifiersBytes {
		list = slices.Delete(list, weakest(list), weakest(list)+1)
	}
	return list
}

func bytesOf(list []aparte.Identifier) (n int) {
	for i := range list {
		n += len(list[i].Value)
	}
	return n
}

func byKindAndValue(a, b aparte.Identifier) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Value, b.Value))
}

// weakest is the place of the identifier to go first.
func weakest(list []aparte.Identifier) int {
	at := 0
	for i := range list {
		if strength(list[i].Kind) <= strength(list[at].Kind) {
			at = i
		}
	}
	return at
}

// strength orders the kinds of identifier.
func strength(kind aparte.IdentifierKind) int {
	switch kind {
	case aparte.KindUserID:
		return 4
	case aparte.KindEmail:
		return 3
	case aparte.KindPhone:
		return 2
	case aparte.KindDeviceToken:
		return 1
	}
	return 0
}

// lose takes an address that nothing reaches off the person, who is not reachable there any more. It still names them in the
// store, and is theirs again when it is told again.
func (s *step) lose(channel aparte.Channel, address string) {
	i := slices.IndexFunc(s.p.Identifiers, func(id aparte.Identifier) bool { return id.Value == address && id.Reached(channel) })
	if i >= 0 && channel != "" {
		s.p.Identifiers = slices.Concat(s.p.Identifiers[:i], s.p.Identifiers[i+1:])
	}
}
