//go:build linux

package bench_test

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/bench"
	"github.com/aparte-dev/aparte/compose"
	"github.com/aparte-dev/aparte/demo/brand"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store/pebble"
)

// What BenchmarkGrowth makes of a number of people.
const (
	eventsEach   = 20      // of every person, in visits
	eventsInTurn = 5       // of a visit, one after the other, while others come, too
	visitorsWith = 100     // visits under way of each caller; a request has an event of each
	callers      = 32      // at a time
	counted      = 200_000 // events of which the cost is told, once everybody is there
	hourly       = 50_000  // of these, in an hour: of as many people as there are at the smallest size
	growthMemory = 1024    // MB that it is told to stay within, at every size
)

// BenchmarkGrowth says what an event costs, what memory and disk are taken and how long opening takes as people grow ten-fold: 10,000, 100,000 and so
// on, up to APARTE_BENCH_PEOPLE (100,000 where it is not set). Each has 20 events in visits of five: 3,200 visits are under way at a time, and no
// request has two events of one person. They come in through the engine, in this process. The cost of an event is taken of all of these, and then twice more, as processor time
// with all that goes on behind it but for the fit, which is made once a day and told for itself: a week later of 200,000 events of further visits, and of as many of which each is of somebody else, whoever it be.
// Whenever everybody has come once, and of these after each 10,000 visits, an hour passes at once: what falls due after a visit is of its cost, and is as much at every size. Then
// `aparte serve` opens what was made, in a process of its own, after an orderly end and after kill -9, and is asked for decisions at half of what it can.
// Last it is backed up, verified, and built anew from its events.
func BenchmarkGrowth(b *testing.B) {
	asServe()
	defer debug.SetMemoryLimit(debug.SetMemoryLimit((growthMemory - 48) << 20))
	most := 100_000
	if given := os.Getenv("APARTE_BENCH_PEOPLE"); given != "" {
		var err error
		if most, err = strconv.Atoi(given); err != nil || most < 10_000 || most > 100_000_000 {
			b.Fatalf("APARTE_BENCH_PEOPLE=%s: want 10000 to 100000000", given)
		}
	}
	product := program(b)
	var first *grown
	for many := 10_000; many <= most; many *= 10 {
		b.Run(fmt.Sprintf("people=%d", many), func(b *testing.B) {
			for range b.N {
				g := grow(b, many)
				g.serve(b, product)
				g.keep(b, product)
				if first == nil {
					first = g
				}
				b.ReportMetric(first.coming, "cpu-µs/event-coming-first")
				b.ReportMetric(first.visits, "cpu-µs/event-first")
				b.ReportMetric(first.strangers, "cpu-µs/event-strangers-first")
			}
		})
	}
}

// grown is a directory with people in it, and what an event cost when they were there.
type grown struct {
	people                    int
	dir                       string
	coming, visits, strangers float64 // processor time of an event, in microseconds
}

// grow makes people who have visited.
func grow(b *testing.B, people int) *grown {
	b.Helper()
	must := func(err error) {
		if err != nil {
			b.Helper()
			b.Fatal(err)
		}
	}
	g := &grown{people: people, dir: b.TempDir()}
	const limit = (growthMemory - 48) << 20 // divided as serve divides it
	s, err := pebble.Open(g.dir, pebble.Options{CacheSize: limit / 8, MemTableSize: 64 << 20})
	must(err)
	composer, err := compose.New(brand.Assets())
	must(err)
	c := newCrowd(b, people)
	e, err := engine.Open(b.Context(), engine.Config{Store: s, Composer: composer, BaseURL: "http://127.0.0.1", CachedPeople: limit / 10 / (7 << 10), CachedBytes: limit / 5, Now: c.now, Metrics: c.metrics})
	must(err)
	furnished, err := brand.Brand()
	must(err)
	_, err = e.Publish(b.Context(), furnished)
	must(err)
	must(e.Furnished(b.Context()))

	c.engine = e
	c.send(1000, c.visitors)
	for range 12 { // each is made after twice as long as the one before: none comes between
		_, err := e.Refit(b.Context())
		must(err)
	}
	var took time.Duration
	g.coming, took = c.live(people*eventsEach, people*eventsInTurn, c.visitors)
	b.ReportMetric(float64(people*eventsEach)/took.Seconds(), "events/s")
	c.pass(7 * 24) // what everybody's coming leads to later is no cost of the visits that follow
	_, err = e.Refit(b.Context())
	must(err)
	g.visits, _ = c.live(counted, hourly, c.visitors)
	g.strangers, _ = c.live(counted, hourly, c.strangers)
	b.ReportMetric(g.coming, "cpu-µs/event-coming")
	b.ReportMetric(g.visits, "cpu-µs/event")
	b.ReportMetric(g.strangers, "cpu-µs/event-strangers")
	b.ReportMetric(residentMB(b, os.Getpid()), "made-MB")
	began, before := time.Now(), spent(b)
	_, err = e.Refit(b.Context())
	must(err)
	b.ReportMetric(time.Since(began).Seconds(), "s-to-fit")
	b.ReportMetric((spent(b) - before).Seconds(), "cpu-s-to-fit")
	must(e.Close())
	must(s.Close())
	b.ReportMetric(sizeOf(b, g.dir)/1e6, "disk-MB")
	return g
}

