package pebble

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	lsm "github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// Defaults of Options.
const (
	DefaultParts        = 32 // an owner each: with fewer, more events share a commit; with more, more nodes can share the work later
	DefaultCacheSize    = 32 << 20
	DefaultMemTableSize = 32 << 20
	DefaultReserve      = 256 << 20
)

// Options says how to open a store. The zero value is right for one machine.
type Options struct {
	// Parts is the number of parts, 1 to 4096, fixed when the store is created. 0: DefaultParts for a
	// new store, whatever it has for an old one.
	Parts int
	// CacheSize is how many bytes are kept in memory besides up to two memtables: decompressed blocks, and in a quarter
	// of it what is known not to be there; DefaultCacheSize when 0. A store of more than some 6 million events wants
	// more: of each byte an event in that quarter, one in a hundred new events is looked for in vain.
	CacheSize int64
	// MemTableSize is how many bytes of writes are gathered before they become a file;
	// DefaultMemTableSize when 0. Up to two are in memory, and in the log that is read again after a
	// crash. Larger ones make writing cheaper: fewer, larger files are merged and asked.
	MemTableSize int
	// Reserve is how many bytes stay free on the disk: with less, batches are refused with store.ErrFull, as a log
	// that cannot be written ends the process. What the database does in the background needs room, too.
	// DefaultReserve when 0.
	Reserve uint64
	// Rand is where the secret comes from; crypto/rand when nil.
	Rand io.Reader
	// FS is the file system; the operating system's when nil.
	FS vfs.FS
	// Logger is told what the database does; nil is silent.
	Logger *slog.Logger
}

// Memory is a file system for Options.FS that is gone with the process: for a simulation, or a trial.
func Memory() vfs.FS { return vfs.NewMem() }

const (
	memTables  = 2       // in memory at most
	forKnown   = 4       // which share of the cache's bytes goes to what is known (known.go)
	filterBits = 10      // of the filters, a key: they let about 1 % of absent keys pass
	blockSize  = 8 << 10 // what a read of one state decompresses
	fileSize   = 8 << 20 // small, so that a file's filter is small: it is read whole

	// syncEvery is how long one sync of the log lets the next wait, so that many batches share it. A batch that comes
	// alone does not wait.
	syncEvery = 500 * time.Microsecond
)

// database is the options of the database itself. The filters, which Seen and the conflict checks of
// Commit live on, are set for all levels. Their price is a look at every level and at every file that a memtable
// became, so writers wait before many of those pile up; but to merge four at a time instead of eight costs more.
func (o *Options) database() *lsm.Options {
	d := &lsm.Options{
		FS:                          yielding{o.FS},
		FormatMajorVersion:          lsm.FormatValueSeparation, // the newest; raise it by hand
		Merger:                      &merger,
		Logger:                      logger{o.Logger},
		CacheSize:                   o.CacheSize - o.CacheSize/forKnown + memTables*int64(o.MemTableSize), // memtables take theirs from it
		MemTableSize:                uint64(o.MemTableSize),
		MemTableStopWritesThreshold: memTables,
		L0CompactionThreshold:       8,
		L0StopWritesThreshold:       16,
		Cleaner:                     cleaner{},
		MaxManifestFileSize:         manifestSize,
		CompactionConcurrencyRange:  func() (int, int) { return 1, 2 },
	}
	d.Experimental.L0CompactionConcurrency = 2
	for i := range d.Levels {
		d.TargetFileSizes[i] = fileSize
		d.Levels[i] = lsm.LevelOptions{
			BlockSize:      blockSize,
			IndexBlockSize: 8 * blockSize,
			FilterPolicy:   bloom.FilterPolicy(filterBits),
		}
	}
	d.WALMinSyncInterval = func() time.Duration { return syncEvery }
	d.ApplyCompressionSettings(func() lsm.DBCompressionSettings { return lsm.DBCompressionFastest })
	d.EventListener = &lsm.EventListener{BackgroundError: func(err error) { d.Logger.Errorf("background: %v", err) }}
	return d
}

// logger lets the database speak through slog.
type logger struct{ to *slog.Logger }

func (l logger) Infof(format string, args ...any)  { l.log(slog.LevelDebug, format, args) }
func (l logger) Errorf(format string, args ...any) { l.log(slog.LevelError, format, args) }

// Fatalf ends the process: a disk failed under the log, and nobody can say what is durable. Opening the
// store again tells.
func (l logger) Fatalf(format string, args ...any) {
	if l.to == nil {
		fmt.Fprintf(os.Stderr, "store: "+format+"\n", args...)
	}
	l.log(slog.LevelError, format, args)
	os.Exit(1)
}

func (l logger) log(level slog.Level, format string, args []any) {
	if l.to != nil && l.to.Enabled(context.Background(), level) {
		l.to.Log(context.Background(), level, fmt.Sprintf(format, args...), "from", "pebble")
	}
}
