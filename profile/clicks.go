package profile

import (
	"bytes"
	"net/url"
	"slices"
	"strings"

	"github.com/aparte-dev/aparte"
)

// maxClick bounds a click id, in bytes. The longest known have about 300.
const maxClick = 512

// clicks are the click ids of advertising platforms in the address of the page that the context tells of: its search, or else what
// is behind the question mark of its url. None of who refuses marketing on advertising platforms is kept (see situate, answer).
func (s *step) clicks() (found []aparte.Trait) {
	if !s.r.enter('{') {
		return nil
	}
	for {
		name, ok := s.r.next()
		switch {
		case !ok:
			return found
		case string(name) == "search" || string(name) == "url":
			if text := s.r.bytes(); len(found) == 0 && (bytes.Contains(text, []byte("clid=")) || bytes.Contains(text, []byte("braid="))) {
				found = clicksIn(string(text))
			}
		default:
			s.r.skip()
		}
	}
}

// clicksIn are the click ids in the parameters of an address.
func clicksIn(address string) (found []aparte.Trait) {
	if _, behind, is := strings.Cut(address, "?"); is {
		address = behind
	}
	address, _, _ = strings.Cut(address, "#")
	parameters, err := url.ParseQuery(address)
	if err != nil {
		return nil
	}
	for _, name := range aparte.ClickIDs {
		if id := parameters.Get(name); id != "" && len(id) <= maxClick && !strings.ContainsFunc(id, notInClick) {
			found = append(found, aparte.Trait{Name: aparte.ClickTrait + name, Value: aparte.TextValue(id)})
		}
	}
	return found
}

// notInClick reports whether no click id has a character: they are base64 for addresses, with dots and tildes.
func notInClick(r rune) bool {
	return (r|0x20 < 'a' || r|0x20 > 'z') && (r < '0' || r > '9') && !strings.ContainsRune("-_.~", r)
}

// forgetClicks drops the click ids of who does not want platforms to be told of them.
func (s *step) forgetClicks() {
	is := func(t aparte.Trait) bool { return strings.HasPrefix(t.Name, aparte.ClickTrait) }
	if slices.ContainsFunc(s.p.Traits, is) {
		s.p.Traits = slices.DeleteFunc(slices.Clone(s.p.Traits), is)
	}
}
