package attribution

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
)

// Walk is one journey that has ended: with an objective that was reached, or because nothing was met for long.
type Walk struct {
	Day       int32 // on which it ended, since 1970
	Objective string
	Converted bool
	Value     float64 // of the conversion
	Device    string  // on which it was made; empty: not known
	Persona   string  // of whoever took it, the one that came first when it ended; empty: none
	Touches   []Touch // first to last; 1 to MaxWalk
}

// Touch is one time that somebody met something on the way.
type Touch struct {
	Channel string // or where a visit came from
	What    string // what was said; of a visit, its campaign; may be empty
	Own     bool   // it was said to them, and What alone tells what it was
	Device  string // empty: not known
	Age     int    // whole days before the end
	Ways    []Way  // how it was said, element by element; up to MaxWays
}

// Way is the variant of an element in which something was said.
type Way struct{ Element, Variant string }

// Bounds of a walk.
const (
	MaxWalk = 64
	MaxWays = 16
	maxAge  = 10_000
	maxText = 512 // bytes of one name
)

// Direct is the channel of a conversion before which nothing was met.
const Direct = "direct"

// Validate says what is wrong with a walk.
func (w *Walk) Validate() error {
	switch {
	case len(w.Touches) == 0 || len(w.Touches) > MaxWalk:
		return fmt.Errorf("walk: %d touches, not 1 to %d", len(w.Touches), MaxWalk)
	case w.Objective == "" || len(w.Objective) > maxText || len(w.Device) > maxText || len(w.Persona) > maxText || w.Day < 0:
		return errors.New("walk: objective, device, persona or day is out of bounds")
	case math.IsNaN(w.Value) || math.IsInf(w.Value, 0) || !w.Converted && w.Value != 0:
		return errors.New("walk: its value is not finite, or there is no conversion")
	}
	for i := range w.Touches {
		t := &w.Touches[i]
		if t.Channel == "" || len(t.Channel) > maxText || len(t.What) > maxText || len(t.Device) > maxText || t.Age < 0 || t.Age > maxAge {
			return fmt.Errorf("walk: touch %d is out of bounds", i+1)
		}
		if len(t.Ways) > MaxWays || slices.ContainsFunc(t.Ways, func(x Way) bool { return x.Element == "" || len(x.Element) > maxText || len(x.Variant) > maxText }) {
			return fmt.Errorf("walk: how touch %d was said is out of bounds", i+1)
		}
	}
	return nil
}

// The first byte of a walk in a feed, where rows of other kinds have others.
const (
	walkVersion  = 'K'
	firstVersion = 'J' // without persona and ways
)

// IsWalk reports whether a row of a feed is a walk.
func IsWalk(row []byte) bool {
	return len(row) > 0 && (row[0] == walkVersion || row[0] == firstVersion)
}

// Append writes a walk to dst as a feed keeps it: walkVersion, whether it converted, the day as a uvarint, the value as a
// float64 in little endian, then texts: the objective, the device, the persona; then how many touches as a uvarint, and of each whether it is
// own, its age as a uvarint, its channel, what it was and its device, and how many ways as a uvarint, of each its element and its variant. A
// text is 0, its length as a uvarint and its bytes where it is the first of its kind, and else, as a uvarint, how many different texts before
// it that one stood, from 1.
func (w *Walk) Append(dst []byte) []byte {
	dst = append(dst, walkVersion, flag(w.Converted))
	dst = binary.AppendUvarint(dst, uint64(w.Day))
	dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(w.Value))
	var seen []string
	text := func(s string) {
		for i := range seen {
			if seen[len(seen)-1-i] == s {
				dst = binary.AppendUvarint(dst, uint64(i+1))
				return
			}
		}
		seen = append(seen, s)
		dst = append(binary.AppendUvarint(append(dst, 0), uint64(len(s))), s...)
	}
	text(w.Objective)
	text(w.Device)
	text(w.Persona)
	dst = binary.AppendUvarint(dst, uint64(len(w.Touches)))
	for i := range w.Touches {
		t := &w.Touches[i]
		dst = binary.AppendUvarint(append(dst, flag(t.Own)), uint64(t.Age))
		text(t.Channel)
		text(t.What)
		text(t.Device)
		dst = binary.AppendUvarint(dst, uint64(len(t.Ways)))
		for _, x := range t.Ways {
			text(x.Element)
			text(x.Variant)
		}
	}
	return dst
}

func flag(on bool) byte {
	if on {
		return 1
	}
	return 0
}

// ParseWalk reads what Append wrote, or once did. A walk that Validate would refuse is an error.
func ParseWalk(b []byte) (Walk, error) {
	r := reader{rest: b}
	version, converted, day := r.uvarint(), r.uvarint(), r.uvarint()
	w := Walk{Day: int32(min(day, math.MaxInt32)), Converted: converted == 1, Value: r.float()}
	if version != walkVersion && version != firstVersion || converted > 1 || day > math.MaxInt32 {
		return Walk{}, errors.New("walk: cannot be read")
	}
	w.Objective, w.Device = r.again(), r.again()
	if version == walkVersion {
		w.Persona = r.again()
	}
	n := r.uvarint()
	if n > MaxWalk {
		return Walk{}, fmt.Errorf("walk: more than %d touches", MaxWalk)
	}
	for range n {
		own, age := r.uvarint(), r.uvarint()
		r.failed = r.failed || own > 1 || age > maxAge
		t := Touch{Own: own == 1, Age: int(min(age, maxAge)), Channel: r.again(), What: r.again(), Device: r.again()}
		if version == walkVersion {
			t.Ways = r.ways()
		}
		w.Touches = append(w.Touches, t)
	}
	if r.failed || len(r.rest) > 0 {
		return Walk{}, errors.New("walk: is cut short or too long")
	}
	return w, w.Validate()
}

// reader reads what was appended until something is wrong, and zeros from then on.
type reader struct {
	rest   []byte
	failed bool
	seen   []string // by again
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.rest)
	if r.failed || n <= 0 {
		r.failed = true
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *reader) float() float64 {
	if r.failed || len(r.rest) < 8 {
		r.failed = true
		return 0
	}
	v := math.Float64frombits(binary.LittleEndian.Uint64(r.rest))
	r.rest = r.rest[8:]
	if math.IsNaN(v) || math.IsInf(v, 0) {
		r.failed = true
		return 0
	}
	return v
}

func (r *reader) text() string {
	n := r.uvarint()
	if r.failed || n > maxText || n > uint64(len(r.rest)) {
		r.failed = true
		return ""
	}
	s := string(r.rest[:n])
	r.rest = r.rest[n:]
	return s
}

func (r *reader) ways() (ways []Way) {
	n := r.uvarint()
	r.failed = r.failed || n > MaxWays
	for ; n > 0 && !r.failed; n-- {
		ways = append(ways, Way{Element: r.again(), Variant: r.again()})
	}
	return ways
}

// again reads a text that may have stood there before.
func (r *reader) again() string {
	switch back := r.uvarint(); {
	case r.failed:
		return ""
	case back == 0:
		s := r.text()
		r.seen = append(r.seen, s)
		return s
	case back <= uint64(len(r.seen)):
		return r.seen[uint64(len(r.seen))-back]
	}
	r.failed = true
	return ""
}
