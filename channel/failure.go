package channel

import (
	"fmt"
	"strings"
	"time"
)

// Failure says why a message did not leave, and what that means for the next attempt. It holds no
// personal data: not the address, nor the words of the other end, which often repeat it.
type Failure struct {
	// Temporary: the same message may pass later. Otherwise it never will.
	Temporary bool
	// Suppress: the address is dead. Nothing should be sent to it again.
	Suppress bool
	// Uncertain: the connection was lost after the message had left and before the answer came. It may
	// have been taken; sending it again may show it twice.
	Uncertain bool
	// After: for how long the other end asks to be left alone; 0: it does not say.
	After time.Duration

	Code         int    // the protocol's reply code, such as SMTP's 550; 0: the other end did not answer
	EnhancedCode string // RFC 3463, such as "5.1.1"; empty where there is none
	Reason       string // in English, for operators
	Err          error  // what the failure wraps, such as context.Canceled; nil: nothing
}

// Unsendable is the permanent failure of a message that was not even offered to the other end. The
// reason must be without personal data.
func Unsendable(format string, args ...any) *Failure {
	return &Failure{Reason: fmt.Sprintf(format, args...)}
}

// Error is such as "permanent failure: no such mailbox (550 5.1.1)".
func (f *Failure) Error() string {
	var b strings.Builder
	if f.Temporary {
		b.WriteString("temporary failure: ")
	} else {
		b.WriteString("permanent failure: ")
	}
	b.WriteString(f.Reason)
	if f.Code != 0 {
		fmt.Fprintf(&b, " (%d", f.Code)
		if f.EnhancedCode != "" {
			b.WriteString(" " + f.EnhancedCode)
		}
		b.WriteByte(')')
	}
	if f.Err != nil {
		b.WriteString(": " + f.Err.Error())
	}
	return b.String()
}

// Unwrap is what the failure wraps, or nil.
func (f *Failure) Unwrap() error { return f.Err }
