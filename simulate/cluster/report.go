package cluster

import (
	"cmp"
	"slices"
)

// Report is what a simulation found. Times are in milliseconds where nothing else is said, use is a share of what there is, 1 being all.
type Report struct {
	Way       Way     `json:"way"`
	Nodes     int     `json:"nodes"`
	Cores     int     `json:"cores"` // of each
	Databases int     `json:"databases"`
	ServerOf  int     `json:"databaseCores"` // of each
	Parts     int     `json:"parts"`
	People    float64 `json:"people"`
	Events    float64 `json:"eventsPerSecond"`    // the day's mean, as asked
	Decisions float64 `json:"decisionsPerSecond"` // likewise
	Seconds   int     `json:"seconds"`            // simulated
	Seed      uint64  `json:"seed"`

	Arrived  int64 `json:"arrived"`
	Answered int64 `json:"answered"`
	GivenUp  int64 `json:"givenUp"`
	UnderWay int64 `json:"underWay"` // at the end
	Refusals int64 `json:"refusals"` // answers that said to come back

	AnsweredPerSecond float64 `json:"answeredPerSecond"`     // over the whole day
	PeakPerSecond     float64 `json:"peakAnsweredPerSecond"` // in the busiest of its slices
	Turn              float64 `json:"requestsPerBatch"`      // in the mean

	EventLatency    Latency `json:"eventLatency"`
	DecisionLatency Latency `json:"decisionLatency"`
	LearnerBehind   float64 `json:"learnerBehind"` // at most

	Resources  []Resource `json:"resources"`
	Bottleneck string     `json:"bottleneck"` // the resource that is full first as the load grows
	Headroom   float64    `json:"headroom"`   // times the load at which it is, batches as full as they may be
	Overloaded bool       `json:"overloaded"` // a request in a hundred, or the learner, is late by more than a second, and not because of a failure

	Failure *Failure `json:"failure,omitempty"`
	Day     []Hour   `json:"day"` // in 24 slices

	StatesGB float64 `json:"statesGB"` // of everybody, once
	DailyGB  float64 `json:"dailyGB"`  // of events and decisions, once
}

// Latency is how long requests took to be answered.
type Latency struct {
	Mean float64 `json:"mean"`
	P50  float64 `json:"p50"`
	P90  float64 `json:"p90"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p999"`
	Max  float64 `json:"max"`
}

// Resource is something that can be full. Slices in which those come again whom a failure kept waiting are not looked at.
type Resource struct {
	Name  string  `json:"name"`  // one of the names below
	Units float64 `json:"units"` // cores, of all of them
	Used  float64 `json:"used"`  // over the whole day, of all of them
	Peak  float64 `json:"peak"`  // in the busiest slice, of the busiest of them; beyond 1, more is asked than there is
	Full  float64 `json:"full"`  // what the busiest slice's load would take of the busiest of them, were batches full: small ones may use all there is, and leave room all the same
}

// Names of resources.
const (
	Processors = "processors of nodes"
	Servers    = "processors of databases"
	Owner      = "owner of the busiest part" // one after the other, however many cores there are
	Learner    = "learner"                   // likewise
)

// Failure is what killing nodes cost.
type Failure struct {
	Killed    int     `json:"killed"`
	Out       float64 `json:"outSeconds"`       // until their parts were at work elsewhere
	Delayed   int64   `json:"delayed"`          // requests that waited for more than a second
	Refused   int64   `json:"refusedAtLeast"`   // requests refused once or more often
	Recovered float64 `json:"recoveredSeconds"` // after which nobody waited for more than a second any more
}

// Hour is a slice of the day.
type Hour struct {
	PerSecond float64 `json:"perSecond"` // that came
	Answered  float64 `json:"answered"`  // a second
	P99       float64 `json:"p99"`       // of those who came in it
	Nodes     float64 `json:"nodes"`     // use of the busiest
	Servers   float64 `json:"servers"`   // likewise
}

