package asset

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// Bounds of a library.
const (
	MaxAssets = 5_000
	MaxUpload = 32 << 20 // bytes
	MaxName   = 100
	maxAlt    = 500 // bytes in one language
)

// Entry is what is known of an asset.
type Entry struct {
	Name   string       `json:"name"`
	Type   string       `json:"type"` // media type
	Bytes  int64        `json:"bytes"`
	Width  int          `json:"width,omitzero"` // of a picture
	Height int          `json:"height,omitzero"`
	Alt    aparte.Words `json:"alt,omitempty"` // what it shows, in words; none: it is there for its looks alone
	At     time.Time    `json:"at"`            // when it was uploaded

	Version uint64 `json:"version"`          // of its document
	Sum     string `json:"sum"`              // of its bytes: SHA-256, in hexadecimal
	Removed bool   `json:"removed,omitzero"` // its name is kept, so that nothing else is ever shown under it
}

// Errors of a library. What is wrong with an upload itself is, or wraps, ErrUnfit.
var (
	ErrUnfit = errors.New("cannot be taken")
	ErrTaken = errors.New("there is another asset of that name: what an asset shows never changes")
	ErrFull  = fmt.Errorf("there are %d assets already", MaxAssets)
)

// Library is a file system of assets: those uploaded, then those of the folder below. It is safe for concurrent use.
type Library struct {
	docs  store.Documents
	below fs.FS
	now   func() time.Time

	decoding sync.Mutex

	mu      sync.RWMutex
	entries []Entry // by name
	version uint64  // of the list that entries are of
}

const (
	listDocument = "assets"
	bodyDocument = "asset/" // and the name
)

// Open reads which assets there are. below may be nil; where docs is, nothing can be uploaded.
func Open(ctx context.Context, docs store.Documents, below fs.FS, now func() time.Time) (*Library, error) {
	l := &Library{docs: docs, below: below, now: now}
	if err := l.Refresh(ctx); err != nil {
		return nil, err
	}
	return l, nil
}

