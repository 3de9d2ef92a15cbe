package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/compose"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/fellow"
	"github.com/aparte-dev/aparte/store"
	"github.com/aparte-dev/aparte/store/pebble"
)

const (
	simulatedNodes = 3
	simulatedParts = 5
)

// longestLife is how long one may take by a real clock: some of them take a second each.
const longestLife = 5 * time.Minute

// realm is several nodes over one database, the lines between them, and those who come by.
type realm struct {
	*life
	db   *database
	dice dice // of lines, and of what the database does

	mu    sync.Mutex
	nodes [simulatedNodes]*process // nil: none is at work
	cut   [simulatedNodes][simulatedNodes]time.Time
	began int
}

// dice are a seeded source for many goroutines.
type dice struct {
	mu  sync.Mutex
	rng *rand.Rand
}

func (d *dice) roll(n int) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.rng.IntN(n)
}

// upTo is a time that short ones are likelier of.
func (d *dice) upTo(most time.Duration) time.Duration {
	return time.Duration(float64(most) / float64(1+d.roll(100)) * float64(d.roll(100)) / 100)
}

// database is the store that all nodes share. Its parts are waited for by channels: a wait for a mutex would hold simulated time up.
type database struct {
	*pebble.Store
	parts  []chan struct{}
	away   atomic.Int64  // until when it answers nobody, in simulated nanoseconds
	office atomic.Uint64 // the epoch of part 0; 0: nobody has it
}

func (d *database) enter(part store.Part) (leave func()) {
	d.parts[part] <- struct{}{}
	return func() { <-d.parts[part] }
}

// process is a run of a node, until it ends, or crashes. It is its store, too: the database as it sees it.
type process struct {
	*database
	realm   *realm
	node    int
	name    string
	peers   *fellow.Peers
	seat    *fellow.Seat
	engine  atomic.Pointer[engine.Engine] // nil: none is open
	keeps   atomic.Bool                   // the office
	crashed chan struct{}
	died    sync.Once
	asleep  atomic.Int64  // until when it stands still, in simulated nanoseconds
	had     atomic.Uint64 // the epoch under which it had part 0
	ctx     context.Context
	quit    context.CancelFunc
	ended   chan struct{}
}

func (p *process) crash() { p.died.Do(func() { close(p.crashed) }) }

// sleep has the process stand still.
func (p *process) sleep(so time.Duration) { p.asleep.Store(time.Now().Add(so).UnixNano()) }

// up waits while the process stands still, and is an error where it is no more.
func (p *process) up() error {
	for {
		select {
		case <-p.crashed:
			return errCrashed
		default:
		}
		wait := time.Until(time.Unix(0, p.asleep.Load()))
		if wait <= 0 {
			return nil
		}
		time.Sleep(wait)
	}
}

// reach is an error where the database cannot be asked.
func (p *process) reach() error {
	select {
	case <-p.crashed:
		return errCrashed
	default:
	}
	if time.Now().UnixNano() < p.away.Load() {
		return errAway
	}
	return nil
}

// ask asks the database of a part.
func (p *process) ask(part store.Part, what func() error) error {
	if err := errors.Join(p.up(), p.reach()); err != nil {
		return err
	}
	defer p.enter(part)()
	return what()
}

func (p *process) Acquire(ctx context.Context, part store.Part, owner string, now time.Time, ttl time.Duration) (epoch store.Epoch, err error) {
	err = p.ask(part, func() error {
		if epoch, err = p.Store.Acquire(ctx, part, owner, now, ttl); err == nil && part == 0 {
			p.office.Store(uint64(epoch))
			p.had.Store(uint64(epoch))
		}
		return err
	})
	return epoch, err
}

func (p *process) Renew(ctx context.Context, part store.Part, epoch store.Epoch, now time.Time, ttl time.Duration) error {
	return p.ask(part, func() error { return p.Store.Renew(ctx, part, epoch, now, ttl) })
}

func (p *process) Release(ctx context.Context, part store.Part, epoch store.Epoch) error {
	return p.ask(part, func() error {
		err := p.Store.Release(ctx, part, epoch)
		if err == nil && part == 0 {
			p.office.Store(0)
		}
		return err
	})
}

func (p *process) Lease(ctx context.Context, part store.Part) (l store.Lease, err error) {
	err = p.ask(part, func() error {
		l, err = p.Store.Lease(ctx, part)
		return err
	})
	return l, err
}

