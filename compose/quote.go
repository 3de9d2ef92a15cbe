package compose

import (
	"math/bits"
	"slices"
	"strings"
	"unicode/utf8"
)

// AppendQuoted appends text as JSON; what is not UTF-8 becomes U+FFFD.
func AppendQuoted(dst []byte, text string) []byte {
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "\ufffd")
	}
	dst = append(slices.Grow(dst, len(text)+len(text)/8+2), '"')
	return append(appendInQuotes(dst, text), '"')
}

// appendInQuotes appends text as it stands between the quotes of JSON.
func appendInQuotes(dst []byte, text string) []byte {
	for {
		n := plainBytes(text)
		dst = append(dst, text[:n]...)
		if n == len(text) {
			return dst
		}
		switch c := text[n]; c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, `\n`...)
		case '\r':
			dst = append(dst, `\r`...)
		case '\t':
			dst = append(dst, `\t`...)
		default:
			const hex = "0123456789abcdef"
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
		text = text[n+1:]
	}
}

// isEscaped reports whether JSON escapes a byte.
func isEscaped(c byte) bool { return c < ' ' || c == '"' || c == '\\' }

// plainBytes is how many bytes of s come before the first that JSON escapes. It looks at eight at once:
// (w − 0x20…) &^ w has the top bit of a byte set where that byte is below 0x20, and likewise for a quote
// or a backslash, which are made zero before (S. E. Anderson, Bit Twiddling Hacks, "Determine if a word
// has a byte less than n"). A borrow can set further bits, but only above the first that is rightly set.
func plainBytes(s string) int {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	i := 0
	for ; i+8 <= len(s); i += 8 {
		w := eightBytes(s[i : i+8])
		quote, backslash := w^(ones*'"'), w^(ones*'\\')
		if found := ((w-ones*' ')&^w | (quote-ones)&^quote | (backslash-ones)&^backslash) & tops; found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
	}
	for ; i < len(s); i++ {
		if isEscaped(s[i]) {
			break
		}
	}
	return i
}

// eightBytes is the first eight bytes of s, the first of them lowest. It compiles to one load.
func eightBytes(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}
