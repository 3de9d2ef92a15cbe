package channel

import (
	"fmt"
	"strings"
)

// Bounds of a message, in bytes.
const (
	MaxKey      = 200
	MaxAddress  = 4096 // of To, From and ReplyTo: a device token may be long
	MaxLine     = 900  // of Subject and of a header's value
	MaxURL      = 900  // of Unsubscribe, Image, Link and Report
	MaxCollapse = 200
	MaxBody     = 2 << 20 // of Text, and of HTML
	MaxHeaders  = 32
)

// Check reports, as a permanent [*Failure], what no channel may send: a message without key or
// address, a line break or a zero byte in a field of one line (it would let whoever wrote the field
// write headers), or a field over its bound.
func (m *Message) Check() error {
	if err := checkKey(m.Key); err != nil {
		return err
	}
	if m.To == "" {
		return Unsendable("message has no address")
	}
	if m.Text == "" && m.HTML == "" {
		return Unsendable("message says nothing")
	}
	if len(m.Text) > MaxBody || len(m.HTML) > MaxBody {
		return Unsendable("body is over %d bytes", MaxBody)
	}
	if m.TTL < 0 {
		return Unsendable("ttl is below zero")
	}
	if len(m.Headers) > MaxHeaders {
		return Unsendable("more than %d headers", MaxHeaders)
	}
	return m.checkLines()
}

func (m *Message) checkLines() error {
	for _, field := range [...]struct {
		name, value string
		max         int
	}{
		{"to", m.To, MaxAddress},
		{"from", m.From, MaxAddress},
		{"reply-to", m.ReplyTo, MaxAddress},
		{"subject", m.Subject, MaxLine},
		{"unsubscribe", m.Unsubscribe, MaxURL},
		{"image", m.Image, MaxURL},
		{"link", m.Link, MaxURL},
		{"report", m.Report, MaxURL},
		{"collapse", m.Collapse, MaxCollapse},
	} {
		if err := checkLine(field.name, field.value, field.max); err != nil {
			return err
		}
	}
	for i, h := range m.Headers {
		if err := checkLine(fmt.Sprintf("header %d", i), h.Value, MaxLine); err != nil {
			return err
		}
	}
	return nil
}

func checkLine(name, value string, limit int) error {
	if len(value) > limit {
		return Unsendable("%s is over %d bytes", name, limit)
	}
	if strings.ContainsAny(value, "\r\n\x00") {
		return Unsendable("%s holds a line break", name)
	}
	return nil
}

func checkKey(key string) error {
	if key == "" {
		return Unsendable("message has no key")
	}
	if len(key) > MaxKey {
		return Unsendable("key is over %d bytes", MaxKey)
	}
	for i := range len(key) {
		if key[i] <= ' ' || key[i] > '~' {
			return Unsendable("key is not visible ASCII")
		}
	}
	return nil
}
