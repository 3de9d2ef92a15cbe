package compose

import (
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aparte-dev/aparte"
)

// Format is how a picture is written.
type Format string

// The formats of pictures. Where there is a countdown, GIF and WebP move, and are never for dense screens.
const (
	AsPNG  Format = "image/png"
	AsJPEG Format = "image/jpeg"
	AsGIF  Format = "image/gif"  // at most 255 colours
	AsWebP Format = "image/webp" // without loss
)

// Spared is what was left out of a picture because many were asked for at once.
type Spared string

// What is spared, the least first.
const (
	SparedNothing   Spared = ""
	SparedDensity   Spared = "density"   // pixels for dense screens; a countdown's movement
	SparedPerson    Spared = "person"    // what is said to this person alone: the same picture does for many
	SparedSharpness Spared = "sharpness" // three pixels of four, as well
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
// before anything fails: the best picture that is there already is shown, else the best that there is time for is painted.
// What cannot be written as WebP is written as PNG, or GIF where it counts down.
func (c *Composer) Picture(s *Scene, f Format) (Print, error) {
	shown, err := c.picture(s, f)
	switch {
	case !errors.Is(err, errUnwritten):
		return shown, err
	case CountsDown(s):
		return c.picture(s, AsGIF)
	}
	return c.picture(s, AsPNG)
}

func (c *Composer) picture(s *Scene, f Format) (Print, error) {
	asked, err := c.proof(s, f)
	if err != nil {
		return Print{}, err
	}
	if body, ok, err := c.printed(asked); ok {
		return Print{Type: f, Body: body}, err
	}
	most := c.press.spare()
	for _, spared := range lessening {
		less := asked
		if spared != SparedNothing {
			if less, err = c.less(s, f, spared); err != nil {
				return Print{}, err
			}
			if body, ok, err := c.printed(less); ok {
				return Print{Type: less.format, Body: body, Spared: spared}, err
			}
		}
		if most == spared {
			body, err := c.print(less)
			return Print{Type: less.format, Body: body, Spared: spared}, err
		}
	}
	return Print{}, ErrCrowded
}

// proof is a picture as it is to be painted.
type proof struct {
	*scope
	format Format
	scale  float64 // pixels of the picture for each of the layout, along a side
}

// proof is the scene as it is asked for.
func (c *Composer) proof(s *Scene, f Format) (proof, error) {
	sc, err := c.scope(s)
	return proof{sc, f, float64(min(max(s.Scale, 1), maxScale))}, err
}

// less is the scene with less in it.
func (c *Composer) less(s *Scene, f Format, spared Spared) (proof, error) {
	less := *s
	less.Scale = 1
	if f != AsJPEG { // what is soonest written, and stands still
		f = AsPNG
	}
	if spared == SparedPerson || spared == SparedSharpness {
		less.Locale, less.Zone = s.wanted(), s.zone()
		less.Person = nil
	}
	out, err := c.proof(&less, f)
	if spared == SparedSharpness && !hasCode(s.Layout) { // which scanners have to read
		out.scale = 0.5
	}
	return out, err
}

// hasCode reports whether a layout's picture has something for machines to read.
func hasCode(l *aparte.Layout) bool {
	return l != nil && l.Banner != nil && slices.ContainsFunc(l.Banner.Boxes, func(b aparte.Box) bool { return b.Kind == "qr" || b.Kind == "barcode" })
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
	scale    float64
	fallback bool
}

// maxPrints is how many bytes of pictures are kept.
const maxPrints = 64 << 20

func keyOf(sc proof) printKey {
	s := sc.scene
	key := printKey{
		content: s.Content, layout: s.Layout, item: s.Item, variants: string(s.Action.Variants),
		language: sc.voice.tongue.tag.String(), format: sc.format, scale: sc.scale,
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
		if b.Kind == "map" && s.Place != nil {
			place, _ := json.Marshal(s.Place) // all of it, as the map may show any
			said.Write(place)
			fmt.Fprintf(&said, "\x00%v", s.Opening)
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
func (c *Composer) printed(p proof) ([]byte, bool, error) {
	if !c.pagesOf(p.scene.Brand).pictures.has(keyOf(p)) {
		return nil, false, nil
	}
	body, err := c.print(p)
	return body, true, err
}

func (c *Composer) print(p proof) ([]byte, error) {
	return c.pagesOf(p.scene.Brand).pictures.get(keyOf(p), func() ([]byte, int64, error) {
		work := c.press.enter(p.pixels())
		defer c.press.leave(work)
		body, err := c.draw(p)
		return body, int64(len(body)), err
	})
}

// pixels is how many a picture has.
func (p *proof) pixels() float64 {
	if p.scene.Layout == nil || p.scene.Layout.Banner == nil {
		return 0
	}
	b := p.scene.Layout.Banner
	return float64(b.Width) * float64(b.Height) * p.scale * p.scale
}

// press bounds how many pictures are painted at a time, and knows how long those that are wanted will take.
type press struct {
	desks chan struct{}

	mu    sync.Mutex
	ahead float64 // pixels that are being painted, or wait to be
	pace  float64 // nanoseconds that a pixel took lately, fetching and scaling what is shown included
}

// firstPace is how long a pixel is thought to take before any was painted, in nanoseconds.
const firstPace = 25

// newPress has as many desks as there are processors, though more threads may share them.
func newPress() *press {
	return &press{desks: make(chan struct{}, min(runtime.GOMAXPROCS(0), runtime.NumCPU())), pace: firstPace}
}

// work is a picture being painted.
type work struct {
	pixels float64
	began  time.Time
}

func (p *press) enter(pixels float64) work {
	p.mu.Lock()
	p.ahead += pixels
	p.mu.Unlock()
	p.desks <- struct{}{}
	return work{pixels, time.Now()}
}

func (p *press) leave(w work) {
	<-p.desks
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ahead -= w.pixels; w.pixels > 0 {
		p.pace += (float64(time.Since(w.began))/w.pixels - p.pace) / 8
	}
}

// wait is how long who asks now will wait for a desk.
func (p *press) wait() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Duration(p.ahead * p.pace / float64(cap(p.desks)))
}

// lessening is what is spared in turn.
var lessening = [...]Spared{SparedNothing, SparedDensity, SparedPerson, SparedSharpness}

// patience is how long one may have to wait for a desk for a picture of which so much is spared: what costs less may be
// promised to more. Who would have to wait longer than for the last is shown what is there.
var patience = [len(lessening)]time.Duration{
	12 * time.Millisecond, 25 * time.Millisecond, 50 * time.Millisecond, 100 * time.Millisecond,
}

// sparedAll says that there is no time to paint at all.
const sparedAll Spared = "all"

// spare is what a picture that is asked for now has to do without.
func (p *press) spare() Spared {
	wait := p.wait()
	for i, most := range patience {
		if wait <= most {
			return lessening[i]
		}
	}
	return sparedAll
}
