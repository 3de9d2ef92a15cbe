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

// Restoring is the folder of a store's directory in which the files of a backup are until it is known that all are there, and in their
// place. A directory that has it is no store.
const Restoring = "restoring"
