package smpp

import (
	"errors"
	"fmt"
	"hash/fnv"
	"strings"
	"time"

	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/gsm"
)

// address is a number with its type and numbering plan (sections 5.2.5 and 5.2.6).
type address struct {
	ton, npi byte
	digits   string
}

const (
	unknownType, international, networkSpecific, alphanumeric = 0, 1, 3, 5
	noPlan, e164Plan                                          = 0, 1
)

// recipient is an E.164 number: a plus sign and 8 to 15 digits (ITU-T E.164, section 6.2), the first no zero.
func recipient(number string) (address, error) {
	digits, ok := strings.CutPrefix(number, "+")
	if !ok || len(digits) < 8 || len(digits) > 15 || digits[0] == '0' || !isDigits(digits) {
		return address{}, errors.New("is no number in the form of E.164")
	}
	return address{international, e164Plan, digits}, nil
}

// sender is who speaks: an E.164 number, a short code, or a name of up to 11 letters of GSM-7 (3GPP TS 23.040, section 9.1.2.5).
func sender(from string) (address, error) {
	switch {
	case strings.HasPrefix(from, "+"):
		return recipient(from)
	case len(from) >= 3 && len(from) <= 8 && isDigits(from):
		return address{networkSpecific, noPlan, from}, nil
	}
	size := gsm.Measure(from)
	if size.Alphabet != gsm.GSM7 || size.Units < 1 || size.Units > 11 || !isASCII(from) {
		return address{}, errors.New("want a number such as +33612345678, a short code of 3 to 8 digits, or a name of up to 11 plain letters")
	}
	return address{alphanumeric, noPlan, from}, nil
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

func (a address) append(b []byte) []byte { return appendText(append(b, a.ton, a.npi), a.digits) }

// Values of the fields of a message.
const (
	hasHeader      = 0x40 // esm_class: the text begins with a user data header (section 5.2.12)
	finalReceipt   = 0x01 // registered_delivery: say what became of it, however it ended (section 5.2.17)
	defaultCoding  = 0x00 // data_coding: septets, one a byte (section 5.2.19)
	ucs2Coding     = 0x08
	joinedElement  = 0x00 // of a user data header: parts of a whole, by a reference of one byte (3GPP TS 23.040, section 9.2.3.24.1)
	joinedElement2 = 0x08 // by one of two bytes
)

// write is a message as the bodies of the submit_sm that carry it, one a segment. The error is a permanent failure.
func (s *settings) write(m *channel.Message) ([][]byte, error) {
	if err := m.Check(); err != nil {
		return nil, err
	}
	to, err := recipient(m.To)
	if err != nil {
		return nil, channel.Unsendable("the number %v", err)
	}
	from := s.from
	if m.From != "" {
		if from, err = sender(m.From); err != nil {
			return nil, channel.Unsendable("the sender is refused: %v", err)
		}
	}
	if m.Text == "" {
		return nil, channel.Unsendable("the message has no text")
	}
	parts := gsm.Split(m.Text)
	if len(parts) > s.Segments {
		return nil, channel.Unsendable("the text takes %d segments, more than %d", len(parts), s.Segments)
	}
	coding := byte(defaultCoding)
	if gsm.Measure(m.Text).Alphabet == gsm.UCS2 {
		coding = ucs2Coding
	}
	name := nameOf(m.Key)
	bodies := make([][]byte, len(parts))
	for i, part := range parts {
		class := byte(0)
		if len(parts) > 1 {
			class = hasHeader
			part = append([]byte{5, joinedElement, 3, byte(name), byte(len(parts)), byte(i + 1)}, part...)
		}
		receipt := byte(0)
		if s.Listener != nil && i == len(parts)-1 { // one a message
			receipt = finalReceipt
		}
		b := to.append(from.append(appendText(nil, "")))
		b = append(b, class, 0, 0)
		b = appendText(appendText(b, ""), validity(s.Validity))
		b = append(b, receipt, 0, coding, 0, byte(len(part)))
		b = append(b, part...)
		bodies[i] = appendOption(b, userReference, []byte{byte(name >> 8), byte(name)})
	}
	return bodies, nil
}

// nameOf is what is left of a key where the protocol has 16 bits for it: the same at every attempt, so that phones that hold
// some segments of an attempt before complete it.
func nameOf(key string) uint16 {
	h := fnv.New32a()
	h.Write([]byte(key))
	return uint16(h.Sum32()) ^ uint16(h.Sum32()>>16)
}

// validity is a time from now (section 7.1.1.2): YYMMDDhhmmss000R. It is less than a month, whose days nobody counts.
func validity(d time.Duration) string {
	d = max(d, time.Minute)
	days, hours, minutes := int(d/(24*time.Hour)), int(d/time.Hour)%24, int(d/time.Minute)%60
	return fmt.Sprintf("0000%02d%02d%02d00000R", days, hours, minutes)
}
