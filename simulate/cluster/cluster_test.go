package cluster_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte/simulate/cluster"
)

// plain is one node with one part, where a request takes what an event takes and nothing besides.
func plain(t testing.TB, service float64) cluster.Config {
	t.Helper()
	f, err := cluster.Measured()
	if err != nil {
		t.Fatal(err)
	}
	for _, none := range []*cluster.Figure{&f.Message, &f.Learn, &f.Network, &f.Pebble.Batch, &f.Pebble.Row, &f.Pebble.Sync} {
		none.Value = 0
	}
	f.Event.Value = service // µs
	return cluster.Config{
		Way: cluster.One, Nodes: 1, Cores: 1, Parts: 1, People: 1000, Peak: 1, BurstTimes: 1, Patience: 3600, Pending: 1_000_000, TurnSize: 1, Figures: f,
	}
}

func run(t testing.TB, c cluster.Config) *cluster.Report {
	t.Helper()
	r, err := cluster.Run(t.Context(), c, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A part whose owner takes one request at a time is a queue M/G/1: the mean time in it is that of Pollaczek and Khinchine,
// s + λs²(1+c²) / 2(1-ρ), for every rate and every variation c of the service.
func pollaczekKhinchine(rate, s, c float64) float64 {
	return s + rate*s*s*(1+c*c)/2/(1-rate*s)
}

func TestAPartIsAQueueAsTheoryHasIt(t *testing.T) {
	c := plain(t, 1000)
	c.Seed, c.Variation, c.Events, c.Seconds = 7, .5, 800, 400
	want := pollaczekKhinchine(800, 1e-3, .5)
	if got := run(t, c).EventLatency.Mean / 1000; math.Abs(got-want) > .03*want {
		t.Errorf("%.3f ms in the mean, theory has %.3f", 1000*got, 1000*want)
	}
	rapid.Check(t, func(rt *rapid.T) {
		c := plain(t, 1000)
		c.Seed, c.Variation = rapid.Uint64().Draw(rt, "seed"), rapid.Float64Range(0, 1).Draw(rt, "variation")
		c.Events, c.Seconds = rapid.Float64Range(100, 700).Draw(rt, "rate"), 60
		r := run(t, c)
		want := pollaczekKhinchine(c.Events, 1e-3, c.Variation)
		if got := r.EventLatency.Mean / 1000; math.Abs(got-want) > .25*want { // some six standard deviations of such a run
			rt.Errorf("%.3f ms in the mean, theory has %.3f", 1000*got, 1000*want)
		}
		// The utilisation law: what is used is what comes, times what it takes.
		if got, want := r.Resources[0].Used, c.Events*1e-3; math.Abs(got-want) > .12*want {
			rt.Errorf("%.3f used of a processor, theory has %.3f", got, want)
		}
	})
}

// draw is some installation, small and quick to simulate.
func draw(rt *rapid.T, t testing.TB) cluster.Config {
	f, err := cluster.Measured()
	if err != nil {
		t.Fatal(err)
	}
	c := cluster.Config{
		Way: rapid.SampledFrom([]cluster.Way{cluster.One, cluster.Spread}).Draw(rt, "way"), Nodes: rapid.IntRange(1, 6).Draw(rt, "nodes"),
		Cores: rapid.IntRange(1, 4).Draw(rt, "cores"), DatabaseCores: rapid.IntRange(1, 4).Draw(rt, "of"), Parts: rapid.IntRange(6, 32).Draw(rt, "parts"),
		People: 1e6, Events: rapid.Float64Range(10, 1500).Draw(rt, "events"), Decisions: rapid.Float64Range(0, 500).Draw(rt, "decisions"),
		Peak: rapid.Float64Range(1, 2).Draw(rt, "peak"), Bursts: rapid.IntRange(0, 2).Draw(rt, "bursts"), BurstTimes: 2, BurstFor: 2,
		Skew: rapid.Float64Range(0, 1).Draw(rt, "skew"), Variation: rapid.Float64Range(0, 1).Draw(rt, "variation"),
		Patience: 30, Pending: 5000, Seconds: 40, TurnSize: 128, Seed: rapid.Uint64().Draw(rt, "seed"), Figures: f,
	}
	if c.Nodes > 1 {
		c.Databases = rapid.IntRange(1, 3).Draw(rt, "databases")
		c.Killed = rapid.IntRange(0, c.Nodes-1).Draw(rt, "killed")
	}
	return c
}

// Nobody is lost or answered twice, whatever happens; and who kills all owners of some parts waits for their leases.
func TestEverybodyIsAccountedFor(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := draw(rt, t)
		r := run(t, c)
		if r.UnderWay < 0 || r.Arrived != r.Answered+r.GivenUp+r.UnderWay {
			rt.Errorf("%d arrived, %d answered, %d gave up, %d under way", r.Arrived, r.Answered, r.GivenUp, r.UnderWay)
		}
		if c.Killed == 0 && !r.Overloaded && r.Headroom > 2 && r.UnderWay > r.Arrived/20+100 {
			rt.Errorf("%d of %d under way at the end, with %.1f times the room", r.UnderWay, r.Arrived, r.Headroom)
		}
		f := &c.Figures
		least, most := f.Lease.Value-f.Renewed.Value+f.Opening.Value, f.Lease.Value+f.Opening.Value
		switch {
		case c.Killed == 0:
			if r.Failure != nil {
				rt.Error("told of a failure that was not")
			}
		case r.Failure.Out < least-1e-6 || r.Failure.Out > most+1e-6:
			rt.Errorf("parts were out for %.2f s, leases have it between %.0f and %.0f", r.Failure.Out, least, most)
		}
	})
}

