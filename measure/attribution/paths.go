package attribution

import (
	"errors"
	"fmt"
	"math"
	"strings"
)

// Bounds.
const (
	MaxOrder    = 4
	MaxChannels = 1<<16 - 2 // four of them make a state of 64 bits
	MaxTouches  = 100_000   // of one journey
)

// Credit is what is attributed to a channel.
type Credit struct{ Conversions, Value float64 }

// Journey is what people did who met the same channels in the same order.
type Journey struct {
	Touches   []string // channels, first to last
	Converted float64  // how many of them converted
	Value     float64  // what those conversions were worth in all
	Lost      float64  // how many did not convert
}

// Paths is what journeys add up to. It is not safe for concurrent use.
type Paths struct {
	order    int
	fade     float64 // what a touch counts beside the one after it
	names    []string
	channels map[string]int
	all      Credit
	lost     float64

	first, last, linear, position, decay, shapley []Credit

	steps map[step]float64     // of the chain
	ends  map[state][2]float64 // of the chain: lost, converted
	walk  []int                // of the journey at hand
	seen  []int                // by channel: the journey that met it last
	count int                  // journeys
}

// New has no journeys yet. The chain remembers the last order channels, 1 to MaxOrder. A touch counts half of
// one that is halfLife touches later, by age.
func New(order int, halfLife float64) (*Paths, error) {
	switch {
	case order < 1 || order > MaxOrder:
		return nil, fmt.Errorf("order %d is not from 1 to %d", order, MaxOrder)
	case !(halfLife > 0):
		return nil, fmt.Errorf("a half-life of %g touches is not above 0", halfLife)
	}
	return &Paths{
		order: order, fade: math.Exp2(-1 / halfLife),
		channels: map[string]int{}, steps: map[step]float64{}, ends: map[state][2]float64{},
	}, nil
}

// Channels are the channels met, in the order in which they came.
func (p *Paths) Channels() []string { return p.names }

// Total is all conversions and their value.
func (p *Paths) Total() Credit { return p.all }

// Lost is how many did not convert.
func (p *Paths) Lost() float64 { return p.lost }

// Add takes a journey in. A bad one is an error and changes nothing.
func (p *Paths) Add(j Journey) error {
	switch {
	case len(j.Touches) == 0:
		return errors.New("a journey without channels")
	case len(j.Touches) > MaxTouches:
		return fmt.Errorf("a journey of %d touches, at most %d", len(j.Touches), MaxTouches)
	case !(j.Converted >= 0 && j.Lost >= 0) || math.IsInf(j.Converted+j.Lost+math.Abs(j.Value), 0) || math.IsNaN(j.Value):
		return errors.New("a journey's counts must be finite and not negative")
	case j.Converted == 0 && j.Value != 0:
		return errors.New("a value without conversions")
	}
	fresh := 0
	for _, name := range j.Touches {
		if _, known := p.channels[name]; !known {
			fresh++
		}
	}
	if len(p.names)+fresh > MaxChannels {
		return fmt.Errorf("more than %d channels", MaxChannels)
	}
	p.walk = p.walk[:0]
	for _, name := range j.Touches {
		p.walk = append(p.walk, p.number(name))
	}
	p.all.add(1, Credit{j.Converted, j.Value})
	p.lost += j.Lost
	p.count++
	p.share(Credit{j.Converted, j.Value})
	p.step(j.Converted, j.Lost)
	return nil
}

// number is that of a channel.
func (p *Paths) number(name string) int {
	n, known := p.channels[name]
	if !known {
		n = len(p.names)
		name = strings.Clone(name) // it may be part of something larger
		p.channels[name] = n
		p.names = append(p.names, name)
		for _, credits := range []*[]Credit{&p.first, &p.last, &p.linear, &p.position, &p.decay, &p.shapley} {
			*credits = append(*credits, Credit{})
		}
		p.seen = append(p.seen, 0)
	}
	return n
}

// share gives each channel of the walk its share of what the walk brought.
func (p *Paths) share(brought Credit) {
	if brought == (Credit{}) {
		return
	}
	n, different := len(p.walk), 0
	weights := (1 - math.Pow(p.fade, float64(n))) / (1 - p.fade)
	weight := 1.0 // of the last touch by age
	for i := n - 1; i >= 0; i-- {
		channel := p.walk[i]
		p.linear[channel].add(1/float64(n), brought)
		p.position[channel].add(byPosition(i, n), brought)
		p.decay[channel].add(weight/weights, brought)
		weight *= p.fade
		if p.seen[channel] != p.count {
			p.seen[channel] = p.count
			different++
		}
	}
	p.first[p.walk[0]].add(1, brought)
	p.last[p.walk[n-1]].add(1, brought)
	for _, channel := range p.walk {
		if p.seen[channel] == p.count {
			p.seen[channel] = 0
			p.shapley[channel].add(1/float64(different), brought)
		}
	}
}

// byPosition is the share of touch i of n: 40 % for the first, 40 % for the last, the rest for those between.
func byPosition(i, n int) float64 {
	switch {
	case n == 1:
		return 1
	case n == 2:
		return 0.5
	case i == 0 || i == n-1:
		return 0.4
	}
	return 0.2 / float64(n-2)
}

func (c *Credit) add(share float64, of Credit) {
	c.Conversions += share * of.Conversions
	c.Value += share * of.Value
}

// First gives each conversion to the first channel met. Credits are by channel, in the order of Channels.
func (p *Paths) First() []Credit { return p.first }

// Last gives each conversion to the last channel met.
func (p *Paths) Last() []Credit { return p.last }

// Linear gives each touch the same share.
func (p *Paths) Linear() []Credit { return p.linear }

// Position gives 40 % to the first touch, 40 % to the last, and 20 % to those between.
func (p *Paths) Position() []Credit { return p.position }

// TimeDecay gives each touch a share that halves with its age, in touches.
func (p *Paths) TimeDecay() []Credit { return p.decay }

// Shapley gives each channel Shapley's value (1953, "A value for n-person games") of the game in which channels
// together are worth the conversions of journeys that met no others. That game is the sum of one unanimity game
// a journey, whose value is even among the channels met, and the value of a sum is the sum of the values: it is
// exact for any number of channels, where going through all coalitions ends at some twelve.
func (p *Paths) Shapley() []Credit { return p.shapley }
