package engine

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/compose"
	"github.com/aparte-dev/aparte/learn/intent"
	"github.com/aparte-dev/aparte/observe"
	"github.com/aparte-dev/aparte/place"
	"github.com/aparte-dev/aparte/store"
)

// Errors that doors act on.
var (
	ErrBusy    = errors.New("too much under way")          // come back later
	ErrClosed  = errors.New("engine is closed")            // this node is going away
	ErrNoBrand = errors.New("no brand has been published") // nothing to say yet
	ErrToken   = errors.New("not a token of ours")
)

// Config is what an engine is made of. Store, Composer and BaseURL are required.
type Config struct {
	Store    store.Store
	Composer *compose.Composer
	Senders  []channel.Sender // outbound channels, one each
	BaseURL  string           // where the doors /x, /c and /u are reached, without a slash at the end
	Now      func() time.Time // nil: time.Now

	// MailDomain is the domain of the addresses by which mail comes back (channel/inward); empty: it comes back to who speaks.
	MailDomain string

	// Links say what signs tokens; without a key the store's secret does.
	Links Links

	Stepped bool         // Now is a clock that the caller moves: what falls due waits for Step
	Logger  *slog.Logger // nil: nothing is logged
	Owner   string       // under which leases are held; empty: "local"

	Grants Grants // which channels' providers messages may go to; nil: all that there are senders for
	Outbox Outbox // who tells others of what happened; nil: nobody does
	Aside  Aside  // what is kept aside of events that could not be taken in; nil: nothing is

	Metrics prometheus.Registerer // where what is counted is shown; nil: nowhere
	Tracer  *observe.Tracer       // what has spans looked at; nil: there are none

	Fellows Fellows // the engines that have the parts which this one has not; nil: it has them all
	Branch  bool    // with Fellows: another engine has the office and does what is done once for everybody

	CachedPeople int   // decoded states held in memory; 0: 16,384
	CachedBytes  int64 // of encoded states held in memory, of people who came before those; 0: 32 MB
	Deliveries   int   // messages handed to channels at the same time; 0: 8
	MaxPending   int   // events under way before ErrBusy; 0: 50,000

	MaxCandidates int // weighed by one decision at most; 0: decide.DefaultMaxCandidates
}

// Engine is the loop at work. It is safe for concurrent use.
type Engine struct {
	store    store.Store
	composer *compose.Composer
	senders  map[aparte.Channel]channel.Sender
	waiting  sync.Mutex // of the requests of people that wait
	grants   Grants     // nil: whatever is set up may be used
	baseURL  string
	owner    string
	now      func() time.Time
	stepped  bool
	costing  sync.Mutex // held by who changes the costs of media
	aside    Aside
	outbox   Outbox
	log      *slog.Logger
	secret   []byte
	links    Links
	macs     sync.Pool // of hash.Hash, keyed with the key of links
	parts    int

	owners     []atomic.Pointer[owner] // by part; nil: it is not this engine's
	fellows    Fellows                 // nil: this engine has every part
	branch     bool                    // it does not do what is done once for everybody
	trips      trips
	cached     int             // decoded states of people that an owner keeps
	records    int64           // bytes of encoded ones
	moving     []latch         // by part, held by who takes it or gives it up
	begins     []atomic.Uint64 // by part, where the time of its namings goes on
	work       context.Context // of owners: it ends when they have
	follower   chore           // looks at what other engines have changed
	refreshing sync.Mutex
	known      map[string]uint64 // versions of documents that another engine may change, as they are in force; under refreshing
	names      *names
	ledger     ledger
	budgets    budgets
	places     places
	confirms   *confirms
	writings   *throttle // what people write on their page
	inboxes    inboxes
	keywords   throttle // whose keywords are answered
	mailDomain string
	seals      seals
	pacer      pacer
	intents    func() *intent.Model
	brand      atomic.Pointer[live]
	publishing sync.Mutex
	drafting   drafting
	learner    *learner
	fitter     *fitter
	fits       fits
	roll       *roll
	met        met
	kept       kept
	crier      *crier
	forgetter  *forgetter
	purger     *purger
	courier    *courier
	watchers   watchers
	lookout    *lookout
	pulse      *pulse
	prompt     prompt
	setting    setting
	metrics    *metrics
	tracer     *observe.Tracer
	maxPending int64
	candidates int
	underWay   atomic.Int64
	closing    atomic.Bool
	lost       chan struct{} // closed by loss
	loss       sync.Once
	running    sync.WaitGroup
	judging    sync.Mutex // held by the one judgement of another brand that may be under way
	rehearsing sync.Mutex // held by the one rehearsal of a scenario that may be under way
	resembling sync.Mutex // held by the one look for look-alikes that may be under way
	replaying  sync.Mutex // held by the one replay that may be under way
	stop       context.CancelFunc
}

