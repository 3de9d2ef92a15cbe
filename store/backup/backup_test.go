package backup_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte/store"
	"github.com/aparte-dev/aparte/store/backup"
)

var about = backup.About{Made: time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC), Parts: 4, SealedBy: "0123456789abcdef"}

// folder is a directory with files, and a folder that is no part of a store.
func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		must(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
	must(t, os.Mkdir(filepath.Join(dir, "films"), 0o700))
	return dir
}

var some = map[string]string{"000004.sst": strings.Repeat("rows ", 2000), "000007.log": "", "MANIFEST-000001": "which files there are", "marker.manifest.000001.MANIFEST-000001": ""}

func packed(t testing.TB, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, backup.Write(context.Background(), &b, folder(t, files), about))
	return b.Bytes()
}

// contents are the files below a directory.
func contents(t testing.TB, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		all[filepath.ToSlash(name)] = string(b)
		return err
	}))
	return all
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func anyStore(string, backup.About) error { return nil }

func TestWhatWasBackedUpIsRestored(t *testing.T) {
	archive := packed(t, some)
	kept := filepath.Join(t.TempDir(), "kept")
	var done, total int64
	got, err := backup.Save(t.Context(), backup.Archive(bytes.NewReader(archive)), kept, func(n, of int64) { done, total = n, of })
	must(t, err)
	want := about
	want.Format, want.Files, want.Bytes = backup.Format, len(some), 10_000+21
	if got != want {
		t.Errorf("it is told to be of %+v, want %+v", got, want)
	}
	if done != want.Bytes || total != want.Bytes {
		t.Errorf("told of %d of %d bytes", done, total)
	}
	fromFolder, err := backup.Directory(kept)
	must(t, err)
	for from, files := range map[string]backup.Files{"an archive": backup.Archive(bytes.NewReader(archive)), "a directory": fromFolder} {
		data := filepath.Join(t.TempDir(), "data")
		opened := ""
		_, err = backup.Restore(t.Context(), files, data, func(dir string, _ backup.About) error {
			opened = dir
			if got := contents(t, dir); !maps.Equal(got, some) {
				t.Errorf("from %s, what is to be opened has %v", from, got)
			}
			return nil
		}, nil)
		must(t, err)
		if got := contents(t, data); !maps.Equal(got, some) || opened == "" {
			t.Errorf("from %s: %v", from, got)
		}
	}
}

// Others than this program can check a backup.
func TestTheChecksumsAreThoseOfSha256sum(t *testing.T) {
	tool, err := exec.LookPath("sha256sum")
	if err != nil {
		t.Skip("there is no sha256sum here")
	}
	kept := t.TempDir()
	_, err = backup.Save(t.Context(), backup.Archive(bytes.NewReader(packed(t, some))), kept, nil)
	must(t, err)
	check := exec.Command(tool, "--check", "--strict", backup.SumsName)
	check.Dir = kept
	said, err := check.CombinedOutput()
	if err != nil || strings.Count(string(said), ": OK") != len(some)+1 {
		t.Errorf("%v: %s", err, said)
	}
}

// Whatever single byte of an archive is another, or from wherever it is cut, it is refused, or what is restored is the same.
func TestAnAlteredArchiveIsRefusedOrRestoresTheSame(t *testing.T) {
	archive := packed(t, map[string]string{"000004.sst": strings.Repeat("rows ", 100), "MANIFEST-000001": "which files there are"})
	whole, refused := read(archive)
	if refused != nil {
		t.Fatal(refused)
	}
	same := func(what string, b []byte) (refused bool) {
		t.Helper()
		got, err := read(b)
		if err != nil {
			var fault *backup.Fault
			if !errors.As(err, &fault) || fault.File == "" {
				t.Errorf("%s: %v, which names no file", what, err)
			}
			return true
		}
		if !maps.Equal(got, whole) {
			t.Errorf("%s: taken, and other than it was", what)
		}
		return false
	}
	n := 0
	for at := range archive {
		other := bytes.Clone(archive)
		other[at] ^= 0x20
		if same(fmt.Sprintf("byte %d altered", at), other) {
			n++
		}
	}
	if n < len(archive)/4 {
		t.Errorf("%d of %d alterations were refused: content alone is more", n, len(archive))
	}
	end := bytes.LastIndex(archive, []byte("MANIFEST-000001\n")) + len("MANIFEST-000001\n") // of the checksums
	for at := range end {
		if !same(fmt.Sprintf("cut at %d", at), archive[:at]) {
			t.Fatalf("cut at %d of %d it is taken to be whole", at, len(archive))
		}
	}
}

// read is what a backup that is whole has.
func read(archive []byte) (map[string]string, error) {
	all := map[string]string{}
	_, err := backup.Check(context.Background(), backup.Archive(bytes.NewReader(archive)), func(name string, content io.Reader) error {
		b, err := io.ReadAll(content)
		all[name] = string(b)
		return err
	}, nil)
	return all, err
}

