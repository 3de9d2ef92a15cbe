package sealed_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte/store"
	"github.com/aparte-dev/aparte/store/pebble"
	"github.com/aparte-dev/aparte/store/sealed"
	"github.com/aparte-dev/aparte/store/storetest"
)

// harness is the embedded store with the documents of the suite sealed.
var harness = storetest.Harness{
	New: func(t testing.TB) string { return t.TempDir() },
	Open: func(place string) (store.Store, error) {
		st, err := pebble.Open(place, pebble.Options{Parts: 8, MemTableSize: 256 << 10, CacheSize: 1 << 20})
		if err != nil {
			return nil, err
		}
		ring, err := sealed.ParseRing(strings.Repeat("A", 43) + "=")
		if err != nil {
			return nil, errors.Join(err, st.Close())
		}
		return sealed.Open(context.Background(), st, ring, "brand", "model", "journal")
	},
}

func TestMain(m *testing.M) {
	storetest.Child(harness)
	os.Exit(m.Run())
}

func TestStore(t *testing.T) { storetest.Run(t, harness) }

func ring(t *testing.T, keys ...string) *sealed.Ring {
	t.Helper()
	r, err := sealed.ParseRing(strings.Join(keys, "\n"))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func open(t *testing.T, place string) *pebble.Store {
	t.Helper()
	st, err := pebble.Open(place, pebble.Options{Parts: 4})
	if err != nil {
		t.Fatal(err)
	}
	return st
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// inFiles reports whether a text stands in a file below a directory.
func inFiles(t *testing.T, dir, text string) (found bool) {
	t.Helper()
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		found = found || bytes.Contains(b, []byte(text))
		return err
	}))
	return found
}

func TestWhatWasInClearIsSealedAndItsBytesAreGone(t *testing.T) {
	dir, ctx := t.TempDir(), t.Context()
	const secret, other = "whsec_4d7b21c9 a word that stands nowhere else", "not a secret 7711"
	st := open(t, dir)
	for range 3 { // older versions, too
		_, err := st.PutDocument(ctx, "hooks", []byte(secret))
		must(t, err)
	}
	_, err := st.PutDocument(ctx, "brand", []byte(other))
	must(t, errors.Join(err, st.Close()))
	if !inFiles(t, dir, secret) {
		t.Fatal("in clear it is not found: that it is not found sealed would say nothing")
	}
	st = open(t, dir)
	s, err := sealed.Open(ctx, st, ring(t, sealed.NewKey()), "hooks", "never there")
	must(t, err)
	d, err := s.Document(ctx, "hooks", 0)
	must(t, err)
	if string(d.Body) != secret {
		t.Errorf("it reads %q", d.Body)
	}
	must(t, s.Close())
	if inFiles(t, dir, secret) {
		t.Error("a file still has it in clear")
	}
	if !inFiles(t, dir, other) {
		t.Error("what is no secret was sealed, or is lost")
	}
}

// A process may be killed after a document was sealed and before the bytes are gone: the next one ends it.
func TestWhatAKilledProcessLeftInClearGoesWithTheNextStart(t *testing.T) {
	dir, ctx, key := t.TempDir(), t.Context(), sealed.NewKey()
	const secret = "whsec_5e8c32d0 a word that stands nowhere else"
	st := open(t, dir)
	_, err := st.PutDocument(ctx, "hooks", []byte(secret))
	must(t, err)
	_, err = sealed.Open(ctx, killed{st}, ring(t, key), "hooks")
	if !errors.Is(err, errKilled) {
		t.Fatalf("it ended with %v", err)
	}
	must(t, st.Close())
	if !inFiles(t, dir, secret) {
		t.Skip("the files had forgotten it by themselves")
	}
	st = open(t, dir)
	s, err := sealed.Open(ctx, st, ring(t, key), "hooks")
	must(t, err)
	must(t, s.Close())
	if inFiles(t, dir, secret) {
		t.Error("a file still has it in clear")
	}
}

var errKilled = errors.New("killed")

type killed struct{ *pebble.Store }

func (killed) PurgeDocuments(context.Context) error { return errKilled }

func TestAnotherKeyIsRefusedByNameAndNothingIsChanged(t *testing.T) {
	ctx, st := t.Context(), open(t, t.TempDir())
	defer st.Close()
	first, second := ring(t, sealed.NewKey()), ring(t, sealed.NewKey())
	_, err := st.PutDocument(ctx, "a clear one", []byte("clear"))
	must(t, err)
	s, err := sealed.Open(ctx, st, first, "hooks")
	must(t, err)
	_, err = s.PutDocument(ctx, "hooks", []byte("a secret"))
	must(t, err)
	_, err = sealed.Open(ctx, st, second, "a clear one", "hooks")
	if !errors.Is(err, sealed.ErrKey) || !strings.Contains(err.Error(), first.IDs()[0]) || !strings.Contains(err.Error(), second.IDs()[0]) || !strings.Contains(err.Error(), `"hooks"`) {
		t.Errorf("the error is %v: it names neither document nor keys", err)
	}
	if d, err := st.Document(ctx, "a clear one", 0); err != nil || string(d.Body) != "clear" {
		t.Errorf("%q, %v: it was sealed by a key that the others do not have", d.Body, err)
	}
	if id, err := sealed.By(ctx, st, "nothing", "a clear one", "hooks"); err != nil || id != first.IDs()[0] {
		t.Errorf("sealed by %q, %v", id, err)
	}
	dropped, err := sealed.Forget(ctx, st, second, "a clear one", "hooks")
	if err != nil || len(dropped) != 1 || dropped[0] != "hooks" {
		t.Errorf("forgotten: %q, %v", dropped, err)
	}
	_, err = sealed.Open(ctx, st, second, "a clear one", "hooks")
	must(t, err)
}

