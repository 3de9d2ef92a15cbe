package compose

import (
	"errors"
	"fmt"
	"strings"
)

// place says where in HTML one is.
type place uint8

const (
	inText         place = iota
	inOpening            // after <
	inDeclaration        // after <!
	inComment            // until -->
	inTagName            //
	inTag                // between attributes
	inAttribute          // in an attribute's name
	afterAttribute       // after an attribute's name
	beforeValue          // after =
	inValue              // in a quoted value
	inBareValue          // in a value without quotes
	inRaw                // in a script or style, until its end tag
)

// markup follows HTML as it is written, to know what an expression would stand in. Two values of it
// are equal where the same thing may follow. It understands what templates contain, not all of HTML:
// where it is unsure an expression is refused. It plays the part that contextual escaping plays in
// html/template, at authoring time.
type markup struct {
	at      place
	element string // in or just after a tag's name; in inRaw, whose end tag ends it
	closing bool   // the tag is an end tag
	name    string // the attribute
	quote   rune
	matched string // the last characters, where an end is looked for
	url     address
}

// filtering is what an expression must go through in the place where it stands.
type filtering uint8

const (
	asWords      filtering = iota // escaped, as everything is
	asAddress                     // the start of an address: through the filter url
	asComponent                   // a part of an address: through the filter url_encode
	asStyleValue                  // in CSS: only the brand's colours and font
)

// literal follows text written by the author.
func (m *markup) literal(s string) error {
	for _, r := range s {
		if err := m.follow(r); err != nil {
			return err
		}
	}
	return nil
}

func (m *markup) follow(r rune) error {
	switch m.at {
	case inText:
		if r == '<' {
			*m = markup{at: inOpening}
		}
	case inOpening, inDeclaration, inComment, inRaw:
		return m.followSpecial(r)
	case inTagName:
		switch {
		case r == '>':
			m.endTag()
		case isSpace(r), r == '/':
			m.at = inTag
		default:
			m.element += lower(r)
		}
	case inTag, afterAttribute:
		m.followTag(r)
	case inAttribute:
		switch {
		case r == '=':
			m.at = beforeValue
		case r == '>':
			m.endTag()
		case isSpace(r), r == '/':
			m.at = afterAttribute
		default:
			m.name += lower(r)
		}
	case beforeValue:
		switch {
		case r == '"' || r == '\'':
			m.at, m.quote, m.url = inValue, r, address{}
		case r == '>':
			m.endTag()
		case !isSpace(r):
			m.at = inBareValue
		}
	case inValue:
		return m.followValue(r)
	case inBareValue:
		if r == '>' {
			m.endTag()
		} else if isSpace(r) {
			m.at = inTag
		}
	}
	return nil
}

func (m *markup) followTag(r rune) {
	switch {
	case r == '>':
		m.endTag()
	case r == '=' && m.at == afterAttribute:
		m.at = beforeValue
	case !isSpace(r) && r != '/':
		m.at, m.name = inAttribute, lower(r)
	}
}

func (m *markup) followValue(r rune) error {
	if r == m.quote {
		m.at, m.quote, m.url, m.name = inTag, 0, address{}, ""
		return nil
	}
	if m.isAddress() {
		if err := m.url.follow(r); err != nil {
			return fmt.Errorf("attribute %s: %w", m.name, err)
		}
	}
	return nil
}

// followSpecial follows what is no plain tag: <!, comments, scripts and styles.
func (m *markup) followSpecial(r rune) error {
	switch m.at {
	case inOpening:
		switch {
		case r == '!':
			m.at = inDeclaration
		case r == '/' && !m.closing:
			m.closing = true
		case r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z':
			m.at, m.element = inTagName, lower(r)
		default:
			*m = markup{}
		}
	case inDeclaration:
		m.matched += string(r)
		switch {
		case m.matched == "--":
			*m = markup{at: inComment}
		case r == '>':
			*m = markup{}
		case len(m.matched) > 2:
			m.matched = "··" // a doctype: only its end matters
		}
	case inComment:
		m.tail(r, 3)
		switch m.matched {
		case "-->":
			*m = markup{}
		case ">", "->":
			return errors.New("a comment must not begin with > or ->")
		}
	case inRaw:
		m.tail(r, len(m.element)+3)
		if strings.HasPrefix(m.matched, "</"+m.element) && (isSpace(r) || r == '/' || r == '>') {
			*m = markup{at: inTag, element: m.element, closing: true}
			m.followTag(r)
		}
	}
	return nil
}

// tail keeps the last n characters in matched.
func (m *markup) tail(r rune, n int) {
	m.matched += lower(r)
	if len(m.matched) > n {
		m.matched = strings.ToValidUTF8(m.matched[len(m.matched)-n:], "")
	}
}

func (m *markup) endTag() {
	if !m.closing && (m.element == "script" || m.element == "style") {
		*m = markup{at: inRaw, element: m.element}
		return
	}
	*m = markup{}
}

// expression follows an expression and is what it must go through here.
func (m *markup) expression() (filtering, error) {
	switch m.at {
	case inText:
		return asWords, nil
	case inRaw:
		if m.element == "style" {
			return asStyleValue, nil
		}
	case inValue:
		return m.expressionInValue()
	case beforeValue, inBareValue:
		return 0, fmt.Errorf("put the value of the attribute %s in quotes: it holds an expression", m.name)
	}
	return 0, fmt.Errorf("an expression may stand in text or in a quoted attribute, not in %s", m.describe())
}

func (m *markup) expressionInValue() (filtering, error) {
	switch m.element {
	case "meta", "base", "object", "embed", "applet", "animate", "set", "link", "script", "param":
		return 0, fmt.Errorf("an expression may not stand in an attribute of <%s>", m.element)
	}
	switch {
	case strings.HasPrefix(m.name, "on"), m.name == "srcdoc", m.name == "srcset", m.name == "http-equiv":
		return 0, fmt.Errorf("an expression may not stand in the attribute %s", m.name)
	case m.name == "style":
		return asStyleValue, nil
	case !m.isAddress():
		return asWords, nil
	}
	filter, err := m.url.expression()
	if err != nil {
		return 0, fmt.Errorf("attribute %s: %w", m.name, err)
	}
	if filter == "url" {
		return asAddress, nil
	}
	return asComponent, nil
}

// isAddress reports whether the attribute holds an address.
func (m *markup) isAddress() bool {
	switch m.name {
	case "href", "src", "action", "formaction", "poster", "background", "cite", "data", "ping", "manifest", "longdesc", "icon":
		return true
	}
	return strings.HasSuffix(m.name, ":href")
}

func (m *markup) describe() string {
	switch m.at {
	case inComment, inDeclaration:
		return "a comment"
	case inRaw:
		return "a <" + m.element + ">"
	}
	return "a tag"
}

var errUnfinished = errors.New("the HTML ends inside a tag, a comment, a script or a style")

func (m *markup) end() error {
	if m.at != inText {
		return errUnfinished
	}
	return nil
}

func isSpace(r rune) bool { return r == ' ' || r == '\n' || r == '\t' || r == '\r' || r == '\f' }

func lower(r rune) string {
	if r >= 'A' && r <= 'Z' {
		r += 'a' - 'A'
	}
	return string(r)
}

// joined is where the HTML stands after one of two branches, and whether that can be said.
func (m markup) joined(other markup) (markup, bool) {
	var ok bool
	if m.url, ok = m.url.joined(other.url); !ok {
		return m, false
	}
	other.url = m.url
	return m, m == other
}
