package cluster

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"sort"
)

// pieces are how many slices a report has of the day. What comes in the first is not counted in latencies: the queues are empty yet.
const pieces = 24

// comeBack is how long whoever is refused waits, in ns: Retry-After is a second, and not all are as prompt.
const comeBack = 1e9

// Run simulates, and says what came of it. progress, which may be nil, is told which share is done.
func Run(ctx context.Context, c Config, progress func(done, of int)) (*Report, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	s := newRun(&c)
	s.come(0)
	if c.Killed > 0 {
		s.calendar.put(s.length/2, killing, 0, 0)
	}
	const steps = 100
	for told := int64(-1); len(s.calendar.heap) > 0; {
		o := s.calendar.next()
		if o.at >= s.length {
			break
		}
		s.now = o.at
		if step := s.now * steps / s.length; step != told {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if told = step; progress != nil {
				progress(int(step), steps)
			}
		}
		s.happen(o)
	}
	if progress != nil {
		progress(steps, steps)
	}
	return s.report(), nil
}

// run is a simulation under way.
type run struct {
	*Config
	keeping     *Keeping
	rng         *rand.Rand
	now, length int64 // ns
	calendar    calendar

	nodes     []node
	databases []station
	learner   station
	parts     []part
	share     []float64 // of what comes, that goes to a part or one before it
	bursts    []int64   // when they begin
	highest   float64   // rate, a second

	requests []request
	spare    []int32 // places in requests

	tally
}

// node is a machine. Its age grows when it is killed: what was under way there does not happen.
type node struct {
	station
	age     uint32
	dead    bool
	pending int // requests taken in
	parts   int
}

// part is a part of the store, and its owner's work.
type part struct {
	owner    int32 // -1: nobody
	was      int32 // the owner before
	age      uint32
	queue    []int32
	turn     []int32
	arrivals int64
}

// request is an event or a decision that somebody waits for.
type request struct {
	since    int64
	part     int32
	at       int32 // the node that it came to
	age      uint32
	decision bool
	handed   bool // from one node to another
	refused  bool
}

func newRun(c *Config) *run {
	s := &run{
		Config: c, keeping: &c.Figures.Pebble, rng: rand.New(rand.NewPCG(c.Seed, 1)), length: int64(c.Seconds) * 1e9,
		nodes: make([]node, c.Nodes), databases: make([]station, c.Databases), learner: newStation(1, pieces), parts: make([]part, c.Parts),
	}
	for i := range s.nodes {
		s.nodes[i].station = newStation(c.Cores, pieces)
	}
	for i := range s.databases {
		s.keeping, s.databases[i] = &c.Figures.Postgres, newStation(c.DatabaseCores, pieces)
	}
	// What parts have to do is log-normally distributed, with the mean 1 and the standard deviation asked for.
	sigma := math.Sqrt(math.Log1p(c.Skew * c.Skew))
	sum := 0.0
	for i := range s.parts {
		if c.Way == Spread {
			s.parts[i].owner = int32(i % c.Nodes)
		}
		s.nodes[s.parts[i].owner].parts++
		sum += math.Exp(sigma * s.rng.NormFloat64())
		s.share = append(s.share, sum)
	}
	for i := range s.share {
		s.share[i] /= sum
	}
	s.highest = (c.Events + c.Decisions) * c.Peak
	if c.Bursts > 0 {
		s.highest *= c.BurstTimes
	}
	for range c.Bursts {
		s.bursts = append(s.bursts, s.rng.Int64N(s.length))
	}
	return s
}

// rate is how much comes at a time, a second.
func (s *run) rate(at int64) float64 {
	r := (s.Events + s.Decisions) * (1 - (s.Peak-1)*math.Cos(2*math.Pi*float64(at)/float64(s.length)))
	for _, from := range s.bursts {
		if at >= from && float64(at-from) < s.BurstFor*1e9 {
			return r * s.BurstTimes
		}
	}
	return r
}

