package mjml

import (
	"fmt"
	"html"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// attributes are what each element may be given.
var attributes = map[string][]string{
	"mj-body":    {},
	"mj-section": {"background-color", "padding", "text-align"},
	"mj-column":  {"width", "vertical-align", "background-color", "padding"},
	"mj-text":    {"align", "color", "font-size", "font-weight", "line-height", "padding"},
	"mj-image":   {"src", "alt", "href", "width", "align", "padding", "border-radius"},
	"mj-button":  {"href", "background-color", "color", "border-radius", "font-size", "font-weight", "inner-padding", "padding", "align"},
	"mj-divider": {"border-color", "border-width", "padding"},
	"mj-spacer":  {"height"},
}

// quoted is a text as it stands between double quotes. What is filled in for each reader stays as it is, with single ones.
func quoted(text string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "{{")
		b.WriteString(html.EscapeString(before))
		if !found {
			return b.String()
		}
		filled, after, closed := strings.Cut(rest, "}}")
		b.WriteString("{{" + strings.ReplaceAll(filled, `"`, "'"))
		if !closed {
			return b.String()
		}
		b.WriteString("}}")
		text = after
	}
}

var (
	aligns    = []string{"left", "center", "right"}
	verticals = []string{"top", "middle", "bottom"}
	weights   = []string{"normal", "bold", "300", "400", "500", "600", "700", "800"}

	colours = regexp.MustCompile(`^(#[0-9a-fA-F]{3}|#[0-9a-fA-F]{6}|[a-z]{3,20}|\{\{ *brand\.(ink|paper|accent|onAccent) *\}\})$`)
	lengths = regexp.MustCompile(`^(0|[0-9]{1,3}px)$`)
	ratios  = regexp.MustCompile(`^([0-9](\.[0-9]{1,2})?|[0-9]{1,3}px)$`)
)

// known reports attributes that an element is not given.
func (c *compiler) known(n *node) {
	for name := range n.attrs {
		if name != "mj-class" && !slices.Contains(attributes[n.tag], name) {
			c.wrong(n, "%s is not known here: it may have %s", name, strings.Join(attributes[n.tag], ", "))
		}
	}
}

// matching is a value of the kind that it must be.
func (c *compiler) matching(n *node, name, otherwise, kind string, form *regexp.Regexp) string {
	v := strings.TrimSpace(c.attr(n, name, otherwise))
	if !form.MatchString(v) {
		c.wrong(n, "%s: %q is no %s", name, v, kind)
		return otherwise
	}
	return v
}

func (c *compiler) colour(n *node, name, otherwise string) string {
	return c.matching(n, name, otherwise, "colour (#rrggbb, a name, or one of the brand's such as {{ brand.accent }})", colours)
}

func (c *compiler) length(n *node, name, otherwise string) string {
	return c.matching(n, name, otherwise, "length in pixels such as 20px", lengths)
}

func (c *compiler) ratio(n *node, name, otherwise string) string {
	return c.matching(n, name, otherwise, "height of lines such as 1.5 or 22px", ratios)
}

// one is one of several words.
func (c *compiler) one(n *node, name, otherwise string, of []string) string {
	v := c.attr(n, name, otherwise)
	if !slices.Contains(of, v) {
		c.wrong(n, "%s: %q is none of %s", name, v, strings.Join(of, ", "))
		return otherwise
	}
	return v
}

// paint is the style of a background, empty where there is none.
func (c *compiler) paint(n *node) string {
	if c.attr(n, "background-color", "") == "" {
		return ""
	}
	return ";background-color:" + c.colour(n, "background-color", "{{ brand.paper }}")
}

// sides are lengths from the top, clockwise.
type sides [4]int

// across is how much they take of a width.
func (s sides) across() int { return s[1] + s[3] }

func (s sides) String() string { return fmt.Sprintf("%dpx %dpx %dpx %dpx", s[0], s[1], s[2], s[3]) }

// sides reads one to four lengths, as CSS has them.
func (c *compiler) sides(n *node, name, otherwise string) (s sides) {
	text := c.attr(n, name, otherwise)
	var given []int
	for _, part := range strings.Fields(text) {
		pixels, err := strconv.Atoi(strings.TrimSuffix(part, "px"))
		if !lengths.MatchString(part) || err != nil {
			given = nil
			break
		}
		given = append(given, pixels)
	}
	switch len(given) {
	case 1:
		return sides{given[0], given[0], given[0], given[0]}
	case 2:
		return sides{given[0], given[1], given[0], given[1]}
	case 3:
		return sides{given[0], given[1], given[2], given[1]}
	case 4:
		return sides{given[0], given[1], given[2], given[3]}
	}
	c.wrong(n, "%s: %q is not one to four lengths in pixels such as 10px 25px", name, text)
	return s
}

// width is a width in pixels or of a room's, no wider than the room.
func (c *compiler) width(n *node, room, otherwise int) int {
	text := c.attr(n, "width", "")
	if text == "" {
		return max(1, otherwise)
	}
	if share, isShare := strings.CutSuffix(text, "%"); isShare {
		if x, err := strconv.ParseFloat(share, 64); err == nil && x > 0 && x <= 100 {
			return max(1, int(float64(room)*x/100))
		}
	} else if x, err := strconv.Atoi(strings.TrimSuffix(text, "px")); err == nil && lengths.MatchString(text) && x > 0 {
		return min(x, max(1, room))
	}
	c.wrong(n, "width: %q is neither a length such as 200px nor a share such as 50%%", text)
	return max(1, otherwise)
}
