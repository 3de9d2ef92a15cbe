package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/profile"
	"github.com/aparte-dev/aparte/store"
)

// favour is what one engine asks of another that has a part, or of the one that has the office. One of the fields after Part says what.
type favour struct {
	Part store.Part `json:"part"`

	Letter  []byte           `json:"letter,omitempty"`  // to act upon (lettercodec.go)
	Arrival *askedArrival    `json:"arrival,omitempty"` // an event to apply to its person
	Look    *aparte.PersonID `json:"look,omitempty"`    // how somebody is
	Settle  bool             `json:"settle,omitempty"`  // what was asked so far is to be in the store
	Chore   *askedChore      `json:"chore,omitempty"`   // to do in the part what is done for everybody
	Settled []uint64         `json:"settled,omitempty"` // notices of these numbers need not be told any more
	Bury    *aparte.Notice   `json:"bury,omitempty"`    // a notice is given up
	Revive  *aparte.Notice   `json:"revive,omitempty"`  // one that was is to be told after all
	Share   *Shared          `json:"share,omitempty"`   // an identifier is to join nobody any more; of the office
}

// askedArrival is an arrival (accept.go) as it goes from engine to engine.
type askedArrival struct {
	Event  []byte              `json:"event"`
	IDs    []aparte.Identifier `json:"ids"`
	Left   uint64              `json:"left,omitempty"`
	Person aparte.PersonID     `json:"person"`
	Not    aparte.PersonID     `json:"not"`
	Lead   int                 `json:"lead,omitempty"`
	Hops   int                 `json:"hops,omitempty"`
	Waits  int                 `json:"waits,omitempty"`
	Since  time.Time           `json:"since,omitzero"`
	Fresh  bool                `json:"fresh,omitempty"`
}

// answered is what comes back.
type answered struct {
	Repeated bool            `json:"repeated,omitempty"` // the event had been applied before
	Went     aparte.PersonID `json:"went,omitzero"`      // to whom the letter was sent on
	Record   []byte          `json:"record,omitempty"`   // of whom was looked at (package profile)
	Seq      uint64          `json:"seq,omitempty"`
	Took     taking          `json:"took,omitzero"` // by a chore
	Error    string          `json:"error,omitempty"`
	Missing  bool            `json:"missing,omitempty"` // what was asked about is not there
	Busy     bool            `json:"busy,omitempty"`    // it may be asked again later
	Gone     bool            `json:"gone,omitempty"`    // the part was given up amid a chore
}

// askFellow puts a question to the engine that has a part. It is ErrNobody where it may be put again.
func (e *Engine) askFellow(ctx context.Context, q *favour) (a answered, err error) {
	body, err := json.Marshal(q)
	if err != nil {
		return a, fmt.Errorf("ask for part %d: %w", q.Part, err)
	}
	body, err = e.fellows.Ask(ctx, q.Part, body)
	if err != nil {
		return a, err
	}
	if err := json.Unmarshal(body, &a); err != nil {
		return a, fmt.Errorf("answer of who has part %d: %w", q.Part, err)
	}
	switch {
	case a.Gone:
		return a, ErrNobody
	case a.Missing:
		return a, store.ErrNotFound
	case a.Busy:
		return a, fmt.Errorf("part %d: %w", q.Part, ErrBusy)
	case a.Error != "":
		return a, fmt.Errorf("part %d: %s", q.Part, a.Error)
	}
	return a, nil
}

// Oblige acts on what another engine asks (Fellows.Ask). It is ErrNobody where the part is not this engine's.
func (e *Engine) Oblige(ctx context.Context, message []byte) ([]byte, error) {
	var q favour
	if err := json.Unmarshal(message, &q); err != nil {
		return nil, fmt.Errorf("what another node asks cannot be read: %w", err)
	}
	if int(q.Part) >= e.parts {
		return nil, fmt.Errorf("another node asks of part %d, there are %d", q.Part, e.parts)
	}
	if !e.Has(q.Part) {
		return nil, ErrNobody
	}
	a, err := e.oblige(ctx, &q)
	switch {
	case q.Chore != nil && errors.Is(err, ErrNobody):
		a.Gone = true // what it took until then counts
	case errors.Is(err, ErrNobody), errors.Is(err, ErrClosed), ctx.Err() != nil:
		return nil, errors.Join(ErrNobody, err)
	case errors.Is(err, store.ErrNotFound):
		a.Missing = true
	case errors.Is(err, ErrBusy):
		a.Busy = true
	case err != nil:
		a.Error = err.Error()
	}
	return json.Marshal(a)
}

