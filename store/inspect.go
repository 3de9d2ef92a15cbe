package store

import (
	"context"

	"github.com/aparte-dev/aparte"
)

// Inspector lists what a Reader finds only by its key, and so would not find if nothing led to it: for checks, and for what an
// erasure leaves behind. A store that people are erased from is one. Lists are in order, of up to limit rows after one.
type Inspector interface {
	// Identifiers are the identifiers of a part and whom they name.
	Identifiers(ctx context.Context, part Part, after Key, limit int) ([]IdentifierRow, error)
	// EventKeys are the event keys that Seen reports as there.
	EventKeys(ctx context.Context, part Part, after Key, limit int) ([]Key, error)
	// Histories are those who have entries, whether or not they have a state.
	Histories(ctx context.Context, part Part, after aparte.PersonID, limit int) ([]aparte.PersonID, error)
	// DocumentNames are the names of all documents that were ever put.
	DocumentNames(ctx context.Context) ([]string, error)
	// Check tells where rows of a part that the store keeps in two ways differ, in words.
	Check(ctx context.Context, part Part) ([]string, error)
}

// Recipient takes documents under the numbers that they have elsewhere. A store may be one.
type Recipient interface {
	// PutVersion stores a version of a document, over one of that number; versions that are put later have greater ones.
	PutVersion(ctx context.Context, name string, version uint64, body []byte) error
}
