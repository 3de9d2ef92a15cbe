package pebble

import (
	"encoding/binary"
	"maps"
	"testing"

	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte/store"
)

// keyspace is a part's event keys and mark as they are, and as its files have them.
type keyspace struct {
	recent    recent
	all       map[store.Key]bool
	files     map[store.Key]bool
	mark      mark
	fileMark  mark
	committed uint64
}

func newKeyspace() *keyspace {
	return &keyspace{all: map[store.Key]bool{}, files: map[store.Key]bool{}}
}

func keyOf(n uint64) store.Key {
	return store.Key(binary.BigEndian.AppendUint64(make([]byte, 8, 16), n))
}

// commit adds as many keys, and deletes one of before, which may come back at once.
func (s *keyspace) commit(more int, gone store.Key, back bool) {
	var entries []store.Entry
	if back {
		entries = append(entries, store.Entry{Key: gone})
	}
	for range more {
		s.committed++
		entries = append(entries, store.Entry{Key: keyOf(s.committed)})
	}
	brought := s.recent.next(1)
	if brought != (mark{}) {
		s.mark = brought
	}
	deleted := gone != (store.Key{})
	delete(s.all, gone)
	for i := range entries {
		s.all[entries[i].Key] = true
	}
	s.recent.committed(entries, deleted, brought)
}

// flush makes files of memtables.
func (s *keyspace) flush() { s.files, s.fileMark = maps.Clone(s.all), s.mark }

// Whatever was committed and deleted, and whenever memtables became files, asking recent and then the files, or
// everything where recent says so, finds the keys that are there and no others.
func TestWhatIsRecentAndWhatIsInFilesIsEverything(t *testing.T) {
	told := 0
	rapid.Check(t, func(t *rapid.T) {
		s := newKeyspace()
		old := func(t *rapid.T, label string) store.Key {
			return keyOf(rapid.Uint64Range(max(s.committed, 3)-2, s.committed+1).Draw(t, label))
		}
		var seen []mark // by readers who have looked at the files and not told yet
		t.Repeat(map[string]func(*rapid.T){
			"keys are committed": func(t *rapid.T) {
				s.commit(rapid.SampledFrom([]int{1, generationSize, generationSize}).Draw(t, "keys"), store.Key{}, false)
			},
			"more keys are committed than are remembered": func(t *rapid.T) {
				if rapid.IntRange(0, 9).Draw(t, "rarely") == 0 {
					s.commit(maxGeneration+1, store.Key{}, false)
				}
			},
			"a key is deleted": func(t *rapid.T) {
				s.commit(rapid.IntRange(0, 3).Draw(t, "keys"), old(t, "deleted"), rapid.Bool().Draw(t, "back"))
			},
			"a key that was deleted comes back": func(t *rapid.T) {
				if k := old(t, "key"); !s.all[k] {
					s.all[k] = true
					s.recent.committed([]store.Entry{{Key: k}}, false, mark{})
				}
			},
			"nobody knows what became of a batch": func(t *rapid.T) {
				if rapid.IntRange(0, 9).Draw(t, "rarely") == 0 {
					s.recent.failed()
				}
			},
			"memtables become files": func(*rapid.T) { s.flush() },
			"time passes": func(*rapid.T) {
				s.commit(generationSize, store.Key{}, false)
				s.commit(1, store.Key{}, false)
				s.flush()
				if m, wanted := s.recent.waiting(); wanted && s.fileMark == m {
					s.recent.settled(m)
				}
			},
			"somebody looks for the mark": func(*rapid.T) {
				if m, wanted := s.recent.waiting(); wanted && s.fileMark == m {
					seen = append(seen, m)
				}
			},
			"somebody tells what they saw": func(*rapid.T) {
				if len(seen) > 0 {
					s.recent.settled(seen[0])
					seen = seen[1:]
				}
			},
			"": func(t *rapid.T) {
				keys := []store.Key{old(t, "asked"), keyOf(1), keyOf(s.committed), keyOf(s.committed + 1)}
				found := make([]bool, len(keys))
				rest := s.all
				if s.recent.look(keys, found) {
					rest = s.files
					told++
				}
				for i, k := range keys {
					if got := found[i] || rest[k]; got != s.all[k] {
						t.Fatalf("key %x: seen is %v, want %v", k, got, s.all[k])
					}
				}
			},
		})
	})
	if told == 0 {
		t.Error("files alone were never enough: the test shows nothing")
	}
}

// In a part that is written to steadily files are soon all that is asked, and little is remembered.
func TestRecentKeysAreForgottenWhenTheyAreInFiles(t *testing.T) {
	s := newKeyspace()
	for range 100 {
		s.commit(generationSize/2, store.Key{}, false)
		if m, wanted := s.recent.waiting(); wanted && s.fileMark == m {
			s.recent.settled(m)
		}
		s.flush()
	}
	if !s.recent.look(nil, nil) {
		t.Error("memtables are still asked")
	}
	if n := len(s.recent.older) + len(s.recent.newer); n > 4*generationSize {
		t.Errorf("%d keys are remembered", n)
	}
}
