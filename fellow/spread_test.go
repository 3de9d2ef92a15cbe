package fellow_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte/fellow"
	"github.com/aparte-dev/aparte/store"
)

// held is what each of some members has, as a store would let them: a part is one's at most.
func held(t *rapid.T) (parts int, members []fellow.Member) {
	parts = rapid.IntRange(1, 130).Draw(t, "parts")
	n := rapid.IntRange(1, 9).Draw(t, "members")
	for i := range n {
		members = append(members, fellow.Member{URL: fmt.Sprint("http://node-", i)})
	}
	for part := range store.Part(parts) {
		if who := rapid.IntRange(-1, n-1).Draw(t, "who"); who >= 0 {
			members[who].Has = append(members[who].Has, part)
		}
	}
	return parts, members
}

func TestPartsAreSpreadEvenly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts, members := held(t)
		wants := fellow.Spread(parts, members)
		seen := make([]int, parts)
		moved, least := 0, 0
		for i, want := range wants {
			if len(want) > (parts+len(members)-1)/len(members) && len(want) > 1 || len(want) < parts/len(members) && i > 0 {
				t.Fatalf("member %d is to have %d of %d parts, among %d", i, len(want), parts, len(members))
			}
			for _, part := range want {
				seen[part]++
				if !slices.Contains(members[i].Has, part) {
					moved++
				}
			}
		}
		if seen[0] != 1 || !slices.Contains(wants[0], 0) {
			t.Fatal("the office is not the first member's")
		}
		for part, n := range seen {
			if n != 1 {
				t.Fatalf("part %d is to be had by %d", part, n)
			}
		}
		// No more moves than evenness needs: what is had beyond an even share, what nobody has, and the office, for which another part may go.
		for i, m := range members {
			least += max(0, len(m.Has)-len(wants[i]))
		}
		free := parts
		for _, m := range members {
			free -= len(m.Has)
		}
		if moved > least+free+2 {
			t.Fatalf("%d parts are to move where %d have to", moved, least+free)
		}
	})
}

// A member that does what it is told is told nothing more.
func TestASpreadIsStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts, members := held(t)
		wants := fellow.Spread(parts, members)
		for i := range members {
			members[i].Has = wants[i]
		}
		for i, again := range fellow.Spread(parts, members) {
			if !slices.Equal(again, wants[i]) {
				t.Fatalf("member %d is to have %v, and then %v", i, wants[i], again)
			}
		}
	})
}
