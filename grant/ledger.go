package grant

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// Config is what a Ledger needs.
type Config struct {
	Documents store.Documents                                    // nil: grants are kept in memory
	Follows   bool                                               // another process writes them down: what is used is kept for Uses, and not written
	By        func(ctx context.Context) string                   // who somebody is; nil: nobody is known
	Record    func(ctx context.Context, action, id string) error // writes down what is granted with what is set up; nil: nothing is
	Now       func() time.Time                                   // nil: time.Now
	Logger    *slog.Logger                                       // nil: nothing is logged
}

// Ledger keeps the grants. It is safe for concurrent use.
type Ledger struct {
	Config

	mu      sync.Mutex
	all     map[string]*Grant // as they were read or written down last
	version uint64            // of the document that they are of
	since   Uses              // of all, neither written down nor taken out yet
	saved   time.Time
}

const (
	document  = "privacy/grants"
	maxGrants = 256
	useEvery  = 5 * time.Second // how often uses are written down, at most: what a crash forgets of them
)

// Configuration is who gives a grant where nobody is known: who runs the server, by what it is started with.
const Configuration = "configuration"

// Open restores what was granted.
func Open(ctx context.Context, c Config) (*Ledger, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	l := &Ledger{Config: c, all: map[string]*Grant{}, since: Uses{}}
	if err := l.Refresh(ctx); err != nil {
		return nil, err
	}
	return l, nil
}

// Refresh puts in force what another process has written down since. Uses that were counted here stay.
func (l *Ledger) Refresh(ctx context.Context) error {
	if l.Documents == nil {
		return nil
	}
	l.mu.Lock()
	known := l.version
	l.mu.Unlock()
	doc, newer, err := store.Newer(ctx, l.Documents, document, known)
	if err != nil {
		return fmt.Errorf("grants: %w", err)
	}
	if !newer {
		return nil
	}
	var kept []*Grant
	if err := json.Unmarshal(doc.Body, &kept); err != nil || slices.Contains(kept, nil) {
		return fmt.Errorf("document %q, version %d: damaged", document, doc.Version)
	}
	all := make(map[string]*Grant, len(kept))
	for _, g := range kept {
		all[g.ID] = g
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.version != known { // written meanwhile
		return nil
	}
	l.all, l.version = all, doc.Version
	maps.DeleteFunc(l.since, func(id string, _ Count) bool { return all[id] == nil })
	return nil
}

// Close writes down what was used. A ledger that follows writes nothing.
func (l *Ledger) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.Follows || len(l.since) == 0 {
		return nil
	}
	return l.save(context.Background())
}

// All are the grants, those that were taken back or are over included, by kind, then name.
func (l *Ledger) All() []Grant {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.sorted()
}

func (l *Ledger) sorted() []Grant {
	all := make([]Grant, 0, len(l.all))
	for _, g := range l.all {
		all = append(all, l.counted(g))
	}
	slices.SortFunc(all, func(a, b Grant) int {
		return cmp.Or(slices.Index(kinds, a.Kind())-slices.Index(kinds, b.Kind()), cmp.Compare(a.ID, b.ID))
	})
	return all
}

// Grant lets data go to a destination, in place of what was granted to it before. Where it lies and what it is told is, of a destination that is
// set up elsewhere, what was declared; only those of files are new here. It fails with a *Flaw where it cannot be, with
// store.ErrNotFound where nothing of the name is set up.
func (l *Ledger) Grant(ctx context.Context, g Grant) (Grant, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if g.Kind() != File {
		was := l.all[g.ID]
		if was == nil {
			return g, store.ErrNotFound
		}
		g.Host, g.Fields = was.Host, was.Fields
		if g.Kind() == Ads {
			g.Purposes, g.Channel = was.Purposes, was.Channel
		}
	}
	return l.give(ctx, g)
}

func (l *Ledger) give(ctx context.Context, g Grant) (Grant, error) {
	now := l.Now().UTC().Truncate(time.Second)
	if err := g.check(now); err != nil {
		return g, err
	}
	was := l.all[g.ID]
	if was == nil && len(l.all) >= maxGrants {
		return g, &Flaw{"/id", fmt.Sprintf("at most %d destinations can be granted", maxGrants)}
	}
	g.By, g.Since, g.Revoked, g.RevokedBy, g.Uses, g.Used = l.who(ctx), now, time.Time{}, "", 0, time.Time{}
	if was != nil {
		g.Uses, g.Used = was.Uses, was.Used
	}
	err := l.put(ctx, g.ID, &g)
	return g, err
}

// put changes what is kept of an id, and nothing where it cannot be written down. mu is held.
func (l *Ledger) put(ctx context.Context, id string, g *Grant) error {
	was, had := l.all[id]
	if g == nil {
		delete(l.all, id)
	} else {
		l.all[id] = g
	}
	err := l.save(ctx)
	switch {
	case err == nil:
	case had:
		l.all[id] = was
	default:
		delete(l.all, id)
	}
	return err
}

