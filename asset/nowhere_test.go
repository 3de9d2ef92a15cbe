package asset_test

import (
	"context"

	"github.com/aparte-dev/aparte/store"
)

// nowhere keeps the newest version of each document in memory.
type nowhere struct{ docs map[string]store.Document }

func (n *nowhere) PutDocument(_ context.Context, name string, body []byte) (uint64, error) {
	if n.docs == nil {
		n.docs = map[string]store.Document{}
	}
	d := n.docs[name]
	d.Version, d.Body = d.Version+1, body
	n.docs[name] = d
	return d.Version, nil
}

func (n *nowhere) Document(_ context.Context, name string, _ uint64) (store.Document, error) {
	d, found := n.docs[name]
	if !found {
		return d, store.ErrNotFound
	}
	return d, nil
}

func (n *nowhere) DropDocuments(context.Context, string, uint64) error { return nil }
