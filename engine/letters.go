package engine

import (
	"errors"
	"fmt"
	"slices"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/profile"
	"github.com/aparte-dev/aparte/scenario"
	"github.com/aparte-dev/aparte/store"
)

// letterKind says what a letter asks of the part it goes to.
type letterKind string

// Identity across parts is settled by letters, each an idempotent step:
//
//	link    to the identifier's part:  this identifier names that person
//	merge   to the survivor's part:    these two are one; who do you say you are?
//	yield   to the loser's part:       become a pointer to the survivor, send them what you know
//	absorb  to the survivor's part:    this is what the loser knew
//
// What a part would write to itself it does at once, in the same batch (turn.send). A link that says who the person is
// (UserID) is a survivor's answer to merge, too, and the step is left out. So most merges are a link, a yield done where
// the link was, and an absorb.
//
// Where they stay two, the device that made them meet goes to one of them, by a link once they know whose it was:
//
//	part     to the former holder's part: your device is that person's now; tell them whose it was
//	inherit  to the new holder's part:    what was done on your device before may be in these histories
//
// A letter may be on its way for long: who is to carry it may have died. An event that is sent again meanwhile must be found
// where it was applied, so an identifier never names anybody who does not know whom it named before: not until a survivor has
// taken in who yielded to it, nor a new holder inherited. Until then it leads there by a pointer, which knows in whose histories to look, and which user it
// was, or not at all (turn.applied).
//
// Where one proves to be two after all (unmerge.go):
//
//	restore  to the loser's part:         you are somebody of your own again, this is what you knew and what is yours since
//	redirect to the part of whom they absorbed meanwhile: you point to them
//
// Where the survivor became another user between answering and taking in, as two users of one device do who come at once:
//
//	return   to the loser's part:         you are two after all, this is what you knew
const (
	linkLetter   letterKind = "link"
	mergeLetter  letterKind = "merge"
	yieldLetter  letterKind = "yield"
	absorbLetter letterKind = "absorb"

	partLetter    letterKind = "part"
	inheritLetter letterKind = "inherit"

	restoreLetter  letterKind = "restore"
	redirectLetter letterKind = "redirect"
	returnLetter   letterKind = "return"

	friendLetter letterKind = "friend" // to the part of who shared: somebody came by your link, or ordered (friends.go)
)

// letter is the body of a store.Letter (lettercodec.go).
type letter struct {
	Kind     letterKind        `json:"kind"`
	Key      store.Key         `json:"key"`                // link; merge, yield: the identifier that made them meet; part, inherit: the device
	Lead     store.Key         `json:"lead"`               // link, merge, yield, absorb: the identifier by which the event was the person's
	Strength bool              `json:"strength,omitempty"` // the identifier names one human by definition: anything but a device
	Person   aparte.PersonID   `json:"person"`             // link: whom it names; merge, yield, absorb: the survivor; part, inherit: the new holder; restore, return: the loser
	From     []aparte.PersonID `json:"from,omitempty"`     // link: take it over from these without asking; merge, yield: pointers by which the two are known; part, inherit: the former holders; restore, return: the survivor, and who was one with them
	Loser    aparte.PersonID   `json:"loser"`              // part: the former holder; friend: the friend
	Claims   aparte.PersonID   `json:"claims"`             // merge, yield, return: which of the two the identifier was last seen with; absorb: to whom the loser yielded; link: whose it was, and stays with who has it since
	Latest   aparte.PersonID   `json:"latest"`             // absorb: what Claims was before the loser yielded
	UserID   string            `json:"userId,omitempty"`   // yield: the survivor's; link: the person's, where they would answer merge by yield; friend: the name of the event
	Forced   bool              `json:"forced,omitempty"`   // an alias call said so: different userIds do not forbid it
	State    []byte            `json:"state,omitempty"`    // absorb, restore, return: the loser's
	Apart    []aparte.PersonID `json:"apart,omitempty"`    // yield, and link with UserID: whom the survivor, the person, is not, somebody has said
	Entries  []store.Entry     `json:"entries,omitempty"`  // restore: what stood in the survivor's history and is the loser's

	Identifiers []aparte.Identifier `json:"identifiers,omitempty"` // restore, return: that name the loser again

	Nobody uint64 `json:"-"` // link: as of when the identifier was seen to name nobody (turn.nameSince); for as long as the letter is in memory
}

