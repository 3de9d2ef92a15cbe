package main

import "testing"

func TestWhatHoldsMemoryStaysWithinWhatThereIs(t *testing.T) {
	for _, megabytes := range []int{minMemory, defaultMemory, 1 << 10, 64 << 10} {
		m, err := divide(megabytes)
		if err != nil {
			t.Fatal(err)
		}
		held := int64(m.people)*personInCache + m.blocks + 2*int64(m.memTable) + m.pictures
		if held > m.limit*3/4 || m.limit > int64(megabytes)<<20 || m.people == 0 {
			t.Errorf("%d MB: %d bytes are held of a heap of %d", megabytes, held, m.limit)
		}
	}
	if _, err := divide(minMemory - 1); err == nil {
		t.Error("too little memory is enough")
	}
}
