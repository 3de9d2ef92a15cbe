package store

import (
	"context"
	"errors"
)

// Replace stores the newest version of a document and forgets those before it. After an error it may stand or not, and those
// before it beside it; the next Replace forgets them.
func Replace(ctx context.Context, d Documents, name string, body []byte) (version uint64, err error) {
	if version, err = d.PutDocument(ctx, name, body); err != nil {
		return 0, err
	}
	return version, d.DropDocuments(ctx, name, version)
}

// Newer reads a document where its newest version is another than the one that is known (0: none is). It is false where it is that one, or there is
// none. Of Documents that have Newest, as a Store does, it reads the body only then.
func Newer(ctx context.Context, d Documents, name string, known uint64) (_ Document, newer bool, err error) {
	if s, ok := d.(interface {
		Newest(ctx context.Context, name string) (uint64, error)
	}); ok {
		newest, err := s.Newest(ctx, name)
		if err != nil || newest == known {
			return Document{}, false, err
		}
	}
	doc, err := d.Document(ctx, name, 0)
	switch {
	case errors.Is(err, ErrNotFound), err == nil && doc.Version == known:
		return Document{}, false, nil
	case err != nil:
		return Document{}, false, err
	}
	return doc, true, nil
}

// Restoring is the folder of a store's directory in which the files of a backup are until it is known that all are there, and in their
// place. A directory that has it is no store.
const Restoring = "restoring"
