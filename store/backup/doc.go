// Package backup is copies of a store's files: how they are packed, and how it is told that nothing of one is missing or was altered. It
// knows files and checksums; it never knows what is in a store, nor how one is opened.
//
// A backup is these files, as a tar archive or in a directory:
//
//	backup.json     what it is of: About
//	store/…         the files of the store at one instant
//	SHA256SUMS      the checksum of each file before it, as sha256sum writes and checks them
//
// The checksums come last, in an archive, too: one without them is not whole. Start reading at [Write], then [Check].
package backup

import "time"

// Names of the files beside those of the store, and the folder of these.
const (
	AboutName = "backup.json"
	SumsName  = "SHA256SUMS"
	folder    = "store/"
)

// Format is the version of how a backup is laid out.
const Format = 1

// About says what a backup is of. There is nothing personal in it.
type About struct {
	Format   int       `json:"format"`
	Made     time.Time `json:"made"`               // what was acknowledged before is in it
	Build    string    `json:"build,omitempty"`    // of the program that made it
	Parts    int       `json:"parts"`              // of the store
	SealedBy string    `json:"sealedBy,omitempty"` // id of the master key that its secrets are sealed by; empty: none are
	Files    int       `json:"files"`              // of the store
	Bytes    int64     `json:"bytes"`              // of these files
}

// Fault is what is wrong with a backup: which file, and how.
type Fault struct{ File, Reason string }

func (f *Fault) Error() string { return f.File + ": " + f.Reason }
