package learn

import (
	"bytes"
	"math"
	"testing"
)

func TestWhatChangedIsForgottenAndNothingElse(t *testing.T) {
	f := NewForgetting(Config{Bits: MinBits})
	examples := purchases(6000, "click", "order")
	learnAll(t, f, examples[:3000]...)
	if f.Version() != 3000 {
		t.Errorf("%d examples count where nothing changed", f.Version())
	}
	for i := range examples[3000:] {
		examples[3000+i].Reward += 20_000
	}
	learnAll(t, f, examples[3000:]...)
	if f.Version() > 3000+youth { // those before the change that a younger one may have learned
		t.Errorf("%d examples count after the change", f.Version())
	}
	fresh := learnAll(t, NewEnsemble(Config{Bits: MinBits}), examples[3000:]...)
	e := examples[5999].Features
	if got, want := score(f, e.Context, e.Action), score(fresh, e.Context, e.Action); math.Abs(got-want) > 1000 {
		t.Errorf("scores %.0f, one begun at the change %.0f", got, want)
	}
}

func TestAForgettingModelGoesOnFromItsSnapshot(t *testing.T) {
	examples := purchases(1600, "click", "order")
	f := learnAll(t, NewForgetting(Config{Bits: MinBits}), examples[:1000]...)
	again, err := RestoreForgetting(f.Snapshot())
	if err != nil {
		t.Fatal(err)
	}
	learnAll(t, f, examples[1000:]...)
	learnAll(t, again, examples[1000:]...)
	if !bytes.Equal(f.Snapshot(), again.Snapshot()) {
		t.Error("the two went different ways")
	}
	whole := f.Snapshot()
	for n := range whole {
		if n%997 != 0 {
			continue
		}
		if _, err := RestoreForgetting(whole[:n]); err == nil {
			t.Errorf("%d bytes of %d are restored", n, len(whole))
		}
	}
}
