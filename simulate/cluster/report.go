package cluster

import (
	"cmp"
	"math"
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
	Bottleneck string     `json:"bottleneck"` // the resource of which most is used at the peak
	Headroom   float64    `json:"headroom"`   // times the load until it is full, at least: batches grow with it, and cost less a request
	Overloaded bool       `json:"overloaded"` // it is full, and a request in a hundred (or the learner) is late by more than a second: queues grow as long as the peak lasts

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

// Resource is something that can be full.
type Resource struct {
	Name  string  `json:"name"`  // one of the names below
	Units float64 `json:"units"` // cores, of all of them
	Used  float64 `json:"used"`  // over the whole day, of all of them
	Peak  float64 `json:"peak"`  // in the busiest slice, of the busiest of them; beyond 1, more is asked than there is. Not counted: when those come again whom a failure kept waiting
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
	busiest := slices.MaxFunc(r.Resources, func(a, b Resource) int { return cmp.Compare(a.Peak, b.Peak) })
	r.Bottleneck, r.Overloaded = busiest.Name, busiest.Name == Learner && s.behind > 1e9 // nobody waits for the learner
	for i, h := range r.Day {
		r.Overloaded = r.Overloaded || busiest.Peak >= 1 && ordinary[i] && h.P99 > 1000
	}
	if busiest.Peak > 0 {
		r.Headroom = 1 / busiest.Peak
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
	all := []Resource{{Processors, float64(s.Nodes * s.Cores), used(nodes, s.Cores), peak(func(h Hour) float64 { return h.Nodes })}}
	if s.Databases > 0 {
		all = append(all, Resource{Servers, float64(s.Databases * s.DatabaseCores), used(s.databases, s.DatabaseCores), peak(func(h Hour) float64 { return h.Servers })})
	}
	most := int64(0)
	for i := range s.parts {
		most = max(most, s.parts[i].arrivals)
	}
	mean := float64(most) / length * s.fullTurn() / float64(s.TurnSize)
	busiest := 0.0
	for _, h := range day {
		busiest = max(busiest, h.PerSecond*float64(s.Seconds)/float64(max(s.arrived, 1)))
	}
	all = append(all, Resource{Owner, 1, mean, mean * busiest})
	learner := 0.0
	for i, busy := range s.learner.busy {
		if ordinary[i] {
			learner = max(learner, float64(busy)/length*pieces)
		}
	}
	return append(all, Resource{Learner, 1, used([]station{s.learner}, 1), learner})
}

// fullTurn is how long a turn lasts that is as large as turns may be, where nothing else is in its way, in ns. The owner of a part does one after
// the other, so that no more comes out of it than these, however many processors there are.
func (s *run) fullTurn() float64 {
	f, k, n := &s.Figures, s.keeping, float64(s.TurnSize)
	sum := s.Events + s.Decisions
	own := (s.Events*f.Event.span() + s.Decisions*f.Decision.span()) / sum
	handed := 0.0
	if s.Way == Spread && s.Nodes > 1 || s.Way == One {
		handed = 1 - 1/float64(s.Nodes)
	}
	turn := k.Batch.span() + n*(own+k.Row.span()+handed*f.Message.span()) + k.Sync.span()
	if s.Databases > 0 {
		turn += 2*f.Network.span() + k.BatchServer.span() + n*k.RowServer.span()
	}
	return math.Max(turn, 0)
}
