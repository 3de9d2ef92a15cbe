package backup

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Files are the files of a backup in their order: what it is of, those of the store, their checksums. After the last, the error is io.EOF.
// The content is good until the next call.
type Files interface {
	Next() (name string, size int64, content io.Reader, err error)
}

// Bounds of the two files that are read whole.
const (
	maxAbout = 64 << 10
	maxSums  = 256 << 20 // a million files
)

// Check reads a backup from its first byte to its last and hands each file to keep, where it is not nil, as it is read: what keep was given
// is good only once Check returns nil. tell hears how many bytes of how many are done. Where the backup is not whole, or not as it was
// written, the error is a *Fault that names the file.
func Check(ctx context.Context, from Files, keep func(name string, content io.Reader) error, tell func(done, total int64)) (About, error) {
	c := check{keep: keep, tell: tell, sums: map[string][]byte{}}
	for {
		if err := ctx.Err(); err != nil {
			return About{}, err
		}
		name, size, content, err := from.Next()
		switch {
		case err != nil && c.last == "":
			return About{}, &Fault{AboutName, "is not there: this is no backup"}
		case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
			return About{}, &Fault{SumsName, "is not there: the backup ends after " + c.last}
		case err != nil:
			return About{}, &Fault{"what follows " + c.last, err.Error()}
		}
		if err := c.file(name, size, content); err != nil {
			return About{}, err
		}
		if c.last = name; name != SumsName {
			continue
		}
		if name, _, _, err := from.Next(); !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			if err != nil {
				name = "what follows " + SumsName
			}
			return About{}, &Fault{name, "is no part of the backup"}
		}
		return c.about, nil
	}
}

// check is a reading under way.
type check struct {
	keep  func(name string, content io.Reader) error
	tell  func(done, total int64)
	about About
	last  string            // file that was read
	sums  map[string][]byte // of what was read
	lines []byte            // what SHA256SUMS has to be
	files int
	done  int64
}

func (c *check) file(name string, size int64, content io.Reader) error {
	sum := sha256.New()
	exact := &exactly{from: io.TeeReader(content, sum), left: size}
	var err error
	switch {
	case c.last == "" && name != AboutName:
		return &Fault{AboutName, "is not there: this is no backup"}
	case name == AboutName && c.last == "":
		err = c.describe(size, exact)
	case name == SumsName:
		return c.compare(size, exact)
	case !isStoreFile(name):
		return &Fault{name, "is no part of a backup"}
	case c.sums[name] != nil:
		return &Fault{name, "is there twice"}
	default:
		if c.files++; c.files > c.about.Files {
			return &Fault{name, "is more than " + AboutName + " says that there is"}
		}
		if c.done += size; c.done <= c.about.Bytes { // else one of them is longer than it was: the checksums tell which
			err = c.take(name, exact)
			c.told()
		}
	}
	if err == nil {
		_, err = io.Copy(io.Discard, exact) // what nobody wanted counts
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return &Fault{name, "is cut short"}
	}
	c.sums[name] = digest(sum)
	c.lines = appendSum(c.lines, c.sums[name], name)
	return err
}

func (c *check) told() {
	if c.tell != nil {
		c.tell(c.done, c.about.Bytes)
	}
}

func (c *check) take(name string, content io.Reader) error {
	if c.keep == nil {
		return nil
	}
	return c.keep(name, content)
}

func (c *check) describe(size int64, content io.Reader) error {
	body, err := whole(AboutName, size, maxAbout, content)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, &c.about); err != nil {
		return &Fault{AboutName, "cannot be read: " + err.Error()}
	}
	if c.about.Format != Format {
		return &Fault{AboutName, fmt.Sprintf("its format is %d, this program knows %d", c.about.Format, Format)}
	}
	return c.take(AboutName, bytes.NewReader(body))
}

