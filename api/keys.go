package api

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/access"
)

// Key lets a caller in. Value is what the caller presents; it must be unique among keys.
type Key struct {
	Name   string  // for logs and messages, such as "web shop"
	Kind   KeyKind // what it opens
	Source string  // put on every event that comes by it; empty: Name
	Value  string
}

// KeyKind says what a key opens.
type KeyKind uint8

// The kinds of key.
const (
	PublicKey KeyKind = iota // writes events and asks for decisions: may stand in a page
	SecretKey                // also reads people and publishes brands: must never leave a server
)

// keyring holds keys by their hashes, so that neither a memory dump nor the time a comparison takes
// tells a key.
type keyring []ringKey

type ringKey struct {
	Key  // Value is forgotten
	hash [sha256.Size]byte

	allowance *allowance // nil: no bound

	role access.Role // of a secret key that was made in the console; empty: it may do everything
}

// user is who a change by a secret key is put down to.
func (k *ringKey) user() access.User {
	return access.User{Name: k.Name, Role: cmp.Or(k.role, access.Administrator)}
}

func newKeyring(keys []Key) (keyring, error) {
	ring := make(keyring, 0, len(keys))
	for _, k := range keys {
		if k.Value == "" {
			return nil, fmt.Errorf("key %q has no value", k.Name)
		}
		if k.Source == "" {
			k.Source = k.Name
		}
		if k.Source == aparte.OwnSource {
			return nil, fmt.Errorf("key %q: its source may not be %q, which is that of events that are made here", k.Name, aparte.OwnSource)
		}
		held := ringKey{Key: k, hash: sha256.Sum256([]byte(k.Value))}
		held.Value = ""
		if ring.find(k.Value) != nil {
			return nil, fmt.Errorf("key %q has the value of another", k.Name)
		}
		ring = append(ring, held)
	}
	return ring, nil
}

// limit gives every public key an allowance.
func (ring keyring) limit(to limit, now time.Time) {
	for i := range ring {
		if ring[i].Kind == PublicKey {
			ring[i].allowance = to.allowance(now)
		}
	}
}

// find is the key with this value, nil where there is none. Every key is compared, each in constant
// time.
func (ring keyring) find(value string) *ringKey {
	hash := sha256.Sum256([]byte(value))
	found := -1
	for i := range ring {
		if subtle.ConstantTimeCompare(ring[i].hash[:], hash[:]) == 1 {
			found = i
		}
	}
	if found < 0 || value == "" {
		return nil
	}
	return &ring[found]
}

var errKey = errors.New("unknown key")

// presented is the key in a request's Authorization header: the user name of Basic, as Segment's
// libraries send it, or a Bearer token. ok is false where there is no such header; a header that cannot
// be read presents the empty key, which opens nothing.
func presented(r *http.Request) (value string, ok bool) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return "", false
	}
	scheme, rest, _ := strings.Cut(header, " ")
	switch {
	case strings.EqualFold(scheme, "Bearer"):
		return strings.TrimSpace(rest), true
	case strings.EqualFold(scheme, "Basic"):
		plain, err := base64.StdEncoding.DecodeString(strings.TrimSpace(rest))
		if err != nil {
			return "", true
		}
		user, _, _ := strings.Cut(string(plain), ":")
		return user, true
	}
	return "", true
}

// from is under which a request's context says where its events come from.
type from struct{}

// From has the events of a request come from a source, whatever its key's is. It is for those who call the doors within this process.
func From(ctx context.Context, source string) context.Context {
	return context.WithValue(ctx, from{}, source)
}

// headerKey is the key of a request's Authorization header; nil where it has none, for the body to name
// it.
func (s *server) headerKey(r *http.Request) (*ringKey, error) {
	value, ok := presented(r)
	if !ok {
		return nil, nil
	}
	k, err := s.named(value)
	if source, told := r.Context().Value(from{}).(string); told && err == nil {
		own := *k
		own.Source = source
		return &own, nil
	}
	return k, err
}

// orNamed is the key of a request's header, else the one in its body: browsers put it there when they
// cannot set headers.
func (s *server) orNamed(header *ringKey, inBody []byte) (*ringKey, error) {
	if header != nil {
		return header, nil
	}
	return s.named(string(inBody))
}

func (s *server) named(value string) (*ringKey, error) {
	if k := s.key(value); k != nil {
		return k, nil
	}
	return nil, errKey
}

// key is the key with this value, of those the server was started with and of those made since; nil where there is none.
func (s *server) key(value string) *ringKey {
	if k := s.keys.find(value); k != nil {
		return k
	}
	return s.made.find(value, s.now())
}
