package store_test

import (
	"context"
	"errors"
	"testing"

	"github.com/aparte-dev/aparte/store"
	"github.com/aparte-dev/aparte/store/pebble"
)

// bodies counts how many bodies are read.
type bodies struct {
	store.Store
	n int
}

func (b *bodies) Document(ctx context.Context, name string, version uint64) (store.Document, error) {
	b.n++
	return b.Store.Document(ctx, name, version)
}

func TestADocumentIsReadAgainWhereItIsNewer(t *testing.T) {
	s, err := pebble.Open(t.TempDir(), pebble.Options{FS: pebble.Memory(), Parts: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	all := &bodies{Store: s}
	put := func(body string) {
		if _, err := store.Replace(t.Context(), all, "brand", []byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	for name, docs := range map[string]store.Documents{"by its newest version": all, "by reading it": struct{ store.Documents }{all}} {
		known := uint64(0)
		expect := func(want string) {
			t.Helper()
			doc, newer, err := store.Newer(t.Context(), docs, "brand", known)
			if err != nil || newer != (want != "") || string(doc.Body) != want {
				t.Fatalf("%s: %q (%t, %v), want %q", name, doc.Body, newer, err, want)
			}
			if newer {
				known = doc.Version
			}
		}
		if name == "by its newest version" {
			expect("")
		}
		put("first")
		expect("first")
		all.n = 0
		expect("")
		if docs == store.Documents(all) && all.n > 0 {
			t.Errorf("%s: what is known is read %d times", name, all.n)
		}
		put("second")
		put("third")
		expect("third")
		expect("")
		known += 7 // of a store as it was before
		expect("third")
	}
	if _, _, err := store.Newer(t.Context(), failing{}, "brand", 0); !errors.Is(err, errUnreached) {
		t.Error(err)
	}
}

var errUnreached = errors.New("not reached")

// failing are documents that cannot be reached.
type failing struct{ store.Documents }

func (failing) Document(context.Context, string, uint64) (store.Document, error) {
	return store.Document{}, errUnreached
}
