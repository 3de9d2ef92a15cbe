package pebble_test

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/aparte-dev/aparte/store/pebble"
)

func TestOpenKeepsTheNumberOfParts(t *testing.T) {
	fs := vfs.NewMem()
	for _, c := range []struct {
		parts, want int
		err         string
	}{
		{parts: 16, want: 16},
		{parts: 0, want: 16},
		{parts: 32, err: `open store in "data": it was created with 16 parts and cannot have 32`},
		{parts: -1, err: `open store in "data": -1 parts: must be 1 to 4096`},
		{parts: 5000, err: `open store in "data": 5000 parts: must be 1 to 4096`},
		{parts: 16, want: 16},
	} {
		st, err := pebble.Open("data", pebble.Options{Parts: c.parts, FS: fs})
		if c.err != "" {
			if err == nil || err.Error() != c.err {
				t.Errorf("%d parts: got %v, want %s", c.parts, err, c.err)
			}
			continue
		}
		if err != nil {
			t.Fatalf("%d parts: %v", c.parts, err)
		}
		if st.Parts() != c.want {
			t.Errorf("%d parts: got %d, want %d", c.parts, st.Parts(), c.want)
		}
		if err := st.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
}

func TestOpenMakesTheDefaultNumberOfParts(t *testing.T) {
	st := openMem(t, vfs.NewMem())
	if st.Parts() != pebble.DefaultParts {
		t.Errorf("%d parts", st.Parts())
	}
}

func TestOpenTakesADirectoryOnce(t *testing.T) {
	for name, fs := range map[string]vfs.FS{"on disk": nil, "in memory": vfs.NewMem()} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			st, err := pebble.Open(dir, pebble.Options{FS: fs})
			if err != nil {
				t.Fatal(err)
			}
			_, err = pebble.Open(dir, pebble.Options{FS: fs})
			if err == nil || !strings.Contains(err.Error(), "is it open in another process?") {
				t.Errorf("opened twice: %v", err)
			}
			if err := st.Close(); err != nil {
				t.Fatal(err)
			}
			again, err := pebble.Open(dir, pebble.Options{FS: fs})
			if err != nil {
				t.Fatalf("open after close: %v", err)
			}
			if err := again.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestOpenDrawsTheSecretOnce(t *testing.T) {
	fs := vfs.NewMem()
	const secret = "0123456789abcdef0123456789ABCDEF"
	if _, err := pebble.Open("data", pebble.Options{FS: fs, Rand: strings.NewReader("short")}); err == nil {
		t.Error("a source that runs dry: no error")
	}
	for _, source := range []string{secret + "more", ""} {
		st, err := pebble.Open("data", pebble.Options{FS: fs, Rand: strings.NewReader(source)})
		if err != nil {
			t.Fatal(err)
		}
		if string(st.Secret()) != secret {
			t.Errorf("secret %q", st.Secret())
		}
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestOpenIsSilentWithoutALogger(t *testing.T) {
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	st, err := pebble.Open("data", pebble.Options{FS: vfs.NewMem(), Logger: logger})
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Error(err)
	}
	if !strings.Contains(log.String(), "level=DEBUG") || strings.Contains(log.String(), "level=ERROR") {
		t.Errorf("log: %s", log.String())
	}
}

func TestOpenSaysThatADirectoryCannotBeMade(t *testing.T) {
	if _, err := pebble.Open("/dev/null/data", pebble.Options{}); err == nil || !strings.Contains(err.Error(), "make directory") {
		t.Errorf("got %v", err)
	}
}

// openMem opens a store that is closed when the test ends.
func openMem(t testing.TB, fs vfs.FS) *pebble.Store {
	t.Helper()
	st, err := pebble.Open("data", pebble.Options{FS: fs})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(st.CheckMemos(), st.Close()); err != nil {
			t.Error(err)
		}
	})
	return st
}