// tally is what is counted while the simulation runs.
type tally struct {
	arrived, answered, givenUp  int64
	refusals, refusedOnce, late int64
	turns, turned               int64
	killedAt, takenOver         int64
	lastLate, behind            int64
	came, done                  [pieces]int64
	events, decisions           latencies
	hours                       [pieces]latencies
	waited                      float64 // ns that all requests answered were under way
}

// answer counts a request that is done.
func (s *run) answer(r *request, took int64) {
	s.answered++
	s.waited += float64(took)
	s.done[s.slice()]++
	if took > 1e9 {
		s.late++
		s.lastLate = s.now
	}
	from := int(r.since * pieces / s.length)
	s.hours[from].add(took)
	switch {
	case from == 0:
	case r.decision:
		s.decisions.add(took)
	default:
		s.events.add(took)
	}
}

func (l *latencies) summary() Latency {
	const ms = 1e6
	return Latency{
		Mean: l.sum / float64(max(l.n, 1)) / ms, P50: l.quantile(.5) / ms, P90: l.quantile(.9) / ms, P99: l.quantile(.99) / ms,
		P999: l.quantile(.999) / ms, Max: float64(l.most) / ms,
	}
}

func (s *run) report() *Report {
	f := &s.Figures
	r := &Report{
		Way: s.Way, Nodes: s.Nodes, Cores: s.Cores, Databases: s.Databases, Parts: s.Parts, People: s.People, Events: s.Events, Decisions: s.Decisions,
		Seconds: s.Seconds, Seed: s.Seed, Arrived: s.arrived, Answered: s.answered, GivenUp: s.givenUp, Refusals: s.refusals,
		UnderWay: s.arrived - s.answered - s.givenUp, Turn: float64(s.turned) / float64(max(s.turns, 1)),
		EventLatency: s.events.summary(), DecisionLatency: s.decisions.summary(), LearnerBehind: float64(s.behind) / 1e6,
		StatesGB: s.People * f.Person.Value / 1e9,
		DailyGB:  (s.Events*f.EventKept.Value + s.Decisions*f.DecisionKept.Value) * 86_400 / 1e9,
	}
	if s.Databases > 0 {
		r.ServerOf = s.DatabaseCores
	}
	r.AnsweredPerSecond = float64(s.answered) / float64(s.Seconds)
	each := float64(s.length) / pieces
	for i := range pieces {
		h := Hour{PerSecond: float64(s.came[i]) / each * 1e9, Answered: float64(s.done[i]) / each * 1e9, P99: s.hours[i].quantile(.99) / 1e6}
		for n := range s.nodes {
			h.Nodes = max(h.Nodes, float64(s.nodes[n].busy[i])/each/float64(s.Cores))
		}
		for d := range s.databases {
			h.Servers = max(h.Servers, float64(s.databases[d].busy[i])/each/float64(s.DatabaseCores))
		}
		r.PeakPerSecond = max(r.PeakPerSecond, h.Answered)
		r.Day = append(r.Day, h)
	}
	ordinary := s.ordinary()
	r.Resources = s.resources(r.Day, ordinary)
	busiest := slices.MaxFunc(r.Resources, func(a, b Resource) int { return cmp.Compare(a.Full, b.Full) })
	r.Bottleneck, r.Overloaded = busiest.Name, s.behind > 1e9 // nobody waits for the learner
	for i, h := range r.Day {
		r.Overloaded = r.Overloaded || ordinary[i] && h.P99 > 1000
	}
	if busiest.Full > 0 {
		r.Headroom = 1 / busiest.Full
	}
	if s.Killed > 0 {
		r.Failure = &Failure{Killed: s.Killed, Out: float64(max(s.takenOver-s.killedAt, 0)) / 1e9, Delayed: s.late, Refused: s.refusedOnce, Recovered: float64(max(s.lastLate-s.killedAt, 0)) / 1e9}
	}
	return r
}

// ordinary says of each slice whether the queues in it are those of the load: not from when nodes are killed until nobody waits for long any more.
func (s *run) ordinary() (is [pieces]bool) {
	each := s.length / pieces
	for i := range is {
		from := int64(i) * each
		is[i] = s.Killed == 0 || from+each <= s.killedAt || from > s.lastLate+each
	}
	return is
}

