package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/aparte-dev/aparte/access/oidc"
	"github.com/aparte-dev/aparte/channel/webhook"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store"
	"github.com/aparte-dev/aparte/store/pebble"
	"github.com/aparte-dev/aparte/store/postgres"
	"github.com/aparte-dev/aparte/store/sealed"
)

// linksDocument holds the key of links.
const linksDocument = "secret/links"

// secretDocuments are the documents that hold secrets: those of others, and keys.
var secretDocuments = []string{webhook.Document, engine.RepliesDocument, oidc.Document, linksDocument}

// Where the master keys are that these are sealed by: in a variable, as keys in a list of processes would be seen by all, or in a file.
const (
	masterVariable = "APARTE_MASTER_KEY"
	fileVariable   = "APARTE_MASTER_KEY_FILE"
)

// keyFile is the file of the master keys of a directory: beside it, so that a copy of the directory is of no use without it.
func keyFile(data string) string {
	return cmp.Or(os.Getenv(fileVariable), filepath.Clean(data)+".key")
}

// openPlace opens the store that the addresses of databases name, or, without one, the embedded store of a directory. Its secrets stay sealed.
func openPlace(ctx context.Context, databases []string, data string, o pebble.Options) (sealed.Place, error) {
	if len(databases) == 0 {
		place, err := pebble.Open(data, o)
		if err != nil {
			return nil, fmt.Errorf("open %s: %w", data, err)
		}
		return place, nil
	}
	if err := os.MkdirAll(data, 0o700); err != nil { // for what is painted and fetched, and the master key beside it
		return nil, fmt.Errorf("open %s: %w", data, err)
	}
	place, err := postgres.Open(ctx, databases, postgres.Options{Logger: o.Logger})
	if err != nil {
		return nil, err
	}
	return place, nil
}

// openStore opens the embedded store of a directory with its secrets sealed, and makes both where there are none.
func openStore(ctx context.Context, data string, o pebble.Options) (*sealed.Store, error) {
	place, err := pebble.Open(data, o)
	if err != nil {
		return nil, err
	}
	s, err := unlock(ctx, place, data)
	if err != nil {
		return nil, errors.Join(err, place.Close())
	}
	return s, nil
}

func unlock(ctx context.Context, place sealed.Place, data string) (*sealed.Store, error) {
	ring, path, err := masterKeys(data)
	if errors.Is(err, fs.ErrNotExist) {
		ring, err = firstKey(ctx, place, path)
	}
	if err != nil {
		return nil, fmt.Errorf("master key: %w", err)
	}
	s, err := sealed.Open(ctx, place, ring, secretDocuments...)
	if errors.Is(err, sealed.ErrKey) {
		return nil, fmt.Errorf("master key of %s: %w: it is another store's, or was replaced (docs/secrets.md)", cmp.Or(path, masterVariable), err)
	}
	return s, err
}

// masterKeys are the keys that there are, and the file that they are from; empty: they are from the variable. The error is fs.ErrNotExist where there is none yet.
func masterKeys(data string) (_ *sealed.Ring, path string, err error) {
	if text := os.Getenv(masterVariable); strings.TrimSpace(text) != "" {
		ring, err := sealed.ParseRing(text)
		if err != nil {
			return nil, "", fmt.Errorf("%s: %w", masterVariable, err)
		}
		return ring, "", nil
	}
	path = keyFile(data)
	ring, err := sealed.ReadFile(path)
	return ring, path, err
}

// firstKey makes the first key of a store. One of which something is sealed has had one.
func firstKey(ctx context.Context, place store.Documents, path string) (*sealed.Ring, error) {
	id, err := sealed.By(ctx, place, secretDocuments...)
	if err != nil {
		return nil, err
	}
	if id != "" {
		return nil, fmt.Errorf("the secrets of this store are sealed by the key %s, and %s is not there: put it back, or name it by %s or %s (docs/secrets.md)", id, path, fileVariable, masterVariable)
	}
	ring, err := sealed.ParseRing(sealed.NewKey())
	if err != nil {
		return nil, err
	}
	return ring, ring.WriteFile(path)
}

// keptLinks are the keys of links as they are kept.
type keptLinks struct {
	Key    []byte `json:"key"`
	Former bool   `json:"former,omitempty"`
}

// linkKeys are what signs the links of a store. One that had spoken to people before there was a key goes on knowing what it said.
func linkKeys(ctx context.Context, s *sealed.Store) (engine.Links, error) {
	var k keptLinks
	d, err := s.Document(ctx, linksDocument, 0)
	if err == nil {
		err = json.Unmarshal(d.Body, &k)
		if err != nil || len(k.Key) != 32 {
			return engine.Links{}, fmt.Errorf("document %q: damaged", linksDocument)
		}
		return engine.Links(k), nil
	} else if !errors.Is(err, store.ErrNotFound) {
		return engine.Links{}, err
	}
	_, err = s.Document(ctx, engine.BrandDocument, 0)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return engine.Links{}, err
	}
	k = keptLinks{Key: make([]byte, 32), Former: err == nil}
	_, _ = rand.Read(k.Key) // never fails
	body, err := json.Marshal(k)
	if err != nil {
		return engine.Links{}, err
	}
	_, err = store.Replace(ctx, s, linksDocument, body)
	return engine.Links(k), err
}
