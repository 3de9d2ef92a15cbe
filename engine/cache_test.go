package engine

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/profile"
)

// Whatever a cache of any size was told, it knows of somebody what it was told last, or nothing; and of who came last, always.
func TestACacheKnowsTheLatestOrNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		decoded, bytes := rapid.IntRange(1, 8).Draw(t, "decoded"), rapid.Int64Range(0, 4000).Draw(t, "bytes")
		c := newCache(decoded, bytes)
		latest := map[aparte.PersonID]aparte.Person{}
		at := time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC)
		letGo := 0
		for range 200 {
			id := aparte.PersonID{byte(rapid.IntRange(1, 20).Draw(t, "who"))}
			switch rapid.IntRange(0, 30).Draw(t, "what") {
			case 0:
				c.drop(id)
				delete(latest, id)
			case 1:
				c.clear()
				clear(latest)
			default:
				p := latest[id]
				p.ID, p.FirstSeen, p.LastSeen, p.Seq = id, at, at.Add(time.Duration(len(latest))*time.Second), p.Seq+1
				p.Identifiers = []aparte.Identifier{{Kind: aparte.KindUserID, Value: rapid.StringN(1, 300, 900).Draw(t, "name")}}
				c.put(&p)
				latest[id] = p
				if got := c.get(id); got == nil || got.Seq != p.Seq {
					t.Fatalf("it does not know who came last")
				}
			}
			for id, want := range latest {
				_, held := c.records.get(id)
				if c.by[id] == nil && held {
					letGo++
				}
				got := c.get(id)
				if got == nil {
					if c.has(id) {
						t.Fatal("it has somebody whom it does not know")
					}
					continue
				}
				if got.Seq != want.Seq || string(profile.Encode(nil, got)) != string(profile.Encode(nil, &want)) {
					t.Fatalf("of %v it knows entry %d, and the last is %d", id, got.Seq, want.Seq)
				}
			}
			if len(c.by) > decoded || int64(cap(c.records.newer.bytes)+cap(c.records.older.bytes)) > bytes {
				t.Fatalf("%d decoded of %d, %d and %d bytes of %d", len(c.by), decoded, cap(c.records.newer.bytes), cap(c.records.older.bytes), bytes)
			}
		}
		t.Logf("%d times somebody was known by their record", letGo)
	})
}
