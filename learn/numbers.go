package learn

import "slices"

// numbers gives hashes numbers, from 1 in the order in which they come.
type numbers struct {
	hashes []uint32 // by number, less one
	slots  []uint16 // a hash table of numbers, at most a quarter full; 0: free
	shift  uint8    // 32 less the bits of a slot's place
}

// newNumbers has room for 1<<bits hashes.
func newNumbers(bits uint8) numbers {
	return numbers{slots: make([]uint16, 4<<bits), shift: 32 - 2 - bits}
}

// count is how many hashes have a number.
func (n *numbers) count() int { return len(n.hashes) }

// find is a hash's number, 0 where it has none.
func (n *numbers) find(hash uint32) int { return int(n.slots[n.slot(hash)]) }

// slot is where a hash's number stands, or would.
func (n *numbers) slot(hash uint32) uint32 {
	mask := uint32(len(n.slots) - 1)
	for i := hash * spread >> n.shift; ; i++ {
		at := n.slots[i&mask]
		if at == 0 || n.hashes[at-1] == hash {
			return i & mask
		}
	}
}

// add gives a hash a number, unless it has one, and returns that.
func (n *numbers) add(hash uint32) int {
	slot := &n.slots[n.slot(hash)]
	if *slot == 0 {
		n.hashes = append(n.hashes, hash)
		*slot = uint16(len(n.hashes))
	}
	return int(*slot)
}

func (n *numbers) clone() numbers {
	return numbers{hashes: slices.Clone(n.hashes), slots: slices.Clone(n.slots), shift: n.shift}
}
