package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/compose"
	"github.com/aparte-dev/aparte/store"
)

const (
	// sameAnswer is how long a slot keeps answering what it answered last: a client that asks twice for
	// one opening is shown one thing.
	sameAnswer = 5 * time.Second
	// freshFor is how long after a decision its picture may be fetched without deciding again.
	freshFor = 10 * time.Second
)

// Show is what a slot's address answers at this instant: the slot is decided again from the person's
// state of now, composed, and remembered as seen. The only errors are ErrToken, *Elsewhere and that the engine
// cannot be reached at all; anything else that goes wrong shows the content's fallback.
func (e *Engine) Show(ctx context.Context, token string, f Fetch) (Picture, error) {
	show := (*turn).show
	base, at, err := e.readToken(tokenSlot, token)
	if err != nil {
		show = (*turn).showAsTaken
		base, at, err = e.readToken(tokenPicture, token)
	}
	if err != nil {
		return Picture{}, err
	}
	var shown shown
	defer e.opened(e.now())
	err = e.visit(ctx, base.Person, func(t *turn, p *aparte.Person) (err error) {
		shown, err = show(t, p, base, at, f)
		return err
	})
	if isElsewhere(err) {
		return Picture{}, err
	} else if err != nil {
		return e.fallback(nil, f, err), nil
	}
	return e.composed(ctx, &shown, addresses{link: e.baseURL + "/c/" + token, image: e.baseURL + "/x/" + token + ".png"}, f), nil
}

// ShowSlot is Show for a slot that no message of ours carries: an address with a merge field in
// somebody else's e-mail template. It is decided on the e-mail channel.
func (e *Engine) ShowSlot(ctx context.Context, id aparte.Identifier, slot string, f Fetch) (Picture, error) {
	var shown shown
	defer e.opened(e.now())
	a := &arrival{engine: e, ids: []aparte.Identifier{id}, cause: newPending(1), span: e.spanOf(ctx), movable: isMovable(ctx)}
	a.then = func(t *turn, p *aparte.Person) (err error) {
		shown, err = t.showSlot(p, &aparte.Decision{}, aparte.Email, slot, f)
		return err
	}
	err := a.find(ctx)
	if err == nil {
		e.dispatch(a)
		err = a.cause.wait(ctx)
	}
	if isElsewhere(err) {
		return Picture{}, err
	} else if err != nil {
		return e.fallback(nil, f, err), nil
	}
	return e.composed(ctx, &shown, addresses{}, f), nil
}

// opened counts how long a fetch took that began at a time.
func (e *Engine) opened(start time.Time) {
	e.metrics.took[byOpen].Observe(e.now().Sub(start).Seconds())
}

// composed is picture, as a part of what is traced.
func (e *Engine) composed(ctx context.Context, s *shown, at addresses, f Fetch) Picture {
	span := e.spanOf(ctx).Begin("compose", e.now())
	defer func() { span.End(e.now()) }()
	return e.picture(ctx, s, at, f)
}

// shown is what was decided for a fetch, and for whom.
type shown struct {
	brand    *live
	person   *aparte.Person
	decision aparte.Decision
}

// visit runs f with a person in their owner's turn, following merges, and waits until what f wrote is
// durable.
func (e *Engine) visit(ctx context.Context, id aparte.PersonID, f func(*turn, *aparte.Person) error) error {
	return e.visitAs(ctx, id, false, f)
}

// visitLazily is visit, and does not wait for the disk: f only reads.
func (e *Engine) visitLazily(ctx context.Context, id aparte.PersonID, f func(*turn, *aparte.Person) error) error {
	return e.visitAs(ctx, id, true, f)
}

func (e *Engine) visitAs(ctx context.Context, id aparte.PersonID, lazy bool, f func(*turn, *aparte.Person) error) error {
	for range maxHops {
		done := newPending(1)
		next := id
		if part := e.partOf(id); !e.Has(part) && e.fellows != nil && isMovable(ctx) {
			return &Elsewhere{part}
		}
		e.push(e.partOf(id), &task{
			person: id,
			cause:  done,
			lazy:   lazy,
			span:   e.spanOf(ctx),
			run: func(t *turn) error {
				p, err := t.person(id)
				if err != nil {
					return err
				}
				if !p.MergedInto.IsZero() {
					next = p.MergedInto
					return nil
				}
				return f(t, p)
			},
			done: done.finish,
		})
		if err := done.wait(ctx); err != nil {
			return err
		}
		if next == id {
			return nil
		}
		id = next
	}
	return fmt.Errorf("person %s: merged too often", id)
}

