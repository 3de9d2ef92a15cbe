package learn

import "slices"

// numbers gives hashes numbers, from 1 in the order in which they come.
type numbers struct {
	hashes []uint32 // by number, less one
	slots  []slot   // a hash table, at most a quarter full: most are found at the first look
	shift  uint8    // 32 less the bits of a slot's place
}

type slot struct {
	hash   uint32
	number uint32 // 0: the slot is free
}

// newNumbers has room for 1<<bits hashes.
func newNumbers(bits uint8) numbers {
	return numbers{slots: make([]slot, 4<<bits), shift: 32 - 2 - bits}
}

// count is how many hashes have a number.
func (n *numbers) count() int { return len(n.hashes) }

// find is a hash's number, 0 where it has none.
func (n *numbers) find(hash uint32) int { return int(n.slot(hash).number) }

// slot is where a hash's number stands, or would.
func (n *numbers) slot(hash uint32) *slot {
	mask := uint32(len(n.slots) - 1)
	for i := hash * spread >> (n.shift % 32); ; i++ {
		if s := &n.slots[i&mask]; s.hash == hash || s.number == 0 {
			return s
		}
	}
}

// add gives a hash a number, unless it has one, and returns that.
func (n *numbers) add(hash uint32) int {
	s := n.slot(hash)
	if s.number == 0 {
		n.hashes = append(n.hashes, hash)
		*s = slot{hash, uint32(len(n.hashes))}
	}
	return int(s.number)
}

func (n *numbers) clone() numbers {
	return numbers{hashes: slices.Clone(n.hashes), slots: slices.Clone(n.slots), shift: n.shift}
}
