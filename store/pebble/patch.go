package pebble

import (
	"encoding/binary"
	"errors"
	"math/bits"
)

// A patch turns one value into another that differs from it in a few places, as a person's state does from the
// one before. It is a list of edits, each three uvarints and then bytes:
//
//	how many bytes of the old value to keep, how many to leave out, how many are new, those
//
// What is left of the old value after the last edit is kept.

// errPatch: a patch that was not made for the value it is applied to.
var errPatch = errors.New("damaged patch")

// Where two values part, they are looked for to meet again within nearby bytes of either, in a run long enough
// not to be chance.
const (
	nearby = 32
	run    = 8
)

// appendPatch appends the patch that turns old into new.
func appendPatch(dst, old, new []byte) []byte {
	for {
		keep := common(old, new)
		old, new = old[keep:], new[keep:]
		if len(old) == 0 && len(new) == 0 {
			return dst
		}
		drop, add := meeting(old, new)
		dst = binary.AppendUvarint(dst, uint64(keep))
		dst = binary.AppendUvarint(dst, uint64(drop))
		dst = binary.AppendUvarint(dst, uint64(add))
		dst = append(dst, new[:add]...)
		old, new = old[drop:], new[add:]
	}
}

// common is how many bytes two values have in common from their beginning.
func common(a, b []byte) int {
	n := 0
	for len(a)-n >= 8 && len(b)-n >= 8 {
		if differ := binary.LittleEndian.Uint64(a[n:]) ^ binary.LittleEndian.Uint64(b[n:]); differ != 0 {
			return n + bits.TrailingZeros64(differ)/8
		}
		n += 8
	}
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// meeting is how far on in two values that begin differently they are alike again, their ends at the latest.
// Bytes that were replaced by as many others are looked for first.
func meeting(old, new []byte) (drop, add int) {
	for n := 1; n <= nearby; n++ {
		if alike(old, new, n, n) {
			return n, n
		}
	}
	for sum := 1; sum <= nearby; sum++ {
		for d := range sum + 1 {
			if alike(old, new, d, sum-d) {
				return d, sum - d
			}
		}
	}
	tail := 0 // what both end with
	for tail < len(old) && tail < len(new) && old[len(old)-1-tail] == new[len(new)-1-tail] {
		tail++
	}
	return len(old) - tail, len(new) - tail
}

func alike(old, new []byte, i, j int) bool {
	return i+run <= len(old) && j+run <= len(new) &&
		binary.LittleEndian.Uint64(old[i:]) == binary.LittleEndian.Uint64(new[j:])
}

// applyPatch appends what a patch makes of old. dst must not overlap old.
func applyPatch(dst, old, patch []byte) ([]byte, error) {
	for len(patch) > 0 {
		var edit [3]uint64 // keep, drop, add
		for i := range edit {
			v, n := binary.Uvarint(patch)
			if n <= 0 {
				return nil, errPatch
			}
			edit[i], patch = v, patch[n:]
		}
		keep, drop, add := edit[0], edit[1], edit[2]
		if keep > uint64(len(old)) || drop > uint64(len(old))-keep || add > uint64(len(patch)) {
			return nil, errPatch
		}
		dst = append(dst, old[:keep]...)
		dst = append(dst, patch[:add]...)
		old, patch = old[keep+drop:], patch[add:]
	}
	return append(dst, old...), nil
}
