package compose

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

var errScheme = errors.New("an address must be http, https, mailto or relative")

// checkAddress is s, trimmed, where a browser may be sent there: http, https, mailto or an address
// without scheme. Control characters and backslashes, which browsers read in their own way, are
// refused.
func checkAddress(s string) (string, error) {
	s = strings.TrimSpace(s)
	for _, r := range s {
		if r < ' ' || r == 0x7f || r == '\\' {
			return "", errors.New("an address must not hold control characters or backslashes")
		}
	}
	if i := strings.IndexAny(s, ":/?#"); i >= 0 && s[i] == ':' && !allowedScheme(s[:i]) {
		return "", errScheme
	}
	return s, nil
}

func allowedScheme(scheme string) bool {
	switch strings.ToLower(scheme) {
	case "http", "https", "mailto":
		return true
	}
	return false
}

// absolute is the http or https address that ref means on home, the address of the brand's site.
func absolute(ref, home string) (string, error) {
	ref, err := checkAddress(ref)
	if err != nil {
		return "", err
	}
	base, err := url.Parse(home)
	if err != nil {
		return "", errors.New("the brand's home is not an address")
	}
	u, err := base.Parse(ref)
	if err != nil {
		return "", errors.New("not an address")
	}
	if (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return "", errors.New("the address must be http or https and name a host")
	}
	return u.String(), nil
}

// escapeComponent percent-encodes all but the unreserved characters of RFC 3986, section 2.3: what it
// returns is safe in a path as well as in a query.
func escapeComponent(s string) string {
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
}

// addressPart says how far an address has been written.
type addressPart uint8

const (
	addressStart     addressPart = iota // nothing yet
	addressHead                         // letters that may turn out to be a scheme
	addressColon                        // after http: or https:
	addressSlash                        // after its first slash
	addressAuthority                    // in the host
	addressRest                         // in path, query or fragment: whatever follows cannot change where it leads
	addressPut                          // after an expression that gave the start
)

// address follows an address as literals and expressions write it one after the other, so that no
// expression can choose its scheme or host unless it gives the whole start, which is checked when it
// is known.
type address struct {
	part   addressPart
	scheme string // in addressHead, what may be one
}

// literal follows text written by the author.
func (a *address) literal(s string) error {
	for _, r := range s {
		if err := a.follow(r); err != nil {
			return err
		}
	}
	return nil
}

func (a *address) follow(r rune) error {
	ends := r == '/' || r == '?' || r == '#'
	switch a.part {
	case addressStart:
		switch {
		case r == ' ' || r == '\n' || r == '\t' || r == '\r':
		case r == '/':
			a.part = addressSlash
		case ends:
			a.part = addressRest
		case r == ':':
			return errScheme
		default:
			a.part, a.scheme = addressHead, string(r)
		}
	case addressHead:
		switch {
		case ends:
			*a = address{part: addressRest}
		case r == ':' && strings.EqualFold(a.scheme, "mailto"):
			*a = address{part: addressRest}
		case r == ':' && allowedScheme(a.scheme):
			*a = address{part: addressColon}
		case r == ':':
			return fmt.Errorf("the scheme %q is refused: %w", a.scheme, errScheme)
		default:
			a.scheme += string(r)
		}
	case addressColon:
		if r != '/' {
			return errors.New("http: and https: must be followed by two slashes")
		}
		a.part = addressSlash
	case addressSlash:
		a.part = addressRest
		if r == '/' {
			a.part = addressAuthority
		}
	case addressAuthority, addressPut:
		if ends || a.part == addressPut && r == '&' {
			a.part = addressRest
		}
	}
	return nil
}

// expression follows an expression and is the filter it must go through: "url" where it gives the
// start of the address, "url_encode" where it fills in a part.
func (a *address) expression() (filter string, err error) {
	switch a.part {
	case addressStart:
		a.part = addressPut
		return "url", nil
	case addressRest:
		return "url_encode", nil
	case addressPut:
		return "", errors.New("write /, ?, & or # between two expressions of an address")
	}
	return "", errors.New("an expression may not choose the scheme or the host of an address: begin it with / or with https://host/")
}

// joined is where an address stands after one of two branches, and whether that can be said.
func (a address) joined(b address) (address, bool) {
	settled := func(p addressPart) bool { return p == addressPut || p == addressRest }
	if a != b && settled(a.part) && settled(b.part) {
		return address{part: addressPut}, true
	}
	return a, a == b
}
