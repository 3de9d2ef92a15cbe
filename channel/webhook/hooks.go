package webhook

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/exchange/adplatform"
	"github.com/aparte-dev/aparte/grant"
	"github.com/aparte-dev/aparte/observe"
	"github.com/aparte-dev/aparte/store"
)

// Log is where notices wait. An engine is one; see there for what each call means.
type Log interface {
	Parts() int
	Notices(ctx context.Context, part int, after uint64, limit int) (found []aparte.Notice, last uint64, err error)
	Settle(part int, numbers []uint64) error
	Bury(ctx context.Context, n aparte.Notice) error
	Buried(ctx context.Context, to string, limit int) (found []aparte.Notice, all int, err error)
	Revive(ctx context.Context, n aparte.Notice) error
}

// Compose is what a notice says, as JSON. store.ErrNotFound: what it tells of is not there any more, and nothing is said; ErrWithheld: the
// person's answers keep it.
type Compose func(ctx context.Context, n aparte.Notice, to Reader) ([]byte, error)

// Reader is who is told, as far as what is said depends on it.
type Reader struct {
	Identifiers bool             // it may be told who people are
	Purposes    []aparte.Purpose // for which it uses what it is told, on a channel: see aparte.Person.Permits
	Channel     aparte.Channel
}

// ErrWithheld says that somebody is not to be told of there.
var ErrWithheld = errors.New("withheld")

// Advertise is what an account at an advertising platform is told of a notice: nothing, or requests in order. store.ErrNotFound: as
// of Compose.
type Advertise func(ctx context.Context, n aparte.Notice, a *aparte.AdAccount) ([]adplatform.Request, error)

// Config is what Hooks need. Without Documents nothing is kept.
type Config struct {
	Documents store.Documents
	Grants    *grant.Ledger    // which endpoints may be told of people, asked at each attempt; nil: all that are declared
	Private   bool             // endpoints may be in private networks, and without TLS
	Within    time.Duration    // how long an endpoint may take over an answer; 0: 15 seconds, of the 15 to 30 that the specification advises
	TLS       *tls.Config      // nil: the system's roots
	Stepped   bool             // nothing leaves but in Step
	Tracer    *observe.Tracer  // what has spans looked at, and endpoints told of which trace a message is part; nil: there are none
	Now       func() time.Time // nil: time.Now
	Logger    *slog.Logger     // nil: nothing is logged
}

// Hooks are the endpoints, and what waits for each. They are safe for concurrent use.
type Hooks struct {
	Config
	client    *http.Client
	google    *channel.Provider // where service accounts ask for tokens
	log       Log               // nil: not started
	compose   Compose
	advertise Advertise

	counting sync.Mutex // one at a time

	mu      sync.Mutex // of endpoints and documents
	lines   map[string]*line
	wanted  atomic.Pointer[map[aparte.NoticeKind][]string]
	known   atomic.Pointer[map[string]*line]
	context context.Context // of what leaves
	cancel  context.CancelFunc
}

// Document is the name under which endpoints are kept, with their secrets and tokens.
const Document = "webhooks"

// formerFor is how long a secret that was replaced goes on signing.
const formerFor = 24 * time.Hour

