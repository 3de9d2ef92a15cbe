package main

import (
	"runtime"
	"testing"
)

func TestWhatHoldsMemoryStaysWithinWhatThereIs(t *testing.T) {
	for _, megabytes := range []int{minMemory, defaultMemory, 1 << 10, 64 << 10} {
		m, err := divide(megabytes)
		if err != nil {
			t.Fatal(err)
		}
		held := int64(m.people)*personInCache + m.records + m.blocks + 2*int64(m.memTable) + m.pictures
		if held > m.limit*3/4 || m.limit > int64(megabytes)<<20 || m.people == 0 || m.records == 0 {
			t.Errorf("%d MB: %d bytes are held of a heap of %d", megabytes, held, m.limit)
		}
	}
	if _, err := divide(minMemory - 1); err == nil {
		t.Error("too little memory is enough")
	}
}

// Hardly anything but collecting garbage tells that memory is short; a process that rests, or works, does not.
func TestShortMemoryIsTold(t *testing.T) {
	for _, c := range []struct {
		name            string
		collecting, all float64 // seconds
		tells           bool
	}{
		{"at work", 2, 60, false}, {"at its limit", 40, 100, true}, {"asleep", 0.4, 0.5, false}, {"busy", 29, 100, false},
	} {
		share, tells := work{100 + c.collecting, 1000 + c.all}.strained(work{100, 1000})
		if tells != c.tells {
			t.Errorf("%s: %.2f of the work tells %t", c.name, share, tells)
		}
	}
	before := workSoFar()
	runtime.GC()
	if after := workSoFar(); after.collecting <= before.collecting || after.all < after.collecting {
		t.Errorf("the runtime tells %+v, and after a collection %+v", before, after)
	}
}
