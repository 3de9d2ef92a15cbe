package pebble

import (
	"bytes"
	"encoding/binary"
	"testing"

	"pgregory.net/rapid"
)

// edited is a value that came about by a few edits of another.
func edited(t *rapid.T, old []byte) []byte {
	new := bytes.Clone(old)
	for range rapid.IntRange(0, 6).Draw(t, "edits") {
		at := rapid.IntRange(0, len(new)).Draw(t, "at")
		drop := rapid.IntRange(0, min(60, len(new)-at)).Draw(t, "drop")
		add := rapid.SliceOfN(rapid.Byte(), 0, 60).Draw(t, "add")
		new = append(append(bytes.Clone(new[:at]), add...), new[at+drop:]...)
	}
	return new
}

func TestAPatchTurnsTheOldValueIntoTheNew(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		old := rapid.SliceOfN(rapid.ByteRange(0, 3), 0, 400).Draw(t, "old") // few different bytes: misleading resemblances
		new := edited(t, old)
		got, err := applyPatch(nil, old, appendPatch(nil, old, new))
		if err != nil || !bytes.Equal(got, new) {
			t.Fatalf("%x became %x (%v), want %x", old, got, err, new)
		}
	})
}

func TestAPatchOfASmallChangeIsSmall(t *testing.T) {
	old := make([]byte, 2000)
	for i := range old {
		old[i] = byte(i * i >> 3)
	}
	new := append(append(bytes.Clone(old[:700]), "inserted"...), old[700:]...)
	new[100]++
	new = append(new[:1500], new[1510:]...)
	if patch := appendPatch(nil, old, new); len(patch) > 32 {
		t.Errorf("the patch of three small edits has %d bytes", len(patch))
	}
	if patch := appendPatch(nil, old, old); len(patch) != 0 {
		t.Errorf("the patch of no edit has %d bytes", len(patch))
	}
}

func FuzzAPatchThatFitsNothingIsRefused(f *testing.F) {
	f.Add([]byte("old"), []byte{1, 1, 1, 'x'})
	f.Add([]byte(""), []byte{255, 255, 255, 255, 255, 255, 255, 255, 255, 1, 0, 0})
	f.Fuzz(func(t *testing.T, old, patch []byte) {
		got, err := applyPatch(nil, old, patch)
		if err == nil && len(got) > len(old)+len(patch) {
			t.Errorf("%d bytes out of %d and %d", len(got), len(old), len(patch))
		}
	})
}

// The database merges values in whatever groups its files hold them.
func TestARowIsTheSameInWhateverGroupsItsChangesAreMerged(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		state := rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "state")
		hasRow := rapid.Bool().Draw(t, "has a row")
		var values [][]byte
		want := number(0)
		if hasRow {
			want = append(append(number(1), stateFollows), state...)
			values = append(values, want)
		}
		for last := uint64(2); last < uint64(rapid.IntRange(2, 20).Draw(t, "changes")); last++ {
			change := append(number(last), changeFollows)
			if hasRow && rapid.Bool().Draw(t, "changes the state") {
				next := edited(t, state)
				if patch := appendPatch(nil, state, next); len(patch) > 0 {
					change = append(binary.AppendUvarint(change, uint64(len(patch))), patch...)
				}
				state = next
			}
			values = append(values, change)
			if want = number(last); hasRow {
				want = append(append(want, stateFollows), state...)
			}
		}
		if len(values) == 0 {
			return
		}
		got := mergeInGroups(t, values)
		if !bytes.Equal(got, want) {
			t.Fatalf("merged to %x, want %x", got, want)
		}
	})
}

// mergeInGroups merges values, oldest first, as a database might: neighbours first, in any direction.
func mergeInGroups(t *rapid.T, values [][]byte) []byte {
	key := []byte{tablePerson}
	for {
		from := rapid.IntRange(0, len(values)-1).Draw(t, "from")
		to := rapid.IntRange(from+1, len(values)).Draw(t, "to")
		whole := from == 0 && (to == len(values) || !isChange(values[0]))
		start := rapid.IntRange(from, to-1).Draw(t, "start")
		m, err := merger.Merge(key, values[start])
		for i := start + 1; i < to && err == nil; i++ {
			err = m.MergeNewer(values[i])
		}
		for i := start - 1; i >= from && err == nil; i-- {
			err = m.MergeOlder(values[i])
		}
		if err != nil {
			t.Fatal(err)
		}
		one, _, err := m.Finish(whole)
		if err != nil {
			t.Fatal(err)
		}
		if from == 0 && to == len(values) {
			return one
		}
		values = append(append(append([][]byte(nil), values[:from]...), one), values[to:]...)
	}
}
