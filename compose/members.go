package compose

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// AppendMembers appends what Page gives, but for the link, as members of a JSON object, each after a comma:
// "elements" in order of their names, and "html". One that would be empty is left out. Most of it is settled,
// and is escaped once for all.
func (c *Composer) AppendMembers(dst []byte, s *Scene) ([]byte, error) {
	if settled := c.settled(s); settled != nil && settled.written != nil {
		if out, ok := settled.written.append(dst, s, settled.voice); ok {
			return out, nil
		}
	}
	page, err := c.Page(s)
	if err != nil {
		return dst, err
	}
	return page.AppendMembers(dst), nil
}

// AppendMembers appends the page as Composer.AppendMembers does.
func (p *Page) AppendMembers(dst []byte) []byte {
	for i, name := range slices.Sorted(maps.Keys(p.Elements)) {
		dst = appendName(dst, name, i == 0)
		dst = AppendQuoted(dst, p.Elements[name])
	}
	if len(p.Elements) > 0 {
		dst = append(dst, '}')
	}
	if p.HTML != "" {
		dst = AppendQuoted(append(dst, htmlMember...), p.HTML)
	}
	return dst
}

// appendName begins one of the elements.
func appendName(dst []byte, name string, first bool) []byte {
	if first {
		dst = append(dst, `,"elements":{`...)
	} else {
		dst = append(dst, ',')
	}
	return append(AppendQuoted(dst, name), ':')
}

const htmlMember = `,"html":`

// written is a settled page in JSON: texts, already escaped, and between them addresses, each person's own.
type written struct {
	texts  []string // one more than addresses
	spots  []int    // which of the prints comes after each text but the last
	prints []hole   // different ones: most pages lead to one address from several places
	size   int      // of the texts
	pool   *sync.Pool
}

// hole prints an address.
type hole struct {
	instruction
	markup bool
}

// mostPrints is more different prints than layouts have.
const mostPrints = 8

// write is the page in JSON, nil where that depends on more of the addresses than where they stand.
func (p *settled) write(pool *sync.Pool) *written {
	w := written{pool: pool}
	var text []byte
	for i, name := range slices.Sorted(maps.Keys(p.elements)) {
		text = appendName(text, name, i == 0)
		if slices.Contains(p.pictures, name) {
			w.leave(append(text, '"'), hole{instruction: instruction{path: "image"}})
			text = append(text[:0], '"')
		} else {
			text = AppendQuoted(text, p.elements[name])
		}
	}
	if len(p.elements) > 0 {
		text = append(text, '}')
	}
	ok := true
	if p.html != nil {
		text, ok = w.writeHTML(text, p)
	}
	w.texts = append(w.texts, string(text))
	if !ok || len(w.prints) > mostPrints {
		return nil
	}
	for _, text := range w.texts {
		w.size += len(text)
	}
	return &w
}

// writeHTML writes the HTML after text and returns what comes after the last address. It is false where an address
// might begin or end the HTML, which then would have to be trimmed.
func (w *written) writeHTML(text []byte, p *settled) ([]byte, bool) {
	steps := slices.Clone(p.html.quick)
	if steps == nil {
		steps = quick{{what: quickText, text: p.html.plain}}
	}
	first, last := &steps[0], &steps[len(steps)-1]
	first.text = strings.TrimLeftFunc(first.text, unicode.IsSpace)
	last.text = strings.TrimRightFunc(last.text, unicode.IsSpace)
	if first.text == "" || last.text == "" {
		return text, len(steps) == 1
	}
	text = append(append(text, htmlMember...), '"')
	for _, step := range steps {
		if step.what == quickText {
			if !utf8.ValidString(step.text) {
				return text, false
			}
			text = appendInQuotes(text, step.text)
			continue
		}
		if element, ok := strings.CutPrefix(step.path, "elements."); ok && slices.Contains(p.pictures, element) {
			step.path = "image" // what it stands for
		}
		w.leave(text, hole{step, true})
		text = text[:0]
	}
	return append(text, '"'), true
}

// leave leaves room for an address after a text.
func (w *written) leave(text []byte, h hole) {
	at := slices.IndexFunc(w.prints, h.equals)
	if at < 0 {
		at, w.prints = len(w.prints), append(w.prints, h)
	}
	w.texts, w.spots = append(w.texts, string(text)), append(w.spots, at)
}

func (h hole) equals(other hole) bool {
	return h.path == other.path && h.markup == other.markup && h.bare == other.bare &&
		slices.EqualFunc(h.filters, other.filters, func(a, b quickly) bool { return a.name == b.name && slices.Equal(a.args, b.args) })
}

// append appends the members in a scene; false where that has to be done from the page, which can tell what is wrong.
func (w *written) append(dst []byte, s *Scene, v voice) (_ []byte, ok bool) {
	defer func() { // as in template.render
		if r := recover(); r != nil {
			ok = false
		}
	}()
	out, pooled := w.pool.Get().(*limited)
	if !pooled {
		out = &limited{}
	}
	defer w.pool.Put(out)
	*out = limited{text: out.text[:0]}
	sc := scope{scene: s, voice: v}
	var printed [mostPrints][]byte
	total := len(dst) + w.size
	for i := range w.prints {
		from := len(out.text)
		if h := &w.prints[i]; h.print(&sc, out, h.markup) != nil {
			return dst, false
		}
		printed[i] = out.text[from:]
		if !utf8.Valid(printed[i]) {
			return dst, false
		}
		if slices.ContainsFunc(printed[i], isEscaped) {
			printed[i] = appendInQuotes(nil, string(printed[i]))
		}
	}
	for _, at := range w.spots {
		total += len(printed[at])
	}
	if total-len(dst) > maxMarkupBytes {
		return dst, false
	}
	dst = slices.Grow(dst, total-len(dst))
	for i, at := range w.spots {
		dst = append(append(dst, w.texts[i]...), printed[at]...)
	}
	return append(dst, w.texts[len(w.spots)]...), true
}
