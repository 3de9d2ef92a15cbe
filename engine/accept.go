package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/observe"
	"github.com/aparte-dev/aparte/profile"
	"github.com/aparte-dev/aparte/store"
)

// Accept takes events in. When it returns nil, each is durable, was applied to its person exactly once
// (a messageId seen before is acknowledged again and changes nothing), and shows in every decision
// taken from then on.
//
// Events must be well-formed: at least one identifier, a messageId, a timestamp. Checking what comes
// from outside is the doors' work.
func (e *Engine) Accept(ctx context.Context, events []aparte.Event) error {
	if _, err := e.take(ctx, events); err != nil {
		return fmt.Errorf("accept: %w", err)
	}
	return nil
}

// Import is Accept, and tells which of the events, by their places, had been applied before.
func (e *Engine) Import(ctx context.Context, events []aparte.Event) (repeated []int, err error) {
	arrivals, err := e.take(ctx, events)
	if err != nil {
		return nil, fmt.Errorf("import: %w", err)
	}
	for i, a := range arrivals {
		if a.repeated {
			repeated = append(repeated, i)
		}
	}
	return repeated, nil
}

// take applies events, at the same time as far as that comes to the same.
func (e *Engine) take(ctx context.Context, events []aparte.Event) ([]*arrival, error) {
	if err := e.admit(len(events)); err != nil {
		return nil, err
	}
	defer e.underWay.Add(-int64(len(events)))
	arrivals := make([]*arrival, 0, len(events))
	for len(events) > 0 {
		n := together(events)
		all := newPending(n)
		for i := range events[:n] {
			a, err := e.arrival(ctx, &events[i], all)
			arrivals = append(arrivals, a)
			if err != nil {
				all.finish(err)
				continue
			}
			e.dispatch(a)
		}
		if err := all.wait(ctx); err != nil {
			return nil, err
		}
		events = events[n:]
	}
	return arrivals, nil
}

// together is how many events, from the first on, may be applied at the same time: up to one that a device brings to whom an earlier one of them may
// have given it, or that gives a device to another user than an earlier one did. Whose it is would be left to chance.
func together(events []aparte.Event) int {
	var users map[string]string // by device
	for i := range events {
		e := &events[i]
		device := cmp.Or(e.PreviousID, e.AnonymousID)
		if device == "" || len(events) == 1 {
			continue
		}
		user, given := users[device]
		switch {
		case given && user != e.UserID:
			return i
		case e.UserID != "" || e.Type == aparte.Identify:
			if users == nil {
				users = map[string]string{}
			}
			users[device] = cmp.Or(e.UserID, "\x00") // to whom else it names
		}
	}
	return len(events)
}

// admit refuses what would make the queues grow without bound.
func (e *Engine) admit(n int) error {
	if e.underWay.Add(int64(n)) > e.maxPending {
		e.underWay.Add(-int64(n))
		return ErrBusy
	}
	return nil
}

// arrival is an event on its way to its person.
type arrival struct {
	engine *Engine
	event  *aparte.Event // nil: only the person is wanted, a stranger is born
	ids    []aparte.Identifier
	keys   []store.Key
	left   uint64    // bit i: the i-th of the event's identifiers joins nobody and is not among ids
	key    store.Key // of the messageId
	cause  *pending
	since  time.Time // when it came in; zero: as it is applied
	span   *observe.Span

	person aparte.PersonID // whom it was last found to be for; zero: to be born under keys[lead]
	lead   int
	hops   int
	waits  int
	not    aparte.PersonID // whom it was found to be for, and who is not there any more, or another user
	nobody []uint64        // as of when each of the keys was seen to name nobody (namings.now), plus one; 0: it is not known to
	fresh  bool            // none of them named anybody: who comes to be known by one meanwhile is whom it is for
	read   []store.Part    // others' parts of which is in the store what they were asked before

	movable bool // it may be tried where the person is, instead of here

	then func(*turn, *aparte.Person) error // what else is to be done with the person, after the event
	lazy bool

	repeated bool // the event had been applied before; to be read when it is done
	passed   bool // to somebody it was sent on from
}

// maxHops bounds how often an arrival is sent on: each merge it meets on its way costs one.
const maxHops = 16

// maxWaits bounds how often an arrival waits for letters that say who somebody is, each time twice as long as before, a millisecond at first.
// After them who it was found to be for is believed to be another user, or whoever sent it is asked to come again.
const maxWaits = 8

