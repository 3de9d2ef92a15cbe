package api

import (
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/engine"
	"github.com/go-json-experiment/json"
)

// appendAnswers appends the body that /v1/decide and /v1/moment answer. "id", "slot", "silent",
// "channel" and "propensity" are always there, the rest where it says something. It is written by hand
// because every page waits for it.
func appendAnswers(dst []byte, answers []engine.Answer, plan *decide.Plan, problems []problem) []byte {
	dst = append(dst, `{"decisions":[`...)
	for i := range answers {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendAnswer(dst, &answers[i], plan)
	}
	dst = append(dst, ']')
	if len(problems) > 0 {
		if errors, err := json.Marshal(problems); err == nil {
			dst = append(append(dst, `,"errors":`...), errors...)
		}
	}
	return append(dst, '}')
}

func appendAnswer(dst []byte, a *engine.Answer, plan *decide.Plan) []byte {
	d := &a.Decision
	dst = append(dst, `{"id":"`...)
	if !d.ID.IsZero() {
		dst = append(dst, d.ID.String()...)
	}
	dst = append(dst, '"')
	dst = appendText(dst, "slot", d.Slot)
	dst = append(dst, `,"silent":`...)
	dst = strconv.AppendBool(dst, d.Action.Silent())
	dst = appendText(dst, "channel", string(d.Channel))
	dst = appendSome(dst, "content", string(d.Action.Content))
	dst = appendSome(dst, "layout", string(d.Action.Layout))
	dst = appendSome(dst, "item", string(d.Action.Item))
	dst = appendVariants(dst, &d.Action, plan)
	dst = appendElements(dst, a.Elements)
	dst = appendSome(dst, "html", a.HTML)
	dst = appendSome(dst, "image", a.Image)
	dst = appendSome(dst, "link", a.Link)
	dst = append(dst, `,"propensity":`...)
	dst = strconv.AppendFloat(dst, d.Propensity, 'g', -1, 64)
	if a.Why != nil {
		dst = append(dst, `,"why":[`...)
		for i, why := range a.Why {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendQuoted(dst, why)
		}
		dst = append(dst, ']')
	}
	return append(dst, '}')
}

// appendVariants appends which variant each element has, both by the ids the brand gives them.
func appendVariants(dst []byte, a *aparte.Action, plan *decide.Plan) []byte {
	if a.Silent() || plan == nil {
		return dst
	}
	content, ok := plan.Content(a.Content)
	if !ok || len(a.Variants) == 0 {
		return dst
	}
	dst = append(dst, `,"variants":{`...)
	first := true
	for i, chosen := range a.Variants {
		// The brand may have changed since the decision was taken.
		if i >= len(content.Elements) || int(chosen) >= len(content.Elements[i].Variants) {
			break
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(appendQuoted(dst, content.Elements[i].Name), ':')
		dst = appendQuoted(dst, content.Elements[i].Variants[chosen].ID)
	}
	return append(dst, '}')
}

// appendElements appends elements in order of their names.
func appendElements(dst []byte, elements map[string]string) []byte {
	if len(elements) == 0 {
		return dst
	}
	var room [16]string
	names := room[:0]
	for name := range elements {
		names = append(names, name)
	}
	slices.Sort(names)
	dst = append(dst, `,"elements":{`...)
	for i, name := range names {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendQuoted(dst, name), ':')
		dst = appendQuoted(dst, elements[name])
	}
	return append(dst, '}')
}

// appendSome appends a member unless its text is empty.
func appendSome(dst []byte, name, text string) []byte {
	if text == "" {
		return dst
	}
	return appendText(dst, name, text)
}

// appendText appends a member; name needs no escaping.
func appendText(dst []byte, name, text string) []byte {
	dst = append(append(append(dst, `,"`...), name...), `":`...)
	return appendQuoted(dst, text)
}

// appendQuoted appends text as JSON; what is not UTF-8 becomes U+FFFD.
func appendQuoted(dst []byte, text string) []byte {
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "\ufffd")
	}
	dst = append(slices.Grow(dst, len(text)+len(text)/8+2), '"')
	for {
		n := plainBytes(text)
		dst = append(dst, text[:n]...)
		if n == len(text) {
			return append(dst, '"')
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
		if c := s[i]; c < ' ' || c == '"' || c == '\\' {
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