// come puts the next arrival down: a Poisson process whose rate changes, by thinning (Lewis and Shedler 1979).
func (s *run) come(after int64) {
	for at := float64(after); at < float64(s.length); {
		at += s.rng.ExpFloat64() / s.highest * 1e9
		if s.rng.Float64()*s.highest < s.rate(int64(at)) {
			s.calendar.put(int64(at), arrival, 0, 0)
			return
		}
	}
}

// slice is the piece of the day that it is.
func (s *run) slice() int { return int(s.now * pieces / s.length) }

func (s *run) happen(o occurrence) {
	switch o.kind {
	case arrival:
		s.come(s.now)
		s.arrive()
	case reached:
		if r := &s.requests[o.who]; s.nodes[r.at].age == r.age {
			s.enqueue(o.who)
		} else {
			s.refuse(o.who)
		}
	case again:
		s.enter(o.who)
	case computed:
		if s.parts[o.who].age == o.age {
			s.compute(o)
		}
	case served:
		if p := &s.parts[o.who]; p.age == o.age {
			rows := float64(len(p.turn))
			work := s.lasting(s.keeping.BatchServer.span() + rows*s.keeping.RowServer.span())
			done := s.databases[int(o.who)%len(s.databases)].serve(s.now, work, s.slice())
			s.calendar.put(done+s.lasting(s.keeping.Sync.span())+s.hop(), kept, o.who, o.age)
		}
	case kept:
		if s.parts[o.who].age == o.age {
			s.keep(o.who)
		}
	case killing:
		s.kill()
	case takeover:
		s.takeOver(o.who)
	}
}

func (s *run) lasting(mean float64) int64 { return lasting(s.rng, mean, s.Variation) }
func (s *run) hop() int64                 { return int64(s.Figures.Network.span()) }

// arrive takes in somebody new.
func (s *run) arrive() {
	r := request{since: s.now, decision: s.rng.Float64()*(s.Events+s.Decisions) < s.Decisions}
	r.part = int32(min(sort.SearchFloat64s(s.share, s.rng.Float64()), len(s.parts)-1))
	s.parts[r.part].arrivals++
	s.arrived++
	s.came[s.slice()]++
	var id int32
	if n := len(s.spare); n > 0 {
		id, s.spare = s.spare[n-1], s.spare[:n-1]
		s.requests[id] = r
	} else {
		id = int32(len(s.requests))
		s.requests = append(s.requests, r)
	}
	s.enter(id)
}

// enter has a request come to one of the nodes that are alive, which hands it on to the one that has its part.
func (s *run) enter(id int32) {
	r := &s.requests[id]
	if float64(s.now-r.since) > s.Patience*1e9 {
		s.givenUp++
		s.spare = append(s.spare, id)
		return
	}
	at := s.rng.IntN(len(s.nodes))
	for s.nodes[at].dead { // one at least is alive
		at = (at + 1) % len(s.nodes)
	}
	r.at, r.age = int32(at), s.nodes[at].age
	switch owner := s.parts[r.part].owner; {
	case owner < 0:
		s.refuse(id)
	case int(owner) == at:
		r.handed = false
		s.enqueue(id)
	default:
		r.handed = true
		done := s.nodes[at].serve(s.now, s.lasting(s.Figures.Message.span()), s.slice())
		s.calendar.put(done+s.hop(), reached, id, 0)
	}
}

// refuse tells somebody to come back.
func (s *run) refuse(id int32) {
	s.refusals++
	if r := &s.requests[id]; !r.refused {
		r.refused = true
		s.refusedOnce++
	}
	s.calendar.put(s.now+comeBack+s.rng.Int64N(comeBack/2), again, id, 0)
}

// enqueue hands a request to its part's owner.
func (s *run) enqueue(id int32) {
	r := &s.requests[id]
	p := &s.parts[r.part]
	if p.owner < 0 || s.nodes[p.owner].pending >= s.Pending {
		s.refuse(id)
		return
	}
	s.nodes[p.owner].pending++
	p.queue = append(p.queue, id)
	if len(p.turn) == 0 {
		s.begin(r.part)
	}
}

