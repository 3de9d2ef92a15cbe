package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// Counters of memberships. What is under membersPrefix goes on for good (total): how many people are in an audience, exactly, as
// every change of a record is counted in the batch that writes it. The others are by day: by how much that changed, whatever the
// reason, and how many events told of it.
const (
	membersPrefix = "audience/members/"
	changedPrefix = "audience/changed/"
	enteredPrefix = "audience/entered/"
	exitedPrefix  = "audience/exited/"
)

const day = 24 * time.Hour

// muster brings the audiences of a person up to date: each they are in no longer or newly is an event of theirs. p is the turn's
// own copy.
//
// It is done once after an event from elsewhere, when all that it set off in the record is there. The events made here are not
// looked at again: they change nothing that a condition can read, as conditions do not read memberships.
func (t *turn) muster(now *live, p *aparte.Person) error {
	if now == nil {
		return nil
	}
	is := now.plan.Audiences(p, t.owner.engine.fitter.now(), t.now)
	if slices.Equal(p.Audiences, is) {
		return nil
	}
	was := p.Audiences
	for _, key := range without(was, is) { // first out: there is room for so many
		if err := t.tellMembership(now, p, aparte.EventExited, exitedPrefix, key); err != nil {
			return err
		}
	}
	for _, key := range without(is, was) {
		if err := t.tellMembership(now, p, aparte.EventEntered, enteredPrefix, key); err != nil {
			return err
		}
		t.owner.engine.met.came(key, p.ID)
	}
	p.Audiences = is // as the events have it, but for one of which nobody knows any more what it was called
	return nil
}

// tellMembership makes the event that a person came into an audience or left it.
func (t *turn) tellMembership(now *live, p *aparte.Person, name, prefix string, key aparte.AudienceKey) error {
	id, known := now.audiences[key]
	if !known {
		return nil
	}
	properties, err := json.Marshal(map[string]any{"audience": id})
	if err != nil {
		return fmt.Errorf("audience %s: %w", id, err)
	}
	at := t.now.UTC()
	event := aparte.Event{
		Type: aparte.Track, Name: name, Properties: properties, Source: aparte.OwnSource,
		MessageID: aparte.MessageID(fmt.Sprintf("aparte-audience:%s:%d", p.ID, p.Seq+1)),
		Timestamp: at, OriginalTimestamp: at, ReceivedAt: at,
	}
	next := t.happen(now, p, &event, named{}, messageKey(event.MessageID))
	t.countAt(prefix+string(id), t.now.Truncate(day), 1)
	t.countMembers(now, p.Audiences, next.Audiences)
	*p = *next
	return nil
}

// countMembers counts by how much more or less often than before a record says that somebody is in an audience.
func (t *turn) countMembers(now *live, before, after []aparte.AudienceKey) {
	if now == nil {
		return
	}
	count := func(keys []aparte.AudienceKey, n int64) {
		for _, key := range keys {
			if id, known := now.audiences[key]; known {
				t.countTotal(membersPrefix+string(id), n)
				t.countAt(changedPrefix+string(id), t.now.Truncate(day), n)
			}
		}
	}
	count(without(before, after), -1)
	count(without(after, before), 1)
}

// audienceNames are the ids of all audiences that the brand ever had, which the keys in people's records stand for.
type audienceNames map[aparte.AudienceKey]aparte.AudienceID

const (
	audienceNamesDocument = "audiences/names"
	mostAudienceNames     = 10_000 // remembered, the latest
)

// audienceNames are those of a brand and of all before it.
func (e *Engine) audienceNames(ctx context.Context, b *aparte.Brand) (audienceNames, error) {
	var ids []aparte.AudienceID
	doc, err := e.store.Document(ctx, audienceNamesDocument, 0)
	switch {
	case errors.Is(err, store.ErrNotFound):
	case err != nil:
		return nil, fmt.Errorf("read names of audiences: %w", err)
	default:
		if err := json.Unmarshal(doc.Body, &ids); err != nil {
			return nil, fmt.Errorf("names of audiences cannot be read: %w", err)
		}
	}
	before := len(ids)
	for _, x := range b.Audiences {
		if !slices.Contains(ids, x.ID) {
			ids = append(ids, x.ID)
		}
	}
	names := audienceNames{}
	if len(ids) > before {
		ids = lastN(ids, mostAudienceNames)
		body, err := json.Marshal(ids)
		if err != nil {
			return nil, fmt.Errorf("encode names of audiences: %w", err)
		}
		if _, err := store.Replace(ctx, e.store, audienceNamesDocument, body); err != nil {
			return nil, fmt.Errorf("store names of audiences: %w", err)
		}
	}
	for _, id := range ids {
		names[id.Key()] = id
	}
	return names, nil
}