// post hands a letter to the owner of the part it goes to. When it has been acted upon durably, the
// sender forgets it; when that fails, it stays and is handed over again after a while.
func (e *Engine) post(from *owner, l store.Letter, body letter, cause *pending) {
	delivered := &task{lazy: true, run: func(*turn) error {
		from.dispose(l)
		return nil
	}}
	acted := body
	if body.Kind == absorbLetter { // whoever waits for it may look for the loser's names
		delivered = &task{
			run: func(t *turn) error {
				from.dispose(l)
				if acted.Person != body.Person { // it was sent on: who takes them in has the names follow
					return nil
				}
				return t.rename(body)
			},
			done: func(err error) {
				if err != nil { // until then the pointer leads to the survivor
					e.log.Error("letter", "kind", body.Kind, "part", from.part, "error", err)
					from.keep(l)
				}
				cause.finish(nil)
			},
		}
	}
	from.notePosted(l.Number)
	t := &task{
		cause: cause,
		run: func(t *turn) error {
			acted = body
			return t.act(&acted)
		},
		done: func(err error) {
			switch {
			case err != nil:
				e.log.Error("letter", "kind", body.Kind, "part", l.To, "error", err)
				from.push(&task{lazy: true, run: func(*turn) error { from.doubt(l); return nil }})
			case from.push(delivered) && delivered.done != nil:
				return
			}
			cause.finish(err)
		},
	}
	if !e.pushHere(l.To, t) && (e.fellows == nil || !e.handOver(l, t, &acted)) {
		cause.finish(ErrClosed)
	}
}

// act does what a letter asks. One of absorbing says afterwards to whom it went.
func (t *turn) act(l *letter) error {
	switch l.Kind {
	case linkLetter:
		return t.link(*l)
	case mergeLetter:
		return t.merge(*l)
	case yieldLetter:
		return t.yield(*l)
	case absorbLetter:
		return t.absorb(l)
	case partLetter:
		return t.part(*l)
	case inheritLetter:
		return t.inherit(*l)
	case restoreLetter:
		return t.restore(*l)
	case redirectLetter:
		return t.redirect(*l)
	case returnLetter:
		return t.comeBack(*l)
	case friendLetter:
		return t.friend(*l)
	}
	return fmt.Errorf("unknown letter %q", l.Kind)
}

// link makes an identifier of this part name a person, or finds that it names another and lets the two
// meet. One that follows whose it was is theirs no more, where it was seen with another since.
func (t *turn) link(l letter) error {
	now, err := t.nameSince(l.Key, l.Nobody)
	switch {
	case err != nil:
		return err
	case now == l.Person:
		return nil
	case now.IsZero() || slices.Contains(l.From, now):
		t.names[l.Key] = l.Person
		return nil
	case t.owner.engine.ledger.shared(l.Key):
		return nil
	}
	if l.Claims.IsZero() {
		t.meet(now, l.Person, l)
	} else {
		t.meet(l.Person, now, l)
	}
	return nil
}

// meet starts the merge of two people whom an identifier has shown to be one.
func (t *turn) meet(a, b aparte.PersonID, l letter) {
	survivor, loser := elder(a, b)
	next := letter{
		Kind: mergeLetter, Key: l.Key, Lead: l.Lead, Strength: l.Strength, Forced: l.Forced,
		Person: survivor, Loser: loser, Claims: b,
	}
	if l.Kind != linkLetter {
		next.From = l.From
	}
	to := survivor
	if l.Kind == linkLetter && l.UserID != "" && survivor == l.Person {
		next.Kind, next.UserID, next.Apart, to = yieldLetter, l.UserID, l.Apart, loser
	}
	t.send(t.owner.engine.partOf(to), next)
}