func (l *Ledger) who(ctx context.Context) string {
	if l.By != nil {
		if by := l.By(ctx); by != "" {
			return by
		}
	}
	return Configuration
}

// Declare grants what is set up: a destination of which nothing is known yet, or that comes to be told more or lies elsewhere. One whose grant was
// taken back, or is over, stays so: setting it up again gives nothing.
func (l *Ledger) Declare(ctx context.Context, g Grant) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if was := l.all[g.ID]; was != nil {
		if !was.InForce(l.Now()) || was.Host == g.Host && was.Covers(g.Fields...) {
			return nil
		}
		g.Purposes, g.Channel, g.Until = was.Purposes, was.Channel, was.Until // as somebody chose them
	}
	if _, err := l.give(ctx, g); err != nil {
		return err
	}
	return l.record(ctx, "destination.granted", g.ID)
}

// record writes a change down that comes with another one. Others are written down by the doors they come through.
func (l *Ledger) record(ctx context.Context, action, id string) error {
	if l.Record == nil {
		return nil
	}
	return l.Record(ctx, action, id)
}

// Revoke takes a grant back: nothing goes there any more. It fails with store.ErrNotFound where there is none.
func (l *Ledger) Revoke(ctx context.Context, id string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	was := l.all[id]
	if was == nil {
		return store.ErrNotFound
	}
	if !was.Revoked.IsZero() {
		return nil
	}
	g := *was
	g.Revoked, g.RevokedBy = l.Now().UTC().Truncate(time.Second), l.who(ctx)
	return l.put(ctx, id, &g)
}

// Forget is for a destination that is there no more.
func (l *Ledger) Forget(ctx context.Context, id string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all[id] == nil {
		return nil
	}
	if err := l.put(ctx, id, nil); err != nil {
		return err
	}
	return l.record(ctx, "destination.gone", id)
}

// Use is asked for each time before fields of anybody leave for a destination, and counts that. host is where it lies now; empty: it is not
// compared. It fails with ErrNotGranted.
func (l *Ledger) Use(ctx context.Context, id, host string, fields ...Field) (Grant, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	g, err := l.find(id, host, fields)
	if err != nil {
		return Grant{}, err
	}
	l.count(id, Count{1, l.Now().UTC()})
	l.saveSeldom(ctx)
	return l.counted(g), nil
}

// Find is the grant that lets fields go to a destination, without counting a use.
func (l *Ledger) Find(id, host string, fields ...Field) (Grant, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	g, err := l.find(id, host, fields)
	if err != nil {
		return Grant{}, err
	}
	return l.counted(g), nil
}

func (l *Ledger) find(id, host string, fields []Field) (*Grant, error) {
	g := l.all[id]
	switch {
	case g == nil:
		return nil, fmt.Errorf("%w: nothing lets personal data go to %s", ErrNotGranted, id)
	case !g.Revoked.IsZero():
		return nil, fmt.Errorf("%w: what let it go to %s was taken back", ErrNotGranted, id)
	case !g.InForce(l.Now()):
		return nil, fmt.Errorf("%w: what let it go to %s is over", ErrNotGranted, id)
	case host != "" && g.Host != host:
		return nil, fmt.Errorf("%w: %s lies elsewhere by now", ErrNotGranted, id)
	case !g.Covers(fields...):
		return nil, fmt.Errorf("%w: %s may be told of %v, not of %v", ErrNotGranted, id, g.Fields, fields)
	}
	return g, nil
}

// Sends reports whether messages may go to the provider of a channel.
func (l *Ledger) Sends(c aparte.Channel) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, err := l.find(ChannelID(c), "", []Field{Address})
	return err == nil
}

// Sent counts a message that is handed to the provider of a channel.
func (l *Ledger) Sent(c aparte.Channel) {
	if _, err := l.Use(context.Background(), ChannelID(c), "", Address); err != nil {
		l.Logger.Warn("a message left as its grant was taken back", "channel", c)
	}
}

// ChannelID is the id of the grant of a channel's provider.
func ChannelID(c aparte.Channel) string { return string(Channel) + ":" + string(c) }

// save writes the grants down, with how often they were used. mu is held.
func (l *Ledger) save(ctx context.Context) error {
	l.saved = l.Now()
	if l.Documents != nil {
		body, err := json.Marshal(l.sorted())
		if err != nil {
			return fmt.Errorf("encode grants: %w", err)
		}
		version, err := store.Replace(ctx, l.Documents, document, body)
		if version == 0 {
			return fmt.Errorf("store grants: %w", err)
		}
		if err != nil { // they are written down all the same
			l.Logger.Warn("what was granted before is not forgotten", "error", err)
		}
		l.version = version
	}
	for _, g := range l.all {
		*g = l.counted(g)
	}
	clear(l.since)
	return nil
}
