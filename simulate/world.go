package simulate

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"
)

// Config is a world. The zero value of each field has a default.
type Config struct {
	Seed   uint64
	People int // 0: 2,000
	Most   int // letters to one person within a week, a hard cap for every policy; 0: 2
}

// DefaultPeople and DefaultMost are what Config's zeros stand for.
const (
	DefaultPeople = 2_000
	DefaultMost   = 2

	capDays = 7
)

// World is where policies are compared. It holds nothing of a run: every run begins with the same people. It
// is not safe for concurrent use.
type World struct {
	Config
	stream stream
	oracle *Oracle
	blunt  bool // regret is not asked for
}

// New is the world of a configuration.
func New(c Config) *World {
	c.People, c.Most = cmp.Or(c.People, DefaultPeople), cmp.Or(c.Most, DefaultMost)
	return &World{Config: c, stream: stream(mix(c.Seed)), oracle: &Oracle{plans: map[life]*plan{}}}
}

// Policy chooses what to say. It is told what can be seen of the people, in the order in which it happens.
type Policy interface {
	Name() string
	// Meet brings the people in, before the first day.
	Meet(ctx context.Context, people []Stranger) error
	// Dawn begins a day.
	Dawn(ctx context.Context, day int) error
	// Choose is asked at every moment. It must not choose a letter where the moment does not allow one.
	Choose(ctx context.Context, m *Moment) (Action, error)
	// Shown tells what became of the letter that was chosen.
	Shown(ctx context.Context, m *Moment, a Action, clicked, left bool) error
	// Ordered tells of an order.
	Ordered(ctx context.Context, o *Order) error
}

// Moment is an occasion to write to somebody. What policies may see is exported.
type Moment struct {
	Day     int
	At      time.Time
	Person  Stranger
	Looked  int  // the topic that the person looked at just before
	Allowed bool // a letter may be sent: they are subscribed, and no cap is reached
	Last    int  // days since the last letter; very many where there was none

	person  *person
	missing float64
	stream  stream
	sub     bool
}

// Stranger is what can be seen of a person.
type Stranger struct {
	Index  int
	Mobile bool
	French bool
	Orders int // before the world begins
	Since  int // days since the last of these
	Likes  int // the topic that their past looks were about
}

func (p *person) stranger() Stranger {
	return Stranger{Index: p.index, Mobile: p.mobile, French: p.french, Orders: p.orders, Since: p.since, Likes: p.seen}
}

// Order is something bought. Amounts are in minor units, before the discount.
type Order struct {
	At       time.Time
	Person   Stranger
	Number   int
	Topic    int
	Amount   int64
	Discount int64
}

func (o *Order) margin() float64 { return margin*float64(o.Amount) - float64(o.Discount) }

// epoch is the first day of every world.
var epoch = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)

const day = 24 * time.Hour

// Dawn is when a day of the world begins.
func Dawn(n int) time.Time { return epoch.Add(time.Duration(n) * day) }

// Run lets a policy speak to the people until it is told that it was long enough: until is asked at the
// end of each day.
func (w *World) Run(ctx context.Context, policy Policy, until func(t *Tally) bool) (*Tally, error) {
	r := &run{World: w, policy: policy, tally: newTally(policy.Name(), w.People)}
	strangers := make([]Stranger, w.People)
	for i := range w.People {
		p := newPerson(w.stream.at(uint64(i), wKind), i)
		r.people, strangers[i] = append(r.people, p), p.stranger()
	}
	if err := policy.Meet(ctx, strangers); err != nil {
		return nil, fmt.Errorf("%s: meet people: %w", policy.Name(), err)
	}
	for r.day = 0; ; r.day++ {
		if err := r.live(ctx); err != nil {
			return nil, fmt.Errorf("%s, day %d: %w", policy.Name(), r.day, err)
		}
		if until(r.tally) {
			return r.tally, nil
		}
	}
}

// run is one policy's life in the world.
type run struct {
	*World
	policy  Policy
	people  []*person
	day     int
	pending []Order // not placed yet
	orders  int
	tally   *Tally
}

