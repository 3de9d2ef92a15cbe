package mjml

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	xhtml "golang.org/x/net/html"
)

// Width is how wide a sheet is, in CSS pixels.
const Width = 512

// Bounds of a source.
const (
	MaxBytes = 256 << 10
	maxNodes = 2_000
)

// node is one element.
type node struct {
	tag      string
	line     int
	attrs    map[string]string
	children []*node
	inner    string // of those that hold HTML: as it is written
}

// holds are the elements that may stand in each, and of those that hold HTML nil.
var holds = map[string][]string{
	"mjml":          {"mj-head", "mj-body"},
	"mj-head":       {"mj-attributes", "mj-title", "mj-preview"},
	"mj-attributes": {"mj-all", "mj-class", "mj-section", "mj-column", "mj-text", "mj-image", "mj-button", "mj-divider", "mj-spacer"},
	"mj-body":       {"mj-section", "mj-raw"},
	"mj-section":    {"mj-column", "mj-raw"},
	"mj-column":     {"mj-text", "mj-image", "mj-button", "mj-divider", "mj-spacer", "mj-raw"},
}

var holdHTML = map[string]bool{"mj-text": true, "mj-button": true, "mj-raw": true, "mj-title": true, "mj-preview": true}

// Compile is the HTML of a source. The error joins everything that is wrong with it, each with its line.
func Compile(source string) (string, error) {
	if len(source) > MaxBytes {
		return "", fmt.Errorf("%d bytes, at most %d", len(source), MaxBytes)
	}
	root, err := parse(source)
	if err != nil {
		return "", err
	}
	c := &compiler{defaults: map[string]map[string]string{}}
	for _, part := range root.children {
		if part.tag == "mj-head" {
			c.head(part)
		}
	}
	for _, part := range root.children {
		if part.tag == "mj-body" {
			c.body(part)
		}
	}
	if err := errors.Join(c.errs...); err != nil {
		return "", err
	}
	return c.out.String(), nil
}

// parse reads a source into a tree, in which everything stands where it may.
func parse(source string) (*node, error) {
	p := &parser{tokens: xhtml.NewTokenizer(strings.NewReader(source)), line: 1}
	for {
		kind, raw := p.next()
		switch {
		case kind == xhtml.ErrorToken && p.tokens.Err() == io.EOF:
			return nil, errors.New("line 1: there is no <mjml>")
		case kind == xhtml.ErrorToken:
			return nil, fmt.Errorf("line %d: %w", p.line, p.tokens.Err())
		case kind == xhtml.StartTagToken || kind == xhtml.SelfClosingTagToken:
			n := p.node()
			if n.tag != "mjml" || kind == xhtml.SelfClosingTagToken {
				return nil, fmt.Errorf("line %d: <%s> where <mjml> must begin", n.line, n.tag)
			}
			return n, p.fill(n)
		case kind == xhtml.TextToken && strings.TrimSpace(raw) != "":
			return nil, fmt.Errorf("line %d: text before <mjml>", p.line)
		}
	}
}

type parser struct {
	tokens *xhtml.Tokenizer
	line   int // of the token under way
	after  int // lines in it
	nodes  int
}

// next goes on to the next token.
func (p *parser) next() (xhtml.TokenType, string) {
	p.line += p.after
	kind := p.tokens.Next()
	raw := string(p.tokens.Raw())
	p.after = strings.Count(raw, "\n")
	return kind, raw
}

// node is the element that begins with the token under way.
func (p *parser) node() *node {
	t := p.tokens.Token()
	n := &node{tag: t.Data, line: p.line, attrs: map[string]string{}}
	for _, a := range t.Attr {
		n.attrs[a.Key] = a.Val
	}
	p.nodes++
	return n
}

