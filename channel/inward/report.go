package inward

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/emersion/go-message/textproto"

	"github.com/aparte-dev/aparte/channel"
)

// what a mail is that came back.
type what string

const (
	nothing   what = "nothing" // of ours, or of anybody's
	report    what = "report"
	complaint what = "complaint"
	reply     what = "reply"
)

// kind says what a mail is. null is that it came without a return path, as what machines say of their own accord does.
func (m *mail) kind(null bool) what {
	switch {
	case m.part("message/delivery-status") != nil:
		return report
	case m.part("message/feedback-report") != nil:
		if m.complains() {
			return complaint
		}
		return nothing
	case null || m.automatic():
		return nothing
	}
	return reply
}

// report is what a delivery status notification (RFC 3464) tells of the one recipient there was. Where it tells of several,
// as aliases are spelled out, the worst counts.
func (m *mail) report() *channel.Report {
	worst := &channel.Report{Fate: channel.Delivered}
	for _, b := range blocks(m.part("message/delivery-status").body) {
		if b.Get("Action") == "" {
			continue // the block about the whole message
		}
		r := reportOf(b)
		if badness(r) > badness(worst) {
			worst = r
		}
	}
	return worst
}

func badness(r *channel.Report) int {
	switch {
	case r.Suppress:
		return 3
	case r.Fate == channel.Undelivered:
		return 2
	case r.Fate == channel.Delayed:
		return 1
	}
	return 0
}

func reportOf(b textproto.Header) *channel.Report {
	r := &channel.Report{Fate: channel.Delivered}
	status, code := statusOf(b)
	switch strings.ToLower(strings.TrimSpace(b.Get("Action"))) { // RFC 3464 section 2.3.3
	case "failed":
		r.Fate = channel.Undelivered
	case "delayed":
		r.Fate = channel.Delayed
	default: // delivered, relayed, expanded
		return r
	}
	r.Address = recipientOf(b)
	r.Code, r.Suppress = code, r.Fate == channel.Undelivered && gone(status)
	r.Reason = "the mail server reports " + string(r.Fate) + status.words()
	return r
}

// recipientOf is the address that could not be reached, as it was given where that is told; empty where it is none of mail.
func recipientOf(b textproto.Header) string {
	for _, name := range []string{"Original-Recipient", "Final-Recipient"} {
		kind, address, ok := strings.Cut(b.Get(name), ";")
		if address = trimmed(address); ok && strings.EqualFold(strings.TrimSpace(kind), "rfc822") && len(address) <= 254 && isToken(address) {
			return address
		}
	}
	return ""
}

// status is an enhanced status code (RFC 3463), zero where none is told.
type status struct{ class, subject, detail int }

func (s status) words() string {
	if s.class == 0 {
		return ""
	}
	return " (" + strconv.Itoa(s.class) + "." + strconv.Itoa(s.subject) + "." + strconv.Itoa(s.detail) + ")"
}

// gone reports whether a status condemns the address: no such mailbox or domain, moved, disabled, or a domain that takes no
// mail. A mailbox that is full, a policy and a virus say nothing of who is behind it.
func gone(s status) bool {
	if s.class != 5 {
		return false
	}
	switch s.subject {
	case 1:
		switch s.detail {
		case 1, 2, 3, 6, 10:
			return true
		}
	case 2:
		return s.detail == 1
	}
	return false
}

var (
	threeNumbers = regexp.MustCompile(`\b([245])\.([0-9]{1,3})\.([0-9]{1,3})\b`)
	replyCode    = regexp.MustCompile(`\b([45][0-9]{2})\b`)
)

// statusOf reads the status and the reply code of a block. What the other server said is more exact than the status of the one
// that reports, which is often 5.0.0.
func statusOf(b textproto.Header) (s status, code int) {
	said := b.Get("Diagnostic-Code")
	if len(said) > 512 {
		said = said[:512]
	}
	if m := replyCode.FindString(said); m != "" {
		code, _ = strconv.Atoi(m) // three digits
	}
	for _, text := range []string{said, b.Get("Status")} {
		if m := threeNumbers.FindStringSubmatch(text); m != nil {
			s.class, _ = strconv.Atoi(m[1]) // digits, each
			s.subject, _ = strconv.Atoi(m[2])
			s.detail, _ = strconv.Atoi(m[3])
			return s, code
		}
	}
	return s, code
}

// complains reports whether feedback (RFC 5965) is a complaint about mail that was not wanted. "not-spam" is its contrary,
// "virus" and "auth-failure" are about something else.
func (m *mail) complains() bool {
	for _, b := range blocks(m.part("message/feedback-report").body) {
		switch strings.ToLower(strings.TrimSpace(b.Get("Feedback-Type"))) {
		case "abuse", "fraud", "other", "opt-out":
			return true
		}
	}
	return false
}

// complained are the addresses by which a complaint may name the message: those of its envelope and header, if they were left in.
func (m *mail) complained() (addresses []string) {
	add := func(h textproto.Header, names ...string) {
		for _, name := range names {
			for _, value := range h.Values(name) {
				addresses = append(addresses, addressIn(value))
			}
		}
	}
	for _, b := range blocks(m.part("message/feedback-report").body) {
		add(b, "Original-Mail-From")
	}
	if p := m.part("message/rfc822", "text/rfc822-headers", "message/rfc822-headers"); p != nil {
		if header := blocks(p.body); len(header) > 0 {
			add(header[0], "Return-Path", "Reply-To", "X-Original-Return-Path")
		}
	}
	return addresses
}

var bracketed = regexp.MustCompile(`<([^<>]*)>`)

// addressIn is the address in a field: what stands in angle brackets, or all of it.
func addressIn(value string) string {
	if m := bracketed.FindStringSubmatch(value); m != nil {
		return m[1]
	}
	return trimmed(value)
}
