package pebble

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

// The database merges values in whatever groups its files hold them.
func TestARowIsTheSameInWhateverGroupsItsGrowthIsMerged(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var values [][]byte
		want := number(0)
		if rapid.Bool().Draw(t, "has a state") {
			state := rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "state")
			values = append(values, append(append(number(1), stateFollows), state...))
			want = bytes.Clone(values[0])
		}
		for last := uint64(2); last < uint64(rapid.IntRange(3, 20).Draw(t, "last")); last++ {
			values = append(values, append(number(last), growthFollows))
			copy(want, number(last))
		}
		if len(values) == 0 {
			return
		}
		if got := mergeInGroups(t, values); !bytes.Equal(got, want) {
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
		all := from == 0 && (to == len(values) || !isGrowth(values[0]))
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
		one, _, err := m.Finish(all)
		if err != nil {
			t.Fatal(err)
		}
		if from == 0 && to == len(values) {
			return one
		}
		values = append(append(append([][]byte(nil), values[:from]...), one), values[to:]...)
	}
}
