package compose

import (
	"errors"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/aparte-dev/aparte"
)

// Format is how a picture is written.
type Format string

// The formats of pictures. There is no WebP: no encoder in Go alone makes it both small and quickly.
const (
	AsPNG  Format = "image/png"
	AsJPEG Format = "image/jpeg"
	AsGIF  Format = "image/gif" // moves where there is a countdown; at most 255 colours, and never for dense screens
)

// Spared is what was left out of a picture because many were asked for at once.
type Spared string

// What is spared, the least first.
const (
	SparedNothing Spared = ""
	SparedDensity Spared = "density" // pixels for dense screens; a countdown's movement
	SparedPerson  Spared = "person"  // what is said to this person alone: the same picture does for many
)

// ErrCrowded says that so many pictures are being asked for that this one is not painted: its fallback is to be
// shown.
var ErrCrowded = errors.New("compose: more pictures are asked for than can be painted")

// Print is a picture, written.
type Print struct {
	Type   Format
	Body   []byte // shared: it must not be changed
	Spared Spared
}

// Picture is the scene's layout as a picture. Scenes that look the same are painted once, and those who ask for one
// while it is painted wait for it. Where more wait than can be served in a fraction of a second, quality is spared
// before anything fails.
func (c *Composer) Picture(s *Scene, f Format) (Print, error) {
	sc, err := c.scope(s)
	if err != nil {
		return Print{}, err
	}
	if body, ok, err := c.printed(sc, f, s.Scale); ok {
		return Print{Type: f, Body: body}, err
	}
	spared, crowded := c.press.spare()
	if spared != SparedNothing {
		s, f = sparing(s, f, spared)
		if sc, err = c.scope(s); err != nil {
			return Print{}, err
		}
	}
	if crowded {
		if body, ok, err := c.printed(sc, f, s.Scale); ok {
			return Print{Type: f, Body: body, Spared: spared}, err
		}
		return Print{}, ErrCrowded
	}
	body, err := c.print(sc, f, s.Scale)
	return Print{Type: f, Body: body, Spared: spared}, err
}

// sparing is the scene with less in it.
func sparing(s *Scene, f Format, spared Spared) (*Scene, Format) {
	less := *s
	less.Scale = 1
	if f == AsGIF {
		f = AsPNG
	}
	if spared == SparedPerson {
		less.Locale, less.Zone = s.wanted(), s.zone()
		less.Person = nil
	}
	return &less, f
}

// printKey is all that a picture depends on.
type printKey struct {
	content  *aparte.Content
	layout   *aparte.Layout
	item     *aparte.Item
	variants string
	language string // how prices are written, and from which side
	said     string // the words that it shows, and what its countdowns do
	format   Format
	scale    int
	fallback bool
}

// maxPrints is how many bytes of pictures are kept.
const maxPrints = 64 << 20

func keyOf(sc *scope, f Format, scale int) printKey {
	s := sc.scene
	key := printKey{
		content: s.Content, layout: s.Layout, item: s.Item, variants: string(s.Action.Variants),
		language: sc.voice.tongue.tag.String(), format: f, scale: max(1, scale),
	}
	if s.Layout == nil || s.Layout.Banner == nil {
		return key
	}
	var said strings.Builder
	for i := range s.Layout.Banner.Boxes {
		b := &s.Layout.Banner.Boxes[i]
		said.WriteString(sc.elements[b.Element])
		if b.Kind == "qr" && b.Element == "" {
			said.WriteString(s.Link)
		}
		said.WriteByte(0)
	}
	for _, b := range countdowns(s.Layout.Banner, s.Content) {
		said.WriteString(strconv.FormatInt(remaining(endOf(b, s.Content), s.seen()), 36))
		said.WriteByte(0)
	}
	key.said = said.String()
	return key
}

// printed is a picture that is there, or is being painted.
func (c *Composer) printed(sc *scope, f Format, scale int) ([]byte, bool, error) {
	if !c.pagesOf(sc.scene.Brand).pictures.has(keyOf(sc, f, scale)) {
		return nil, false, nil
	}
	body, err := c.print(sc, f, scale)
	return body, true, err
}

func (c *Composer) print(sc *scope, f Format, scale int) ([]byte, error) {
	return c.pagesOf(sc.scene.Brand).pictures.get(keyOf(sc, f, scale), func() ([]byte, int64, error) {
		c.press.enter()
		defer c.press.leave()
		body, err := c.draw(sc, f, scale)
		return body, int64(len(body)), err
	})
}

// press bounds how many pictures are painted at a time, and knows how many wait.
type press struct {
	desks   chan struct{}
	waiting atomic.Int64
}

func newPress() *press { return &press{desks: make(chan struct{}, runtime.GOMAXPROCS(0))} }

func (p *press) enter() {
	p.waiting.Add(1)
	p.desks <- struct{}{}
	p.waiting.Add(-1)
}

func (p *press) leave() { <-p.desks }

// How many may wait at each desk before something is spared. A picture takes about 5 ms, one for dense screens 15: who
// comes last in the queue waits about a tenth of a second.
const (
	manyForDensity = 4
	manyForPerson  = 8
	manyForAny     = 16
)

// spare is what a picture that is asked for now has to do without, and whether there is room for it at all.
func (p *press) spare() (spared Spared, crowded bool) {
	queue := int(p.waiting.Load()) / cap(p.desks)
	switch {
	case queue >= manyForAny:
		return SparedPerson, true
	case queue >= manyForPerson:
		return SparedPerson, false
	case queue >= manyForDensity:
		return SparedDensity, false
	}
	return SparedNothing, false
}