// Open restores the endpoints. From then on it says who wants to be told; nothing leaves before Start.
func Open(ctx context.Context, c Config) (*Hooks, error) {
	within := cmp.Or(c.Within, 15*time.Second)
	h := &Hooks{Config: c, client: channel.NewClient(c.Private, within, c.TLS, width), lines: map[string]*line{}}
	h.google = channel.NewProvider(channel.ProviderConfig{TLS: c.TLS, Private: c.Private, Timeout: within, Now: c.Now})
	if h.Now == nil {
		h.Now = time.Now
	}
	if h.Logger == nil {
		h.Logger = slog.New(slog.DiscardHandler)
	}
	if h.Documents == nil {
		h.spread()
		return h, nil
	}
	all, err := declared(ctx, h.Documents)
	if err != nil {
		return nil, err
	}
	for _, k := range all {
		l := newLine(h, k)
		if l.kept.wants, err = k.filter(); err != nil {
			l.stop(unread)
		}
		h.lines[k.ID] = l
	}
	h.spread()
	for _, id := range slices.Sorted(maps.Keys(h.lines)) { // those that were declared before there were grants
		k := h.lines[id].look()
		if err := h.grant(ctx, &k.Endpoint); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// declared are the endpoints as they are kept.
func declared(ctx context.Context, in document) (all []kept, err error) {
	doc, err := in.Document(ctx, Document, 0)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("webhooks: %w", err)
	}
	if err := json.Unmarshal(doc.Body, &all); err != nil {
		return nil, fmt.Errorf("document %q, version %d: damaged", Document, doc.Version)
	}
	return all, nil
}

// Start begins to tell what waits in a log, and what will.
func (h *Hooks) Start(ctx context.Context, log Log, compose Compose, advertise Advertise) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.log, h.compose, h.advertise = log, compose, advertise
	h.context, h.cancel = context.WithCancel(context.WithoutCancel(ctx))
	if err := h.count(ctx); err != nil {
		h.cancel()
		return err
	}
	for _, l := range h.lines {
		l.start()
	}
	return nil
}

// count finds what waits for each endpoint. mu is held.
func (h *Hooks) count(ctx context.Context) error {
	for part := range h.log.Parts() {
		lying, err := lyingIn(ctx, h.log, part)
		if over := h.reckon(part, lying); err == nil && len(over) > 0 {
			err = h.log.Settle(part, over)
		}
		if err != nil {
			return fmt.Errorf("webhooks: %w", err)
		}
	}
	return nil
}

// Recount counts what waits in a part in place of what was expected of it, has told what nobody was told to expect, and settles what was told and is
// not forgotten yet, and what is to endpoints that are not there any more. It is for a part that another engine has taken: who had it may have ended before it said what it
// had written (Relay), or what it was asked to settle was durable; and for all parts of a node that has told another office until now. It reads all that waits
// in the part. Before Start it does nothing, which counts.
func (h *Hooks) Recount(ctx context.Context, part int) error {
	h.mu.Lock()
	log := h.log
	h.mu.Unlock()
	if log == nil {
		return nil
	}
	if part < 0 || part >= log.Parts() {
		return fmt.Errorf("webhooks: there is no part %d", part)
	}
	h.counting.Lock()
	defer h.counting.Unlock()
	for _, l := range *h.known.Load() {
		l.counting(part)
	}
	lying, err := lyingIn(ctx, log, part)
	if err != nil {
		return fmt.Errorf("webhooks: %w", err)
	}
	h.mu.Lock()
	over := h.reckon(part, lying)
	h.mu.Unlock()
	if len(over) == 0 {
		return nil
	}
	if err := log.Settle(part, over); err != nil {
		return fmt.Errorf("webhooks: %w", err)
	}
	return nil
}

// lyingIn are the numbers of all notices of a part, in order, by whom they are to.
func lyingIn(ctx context.Context, log Log, part int) (map[string][]uint64, error) {
	lying := map[string][]uint64{}
	err := eachNotice(ctx, log, part, func(n *aparte.Notice) { lying[n.To] = append(lying[n.To], n.Number) })
	return lying, err
}

// reckon tells each endpoint what lies for it in a part, and says what is to be settled. mu is held: what lies was written after its endpoint was there.
func (h *Hooks) reckon(part int, lying map[string][]uint64) (over []uint64) {
	for _, l := range h.lines {
		over = append(over, l.recount(part, lying[l.id])...)
	}
	for to, numbers := range lying {
		if h.lines[to] == nil {
			over = append(over, numbers...)
		}
	}
	slices.Sort(over)
	return over
}

