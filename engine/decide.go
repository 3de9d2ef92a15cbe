package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/compose"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/place"
	"github.com/aparte-dev/aparte/store"
)

// MaxSlots is how many slots one request may ask for.
const MaxSlots = 16

// Decide says what to say to one person now. A person nobody has heard of is born by it. The decision
// is answered before it is durable; it is committed within a quarter of a second, and one lost to a crash
// before that was never acted upon by the learner.
func (e *Engine) Decide(ctx context.Context, req Request) ([]Answer, error) {
	a := &arrival{engine: e, ids: req.Identifiers, lazy: true, span: e.spanOf(ctx), movable: isMovable(ctx)}
	return e.ask(ctx, a, req)
}

// Moment takes an event in and decides on what it changed, in one turn. The event is durable when the
// answers come.
func (e *Engine) Moment(ctx context.Context, event aparte.Event, req Request) ([]Answer, error) {
	a, err := e.arrival(ctx, &event, nil)
	if err != nil {
		return nil, fmt.Errorf("moment: %w", err)
	}
	a.movable = isMovable(ctx)
	if fix, told := place.Read(&event); told && req.At == nil {
		req.At = &fix
	}
	return e.ask(ctx, a, req)
}

// ask sends an arrival to its person and has decisions taken there; what is shown is composed here,
// outside the owner, from the person's state at that instant.
func (e *Engine) ask(ctx context.Context, a *arrival, req Request) ([]Answer, error) {
	if e.brand.Load() == nil {
		return nil, ErrNoBrand
	}
	if len(req.Slots) == 0 || len(req.Slots) > MaxSlots {
		return nil, fmt.Errorf("slots: want 1 to %d, got %d", MaxSlots, len(req.Slots))
	}
	if err := e.admit(1); err != nil {
		return nil, err
	}
	defer e.underWay.Add(-1)
	start, by := e.now(), byDecide
	if a.event != nil {
		by = byMoment
	}
	a.cause = newPending(1)
	var taken taken
	a.then = func(t *turn, p *aparte.Person) error {
		taken = t.decideSlots(p, &req, by)
		return nil
	}
	if a.event == nil {
		if err := a.find(ctx); err != nil {
			return nil, fmt.Errorf("decide: %w", err)
		}
	}
	e.dispatch(a)
	if err := a.cause.waitFor(ctx, req.Within); err != nil {
		return nil, fmt.Errorf("decide: %w", err)
	}
	span := a.span.Begin("compose", e.now())
	out, err := e.answers(&taken, &req)
	span.End(e.now())
	e.metrics.took[by].Observe(e.now().Sub(start).Seconds())
	return out, err
}

// taken are the decisions of one request with what they were taken from.
type taken struct {
	brand     *live
	person    *aparte.Person
	decisions []aparte.Decision
	values    []worth // of what each chose
}

type worth struct{ value, cost float64 }

// decideSlots takes one decision a slot and remembers them.
func (t *turn) decideSlots(p *aparte.Person, req *Request, by asker) taken {
	now := t.owner.engine.brand.Load()
	changed := *p
	out := taken{brand: now, person: &changed, decisions: make([]aparte.Decision, 0, len(req.Slots))}
	said := make([]aparte.ContentID, 0, len(req.Slots))
	more := false
	for _, slot := range req.Slots {
		q := t.question(&changed, req, slot)
		q.Except, q.Room = said, t.room
		d := t.decide(now, &q)
		d.Earlier = len(out.decisions)
		more = t.record(now, &changed, &d, by) || more
		if !d.Action.Silent() {
			said = append(said, d.Action.Content)
		}
		chosen := &d.Candidates[d.Chosen]
		out.values = append(out.values, worth{chosen.Value, chosen.Cost})
		t.room, d.Candidates = d.Candidates, nil // they are in the log
		out.decisions = append(out.decisions, d)
	}
	if more {
		t.put(&changed)
	} else {
		t.putCounted(&changed)
	}
	return out
}

// question puts a slot of a request to package decide.
func (t *turn) question(p *aparte.Person, req *Request, slot string) decide.Question {
	id := aparte.DecisionID{Person: p.ID, Seq: p.Seq + 1}
	at := req.Context
	at.Stay = t.stay(t.owner.engine.brand.Load(), p)
	at.Near = t.near(p, req.At)
	return decide.Question{
		Person: p,
		Moment: aparte.Moment{Person: p.ID, Trigger: "request", Channel: req.channel(), Slots: req.Slots, Context: at, At: t.now.UTC()},
		Slot:   slot,
		Seed:   seedOf(t.owner.engine.secret, id),

		MaxCandidates: t.owner.engine.candidates,
	}
}

// decide answers a question with what has been learned so far.
func (t *turn) decide(now *live, q *decide.Question) aparte.Decision {
	q.Funds, q.Fit = t.owner.engine.budgets.now(now.plan, t.now), t.owner.engine.fitter.now()
	if t.span == nil {
		return t.owner.engine.learner.judgement().decide(now, q)
	}
	span := t.span.Begin("decide", t.owner.engine.now())
	d := t.owner.engine.learner.judgement().decide(now, q)
	describe(span, &d)
	span.End(t.owner.engine.now())
	return d
}

