package mailbox

import (
	"strings"
	"time"
)

// Mail is one mail as it came. What its slices hold is shared and must not be changed.
type Mail struct {
	ID         uint64    // from 1, growing in order of arrival
	BegunAt    time.Time // when its sender named itself, before anything of the mail came; by the mailbox's clock
	ReceivedAt time.Time // likewise

	// The envelope: to whom it really went, whatever its header says.
	Sender     string   // where bounces go
	Recipients []string // in order

	From      string // as the header says it, decoded: `Élise <elise@example.com>`
	To        string
	Subject   string
	MessageID string    // without angle brackets
	Date      time.Time // zero where the header has none that can be read

	Text string // the first plain text part, with \n line ends
	HTML string // the first HTML part, with \n line ends

	Header []Field // all of it, in order, decoded
	Raw    []byte  // the whole mail as it was transmitted

	// Problem says what could not be understood; empty when all was.
	Problem string
}

// Field is one line of a mail's header, unfolded and decoded.
type Field struct {
	Name  string
	Value string
}

// Get is the value of the first field of that name, in any case, or empty.
func (m *Mail) Get(name string) string {
	for _, f := range m.Header {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

// size is what keeping the mail costs, in bytes, as far as it depends on what was sent.
func (m *Mail) size() int {
	n := len(m.Raw) + len(m.Text) + len(m.HTML)
	for _, f := range m.Header {
		n += len(f.Name) + len(f.Value)
	}
	for _, to := range m.Recipients {
		n += len(to)
	}
	return n
}