// Commit may fail before or after it is durable, or be on its way for a while, while its process dies and another takes the part.
func (p *process) Commit(ctx context.Context, b *store.Batch) error {
	dice := &p.realm.dice
	if err := errors.Join(p.up(), p.reach()); err != nil {
		return err
	}
	calm := p.realm.calm.Load()
	switch dice.roll(160) {
	case 0:
		if !calm {
			return errAway
		}
	case 1, 2, 3, 6, 7:
		time.Sleep(dice.upTo(20 * time.Second))
	case 4: // the process stands still, and goes on with it later
		if !calm {
			p.sleep(time.Duration(dice.roll(40)) * time.Second)
		}
		_ = p.up()
	case 5: // it does, when it is written
		if !calm {
			p.sleep(time.Duration(dice.roll(40)) * time.Second)
		}
	}
	leave := p.enter(b.Part)
	err := p.Store.Commit(ctx, b)
	leave()
	if err == nil && dice.roll(40) == 0 && !calm {
		err = errAway
	}
	return errors.Join(err, p.up())
}

// PutDocument is the office's: a process that had it and has lost it changes nothing.
func (p *process) PutDocument(ctx context.Context, name string, body []byte) (version uint64, err error) {
	err = p.asOffice(func() error {
		version, err = p.Store.PutDocument(ctx, name, body)
		return err
	})
	return version, err
}

func (p *process) DropDocuments(ctx context.Context, name string, before uint64) error {
	return p.asOffice(func() error { return p.Store.DropDocuments(ctx, name, before) })
}

func (p *process) asOffice(change func() error) error {
	if !p.keeps.Load() {
		return &engine.Elsewhere{}
	}
	if err := p.reach(); err != nil {
		return err
	}
	if p.had.Load() != p.office.Load() {
		return store.ErrFenced
	}
	return change()
}

// Reads take no time, as some are made under a lock.

func (p *process) States(ctx context.Context, part store.Part, ids []aparte.PersonID) ([]store.PersonRow, error) {
	if err := p.reach(); err != nil {
		return nil, err
	}
	return p.Store.States(ctx, part, ids)
}

func (p *process) Owner(ctx context.Context, part store.Part, key store.Key) (aparte.PersonID, error) {
	if err := p.reach(); err != nil {
		return aparte.PersonID{}, err
	}
	return p.Store.Owner(ctx, part, key)
}

func (p *process) Seen(ctx context.Context, part store.Part, keys []store.Key) ([]bool, error) {
	if err := p.reach(); err != nil {
		return nil, err
	}
	return p.Store.Seen(ctx, part, keys)
}

func (p *process) Due(ctx context.Context, part store.Part, until time.Time, limit int) ([]store.Timer, error) {
	if err := p.reach(); err != nil {
		return nil, err
	}
	return p.Store.Due(ctx, part, until, limit)
}

func (p *process) Letters(ctx context.Context, part store.Part, after uint64, limit int) ([]store.Letter, error) {
	if err := p.reach(); err != nil {
		return nil, err
	}
	return p.Store.Letters(ctx, part, after, limit)
}

func (p *process) History(ctx context.Context, part store.Part, person aparte.PersonID, before uint64, limit int) ([]store.Entry, error) {
	if err := p.reach(); err != nil {
		return nil, err
	}
	return p.Store.History(ctx, part, person, before, limit)
}

// begin starts a process of a node.
func (r *realm) begin(node int) *process {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.began++
	at := "http://node-" + strconv.Itoa(node)
	p := &process{database: r.db, realm: r, node: node, name: at + " process " + strconv.Itoa(r.began), crashed: make(chan struct{}), ended: make(chan struct{})}
	p.ctx, p.quit = context.WithCancel(r.t.Context())
	p.peers = fellow.New(fellow.Config{URL: at, Token: "word", Leases: p, Now: r.now, Carrier: &line{p}})
	p.seat = &fellow.Seat{Peers: p.peers, Place: p, Name: p.name}
	r.nodes[node] = p
	go p.run()
	return p
}

// run is what `aparte serve` does as one of several.
func (p *process) run() {
	defer close(p.ended)
	defer p.peers.Close()
	defer p.seat.GiveBack(context.WithoutCancel(p.ctx))
	for {
		role := p.seat.Await(p.ctx, p.crashed)
		if role == fellow.Over {
			return
		}
		err := p.work(role == fellow.Keeping)
		if err != nil && !errors.Is(err, errAway) && !errors.Is(err, errCrashed) && !errors.Is(err, store.ErrLeased) && !errors.Is(err, store.ErrFenced) && !errors.Is(err, context.Canceled) {
			p.realm.t.Errorf("%s ends its work: %v", p.name, err)
		}
	}
}

