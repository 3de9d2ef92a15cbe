package access

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Key lets a program in.
type Key struct {
	ID    KeyID     `json:"id"`
	Name  string    `json:"name"` // what people call it, and where its events come from
	Role  Role      `json:"role"` // what it may do at the admin doors; empty: it is public, writes events and asks for decisions
	Ends  string    `json:"ends"` // its last characters, by which people tell it
	Since time.Time `json:"since"`
	By    string    `json:"by,omitempty"` // who made it
}

// KeyID names a key for good.
type KeyID string

// Public reports whether the key may stand in a page.
func (k *Key) Public() bool { return k.Role == "" }

// key is a key as it is kept.
type key struct {
	Key
	Hash string `json:"hash"`
}

// Ring are all keys, as they are at one time.
type Ring struct{ keys map[string]Key }

func (b *book) ring() *Ring {
	r := &Ring{keys: make(map[string]Key, len(b.Keys))}
	for _, k := range b.Keys {
		r.keys[k.Hash] = k.Key
	}
	return r
}

// Find is the key with this value. The hash is looked for, not the value: how long it takes tells nothing.
func (r *Ring) Find(value string) (Key, bool) {
	k, ok := r.keys[hashOf(value)]
	return k, ok
}

// All are the keys, by name.
func (r *Ring) All() []Key {
	return slices.SortedFunc(maps.Values(r.keys), func(a, b Key) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
}

// Keys are the keys as they are now: another Ring each time that one is made or revoked.
func (p *Porter) Keys() *Ring { return p.keys.Load() }

// ErrKeyName: a key is called by nothing, or by what the house calls itself.
var ErrKeyName = errors.New("name must have 1 to 64 characters, and not be \"aparte\"")

// How values of keys begin, so that scanners for secrets know them.
const (
	publicBegins = "apw_"
	secretBegins = "aps_"
)

// CreateKey makes a key and answers its value: this once. An empty role makes a public one.
func (p *Porter) CreateKey(ctx context.Context, name string, role Role) (Key, string, error) {
	name = strings.Join(strings.Fields(name), " ")
	if n := utf8.RuneCountInString(name); n == 0 || n > 64 || strings.EqualFold(name, "aparte") {
		return Key{}, "", ErrKeyName
	}
	if role != "" && !slices.Contains(roles, role) {
		return Key{}, "", ErrRole
	}
	secret, id, err := p.token()
	if err != nil {
		return Key{}, "", err
	}
	value := secretBegins + secret
	if role == "" {
		value = publicBegins + secret
	}
	k := key{Key: Key{ID: KeyID("k_" + id[:12]), Name: name, Role: role, Ends: value[len(value)-4:], Since: p.Now().UTC()}, Hash: hashOf(value)}
	if u, ok := UserOf(ctx); ok {
		k.By = u.Name
	}
	return k.Key, value, p.write(ctx, change{Key: &k})
}

// RevokeKey has a key open nothing any more.
func (p *Porter) RevokeKey(ctx context.Context, id KeyID) (Key, error) {
	p.mu.RLock()
	k := p.book.Keys[id]
	p.mu.RUnlock()
	if k == nil {
		return Key{}, ErrUnknown
	}
	return k.Key, p.write(ctx, change{Revoked: id})
}