// show answers a fetch of a decision's picture, or of the slot of the message that the decision sent.
func (t *turn) show(p *aparte.Person, base aparte.DecisionID, at time.Time, f Fetch) (shown, error) {
	d, err := t.decisionAt(base, at)
	if err != nil {
		return shown{}, err
	}
	if d.Channel.Outbound() && d.Parent.IsZero() && d.Slot == string(d.Channel) {
		return t.showSlot(p, &d, d.Channel, openSlot(d.Channel), f)
	}
	if t.now.Sub(d.At) < freshFor && !d.Action.Silent() && t.stands(p, &d) {
		return t.seen(p, d, f)
	}
	return t.showSlot(p, &d, d.Channel, d.Slot, f)
}

// showAsTaken answers a fetch of the picture that goes with a message's words, by the phone that shows them: what they say is not
// decided again without them, and that a phone shows them is no sign that somebody looks.
func (t *turn) showAsTaken(p *aparte.Person, base aparte.DecisionID, at time.Time, f Fetch) (shown, error) {
	d, err := t.decisionAt(base, at)
	t.count("fetched/"+string(classify(f)), 1)
	if err == nil && !t.stands(p, &d) {
		t.count("withheld/"+string(d.Channel), 1)
		d = aparte.Decision{}
	}
	return shown{brand: t.owner.engine.brand.Load(), person: p, decision: d}, err
}

// stands reports whether what was decided for somebody may still be shown to them: they do not refuse what it is for on its channel by now,
// nor, where their tastes had a say in it, profiling. What does not stand is decided again, or shows the brand's fallback.
func (t *turn) stands(p *aparte.Person, d *aparte.Decision) bool {
	impersonal := func(r aparte.Reason) bool { return r.Code == aparte.ProfilingOff }
	return !p.Refuses(t.owner.engine.purposeOf(d), d.Channel) &&
		(!p.Refuses(aparte.Profiling, d.Channel) || slices.ContainsFunc(d.Reasons, impersonal))
}

// purposeOf is what was said for; of a content that has left the brand, marketing.
func (e *Engine) purposeOf(d *aparte.Decision) aparte.Purpose {
	if now := e.brand.Load(); now != nil {
		if content, ok := now.plan.Content(d.Action.Content); ok {
			return content.Purpose
		}
	}
	return aparte.Marketing
}

// openTrigger is the trigger of a slot that is decided when it is seen.
const openTrigger = "open"

// openSlot is the slot of a message that is decided when the message is opened.
func openSlot(c aparte.Channel) string { return string(c) + "-hero" }

// showSlot decides a slot again, unless the same slot was shown a moment ago. A slot of a message that a
// scenario sent may say what that scenario says.
func (t *turn) showSlot(p *aparte.Person, parent *aparte.Decision, channel aparte.Channel, slot string, f Fetch) (shown, error) {
	now := t.owner.engine.brand.Load()
	if now == nil {
		return shown{}, ErrNoBrand
	}
	if last, ok := lastShown(p, parent.ID, slot); ok && t.now.Sub(last.At) < sameAnswer {
		if d, err := t.decision(last.Decision); err == nil && t.stands(p, &d) {
			return shown{brand: now, person: p, decision: d}, nil
		}
	}
	next := *p
	q := t.question(&next, &Request{Channel: channel, Slots: []string{slot}}, slot)
	q.Moment.Trigger, q.Fixed = openTrigger, true
	if s, ok := now.scenarios.Fire(parent.Trigger); ok {
		q.Scenario = s.ID
	}
	d := t.decide(now, &q)
	d.Parent = parent.ID
	t.record(now, &next, &d, byOpen)
	t.put(&next)
	if d.Action.Silent() {
		return shown{brand: now, person: &next, decision: d}, nil
	}
	return t.seen(&next, d, f)
}

// lastShown is what the slot of a message showed last.
func lastShown(p *aparte.Person, parent aparte.DecisionID, slot string) (aparte.Said, bool) {
	for i := len(p.Said) - 1; i >= 0; i-- {
		if s := p.Said[i]; s.Slot == slot && (s.Parent == parent || s.Decision == parent) {
			return s, true
		}
	}
	return aparte.Said{}, false
}

// seen remembers an exposure, as an event like any other. What a machine fetched is counted and
// nothing else.
func (t *turn) seen(p *aparte.Person, d aparte.Decision, f Fetch) (shown, error) {
	e := t.owner.engine
	now := e.brand.Load()
	class := classify(f)
	t.count("fetched/"+string(class), 1)
	if class == byMachine || class == byPrefetch {
		return shown{brand: now, person: p, decision: d}, nil
	}
	event := ownEvent(aparte.EventExposed, &d, t.now, nil)
	p, err := t.apply(p, &event, named{}, messageKey(event.MessageID))
	return shown{brand: now, person: p, decision: d}, err
}

