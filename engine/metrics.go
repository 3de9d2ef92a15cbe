package engine

import (
	"errors"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/observe"
)

// asker is by what a decision was asked for.
type asker string

const (
	byDecide   asker = "decide"   // somebody is there and is shown something
	byMoment   asker = "moment"   // the same, by an event that is taken in with it
	byOpen     asker = "open"     // what was sent before is opened
	byScenario asker = "scenario" // a scenario's moment arose; how soon is in Promptness
)

// metrics count how the loop does. No label is personal, and their values are those of the lists below.
type metrics struct {
	took      map[asker]prometheus.Observer // a question, until its answer is composed
	decisions *prometheus.CounterVec
	waited    prometheus.Observer
	committed [2]prometheus.Observer // by whether somebody waited for the disk
	entries   prometheus.Observer
	messages  *prometheus.CounterVec
}

// newMetrics counts for a registry; nil: for nobody.
func newMetrics(r prometheus.Registerer) (*metrics, error) {
	took := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "aparte_decision_seconds", Help: "Time from a question's arrival at the engine until its answer is composed, by what asked.",
		Buckets: []float64{.00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5},
	}, []string{"kind"})
	waited := prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "aparte_queue_wait_seconds", Help: "How long tasks waited for the owner of their part.",
		Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, 1, 5, 30},
	})
	committed := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "aparte_commit_seconds", Help: "Time to commit a part's batch, by whether it was waited for to be durable.",
		Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
	}, []string{"durable"})
	entries := prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "aparte_commit_entries", Help: "Entries of histories in a batch that was committed.",
		Buckets: prometheus.ExponentialBuckets(1, 2, 12),
	})
	m := &metrics{
		took: map[asker]prometheus.Observer{},
		decisions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "aparte_decisions_total", Help: "Decisions taken and kept, by what asked, by whether something is said, and by the main reason.",
		}, []string{"kind", "outcome", "reason"}),
		waited: waited, entries: entries,
		committed: [2]prometheus.Observer{committed.WithLabelValues("false"), committed.WithLabelValues("true")},
		messages: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "aparte_messages_total", Help: "Messages by channel and by what became of an attempt: sent, retried later, given up (a dead letter), withheld.",
		}, []string{"channel", "fate"}),
	}
	for _, kind := range []asker{byDecide, byMoment, byOpen} {
		m.took[kind] = took.WithLabelValues(string(kind))
	}
	if r == nil {
		return m, nil
	}
	var errs []error
	for _, c := range []prometheus.Collector{took, waited, committed, entries, m.decisions, m.messages} {
		errs = append(errs, r.Register(c))
	}
	return m, errors.Join(errs...)
}

// reasons are why something was said or nothing was, as labels have them.
var reasons = [...]aparte.ReasonCode{
	aparte.BestValue, aparte.Explored, aparte.OnlyChoice, aparte.NotWorthIt, aparte.NothingToSay,
	aparte.NoConsent, aparte.Suppressed, aparte.RuleSaidNo, aparte.RuleFailed, aparte.OutOfStock, aparte.AlreadyBought, aparte.OutsideValid,
	aparte.PressureCap, aparte.TooSoon, aparte.SaidInVain, aparte.QuietHours, aparte.InHoldout, aparte.NoItem, aparte.NotReachable,
	aparte.NoSender, aparte.BudgetSpent, aparte.AlreadyKnown, aparte.RatherNot, aparte.OneQuestion, aparte.InStock, aparte.Paused,
	aparte.EnoughWeekly, aparte.KindUnwanted,
}

// mainReason is the one reason that tells most of a decision: in what way it was chosen or, where nothing could be said, what was in the way
// of most of what there might have been.
func mainReason(d *aparte.Decision) aparte.ReasonCode {
	how := aparte.ReasonCode("other")
	for i := range d.Reasons {
		if code := d.Reasons[i].Code; slices.Contains(reasons[:5], code) {
			how = code
			break
		}
	}
	if how != aparte.NothingToSay {
		return how
	}
	var times [len(reasons)]int
	most := slices.Index(reasons[:], aparte.NothingToSay)
	for i := range d.Candidates {
		if at := slices.Index(reasons[:], d.Candidates[i].Excluded); at >= 0 {
			if times[at]++; times[at] > times[most] {
				most = at
			}
		}
	}
	return reasons[most]
}

// decided counts a decision.
func (m *metrics) decided(kind asker, d *aparte.Decision) prometheus.Counter {
	outcome := "spoke"
	if d.Action.Silent() {
		outcome = "silent"
	}
	return m.decisions.WithLabelValues(string(kind), outcome, string(mainReason(d)))
}

// commit counts a batch that was committed.
func (m *metrics) commit(took time.Duration, lazy bool, entries int) {
	durable := 1
	if lazy {
		durable = 0
	}
	m.committed[durable].Observe(took.Seconds())
	m.entries.Observe(float64(entries))
}

// outward are the channels on which messages leave, as labels have them.
var outward = [...]aparte.Channel{aparte.Email, aparte.SMS, aparte.MobilePush, aparte.WebPush, aparte.Human, aparte.Ads, aparte.Webhook}

// message counts what became of a message.
func (m *metrics) message(on aparte.Channel, fate string) {
	if !slices.Contains(outward[:], on) {
		on = "other"
	}
	m.messages.WithLabelValues(string(on), fate).Inc()
}