// fill reads what an element holds, up to its end.
func (p *parser) fill(n *node) error {
	for {
		kind, raw := p.next()
		switch kind {
		case xhtml.ErrorToken:
			return fmt.Errorf("line %d: <%s> does not end", n.line, n.tag)
		case xhtml.TextToken:
			if strings.TrimSpace(raw) != "" {
				return fmt.Errorf("line %d: text in <%s>: it belongs into an <mj-text>", p.line, n.tag)
			}
		case xhtml.EndTagToken:
			if t := p.tokens.Token(); t.Data != n.tag {
				return fmt.Errorf("line %d: </%s> where <%s> of line %d must end", p.line, t.Data, n.tag, n.line)
			}
			return nil
		case xhtml.StartTagToken, xhtml.SelfClosingTagToken:
			child := p.node()
			if !slices.Contains(holds[n.tag], child.tag) {
				return fmt.Errorf("line %d: <%s> in <%s>, where %s may stand", child.line, child.tag, n.tag, strings.Join(holds[n.tag], ", "))
			}
			if p.nodes > maxNodes {
				return fmt.Errorf("line %d: more than %d elements", child.line, maxNodes)
			}
			n.children = append(n.children, child)
			if kind == xhtml.SelfClosingTagToken {
				continue
			}
			end := p.fill
			if holdHTML[child.tag] && n.tag != "mj-attributes" {
				end = p.keep
			}
			if err := end(child); err != nil {
				return err
			}
		}
	}
}

// keep keeps what an element holds as it is written, up to its end.
func (p *parser) keep(n *node) error {
	var inner strings.Builder
	for {
		kind, raw := p.next()
		if kind == xhtml.ErrorToken {
			return fmt.Errorf("line %d: <%s> does not end", n.line, n.tag)
		}
		if kind == xhtml.EndTagToken {
			if name, _ := p.tokens.TagName(); string(name) == n.tag {
				n.inner = strings.TrimSpace(inner.String())
				return nil
			}
		}
		inner.WriteString(raw)
	}
}

// compiler writes a tree as HTML.
type compiler struct {
	out      strings.Builder
	defaults map[string]map[string]string // by tag, mj-all, or class behind a dot
	errs     []error
}

func (c *compiler) wrong(n *node, format string, args ...any) {
	c.errs = append(c.errs, fmt.Errorf("line %d: <%s>: %s", n.line, n.tag, fmt.Sprintf(format, args...)))
}

// head reads what attributes are where an element does not say.
func (c *compiler) head(head *node) {
	for _, part := range head.children {
		if part.tag != "mj-attributes" {
			continue // a title and a preheader are the content's elements
		}
		for _, n := range part.children {
			name, attrs := n.tag, maps.Clone(n.attrs)
			if name == "mj-class" {
				name = "." + attrs["name"]
				delete(attrs, "name")
			}
			c.defaults[name] = attrs
		}
	}
}

// attr is an attribute of an element: its own, its classes', its kind's, everybody's, or the one given.
func (c *compiler) attr(n *node, name, otherwise string) string {
	if v, own := n.attrs[name]; own {
		return v
	}
	for _, class := range strings.Fields(n.attrs["mj-class"]) {
		if v, has := c.defaults["."+class][name]; has {
			return v
		}
	}
	for _, of := range []string{n.tag, "mj-all"} {
		if v, has := c.defaults[of][name]; has {
			return v
		}
	}
	return otherwise
}

func (c *compiler) write(format string, args ...any) { fmt.Fprintf(&c.out, format, args...) }

func (c *compiler) body(body *node) {
	c.known(body)
	for _, n := range body.children {
		if n.tag == "mj-raw" {
			c.out.WriteString(n.inner)
			continue
		}
		c.section(n)
	}
}

const table = `<table role="presentation" cellpadding="0" cellspacing="0" border="0" width="100%%" style="border-collapse:collapse%s">`

// section is a row of columns.
func (c *compiler) section(n *node) {
	c.known(n)
	padding := c.sides(n, "padding", "20px 0")
	style := c.paint(n)
	c.write(table+`<tr><td align="%s" style="padding:%s;font-size:0;text-align:%s%s">`, "", c.one(n, "text-align", "center", aligns), padding, c.one(n, "text-align", "center", aligns), style)
	room := Width - padding.across()
	var columns []*node
	for _, child := range n.children {
		if child.tag == "mj-column" {
			columns = append(columns, child)
		}
	}
	c.out.WriteString(`<!--[if mso]><table role="presentation" cellpadding="0" cellspacing="0" border="0"><tr><![endif]-->`)
	for _, child := range n.children {
		if child.tag == "mj-raw" {
			c.out.WriteString(child.inner)
			continue
		}
		c.column(child, room, len(columns))
	}
	c.out.WriteString(`<!--[if mso]></tr></table><![endif]--></td></tr></table>`)
}

