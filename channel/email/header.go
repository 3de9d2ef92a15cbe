package email

import (
	"bytes"
	"fmt"
	"net/mail"
	"strings"
	"unicode/utf8"
)

// foldAt is the length beyond which a header line is folded where it can be (RFC 5322 section 2.1.1).
const foldAt = 78

// writeField writes one header field, folded at its blanks. The value is one line of printable ASCII;
// unfolding gives it back unchanged.
func writeField(b *bytes.Buffer, name, value string) {
	b.WriteString(name)
	b.WriteByte(':')
	column := len(name) + 1
	for i, word := range strings.Split(value, " ") {
		// The first word stays on the name's line, and no line may be blank alone.
		if i > 0 && word != "" && column+1+len(word) > foldAt {
			b.WriteString("\r\n")
			column = 0
		}
		b.WriteByte(' ')
		b.WriteString(word)
		column += 1 + len(word)
	}
	b.WriteString("\r\n")
}

// wordRoom is how much of an encoded word is text, so that "Subject: " and a word, or two words on two
// lines, stay within the 76 characters of RFC 2047 section 2.
const wordRoom = 52

// encodeText is text for a header: as it is where it is printable ASCII, otherwise in encoded words of
// whole characters (RFC 2047 section 4.2).
func encodeText(s string) string {
	s = strings.TrimSpace(strings.ToValidUTF8(s, "\uFFFD"))
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	room := 0
	for _, r := range s {
		q := quoteRune(r)
		if len(q) > room {
			if b.Len() > 0 {
				b.WriteString("?= ")
			}
			b.WriteString("=?utf-8?q?")
			room = wordRoom
		}
		b.WriteString(q)
		room -= len(q)
	}
	b.WriteString("?=")
	return b.String()
}

// encodeMailbox is a name and address for a header.
func encodeMailbox(a *mail.Address) string {
	if isPlain(a.Name) {
		return a.String()
	}
	return encodeText(a.Name) + " <" + a.Address + ">"
}

// isPlain reports whether s may stand in a header as it is: printable ASCII, and nothing that would be
// taken for an encoded word.
func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return !strings.Contains(s, "=?")
}

func quoteRune(r rune) string {
	if r < utf8.RuneSelf && isAlphanumeric(byte(r)) || strings.ContainsRune("!*+-/", r) {
		return string(r)
	}
	if r == ' ' {
		return "_"
	}
	var b strings.Builder
	for _, c := range []byte(string(r)) {
		fmt.Fprintf(&b, "=%02X", c)
	}
	return b.String()
}