// fated counts what became of a message, once that is durable.
func (t *turn) fated(on aparte.Channel, fate string) {
	m := t.owner.engine.metrics
	t.afterCommit(func() { m.message(on, fate) })
}

// showTo has a registry show what waits, and how old what was learned is. The engine is open.
func (e *Engine) showTo(r prometheus.Registerer) error {
	if r == nil {
		return nil
	}
	errs := []error{
		observe.Queue(r, "events", e.tasksWaiting),
		observe.Queue(r, "letters", e.lettersWaiting),
		observe.Gauge(r, "aparte_store_parts", "Parts of the store in all.", func() float64 { return float64(e.parts) }),
		observe.Gauge(r, "aparte_parts", "Parts of the store that this node has.", func() float64 {
			n := 0
			for range e.here() {
				n++
			}
			return float64(n)
		}),
		observe.Gauge(r, "aparte_timers_overdue_seconds", "How late the timer is that has been due longest and has not fired; 0: none is.", func() float64 {
			return e.overdue().Seconds()
		}),
		observe.Gauge(r, "aparte_learner_lag_rows", "Rows of the feed that were not learned yet.", func() float64 {
			rows, _ := e.learner.lag()
			return float64(rows)
		}),
		observe.Gauge(r, "aparte_learner_lag_seconds", "How long what the learner has not learned has waited for it; 0: nothing does.", func() float64 {
			_, oldest := e.learner.lag()
			return oldest.Seconds()
		}),
		observe.Gauge(r, "aparte_model_learned_timestamp_seconds", "When the model last took in what was learned, or was restored.", func() float64 {
			return observe.Unix(time.UnixMicro(e.learner.published.Load()))
		}),
		observe.Gauge(r, "aparte_fit_timestamp_seconds", "When what is known of all people together was last found out; 0: never.", func() float64 {
			if fit := e.Fit(); fit != nil {
				return observe.Unix(fit.At)
			}
			return 0
		}),
	}
	for _, on := range outward[:4] {
		errs = append(errs, observe.Queue(r, string(on), func() observe.Waiting { return e.courier.waiting(on) }))
	}
	return errors.Join(errs...)
}

// load is what an owner has in hand: how much, and since when the oldest of it has waited. It is written by the owner and read by anybody.
type load struct {
	n     atomic.Int64
	since atomic.Int64 // microseconds since 1970; 0: nothing
}

func (l *load) set(n int, since time.Time) {
	l.n.Store(int64(n))
	if since.IsZero() {
		l.since.Store(0)
	} else {
		l.since.Store(since.UnixMicro())
	}
}

// age is how long the oldest has waited at a time.
func (l *load) age(now time.Time) time.Duration {
	since := l.since.Load()
	if since == 0 {
		return 0
	}
	return max(now.Sub(time.UnixMicro(since)), 0)
}

// tasksWaiting is what waits for owners, and what they have taken and not done.
func (e *Engine) tasksWaiting() (all observe.Waiting) {
	now := e.now()
	for o := range e.here() {
		first, n := o.queue.peek()
		all.Depth += n + int(o.inHand.n.Load())
		all.Oldest = max(all.Oldest, o.inHand.age(now))
		if n > 0 {
			all.Oldest = max(all.Oldest, now.Sub(first.queued))
		}
	}
	return all
}

// lettersWaiting is what parts have written to others that was not acted upon, durably.
func (e *Engine) lettersWaiting() (all observe.Waiting) {
	now := e.now()
	for o := range e.here() {
		all.Depth += int(o.onTheirWay.n.Load())
		all.Oldest = max(all.Oldest, o.onTheirWay.age(now))
	}
	return all
}

// overdue is how late the timer is that has been due longest.
func (e *Engine) overdue() (late time.Duration) {
	now := e.now()
	for o := range e.here() {
		late = max(late, o.due.age(now))
	}
	return late
}

// posted are an owner's letters that were not acted upon yet, by number, with when they were posted. Numbers grow, so that the oldest
// has the lowest. Only the owner's goroutine touches it.
type posted struct {
	at     map[uint64]time.Time
	lowest uint64
}

// notePosted notes that a letter is on its way.
func (o *owner) notePosted(number uint64) {
	o.posted.add(number, o.engine.now())
	o.onTheirWay.set(len(o.posted.at), o.posted.oldest())
}

// settlePosted notes that a letter was acted upon.
func (o *owner) settlePosted(number uint64) {
	o.posted.settle(number)
	o.onTheirWay.set(len(o.posted.at), o.posted.oldest())
}

func (p *posted) add(number uint64, now time.Time) {
	if p.at == nil {
		p.at = map[uint64]time.Time{}
	}
	if len(p.at) == 0 {
		p.lowest = number
	}
	if _, again := p.at[number]; !again {
		p.at[number] = now
	}
	p.lowest = min(p.lowest, number)
}

// settle forgets a letter.
func (p *posted) settle(number uint64) {
	delete(p.at, number)
	for range len(p.at) {
		if _, waits := p.at[p.lowest]; waits {
			return
		}
		p.lowest++
	}
	if len(p.at) > 0 { // the next is far, as numbers of another epoch are
		p.lowest = slices.Min(slices.Collect(maps.Keys(p.at)))
	}
}

// oldest is when the oldest was posted, zero where there is none.
func (p *posted) oldest() time.Time { return p.at[p.lowest] }
