package decide

import "github.com/cespare/xxhash/v2"

// table keeps texts once each, in the order in which they came.
type table struct {
	texts []string
	slots []int32 // by hash, with open addressing: 1 + the place in texts, or 0; a power of two, at most half full
}

// fewTexts is how many texts a table has room for at first.
const fewTexts = 64

// empty makes a table ready for the texts of another decision.
func (t *table) empty() {
	if t.slots == nil {
		t.slots = make([]int32, 2*fewTexts)
		t.texts = make([]string, 0, fewTexts)
	}
	clear(t.slots)
	t.texts = t.texts[:0]
}

// place is a text's index, which puts it in the table: 0 for the empty text, else 1 + its place.
func (t *table) place(s string) uint64 {
	if s == "" {
		return 0
	}
	mask := uint64(len(t.slots) - 1)
	i := xxhash.Sum64String(s) & mask
	for ; t.slots[i] != 0; i = (i + 1) & mask {
		if at := t.slots[i]; t.texts[at-1] == s {
			return uint64(at)
		}
	}
	t.texts = append(t.texts, s)
	t.slots[i] = int32(len(t.texts))
	if 2*len(t.texts) > len(t.slots) {
		t.grow()
	}
	return uint64(len(t.texts))
}

func (t *table) grow() {
	t.slots = make([]int32, 2*len(t.slots))
	mask := uint64(len(t.slots) - 1)
	for at, s := range t.texts {
		i := xxhash.Sum64String(s) & mask
		for t.slots[i] != 0 {
			i = (i + 1) & mask
		}
		t.slots[i] = int32(at + 1)
	}
}