// meetSurvivor is meet, of another with whom p was merged into. Whom it was that the two are known by is kept, as the survivor may not have heard yet
// that they are p.
func (t *turn) meetSurvivor(p *aparte.Person, other aparte.PersonID, l letter) {
	l.From = lastN(append(slices.Clone(l.From), p.ID), maxAbsorbed)
	if l.Claims == other {
		t.meet(p.MergedInto, other, l)
	} else {
		t.meet(other, p.MergedInto, l)
	}
}

// vouch has a link say what p would say to a merge letter, unless it takes a closer look at p to answer one. Only who
// has a userId can: it stays theirs, whoever they become one with before the link arrives.
func (t *turn) vouch(l *letter, p *aparte.Person) {
	id, known := p.Identifier(aparte.KindUserID)
	if !known || len(p.Absorbed)+1 >= min(mostMerges, maxAbsorbed) {
		return
	}
	l.UserID, l.Apart = id.Value, t.owner.engine.ledger.apartFrom(p)
}

// succeed has the identifier that made two people meet name the one who is there, where the other was erased.
func (t *turn) succeed(l letter, there, erased aparte.PersonID) {
	if l.Key == (store.Key{}) { // it was said that they are one
		return
	}
	t.send(t.owner.engine.partOfKey(l.Key), letter{
		Kind: linkLetter, Key: l.Key, Lead: l.Lead, Strength: l.Strength, Person: there, From: []aparte.PersonID{erased},
	})
}

// maxAbsorbed is how many records one person can be made of.
const maxAbsorbed = 64

// merge adds what the survivor says of itself and passes the question on to the loser.
func (t *turn) merge(l letter) error {
	p, err := t.person(l.Person)
	if errors.Is(err, store.ErrNotFound) {
		t.succeed(l, l.Loser, l.Person)
		return nil
	} else if err != nil {
		return err
	}
	user, known := p.Identifier(aparte.KindUserID)
	switch {
	case p.MergedInto == l.Loser:
		return nil
	case !p.MergedInto.IsZero() && !known: // else p says in the survivor's place who they are
		t.meetSurvivor(p, l.Loser, l)
		return nil
	}
	if key, kind, found, err := t.suspect(p, l); err != nil {
		return err
	} else if found {
		t.count("identity/shared", 1)
		return t.owner.engine.share(t.ctx, key, kind, p.ID, ManyRecords)
	}
	if len(p.Absorbed) >= maxAbsorbed {
		t.count("identity/merge-cap", 1)
		return nil
	}
	l.Kind = yieldLetter
	l.Apart = t.owner.engine.ledger.apartFrom(p)
	l.UserID = user.Value
	t.send(t.owner.engine.partOf(l.Loser), l)
	return nil
}

// yield turns the loser into a pointer to the survivor, unless both are known by different userIds or somebody has said
// that they are two: humans who share a device, whose identifier then goes with the one last seen on it.
func (t *turn) yield(l letter) error {
	p, err := t.person(l.Loser)
	if errors.Is(err, store.ErrNotFound) {
		t.succeed(l, l.Person, l.Loser)
		return nil
	} else if err != nil {
		return err
	}
	if p.MergedInto == l.Person {
		return nil
	}
	mine, known := p.Identifier(aparte.KindUserID)
	two := known && l.UserID != "" && mine.Value != l.UserID && !l.Forced
	if two || among(l.Apart, p) {
		t.keepApart(l)
		return nil
	}
	if !p.MergedInto.IsZero() {
		t.meetSurvivor(p, l.Person, l)
		return nil
	}
	for _, timer := range p.Timers {
		t.batch.Fired = append(t.batch.Fired, store.Timer{Person: p.ID, Name: timer.Name, Due: timer.Due, Gen: timer.Gen})
	}
	t.batch.Timers = slices.DeleteFunc(t.batch.Timers, func(s store.Timer) bool { return s.Person == p.ID })
	t.send(t.owner.engine.partOf(l.Person), letter{
		Kind: absorbLetter, Key: l.Key, Lead: l.Lead, Strength: l.Strength, Forced: l.Forced, Person: l.Person, Loser: p.ID, Claims: l.Person,
		Latest: l.Claims, State: profile.Encode(nil, p),
	})
	t.left(p) // what they were worth goes with their state
	now := t.owner.engine.brand.Load()
	t.countMembers(now, p.Audiences, nil)
	t.countInside(p.Fences, nil)
	t.put(pointer(p, l.Person))
	return nil
}

