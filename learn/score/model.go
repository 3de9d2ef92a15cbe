package score

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/learn"
)

// Model foretells with which probability a person reaches an objective. It is immutable and safe for concurrent use.
type Model struct {
	Intercept float64  `json:"intercept"` // log odds of somebody who is usual in everything
	Columns   []Column `json:"columns"`   // those of behaviour, then those of traits by name
}

// Column is one thing that counts: Weight is what one more of it adds to the log odds. It is a behaviour, or else a trait
// that is a number, or has a text.
type Column struct {
	Behaviour string  `json:"behaviour,omitempty"`
	Trait     string  `json:"trait,omitempty"`
	Text      string  `json:"text,omitempty"`
	Number    bool    `json:"number,omitempty"`
	Usual     float64 `json:"usual"`  // its mean among the people it was learned from
	Spread    float64 `json:"spread"` // its standard deviation there
	Weight    float64 `json:"weight"`

	at int // among behaviours
}

// farthest is how many standard deviations a number may be off what is usual: what is farther counts as this.
const farthest = 3

func (c *Column) ofTrait() bool { return c.Behaviour == "" }

// raw is the column's value, and whether anything is known of it.
func (c *Column) raw(s *Sight) (float64, bool) {
	if !c.ofTrait() {
		return s.Behaviour[c.at], true
	}
	x, says, _ := c.trait(s.Traits)
	return x, says
}

// trait is what a column of a trait says of these, and of a text that is not known, that it is another.
func (c *Column) trait(traits []aparte.Trait) (value float64, says bool, rest []aparte.Trait) {
	l := level{c.Trait, c.Text, c.Number}
	value, says, rest = l.in(traits)
	return value, says || !c.Number, rest
}

// off is how far a column is off what is usual.
func (c *Column) off(s *Sight) float64 { return c.beyond(c.raw(s)) }

// beyond is how far a value is off what is usual; of a number that is not known, not at all.
func (c *Column) beyond(x float64, says bool) float64 {
	switch off := x - c.Usual; {
	case !says:
		return 0
	case c.Number:
		return min(farthest*c.Spread, max(-farthest*c.Spread, off))
	default:
		return off
	}
}

// Weighs is what the column makes of people's differences: what one standard deviation adds to the log odds.
func (c *Column) Weighs() float64 { return c.Weight * c.Spread }

// Weightiest are the columns by how much they make of people's differences, the most first.
func (m *Model) Weightiest() []Column {
	all := slices.Clone(m.Columns)
	slices.SortStableFunc(all, func(a, b Column) int { return cmp.Compare(math.Abs(b.Weighs()), math.Abs(a.Weighs())) })
	return all
}

// Words are what the column is called.
func (c *Column) Words() aparte.Words {
	switch {
	case !c.ofTrait():
		return aparte.Words{"en": behaviours[c.at].en, "fr": behaviours[c.at].fr}
	case c.Number:
		return aparte.Words{"en": c.Trait, "fr": c.Trait}
	}
	return aparte.Words{"en": c.Trait + ": " + c.Text, "fr": c.Trait + " : " + c.Text}
}

func (m *Model) odds(s *Sight) float64 {
	z := m.Intercept
	for i := range m.Columns {
		z += float64(m.Columns[i].Weight * m.Columns[i].off(s))
	}
	return z
}

// Foresee is the probability that who was seen so reaches the objective within the horizon from then on.
func (m *Model) Foresee(s *Sight) float64 { return learn.Logistic(m.odds(s)) }

// Chance is the probability that a person reaches the objective within the horizon from a time on. Its arguments are
// those of See.
func (m *Model) Chance(p *aparte.Person, at time.Time, maturity float64, horizon time.Duration) float64 {
	l := looking{p: p, now: at, maturity: maturity, horizon: horizon}
	z, traits := m.Intercept, p.Traits
	for i := range m.Columns {
		c, x, says := &m.Columns[i], 0.0, true
		if c.ofTrait() {
			x, says, traits = c.trait(traits)
		} else {
			x = behaviours[c.at].of(&l)
		}
		z += float64(c.Weight * c.beyond(x, says))
	}
	return learn.Logistic(z)
}

// Reason is what one thing adds to somebody's log odds.
type Reason struct {
	Column string
	Words  aparte.Words
	Adds   float64
}

// Reasons are what sets a person apart from those who are usual in everything, what weighs most first. Of what somebody
// is not, such as of another country, nothing is told.
func (m *Model) Reasons(p *aparte.Person, at time.Time, maturity float64, horizon time.Duration) []Reason {
	s := See(p, at, maturity, horizon)
	var all []Reason
	for i := range m.Columns {
		c := &m.Columns[i]
		if x, says := c.raw(&s); !says || c.ofTrait() && !c.Number && x == 0 {
			continue
		}
		if adds := float64(c.Weight * c.off(&s)); adds != 0 {
			all = append(all, Reason{c.Name(), c.Words(), adds})
		}
	}
	slices.SortStableFunc(all, func(a, b Reason) int { return cmp.Compare(math.Abs(b.Adds), math.Abs(a.Adds)) })
	return all
}

// Name is what the column is: a behaviour, a trait, or a trait and its text.
func (c *Column) Name() string {
	switch {
	case !c.ofTrait():
		return c.Behaviour
	case c.Number:
		return c.Trait
	}
	return c.Trait + "=" + c.Text
}

// UnmarshalJSON reads a model. One that knows of things this version does not is an error.
func (m *Model) UnmarshalJSON(b []byte) error {
	type plain Model
	var p plain
	if err := json.Unmarshal(b, &p); err != nil {
		return fmt.Errorf("score: %w", err)
	}
	for i := range p.Columns {
		c := &p.Columns[i]
		c.at = -1
		if c.ofTrait() {
			if i > 0 && p.Columns[i-1].Trait > c.Trait {
				return fmt.Errorf("score: trait %q is out of order", c.Trait)
			}
			continue
		}
		if i > 0 && p.Columns[i-1].ofTrait() {
			return fmt.Errorf("score: behaviour %q comes after traits", c.Behaviour)
		}
		if c.at = slices.IndexFunc(behaviours, func(b behaviour) bool { return b.name == c.Behaviour }); c.at < 0 {
			return fmt.Errorf("score: %q is no behaviour that this version knows", c.Behaviour)
		}
	}
	*m = Model(p)
	return nil
}