// begin has a part's owner take what waits, up to what a batch may have.
func (s *run) begin(n int32) {
	p := &s.parts[n]
	take := min(len(p.queue), s.TurnSize)
	if take == 0 {
		return
	}
	p.turn = append(p.turn[:0], p.queue[:take]...)
	p.queue = p.queue[:copy(p.queue, p.queue[take:])]
	f := &s.Figures
	work := s.lasting(s.keeping.Batch.span())
	for _, id := range p.turn {
		r := &s.requests[id]
		own := f.Event.span()
		if r.decision {
			own = f.Decision.span()
		}
		if r.handed {
			own += f.Message.span()
		}
		work += s.lasting(own + s.keeping.Row.span())
	}
	s.turns++
	s.turned += int64(take)
	s.calendar.put(s.nodes[p.owner].serve(s.now, work, s.slice()), computed, n, p.age)
}

// compute sends what a turn came to to where it is kept.
func (s *run) compute(o occurrence) {
	if len(s.databases) > 0 {
		s.calendar.put(s.now+s.hop(), served, o.who, o.age)
		return
	}
	s.calendar.put(s.now+s.lasting(s.keeping.Sync.span()), kept, o.who, o.age)
}

// keep answers everybody in a turn, and begins the next.
func (s *run) keep(n int32) {
	p := &s.parts[n]
	for _, id := range p.turn {
		r := &s.requests[id]
		took := s.now - r.since
		if r.handed {
			took += s.hop()
		}
		s.answer(r, took)
		if r.decision {
			s.learn()
		}
		s.spare = append(s.spare, id)
	}
	s.nodes[p.owner].pending -= len(p.turn)
	p.turn = p.turn[:0]
	s.begin(n)
}

// learn has the learner, which works where the first part is, take in an example.
func (s *run) learn() {
	office := s.parts[0].owner
	work := int64(s.Figures.Learn.span())
	if office < 0 || work == 0 {
		return
	}
	s.behind = max(s.behind, s.learner.serve(s.now, work, s.slice())-s.now)
	s.nodes[office].serve(s.now, work, s.slice())
}

// kill ends nodes for good. Whoever waited there comes again.
func (s *run) kill() {
	s.killedAt = s.now
	for k := range s.Killed {
		s.nodes[k].dead = true
		s.nodes[k].age++
		s.nodes[k].pending = 0
		owned := false
		for i := range s.parts {
			p := &s.parts[i]
			if int(p.owner) != k {
				continue
			}
			p.owner, p.was, owned = -1, p.owner, true
			p.age++
			for _, id := range p.turn {
				s.refuse(id)
			}
			for _, id := range p.queue {
				s.refuse(id)
			}
			p.turn, p.queue = p.turn[:0], p.queue[:0]
		}
		if owned {
			f := &s.Figures
			left := f.Lease.span() - s.rng.Float64()*f.Renewed.span()
			s.calendar.put(s.now+int64(left+f.Opening.span()), takeover, int32(k), 0)
		}
	}
}

// takeOver gives a dead node's parts to others.
func (s *run) takeOver(dead int32) {
	s.takenOver = max(s.takenOver, s.now)
	for i := range s.parts {
		p := &s.parts[i]
		if p.owner >= 0 || p.was != dead {
			continue
		}
		to := -1
		for n := range s.nodes {
			switch {
			case s.nodes[n].dead:
			case to < 0, s.Way == Spread && s.nodes[n].parts < s.nodes[to].parts:
				to = n
			}
		}
		p.owner = int32(to)
		s.nodes[to].parts++
	}
}

// String is what is simulated, in a line, for errors.
func (c *Config) String() string {
	return fmt.Sprintf("%s, %d nodes of %d cores, %d databases of %d, %d parts, %g events/s, %g decisions/s", c.Way, c.Nodes, c.Cores, c.Databases, c.DatabaseCores, c.Parts, c.Events, c.Decisions)
}