// eachNotice looks at all notices of a part.
func eachNotice(ctx context.Context, log Log, part int, look func(*aparte.Notice)) error {
	for after := uint64(0); ; {
		found, last, err := log.Notices(ctx, part, after, 1000)
		if err != nil || last == 0 {
			return err
		}
		for i := range found {
			look(&found[i])
		}
		after = last
	}
}

// Close breaks attempts under way off, and writes down what became of deliveries.
func (h *Hooks) Close() error {
	h.mu.Lock()
	lines := slices.Collect(maps.Values(h.lines))
	if h.log != nil {
		h.cancel()
	}
	h.mu.Unlock()
	for _, l := range lines {
		l.running.Wait()
	}
	h.client.CloseIdleConnections()
	h.google.Close()
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.save(context.Background())
}

// Step makes the attempts that are due, where nothing else does, until none is.
func (h *Hooks) Step(ctx context.Context) {
	for _, l := range *h.known.Load() {
		for more := true; more && ctx.Err() == nil; {
			more, _ = l.round(ctx)
		}
	}
}

// news writes down what became of an endpoint.
func (h *Hooks) news(ctx context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.spread()
	return h.save(context.WithoutCancel(ctx))
}

// Wanted implements engine.Outbox.
func (h *Hooks) Wanted(kind aparte.NoticeKind) []string { return (*h.wanted.Load())[kind] }

// Written implements engine.Outbox.
func (h *Hooks) Written(part int, notices []aparte.Notice) {
	known := *h.known.Load()
	for i := range notices {
		if l := known[notices[i].To]; l != nil {
			l.expect(part, 1)
		}
	}
}

// Dropped implements engine.Outbox.
func (h *Hooks) Dropped(part int, notices []aparte.Notice) {
	known := *h.known.Load()
	for i := range notices {
		if l := known[notices[i].To]; l != nil {
			l.drop(part, notices[i].Number)
		}
	}
}

// Heard is what Written and Dropped are, of other nodes. What is said twice, or of what is told by now, does no harm. Of parts and endpoints that there are
// not nothing is heard, nor before Start, which counts. It waits while endpoints are written down.
func (h *Hooks) Heard(all Tidings) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.log == nil {
		return
	}
	for _, t := range all {
		l := h.lines[t.To]
		if l == nil || t.Part < 0 || t.Part >= h.log.Parts() {
			continue
		}
		if t.Written > 0 {
			l.expect(t.Part, min(t.Written, maxWaiting))
		}
		for _, number := range t.Dropped {
			l.drop(t.Part, number)
		}
	}
}

// Waiting is how many notices wait to be told, to all endpoints, and for how long the oldest has that somebody has tried to tell. What
// waits for endpoints that are stopped or not enabled does so on purpose, and is left out.
func (h *Hooks) Waiting() (all observe.Waiting) {
	now := h.Now()
	for _, l := range *h.known.Load() {
		depth, since := l.waits()
		if all.Depth += depth; !since.IsZero() {
			all.Oldest = max(all.Oldest, now.Sub(since))
		}
	}
	return all
}

// spread makes known who wants what. mu is held, or nobody else is there yet.
func (h *Hooks) spread() {
	all := make([]kept, 0, len(h.lines))
	for _, id := range slices.Sorted(maps.Keys(h.lines)) {
		all = append(all, h.lines[id].look())
	}
	wanted, known := wantedBy(all), maps.Clone(h.lines)
	h.known.Store(&known)
	h.wanted.Store(&wanted)
}

// wantedBy is who wants to be told of each kind.
func wantedBy(all []kept) map[aparte.NoticeKind][]string {
	wanted := map[aparte.NoticeKind][]string{}
	for i := range all {
		if k := &all[i]; k.Enabled && k.Record.Stopped == "" {
			for _, kind := range k.Kinds {
				wanted[kind] = append(wanted[kind], k.ID)
			}
		}
	}
	return wanted
}

