package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/learn/intent"
	"github.com/aparte-dev/aparte/store"
)

// A reply is an event, "Message Replied", that says what is wanted; what was written stands in it sealed. A scenario after
// that event makes a moment on the channel by which the reply came, where it speaks there; what is answered, if anything, is
// decided like everything else, by rules on reply.intent. Nobody answers who asks to be left alone. What is not understood,
// and who is angry or asks for somebody, makes a second event, "Human Wanted".

// reply is what was found of the one that a moment answers.
type reply struct {
	Channel aparte.Channel `json:"channel"`
	Intent  intent.Intent  `json:"intent"`
	Keyword string         `json:"keyword"`
	Message string         `json:"message"` // what their mail is called, for the thread
}

const (
	replyWithin  = 24 * time.Hour // how old a reply may be that is answered
	replyEntries = 64             // of the history that are looked through for it
)

// Names of the values in a moment's context by which a decision knows what it answers (decide.Variables).
const (
	replyIntent  = "reply.intent"
	replyChannel = "reply.channel"
)

// replyOf reads a reply; not ok where the entry is none.
func replyOf(entry *store.Entry) (r reply, ok bool) {
	if entry.Kind != store.EventEntry {
		return r, false
	}
	event, err := decodeEvent(entry.Body)
	if err != nil || event.Name != aparte.EventReplied || event.Source != aparte.OwnSource {
		return r, false
	}
	return r, json.Unmarshal(event.Properties, &r) == nil
}

// listen learns to understand what people write before the first of them does, where a brand has a scenario that answers.
func (e *Engine) listen(b *aparte.Brand) {
	answers := func(s aparte.Scenario) bool { return s.After == aparte.EventReplied }
	if slices.ContainsFunc(b.Scenarios, answers) && !e.closing.Load() {
		e.running.Go(func() { e.intents() })
	}
}

// lastReply is the latest reply of a person before an entry of their history: of this turn, or committed.
func (t *turn) lastReply(p *aparte.Person) (reply, bool) {
	for i := len(t.batch.Entries) - 1; i >= 0; i-- {
		if entry := &t.batch.Entries[i]; entry.Person == p.ID {
			if r, ok := replyOf(entry); ok {
				return r, true
			}
		}
	}
	entries, err := t.owner.engine.store.History(t.ctx, t.owner.part, p.ID, p.Seq+1, replyEntries)
	if err != nil {
		t.owner.engine.log.Error("look for a reply", "person", p.ID, "error", err)
		return reply{}, false
	}
	for i := range entries { // newest first
		if t.now.Sub(entries[i].At) > replyWithin {
			break
		}
		if r, ok := replyOf(&entries[i]); ok {
			return r, true
		}
	}
	return reply{}, false
}

// answering has a scenario that comes after replies speak on the channel by which the reply came, where it does speak there.
// It tells the question what is answered; not ok where that is nothing, or to be left alone.
func (t *turn) answering(p *aparte.Person, s *aparte.Scenario) (values []aparte.ContextValue, ok bool) {
	r, found := t.lastReply(p)
	if !found || r.Intent == intent.Stop || r.Keyword != "" {
		return nil, false
	}
	values = []aparte.ContextValue{
		{Name: replyChannel, Value: aparte.TextValue(string(r.Channel))},
		{Name: replyIntent, Value: aparte.TextValue(string(r.Intent))},
	}
	answerOn(s, values)
	return values, true
}

// answerOn has a scenario speak on the channel of the reply that the values tell of, and on no other, if it does speak there.
func answerOn(s *aparte.Scenario, values []aparte.ContextValue) {
	for _, v := range values {
		if c := aparte.Channel(v.Value.Str); v.Name == replyChannel && (s.Channel == c || slices.Contains(s.Also, c)) {
			s.Channel, s.Also = c, nil
		}
	}
}

// heard does what a reply that was just noted asks for: silence, or somebody.
func (t *turn) heard(p *aparte.Person, r *channel.Reply, g intent.Guess) error {
	about := aparte.Decision{Channel: r.Channel}
	if id, err := aparte.ParseDecisionID(r.Key); err == nil {
		about.ID = id
	}
	t.count("replied/"+string(r.Channel)+"/"+string(g.Intent), 1)
	name, tag, more := "", "", map[string]any(nil)
	switch {
	case g.ForHuman():
		name, tag, more = aparte.EventHumanWanted, "human", map[string]any{"intent": g.Intent, "sure": rounded(g.Sure)}
	case g.Intent == intent.Stop:
		name, tag, more = aparte.EventUnsubscribed, "stop", map[string]any{"purpose": aparte.Marketing, "source": "reply"}
	default:
		return nil
	}
	event := ownEvent(name, &about, t.now, more)
	event.MessageID = aparte.MessageID("aparte-reply-" + tag + ":" + string(r.Channel) + ":" + r.ID)
	_, err := t.apply(p, &event, named{}, messageKey(event.MessageID))
	return err
}

func rounded(p float64) float64 { return math.Round(p*100) / 100 }

// threadOf is what the mail of a reply that a decision answers is called; empty where it answers none.
func (e *Engine) threadOf(ctx context.Context, d *aparte.Decision) (string, error) {
	if !slices.ContainsFunc(d.Context.Values, func(v aparte.ContextValue) bool { return v.Name == replyIntent }) {
		return "", nil
	}
	entries, err := e.store.History(ctx, e.partOf(d.ID.Person), d.ID.Person, d.ID.Seq, replyEntries)
	if err != nil {
		return "", fmt.Errorf("look for the reply that is answered: %w", err)
	}
	for i := range entries {
		if r, ok := replyOf(&entries[i]); ok {
			return r.Message, nil
		}
	}
	return "", nil
}

// thread has a mail say what it answers (RFC 5322 section 3.6.4), and where what becomes of it and what is written back is heard.
func (e *Engine) thread(ctx context.Context, m *channel.Message, d *aparte.Decision) error {
	if d.Channel != aparte.Email {
		return nil
	}
	if address := e.returnAddress(d.ID); address != "" {
		m.ReturnPath, m.ReplyTo = address, address
	}
	id, err := e.threadOf(ctx, d)
	if err != nil || !strings.Contains(id, "@") {
		return err
	}
	m.Headers = append(m.Headers, channel.Header{Name: "In-Reply-To", Value: "<" + id + ">"}, channel.Header{Name: "References", Value: "<" + id + ">"})
	return nil
}
