package inward

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // people write in other charsets than UTF-8
	"github.com/emersion/go-message/textproto"
)

// Bounds of what is looked at in one mail. What is beyond is not read, and the rest judged by what is.
const (
	maxHeader = 64 << 10
	maxDepth  = 8  // of parts within parts
	maxParts  = 64 // in all
	maxPart   = 256 << 10
)

// mail is what was understood of one.
type mail struct {
	raw    []byte
	header message.Header
	parts  []part // those that have no parts themselves, in order
}

// part is one leaf of a mail.
type part struct {
	kind   string // "text/plain"
	params map[string]string
	body   []byte // decoded, the first maxPart bytes
	file   bool   // an attachment
}

var errEnough = errors.New("deeper or more parts than are looked at")

// read takes a mail apart as far as that goes: what cannot be understood is not there.
func read(raw []byte) *mail {
	m := &mail{raw: raw}
	whole, _ := message.ReadWithOptions(bytes.NewReader(raw), &message.ReadOptions{MaxHeaderBytes: maxHeader})
	if whole == nil {
		return m
	}
	m.header = whole.Header
	_ = m.take(whole, 0) // the parts so far are what there is
	return m
}

func (m *mail) take(e *message.Entity, depth int) error {
	if depth > maxDepth || len(m.parts) >= maxParts {
		return errEnough
	}
	if parts := e.MultipartReader(); parts != nil {
		for {
			inner, err := parts.NextPart()
			if inner == nil {
				if errors.Is(err, io.EOF) {
					return nil
				}
				return fmt.Errorf("part %d: %w", len(m.parts), err)
			}
			if err := m.take(inner, depth+1); err != nil {
				return err
			}
		}
	}
	kind, params, err := e.Header.ContentType()
	if err != nil || kind == "" {
		kind = "text/plain" // RFC 2045 section 5.2
	}
	disposition, _, _ := e.Header.ContentDisposition() // none where it cannot be read
	body, err := io.ReadAll(io.LimitReader(e.Body, maxPart))
	m.parts = append(m.parts, part{kind: strings.ToLower(kind), params: params, body: body, file: disposition == "attachment"})
	if err != nil {
		return fmt.Errorf("part %d: %w", len(m.parts), err)
	}
	return nil
}

// part is the first part of one of these kinds that is no attachment; nil: there is none.
func (m *mail) part(kinds ...string) *part {
	for _, kind := range kinds {
		for i := range m.parts {
			if p := &m.parts[i]; p.kind == kind && !p.file {
				return p
			}
		}
	}
	return nil
}

// text is a field of the header, decoded; empty where there is none.
func (m *mail) text(name string) string {
	value, err := m.header.Text(name)
	if err != nil {
		return m.header.Get(name)
	}
	return value
}

// blocks are the groups of header lines in a body, each ended by an empty line, as reports are written.
func blocks(body []byte) []textproto.Header {
	const most = 32
	var all []textproto.Header
	for body = bytes.TrimLeft(body, "\r\n"); len(body) > 0 && len(all) < most; body = bytes.TrimLeft(body, "\r\n") {
		block := body
		if end := emptyLine(body); end >= 0 {
			block, body = body[:end], body[end:]
		} else {
			body = nil
		}
		all = append(all, headerOf(block))
	}
	return all
}

// headerOf reads the lines of a block that are those of a header; a line that is none is passed over.
func headerOf(block []byte) textproto.Header {
	var h textproto.Header
	var name, value string
	keep := func() {
		if name != "" {
			h.Add(name, strings.TrimSpace(value))
		}
		name = ""
	}
	for len(block) > 0 {
		var line []byte
		line, block = firstLine(block)
		if len(line) > 0 && (line[0] == ' ' || line[0] == '\t') {
			value += " " + strings.TrimSpace(string(line))
			continue
		}
		keep()
		before, after, ok := strings.Cut(string(line), ":")
		if before = strings.TrimSpace(before); ok && isToken(before) {
			name, value = before, after
		}
	}
	keep()
	return h
}

func isToken(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' || s[i] == ':' {
			return false
		}
	}
	return s != ""
}

// emptyLine is where the first empty line begins, -1 where there is none.
func emptyLine(b []byte) int {
	for at := 0; ; {
		i := bytes.IndexByte(b[at:], '\n')
		if i < 0 {
			return -1
		}
		at += i + 1
		if at < len(b) && (b[at] == '\n' || b[at] == '\r') {
			return at
		}
	}
}