// pointer is what stays of somebody who was merged: whom they lead to, in whose histories an event is looked for that comes again before the survivor
// knows of them, and which user they are, so that another user is not taken for the survivor before then, either.
func pointer(p *aparte.Person, survivor aparte.PersonID) *aparte.Person {
	left := &aparte.Person{ID: p.ID, MergedInto: survivor, Seq: p.Seq, FirstSeen: p.FirstSeen, LastSeen: p.LastSeen, Absorbed: p.Absorbed, Formerly: p.Formerly}
	if user, known := p.Identifier(aparte.KindUserID); known {
		left.Identifiers = []aparte.Identifier{user}
	}
	return left
}

// keepApart has two stay two: a device that made them meet goes with the one it was last seen with.
func (t *turn) keepApart(l letter) {
	if !l.Strength {
		former := l.Person
		if former == l.Claims {
			former = l.Loser
		}
		t.send(t.owner.engine.partOf(former), letter{Kind: partLetter, Key: l.Key, Person: l.Claims, Loser: former, From: l.From})
	}
	t.count("identity/kept-apart", 1)
}

// rename has those identifiers of a loser that live in their own part name the survivor, who has taken them in.
func (t *turn) rename(l letter) error {
	pointer, err := t.person(l.Loser)
	if errors.Is(err, store.ErrNotFound) || err == nil && pointer.MergedInto != l.Person {
		return nil // erased, or somebody of their own again
	} else if err != nil {
		return err
	}
	loser, err := merging{loser: l.Loser, state: l.State}.record()
	if err != nil {
		return err
	}
	for _, id := range loser.Identifiers {
		key := identifierKey(t.owner.engine.secret, id)
		if t.owner.engine.partOfKey(key) != t.owner.part {
			continue
		}
		now, err := t.nameOf(key)
		if err != nil {
			return err
		}
		if now == loser.ID || now.IsZero() || slices.Contains(loser.Absorbed, now) {
			t.names[key] = l.Person
		}
	}
	return nil
}

// absorb takes in what a merged person knew, or sends it to who is one with the survivor since, whom l names then.
func (t *turn) absorb(l *letter) error {
	if t.owner.engine.ledger.apart(l.Person, l.Loser) {
		return nil // done before, and undone since
	}
	p, err := t.person(l.Person)
	if errors.Is(err, store.ErrNotFound) { // erased since: the loser is as if they had not met
		t.send(t.owner.engine.partOf(l.Loser), letter{
			Kind: returnLetter, Key: l.Key, Strength: true, Person: l.Loser, Claims: l.Loser, State: l.State, From: []aparte.PersonID{l.Person, l.Claims},
		})
		return nil
	} else if err != nil {
		return err
	}
	loser, err := merging{loser: l.Loser, state: l.State}.record()
	if err != nil {
		return err
	}
	if !p.MergedInto.IsZero() { // merged itself meanwhile: what came goes where it went, unless it went with them
		l.Person = p.MergedInto
		if took, err := t.tookIn(p, l.Loser); err != nil || took {
			return err
		}
		if !slices.Contains(p.Absorbed, l.Loser) {
			next := *p
			next.Absorbed = lastN(slices.Concat(p.Absorbed, []aparte.PersonID{loser.ID}, loser.Absorbed), 2*maxAbsorbed)
			t.put(&next)
		}
		t.send(t.owner.engine.partOf(l.Person), *l)
		return nil
	}
	if slices.Contains(p.Absorbed, l.Loser) {
		return nil
	}
	if !l.Forced && twoUsers(p, &loser) {
		t.sendBack(p, &loser, *l)
		return nil
	}
	both := profile.Absorb(*p, loser)
	t.adopt(&both, p, &loser)
	t.joined(&both, p, &loser)
	now := t.owner.engine.brand.Load()
	t.countMembers(now, p.Audiences, both.Audiences)
	t.countInside(p.Fences, both.Fences)
	t.append(&both, store.MergeEntry, store.Key{}, merging{loser: l.Loser, key: l.Key, lead: l.Lead, forced: l.Forced, state: l.State}.encode())
	if t.owner.engine.outbox != nil {
		t.note(aparte.PersonChanged, both.ID, both.Seq)
		t.noteIf(aparte.AdvertisingEnded, &both, func() bool { return (p.Advertised() || loser.Advertised()) && !both.Advertised() })
	}
	from := append(slices.Clone(loser.Absorbed), loser.ID)
	if !l.Claims.IsZero() && l.Claims != both.ID {
		from = append(from, l.Claims) // to whom the loser yielded, and who is one with the survivor since
	}
	for _, id := range loser.Identifiers {
		key := identifierKey(t.owner.engine.secret, id)
		part := t.owner.engine.partOfKey(key)
		if l.Claims == both.ID && part == t.owner.engine.partOf(loser.ID) && part != t.owner.part {
			continue // the loser sees to it (rename)
		}
		t.send(part, letter{
			Kind: linkLetter, Key: key, Strength: id.Kind != aparte.KindAnonymousID, Person: both.ID, From: from, Claims: loser.ID,
		})
	}
	t.rearrange(now, &both)
	t.planFences(&both)
	if err := t.muster(now, &both); err != nil {
		return err
	}
	t.put(&both)
	t.count("identity/merged", 1)
	return nil
}

