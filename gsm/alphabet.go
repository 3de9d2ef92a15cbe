package gsm

import (
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// escape begins a letter of the extension.
const escape = 0x1b

// basic is the default alphabet: the letter of each septet (3GPP TS 23.038, section 6.2.1). That of escape is none.
var basic = [128]rune{
	'@', '£', '$', '¥', 'è', 'é', 'ù', 'ì', 'ò', 'Ç', '\n', 'Ø', 'ø', '\r', 'Å', 'å',
	'Δ', '_', 'Φ', 'Γ', 'Λ', 'Ω', 'Π', 'Ψ', 'Σ', 'Θ', 'Ξ', utf8.RuneError, 'Æ', 'æ', 'ß', 'É',
	' ', '!', '"', '#', '¤', '%', '&', '\'', '(', ')', '*', '+', ',', '-', '.', '/',
	'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', ':', ';', '<', '=', '>', '?',
	'¡', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O',
	'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z', 'Ä', 'Ö', 'Ñ', 'Ü', '§',
	'¿', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',
	'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', 'ä', 'ö', 'ñ', 'ü', 'à',
}

// extended is the extension of the default alphabet: the letter of each septet behind an escape (section 6.2.1.1).
var extended = map[byte]rune{
	0x0a: '\f', 0x14: '^', 0x28: '{', 0x29: '}', 0x2f: '\\', 0x3c: '[', 0x3d: '~', 0x3e: ']', 0x40: '|', 0x65: '€',
}

// septets are those of each letter that has some: one, or two with the escape.
var septets = func() map[rune]string {
	m := make(map[rune]string, len(basic)+len(extended))
	for i, r := range basic {
		if i != escape {
			m[r] = string([]byte{byte(i)})
		}
	}
	for b, r := range extended {
		m[r] = string([]byte{escape, b})
	}
	return m
}()

// DecodeSeptets is the text of septets, one a byte. What is no letter becomes U+FFFD.
func DecodeSeptets(b []byte) string {
	var out strings.Builder
	for i := 0; i < len(b); i++ {
		r := utf8.RuneError
		switch {
		case b[i] == escape && i+1 < len(b):
			i++
			var ok bool
			if r, ok = extended[b[i]]; !ok && b[i] < 128 && b[i] != escape {
				r = basic[b[i]] // as the section asks of phones that do not know the letter
			}
		case b[i] < 128:
			r = basic[b[i]]
		}
		out.WriteRune(r)
	}
	return out.String()
}

// DecodeUCS2 is the text of big-endian 16-bit letters, read as UTF-16. What is no letter becomes U+FFFD; a byte too many is
// left out.
func DecodeUCS2(b []byte) string {
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = binary.BigEndian.Uint16(b[2*i:])
	}
	return string(utf16.Decode(units))
}
