package decide

import (
	"math"
	"math/rand/v2"
	"time"

	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/interpreter"

	"github.com/aparte-dev/aparte"
)

// opened is the trigger of a moment in which a person opens a message that was sent before. Its
// channel is the message's, but nobody is disturbed by it: it is as if they had asked for a page.
const opened = "open"

// sessionGap ends a visit.
const sessionGap = 30 * time.Minute

// IntentHalfLife is how fast what a visit was about loses its weight.
const IntentHalfLife = 3 * 24 * time.Hour

// deliberation is one decision under way: the question, what was found out so far, and the memory to
// work in. It is used again for other questions: nothing of it may get into a Decision.
type deliberation struct {
	plan *Plan
	q    *Question
	own  Question // that q points to, where nothing was asked (openOn)

	person     *aparte.Person
	pared      aparte.Person // the person without what they do not want to be used
	impersonal bool          // they object to profiling
	now        time.Time
	local      time.Time // now, where they are
	reaching   bool      // the message would reach out to somebody who did not come by
	visiting   bool
	query      query
	stage      aparte.Stage
	goodwill   float64
	residual   aparte.Residual // as far as it was asked for
	valued     bool            // it was
	belongs    belonging
	likened    []likened
	weights    []float64 // of the person's affinities, now
	pulls      []float64 // those of them that lead to items; −∞ for others
	pulled     bool      // there are any
	tastes     float64   // Σ of those to categories
	favourite  float64   // the largest of those
	tones      []float64 // of what they follow, how much has each of the plan's tones; of nobody in particular, nothing
	toned      bool      // they follow some
	intents    []float64 // of what the latest visit was about, now
	pageGroup  int32     // the category the page is about; -1: none
	pageItem   int32
	toll       toll
	pressed    float64   // all that was said of late as it was felt, decayed
	routes     []route   // the channels it may be said on; the moment's first
	route      int       // that is looked at
	kinds      []float64 // of that, by kind of content
	funds      []fund    // by the brand's budgets
	said       []float64 // by content: how often it was said, decayed
	times      []int32   // by content: how often it was said, as far as memory goes
	echoes     []echo
	standings  [2]standing
	wishing    bool // they asked for something beyond yes and no to a channel
	inQuiet    bool

	frame      *interpreter.ExecutionFrame
	boxes      []ref.Val // by variable
	traitBoxes []ref.Val
	bags       [bagKinds]bag
	verdicts   []verdict // by rule
	byItem     []verdict // by memo row and view
	content    *content  // that is looked at
	item       *aparte.Item
	itemAt     int32

	views       []view
	recommended []int32 // into views
	retrieved   bool
	places      int     // how many may be recommended so far
	sourced     []int32 // into views
	company     []aparte.ItemID
	top         [sourcesEach]int
	offers      []int32   // into views
	offered     []offered // by content.offer
	options     []option
	excluded    []exclusion

	lots, draw rand.PCG // who gets into the candidates; who is chosen
	silent     bool     // silence may be chosen
	candidates []candidate
	variants   []uint8
	sample     []uint64
	context    sheet
	sheet      sheet
	ends       []int32
	actions    [][]aparte.Feature
	scores     []float64
	values     []float64 // by candidate
	costs      []float64
	nets       []float64
	chances    []float64
	unsure     bool      // the scorer told how far off scores may be, in widths
	widths     []float64 // by candidate
	hopes      []float64
	best       int
	chosen     int
	rival      int       // of chosen; chosen itself: none
	amounts    []float64 // what each feature of the situation and of the chosen action speaks for it
	told       [maxFeaturesTold]int
}

func newDeliberation(p *Plan) *deliberation {
	d := &deliberation{
		plan:     p,
		q:        new(Question),
		person:   new(aparte.Person),
		boxes:    make([]ref.Val, len(variables)),
		verdicts: make([]verdict, len(p.rules)),
		byItem:   make([]verdict, p.memos*maxViews),
		said:     make([]float64, len(p.contents)),
		times:    make([]int32, len(p.contents)),
		kinds:    make([]float64, p.kinds),
		offered:  make([]offered, p.offers),
	}
	for k := range d.bags {
		d.bags[k] = bag{d, bagKind(k)}
	}
	return d
}

// open begins a deliberation.
func (p *Plan) open(q *Question) *deliberation {
	d := p.deliberations.Get().(*deliberation)
	d.q, d.person = q, q.Person
	if d.person == nil {
		d.pared = aparte.Person{}
		d.person = &d.pared
	}
	d.lots.Seed(q.Seed, 1)
	d.draw.Seed(q.Seed, 2)
	d.look()
	d.remember()
	d.openFunds()
	d.ready()
	clear(d.verdicts)
	clear(d.byItem)
	clear(d.offered)
	d.views, d.recommended, d.retrieved = d.views[:0], d.recommended[:0], false
	d.offers, d.options, d.excluded = d.offers[:0], d.options[:0], d.excluded[:0]
	d.candidates, d.variants = d.candidates[:0], d.variants[:0]
	d.context.reset()
	d.sheet.reset()
	return d
}

// ready forgets what rules were told of others.
func (d *deliberation) ready() {
	clear(d.boxes)
	d.traitBoxes = sized(d.traitBoxes, len(d.person.Traits))
	clear(d.traitBoxes)
}

// close ends it and keeps nothing of the person.
func (p *Plan) close(d *deliberation) {
	d.closeFrame()
	clear(d.boxes)
	clear(d.traitBoxes)
	clear(d.context.names)
	clear(d.sheet.names)
	d.q, d.own, d.person, d.pared = nil, Question{}, nil, aparte.Person{}
	p.deliberations.Put(d)
}