// live is one day: lives change, orders come in, moments arise, in the order of the clock.
func (r *run) live(ctx context.Context) error {
	r.tally.dawn()
	if err := r.policy.Dawn(ctx, r.day); err != nil {
		return fmt.Errorf("dawn: %w", err)
	}
	var moments []*Moment
	for _, p := range r.people {
		s := r.stream.at(uint64(p.index), wKind).at(uint64(r.day), wReturn)
		if s.unit(wLife) < lifeEvents {
			p.lives++
			p.taste(r.stream.at(uint64(p.index), wKind))
		}
		if r.day-p.last >= returnsAfter && s.unit(wReturn) < returns*(1-p.worn(r.day)) {
			moments = append(moments, r.moment(p, s))
		}
	}
	slices.SortStableFunc(moments, func(a, b *Moment) int { return a.At.Compare(b.At) })
	for _, m := range moments {
		if err := r.orderUntil(ctx, m.At); err != nil {
			return err
		}
		if err := r.meet(ctx, m); err != nil {
			return err
		}
	}
	return r.orderUntil(ctx, Dawn(r.day+1))
}

func (r *run) moment(p *person, s stream) *Moment {
	m := &Moment{
		Day: r.day, At: Dawn(r.day).Add(9*time.Hour + time.Duration(p.index)*10*time.Hour/time.Duration(r.People)),
		Person: p.stranger(), Last: math.MaxInt32, person: p, missing: p.worn(r.day), stream: s, sub: p.subscribed,
	}
	if n := len(p.letters); n > 0 {
		m.Last = r.day - p.letters[n-1]
	}
	lately := 0
	for _, d := range p.letters {
		if r.day-d < capDays {
			lately++
		}
	}
	m.Allowed = p.subscribed && lately < r.Most
	u := s.unit(wLook)
	for _, like := range p.likes {
		u -= like / sum(p.likes[:])
		if u < 0 {
			break
		}
		m.Looked++
	}
	m.Looked = min(m.Looked, len(topics)-1)
	p.seen = m.Looked
	return m
}

func sum(xs []float64) (total float64) {
	for _, x := range xs {
		total += x
	}
	return total
}

// orderUntil places the orders that come in before a time.
func (r *run) orderUntil(ctx context.Context, at time.Time) error {
	for len(r.pending) > 0 && r.pending[0].At.Before(at) {
		o := r.pending[0]
		r.pending = r.pending[1:]
		r.tally.ordered(&o)
		if err := r.policy.Ordered(ctx, &o); err != nil {
			return fmt.Errorf("order %d: %w", o.Number, err)
		}
	}
	return nil
}

// meet is one moment: the choice, and what follows.
func (r *run) meet(ctx context.Context, m *Moment) error {
	p := m.person
	a, err := r.policy.Choose(ctx, m)
	if err != nil {
		return fmt.Errorf("choose: %w", err)
	}
	if a != Silence && !m.Allowed {
		return fmt.Errorf("person %d was written to against their will or a cap", p.index)
	}
	if r.blunt {
		r.tally.chose(m, a, nil)
	} else {
		r.tally.chose(m, a, r.oracle)
	}
	p.last = r.day
	p.moments++
	r.follow(m, a)
	if a == Silence {
		return nil
	}
	clicked, left := m.stream.unit(wClick) < p.clicks(a), m.stream.unit(wLeave) < p.leaves(a, m.missing)
	p.missing, p.missingAt = p.after(a, m.missing), r.day
	p.letters = append(p.letters[max(0, len(p.letters)-capDays):], r.day)
	if left {
		p.subscribed = false
		r.tally.left()
	}
	if err := r.policy.Shown(ctx, m, a, clicked, left); err != nil {
		return fmt.Errorf("show: %w", err)
	}
	return nil
}

// follow draws the order that a moment leads to, if it does.
func (r *run) follow(m *Moment, a Action) {
	p, s := m.person, m.stream
	if s.unit(wOrder) >= p.orderChance(a, m.missing, season(r.day)) {
		return
	}
	r.orders++
	amount := p.basket * math.Exp(spread*s.normal(wAmount)-spread*spread/2)
	delay := min(-math.Log(1-s.unit(wDelay)), windowDays-.2) // days
	o := Order{
		At:     m.At.Add(time.Duration(delay*float64(day)) + time.Minute).Truncate(time.Second),
		Person: m.Person, Number: r.orders, Topic: m.Looked, Amount: int64(amount) + 1,
	}
	if a == Offer {
		o.Discount = int64(discount * amount)
	}
	i, _ := slices.BinarySearchFunc(r.pending, o, func(a, b Order) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Person.Index, b.Person.Index))
	})
	r.pending = slices.Insert(r.pending, i, o)
}