// looksHold is how long it is believed that an identifier of another part that named nobody still does, unless it was given to somebody here.
const looksHold = time.Second

// moved says that the person is elsewhere by now.
type moved struct{}

func (moved) Error() string { return "the person moved" }

// unread says that an arrival goes on once what a part was asked so far is in the store.
type unread struct{ part store.Part }

func (u unread) Error() string { return fmt.Sprintf("part %d is being read", u.part) }

// unsettled says that letters are on their way which tell who the person is.
type unsettled struct{}

func (unsettled) Error() string { return "who the person is is being settled" }

// arrival finds out whom an event is for, as far as can be told from outside the parts.
func (e *Engine) arrival(ctx context.Context, event *aparte.Event, cause *pending) (*arrival, error) {
	a := &arrival{
		engine: e, event: event, cause: cause,
		ids: profile.Identifiers(event), key: messageKey(event.MessageID), since: e.now(), span: e.spanOf(ctx),
	}
	if event.Type == aparte.Alias {
		if err := a.previousUser(ctx); err != nil {
			return a, err
		}
	}
	return a, a.find(ctx)
}

// previousUser has an alias name a user where its previousId is one. The specification lets it be a
// device or a user, and only who is known here can tell.
func (a *arrival) previousUser(ctx context.Context) error {
	for i, id := range a.ids {
		if id.Kind != aparte.KindAnonymousID {
			continue
		}
		user := aparte.Identifier{Kind: aparte.KindUserID, Value: id.Value}
		key := identifierKey(a.engine.secret, user)
		known, err := a.engine.nameOf(ctx, a.engine.partOfKey(key), key)
		if err != nil {
			return err
		}
		if !known.IsZero() {
			a.ids[i] = user
		}
	}
	return nil
}

// find looks the identifiers up, strongest first. Where none is known, a person is to be born in the
// part of the first.
func (a *arrival) find(ctx context.Context) error {
	if len(a.ids) == 0 {
		return errors.New("event names nobody")
	}
	a.keys = make([]store.Key, len(a.ids))
	for i, id := range a.ids {
		a.keys[i] = identifierKey(a.engine.secret, id)
	}
	a.setAside()
	a.nobody = make([]uint64, len(a.keys))
	for i, key := range a.keys {
		part := a.engine.partOfKey(key)
		if o := a.engine.owners[part].Load(); o != nil {
			a.nobody[i] = o.namings.now() + 1
		}
		id, err := a.engine.nameOf(ctx, part, key)
		if err != nil {
			return err
		}
		if !id.IsZero() {
			a.person, a.lead, a.nobody[i] = id, i, 0
			return nil
		}
	}
	a.fresh = true
	return nil
}

// dispatch hands an arrival to the owner of its person, and again where the person turns out to be
// elsewhere.
func (e *Engine) dispatch(a *arrival) {
	part := e.partOfKey(a.keys[a.lead])
	if !a.person.IsZero() {
		part = e.partOf(a.person)
	}
	t := &task{
		person: a.person, message: a.key, cause: a.cause, since: a.since, lazy: a.lazy, span: a.span,
		run: a.run,
		done: func(err error) {
			if errors.Is(err, moved{}) {
				if a.hops++; a.hops <= maxHops {
					e.dispatch(a)
					return
				}
				err = fmt.Errorf("person not found after %d hops", a.hops)
			}
			if errors.Is(err, unsettled{}) {
				wait := time.Millisecond << a.waits
				a.waits, a.hops = a.waits+1, 0
				time.AfterFunc(wait, func() { e.dispatch(a) }) // ends with a's cause, whom its sender waits for
				return
			}
			if u := (unread{}); errors.As(err, &u) {
				e.readFirst(u.part, a)
				return
			}
			a.cause.finish(err)
		},
	}
	switch {
	case e.pushHere(part, t):
	case e.fellows == nil:
		a.cause.finish(ErrClosed)
	case a.movable:
		a.cause.finish(&Elsewhere{part})
	case a.event == nil || a.then != nil:
		e.fetch(part, t)
	default:
		if !e.sendOn(part, a, t) {
			a.cause.finish(ErrClosed)
		}
	}
}

// readFirst lets an arrival go on once what a part was asked so far is in the store.
func (e *Engine) readFirst(part store.Part, a *arrival) {
	goOn := func(err error) {
		if err != nil {
			a.cause.finish(err)
			return
		}
		e.dispatch(a)
	}
	if e.pushHere(part, &task{run: func(*turn) error { return nil }, done: goOn}) {
		return
	}
	if !e.trips.out(func(ctx context.Context) {
		ctx, stop := context.WithTimeout(ctx, askFor)
		defer stop()
		goOn(e.settleAcross(ctx, part))
	}) {
		goOn(ErrClosed)
	}
}