func (d *deliberation) openFrame() {
	d.frame, _ = interpreter.NewExecutionFrame(d) // fails only for what is no activation
}

func (d *deliberation) closeFrame() {
	if d.frame != nil {
		d.frame.Close()
		d.frame = nil
	}
}

// look finds out about the person and the moment.
func (d *deliberation) look() {
	m := &d.q.Moment
	d.setRoutes()
	if d.impersonal = d.objects(); d.impersonal {
		d.pare()
	}
	p := d.person
	d.now = m.At
	d.local = d.now.In(d.zone())
	d.reaching = m.Channel.Outbound() && m.Trigger != opened
	d.visiting = !p.Session.LastAt.IsZero() && d.now.Sub(p.Session.LastAt) <= sessionGap
	if d.stage = p.StageAt(d.now); d.terms() < termsOfRhythms {
		d.stage.Name = p.LifecycleByDays(d.now)
	}
	d.goodwill, d.valued = p.Goodwill.Now(d.now), false
	d.belongs.told, d.likened = false, d.likened[:0]
	d.weights = sized(d.weights, len(p.Affinities))
	d.pulls, d.pulled = sized(d.pulls, len(p.Affinities)), false
	d.tastes, d.favourite = 0, 0
	for i, a := range p.Affinities {
		d.weights[i], d.pulls[i] = a.Now(d.now), math.Inf(-1)
		if a.Kind.OfThings() {
			d.pulls[i], d.pulled = d.weights[i], true
		}
		if a.Kind == aparte.CategoryAffinity {
			d.tastes += max(0, d.weights[i])
			d.favourite = max(d.favourite, d.weights[i])
		}
	}
	d.followTones()
	d.intents = sized(d.intents, len(p.Session.Intents))
	for i, a := range p.Session.Intents {
		d.intents[i] = aparte.Decay(a.Weight, a.At, d.now, IntentHalfLife)
	}
	d.pageItem, d.pageGroup = -1, -1
	if i, ok := d.plan.catalogue.index[m.Context.Item]; ok {
		d.pageItem, d.pageGroup = i, d.plan.catalogue.cards[i].category
	}
	if g, ok := d.plan.catalogue.categories[m.Context.Category]; ok {
		d.pageGroup = g
	}
	d.wishing = p.Wishing()
	d.search()
	d.inQuiet = d.plan.quietAt(d.local.Hour())
	d.standings = [2]standing{}
}

// terms is the edition of the words that the decision is taken in.
func (d *deliberation) terms() uint64 {
	if d.q.Edition > 0 {
		return d.q.Edition - 1
	}
	return Terms
}

// pare leaves out what a person who objects to profiling does not want to be used: what their
// behaviour says of their tastes. What they bought, put in the basket, were told and said of
// themselves stays: stock, pressure and rules need it.
func (d *deliberation) pare() {
	d.pared = *d.person
	d.pared.Affinities, d.pared.Counters, d.pared.Cadences, d.pared.Points = nil, nil, nil, nil
	d.pared.Session.Intents, d.pared.Session.LastItem, d.pared.Session.Search = nil, "", ""
	d.pared.Session.Dwell, d.pared.Session.ItemDwell = 0, 0
	d.person = &d.pared
}

// zone is the time zone the person is in: the moment's, else the one they are known by, else the brand's.
func (d *deliberation) zone() *time.Location {
	if loc := d.plan.zones.Find(d.q.Moment.Context.Zone); loc != nil {
		return loc
	}
	if loc := d.plan.zones.Find(d.person.Zone); loc != nil {
		return loc
	}
	return d.plan.zone
}

// remember goes through what was said to the person, once.
func (d *deliberation) remember() {
	clear(d.said)
	clear(d.times)
	clear(d.kinds)
	d.pressed, d.echoes = 0, d.echoes[:0]
	for i := range d.person.Said {
		s := &d.person.Said[i]
		content, known := d.plan.byContent[s.Content]
		if known {
			d.times[content]++
		}
		if len(d.routes) > 1 {
			d.rememberAnswer(s)
		}
		if d.now.Sub(s.At) > forgottenAfter {
			continue
		}
		weight := aparte.Decay(float64(min(max(s.Seen, 1), mostSeen)), s.At, d.now, RepetitionHalfLife)
		impression := felt(s.Channel.Outbound()) * weight
		d.pressed += impression
		d.rememberRoute(s, impression)
		if known {
			d.said[content] += weight
			d.kinds[d.plan.contents[content].kindAt] += impression
		}
		for _, id := range [...]aparte.ItemID{s.Item, s.Beside} {
			if i, ok := d.plan.catalogue.index[id]; ok && id != "" {
				d.echoes = append(d.echoes, echo{i, weight})
			}
		}
	}
}

// echo is what is left of an item having been spoken of.
type echo struct {
	item   int32
	weight float64
}

// An exposure counts each time it was seen, up to mostSeen; half of it is forgotten in
// RepetitionHalfLife, the rest after ten times that.
const (
	mostSeen       = 5
	forgottenAfter = 10 * RepetitionHalfLife
)

// sized is s with length n, its contents unspecified.
func sized[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, max(n, 2*cap(s)))
	}
	return s[:n]
}

// squash maps weights from 0 up to [0, 1).
func squash(weight float64) float64 {
	if !(weight > 0) {
		return 0
	}
	if math.IsInf(weight, 1) {
		return 1
	}
	return weight / (1 + weight)
}