// serve opens what was made, and asks for decisions.
func (g *grown) serve(b *testing.B, product built) {
	b.Helper()
	open := func() (*served, float64) {
		began := time.Now()
		s := product.start(b, g.dir, "--memory", strconv.Itoa(growthMemory))
		return s, time.Since(began).Seconds()
	}
	s, took := open()
	b.ReportMetric(took, "s-to-open")
	load := bench.Load{Addr: s.addr, Connections: callers, Request: func(i int64) []byte {
		return request("POST", "/v1/batch", batch(int(i), 100, g.people))
	}}
	before := s.spent(b)
	if r, err := load.Run(counted / 100); err != nil || r.Errors > 0 {
		b.Fatalf("%v, %d refused", err, r.Errors)
	}
	b.ReportMetric(float64((s.spent(b)-before).Microseconds())/counted, "cpu-µs/event-served")
	decisions := bench.Load{Addr: s.addr, Connections: 4, Request: func(i int64) []byte {
		return request("POST", "/v1/decide", decideBody(int(i*prime)%g.people))
	}}
	const asked = 20_000
	before = s.spent(b)
	r, err := decisions.Run(asked)
	if err != nil || r.Errors > 0 {
		b.Fatalf("%v, %d refused", err, r.Errors)
	}
	b.ReportMetric(float64((s.spent(b)-before).Microseconds())/asked, "cpu-µs/decision")
	b.ReportMetric(r.PerSecond(), "decisions/s")
	b.ReportMetric(float64(r.Quantile(0.5).Microseconds())/1000, "p50-ms-decide")
	b.ReportMetric(float64(r.Quantile(0.99).Microseconds())/1000, "p99-ms-decide")
	b.ReportMetric(residentMB(b, s.cmd.Process.Pid), "served-MB")
	if err := s.cmd.Process.Kill(); err != nil {
		b.Fatal(err)
	}
	_ = s.cmd.Wait() // it was killed
	s, took = open()
	b.ReportMetric(took, "s-to-open-killed")
	s.stop(b)
}

// keep takes care of what was made, by the commands that there are for it, and tells how long each takes.
func (g *grown) keep(b *testing.B, product built) {
	b.Helper()
	to := b.TempDir()
	for _, c := range []struct {
		name string
		args []string
	}{
		{"back-up", []string{"backup", "--data", g.dir, "--to", filepath.Join(to, "backup")}},
		{"verify", []string{"verify", "--data", g.dir}},
		{"rebuild", []string{"rebuild", "--data", g.dir, "--into", filepath.Join(to, "rebuilt")}},
	} {
		cmd := exec.CommandContext(b.Context(), filepath.Join(product.dir, "aparte"), c.args...)
		began := time.Now()
		if said, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("aparte %s: %v\n%s", c.name, err, said)
		}
		b.ReportMetric(time.Since(began).Seconds(), "s-to-"+c.name)
	}
}

// spent is the processor time that the server has taken so far.
func (s *served) spent(b *testing.B) time.Duration {
	b.Helper()
	p, is := bench.ProcessOf(s.cmd.Process.Pid)
	if !is {
		b.Fatal("the system does not tell the processor time")
	}
	return p.Own
}

// crowd sends events of people to an engine.
type crowd struct {
	b       *testing.B
	engine  *engine.Engine
	metrics *prometheus.Registry // the engine's
	people  uint64
	pages   []aparte.Event // what may be looked at
	visits  atomic.Uint64  // begun
	sent    atomic.Uint64
	passed  atomic.Int64 // hours that the clock is ahead
}

const prime = 6_700_417 // divides no number of people: multiples of it come to everybody in turn, in an order of their own

