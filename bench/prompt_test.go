package bench_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/bench"
	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/engine"
)

// BenchmarkPrompt is how soon a moment is acted upon: an event by POST /v1/track, or a reply that a channel hears, 200 a second, each
// of somebody else. A scenario comes after it, a decision is taken, and what it says leaves by a channel that takes it at once.
// It reports when what was decided was durable, and when the message was with its channel, both from when the event was sent.
func BenchmarkPrompt(b *testing.B) {
	b.Run("event", func(b *testing.B) {
		prompt(b, func(p *prompting, n int64) []byte {
			p.began(n)
			return request("POST", "/v1/track", fmt.Sprintf(`{"type":"track","messageId":%q,"userId":"user-%d","event":"Note Wanted","properties":{}}`, fresh(), n))
		})
	})
	b.Run("reply", func(b *testing.B) {
		prompt(b, func(p *prompting, n int64) []byte {
			p.began(n)
			r := channel.Reply{Channel: aparte.Email, From: address(n), ID: fresh(), Text: "Where is my parcel? It was to be here on Monday.", At: time.Now()}
			if err := p.engine.Replied(b.Context(), &r); err != nil {
				b.Error(err)
			}
			return request("GET", "/healthz", "")
		})
	})
}

const (
	prompted = 2_000                // people
	apart    = 5 * time.Millisecond // between what they do
)

func fresh() string { return fmt.Sprintf("prompt-%x", rand.Uint64()) }

func address(n int64) string { return fmt.Sprintf("user-%d@example.com", n) }

// prompting notes when things happened to people, by their number.
type prompting struct {
	engine *engine.Engine
	mu     sync.Mutex
	sent   [prompted]time.Time
	who    map[aparte.PersonID]int64

	decided, handed []time.Duration
}

func (p *prompting) began(n int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent[n] = time.Now()
}

// Channel and Send make it a channel that takes everything at once.
func (p *prompting) Channel() aparte.Channel { return aparte.Email }

func (p *prompting) Send(_ context.Context, m *channel.Message) error {
	at := time.Now()
	var n int64
	if _, err := fmt.Sscanf(m.To, "user-%d@", &n); err != nil {
		return channel.Unsendable("address: %v", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.handed = append(p.handed, at.Sub(p.sent[n]))
	return nil
}

// told notes a decision of a scenario.
func (p *prompting) told(t engine.Told) {
	at := time.Now()
	if !strings.HasPrefix(t.Decision.Trigger, "scenario:") {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.decided = append(p.decided, at.Sub(p.sent[p.who[t.Decision.ID.Person]]))
}

func prompt(b *testing.B, act func(p *prompting, n int64) []byte) {
	p := &prompting{who: map[aparte.PersonID]int64{}}
	d := openWith(b, answering, p)
	p.engine = d.engine
	for n := range int64(prompted) {
		event := aparte.Event{
			Type: aparte.Identify, MessageID: aparte.MessageID(fresh()), UserID: fmt.Sprint("user-", n),
			Traits: []byte(fmt.Sprintf(`{"email":%q}`, address(n))), Timestamp: time.Now().UTC(), ReceivedAt: time.Now().UTC(),
		}
		if err := p.engine.Accept(b.Context(), []aparte.Event{event}); err != nil {
			b.Fatal(err)
		}
		id, err := p.engine.Find(b.Context(), aparte.Identifier{Kind: aparte.KindUserID, Value: event.UserID})
		if err != nil {
			b.Fatal(err)
		}
		p.who[id] = n
	}
	watching, stop := context.WithCancel(b.Context())
	var watcher sync.WaitGroup
	watcher.Go(func() { _ = p.engine.Watch(watching, p.told) })
	for range b.N {
		p.decided, p.handed = nil, nil
		start := time.Now()
		load := bench.Load{Addr: d.addr, Connections: 16, Request: func(i int64) []byte {
			time.Sleep(time.Until(start.Add(time.Duration(i) * apart)))
			return act(p, i)
		}}
		if r, err := load.Run(prompted); err != nil || r.Errors > 0 {
			b.Fatalf("%v, %d refused", err, r.Errors)
		}
		p.settled(b)
		for what, all := range map[string][]time.Duration{"decided": p.decided, "handed": p.handed} {
			slices.Sort(all)
			b.ReportMetric(float64(all[len(all)/2].Microseconds())/1000, "p50-ms-"+what)
			b.ReportMetric(float64(all[len(all)*99/100].Microseconds())/1000, "p99-ms-"+what)
			b.ReportMetric(float64(len(all)), what)
		}
	}
	stop()
	watcher.Wait()
}

// settled waits until every moment was decided on and every message left.
func (p *prompting) settled(b *testing.B) {
	b.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		p.mu.Lock()
		decided := len(p.decided)
		p.mu.Unlock()
		if decided >= prompted {
			break
		}
		if time.Now().After(deadline) {
			b.Fatalf("%d of %d moments were decided on", decided, prompted)
		}
	}
	if err := p.engine.Delivered(b.Context()); err != nil {
		b.Fatal(err)
	}
}

// answering is a brand with two scenarios more, and a mail for each.
func answering(b *aparte.Brand) *aparte.Brand {
	words := func(s string) aparte.Words { return aparte.Words{"en": s, "fr": s} }
	mails := slices.IndexFunc(b.Contents, func(c aparte.Content) bool { return slices.Contains(c.Channels, aparte.Email) && len(c.Scenarios) > 0 })
	b.Pressure.QuietFrom, b.Pressure.QuietUntil, b.Pressure.Apart = 0, 0, 0 // at whatever hour this is run
	for id, after := range map[aparte.ScenarioID]string{"note": "Note Wanted", "answer": aparte.EventReplied} {
		c := b.Contents[mails]
		c.ID, c.Purpose, c.Scenarios, c.Rules, c.Items, c.Companion = aparte.ContentID(id), aparte.Service, []aparte.ScenarioID{id}, nil, aparte.NoItems, aparte.NoItems
		c.Incentive, c.Toward, c.Elements = aparte.Incentive{}, nil, slices.Clone(c.Elements)
		for i, e := range c.Elements {
			c.Elements[i].Variants = slices.Clone(e.Variants[:1])
			if e.Variants[0].Words != nil {
				c.Elements[i].Variants[0].Words = words("What you asked for")
			}
		}
		b.Contents = append(b.Contents, c)
		b.Scenarios = append(b.Scenarios, aparte.Scenario{ID: id, Name: words(string(id)), After: after, Channel: aparte.Email})
	}
	return b
}
