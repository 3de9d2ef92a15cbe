package smpp

import (
	"strconv"
	"strings"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel"
)

// States of a message (section 5.2.28), by their words in receipts (appendix B).
const (
	enroute       = 1
	delivered     = 2
	expired       = 3
	deleted       = 4
	undeliverable = 5
	accepted      = 6
	unknownState  = 7
	rejected      = 8
)

var stateWords = map[string]byte{
	"ENROUTE": enroute, "DELIVRD": delivered, "EXPIRED": expired, "DELETED": deleted,
	"UNDELIV": undeliverable, "ACCEPTD": accepted, "UNKNOWN": unknownState, "REJECTD": rejected,
}

var stateReasons = map[byte]string{
	expired: "it could not be delivered in time", deleted: "the message centre deleted it",
	undeliverable: "it cannot be delivered", rejected: "the network rejects it",
}

// unknownSubscriber is the error of a number that nobody has (3GPP TS 29.002, section 17.6.6).
const unknownSubscriber = 1

// report is what a receipt says. ok is false where it says nothing of an end: the message is still on its way, or nobody knows.
func (s *settings) report(d *delivery) (r channel.Report, ok bool) {
	reference, state, code := readReceipt(d.text)
	if d.reference != "" {
		reference = d.reference
	}
	if d.state != 0 {
		state = d.state
	}
	if d.networkCode != 0 {
		code = d.networkCode
	}
	r = channel.Report{Channel: aparte.SMS, Address: "+" + strings.TrimPrefix(d.from, "+"), Reference: reference, Fate: channel.Delivered, At: s.Now().UTC()}
	switch state {
	case delivered:
		return r, isReference(reference)
	case expired, deleted, undeliverable, rejected:
		r.Fate, r.Code, r.Reason = channel.Undelivered, code, stateReasons[state]
		r.Suppress = state == undeliverable && s.Dead[code]
		return r, isReference(reference)
	}
	return r, false
}

func isReference(s string) bool { return s != "" && len(s) <= channel.MaxReference && isASCII(s) }

// readReceipt reads the text of a receipt, whose form is the providers' own but mostly this (appendix B):
//
//	id:IIIIIIIIII sub:SSS dlvrd:DDD submit date:YYMMDDhhmm done date:YYMMDDhhmm stat:DDDDDDD err:E text:...
func readReceipt(text string) (reference string, state byte, code int) {
	for word := range strings.FieldsSeq(text) {
		name, value, _ := strings.Cut(word, ":")
		switch strings.ToLower(name) {
		case "text": // what was said follows, in words of its own
			return reference, state, code
		case "id":
			reference = value
		case "stat":
			state = stateWords[strings.ToUpper(value)]
		case "err":
			if n, err := strconv.ParseUint(value, 10, 16); err == nil {
				code = int(n)
			}
		}
	}
	return reference, state, code
}