// ownEvent is one of Aparté's own events about a decision. Its messageId makes it happen once a
// decision and second.
func ownEvent(name string, d *aparte.Decision, at time.Time, more map[string]any) aparte.Event {
	properties := map[string]any{
		"decision": d.ID.String(), "content": d.Action.Content, "channel": d.Channel, "slot": d.Slot,
	}
	if d.Intrusion > 0 {
		properties["intrusion"] = math.Round(d.Intrusion*1e6) / 1e6
	}
	if d.Action.Item != "" {
		properties["item"] = d.Action.Item
	}
	if d.Companion != "" {
		properties["companion"] = d.Companion
	}
	if !d.Parent.IsZero() {
		properties["parent"] = d.Parent.String()
	}
	for k, v := range more {
		properties[k] = v
	}
	body, err := json.Marshal(properties)
	if err != nil {
		panic("own event cannot be encoded: " + err.Error()) // strings and numbers only: cannot happen
	}
	at = at.UTC()
	return aparte.Event{
		Type: aparte.Track, Name: name, Properties: body, Source: aparte.OwnSource,
		MessageID:         aparte.MessageID(fmt.Sprintf("%s:%s:%d", strings.ToLower(strings.ReplaceAll(name, " ", "-")), d.ID, at.Unix())),
		Timestamp:         at,
		OriginalTimestamp: at,
		ReceivedAt:        at,
	}
}

// picture composes what was decided for a fetch.
func (e *Engine) picture(ctx context.Context, s *shown, at addresses, f Fetch) Picture {
	if s.decision.Action.Silent() {
		return e.fallback(s.brand, f, nil)
	}
	scene, err := e.scene(s.brand, s.person, &s.decision, cmp.Or(f.Locale, localeOf(s.brand, s.person, "")))
	if err != nil {
		return e.fallback(s.brand, f, err)
	}
	scene.Link, scene.ImageURL = at.link, at.image
	scene.VideoURL = e.videoOf(scene)
	if scene.Content.Ask != nil {
		scene.Answer = e.answerAddress(&s.decision)
	}
	scene.Scale = max(1, min(2, f.Scale))
	out := Picture{Decision: s.decision}
	switch f.Format {
	case HTML:
		out.ContentType = "text/html; charset=utf-8"
		out.Body, err = e.composer.HTML(scene)
	case JSON:
		out.ContentType = "application/json"
		var elements map[string]string
		if elements, err = e.composer.Elements(scene); err == nil {
			out.Body, err = json.Marshal(map[string]any{
				"id": s.decision.ID, "content": s.decision.Action.Content, "elements": elements,
				"link": scene.Link, "image": scene.ImageURL, "video": scene.VideoURL,
			})
		}
	case MP4:
		err = e.film(ctx, &out, scene)
	default:
		scene.Seen = e.now()
		var print compose.Print
		print, err = e.composer.Picture(scene, pictureFormat(scene, f.Format))
		out.ContentType, out.Body, out.Spared = string(print.Type), print.Body, string(print.Spared)
	}
	if errors.Is(err, compose.ErrCrowded) {
		out = e.fallback(s.brand, f, nil)
		out.Spared = "all"
		return out
	}
	if err != nil {
		return e.fallback(s.brand, f, err)
	}
	return out
}

// pictureFormat is how a picture is written: as it is asked for, but one that counts down moves unless a JPEG is
// wanted.
func pictureFormat(s *compose.Scene, f Format) compose.Format {
	switch {
	case f == JPEG:
		return compose.AsJPEG
	case f == WebP:
		return compose.AsWebP
	case f == GIF || compose.CountsDown(s):
		return compose.AsGIF
	}
	return compose.AsPNG
}

// fallback is what is shown where a slot is silent or its decision failed.
func (e *Engine) fallback(now *live, f Fetch, cause error) Picture {
	if cause != nil && !errors.Is(cause, store.ErrNotFound) {
		e.log.Warn("slot fell back", "format", f.Format, "error", cause)
	}
	if now == nil {
		now = e.brand.Load()
	}
	switch f.Format {
	case HTML:
		return Picture{ContentType: "text/html; charset=utf-8"}
	case JSON:
		return Picture{ContentType: "application/json", Body: []byte(`{"silent":true}`)}
	case MP4:
		return Picture{} // whoever plays it is shown the poster
	}
	if now == nil {
		return Picture{ContentType: "image/png", Body: compose.Silence()}
	}
	body, err := e.composer.Fallback(&compose.Scene{Brand: now.plan.Brand(), Scale: max(1, min(2, f.Scale))})
	if err != nil {
		e.log.Error("fallback", "error", err)
		return Picture{ContentType: "image/png", Body: compose.Silence()}
	}
	return Picture{ContentType: "image/png", Body: body}
}