// work keeps the office, or helps who does, until it is lost, or the process ends.
func (p *process) work(keeps bool) error {
	p.keeps.Store(keeps)
	defer p.keeps.Store(false)
	e, err := engine.Open(p.ctx, engine.Config{Store: p, Composer: p.realm.comp, Senders: []channel.Sender{p.realm.box}, BaseURL: "http://say.example", Now: p.realm.now, Deliveries: 2,
		Owner: p.name, Fellows: p.peers, Branch: !keeps, CachedPeople: simulatedParts, CachedBytes: 60 << 10})
	if err != nil {
		return err
	}
	p.peers.Serve(e)
	var enough <-chan struct{}
	var end func()
	if keeps {
		office := p.peers.Keep(func(context.Context, string, []store.Part, json.RawMessage) error { return nil })
		office.Tend(p.ctx)
		end = fellow.Meanwhile(p.ctx, office.Tend)
		p.seat.Lead()
	} else {
		enough, end = p.seat.Attend(p.ctx, func(ctx context.Context, office string) error { return p.peers.Beat(ctx, office, nil) })
	}
	p.engine.Store(e)
	select {
	case <-enough:
	case <-e.Lost():
	case <-p.ctx.Done():
	case <-p.crashed:
	}
	p.engine.Store(nil)
	end()
	p.peers.Quit()
	p.peers.Serve(nil)
	if at := p.seat.Ahead(); at != nil {
		ctx, stop := context.WithTimeout(context.WithoutCancel(p.ctx), 2*time.Second)
		_ = p.peers.Leave(ctx, at.String(), nil) // it is found out when it does not beat
		stop()
	}
	return e.Close()
}

// at is the process at work under an address; nil: none.
func (r *realm) at(host string) *process {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range r.nodes {
		if p != nil && "node-"+strconv.Itoa(p.node) == host {
			return p
		}
	}
	return nil
}

// some is the engine of a node, or nil where that has none.
func (r *realm) some(rng *rand.Rand) *engine.Engine {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p := r.nodes[rng.IntN(len(r.nodes))]; p != nil {
		return p.engine.Load()
	}
	return nil
}

// severed reports whether the line from one node to another is cut.
func (r *realm) severed(from, to int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return time.Now().Before(r.cut[from][to])
}

// TestSimulatedNodes lives through seeded lives of several nodes over one database, in simulated time: processes crash, end and begin, stand still for longer than
// they have their parts, lines between them are cut, slow, or lose questions and answers, the database does not answer, commits fail before and after they
// are durable or arrive late, the clock jumps, and who is not answered asks another node, while the first may be at it still. Afterwards every event that was
// acknowledged is in one history once, every timer has fired once, nobody has two messages, and the store verifies. As of TestSimulatedLives, a life that
// fails may have to be lived several times. One that does not come to an end, as something goes round without time passing, ends the test.
func TestSimulatedNodes(t *testing.T) {
	composer, err := compose.New(assets())
	if err != nil {
		t.Fatal(err)
	}
	for seed := *first; seed < *first+*seeds; seed++ {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			endless := time.AfterFunc(longestLife, func() {
				debug.SetTraceback("all")
				panic(fmt.Sprint("seed ", seed, " does not come to an end"))
			})
			defer endless.Stop()
			synctest.Test(t, func(t *testing.T) {
				l := &life{t: t, comp: composer, rng: rand.New(rand.NewPCG(seed, 0))}
				(&realm{life: l, dice: dice{rng: rand.New(rand.NewPCG(seed, 3))}}).live(seed)
			})
		})
		if t.Failed() {
			t.Fatalf("again: go test ./engine -run SimulatedNodes -seeds 1 -first-seed %d -count 20", seed)
		}
	}
}