// tookIn reports whether somebody who was merged themselves had taken a loser in before. One who only went through their hands is among their Absorbed, too, and
// may have been sent back since.
func (t *turn) tookIn(p *aparte.Person, loser aparte.PersonID) (bool, error) {
	if !slices.Contains(p.Absorbed, loser) {
		return false, nil
	}
	took := false
	err := t.owner.engine.eachMerging(t.ctx, p.ID, func(m merging) (more bool, err error) {
		took = m.loser == loser
		return !took, nil
	})
	return took, err
}

// twoUsers reports whether both are known by userIds, and by none that is the other's.
func twoUsers(a, b *aparte.Person) bool {
	mine, known := a.Identifier(aparte.KindUserID)
	if !known || slices.Contains(b.Identifiers, mine) {
		return false
	}
	theirs, known := b.Identifier(aparte.KindUserID)
	return known && !slices.Contains(a.Identifiers, theirs)
}

// sendBack has a loser be somebody of their own again: p has become another user since p was asked.
func (t *turn) sendBack(p, loser *aparte.Person, l letter) {
	back := letter{
		Kind: returnLetter, Key: l.Key, Strength: l.Strength, Person: loser.ID, Claims: p.ID, State: l.State,
		From: append([]aparte.PersonID{p.ID, l.Claims}, p.Absorbed...), // l.Claims: to whom they yielded, and who is p since
	}
	if l.Latest == loser.ID {
		back.Claims = loser.ID
	}
	for _, id := range loser.Identifiers {
		if !slices.Contains(p.Identifiers, id) && identifierKey(t.owner.engine.secret, id) != l.Key {
			back.Identifiers = append(back.Identifiers, id)
		}
	}
	t.send(t.owner.engine.partOf(loser.ID), back)
}

// comeBack makes a pointer the person again that they were when they yielded.
func (t *turn) comeBack(l letter) error {
	pointer, err := t.person(l.Person)
	if errors.Is(err, store.ErrNotFound) {
		return nil // erased meanwhile
	} else if err != nil {
		return err
	}
	p, err := merging{loser: l.Person, state: l.State}.record()
	if err != nil {
		return err
	}
	if !slices.Contains(l.From, pointer.MergedInto) || pointer.Seq != p.Seq {
		return nil // done before, and perhaps merged again since
	}
	body, err := splitting{Person: l.From[0]}.encode()
	if err != nil {
		return err
	}
	p.Formerly = formerly(&p, l.From)
	t.append(&p, store.SplitEntry, store.Key{}, body)
	for _, timer := range p.Timers {
		t.setTimer(&p, timer.Name, timer.Due)
	}
	now := t.owner.engine.brand.Load()
	if now != nil {
		now.trial.account(nil, p.Trials, t.countTotal)
	}
	t.countMembers(now, nil, p.Audiences)
	t.countInside(nil, p.Fences)
	t.rearrange(now, &p)
	t.planFences(&p)
	if err := t.muster(now, &p); err != nil {
		return err
	}
	t.put(&p)
	for _, id := range l.Identifiers {
		key := identifierKey(t.owner.engine.secret, id)
		t.send(t.owner.engine.partOfKey(key), letter{
			Kind: linkLetter, Key: key, Strength: id.Kind != aparte.KindAnonymousID, Person: p.ID, From: l.From, Claims: p.ID,
		})
	}
	l.Person, l.Loser = l.From[0], p.ID
	t.keepApart(l)
	return nil
}

