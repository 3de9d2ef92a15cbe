package aparte

import (
	"fmt"
	"math"
	"slices"
	"strconv"
)

// LookalikeID names a look-alike, the same across versions of the brand.
type LookalikeID string

// Lookalike asks who resembles some people, the seeds. What tells them from everybody else is learned from time to time; rules then know how
// like them somebody is (alike), and an audience may be those who are more so than a share of everybody else.
type Lookalike struct {
	ID   LookalikeID `json:"id"`
	Name Words       `json:"name,omitempty"`

	// Seed is the condition, in the language of rules, that holds for the seeds. It speaks of people, as an audience's, and of no look-alike.
	Seed string `json:"seed"`
	// Value is how much a seed counts, such as person.ltv; empty: all alike.
	Value string `json:"value,omitempty"`
}

// MaxLookalikes bounds the look-alikes of a brand: each is learned by two passes over everybody.
const MaxLookalikes = 8

// LeastExpansion and MostExpansion bound the share of everybody else who can be an audience by their likeness.
const (
	LeastExpansion = 0.01
	MostExpansion  = 0.2
)

// Audience is that of the share of everybody else, in [LeastExpansion, MostExpansion], who are most like the seeds; seeds are not in it. It is a
// threshold of a score: who comes by later is in it where they are above, and so it grows and shrinks until likeness is learned again.
func (l *Lookalike) Audience(share float64) Audience {
	above := strconv.FormatFloat(math.Round(1000*(1-share))/1000, 'f', -1, 64)
	return Audience{ID: AudienceID(l.ID), Name: l.Name, When: fmt.Sprintf("alike[%q] >= %s && !(%s)", l.ID, above, l.Seed)}
}

// Liken is a copy of the brand with a look-alike and its audience, in place of those with its id.
func (b *Brand) Liken(l Lookalike, share float64) *Brand {
	next := *b
	next.Lookalikes = append(slices.DeleteFunc(slices.Clone(b.Lookalikes), func(x Lookalike) bool { return x.ID == l.ID }), l)
	next.Audiences = slices.Clone(b.Audiences)
	a := l.Audience(share)
	if i := slices.IndexFunc(next.Audiences, func(x Audience) bool { return x.ID == a.ID }); i >= 0 {
		a.Entitlements = next.Audiences[i].Entitlements
		next.Audiences[i] = a
	} else {
		next.Audiences = append(next.Audiences, a)
	}
	return &next
}

// Lookalike is the look-alike of an id, and whether there is one.
func (b *Brand) Lookalike(id LookalikeID) (*Lookalike, bool) {
	for i := range b.Lookalikes {
		if b.Lookalikes[i].ID == id {
			return &b.Lookalikes[i], true
		}
	}
	return nil, false
}
