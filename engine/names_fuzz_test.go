package engine

import (
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// A place in a story that is read leads to where the one leads that is written of it.
func FuzzStoryPlace(f *testing.F) {
	for _, text := range []string{"", StoryPlace{At: time.Unix(9, 7), Told: 3}.String(), "2026-05-01T10:00:00Z~0", "2026-05-01T10:00:00Z", "~", "2026-05-01T10:00:00+14:00~1", "9999-12-31T23:59:59.999999999Z~9999999"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, ok := ParseStoryPlace(text)
		if !ok {
			return
		}
		if again, ok := ParseStoryPlace(p.String()); !ok || again.Told != p.Told || !again.At.Equal(p.At) {
			t.Fatalf("%q is %+v, which is written %q and read as %+v", text, p, p, again)
		}
	})
}

// Names of timers come from the store; one that is none is told as one, without what stands in it.
func FuzzTimerName(f *testing.F) {
	id := aparte.DecisionID{Seq: 3}
	for _, name := range []string{"deliver:" + id.String() + ":0", "promise:9:100:budget:content", "promise:9:-1:%zz:x", "::", ":::::", "deliver:d_x:1"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if id, _, err := parseDelivery(name); err == nil && !strings.Contains(strings.ToLower(name), id.Person.String()[2:]) {
			t.Fatalf("%q is a delivery of %s", name, id)
		}
		if x, err := parsePromise(name); err == nil && x.hour.IsZero() {
			t.Fatalf("%q is a promise of no hour", name)
		}
	})
}

// What stands in histories besides events is read, or told to be damaged.
func FuzzHistoryEntry(f *testing.F) {
	f.Add([]byte{0}, uint8(store.EventEntry))
	f.Add([]byte{eventVersion, 0x08, 0x01}, uint8(store.EventEntry))
	f.Add(make([]byte, 80), uint8(store.MergeEntry))
	f.Add([]byte(`{"who":"p_00000000000000000000000000000000"}`), uint8(store.SplitEntry))
	f.Fuzz(func(t *testing.T, body []byte, kind uint8) {
		if m, err := readMerging(body); err == nil && len(m.state) == 0 && !m.forgot {
			t.Log("a merge of nobody") // its state is read when it is undone
		}
		_, _ = readSplitting(body)
		_, _ = readApplying(body)
		if names, err := readForgotten(body); err == nil && len(names) > len(body) {
			t.Fatalf("%d names in %d bytes", len(names), len(body))
		}
		entry := store.Entry{Kind: store.EntryKind(kind), Seq: 3, Body: body}
		if e, err := readEntry(entry); err == nil && e.Seq != entry.Seq {
			t.Fatalf("entry %d is read as %d", entry.Seq, e.Seq)
		}
	})
}