// run applies the event to its person, in the owner's goroutine.
func (a *arrival) run(t *turn) error {
	p, err := a.locate(t)
	if err != nil || p == nil {
		return err
	}
	strangers, err := a.strangers(t, p)
	if err == nil {
		err = a.look(t, strangers)
	}
	if err != nil {
		return err
	}
	if a.born() {
		t.bear(p, a.keys[a.lead])
	}
	if a.event != nil {
		if p, err = a.apply(t, p, strangers); err != nil {
			return err
		}
	}
	if !a.repeated { // an event that is repeated has introduced its names before, and they may be others' by now
		a.introduce(t, p, strangers)
	}
	if a.then != nil {
		return a.then(t, p)
	}
	return nil
}

// look has the arrival go where its person is known by now, if nobody was, and wait until it can be read whether the event was applied to others whom it names:
// another try of it may be with their owners.
func (a *arrival) look(t *turn, strangers []stranger) error {
	for _, s := range strangers {
		if s.names.IsZero() {
			continue
		}
		if a.born() && a.fresh {
			return a.elsewhere(s.names, s.at)
		}
		part := t.owner.engine.partOf(s.names)
		if a.event == nil || part == t.owner.part || slices.Contains(a.read, part) {
			continue
		}
		a.read = append(a.read, part)
		return unread{part}
	}
	return nil
}

// born reports whether nobody was found, once they were looked for.
func (a *arrival) born() bool { return a.person.IsZero() }

// apply brings the person up to date with the event, unless it was applied before: to them, or to somebody whom one of its names led to then.
func (a *arrival) apply(t *turn, p *aparte.Person, strangers []stranger) (after *aparte.Person, err error) {
	a.repeated = a.passed
	for _, s := range strangers {
		if !a.repeated && s.at != a.lead { // whom that one led to was asked on the way
			if a.repeated, err = t.appliedTo(s.names, a.key); err != nil {
				return nil, err
			}
		}
	}
	if a.repeated {
		t.repeat(a.event)
		return p, nil
	}
	after, err = t.apply(p, a.event, named{a.ids, a.left}, a.key)
	a.repeated = after == p
	return after, err
}

// locate is the person the arrival is for, to be born here where nobody is. It answers moved where they live
// in another part, and nil where nothing is left to do for them.
func (a *arrival) locate(t *turn) (*aparte.Person, error) {
	if a.person.IsZero() {
		known, err := t.nameSince(a.keys[a.lead], a.nobody[a.lead])
		if err != nil {
			return nil, err
		}
		if known.IsZero() || known == a.not {
			return a.newborn(t), nil
		}
		a.person = known
		if t.owner.engine.partOf(known) != t.owner.part {
			return nil, moved{}
		}
	}
	p, err := t.person(a.person)
	switch {
	case errors.Is(err, store.ErrNotFound): // erased: whoever uses the identifier now is somebody new
		t.owner.engine.names.set(a.keys[a.lead], aparte.PersonID{})
		a.not = a.person
		return nil, a.elsewhere(aparte.PersonID{}, a.lead)
	case err != nil:
		return nil, err
	case !p.MergedInto.IsZero():
		if repeated, err := a.pass(t, p); err != nil || repeated && a.then == nil {
			return nil, err
		}
		if p.MergedInto == a.not { // who was erased, or is another user: a letter is on its way that says so
			return nil, a.comeAgain()
		}
		return nil, a.elsewhere(p.MergedInto, a.lead)
	}
	// A device known to be one user's carries another user's event: not this person.
	if i := a.userID(); i >= 0 {
		_, known := p.Identifier(aparte.KindUserID)
		switch {
		case !known || slices.Contains(p.Identifiers, a.ids[i]):
		case a.lead != i:
			return nil, a.elsewhere(aparte.PersonID{}, i)
		case a.waits < maxWaits: // that user yielded to p, who will take them in or send them back: letters are on their way
			a.aim(aparte.PersonID{}, i)
			return nil, unsettled{}
		default: // no letter comes: a question had p taken for them, and p proved to be another user
			a.not = p.ID
			return nil, a.elsewhere(aparte.PersonID{}, i)
		}
	}
	if i, crowded := a.crowded(p); crowded {
		lead := a.ids[a.lead]
		if err := t.owner.engine.share(t.ctx, a.keys[a.lead], lead.Kind, p.ID, ManyAddresses); err != nil {
			return nil, err
		}
		t.count("identity/shared", 1)
		address := a.keys[i]
		a.setAside()
		return nil, a.elsewhere(aparte.PersonID{}, slices.Index(a.keys, address))
	}
	return p, nil
}

