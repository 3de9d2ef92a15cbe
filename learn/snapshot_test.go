package learn

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/aparte-dev/aparte"
	"pgregory.net/rapid"
)

func TestARestoredModelGoesOnToTheSameBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		examples := rapid.SliceOfN(anyExample(), 0, 30).Draw(t, "examples")
		stop := rapid.IntRange(0, len(examples)).Draw(t, "restart after")
		cfg := Config{Bits: 13, NoCrosses: rapid.Bool().Draw(t, "without crosses")}

		through := learnAll(t, NewLinear(cfg), examples...)
		linear, err := Restore(learnAll(t, NewLinear(cfg), examples[:stop]...).Snapshot())
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(through.Snapshot(), learnAll(t, linear, examples[stop:]...).Snapshot()) {
			t.Fatal("the linear models differ")
		}

		throughAll := learnAll(t, NewEnsemble(cfg), examples...)
		ensemble, err := RestoreEnsemble(learnAll(t, NewEnsemble(cfg), examples[:stop]...).Snapshot())
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(throughAll.Snapshot(), learnAll(t, ensemble, examples[stop:]...).Snapshot()) {
			t.Fatal("the ensembles differ")
		}
		if ensemble.Version() != uint64(len(examples)) {
			t.Fatalf("version %d after %d examples", ensemble.Version(), len(examples))
		}
	})
}

// The bytes are the same on every machine and in every release that claims this version: where this
// fails, the kind's version must rise, or the arithmetic has become the machine's.
func TestSnapshotsAreTheSameBytesEverywhere(t *testing.T) {
	small := learnAll(t, NewLinear(Config{Bits: MinBits}), Example{Objective: "o", Reward: 100, Propensity: 1})
	const want = "4c01" + "0c01" + "0101" +
		"000000000000f03f" + "000000000000f03f" + "000000000000f03f" + "0000000000005940" +
		"01" + "b62125d97c4200401c46" + "567cd8a7"
	if got := hex.EncodeToString(small.Snapshot()); got != want {
		t.Errorf("snapshot %s\nwant     %s", got, want)
	}
	large := learnAll(t, NewEnsemble(Config{Bits: 14}), purchases(400, "click", "order")...).Snapshot()
	if sum := crc32.ChecksumIEEE(large); sum != 0x4c1d98c9 {
		t.Errorf("snapshot of %d bytes sums to %#x", len(large), sum)
	}
}

func TestADamagedSnapshotIsRefused(t *testing.T) {
	whole := taught(t, "click", "order").Snapshot()
	for _, at := range []int{0, 1, 2, 20, len(whole) / 2, len(whole) - 1} {
		b := slices.Clone(whole)
		b[at] ^= 0x40
		if _, err := RestoreEnsemble(b); err == nil {
			t.Errorf("byte %d changed, and nobody noticed", at)
		}
	}
	for _, length := range []int{0, 1, 5, 6, len(whole) - 1} {
		if _, err := RestoreEnsemble(whole[:length]); err == nil {
			t.Errorf("cut to %d bytes, and nobody noticed", length)
		}
	}
	old := slices.Clone(whole)
	if old[1]--; !errors.Is(func() error { _, err := RestoreEnsemble(old); return err }(), ErrOtherVersion) {
		t.Error("a snapshot of another version is not said to be one")
	}
	if _, err := Restore(whole); err == nil || !strings.Contains(err.Error(), "kind") {
		t.Errorf("an ensemble read as a linear model: %v", err)
	}
}

func TestASnapshotTakesRoomForWhatWasTouchedOnly(t *testing.T) {
	empty := len(NewLinear(Config{}).Snapshot())
	e := purchases(1, "order")[0]
	one := len(learnAll(t, NewLinear(Config{}), e).Snapshot())
	if empty > 64 || one > empty+28*16 {
		t.Errorf("%d bytes when empty, %d after one example", empty, one)
	}
}

// FuzzRestore tries bytes as they are and with the checksum put right.
func FuzzRestore(f *testing.F) {
	cfg := Config{Bits: MinBits}
	f.Add(NewLinear(cfg).Snapshot())
	f.Add(learnAll(f, NewLinear(cfg), purchases(3, "o")...).Snapshot())
	f.Add(learnAll(f, NewHybrid(cfg), purchases(3, "o")...).Snapshot())
	f.Add(learnAll(f, NewEnsemble(cfg), purchases(3, "o", "p")...).Snapshot())
	f.Fuzz(func(t *testing.T, b []byte) {
		sealed := b
		if len(b) >= 4 {
			body := b[:len(b)-4]
			sealed = binary.LittleEndian.AppendUint32(slices.Clone(body), crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli)))
		}
		for _, b := range [][]byte{b, sealed} {
			if l, err := Restore(b); err == nil {
				again, err := Restore(l.Snapshot())
				if err != nil || !bytes.Equal(again.Snapshot(), l.Snapshot()) {
					t.Fatalf("what was restored cannot be restored again: %v", err)
				}
				if v := score(l, nil, nil); math.IsNaN(v) {
					t.Fatal("scores NaN")
				}
			}
			if h, err := RestoreHybrid(b); err == nil {
				again, err := RestoreHybrid(h.Snapshot())
				if err != nil || !bytes.Equal(again.Snapshot(), h.Snapshot()) {
					t.Fatalf("what was restored cannot be restored again: %v", err)
				}
			}
			if e, err := RestoreEnsemble(b); err == nil {
				if _, err := RestoreEnsemble(e.Snapshot()); err != nil {
					t.Fatalf("what was restored cannot be restored again: %v", err)
				}
			}
		}
	})
}

func TestAFaintFeatureWaitsThroughARestart(t *testing.T) {
	faint := Example{
		Objective: "visit", Propensity: 0.5,
		Features: aparte.Features{Context: []aparte.Feature{{Hash: 7, Value: 1.0 / 8192}}, Action: []aparte.Feature{{Hash: 1, Value: 1}}},
	}
	next := faint
	next.Reward = 1
	through := learnAll(t, NewHybrid(Config{Bits: MinBits}), faint, next)
	restored, err := RestoreHybrid(learnAll(t, NewHybrid(Config{Bits: MinBits}), faint).Snapshot())
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(through.Snapshot(), learnAll(t, restored, next).Snapshot()) {
		t.Error("the models differ")
	}
}