func newCrowd(b *testing.B, people int) *crowd {
	c := &crowd{b: b, people: uint64(people), metrics: prometheus.NewRegistry()}
	for n := range 500 {
		c.pages = append(c.pages, aparte.Event{
			Type: aparte.Track, Name: names[n%len(names)], Source: "bench",
			Properties: fmt.Appendf(nil, `{"product_id":"%d","sku":"%[1]d","category":"category-%d","name":"A thing that somebody may like","brand":"House","price":%d.95,"quantity":1,"currency":"GBP","position":3,"url":"https://shop.example/item/%[1]d","image_url":"https://shop.example/item/%[1]d.jpg"}`, n, n%12, 1+n%90),
			Context:    fmt.Appendf(nil, `{"library":{"name":"@segment/analytics-node","version":"3.1.0"},"locale":"en-GB","timezone":"Europe/London","ip":"127.0.0.1","userAgent":"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36","page":{"path":"/item/%d","referrer":"https://shop.example/","search":"","title":"A thing","url":"https://shop.example/item/%[1]d"}}`, n),
		})
	}
	return c
}

func (c *crowd) now() time.Time {
	return time.Now().UTC().Add(time.Duration(c.passed.Load()) * time.Hour)
}

// live sends events, with an hour after each so many, and says what one costs in microseconds of processor time, with what follows
// from it within the hour, and how long sending took.
func (c *crowd) live(events, each int, come func(*rand.Rand) func(i int) uint64) (cost float64, took time.Duration) {
	before := spent(c.b)
	for range events / each {
		began := time.Now()
		c.send(each, come)
		took += time.Since(began)
		c.pass(1)
	}
	return float64((spent(c.b) - before).Microseconds()) / float64(events), took
}

// pass lets hours pass at once, and waits until what fell due is done.
func (c *crowd) pass(hours int64) {
	c.b.Helper()
	c.passed.Add(hours)
	for quiet := 0; quiet < 3; { // a timer may set another, which is due at once
		time.Sleep(100 * time.Millisecond)
		if quiet++; c.overdue() > 1 {
			quiet = 0
		}
	}
}

// overdue is for how many seconds the timer has been due that has longest.
func (c *crowd) overdue() float64 {
	c.b.Helper()
	all, err := c.metrics.Gather()
	if err != nil {
		c.b.Fatal(err)
	}
	for _, family := range all {
		if family.GetName() == "aparte_timers_overdue_seconds" {
			return family.GetMetric()[0].GetGauge().GetValue()
		}
	}
	c.b.Fatal("the engine does not tell how late its timers are")
	return 0
}

// send has callers send so many events in requests of 100, each the next when the one before is durable.
func (c *crowd) send(events int, come func(*rand.Rand) func(i int) uint64) {
	c.b.Helper()
	var left atomic.Int64
	left.Store(int64(events / visitorsWith))
	var all errgroup.Group
	for range callers {
		draw := rand.New(rand.NewPCG(1, c.sent.Add(1)))
		all.Go(func() error {
			person, request := come(draw), make([]aparte.Event, visitorsWith)
			for left.Add(-1) >= 0 {
				for i := range request {
					e := c.pages[draw.IntN(len(c.pages))]
					e.MessageID = aparte.MessageID("growth-" + strconv.FormatUint(c.sent.Add(1), 36))
					e.UserID, e.ReceivedAt = "user-"+strconv.FormatUint(person(i), 10), c.now()
					e.Timestamp, e.OriginalTimestamp, e.SentAt = e.ReceivedAt, e.ReceivedAt, e.ReceivedAt
					request[i] = e
				}
				if err := c.engine.Accept(c.b.Context(), request); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := all.Wait(); err != nil {
		c.b.Fatal(err)
	}
}

// visitors are people on a visit each. Everybody comes as often.
func (c *crowd) visitors(draw *rand.Rand) func(i int) uint64 {
	var who [visitorsWith]uint64
	var left [visitorsWith]int
	begun := false
	return func(i int) uint64 {
		if left[i] == 0 {
			who[i], left[i] = c.visits.Add(1)*prime%c.people, eventsInTurn
			if !begun { // visits do not all end at once
				left[i] = 1 + draw.IntN(eventsInTurn)
			}
		}
		begun = begun || i == visitorsWith-1
		left[i]--
		return who[i]
	}
}

// strangers are whoever comes along.
func (c *crowd) strangers(draw *rand.Rand) func(i int) uint64 {
	return func(int) uint64 { return draw.Uint64N(c.people) }
}

// sizeOf is how many bytes a directory's files have.
func sizeOf(b *testing.B, dir string) (sum float64) {
	b.Helper()
	if err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			sum += float64(info.Size())
		}
		return err
	}); err != nil {
		b.Fatal(err)
	}
	return sum
}
