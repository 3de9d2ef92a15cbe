package persona

import (
	"math/rand/v2"
	"time"

	"github.com/aparte-dev/aparte"
)

// MostPeople is how many people types are found among. Of more, so many are drawn by chance.
const MostPeople = 4_000

// Crowd is the people types are found among: of all that were added, a sample in which each is as likely to be (Vitter 1985,
// "Random sampling with a reservoir", algorithm R).
type Crowd struct {
	people []Portrait
	seen   int
	rng    *rand.Rand
	at     Portrait
}

// NewCrowd is nobody yet; seed decides who is drawn.
func NewCrowd(seed uint64) *Crowd { return &Crowd{rng: rand.New(rand.NewPCG(seed, 1))} }

// Add looks at a person; local is the time, in the zone where they are. Leave out who objects to profiling.
func (c *Crowd) Add(person *aparte.Person, local time.Time) {
	c.seen++
	place := len(c.people)
	if place == MostPeople {
		if place = c.rng.IntN(c.seen); place >= MostPeople {
			return
		}
	}
	c.at.Draw(person, local)
	if place == len(c.people) {
		c.people = append(c.people, c.at.clone())
		return
	}
	c.people[place] = c.at.clone()
}

// Seen is how many were added.
func (c *Crowd) Seen() int { return c.seen }