// Of a backup in a directory, each file is altered, cut, taken away or doubled.
func TestADamagedDirectoryIsRefusedByTheNameOfTheFile(t *testing.T) {
	for _, name := range []string{"store/000004.sst", "store/MANIFEST-000001", backup.AboutName, backup.SumsName} {
		for what, damage := range map[string]func(path string, b []byte) error{
			"altered": func(path string, b []byte) error { b[len(b)/2] ^= 1; return os.WriteFile(path, b, 0o600) },
			"cut":     func(path string, b []byte) error { return os.WriteFile(path, b[:len(b)-1], 0o600) },
			"longer":  func(path string, b []byte) error { return os.WriteFile(path, append(b, 'x'), 0o600) },
			"gone":    func(path string, _ []byte) error { return os.Remove(path) },
		} {
			t.Run(name+" "+what, func(t *testing.T) {
				kept, data := t.TempDir(), filepath.Join(t.TempDir(), "data")
				_, err := backup.Save(t.Context(), backup.Archive(bytes.NewReader(packed(t, some))), kept, nil)
				must(t, err)
				path := filepath.Join(kept, name)
				b, err := os.ReadFile(path)
				must(t, err)
				must(t, damage(path, b))
				files, err := backup.Directory(kept)
				must(t, err)
				_, err = backup.Restore(t.Context(), files, data, anyStore, nil)
				var fault *backup.Fault
				if !errors.As(err, &fault) {
					t.Fatalf("restored: %v", err)
				}
				if fault.File != name && name != backup.SumsName {
					t.Errorf("it says %q: that names another file", fault)
				}
				if left := contents(t, data); len(left) > 0 {
					t.Errorf("left: %v", left)
				}
			})
		}
	}
}

func TestAFileThatNobodyBackedUpIsRefused(t *testing.T) {
	kept := t.TempDir()
	_, err := backup.Save(t.Context(), backup.Archive(bytes.NewReader(packed(t, some))), kept, nil)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(kept, "store", "000001.sst"), nil, 0o600))
	files, err := backup.Directory(kept)
	must(t, err)
	_, err = backup.Check(t.Context(), files, nil, nil)
	var fault *backup.Fault
	if !errors.As(err, &fault) {
		t.Errorf("taken: %v", err)
	}
}

func TestNothingIsOverwritten(t *testing.T) {
	archive := packed(t, some)
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "mine"), []byte("mine"), 0o600))
	_, err := backup.Save(t.Context(), backup.Archive(bytes.NewReader(archive)), dir, nil)
	if !errors.Is(err, backup.ErrOccupied) {
		t.Errorf("saved: %v", err)
	}
	_, err = backup.Restore(t.Context(), backup.Archive(bytes.NewReader(archive)), dir, anyStore, nil)
	if !errors.Is(err, backup.ErrOccupied) {
		t.Errorf("restored: %v", err)
	}
	if got := contents(t, dir); !maps.Equal(got, map[string]string{"mine": "mine"}) {
		t.Errorf("%v", got)
	}
}

func TestAStoreThatDoesNotOpenIsNotRestored(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	bad := errors.New("does not open")
	_, err := backup.Restore(t.Context(), backup.Archive(bytes.NewReader(packed(t, some))), data, func(dir string, _ backup.About) error {
		if filepath.Base(dir) != store.Restoring {
			t.Errorf("it is opened in %s", dir)
		}
		return bad
	}, nil)
	if left := contents(t, data); !errors.Is(err, bad) || len(left) > 0 {
		t.Errorf("%v, left: %v", err, left)
	}
}

func TestABackupThatFailsLeavesNothing(t *testing.T) {
	kept := filepath.Join(t.TempDir(), "kept")
	archive := packed(t, some)
	_, err := backup.Save(t.Context(), backup.Archive(bytes.NewReader(archive[:len(archive)/2])), kept, nil)
	if left := contents(t, kept); err == nil || len(left) > 0 {
		t.Errorf("%v, left: %v", err, left)
	}
}

func TestBackups(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		files := rapid.MapOf(rapid.StringMatching(`[A-Za-z0-9][A-Za-z0-9._-]{0,40}`), rapid.String()).Draw(rt, "files")
		lower := map[string]string{} // one name in two cases is one file on some disks
		for name, content := range files {
			lower[strings.ToLower(name)] = content
		}
		data := filepath.Join(t.TempDir(), "data")
		_, err := backup.Restore(context.Background(), backup.Archive(bytes.NewReader(packed(t, lower))), data, anyStore, nil)
		if got := contents(t, data); err != nil || !maps.Equal(got, lower) {
			rt.Fatalf("%v: %v, want %v", err, got, lower)
		}
	})
}

func FuzzCheck(f *testing.F) {
	whole := packed(f, some)
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, archive []byte) {
		files := 0
		about, err := backup.Check(context.Background(), backup.Archive(bytes.NewReader(archive)), func(name string, _ io.Reader) error {
			if name != filepath.Clean(name) || filepath.IsAbs(name) || strings.HasPrefix(name, "..") {
				t.Fatalf("%q leads out of the backup", name)
			}
			files++
			return nil
		}, nil)
		var fault *backup.Fault
		if err != nil && !errors.As(err, &fault) {
			t.Fatalf("%v is no fault of a file", err)
		}
		if err == nil && files > about.Files+2 {
			t.Fatalf("%d files, %d are told", files, about.Files)
		}
	})
}
