package pebble

import (
	"runtime"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// yielding lets whoever else can run go before flushes and compactions, with each piece that these write. They work for half a
// second without waiting for anything, and of two processors would have one whole while requests queue for the other.
type yielding struct{ vfs.FS }

func (f yielding) Unwrap() vfs.FS { return f.FS }

func (f yielding) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	file, err := f.FS.Create(name, category)
	if err == nil && leisurely(category) {
		file = yieldingFile{file}
	}
	return file, err
}

// leisurely reports whether nobody waits for what is written, by the database's names for it.
func leisurely(category vfs.DiskWriteCategory) bool {
	return category == "pebble-memtable-flush" || category == "pebble-compaction"
}

type yieldingFile struct{ vfs.File }

func (f yieldingFile) Write(p []byte) (int, error) {
	runtime.Gosched()
	return f.File.Write(p)
}
