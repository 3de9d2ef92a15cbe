package compose

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// tokenKind is what a token of a Liquid expression is.
type tokenKind uint8

const (
	nameToken     tokenKind = iota // a variable, or a filter after a bar
	labelToken                     // a name with a colon: a filter that takes arguments, a keyword
	propertyToken                  // .name
	textToken                      // a literal in quotes
	numberToken
	rangeToken // ..
	wordToken  // and, or, contains, in
	constToken // true, false, nil
	signToken  // anything else, one or two characters
)

// token is one token of an expression, text as written (a property without its dot, a literal without
// its quotes), from at to end in the source.
type token struct {
	kind    tokenKind
	text    string
	at, end int
}

func (t token) is(sign string) bool { return t.kind == signToken && t.text == sign }

// lex splits an expression as the scanner of the Liquid library does. What it reads in another way
// than the library can only be refused by one of the two.
func lex(source string) []token {
	var tokens []token
	for i := 0; i < len(source); {
		r, size := utf8.DecodeRuneInString(source[i:])
		if unicode.IsSpace(r) {
			i += size
			continue
		}
		t := next(source, i)
		tokens = append(tokens, t)
		i = t.end
	}
	return tokens
}

func next(source string, at int) token {
	rest := source[at:]
	switch c := rest[0]; {
	case c == '\'' || c == '"':
		if n := quoted(rest, c); n > 0 {
			return token{textToken, rest[1 : n-1], at, at + n}
		}
	case strings.HasPrefix(rest, ".."):
		return token{rangeToken, "..", at, at + 2}
	case c == '.':
		if n := identifier(rest[1:]); n > 0 {
			return token{propertyToken, rest[1 : 1+n], at, at + 1 + n}
		}
	case c >= '0' && c <= '9', c == '-' && len(rest) > 1 && rest[1] >= '0' && rest[1] <= '9':
		n := numeral(rest)
		return token{numberToken, rest[:n], at, at + n}
	case strings.HasPrefix(rest, "=="), strings.HasPrefix(rest, "!="), strings.HasPrefix(rest, ">="), strings.HasPrefix(rest, "<="):
		return token{signToken, rest[:2], at, at + 2}
	}
	if n := identifier(rest); n > 0 {
		return name(rest[:n], rest[n:], at)
	}
	_, size := utf8.DecodeRuneInString(rest)
	return token{signToken, rest[:size], at, at + size}
}

func name(s, rest string, at int) token {
	if strings.HasPrefix(rest, ":") {
		return token{labelToken, s, at, at + len(s) + 1}
	}
	kind := nameToken
	switch s {
	case "and", "or", "contains", "in":
		kind = wordToken
	case "true", "false", "nil":
		kind = constToken
	}
	return token{kind, s, at, at + len(s)}
}

// identifier is the length of the identifier at the start of s: letters, digits, _ and -, then ?.
func identifier(s string) int {
	n := 0
	for i, r := range s {
		if !(r == '_' || unicode.IsLetter(r) || i > 0 && (r == '-' || unicode.IsDigit(r) || unicode.IsMark(r))) {
			break
		}
		n = i + utf8.RuneLen(r)
	}
	if n > 0 && n < len(s) && s[n] == '?' {
		n++
	}
	return n
}

// numeral is the length of the number at the start of s; a dot belongs to it where a digit follows.
func numeral(s string) int {
	n := 1
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	if n+1 < len(s) && s[n] == '.' && isDigit(s[n+1]) {
		for n++; n < len(s) && isDigit(s[n]); n++ {
		}
	}
	return n
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// quoted is the length of the literal that begins s with quote, 0 where it does not end. A backslash
// escapes in double quotes only.
func quoted(s string, quote byte) int {
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == quote:
			return i + 1
		case s[i] == '\\' && quote == '"':
			i++
		}
	}
	return 0
}