// Open takes the store's parts, restores brand and models, takes up what was under way, and runs until
// Close. One that has fellows takes part 0, the office, unless it is a branch, and Take gives it more.
func Open(ctx context.Context, c Config) (*Engine, error) {
	e := newEngine(c)
	var err error
	if e.metrics, err = newMetrics(c.Metrics); err != nil {
		return nil, err
	}
	if err := e.acquire(ctx); err != nil {
		return nil, err
	}
	stop := e.keep(ctx)
	err = e.restore(ctx)
	if stop(); err != nil {
		return nil, err
	}
	e.courier = newCourier(e, cmp.Or(c.Deliveries, 8)) // before there is an owner whose timers want it
	if err := e.showTo(c.Metrics); err != nil {
		return nil, err
	}
	e.run(ctx)
	return e, nil
}

// acquire takes the parts that the engine begins with, before anything is read: nobody changes them from here on.
func (e *Engine) acquire(ctx context.Context) error {
	begins := e.parts
	switch {
	case e.branch:
		begins = 0
	case e.fellows != nil:
		begins = 1
	}
	for part := range begins {
		o := e.newOwner(store.Part(part))
		if err := o.acquire(ctx); err != nil {
			return err
		}
		e.owners[part].Store(o)
	}
	return nil
}

// keep renews the leases while what takes longer than they last is read, until stop is called. From then on owners do.
func (e *Engine) keep(ctx context.Context) (stop func()) {
	if e.stepped {
		return func() {}
	}
	quit, done := make(chan struct{}), make(chan struct{})
	go func() { // ends with stop
		defer close(done)
		for {
			select {
			case <-time.After(renewEvery):
			case <-quit:
				return
			}
			for o := range e.here() {
				_ = o.renew(ctx, e.now()) // it was told; the first commit fails where somebody else has the part
			}
		}
	}()
	return func() {
		close(quit)
		<-done
	}
}

// restore reads what is kept, and what was left under way.
func (e *Engine) restore(ctx context.Context) (err error) {
	if err := e.restoreBrand(ctx); err != nil {
		return err
	}
	if err := e.ledger.open(ctx, e.store); err != nil {
		return err
	}
	if err := e.budgets.open(ctx, e.store, e.now(), e.quota()); err != nil {
		return err
	}
	if err := e.pacer.restore(ctx, e); err != nil {
		return err
	}
	if err := e.places.open(ctx, e.store); err != nil {
		return err
	}
	if e.learner, err = openLearner(ctx, e); err != nil {
		return err
	}
	for _, open := range []func(context.Context) error{e.fitter.open, e.roll.open, e.forgetter.open, e.crier.open, e.purger.open} {
		if err := open(ctx); err != nil {
			return err
		}
	}
	for o := range e.here() {
		if err := o.open(ctx); err != nil {
			return err
		}
	}
	return nil
}

// run starts everything that Close ends.
func (e *Engine) run(ctx context.Context) {
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	e.work, e.stop = run, stop
	e.trips.begin(run)
	for o := range e.here() {
		e.running.Go(func() { o.loop(run) })
	}
	e.courier.start(run)
	e.follower.start(run, e.fellows == nil, refreshEvery, e.lookAgain)
	e.learner.start(run)
	idle := e.stepped || e.branch // what is done for everybody is done by Step, or by who has the office
	e.fitter.start(run, idle, e.fitter.wait(), e.fitter.look)
	e.roll.start(run, idle, 0, e.roll.look)
	e.crier.start(run, idle, 0, e.crier.look)
	e.forgetter.start(run, idle, 0, e.forgetter.look)
	e.purger.start(run, idle, 0, e.purger.look)
	e.seals.start(run, idle, 0, e.forgetReplies)
	e.lookout = newLookout(run, e)
	if now := e.brand.Load(); now != nil {
		e.setting.begin(now.plan.Brand())
		e.listen(now.plan.Brand())
	}
}