// Click records that a message's link was followed and says where it leads: to what was actually shown.
func (e *Engine) Click(ctx context.Context, token string) (string, error) {
	find := (*turn).clickSlot
	base, at, err := e.readToken(tokenSlot, token)
	if err != nil {
		find = (*turn).clickMessage
		base, at, err = e.readToken(tokenMessage, token)
	}
	if err != nil {
		find = (*turn).clickText
		if base, err = e.readShort(token); err != nil {
			return "", err
		}
	}
	var shown shown
	defer e.opened(e.now())
	err = e.visit(ctx, base.Person, func(t *turn, p *aparte.Person) (err error) {
		shown, err = find(t, p, base, at)
		return err
	})
	return e.destination(&shown, err), nil
}

// ClickSlot is Click for ShowSlot's addresses.
func (e *Engine) ClickSlot(ctx context.Context, id aparte.Identifier, slot string) (string, error) {
	person, err := e.Find(ctx, id)
	var shown shown
	if err == nil {
		err = e.visit(ctx, person, func(t *turn, p *aparte.Person) (err error) {
			last, ok := lastShown(p, aparte.DecisionID{}, slot)
			if !ok {
				return store.ErrNotFound
			}
			shown, err = t.clicked(p, last.Decision)
			return err
		})
	}
	return e.destination(&shown, err), nil
}

// clickSlot records a click on what the slot of a decision showed last.
func (t *turn) clickSlot(p *aparte.Person, base aparte.DecisionID, at time.Time) (shown, error) {
	for i := len(p.Said) - 1; i >= 0; i-- {
		if p.Said[i].Parent == base {
			return t.clicked(p, p.Said[i].Decision)
		}
	}
	return t.clickMessage(p, base, at)
}

// clickMessage records a click on a decision itself.
func (t *turn) clickMessage(p *aparte.Person, base aparte.DecisionID, at time.Time) (shown, error) {
	if _, err := t.decisionAt(base, at); err != nil {
		return shown{}, err
	}
	return t.clicked(p, base)
}

// clickText records a click on what a text said.
func (t *turn) clickText(p *aparte.Person, base aparte.DecisionID, _ time.Time) (shown, error) {
	return t.clicked(p, base)
}

// decisionAt is the decision a token names. One whose number was lost in a crash and used again was
// taken at another time, and is not it.
func (t *turn) decisionAt(id aparte.DecisionID, at time.Time) (aparte.Decision, error) {
	d, err := t.decision(id)
	if err == nil && d.At.Unix() != at.Unix() {
		return d, fmt.Errorf("decision %s of %s: %w", id, at.Format(time.RFC3339), store.ErrNotFound)
	}
	return d, err
}

func (t *turn) clicked(p *aparte.Person, id aparte.DecisionID) (shown, error) {
	d, err := t.decision(id)
	if err != nil {
		return shown{}, err
	}
	event := ownEvent(aparte.EventClicked, &d, t.now, nil)
	p, err = t.apply(p, &event, named{}, messageKey(event.MessageID))
	return shown{brand: t.owner.engine.brand.Load(), person: p, decision: d}, err
}

// destination is where a click leads: to the item or page of what was shown, else to the brand's home.
// It is an absolute http or https address, or empty where there is no brand.
func (e *Engine) destination(s *shown, err error) string {
	now := e.brand.Load()
	if now == nil {
		return ""
	}
	home := now.plan.Brand().Home
	if err != nil || s.decision.Action.Silent() {
		return home
	}
	scene, err := e.scene(now, s.person, &s.decision, localeOf(now, s.person, ""))
	if err != nil {
		return home
	}
	if scene.Content.Ask != nil && scene.Content.Link == "" {
		return e.answerAddress(&s.decision) // what a picture asks is answered on a page of its own
	}
	link, err := e.composer.Link(scene)
	if u, parseErr := url.Parse(link); err != nil || parseErr != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return home
	}
	return link
}

// Unsubscribe closes a channel to a person: the answer to a List-Unsubscribe request (RFC 8058). Doing
// it again changes nothing.
func (e *Engine) Unsubscribe(ctx context.Context, token string) error {
	base, _, err := e.readToken(tokenUnsubscribe, token)
	if err != nil {
		return err
	}
	return e.visit(ctx, base.Person, func(t *turn, p *aparte.Person) error {
		d, err := t.decision(base)
		if errors.Is(err, store.ErrNotFound) {
			d = aparte.Decision{ID: base, Channel: aparte.Email}
		} else if err != nil {
			return err
		}
		event := ownEvent(aparte.EventUnsubscribed, &d, t.now, map[string]any{"purpose": aparte.Marketing})
		_, err = t.apply(p, &event, named{}, messageKey(event.MessageID))
		return err
	})
}