func (e *Engine) oblige(ctx context.Context, q *favour) (a answered, err error) {
	switch {
	case q.Letter != nil:
		l, err := decodeLetter(q.Letter)
		if err != nil {
			return a, err
		}
		acted := l
		err = e.inHere(ctx, q.Part, func(t *turn) error {
			acted = l
			return t.act(&acted)
		})
		if err == nil && acted.Person != l.Person {
			a.Went = acted.Person
		}
		return a, err
	case q.Arrival != nil:
		return e.receive(ctx, q.Arrival)
	case q.Look != nil:
		return e.lookedAt(ctx, q.Part, *q.Look)
	case q.Settle:
		return a, e.inHere(ctx, q.Part, func(*turn) error { return nil })
	case q.Chore != nil:
		return e.help(ctx, q.Part, q.Chore)
	case q.Settled != nil:
		return a, e.settleHere(q.Part, q.Settled)
	case q.Bury != nil && e.partOf(q.Bury.Person) == q.Part:
		return a, e.inHere(ctx, q.Part, func(t *turn) error { return t.buryNotice(q.Bury) })
	case q.Revive != nil && e.partOf(q.Revive.Person) == q.Part:
		return a, e.inHere(ctx, q.Part, func(t *turn) error { return t.reviveNotice(*q.Revive) })
	case q.Share != nil:
		return a, e.ledger.share(ctx, e.store, *q.Share)
	}
	return a, errors.New("another node asks what this version does not know")
}

// receive takes in an event that another engine sent on.
func (e *Engine) receive(ctx context.Context, from *askedArrival) (answered, error) {
	event, err := decodeEvent(from.Event)
	if err != nil {
		return answered{}, err
	}
	if from.Lead < 0 || from.Lead >= len(from.IDs) {
		return answered{}, errors.New("an event that was sent on has no leading identifier")
	}
	if from.Waits < 0 || from.Waits > maxWaits {
		return answered{}, fmt.Errorf("an event that was sent on waited %d times", from.Waits)
	}
	if err := e.admit(1); err != nil {
		return answered{}, err
	}
	defer e.underWay.Add(-1)
	a := &arrival{
		engine: e, event: &event, ids: from.IDs, left: from.Left, key: messageKey(event.MessageID), cause: newPending(1), since: from.Since,
		span: e.spanOf(ctx), person: from.Person, lead: from.Lead, hops: from.Hops, waits: from.Waits, not: from.Not, fresh: from.Fresh,
	}
	a.keys = make([]store.Key, len(a.ids))
	for i, id := range a.ids {
		a.keys[i] = identifierKey(e.secret, id)
	}
	a.nobody = make([]uint64, len(a.keys))
	e.dispatch(a)
	if err := a.cause.wait(ctx); err != nil {
		return answered{}, err // it may be under way still
	}
	return answered{Repeated: a.repeated}, nil
}

// sendOn has an arrival go on in the engine that has a part, by the task here where that is this one by then, until that is done or could not be for a while.
func (e *Engine) sendOn(part store.Part, a *arrival, here *task) bool {
	q := &favour{Part: part, Arrival: &askedArrival{
		Event: encodeEvent(nil, a.event), IDs: a.ids, Left: a.left, Person: a.person, Not: a.not, Lead: a.lead, Hops: a.hops, Waits: a.waits, Since: a.since, Fresh: a.fresh,
	}}
	return e.trips.out(func(ctx context.Context) {
		ctx, stop := context.WithTimeout(ctx, askFor)
		defer stop()
		if err := e.again(ctx, func() (bool, error) {
			if e.pushHere(part, here) {
				return true, nil
			}
			answer, err := e.askFellow(ctx, q)
			if errors.Is(err, ErrNobody) {
				return false, err
			}
			a.repeated = answer.Repeated
			a.cause.finish(err)
			return true, nil
		}); err != nil {
			a.cause.finish(err)
		}
	})
}

