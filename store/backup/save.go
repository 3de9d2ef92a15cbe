package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/aparte-dev/aparte/store"
)

// Save writes a backup into a directory that is not there or empty, checked as it is read and durable when Save returns. Of one that fails
// nothing is left; one that is broken off has no SHA256SUMS, which are written last.
func Save(ctx context.Context, from Files, dir string, tell func(done, total int64)) (_ About, err error) {
	if err := vacant(dir); err != nil {
		return About{}, err
	}
	inside := filepath.Join(dir, folder)
	if err := os.MkdirAll(inside, 0o700); err != nil {
		return About{}, err
	}
	var written []string
	defer func() {
		if err != nil {
			err = errors.Join(err, remove(append(written, inside)))
		}
	}()
	about, err := Check(ctx, from, func(name string, content io.Reader) error {
		path := filepath.Join(dir, filepath.FromSlash(name))
		written = append(written, path)
		if name == SumsName { // all else is there
			if err := syncDir(inside); err != nil {
				return err
			}
		}
		return writeFile(path, content)
	}, tell)
	if err != nil {
		return About{}, err
	}
	return about, syncDir(dir)
}

// remove removes files, and folders that are empty.
func remove(paths []string) error {
	for _, path := range paths {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// Restore writes the store of a backup into a directory that is not there or empty: first into a folder of it, and where all is whole and
// open can open it, into the directory itself. What was not whole leaves nothing but the directory.
func Restore(ctx context.Context, from Files, dir string, open func(dir string, about About) error, tell func(done, total int64)) (About, error) {
	if err := vacant(dir); err != nil {
		return About{}, err
	}
	inside := filepath.Join(dir, store.Restoring)
	if err := os.MkdirAll(inside, 0o700); err != nil {
		return About{}, err
	}
	about, err := Check(ctx, from, func(name string, content io.Reader) error {
		if base, in := strings.CutPrefix(name, folder); in {
			return writeFile(filepath.Join(inside, base), content)
		}
		return nil
	}, tell)
	if err == nil {
		err = syncDir(inside)
	}
	if err == nil {
		err = open(inside, about)
	}
	if err != nil {
		return About{}, errors.Join(err, os.RemoveAll(inside))
	}
	return about, moveUp(inside, dir)
}

// moveUp moves the files of a folder into the one above. As long as the folder is there, the move is not over.
func moveUp(inside, dir string) error {
	files, err := filesOf(inside)
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := os.Rename(filepath.Join(inside, f.Name()), filepath.Join(dir, f.Name())); err != nil {
			return err
		}
	}
	if err := syncDir(dir); err != nil {
		return err
	}
	if err := os.RemoveAll(inside); err != nil {
		return err
	}
	return syncDir(dir)
}

// ErrOccupied says that something is where a backup is to be written, or restored.
var ErrOccupied = errors.New("is not empty: nothing is overwritten")

// vacant is nil where a directory is not there, or empty.
func vacant(dir string) error {
	d, err := os.Open(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	defer d.Close() // it was only read
	if _, err := d.Readdirnames(1); errors.Is(err, io.EOF) {
		return nil
	} else if err != nil {
		return err
	}
	return fmt.Errorf("%s %w", dir, ErrOccupied)
}

// writeFile writes a file that is not there, durably, for its owner alone.
func writeFile(path string, content io.Reader) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, content)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// syncDir has a directory's names survive a loss of power.
func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
