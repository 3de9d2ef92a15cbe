package store

import (
	"errors"
	"fmt"
)

// Bounds of what is written, far above what the engine sends.
const (
	MaxName  = 512       // bytes of a timer's, counter's, document's or owner's name
	MaxBatch = 256 << 20 // bytes of a batch or a document
)

// Size is about how many bytes a batch comes to, or says what in it is out of bounds.
func (b *Batch) Size() (size int, err error) {
	const row = 64 // a row's key, header and what the database adds
	size = row * (1 + len(b.People) + len(b.Identifiers) + 2*len(b.Entries) + len(b.Rewritten) + 3*len(b.Timers) + 2*len(b.Fired) +
		len(b.Counters) + 2*len(b.Uncounted) + len(b.Letters) + len(b.Delivered) + len(b.Feed) + len(b.Erased))
	for i := range b.People {
		size += len(b.People[i].State)
	}
	for i := range b.Entries {
		if b.Entries[i].Seq == 0 {
			return 0, errors.New("an entry has no number")
		}
		size += len(b.Entries[i].Body)
	}
	for i := range b.Rewritten {
		size += len(b.Rewritten[i].Body)
	}
	for i := range b.Letters {
		size += len(b.Letters[i].Body)
	}
	for i := range b.Feed {
		size += len(b.Feed[i])
	}
	for _, timers := range [...][]Timer{b.Timers, b.Fired} {
		for i := range timers {
			size += 3 * len(timers[i].Name)
			if len(timers[i].Name) > MaxName {
				return 0, fmt.Errorf("name of a timer has %d bytes, the bound is %d", len(timers[i].Name), MaxName)
			}
		}
	}
	for _, key := range b.Uncounted {
		size += 2 * len(key)
		if len(key) > MaxName {
			return 0, fmt.Errorf("key of a counter has %d bytes, the bound is %d", len(key), MaxName)
		}
	}
	for i := range b.Counters {
		size += len(b.Counters[i].Key)
		if len(b.Counters[i].Key) > MaxName {
			return 0, fmt.Errorf("key of a counter has %d bytes, the bound is %d", len(b.Counters[i].Key), MaxName)
		}
	}
	if size > MaxBatch {
		return 0, fmt.Errorf("batch of %d bytes, the bound is %d", size, MaxBatch)
	}
	return size, nil
}
