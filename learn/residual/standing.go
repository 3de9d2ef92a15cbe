package residual

import (
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
)

// Standing is what people are still expected to bring all together. It is not safe for concurrent use.
type Standing struct {
	Customers Group `json:"customers"`
	Prospects Group `json:"prospects"` // who never ordered
	Untold    int   `json:"untold"`    // of whom nothing can be said

	room int
}

// Group sums up people of whom something can be said.
type Group struct {
	People int       `json:"people"`
	Alive  float64   `json:"alive"`            // how many are expected to be customers still
	Orders float64   `json:"orders,omitempty"` // how many all of them will place within the horizon
	Value  float64   `json:"value"`            // what all of them will bring, in minor units
	From   float64   `json:"from"`             // what somebody of the tenth who will bring most brings at least
	Tenths []float64 `json:"tenths,omitempty"` // a person's mean, of the tenth who will bring least first; of as many as were kept

	values []float64
}

// Room lets so many people in from here on whose values are kept for the tenths.
func (s *Standing) Room(n int) { s.room = n }

// Add takes somebody in, of whom a model tells.
func (s *Standing) Add(m *Model, p *aparte.Person, at time.Time) (aparte.Residual, bool) {
	r, ok := m.Of(p, at)
	if !ok {
		s.Untold++
		return r, false
	}
	g := &s.Customers
	if p.Orders.Count == 0 {
		g = &s.Prospects
	}
	g.People++
	g.Alive, g.Orders, g.Value = g.Alive+r.Alive, g.Orders+r.Orders, g.Value+r.Value
	if s.room > 0 {
		s.room--
		g.values = append(g.values, r.Value)
	}
	return r, true
}

// Close works out the tenths.
func (s *Standing) Close() {
	for _, g := range []*Group{&s.Customers, &s.Prospects} {
		slices.Sort(g.values)
		const parts = 10
		if len(g.values) < parts {
			continue
		}
		g.From = g.values[(parts-1)*len(g.values)/parts]
		for i := range parts {
			tenth := g.values[i*len(g.values)/parts : (i+1)*len(g.values)/parts]
			sum := 0.0
			for _, v := range tenth {
				sum += v
			}
			g.Tenths = append(g.Tenths, sum/float64(len(tenth)))
		}
		g.values = nil
	}
}
