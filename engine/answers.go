package engine

import (
	"cmp"
	"slices"

	"github.com/aparte-dev/aparte"
)

// AnswersTo is how many people said yes and no to a purpose on a channel. Who said nothing of it is in neither.
type AnswersTo struct {
	Purpose aparte.Purpose `json:"purpose"`
	Channel aparte.Channel `json:"channel,omitempty"` // empty: on all channels
	Yes     int            `json:"yes"`
	No      int            `json:"no"`
}

// answerTally counts answers.
type answerTally map[[2]string]*AnswersTo

func (t answerTally) add(p *aparte.Person) {
	for i := range p.Consents {
		c := &p.Consents[i]
		key := [2]string{string(c.Purpose), string(c.Channel)}
		one := t[key]
		if one == nil {
			one = &AnswersTo{Purpose: c.Purpose, Channel: c.Channel}
			t[key] = one
		}
		if c.Granted {
			one.Yes++
		} else {
			one.No++
		}
	}
}

// told are the answers by purpose, then channel.
func (t answerTally) told() (all []AnswersTo) {
	for _, one := range t {
		all = append(all, *one)
	}
	slices.SortFunc(all, func(a, b AnswersTo) int {
		return cmp.Or(cmp.Compare(a.Purpose, b.Purpose), cmp.Compare(a.Channel, b.Channel))
	})
	return all
}