// part tells the new holder of a device in whose histories its past is: that of the former holder, of whom
// they absorbed, and of who had it before them.
func (t *turn) part(l letter) error {
	p, err := t.person(l.Loser)
	l.From = append(l.From, l.Loser)
	switch {
	case errors.Is(err, store.ErrNotFound): // erased, and the past with them
	case err != nil:
		return err
	default:
		l.From = slices.Concat(l.From, p.Absorbed, p.Formerly)
		if !p.MergedInto.IsZero() && p.MergedInto != l.Person {
			l.Loser = p.MergedInto
			t.send(t.owner.engine.partOf(l.Loser), l)
			return nil
		}
	}
	l.Kind = inheritLetter
	t.send(t.owner.engine.partOf(l.Person), l)
	return nil
}

// inherit remembers who had a device before, and has it name its new holder.
func (t *turn) inherit(l letter) error {
	p, err := t.person(l.Person)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	} else if err != nil {
		return err
	}
	if !p.MergedInto.IsZero() {
		l.Person = p.MergedInto
		t.send(t.owner.engine.partOf(l.Person), l)
		return nil
	}
	next := *p
	next.Formerly = formerly(p, l.From)
	t.put(&next)
	if l.Key != (store.Key{}) { // else whoever wrote the letter, an earlier version, has seen to it
		t.send(t.owner.engine.partOfKey(l.Key), letter{Kind: linkLetter, Key: l.Key, Person: p.ID, From: l.From})
	}
	return nil
}

// formerly is who had devices of p before, with more of them: nobody twice, and nobody who is p.
func formerly(p *aparte.Person, more []aparte.PersonID) []aparte.PersonID {
	all := slices.Clone(p.Formerly)
	for _, id := range more {
		if !slices.Contains(all, id) {
			all = append(all, id)
		}
	}
	all = slices.DeleteFunc(all, func(id aparte.PersonID) bool { return id == p.ID || slices.Contains(p.Absorbed, id) })
	return lastN(all, aparte.MaxFormerly)
}

// adopt joins what the engine keeps in two states: timers, open decisions, recent ids, who was absorbed.
func (t *turn) adopt(both, survivor, loser *aparte.Person) {
	both.ID, both.Seq = survivor.ID, survivor.Seq
	both.Absorbed = append(append(slices.Clone(survivor.Absorbed), loser.ID), loser.Absorbed...)
	both.Formerly = formerly(both, loser.Formerly)
	both.RecentIDs = lastN(append(slices.Clone(loser.RecentIDs), survivor.RecentIDs...), aparte.MaxRecentIDs)
	both.Open = append(slices.Clone(survivor.Open), loser.Open...)
	slices.SortStableFunc(both.Open, func(a, b aparte.Open) int { return a.At.Compare(b.At) })
	both.Open = lastN(both.Open, aparte.MaxOpen)
	both.Journey = bothJourneys(&survivor.Journey, &loser.Journey)
	both.Timers = survivor.Timers
	for _, timer := range loser.Timers {
		i, found := findTimer(both, timer.Name)
		if found {
			t.withdraw(timer.Name)
		}
		if !found || timer.Due.Before(both.Timers[i].Due) != scenario.KeepsLater(timer.Name) {
			t.setTimer(both, timer.Name, timer.Due)
		}
	}
}

// lastN is the last n elements.
func lastN[T any](s []T, n int) []T { return s[max(0, len(s)-n):] }
