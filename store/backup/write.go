package backup

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Write packs the files of a store, which do not change meanwhile, into a tar archive. Of about, Files and Bytes are filled in. Folders
// in the directory are no part of the store.
func Write(ctx context.Context, to io.Writer, dir string, about About) error {
	files, err := filesOf(dir)
	if err != nil {
		return err
	}
	about.Format, about.Files, about.Bytes = Format, len(files), 0
	for _, f := range files {
		about.Bytes += f.Size()
	}
	described, err := json.MarshalIndent(about, "", "  ")
	if err != nil {
		return err
	}
	a := archive{tar.NewWriter(to), about.Made, nil}
	if err := a.text(AboutName, append(described, '\n')); err != nil {
		return err
	}
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := a.file(filepath.Join(dir, f.Name()), folder+f.Name(), f.Size()); err != nil {
			return err
		}
	}
	if err := a.text(SumsName, a.sums); err != nil {
		return err
	}
	return a.to.Close()
}

// filesOf are the files of a directory, in order of their names.
func filesOf(dir string) (files []fs.FileInfo, err error) {
	all, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, entry := range all {
		if !entry.Type().IsRegular() {
			continue
		}
		info, err := entry.Info()
		if err != nil {
			return nil, err
		}
		files = append(files, info)
	}
	return files, nil
}

// archive is a backup that is being written.
type archive struct {
	to   *tar.Writer
	made time.Time
	sums []byte // of the files so far
}

func (a *archive) file(path, name string, size int64) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close() // it was only read
	return a.add(name, size, f)
}

func (a *archive) text(name string, body []byte) error {
	err := a.to.WriteHeader(a.header(name, int64(len(body))))
	if err == nil {
		_, err = a.to.Write(body)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	sum := sha256.Sum256(body)
	a.sums = appendSum(a.sums, sum[:], name)
	return nil
}

func (a *archive) add(name string, size int64, from io.Reader) error {
	if err := a.to.WriteHeader(a.header(name, size)); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(a.to, sum), io.LimitReader(from, size))
	if err == nil && n < size {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	a.sums = appendSum(a.sums, digest(sum), name)
	return nil
}

func (a *archive) header(name string, size int64) *tar.Header {
	return &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, ModTime: a.made, Format: tar.FormatPAX}
}

func digest(h hash.Hash) []byte { return h.Sum(nil) }

// appendSum is a line of SHA256SUMS.
func appendSum(dst, sum []byte, name string) []byte { return fmt.Appendf(dst, "%x  %s\n", sum, name) }