// resources are what can be full, and how full it is.
func (s *run) resources(day []Hour, ordinary [pieces]bool) []Resource {
	length := float64(s.length)
	used := func(stations []station, cores int) float64 {
		sum := 0.0
		for i := range stations {
			for _, busy := range stations[i].busy {
				sum += float64(busy)
			}
		}
		return sum / length / float64(max(len(stations)*cores, 1))
	}
	peak := func(of func(Hour) float64) (most float64) {
		for i, h := range day {
			if ordinary[i] {
				most = max(most, of(h))
			}
		}
		return most
	}
	var nodes []station
	for i := range s.nodes {
		nodes = append(nodes, s.nodes[i].station)
	}
	all := []Resource{{Name: Processors, Units: float64(s.Nodes * s.Cores), Used: used(nodes, s.Cores), Peak: peak(func(h Hour) float64 { return h.Nodes })}}
	if s.Databases > 0 {
		all = append(all, Resource{Name: Servers, Units: float64(s.Databases * s.DatabaseCores), Used: used(s.databases, s.DatabaseCores), Peak: peak(func(h Hour) float64 { return h.Servers })})
	}
	rate := peak(func(h Hour) float64 { return h.PerSecond })
	busiest, nodesShare, serversShare := s.shares()
	owner := rate * busiest * s.fullTurn() / float64(s.TurnSize) / 1e9
	all = append(all, Resource{Owner, 1, s.mean() * busiest * s.fullTurn() / float64(s.TurnSize) / 1e9, owner, owner})
	learner := 0.0
	for i, busy := range s.learner.busy {
		if ordinary[i] {
			learner = max(learner, float64(busy)/length*pieces)
		}
	}
	f, k := &s.Figures, s.keeping
	own, handed := s.own()
	each := k.Batch.span()/float64(s.TurnSize) + own + k.Row.span() + handed*f.Message.span()
	if s.Way == Spread {
		each += handed * f.Message.span() // at the node that it came to, which is one of these, too
	}
	all[0].Full = rate * nodesShare * each / float64(s.Cores) / 1e9
	if s.Databases > 0 {
		all[1].Full = rate * serversShare * (k.BatchServer.span()/float64(s.TurnSize) + k.RowServer.span()) / float64(s.DatabaseCores) / 1e9
	}
	return append(all, Resource{Learner, 1, used([]station{s.learner}, 1), learner, learner})
}

// mean is how much came, a second.
func (s *run) mean() float64 { return float64(s.arrived) / float64(s.Seconds) }

// shares are what part of all that came was for the busiest part, for the parts of the busiest node as they were given out first, and for those of
// the busiest database.
func (s *run) shares() (part, node, server float64) {
	all := float64(max(s.arrived, 1))
	nodes, servers := make([]float64, s.Nodes), make([]float64, max(s.Databases, 1))
	for i := range s.parts {
		share := float64(s.parts[i].arrivals) / all
		part = max(part, share)
		servers[i%len(servers)] += share
		if s.Way == One {
			nodes[0] += share
		} else {
			nodes[i%s.Nodes] += share
		}
	}
	return part, slices.Max(nodes), slices.Max(servers)
}

// own is what a request takes by itself of a node, in ns, in the mean; and the share of them that one node hands on to another.
func (s *run) own() (work, handed float64) {
	f := &s.Figures
	return (s.Events*f.Event.span() + s.Decisions*f.Decision.span()) / (s.Events + s.Decisions), 1 - 1/float64(s.Nodes)
}

// fullTurn is how long a turn lasts that is as large as turns may be, where nothing else is in its way, in ns. The owner of a part does one after
// the other, so that no more comes out of it than these, however many processors there are.
func (s *run) fullTurn() float64 {
	f, k, n := &s.Figures, s.keeping, float64(s.TurnSize)
	own, handed := s.own()
	turn := k.Batch.span() + n*(own+k.Row.span()+handed*f.Message.span()) + k.Sync.span()
	if s.Databases > 0 {
		turn += 2*f.Network.span() + k.BatchServer.span() + n*k.RowServer.span()
	}
	return turn
}