func (r *Request) channel() aparte.Channel {
	if r.Channel == "" {
		return aparte.Web
	}
	return r.Channel
}

// record gives a decision its name and its place in the person's history. A silence starts to wait for
// its outcomes at once: nobody will report that it was seen. p is the caller's to change; whether more of it than
// Seq did is returned.
func (t *turn) record(now *live, p *aparte.Person, d *aparte.Decision, by asker) (changed bool) {
	waits := false
	d.ID = aparte.DecisionID{Person: p.ID, Seq: p.Seq + 1}
	since := len(t.bodies)
	t.bodies = t.owner.encoder.Append(t.bodies, d)
	t.append(p, store.DecisionEntry, store.Key{}, t.body(since))
	if d.Action.Silent() {
		if waits = !awaitsSilence(p, d.Slot, t.now); waits {
			t.await(now, p, d, t.now)
		}
		t.count("silent/"+d.Slot, 1)
	} else {
		t.count("chosen/"+string(d.Action.Content), 1)
		if content, known := now.plan.Content(d.Action.Content); known {
			t.pay(p, d.Channel, content.ID, content.Cost)
		}
	}
	t.announce(p, d, by)
	t.noteDecision(p, d)
	counts := t.countReturns(p, d)
	promises := t.promise(now, p, d)
	return t.enroll(now, p, d) || waits || counts || promises
}

// announce tells the console of a decision and counts it, once it is durable.
func (t *turn) announce(p *aparte.Person, d *aparte.Decision, by asker) {
	e, at, content := t.owner.engine, d.At, d.Action.Content
	counted := e.metrics.decided(by, d)
	t.afterCommit(func() {
		e.pulse.chosen(at, content)
		counted.Inc()
	})
	if e.watchers.any() {
		told := Told{Decision: *d, Name: displayName(p)}
		told.Decision.Candidates = slices.Clone(d.Candidates)
		t.afterCommit(func() { e.watchers.tell(told) })
	}
}

// awaitsSilence reports whether a silence in the slot waits for its outcomes at a time: one at once is
// enough to learn from, and keeps the record small for who reads on and on. One whose time is over, but whose windows
// have not been settled yet, does not wait.
func awaitsSilence(p *aparte.Person, slot string, at time.Time) bool {
	return slices.ContainsFunc(p.Open, func(o aparte.Open) bool { return o.Silence == slot && !o.At.After(at) && o.Due.After(at) })
}

// decision reads a decision of this turn or of the log.
func (t *turn) decision(id aparte.DecisionID) (aparte.Decision, error) {
	entry, err := t.entry(id)
	if err != nil {
		return aparte.Decision{}, err
	}
	return readDecision(id, entry)
}

func readDecision(id aparte.DecisionID, entry store.Entry) (aparte.Decision, error) {
	if entry.Kind != store.DecisionEntry {
		return aparte.Decision{}, fmt.Errorf("%s is no decision: %w", id, store.ErrNotFound)
	}
	d, err := decide.Unmarshal(entry.Body)
	if err != nil {
		return aparte.Decision{}, fmt.Errorf("decision %s: %w", id, err)
	}
	d.ID = id
	return d, nil
}

// answers composes what was decided.
func (e *Engine) answers(taken *taken, req *Request) ([]Answer, error) {
	out := make([]Answer, len(taken.decisions))
	for i := range taken.decisions {
		d := &taken.decisions[i]
		token := e.token(tokenSlot, d.ID, d.At)
		at := addresses{link: e.baseURL + "/c/" + token, image: e.baseURL + "/x/" + token + ".png"}
		if asks(taken.brand, d) {
			at.answer = e.answerAddress(d)
		}
		if err := e.answer(&out[i], taken.brand, taken.person, d, req, at); err != nil {
			return nil, err
		}
		if !d.Action.Silent() {
			out[i].Value, out[i].Cost = taken.values[i].value, taken.values[i].cost
		}
	}
	return out, nil
}

// addresses are where an answer's picture is fetched, its click goes, and what somebody answers to its question.
type addresses struct{ link, image, answer string }

// asks reports whether what was decided asks something.
func asks(now *live, d *aparte.Decision) bool {
	content, ok := now.plan.Content(d.Action.Content)
	return ok && content.Ask != nil
}

// answerAddress is where what a decision asked is answered.
func (e *Engine) answerAddress(d *aparte.Decision) string {
	return e.baseURL + "/a/" + e.token(tokenAnswer, d.ID, d.At)
}

