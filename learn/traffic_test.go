package learn

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
)

func seenTogether(day int32, ids ...aparte.ItemID) *Trace {
	return &Trace{Day: day, Weight: 1, Items: ids[:1], With: ids[1:]}
}

func traced(t testing.TB, to *Traffic, traces ...*Trace) {
	t.Helper()
	for _, tr := range traces {
		if err := to.Learn(tr); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWhatIsMetTogetherMostIsClosestButNotWhatIsMetWithAnything(t *testing.T) {
	traffic := NewTraffic()
	for i := range 200 { // the bag is bought with anything
		traced(t, traffic, seenTogether(1, "bag", aparte.ItemID(fmt.Sprint("other", i%40))))
	}
	for range 10 {
		traced(t, traffic, seenTogether(1, "lamp", "bulb"), seenTogether(1, "lamp", "bag"))
	}
	traced(t, traffic, seenTogether(1, "lamp", "vase"))
	if diff := cmp.Diff([]aparte.ItemID{"bulb", "bag", "vase"}, traffic.Companions("lamp", nil)); diff != "" {
		t.Error(diff)
	}
}

func TestFashionsPass(t *testing.T) {
	traffic := NewTraffic()
	for range 8 {
		traced(t, traffic, seenTogether(0, "coat", "scarf"))
	}
	for range 3 {
		traced(t, traffic, seenTogether(3*TrafficHalfLife, "coat", "hat"))
	}
	if diff := cmp.Diff([]aparte.ItemID{"hat", "scarf"}, traffic.Companions("coat", nil)); diff != "" {
		t.Error(diff)
	}
}

func TestAnItemKeepsTheCompanionItIsMetWithMost(t *testing.T) {
	traffic := NewTraffic()
	for i := range 300 { // more often than a share of 1/MaxCompanions, so Space-Saving cannot lose it
		traced(t, traffic, seenTogether(1, "lamp", "bulb"), seenTogether(1, "lamp", aparte.ItemID(fmt.Sprint("passing", i))))
	}
	if got := traffic.Companions("lamp", nil); len(got) == 0 || got[0] != "bulb" || len(got) > MaxCompanions {
		t.Errorf("companions %q", got)
	}
}

// drawTraces are traces of few items, so that much happens to each.
func drawTraces(t *rapid.T) []*Trace {
	id := rapid.Custom(func(t *rapid.T) aparte.ItemID {
		return aparte.ItemID(fmt.Sprint("i", rapid.IntRange(0, 20).Draw(t, "item")))
	})
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) *Trace {
		return &Trace{
			Day: rapid.Int32Range(0, 5000).Draw(t, "day"), Weight: rapid.Float64Range(0, 9).Draw(t, "weight"),
			Items: rapid.SliceOfN(id, 1, 4).Draw(t, "items"), With: rapid.SliceOfN(id, 0, 4).Draw(t, "with"),
			Shown: rapid.Bool().Draw(t, "shown"),
		}
	}), 0, 60).Draw(t, "traces")
}

func TestTrafficGoesOnFromItsSnapshotToTheSameBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		traces := drawTraces(t)
		cut := rapid.IntRange(0, len(traces)).Draw(t, "cut")
		one := NewTraffic()
		for _, tr := range traces[:cut] {
			if err := one.Learn(tr); err != nil {
				t.Fatal(err)
			}
		}
		published := one.Clone()
		was := published.Snapshot()
		other, err := RestoreTraffic(one.Snapshot())
		if err != nil {
			t.Fatal(err)
		}
		for _, tr := range traces[cut:] {
			read, err := ParseTrace(tr.Append(nil))
			if err != nil {
				t.Fatal(err)
			}
			if one.Learn(tr) != nil || other.Learn(&read) != nil {
				t.Fatal("a trace was refused")
			}
		}
		if !bytes.Equal(one.Snapshot(), other.Snapshot()) {
			t.Fatal("the one restored went another way")
		}
		if !bytes.Equal(published.Snapshot(), was) {
			t.Fatal("what was published changed")
		}
	})
}

func TestTrafficIsBounded(t *testing.T) {
	traffic := NewTraffic()
	for i := range int32(MaxItemsKnown + 1) {
		traced(t, traffic, seenTogether(i/1000, aparte.ItemID(fmt.Sprint("i", i))))
	}
	if want := MaxItemsKnown*3/4 + 1; traffic.known != want {
		t.Errorf("%d items known, want %d", traffic.known, want)
	}
	if traffic.find("i0") != nil || traffic.find(aparte.ItemID(fmt.Sprint("i", MaxItemsKnown))) == nil {
		t.Error("not the oldest were forgotten")
	}
}

func FuzzRestoreTraffic(f *testing.F) {
	traffic := NewTraffic()
	traced(f, traffic, seenTogether(1, "lamp", "bulb"))
	f.Add(traffic.Snapshot())
	f.Fuzz(func(t *testing.T, b []byte) {
		if t1, err := RestoreTraffic(b); err == nil && len(t1.Snapshot()) == 0 {
			t.Error("nothing came of it")
		}
	})
}

func FuzzParseTrace(f *testing.F) {
	f.Add(seenTogether(1, "lamp", "bulb").Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		if tr, err := ParseTrace(b); err == nil {
			if err := NewTraffic().Learn(&tr); err != nil {
				t.Error(err)
			}
		}
	})
}

func BenchmarkTraffic(b *testing.B) {
	traffic := NewTraffic()
	i := uint32(0)
	for b.Loop() {
		i = i*1664525 + 1013904223
		a, c := i>>8%100_000, i>>16%100_000
		traced(b, traffic, seenTogether(1, aparte.ItemID(fmt.Sprint("i", a)), aparte.ItemID(fmt.Sprint("i", c))))
		if i%1024 == 0 {
			traffic.Clone()
		}
	}
}