func newEngine(c Config) *Engine {
	e := &Engine{
		store: c.Store, composer: c.Composer, baseURL: c.BaseURL, owner: c.Owner,
		grants: c.Grants, now: c.Now, tracer: c.Tracer, stepped: c.Stepped, aside: c.Aside, outbox: c.Outbox, log: c.Logger, secret: c.Store.Secret(), links: c.Links, parts: c.Store.Parts(),
		senders: map[aparte.Channel]channel.Sender{}, names: newNames(),
		maxPending: int64(cmp.Or(c.MaxPending, 50_000)), candidates: c.MaxCandidates, lost: make(chan struct{}),
	}
	if e.now == nil {
		e.now = time.Now
	}
	if e.log == nil {
		e.log = slog.New(slog.DiscardHandler)
	}
	if e.owner == "" {
		e.owner = "local"
	}
	for _, s := range c.Senders {
		e.senders[s.Channel()] = s
	}
	e.owners, e.cached = make([]atomic.Pointer[owner], e.parts), max(1, cmp.Or(c.CachedPeople, 16_384)/e.parts)
	e.records = cmp.Or(c.CachedBytes, 32<<20) / int64(e.parts)
	e.moving, e.begins = make([]latch, e.parts), make([]atomic.Uint64, e.parts)
	for part := range e.moving {
		e.moving[part] = newLatch()
	}
	e.fellows, e.branch = c.Fellows, c.Fellows != nil && c.Branch
	e.kept.parts = make([]atomic.Pointer[map[aparte.PersonID]keptPerson], e.parts)
	e.pulse = newPulse(e.now)
	e.follower, e.known = newChore(), map[string]uint64{}
	e.setting.composer = c.Composer
	e.roll = newRoll(e)
	e.crier = newCrier(e)
	e.forgetter = newForgetter(e)
	e.purger = newPurger(e)
	e.confirms = newConfirms()
	e.writings = &throttle{most: perPerson, within: 24 * time.Hour}
	e.seals.chore, e.seals.store = newChore(), c.Store
	e.mailDomain, e.intents = c.MailDomain, sync.OnceValue(intent.Learned)
	e.keywords.most, e.keywords.within = perDay, day
	e.fitter = &fitter{engine: e, chore: newChore()}
	e.ledger.now.Store(new(entries))
	e.places.atlas.Store(new(place.Atlas))
	return e
}

// Lost is closed when somebody else has taken a part of this engine's: nothing that it does is kept any more, and it is to be closed.
func (e *Engine) Lost() <-chan struct{} { return e.lost }

// heedLoss tells of a part that is lost.
func (e *Engine) heedLoss(err error) {
	if errors.Is(err, store.ErrFenced) && !e.closing.Load() {
		e.loss.Do(func() { close(e.lost) })
	}
}

// Close lets deliveries under way end, commits what is queued, saves the model and gives the parts
// back. The store stays open: it is the caller's.
func (e *Engine) Close() error {
	e.closing.Store(true)
	e.lookout.close()
	e.setting.close()
	e.follower.close()
	e.fitter.close()
	e.roll.close()
	e.crier.close()
	e.forgetter.close()
	e.purger.close()
	e.seals.close()
	e.courier.close()
	e.trips.end()
	for o := range e.here() {
		o.queue.close()
	}
	e.running.Wait()
	err := e.learner.close()
	e.stop()
	return err
}

// Writable is store.ErrFull where the store has no room for events, and nil where it has.
func (e *Engine) Writable(ctx context.Context) error { return e.store.Writable(ctx) }

// partOf is the part a person lives in.
func (e *Engine) partOf(id aparte.PersonID) store.Part { return store.PartOf(id[:8], e.parts) }

// partOfKey is the part an identifier is kept in.
func (e *Engine) partOfKey(k store.Key) store.Part { return store.PartOf(k[:8], e.parts) }
