package asset_test

import (
	"bytes"
	"context"
	"errors"
	"image/color"
	"io/fs"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/asset"
	"github.com/aparte-dev/aparte/store"
	"github.com/aparte-dev/aparte/store/pebble"
)

// read are documents as a process has them that may not write them.
type read struct{ store.Store }

var errNotHere = errors.New("another process writes documents")

func (read) PutDocument(context.Context, string, []byte) (uint64, error) { return 0, errNotHere }
func (read) DropDocuments(context.Context, string, uint64) error         { return errNotHere }

func TestWhatIsPutDescribedAndRemovedIsFollowed(t *testing.T) {
	s, err := pebble.Open(t.TempDir(), pebble.Options{FS: pebble.Memory(), Parts: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	opened := func(docs store.Documents) *asset.Library {
		l, err := asset.Open(t.Context(), docs, fstest.MapFS{"logo.png": {Data: []byte("logo")}}, func() time.Time { return noon })
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	office, branch := opened(s), opened(read{s})
	red := asPNG(t, painted(4, 4, color.NRGBA{200, 0, 0, 255}))
	same := func(when string) {
		t.Helper()
		if err := errors.Join(branch.Refresh(t.Context()), office.Refresh(t.Context())); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(office.List(), branch.List()); diff != "" {
			t.Errorf("%s: %s", when, diff)
		}
		for _, name := range []string{"box.png", "logo.png"} {
			want, errWant := fs.ReadFile(office, name)
			got, err := fs.ReadFile(branch, name)
			if !bytes.Equal(want, got) || errors.Is(err, fs.ErrNotExist) != errors.Is(errWant, fs.ErrNotExist) {
				t.Errorf("%s: %s is %d bytes (%v), not %d (%v)", when, name, len(got), err, len(want), errWant)
			}
		}
	}
	same("at first")
	put := func(alt aparte.Words) {
		t.Helper()
		if _, err := office.Put(t.Context(), "box.png", red, alt); err != nil {
			t.Fatal(err)
		}
	}
	put(shown)
	if _, found := branch.Find("box.png"); found {
		t.Error("it is known before it is looked for")
	}
	same("put")
	if err := office.Describe(t.Context(), "box.png", aparte.Words{"fr": "Une boîte"}); err != nil {
		t.Fatal(err)
	}
	same("described")
	if branch.Alt("box.png")["fr"] != "Une boîte" {
		t.Errorf("described as %v", branch.Alt("box.png"))
	}
	if err := office.Remove(t.Context(), "box.png"); err != nil {
		t.Fatal(err)
	}
	if _, err := branch.Open("box.png"); !errors.Is(err, fs.ErrNotExist) { // before it is known to be removed
		t.Errorf("removed: %v", err)
	}
	same("removed")
	put(nil)
	same("brought back")

	_, err = branch.Put(t.Context(), "other.png", red, nil)
	for what, err := range map[string]error{
		"put": err, "described": branch.Describe(t.Context(), "box.png", shown), "removed": branch.Remove(t.Context(), "box.png"),
	} {
		if !errors.Is(err, errNotHere) {
			t.Errorf("%s where it is not written: %v", what, err)
		}
	}
	same("in the end")
}
