package pebble_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	lsm "github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/aparte-dev/aparte/store/pebble"
)

// observed notes what its files were created as.
type observed struct {
	vfs.FS
	mu      sync.Mutex
	created map[string]vfs.DiskWriteCategory
}

func (o *observed) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.created[name] = category
	return o.FS.Create(name, category)
}

// The names by which flushes and compactions are told from what somebody waits for are the database's, and could change.
func TestTablesAndNothingElseLetOthersGoFirst(t *testing.T) {
	files := &observed{FS: vfs.NewMem(), created: map[string]vfs.DiskWriteCategory{}}
	db, err := pebble.Bare("db", files)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		err = errors.Join(err, db.Set([]byte("a"), []byte("b"), lsm.Sync), db.Flush())
	}
	err = errors.Join(err, db.Compact(t.Context(), []byte("a"), []byte("b"), false), db.Close())
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[vfs.DiskWriteCategory]bool{}
	for name, category := range files.created {
		if table := strings.HasSuffix(name, ".sst"); table != pebble.Leisurely(category) {
			t.Errorf("%s was written as %q, which lets others go first: %v", name, category, !table)
		}
		kinds[category] = true
	}
	if !kinds["pebble-compaction"] || !kinds["pebble-memtable-flush"] {
		t.Errorf("the database wrote %v", kinds)
	}
}
