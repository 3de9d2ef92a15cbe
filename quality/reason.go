package quality

import (
	"fmt"
	"strconv"
	"strings"
)

// Reason says why something was kept aside.
type Reason uint8

// The reasons. Their order is kept in what is stored: new ones come last.
const (
	Malformed  Reason = iota // it is not an event
	Nobody                   // it names nobody
	Impossible               // its date cannot be
	Oversize                 // it is larger than an event may be
	Undeclared               // it breaks a schema that is enforced
	Crawler                  // a known crawler sent it
	reasons
)

// Reasons are all reasons, in order.
var Reasons = [reasons]Reason{Malformed, Nobody, Impossible, Oversize, Undeclared, Crawler}

var reasonNames = [reasons]string{"malformed", "nobody", "impossible_date", "oversize", "schema", "crawler"}

// String is the reason's name, as the doors spell it.
func (r Reason) String() string {
	if r < reasons {
		return reasonNames[r]
	}
	return "reason " + strconv.Itoa(int(r))
}

// ParseReason reads a name.
func ParseReason(name string) (Reason, bool) {
	for _, r := range Reasons {
		if r.String() == name {
			return r, true
		}
	}
	return 0, false
}

// ID names something kept aside. IDs grow: the greater came later.
type ID uint64

// String is q_ and 16 hexadecimal digits.
func (id ID) String() string { return fmt.Sprintf("q_%016x", uint64(id)) }

// ParseID reads what String writes.
func ParseID(text string) (ID, bool) {
	digits, ok := strings.CutPrefix(text, "q_")
	if !ok || len(digits) != 16 || strings.ToLower(digits) != digits {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 16, 64)
	return ID(n), err == nil && digits[0] != '+'
}
