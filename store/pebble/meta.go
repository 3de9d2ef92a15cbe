package pebble

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	lsm "github.com/cockroachdb/pebble/v2"

	"github.com/aparte-dev/aparte"
)

// What is written once, when a store is created.
const (
	metaFormat = "format" // number: the version of the layout in keys.go
	metaParts  = "parts"  // number
	metaSecret = "secret" // secretLen bytes
	metaPurged = "purged" // nothing; put so that the log begins anew (purge.go)
)

const (
	format    = 1
	secretLen = 32
	maxParts  = 4096
	maxMemo   = 1 << 17 // rows in all parts' memos of one kind: a few megabytes
)

// readMeta reads what the store was created with, or creates it: then it is fresh.
func (s *Store) readMeta(opts *Options) (fresh bool, err error) {
	_, found, err := s.get(nameKey(tableMeta, metaFormat))
	if err == nil && !found {
		err = s.create(opts)
	}
	if err != nil {
		return false, err
	}
	version, err := s.metaNumber(metaFormat)
	if err != nil {
		return false, err
	}
	if version != format {
		return false, fmt.Errorf("its format is %d, this program knows %d", version, format)
	}
	parts, err := s.metaNumber(metaParts)
	if err != nil {
		return false, err
	}
	if parts < 1 || parts > maxParts {
		return false, fmt.Errorf("damaged: %d parts", parts)
	}
	if opts.Parts != 0 && uint64(opts.Parts) != parts {
		return false, fmt.Errorf("it was created with %d parts and cannot have %d", parts, opts.Parts)
	}
	s.parts = make([]part, parts)
	for i := range s.parts {
		s.parts[i].tails = newMemo[aparte.PersonID, uint64](maxMemo/int(parts) + 1)
		s.parts[i].alarms = newMemo[timerID, alarm](maxMemo/int(parts) + 1)
		s.parts[i].known.blocks = newKnown(opts.CacheSize / forKnown / int64(parts))
		s.parts[i].known.whole.Store(!found)
	}
	s.secret, _, err = s.get(nameKey(tableMeta, metaSecret))
	if err == nil && len(s.secret) != secretLen {
		err = fmt.Errorf("damaged: secret of %d bytes", len(s.secret))
	}
	return !found, err
}

func (s *Store) create(opts *Options) error {
	parts := opts.Parts
	if parts == 0 {
		parts = DefaultParts
	}
	secret := make([]byte, secretLen)
	if _, err := io.ReadFull(opts.Rand, secret); err != nil {
		return fmt.Errorf("draw the secret: %w", err)
	}
	b := s.db.NewBatch()
	err := errors.Join(
		b.Set(nameKey(tableMeta, metaFormat), number(format), nil),
		b.Set(nameKey(tableMeta, metaParts), number(uint64(parts)), nil),
		b.Set(nameKey(tableMeta, metaSecret), secret, nil),
	)
	if err == nil {
		err = b.Commit(lsm.Sync)
	}
	return errors.Join(err, b.Close())
}

func (s *Store) metaNumber(name string) (uint64, error) {
	v, _, err := s.get(nameKey(tableMeta, name))
	if err != nil {
		return 0, err
	}
	if len(v) != numberLen {
		return 0, fmt.Errorf("damaged: %s of %d bytes", name, len(v))
	}
	return binary.BigEndian.Uint64(v), nil
}

func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