// handOver has a letter acted upon in the engine that has its part, and acted say to whom it went. Whoever takes the part that wrote it does so, too.
func (e *Engine) handOver(l store.Letter, here *task, acted *letter) bool {
	q := &favour{Part: l.To, Letter: l.Body}
	return e.trips.out(func(ctx context.Context) {
		if err := e.again(ctx, func() (bool, error) {
			if e.pushHere(l.To, here) {
				return true, nil
			}
			a, err := e.askFellow(ctx, q)
			if err != nil {
				if !errors.Is(err, ErrNobody) {
					e.log.Error("letter to another node", "part", l.To, "error", err)
				}
				return false, err
			}
			if !a.Went.IsZero() {
				acted.Person = a.Went
			}
			here.finish(nil)
			return true, nil
		}); err != nil {
			here.cause.finish(err)
		}
	})
}

// lookedAt is how somebody of a part of this engine is, decisions not yet durable included.
func (e *Engine) lookedAt(ctx context.Context, part store.Part, id aparte.PersonID) (a answered, err error) {
	if !e.Has(part) {
		return a, ErrNobody
	}
	p, err := e.asIs(ctx, id)
	if err != nil {
		return a, err
	}
	return answered{Record: profile.Encode(nil, &p), Seq: p.Seq}, nil
}

// lookAcross is somebody of a part that another engine has.
func (e *Engine) lookAcross(ctx context.Context, part store.Part, id aparte.PersonID) (p aparte.Person, err error) {
	ctx, stop := context.WithTimeout(ctx, askFor)
	defer stop()
	err = e.again(ctx, func() (bool, error) {
		if e.Has(part) { // meanwhile
			p, err = e.asIs(ctx, id)
			return true, err
		}
		a, err := e.askFellow(ctx, &favour{Part: part, Look: &id})
		if errors.Is(err, ErrNobody) {
			return false, err
		}
		if err == nil {
			p, err = decode(&store.PersonRow{ID: id, State: a.Record, Last: a.Seq})
		}
		return true, err
	})
	return p, err
}

// settleAcross waits until what the owner of a part in another engine was asked so far can be read from the store.
func (e *Engine) settleAcross(ctx context.Context, part store.Part) error {
	return e.again(ctx, func() (bool, error) {
		if e.Has(part) {
			return true, e.settled(ctx, part)
		}
		_, err := e.askFellow(ctx, &favour{Part: part, Settle: true})
		return !errors.Is(err, ErrNobody), err
	})
}

// hereOrThere has done in a part what here does where this engine has it, and is ErrNobody where not, by who has it, asked by q.
func (e *Engine) hereOrThere(ctx context.Context, q *favour, here func(context.Context) error) error {
	err := here(ctx)
	if errors.Is(err, ErrNobody) {
		_, err = e.askFellow(ctx, q)
	}
	return err
}

// entrust is hereOrThere beside its caller, again until it is done or this engine goes away. It is ErrClosed where nothing is begun any more.
func (e *Engine) entrust(q *favour, here func(context.Context) error) error {
	if !e.trips.out(func(ctx context.Context) {
		_ = e.again(ctx, func() (bool, error) { // what this engine goes away with waits in the store, and comes again
			err := e.hereOrThere(ctx, q, here)
			if err != nil && !errors.Is(err, ErrNobody) && ctx.Err() == nil {
				e.log.Error("notices of another node", "part", q.Part, "error", err)
			}
			return err == nil, err
		})
	}) {
		return ErrClosed
	}
	return nil
}
