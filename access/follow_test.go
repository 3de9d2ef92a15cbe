package access_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aparte-dev/aparte/access"
	"github.com/aparte-dev/aparte/store"
)

// archive keeps documents in memory: a store on a disk waits for it by what no bubble of package synctest knows.
type archive struct {
	mu    sync.Mutex
	named map[string]map[uint64][]byte
	last  map[string]uint64
}

func (a *archive) PutDocument(_ context.Context, name string, body []byte) (uint64, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.named == nil {
		a.named, a.last = map[string]map[uint64][]byte{}, map[string]uint64{}
	}
	if a.named[name] == nil {
		a.named[name] = map[uint64][]byte{}
	}
	a.last[name]++
	a.named[name][a.last[name]] = body
	return a.last[name], nil
}

func (a *archive) Document(_ context.Context, name string, version uint64) (store.Document, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if version == 0 {
		version = a.last[name]
	}
	body, there := a.named[name][version]
	if !there {
		return store.Document{}, store.ErrNotFound
	}
	return store.Document{Version: version, Body: body}, nil
}

func (a *archive) DropDocuments(_ context.Context, name string, before uint64) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	for version := range a.named[name] {
		if version < before {
			delete(a.named[name], version)
		}
	}
	return nil
}

// read are documents as a process has them that may not write them.
type read struct{ store.Documents }

var errNotHere = errors.New("another process writes documents")

func (read) PutDocument(context.Context, string, []byte) (uint64, error) { return 0, errNotHere }
func (read) DropDocuments(context.Context, string, uint64) error         { return errNotHere }

// A porter over documents that another process writes, and it may not, knows within two seconds which keys were made and revoked and who signed in and
// out, by itself, however much was changed in that time.
func TestAPorterFollowsWithinTwoSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		docs := &archive{}
		opened := func(docs store.Documents) *access.Porter {
			p, err := access.Open(t.Context(), access.Config{Documents: docs, Secret: []byte("of the house")})
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		office, branch := opened(docs), opened(read{docs})
		branch.Start(t.Context())
		defer branch.Close()
		knows := func(when, value string, want bool) {
			t.Helper()
			time.Sleep(2 * time.Second) // of the bubble's clock
			if k, got := branch.Keys().Find(value); got != want {
				t.Errorf("%s: opens %t, %+v", when, got, k)
			}
		}
		made := func(name string) (access.Key, string) {
			t.Helper()
			k, value, err := office.CreateKey(t.Context(), name, access.Reader)
			if err != nil {
				t.Fatal(err)
			}
			return k, value
		}
		first, value := made("till")
		knows("made", value, true)
		for i := range 600 { // more than are kept beside a book that is written down whole
			k, _ := made(fmt.Sprint("key ", i))
			if _, err := office.RevokeKey(t.Context(), k.ID); err != nil {
				t.Fatal(err)
			}
		}
		knows("after much was changed", value, true)
		if _, err := office.RevokeKey(t.Context(), first.ID); err != nil {
			t.Fatal(err)
		}
		knows("revoked", value, false)
		if n := len(branch.Keys().All()); n != 0 {
			t.Errorf("%d keys are left", n)
		}
		token, err := office.SetUpToken(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		_, session, err := office.SetUp(t.Context(), token, "Zoé", "zoe@lantern.example", good)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		if u, ok := branch.SessionOf(t.Context(), session, false); !ok || u.Role != access.Administrator {
			t.Errorf("signed in: %+v, %t", u, ok)
		}
		if err := office.SignOut(t.Context(), session); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		if _, ok := branch.SessionOf(t.Context(), session, false); ok {
			t.Error("signed out, the session lasts")
		}
		if _, _, err := branch.CreateKey(t.Context(), "other", access.Reader); !errors.Is(err, errNotHere) || len(branch.Keys().All()) != 0 {
			t.Errorf("a key is made where it is not written: %v", err)
		}
	})
}
