package store

import "context"

// Replace stores the newest version of a document and forgets those before it. After an error it may stand or not, and those
// before it beside it; the next Replace forgets them.
func Replace(ctx context.Context, d Documents, name string, body []byte) (version uint64, err error) {
	if version, err = d.PutDocument(ctx, name, body); err != nil {
		return 0, err
	}
	return version, d.DropDocuments(ctx, name, version)
}