// What has come is known for a seed, to the byte; another seed gives something else.
func TestASeedGivesTheSameReport(t *testing.T) {
	c := cluster.Config{
		Way: cluster.Spread, Nodes: 4, Cores: 2, Databases: 2, DatabaseCores: 2, Parts: 32, People: 1e6, Events: 2000, Decisions: 500, Peak: 1.5, Bursts: 2, BurstTimes: 2, BurstFor: 3,
		Skew: .2, Variation: .3, Killed: 1, Patience: 30, Pending: 5000, Seconds: 40, TurnSize: 128, Seed: 5,
	}
	var err error
	if c.Figures, err = cluster.Measured(); err != nil {
		t.Fatal(err)
	}
	a, b := run(t, c), run(t, c)
	if diff := cmp.Diff(a, b); diff != "" {
		t.Error(diff)
	}
	c.Seed++
	if cmp.Equal(a, run(t, c)) {
		t.Error("the seed changes nothing")
	}
}

// Where one works, its end stops everybody until another is at work; where parts are spread, those of others go on.
func TestAFailureCostsTheSharesOfWhoFailed(t *testing.T) {
	c := cluster.Config{
		Way: cluster.One, Nodes: 4, Cores: 4, Databases: 1, DatabaseCores: 8, Parts: 128, People: 1e6, Events: 2000, Decisions: 0, Peak: 1, BurstTimes: 1,
		Killed: 1, Patience: 60, Pending: 100_000, Seconds: 60, TurnSize: 128, Seed: 1,
	}
	var err error
	if c.Figures, err = cluster.Measured(); err != nil {
		t.Fatal(err)
	}
	one := run(t, c)
	c.Way = cluster.Spread
	spread := run(t, c)
	stopped := func(r *cluster.Report) float64 { return float64(r.Failure.Refused) / (c.Events * r.Failure.Out) }
	if got := stopped(one); got < .95 || got > 1.1 {
		t.Errorf("one at work: %.2f of those who came while it was out were refused, all are to be", got)
	}
	if got := stopped(spread); got < .22 || got > .28 {
		t.Errorf("spread: %.2f of those who came while one of four was out were refused, a quarter is to be", got)
	}
	if one.GivenUp+spread.GivenUp > 0 || one.Failure.Recovered < one.Failure.Out-1 {
		t.Errorf("%d and %d gave up; all was well after %.1f s of %.1f", one.GivenUp, spread.GivenUp, one.Failure.Recovered, one.Failure.Out)
	}
}

// Twice what it can do is more than it can do, and that is said; what is full is what was made small.
func TestWhatIsFullIsTold(t *testing.T) {
	roomy := cluster.Config{
		Way: cluster.Spread, Nodes: 2, Cores: 8, Databases: 2, DatabaseCores: 8, Parts: 128, People: 1e6, Events: 3000, Peak: 1, BurstTimes: 1, Patience: 10, Pending: 20_000,
		Seconds: 20, TurnSize: 128, Seed: 1,
	}
	var err error
	if roomy.Figures, err = cluster.Measured(); err != nil {
		t.Fatal(err)
	}
	if r := run(t, roomy); r.Overloaded || r.Headroom < 1 {
		t.Errorf("%+v", r)
	}
	for want, narrow := range map[string]func(*cluster.Config){
		cluster.Processors: func(c *cluster.Config) { c.Cores, c.Figures.Event.Value = 1, 2000 },
		cluster.Servers:    func(c *cluster.Config) { c.DatabaseCores, c.Figures.Postgres.RowServer.Value = 1, 2000 },
		cluster.Owner:      func(c *cluster.Config) { c.Parts, c.Figures.Postgres.Sync.Value = 2, 200 },
		cluster.Learner: func(c *cluster.Config) {
			c.Events, c.Decisions, c.Figures.Learn.Value = 1, 3000, 400
		},
	} {
		c := roomy
		narrow(&c)
		if r := run(t, c); r.Bottleneck != want || !r.Overloaded {
			t.Errorf("%q is told to be full, and full: %v; it is %q: %+v", r.Bottleneck, r.Overloaded, want, r.Resources)
		}
	}
}