// answer fills in an answer.
func (e *Engine) answer(a *Answer, now *live, p *aparte.Person, d *aparte.Decision, req *Request, at addresses) error {
	a.Decision = *d
	locale := localeOf(now, p, req.Context.Locale)
	if req.Explain {
		a.Why = decide.Explain(d, now.plan.Brand(), locale)
	}
	if d.Action.Silent() {
		return nil
	}
	a.Link, a.Image = at.link, at.image
	scene, err := e.scene(now, p, d, locale)
	if err != nil {
		return err
	}
	scene.Link, scene.ImageURL, scene.Answer = a.Link, a.Image, at.answer
	scene.VideoURL = e.videoOf(scene)
	if !req.Formats.HTML {
		if a.Elements, err = e.composer.Elements(scene); err != nil {
			return fmt.Errorf("decision %s: %w", d.ID, err)
		}
		return nil
	}
	if req.Formats.Members {
		if a.Members, err = e.composer.AppendMembers(nil, scene); err != nil {
			return fmt.Errorf("decision %s: %w", d.ID, err)
		}
		return nil
	}
	page, err := e.composer.Page(scene)
	if err != nil {
		return fmt.Errorf("decision %s: %w", d.ID, err)
	}
	a.Elements, a.HTML = page.Elements, page.HTML
	return nil
}

// scene is what composing a decision for a person needs.
func (e *Engine) scene(now *live, p *aparte.Person, d *aparte.Decision, locale string) (*compose.Scene, error) {
	content, ok := now.plan.Content(d.Action.Content)
	if !ok {
		return nil, fmt.Errorf("decision %s: content %q has left the brand", d.ID, d.Action.Content)
	}
	layout, ok := now.plan.Layout(d.Action.Layout)
	if !ok && (d.Action.Layout != "" || d.Channel != aparte.Human) { // a human needs none
		return nil, fmt.Errorf("decision %s: layout %q has left the brand", d.ID, d.Action.Layout)
	}
	s := &compose.Scene{
		Brand: now.plan.Brand(), Content: content, Layout: layout, Action: d.Action,
		Person: p, Locale: locale, Now: d.At, Zone: zoneOf(now, p, d.Context.Zone),
	}
	if layout != nil && layout.Video != nil {
		s.Shots = now.plan.Shots(layout.ID, p, e.fitter.now(), d.At)
	}
	if d.Action.Item != "" {
		if s.Item, ok = now.plan.Item(d.Action.Item); !ok {
			return nil, fmt.Errorf("decision %s: item %q has left the catalogue", d.ID, d.Action.Item)
		}
	}
	if d.Channel != aparte.Ads {
		s.Me = e.choicesAddress(d)
	}
	if content.Kind == aparte.KindShare {
		s.Share = e.shareAddress(d)
	}
	s.Companion, _ = now.plan.Item(d.Companion) // one that has left the catalogue since is left out
	if site, there := e.places.atlas.Load().Site(d.Context.Stay.Place); there {
		s.Place = &site.Place
		until, open, known := site.Closes(d.At)
		s.Opening = compose.Opening{Known: known && (until != "" || !open), Open: open, Until: until}
		here, _ := d.Context.Stay.Offers(d.Action.Item)
		s.Offer = aparte.Money{Amount: here.Offer, Currency: now.plan.Brand().Currency}
	}
	if site, there := e.places.atlas.Load().Site(d.Context.Near.Place); there {
		s.Nearest, s.Distance = &site.Place, d.Context.Near.Distance
	}
	return s, nil
}

// localeOf is the language to speak: the person's, else the moment's, else the brand's.
func localeOf(now *live, p *aparte.Person, context string) string {
	switch {
	case p.Locale != "":
		return p.Locale
	case context != "":
		return context
	}
	return now.plan.Brand().Locale
}

func zoneOf(now *live, p *aparte.Person, context string) string {
	switch {
	case p.Zone != "":
		return p.Zone
	case context != "":
		return context
	}
	return now.plan.Brand().Zone
}

// Preview is what would be said to a person now. Nothing is logged, nothing is learned, so there is no
// token by which a picture could be fetched or a click followed: links lead to the brand's home, and
// picture says where that of an action is (PreviewAction paints it); nil: nowhere.
func (e *Engine) Preview(ctx context.Context, id aparte.PersonID, req Request, picture func(aparte.Action) string) ([]Answer, error) {
	now := e.brand.Load()
	if now == nil {
		return nil, ErrNoBrand
	}
	p, err := e.Person(ctx, id)
	if err != nil {
		return nil, err
	}
	taken := taken{brand: now, person: &p}
	for i, slot := range req.Slots {
		at := e.now().UTC()
		did := aparte.DecisionID{Person: p.ID, Seq: p.Seq + 1 + uint64(i)}
		d := e.learner.judgement().decide(now, &decide.Question{
			Person: &p, Slot: slot, Seed: seedOf(e.secret, did), MaxCandidates: e.candidates, Funds: e.budgets.now(now.plan, at), Fit: e.fitter.now(),
			Moment: aparte.Moment{Person: p.ID, Trigger: "preview", Channel: req.channel(), Slots: req.Slots, Context: req.Context, At: at},
		})
		d.ID = did
		taken.decisions = append(taken.decisions, d)
	}
	out := make([]Answer, len(taken.decisions))
	for i := range taken.decisions {
		d := &taken.decisions[i]
		at := addresses{link: now.plan.Brand().Home}
		if asks(now, d) {
			at.answer = at.link // to be looked at, not to be answered
		}
		if picture != nil {
			at.image = picture(d.Action)
		}
		if err := e.answer(&out[i], now, &p, d, &req, at); err != nil {
			return nil, err
		}
	}
	return out, nil
}