func TestAnotherFirstKeySealsAnewAndTheFormerMayGo(t *testing.T) {
	ctx, st := t.Context(), open(t, t.TempDir())
	defer st.Close()
	old := ring(t, sealed.NewKey())
	s, err := sealed.Open(ctx, st, old, "hooks")
	must(t, err)
	_, err = s.PutDocument(ctx, "hooks", []byte("a secret"))
	must(t, err)
	both, err := old.With(sealed.NewKey())
	must(t, err)
	_, err = sealed.Open(ctx, st, both, "hooks")
	must(t, err)
	s, err = sealed.Open(ctx, st, both.First(), "hooks")
	must(t, err)
	if d, err := s.Document(ctx, "hooks", 0); err != nil || string(d.Body) != "a secret" {
		t.Errorf("%q, %v", d.Body, err)
	}
	if _, err := sealed.Open(ctx, st, old, "hooks"); !errors.Is(err, sealed.ErrKey) {
		t.Errorf("the former key still opens it: %v", err)
	}
}

func TestASealedDocumentDoesNotOpenUnderAnotherNameNorIsAClearOneTaken(t *testing.T) {
	ctx, st := t.Context(), open(t, t.TempDir())
	defer st.Close()
	s, err := sealed.Open(ctx, st, ring(t, sealed.NewKey()), "hooks", "oidc")
	must(t, err)
	_, err = s.PutDocument(ctx, "hooks", []byte("a secret"))
	must(t, err)
	d, err := st.Document(ctx, "hooks", 0)
	must(t, err)
	_, err = st.PutDocument(ctx, "oidc", d.Body)
	must(t, err)
	if _, err := s.Document(ctx, "oidc", 0); !errors.Is(err, sealed.ErrDamaged) {
		t.Errorf("put in place of another it reads: %v", err)
	}
	_, err = st.PutDocument(ctx, "oidc", []byte(`{"issuer":"https://evil.example"}`))
	must(t, err)
	if _, err := s.Document(ctx, "oidc", 0); !errors.Is(err, sealed.ErrDamaged) {
		t.Errorf("written in clear beside the process it reads: %v", err)
	}
}

func TestSealing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, err := sealed.ParseRing(sealed.NewKey())
		if err != nil {
			t.Fatal(err)
		}
		name, body := rapid.String().Draw(t, "name"), rapid.SliceOf(rapid.Byte()).Draw(t, "body")
		box := r.Seal(name, body)
		if again := r.Seal(name, body); bytes.Equal(box, again) {
			t.Fatal("sealed twice it is the same")
		}
		if got, err := r.Open(name, box); err != nil || !bytes.Equal(got, body) {
			t.Fatalf("%q, %v", got, err)
		}
		if len(body) > 8 && bytes.Contains(box, body) {
			t.Fatal("it stands there in clear")
		}
		at := rapid.IntRange(0, len(box)-1).Draw(t, "at")
		box[at] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		if got, err := r.Open(name, box); err == nil {
			t.Fatalf("with bit of byte %d turned it reads %q", at, got)
		}
	})
}

func FuzzParseRing(f *testing.F) {
	f.Add("# a remark\n" + strings.Repeat("A", 43) + "=\n")
	f.Add("AAAA")
	f.Add(base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32)) + "," + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{8}, 32)))
	f.Fuzz(func(t *testing.T, text string) {
		r, err := sealed.ParseRing(text)
		if err != nil {
			if len(text) > 40 && strings.Contains(err.Error(), text) {
				t.Fatalf("the error repeats what it read: %v", err)
			}
			return
		}
		if got, err := r.Open("n", r.Seal("n", []byte("body"))); err != nil || string(got) != "body" {
			t.Fatalf("%q, %v", got, err)
		}
	})
}

func TestAFileOfKeysIsItsOwnersAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data.key")
	if _, err := sealed.ReadFile(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("where there is none: %v", err)
	}
	r := ring(t, sealed.NewKey(), sealed.NewKey())
	must(t, r.WriteFile(path))
	info, err := os.Stat(path)
	must(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %o", info.Mode().Perm())
	}
	again, err := sealed.ReadFile(path)
	must(t, err)
	if got, want := strings.Join(again.IDs(), " "), strings.Join(r.IDs(), " "); got != want {
		t.Errorf("keys %s, want %s", got, want)
	}
	must(t, r.First().WriteFile(path))
	if again, err = sealed.ReadFile(path); err != nil || len(again.IDs()) != 1 {
		t.Errorf("%v, %v", again, err)
	}
	if all, err := os.ReadDir(filepath.Dir(path)); err != nil || len(all) != 1 {
		t.Errorf("%v, %v: files of its making are left", all, err)
	}
	must(t, os.Chmod(path, 0o640))
	if _, err := sealed.ReadFile(path); err == nil || !strings.Contains(err.Error(), "0640") {
		t.Errorf("a file that a group may read: %v", err)
	}
}