// What is told to be the load that fills it is: a fifth more is too much, a fifth less is not.
func TestTheLoadThatFillsItIsForetold(t *testing.T) {
	f, err := cluster.Measured()
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range []cluster.Config{
		{Way: cluster.Spread, Nodes: 2, Cores: 2, Databases: 1, DatabaseCores: 2, Parts: 16},
		{Way: cluster.Spread, Nodes: 3, Cores: 1, Databases: 2, DatabaseCores: 4, Parts: 32},
		{Way: cluster.One, Nodes: 2, Cores: 2, Databases: 1, DatabaseCores: 8, Parts: 16},
		{Way: cluster.One, Nodes: 1, Cores: 1, Parts: 16},
	} {
		c.People, c.Events, c.Decisions, c.Peak, c.BurstTimes, c.Patience, c.Pending = 1e6, 1000, 200, 1, 1, 60, 1_000_000
		c.Seconds, c.TurnSize, c.Seed, c.Figures = 10, 128, 3, f
		full := run(t, c).Headroom
		c.Events, c.Decisions, c.Seconds = c.Events*full, c.Decisions*full, 40
		less, more := c, c
		less.Events, less.Decisions = .8*c.Events, .8*c.Decisions
		more.Events, more.Decisions = 1.2*c.Events, 1.2*c.Decisions
		if r := run(t, less); r.Overloaded || r.UnderWay > r.Arrived/100 {
			t.Errorf("%d: four fifths of %.0f times the load are too much: %+v", i, full, r.Resources)
		}
		if r := run(t, more); !r.Overloaded {
			t.Errorf("%d: a fifth more than %.0f times the load is not too much: %+v", i, full, r.Resources)
		}
	}
}

func TestBadFiguresAreToldByTheirPlace(t *testing.T) {
	good, err := cluster.Measured()
	if err != nil {
		t.Fatal(err)
	}
	for want, spoil := range map[string]func(*cluster.Figures){
		"/event/unit":                  func(f *cluster.Figures) { f.Event.Unit = "ms" },
		"/postgres/rowServer/value":    func(f *cluster.Figures) { f.Postgres.RowServer.Value = -1 },
		"/pebble/sync/value":           func(f *cluster.Figures) { f.Pebble.Sync.Value = 1e9 },
		"/learn/from":                  func(f *cluster.Figures) { f.Learn.From = "" },
		"/person/on":                   func(f *cluster.Figures) { f.Person.On = "yesterday" },
		"a lease is renewed before it": func(f *cluster.Figures) { f.Renewed.Value = 16 },
	} {
		bad := good
		spoil(&bad)
		body, err := json.Marshal(bad)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := cluster.ReadFigures(body); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	for _, body := range []string{``, `[]`, `{"event": {"value": "many"}}`, `{"elephants": 1}`, strings.Repeat(" ", cluster.MaxFigures+1)} {
		if _, err := cluster.ReadFigures([]byte(body)); err == nil {
			t.Errorf("%.40q is taken", body)
		}
	}
}

func TestAConfigurationThatCannotBeIsRefused(t *testing.T) {
	for want, spoil := range map[string]func(*cluster.Config){
		"way":       func(c *cluster.Config) { c.Way = "both" },
		"nodes":     func(c *cluster.Config) { c.Nodes = 0 },
		"databases": func(c *cluster.Config) { c.Nodes = 2 },
		"parts":     func(c *cluster.Config) { c.Parts = 5000 },
		"events":    func(c *cluster.Config) { c.Events = math.NaN() },
		"peak":      func(c *cluster.Config) { c.Peak = 3 },
		"killed":    func(c *cluster.Config) { c.Killed = 1 },
		"nothing":   func(c *cluster.Config) { c.Events = 0 },
		"seconds":   func(c *cluster.Config) { c.Events, c.Seconds = 1e7, 86_400 },
	} {
		c := plain(t, 10)
		c.Events, c.Seconds = 100, 10
		spoil(&c)
		if _, err := cluster.Run(t.Context(), c, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want something about %s", err, want)
		}
	}
	c := plain(t, 10)
	c.Events, c.Seconds = 100, 10
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := cluster.Run(ctx, c, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("it goes on: %v", err)
	}
}

func FuzzReadFigures(f *testing.F) {
	if good, err := cluster.Measured(); err == nil {
		if body, err := json.Marshal(good); err == nil {
			f.Add(body)
		}
	}
	f.Add([]byte(`{"event": {"value": 1e400, "unit": "µs"}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		read, err := cluster.ReadFigures(body)
		if err != nil {
			return
		}
		back, err := json.Marshal(read)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := cluster.ReadFigures(back); err != nil || again != read {
			t.Fatalf("%v: %s", err, back)
		}
	})
}
