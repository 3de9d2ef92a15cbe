package compose

import (
	"fmt"
	"time"

	"github.com/aparte-dev/aparte"
)

// endOf is when the countdown in a box ends: a date of its own, else the end of the content; zero where neither is
// declared, and nothing is counted.
func endOf(b *aparte.Box, content *aparte.Content) time.Time {
	if !b.Until.IsZero() {
		return b.Until
	}
	return content.Until
}

// remaining is how long it still is to the end, in whole seconds: the last of them is 1, the end is 0.
func remaining(end, seen time.Time) int64 {
	left := end.Sub(seen)
	return max(0, int64((left+time.Second-1)/time.Second))
}

// countdown paints how long it still is, left seconds, to the end of the box; then the element's words.
func (p *painter) countdown(b *aparte.Box, left int64) {
	at := p.at(b)
	if b.Background != "" {
		p.fill(at, colourOr(b.Background, "paper", p.style), b.Radius)
	}
	ink := colourOr(b.Color, "ink", p.style)
	if over := p.scope.elements[b.Element]; left == 0 && over != "" {
		words := *b
		words.VAlign = "middle"
		p.text(at, &words, over, ink)
		return
	}
	l := p.figures(b, clock(left, p.scope.voice.tongue.base))
	size := min(b.Size, at.w/max(float64(l.width), 0.01))
	p.line(l, p.alignX(at, b.Align, float64(l.width)*size), p.priceLine(at, b, size), size, ink)
}

// clock writes a time: 1 j 03:15:42 in French.
func clock(left int64, language string) string {
	hours := fmt.Sprintf("%02d:%02d:%02d", left/3600%24, left/60%60, left%60)
	if days := left / (24 * 3600); days > 0 {
		unit, ok := dayUnits[language]
		if !ok {
			unit = "d"
		}
		return fmt.Sprintf("%d%s%s%s%s", days, noBreakSpace, unit, noBreakSpace, hours)
	}
	return hours
}

// dayUnits are the letters for days where they are not d. Source: CLDR 44, units, duration-day, narrow form.
var dayUnits = map[string]string{
	"fr": "j", "de": "T", "it": "g", "tr": "g", "fi": "pv", "hu": "n", "ro": "z", "ru": "д", "uk": "д", "el": "η", "he": "י", "ar": "ي",
}

// figures is a line in which all figures are equally wide, so that none moves while they count.
func (p *painter) figures(b *aparte.Box, text string) line {
	h := p.hand(b)
	h.rightToLeft = false // a clock is read from the left everywhere
	widest := float32(0)
	for _, w := range p.pen.shape("0123456789", h) {
		for i := range w.glyphs {
			widest = max(widest, w.glyphs[i].advance)
		}
	}
	words := p.pen.shape(text, h)
	runes, _ := p.pen.choose(text, h.chain())
	for _, w := range words {
		for i := range w.glyphs {
			g := &w.glyphs[i]
			if r := runes[g.cluster]; r >= '0' && r <= '9' {
				g.dx += (widest - g.advance) / 2
				g.advance = widest
			}
		}
	}
	return lineOf(words)
}

// countdowns are the banner's countdowns that have an end.
func countdowns(banner *aparte.Banner, content *aparte.Content) []*aparte.Box {
	var found []*aparte.Box
	for i := range banner.Boxes {
		if b := &banner.Boxes[i]; b.Kind == "countdown" && !endOf(b, content).IsZero() {
			found = append(found, b)
		}
	}
	return found
}

// CountsDown reports whether the scene's picture counts down to something, and so should move.
func CountsDown(s *Scene) bool {
	return s.Layout != nil && s.Layout.Banner != nil && s.Content != nil && len(countdowns(s.Layout.Banner, s.Content)) > 0
}

// seen is the instant at which the scene is looked at.
func (s *Scene) seen() time.Time {
	if s.Seen.IsZero() {
		return s.Now
	}
	return s.Seen
}