// Refresh follows what another process has put, described or removed since. A brand that speaks of pictures is followed after it: they were
// there before.
func (l *Library) Refresh(ctx context.Context) error {
	if l.docs == nil {
		return nil
	}
	l.mu.RLock()
	known := l.version
	l.mu.RUnlock()
	doc, newer, err := store.Newer(ctx, l.docs, listDocument, known)
	if err != nil {
		return fmt.Errorf("read assets: %w", err)
	}
	if !newer {
		return nil
	}
	var entries []Entry
	if err := json.Unmarshal(doc.Body, &entries); err != nil {
		return fmt.Errorf("read assets: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.version == known { // else it was changed here meanwhile
		l.entries, l.version = entries, doc.Version
	}
	return nil
}

// unfit is what is wrong with an upload.
type unfit struct{ error }

func (unfit) Is(target error) bool { return target == ErrUnfit }

// List is what was uploaded and is there, by name.
func (l *Library) List() []Entry {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return slices.DeleteFunc(slices.Clone(l.entries), func(e Entry) bool { return e.Removed })
}

// Find is what is known of an uploaded asset.
func (l *Library) Find(name string) (Entry, bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	i, found := l.place(name)
	if !found || l.entries[i].Removed {
		return Entry{}, false
	}
	return l.entries[i], true
}

// Alt is what an asset shows, in words; nil where that was not said.
func (l *Library) Alt(name string) aparte.Words {
	e, _ := l.Find(name)
	return e.Alt
}

func (l *Library) place(name string) (int, bool) {
	return slices.BinarySearchFunc(l.entries, name, func(e Entry, name string) int { return cmp.Compare(e.Name, name) })
}

// Put takes an asset in. Its name becomes that of a file in lower case, with the ending of what it is kept as. The same file under the same name
// again changes what it is said to show, and nothing else; another is ErrTaken, even where the first was removed.
func (l *Library) Put(ctx context.Context, name string, body []byte, alt aparte.Words) (Entry, error) {
	if l.docs == nil {
		return Entry{}, unfit{errors.New("uploads are kept nowhere here")}
	}
	l.decoding.Lock() // a picture of 64 million pixels takes 256 MB while it is looked at: one at a time
	kept, err := prepare(body)
	l.decoding.Unlock()
	if err == nil {
		name, err = fileName(name, kept.ending)
	}
	if err = cmp.Or(err, checkAlt(alt)); err != nil {
		return Entry{}, unfit{err}
	}
	e := Entry{Name: name, Type: kept.mime, Bytes: int64(len(kept.body)), Width: kept.width, Height: kept.height, Alt: alt, At: l.now().UTC().Truncate(time.Second)}
	e.Sum = fmt.Sprintf("%x", sha256.Sum256(kept.body))

	l.mu.Lock()
	defer l.mu.Unlock()
	i, found := l.place(name)
	switch {
	case found && l.entries[i].Sum != e.Sum, !found && l.hasBelow(name):
		return Entry{}, fmt.Errorf("%q: %w", name, ErrTaken)
	case found && !l.entries[i].Removed:
		e = l.entries[i]
		e.Alt = alt
	case !found && len(l.entries) >= MaxAssets:
		return Entry{}, ErrFull
	default:
		if e.Version, err = l.docs.PutDocument(ctx, bodyDocument+name, kept.body); err != nil {
			return Entry{}, fmt.Errorf("keep asset %q: %w", name, err)
		}
	}
	entries := slices.Clone(l.entries)
	if found {
		entries[i] = e
	} else {
		entries = slices.Insert(entries, i, e)
	}
	return e, l.keep(ctx, entries)
}

// Describe changes what an uploaded asset is said to show; fs.ErrNotExist where there is none.
func (l *Library) Describe(ctx context.Context, name string, alt aparte.Words) error {
	if err := checkAlt(alt); err != nil {
		return unfit{err}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	i, found := l.place(name)
	if !found || l.entries[i].Removed {
		return fmt.Errorf("asset %q: %w", name, fs.ErrNotExist)
	}
	entries := slices.Clone(l.entries)
	entries[i].Alt = alt
	return l.keep(ctx, entries)
}

// Remove forgets an uploaded asset; fs.ErrNotExist where there is none. Whether something speaks of it is for the caller to know: see [Uses].
func (l *Library) Remove(ctx context.Context, name string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	i, found := l.place(name)
	if !found || l.entries[i].Removed {
		return fmt.Errorf("asset %q: %w", name, fs.ErrNotExist)
	}
	entries := slices.Clone(l.entries)
	entries[i].Removed, entries[i].Alt = true, nil
	if err := l.keep(ctx, entries); err != nil {
		return err
	}
	if err := l.docs.DropDocuments(ctx, bodyDocument+name, entries[i].Version+1); err != nil {
		return fmt.Errorf("forget asset %q: %w", name, err)
	}
	return nil
}

// keep makes a list durable, then the one in force.
func (l *Library) keep(ctx context.Context, entries []Entry) error {
	body, err := json.Marshal(entries)
	if err != nil {
		return fmt.Errorf("keep assets: %w", err)
	}
	version, err := l.docs.PutDocument(ctx, listDocument, body)
	if err != nil {
		return fmt.Errorf("keep assets: %w", err)
	}
	l.entries, l.version = entries, version
	if err := l.docs.DropDocuments(ctx, listDocument, version); err != nil {
		return fmt.Errorf("forget old list of assets: %w", err)
	}
	return nil
}

func (l *Library) hasBelow(name string) bool {
	if l.below == nil {
		return false
	}
	_, err := fs.Stat(l.below, name)
	return err == nil
}

// Open opens an asset, as [fs.FS] wants it.
func (l *Library) Open(name string) (fs.File, error) {
	e, found := l.Find(name)
	if !found {
		if l.below == nil || !fs.ValidPath(name) {
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
		}
		return l.below.Open(name)
	}
	doc, err := l.docs.Document(context.Background(), bodyDocument+name, e.Version) // a file system knows no context
	if errors.Is(err, store.ErrNotFound) {
		err = fs.ErrNotExist // removed meanwhile
	}
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return &file{Reader: bytes.NewReader(doc.Body), entry: e}, nil
}

// file is an asset being read.
type file struct {
	*bytes.Reader
	entry Entry
}

func (f *file) Stat() (fs.FileInfo, error) { return info{f.entry}, nil }
func (f *file) Close() error               { return nil }

type info struct{ entry Entry }

func (i info) Name() string       { return i.entry.Name }
func (i info) Size() int64        { return i.entry.Bytes }
func (i info) Mode() fs.FileMode  { return 0o444 }
func (i info) ModTime() time.Time { return i.entry.At }
func (i info) IsDir() bool        { return false }
func (i info) Sys() any           { return nil }

func checkAlt(alt aparte.Words) error {
	for lang, text := range alt {
		if len(lang) == 0 || len(lang) > 35 {
			return errors.New("alt: a language is not a BCP 47 tag")
		}
		if strings.TrimSpace(text) == "" || len(text) > maxAlt || !utf8.ValidString(text) {
			return fmt.Errorf("alt: in %q it is empty or has over %d bytes", lang, maxAlt)
		}
	}
	return nil
}

// fileName is the name of a file in lower case: letters, digits, dots and dashes, with an ending.
func fileName(name, ending string) (string, error) {
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	if dot := strings.LastIndexByte(name, '.'); dot > 0 {
		name = name[:dot]
	}
	var b strings.Builder
	dash := false
	for _, r := range strings.ToLower(plain(name)) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			if dash && b.Len() > 0 {
				b.WriteByte('-')
			}
			dash = false
			b.WriteRune(r)
		default:
			dash = true
		}
	}
	switch {
	case b.Len() == 0:
		return "", errors.New("name: has no letter or digit of a file's name")
	case b.Len()+len(ending) > MaxName:
		return "", fmt.Errorf("name: is over %d bytes", MaxName)
	}
	return b.String() + ending, nil
}
