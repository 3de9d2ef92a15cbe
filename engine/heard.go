package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/learn/intent"
	"github.com/aparte-dev/aparte/profile"
	"github.com/aparte-dev/aparte/store"
)

// What the other ends of channels say becomes events: a report, of the decision whose message it is about; a reply, of the person
// whose address it came from, who is born by it where nobody is known by that.

var _ channel.Listener = (*Engine)(nil)

// Reported notes what became of a message. A report of a message nobody knows is counted and forgotten; one of a message that is
// still being handed over is channel.ErrEarly.
func (e *Engine) Reported(ctx context.Context, r *channel.Report) error {
	id, err := e.reportedOn(ctx, r)
	if errors.Is(err, store.ErrNotFound) {
		e.log.Info("a report about a message that nobody knows", "channel", r.Channel, "fate", r.Fate)
		return nil
	} else if err != nil {
		return fmt.Errorf("report on %s: %w", r.Channel, err)
	}
	err = e.visit(ctx, id.Person, func(t *turn, p *aparte.Person) error {
		d, err := t.decision(id)
		if err != nil {
			return err
		}
		return t.reported(p, &d, r)
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil // erased meanwhile
	}
	return err
}

// reported makes the event of a report: one, however often it is told.
func (t *turn) reported(p *aparte.Person, d *aparte.Decision, r *channel.Report) error {
	name, more := aparte.EventDelivered, map[string]any{}
	switch r.Fate {
	case channel.Delivered:
	case channel.Undelivered:
		name, more = aparte.EventFailed, map[string]any{"reason": r.Reason, "code": r.Code, "suppress": r.Suppress}
		if r.Suppress {
			more["address"] = refusedAt(p, r)
		}
	case channel.Complained:
		name = aparte.EventComplained
	case channel.Delayed:
		t.count(string(r.Fate)+"/"+string(d.Channel), 1)
		return nil
	default:
		return fmt.Errorf("fate %q is unknown", r.Fate)
	}
	event := ownEvent(name, d, t.now, more)
	event.MessageID = aparte.MessageID(fmt.Sprintf("aparte-%s:%s", r.Fate, d.ID))
	key := messageKey(event.MessageID)
	if repeated, err := t.applied(p, nil, key, ringHash(key)); err != nil || repeated {
		return err
	}
	t.count(string(r.Fate)+"/"+string(d.Channel), 1)
	_, err := t.apply(p, &event, named{}, key)
	return err
}

// refusedAt is the address at which a message was refused for good: the one that is told, in the person's spelling, or else the
// only one they have; empty where there are several.
func refusedAt(p *aparte.Person, r *channel.Report) string {
	all := p.Addresses(r.Channel)
	told, err := profile.Normalize(r.Channel.Address(), r.Address, "")
	if err == nil && (len(all) == 0 || slices.Contains(all, told)) {
		return told.Value
	}
	if len(all) == 1 {
		return all[0].Value
	}
	return ""
}

// How far back in a history the message of a report is looked for.
const (
	reportWithin = 9 * 24 * time.Hour
	reportPage   = 200
	reportPages  = 20
)

// reportedOn is the decision whose message a report is about.
func (e *Engine) reportedOn(ctx context.Context, r *channel.Report) (aparte.DecisionID, error) {
	if r.Key != "" {
		id, err := aparte.ParseDecisionID(r.Key)
		if err != nil {
			return id, store.ErrNotFound // a confirmation's, or of somebody else's making
		}
		return id, nil
	}
	who, err := profile.Normalize(r.Channel.Address(), r.Address, "")
	if err != nil || r.Reference == "" {
		return aparte.DecisionID{}, store.ErrNotFound
	}
	person, err := e.Find(ctx, who)
	if err != nil {
		return aparte.DecisionID{}, err
	}
	p, err := e.Person(ctx, person)
	if err != nil {
		return aparte.DecisionID{}, err
	}
	id, err := e.sentAs(ctx, p.ID, r)
	if errors.Is(err, store.ErrNotFound) && handingOver(&p) { // p was read first: what ended since is found
		return id, channel.ErrEarly
	}
	return id, err
}

// handingOver reports whether a message to somebody is with its channel, which has not answered yet.
func handingOver(p *aparte.Person) bool {
	for _, t := range p.Timers {
		if kindOf(t.Name) == attemptTimer {
			return true
		}
	}
	return false
}

// sentAs looks in a person's latest history for the message that a channel's other end calls so.
func (e *Engine) sentAs(ctx context.Context, person aparte.PersonID, r *channel.Report) (aparte.DecisionID, error) {
	var from StoryPlace
	for range reportPages {
		entries, err := e.Story(ctx, person, from, reportPage)
		if err != nil {
			return aparte.DecisionID{}, err
		}
		for _, entry := range entries {
			if entry.Event == nil || entry.Event.Name != aparte.EventSent || entry.Event.Source != aparte.OwnSource {
				continue
			}
			var sent struct {
				Channel   aparte.Channel `json:"channel"`
				Reference string         `json:"reference"`
			}
			if json.Unmarshal(entry.Event.Properties, &sent) == nil && sent.Reference == r.Reference && sent.Channel == r.Channel {
				return decisionOf(entry.Event), nil
			}
		}
		if len(entries) < reportPage || e.now().Sub(entries[len(entries)-1].At) > reportWithin {
			break
		}
		from = from.Beyond(entries)
	}
	return aparte.DecisionID{}, store.ErrNotFound
}

// Replied notes what somebody wrote back, and does what its keyword asks for where it is one. A reply that was noted before
// changes nothing. What comes from no person's address, such as a short code's own messages, is counted and forgotten.
func (e *Engine) Replied(ctx context.Context, r *channel.Reply) error {
	since := e.now()
	who, err := profile.Normalize(r.Channel.Address(), r.From, "")
	if err != nil {
		e.log.Info("a reply from what is nobody's address", "channel", r.Channel)
		return nil
	}
	word := channel.Keyword("")
	if r.Channel == aparte.SMS {
		word = channel.KeywordOf(r.Text)
	}
	guess := intent.Guess{Intent: intent.Other, Sure: 1}
	if word == "" {
		guess = e.intents().Read(r.Text)
	}
	event, err := e.replyEvent(ctx, r, who, word, guess)
	if err != nil {
		return err
	}
	if id, err := aparte.ParseDecisionID(r.Key); err == nil && r.Channel == aparte.Email {
		return e.repliedTo(ctx, id, r, &event, guess, since) // who holds the address that we gave them, whatever they say they are called
	}
	if err := e.admit(1); err != nil {
		return err
	}
	defer e.underWay.Add(-1)
	a, err := e.arrival(ctx, &event, newPending(1))
	if err != nil {
		return fmt.Errorf("reply on %s: %w", r.Channel, err)
	}
	a.since = since
	var answer optAnswer
	a.then = func(t *turn, p *aparte.Person) (err error) {
		answer = optAnswer{}
		if word != "" && !a.repeated {
			answer, err = t.obey(p, r, word)
		} else if !a.repeated {
			err = t.heard(p, r, guess)
		}
		return err
	}
	e.dispatch(a)
	if err := a.cause.wait(ctx); err != nil {
		return fmt.Errorf("reply on %s: %w", r.Channel, err)
	}
	e.answerKeyword(ctx, r, &answer)
	return nil
}

// repliedTo notes a reply to the message of a decision, which came in at a time.
func (e *Engine) repliedTo(ctx context.Context, id aparte.DecisionID, r *channel.Reply, event *aparte.Event, guess intent.Guess, since time.Time) error {
	event.Context = nil // its address is told by nobody
	err := e.visit(ctx, id.Person, func(t *turn, p *aparte.Person) error {
		t.since = since
		if _, err := t.decision(id); err != nil {
			return err
		}
		key := messageKey(event.MessageID)
		next, err := t.apply(p, event, named{}, key)
		if err != nil || next == p {
			return err // noted before
		}
		return t.heard(next, r, guess)
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil // erased meanwhile
	}
	return err
}

// replyEvent is the event of a reply. Of a keyword nothing is kept but the keyword, and what else was written is sealed.
func (e *Engine) replyEvent(ctx context.Context, r *channel.Reply, who aparte.Identifier, word channel.Keyword, guess intent.Guess) (aparte.Event, error) {
	properties := map[string]any{"channel": r.Channel}
	if word != "" {
		properties["keyword"] = word
	} else {
		sealed, err := e.seals.seal(ctx, r.Text, e.now())
		if err != nil {
			return aparte.Event{}, fmt.Errorf("reply on %s: %w", r.Channel, err)
		}
		properties["sealed"], properties["intent"], properties["sure"] = sealed, guess.Intent, rounded(guess.Sure)
	}
	if r.Channel == aparte.Email {
		properties["message"] = r.ID
	}
	if id, err := aparte.ParseDecisionID(r.Key); err == nil {
		properties["decision"] = id.String()
	}
	body, err := json.Marshal(properties)
	if err != nil {
		return aparte.Event{}, fmt.Errorf("reply on %s: %w", r.Channel, err)
	}
	named, err := json.Marshal(map[string]any{"traits": map[string]any{string(who.Kind): who.Value}})
	if err != nil {
		return aparte.Event{}, fmt.Errorf("reply on %s: %w", r.Channel, err)
	}
	at := r.At.UTC()
	return aparte.Event{
		Type: aparte.Track, Name: aparte.EventReplied, Properties: body, Context: named, Source: aparte.OwnSource,
		MessageID: aparte.MessageID("aparte-reply:" + string(r.Channel) + ":" + r.ID),
		Timestamp: at, OriginalTimestamp: at, ReceivedAt: at,
	}, nil
}

// clip is a text of at most n bytes, cut between letters, and UTF-8.
func clip(text string, n int) string {
	text = strings.ToValidUTF8(text, "\ufffd")
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}