// column stands beside its neighbours where all of its width is there.
func (c *compiler) column(n *node, room, of int) {
	c.known(n)
	width := c.width(n, room, room/max(1, of))
	align := c.one(n, "vertical-align", "top", verticals)
	padding := c.sides(n, "padding", "0")
	c.write(`<!--[if mso]><td valign="%s" style="width:%dpx"><![endif]--><div style="display:inline-block;width:100%%;max-width:%dpx;vertical-align:%s;font-size:15px;text-align:left">`, align, width, width, align)
	c.write(table+`<tr><td style="padding:%s%s">`, "", padding, c.paint(n))
	for _, child := range n.children {
		switch child.tag {
		case "mj-raw":
			c.out.WriteString(child.inner)
		case "mj-text":
			c.text(child)
		case "mj-image":
			c.image(child, width-padding.across())
		case "mj-button":
			c.button(child)
		case "mj-divider":
			c.known(child)
			c.write(table+`<tr><td style="padding:%s"><div style="border-top:%s solid %s;font-size:1px;line-height:1px">&nbsp;</div></td></tr></table>`,
				"", c.sides(child, "padding", "10px 25px"), c.length(child, "border-width", "1px"), c.colour(child, "border-color", "{{ brand.ink }}"))
		case "mj-spacer":
			c.known(child)
			height := c.length(child, "height", "20px")
			c.write(`<div style="height:%s;line-height:%s;font-size:1px">&nbsp;</div>`, height, height)
		}
	}
	c.out.WriteString(`</td></tr></table></div><!--[if mso]></td><![endif]-->`)
}

func (c *compiler) text(n *node) {
	c.known(n)
	c.write(table+`<tr><td align="%s" class="ink" style="padding:%s;font-family:{{ brand.fontFamily }};font-size:%s;line-height:%s;font-weight:%s;color:%s;text-align:%s">%s</td></tr></table>`,
		"", c.one(n, "align", "left", aligns), c.sides(n, "padding", "10px 25px"), c.length(n, "font-size", "15px"), c.ratio(n, "line-height", "1.5"),
		c.one(n, "font-weight", "normal", weights), c.colour(n, "color", "{{ brand.ink }}"), c.one(n, "align", "left", aligns), n.inner)
}

func (c *compiler) image(n *node, room int) {
	c.known(n)
	padding := c.sides(n, "padding", "10px 25px")
	width := c.width(n, room-padding.across(), room-padding.across())
	if n.attrs["src"] == "" {
		c.wrong(n, "src is missing")
	}
	if _, said := n.attrs["alt"]; !said {
		c.wrong(n, "alt is missing: what it shows, in words, or empty where it is there for its looks alone")
	}
	img := fmt.Sprintf(`<img src="%s" alt="%s" width="%d" style="display:block;width:100%%;max-width:%dpx;height:auto;border:0;border-radius:%s">`,
		quoted(n.attrs["src"]), quoted(n.attrs["alt"]), width, width, c.length(n, "border-radius", "0"))
	if href := n.attrs["href"]; href != "" {
		img = fmt.Sprintf(`<a href="%s">%s</a>`, quoted(href), img)
	}
	align := c.one(n, "align", "center", aligns)
	margin := map[string]string{"left": "0", "center": "0 auto", "right": "0 0 0 auto"}[align]
	c.write(table+`<tr><td align="%s" style="padding:%s"><div style="max-width:%dpx;margin:%s">%s</div></td></tr></table>`, "", align, padding, width, margin, img)
}

func (c *compiler) button(n *node) {
	c.known(n)
	if n.attrs["href"] == "" {
		c.wrong(n, "href is missing")
	}
	back, radius := c.colour(n, "background-color", "{{ brand.accent }}"), c.length(n, "border-radius", "3px")
	align := c.one(n, "align", "center", aligns)
	c.write(table+`<tr><td align="%s" style="padding:%s"><table role="presentation" cellpadding="0" cellspacing="0" border="0" style="border-collapse:separate"><tr><td align="center" bgcolor="%s" style="border-radius:%s;background-color:%s">`,
		"", align, c.sides(n, "padding", "10px 25px"), back, radius, back)
	c.write(`<a href="%s" style="display:inline-block;padding:%s;font-family:{{ brand.fontFamily }};font-size:%s;font-weight:%s;line-height:1.2;color:%s;text-decoration:none;border-radius:%s">%s</a></td></tr></table></td></tr></table>`,
		quoted(n.attrs["href"]), c.sides(n, "inner-padding", "12px 25px"), c.length(n, "font-size", "15px"), c.one(n, "font-weight", "bold", weights),
		c.colour(n, "color", "{{ brand.onAccent }}"), radius, n.inner)
}