// compare holds what was read against what was written.
func (c *check) compare(size int64, content io.Reader) error {
	body, err := whole(SumsName, size, maxSums, content)
	if err != nil {
		return err
	}
	for lines, n := bufio.NewScanner(bytes.NewReader(body)), 1; lines.Scan(); n++ {
		sum, name, two := strings.Cut(lines.Text(), "  ")
		want, err := hex.DecodeString(sum)
		if !two || err != nil || len(want) != sha256.Size {
			return &Fault{SumsName, fmt.Sprintf("line %d is no checksum and name", n)}
		}
		switch got := c.sums[name]; {
		case got == nil:
			return &Fault{name, "is missing"}
		case !bytes.Equal(got, want):
			return &Fault{name, "is not what was backed up: its checksum is another"}
		}
		delete(c.sums, name)
	}
	for name := range c.sums { // any of them: each is one too many
		return &Fault{name, "is not in " + SumsName}
	}
	switch {
	case !bytes.Equal(body, c.lines):
		return &Fault{SumsName, "is not as it was written"}
	case c.files != c.about.Files || c.done != c.about.Bytes:
		return &Fault{AboutName, fmt.Sprintf("tells of %d files of %d bytes, there are %d of %d", c.about.Files, c.about.Bytes, c.files, c.done)}
	}
	return c.take(SumsName, bytes.NewReader(body))
}

// whole reads a file that is to have so many bytes.
func whole(name string, size, most int64, content io.Reader) ([]byte, error) {
	if size < 0 || size > most {
		return nil, &Fault{name, fmt.Sprintf("has %d bytes, the bound is %d", size, most)}
	}
	body, err := io.ReadAll(content)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, &Fault{name, "is cut short"}
	}
	return body, err
}

// exactly reads so many bytes, and fails with io.ErrUnexpectedEOF where there are fewer.
type exactly struct {
	from io.Reader
	left int64
}

func (e *exactly) Read(b []byte) (int, error) {
	if e.left <= 0 {
		return 0, io.EOF
	}
	n, err := e.from.Read(b[:min(int64(len(b)), e.left)])
	if e.left -= int64(n); errors.Is(err, io.EOF) && e.left > 0 {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// isStoreFile reports whether a name is that of a file of the store: one of the folder itself, of characters that mean nothing to any
// file system.
func isStoreFile(name string) bool {
	base, in := strings.CutPrefix(name, folder)
	return in && base != "" && len(base) <= 255 && base[0] != '.' &&
		strings.Trim(base, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") == ""
}

// Archive reads a backup that is a tar archive.
func Archive(from io.Reader) Files { return archived{tar.NewReader(from)} }

type archived struct{ from *tar.Reader }

func (a archived) Next() (string, int64, io.Reader, error) {
	h, err := a.from.Next()
	if err != nil {
		return "", 0, nil, err
	}
	if h.Typeflag != tar.TypeReg {
		return "", 0, nil, fmt.Errorf("%.100q is no file", h.Name)
	}
	return h.Name, h.Size, a.from, nil
}

// Directory reads a backup that is in a directory. Close ends it.
func Directory(dir string) (*Dir, error) {
	d := &Dir{path: dir, names: []string{AboutName}}
	files, err := filesOf(filepath.Join(dir, folder))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, f := range files {
		d.names = append(d.names, folder+f.Name())
	}
	d.names = append(d.names, SumsName)
	return d, nil
}

// Dir is a backup in a directory.
type Dir struct {
	path  string
	names []string // that are left
	open  *os.File
}

// Next implements Files. A file that is not there ends the backup.
func (d *Dir) Next() (string, int64, io.Reader, error) {
	if err := d.Close(); err != nil {
		return "", 0, nil, err
	}
	if len(d.names) == 0 {
		return "", 0, nil, io.EOF
	}
	name := d.names[0]
	d.names = d.names[1:]
	f, err := os.Open(filepath.Join(d.path, filepath.FromSlash(name)))
	if errors.Is(err, fs.ErrNotExist) {
		return "", 0, nil, io.EOF
	} else if err != nil {
		return "", 0, nil, err
	}
	d.open = f
	info, err := f.Stat()
	if err != nil {
		return "", 0, nil, err
	}
	return name, info.Size(), f, nil
}

// Close closes the file that is open.
func (d *Dir) Close() error {
	if d.open == nil {
		return nil
	}
	f := d.open
	d.open = nil
	return f.Close()
}