// pass asks whether the event was applied to somebody before they were merged, whether who took them in knows of it already or not.
func (a *arrival) pass(t *turn, pointer *aparte.Person) (repeated bool, err error) {
	if a.event == nil || a.passed {
		return a.passed, nil
	}
	switch repeated, err = t.applied(pointer, a.ids, a.key, ringHash(a.key)); {
	case err != nil || !repeated:
	case a.then != nil: // it goes on, and is counted where it arrives
		a.passed = true
	default:
		a.repeated = true
		t.repeat(a.event)
	}
	return repeated, err
}

// comeAgain has the arrival wait for a letter, and its sender come again where that is long in coming.
func (a *arrival) comeAgain() error {
	if a.waits < maxWaits {
		return unsettled{}
	}
	return fmt.Errorf("%w: who the person is, is being settled", ErrBusy)
}

// elsewhere sends the arrival on.
func (a *arrival) elsewhere(id aparte.PersonID, lead int) error {
	a.aim(id, lead)
	return moved{}
}

// aim says for whom the arrival is; zero: for whom the identifier names.
func (a *arrival) aim(id aparte.PersonID, lead int) {
	a.person, a.lead, a.nobody, a.fresh = id, lead, make([]uint64, len(a.keys)), false
}

// userID is the index of the userId among the identifiers, -1 where there is none. An alias call names
// two.
func (a *arrival) userID() int {
	if a.event != nil && a.event.Type == aparte.Alias {
		return -1
	}
	return slices.IndexFunc(a.ids, func(id aparte.Identifier) bool { return id.Kind == aparte.KindUserID })
}

// newborn is a new person, named by the leading identifier.
func (a *arrival) newborn(t *turn) *aparte.Person {
	born := t.now
	if a.event != nil {
		born = a.event.Timestamp
	}
	return newborn(newPersonID(a.keys[a.lead], born), a.ids[a.lead])
}

// bear has somebody new be known by a name.
func (t *turn) bear(p *aparte.Person, key store.Key) {
	t.names[key] = p.ID
	t.put(p)
	t.count("people", 1)
}

// newborn is a person of whom only one identifier is known. When they were born is in their id.
func newborn(id aparte.PersonID, name aparte.Identifier) *aparte.Person {
	at := bornAt(id)
	return &aparte.Person{ID: id, FirstSeen: at, LastSeen: at, Identifiers: []aparte.Identifier{name}}
}

// stranger is an identifier of an arrival that does not name its person, by its place, and whom it names; zero: nobody.
type stranger struct {
	at    int
	names aparte.PersonID
}

// strangers are those identifiers of the arrival that do not name p.
func (a *arrival) strangers(t *turn, p *aparte.Person) (all []stranger, err error) {
	for i, key := range a.keys {
		if i == a.lead && a.born() {
			continue
		}
		var now aparte.PersonID
		switch part := t.owner.engine.partOfKey(key); {
		case part == t.owner.part:
			now, err = t.nameSince(key, a.nobody[i])
		case a.nobody[i] == 0 || a.event != nil && t.now.Sub(a.since).Abs() > looksHold:
			now, err = t.owner.engine.nameOf(t.ctx, part, key)
		default:
			now = t.owner.engine.names.known(key)
		}
		if err != nil {
			return nil, err
		}
		if now != p.ID {
			all = append(all, stranger{i, now})
		}
	}
	return all, nil
}

// introduce makes every identifier of the arrival name the person; one that names another lets the two
// meet.
func (a *arrival) introduce(t *turn, p *aparte.Person, strangers []stranger) {
	for _, s := range strangers {
		key := a.keys[s.at]
		l := letter{
			Kind: linkLetter, Key: key, Lead: a.keys[a.lead], Person: p.ID,
			Strength: a.ids[s.at].Kind != aparte.KindAnonymousID,
			Forced:   a.event != nil && a.event.Type == aparte.Alias,
			Nobody:   a.nobody[s.at],
		}
		t.vouch(&l, p)
		t.send(t.owner.engine.partOfKey(key), l)
	}
}