func (r *realm) live(seed uint64) {
	t := r.t
	r.acked = map[string]aparte.Event{}
	r.box = &unsure{calm: &r.calm, rng: rand.New(rand.NewPCG(seed, 2)), got: map[string]int{}, lost: map[string]int{}}
	fs := vfs.NewMem()
	db, err := pebble.Open("life", pebble.Options{FS: fs, Parts: simulatedParts, Rand: rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8), byte(seed >> 16)})})
	if err != nil {
		t.Fatal(err)
	}
	r.db = &database{Store: db}
	for range simulatedParts {
		r.db.parts = append(r.db.parts, make(chan struct{}, 1))
	}
	for node := range simulatedNodes {
		r.begin(node)
	}
	r.publish()
	var clients sync.WaitGroup
	for c := range 3 {
		rng := rand.New(rand.NewPCG(seed, uint64(10+c)))
		clients.Go(func() { r.comes(rng, c, 20*time.Second, r.tell) })
	}
	over := make(chan struct{})
	go func() {
		clients.Wait()
		close(over)
	}()
	for coming := true; coming; {
		select {
		case <-over:
			coming = false
		case <-time.After(time.Duration(1+r.rng.IntN(60)) * time.Second):
			r.harm()
		}
	}
	r.calm.Store(true)
	r.wrong.Store(0)
	for _, p := range r.nodes {
		p.quit()
	}
	for _, p := range r.nodes {
		<-p.ended
	}
	r.settle()
	r.check(db)
	if err := r.engine.Close(); err != nil {
		t.Error(err)
	}
	r.verify(db)
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}

// publish has the office publish what is to be said.
func (r *realm) publish() {
	for {
		for _, p := range r.nodes {
			if e := p.engine.Load(); e != nil && p.keeps.Load() {
				if _, err := e.Publish(r.t.Context(), wanting()); err == nil {
					return
				}
			}
		}
		time.Sleep(time.Second)
	}
}

// harm has something go wrong.
func (r *realm) harm() {
	node := r.rng.IntN(simulatedNodes)
	p, most := r.nodes[node], time.Duration(r.rng.IntN(45))*time.Second
	switch r.rng.IntN(8) {
	case 0, 1: // it crashes, and begins again
		p.crash()
	case 2: // it is asked to end, and begins again
		p.quit()
	case 3, 4: // it stands still
		p.sleep(most)
		return
	case 5, 6: // others hear it no more, or it hears them
		r.mu.Lock()
		defer r.mu.Unlock()
		other := (node + 1 + r.rng.IntN(simulatedNodes-1)) % simulatedNodes
		r.cut[node][other] = time.Now().Add(most)
		if r.rng.IntN(2) == 0 {
			r.cut[other][node] = r.cut[node][other]
		}
		return
	case 7:
		if r.rng.IntN(2) == 0 {
			r.wrong.Store(int64(time.Duration(r.rng.IntN(120)-60) * time.Second))
		} else {
			r.db.away.Store(time.Now().Add(most / 4).UnixNano())
		}
		return
	}
	<-p.ended
	time.Sleep(most / 2)
	r.begin(node)
}

// tell sends events to nodes until one acknowledges them. Who is not answered for long asks another one.
func (r *realm) tell(rng *rand.Rand, events ...aparte.Event) {
	for i := range events {
		events[i].Timestamp = r.now()
	}
	for try := 0; ; try++ {
		err := errCrashed
		if e := r.some(rng); e != nil {
			again := slices.Clone(events) // those of another try may be under way
			for i := range again {
				again[i].ReceivedAt = r.now()
			}
			ctx, stop := context.WithTimeout(r.t.Context(), time.Duration(1+rng.IntN(20))*time.Second)
			err = e.Accept(ctx, again)
			stop()
		}
		if err == nil && rng.IntN(4) > 0 {
			break
		}
		if try > 500 {
			r.t.Errorf("events are not taken: %v", err)
			return
		}
		time.Sleep(time.Duration(1+rng.IntN(3000)) * time.Millisecond)
	}
	r.life.mu.Lock()
	defer r.life.mu.Unlock()
	for _, e := range events {
		r.acked[string(e.MessageID)] = e
	}
}

// settle has one process do what is left.
func (r *realm) settle() {
	for r.engine == nil {
		e, err := engine.Open(r.t.Context(), engine.Config{Store: r.db.Store, Composer: r.comp, Senders: []channel.Sender{r.box}, BaseURL: "http://say.example", Now: r.now, Owner: "http://last process 0"})
		if err != nil && !errors.Is(err, store.ErrLeased) {
			r.t.Fatal(err)
		}
		if r.engine = e; e == nil {
			time.Sleep(time.Second)
		}
	}
	r.rest()
}