// save writes the endpoints down. mu is held.
func (h *Hooks) save(ctx context.Context) error {
	if h.Documents == nil {
		return nil
	}
	all := make([]kept, 0, len(h.lines))
	for _, id := range slices.Sorted(maps.Keys(h.lines)) {
		all = append(all, h.lines[id].look())
	}
	if _, err := h.Documents.Document(ctx, Document, 0); len(all) == 0 && errors.Is(err, store.ErrNotFound) {
		return nil // there never was any
	}
	body, err := json.Marshal(all)
	if err != nil {
		return fmt.Errorf("encode webhooks: %w", err)
	}
	if _, err := store.Replace(ctx, h.Documents, Document, body); err != nil {
		return fmt.Errorf("store webhooks: %w", err)
	}
	return nil
}

// Put declares an endpoint, in place of the one with its id. A new one gets a secret, which is answered this once; an account at an
// advertising platform has none and needs a token. One that was
// stopped and is enabled goes on where it was. It fails with ErrEndpoint where it cannot be.
func (h *Hooks) Put(ctx context.Context, e Endpoint) (secret string, err error) {
	if err := e.check(h.Private); err != nil {
		return "", err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	wants, err := e.filter()
	if err != nil {
		return "", err // it was checked
	}
	l, known := h.lines[e.ID]
	if known && (l.look().Ads == nil) != (e.Ads == nil) {
		return "", wrong("/ads", "is of another kind of endpoint than the one that has this id")
	}
	if !known {
		if len(h.lines) == maxEndpoints {
			return "", fmt.Errorf("%w: : at most %d can be declared", ErrEndpoint, maxEndpoints)
		}
		if e.Ads == nil {
			secret = newSecret()
		} else if e.Token == "" {
			return "", wrong("/token", "is missing")
		}
		l = newLine(h, kept{Endpoint: e, Secret: secret, wants: wants})
		h.lines[e.ID] = l
	} else {
		l.change(func(k *kept) {
			e.Token = cmp.Or(e.Token, k.Token)
			k.Endpoint, k.wants = e, wants
			k.Record.Stopped, k.Record.StoppedAt, k.Record.FailingSince = "", time.Time{}, time.Time{}
		})
	}
	if err := h.grant(ctx, &e); err != nil {
		return "", err
	}
	if err := h.save(ctx); err != nil {
		return "", err
	}
	h.spread()
	if h.log != nil {
		if !known {
			l.start()
		}
		l.resume()
	}
	return secret, nil
}

// Rotate gives an endpoint a new secret, which is answered this once. The former one signs beside it for a day.
func (h *Hooks) Rotate(ctx context.Context, id string) (secret string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	l := h.lines[id]
	if l == nil || l.look().Ads != nil {
		return "", store.ErrNotFound
	}
	secret = newSecret()
	l.change(func(k *kept) {
		k.Former, k.FormerUntil, k.Secret = k.Secret, h.Now().Add(formerFor).UTC(), secret
	})
	return secret, h.save(ctx)
}

// Delete forgets an endpoint and what waits for it.
func (h *Hooks) Delete(ctx context.Context, id string) error {
	h.mu.Lock()
	l := h.lines[id]
	if l == nil {
		h.mu.Unlock()
		return store.ErrNotFound
	}
	delete(h.lines, id)
	h.spread()
	err := h.save(ctx)
	if gone := l.look(); err == nil && h.Grants != nil {
		err = h.Grants.Forget(ctx, gone.grantID())
	}
	h.mu.Unlock()
	if err != nil || h.log == nil {
		return err
	}
	l.end()
	for part := range h.log.Parts() {
		var its []uint64
		err := eachNotice(ctx, h.log, part, func(n *aparte.Notice) {
			if n.To == id {
				its = append(its, n.Number)
			}
		})
		if err == nil && len(its) > 0 {
			err = h.log.Settle(part, its)
		}
		if err != nil {
			return fmt.Errorf("webhook %s: %w", id, err) // what is left is settled at the next start
		}
	}
	return nil
}
