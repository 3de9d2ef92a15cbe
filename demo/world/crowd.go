package world

import (
	"fmt"
	"math/rand/v2"
	"sync"

	"github.com/aparte-dev/aparte/demo/history"
)

// person is a visitor, with what they remember.
type person struct {
	mu sync.Mutex // one visit at a time

	userID      string // empty until they have an account
	anonymousID string
	email       string
	locale      string
	zone        string
	country     string
	device      string
	taste       taste

	orders   int
	basket   []line
	lastItem string
	seen     map[string]float64 // how often each content was seen lately
	mails    int                // of the inbox, how many were looked at
}

// forget lets half of what was seen before fade. It is done once a visit.
func (p *person) forget() {
	for content := range p.seen {
		p.seen[content] /= 2
	}
}

// line is an item in a basket.
type line struct {
	item     int // index on the shelf
	quantity int
}

// crowd is who may come. It is used by one goroutine.
type crowd struct {
	seed       uint64
	run        string
	categories []string
	known      []*person
	strangers  []*person // the last maxStrangers who came by
}

// Of all visits, these shares are by people of the history and by strangers who were here before. The
// rest are new.
const (
	knownShare   = .45
	returnShare  = .3
	maxStrangers = 2000
)

func newCrowd(seed uint64, run string, people []history.Person, categories []string) crowd {
	c := crowd{seed: seed, run: run, categories: categories}
	for i := range people {
		p := &people[i]
		rng := rand.New(rand.NewPCG(seed^0x9e3779b97f4a7c15, uint64(i)))
		c.known = append(c.known, &person{
			userID: p.UserID, email: p.Email, locale: p.Locale, zone: p.Zone, country: p.Country,
			device: deviceOf(rng), taste: tasteOf(rng, categories, p.Likes), orders: p.Orders, seen: make(map[string]float64),
		})
	}
	return c
}

// next is who comes to a visit.
func (c *crowd) next(rng *rand.Rand, visit int) *person {
	switch x := rng.Float64(); {
	case x < knownShare && len(c.known) > 0:
		return c.known[rng.IntN(len(c.known))]
	case x < knownShare+returnShare && len(c.strangers) > 0:
		return c.strangers[rng.IntN(len(c.strangers))]
	}
	p := c.stranger(rand.New(rand.NewPCG(c.seed, 1<<32+uint64(visit))), visit)
	if len(c.strangers) < maxStrangers {
		c.strangers = append(c.strangers, p)
	} else {
		c.strangers[visit%maxStrangers] = p
	}
	return p
}

var homes = []struct{ locale, zone, country string }{
	{"en-GB", "Europe/London", "GB"}, {"en-GB", "Europe/London", "GB"}, {"en-IE", "Europe/Dublin", "IE"},
	{"fr-FR", "Europe/Paris", "FR"}, {"fr-FR", "Europe/Paris", "FR"}, {"fr-BE", "Europe/Brussels", "BE"},
}

func (c *crowd) stranger(rng *rand.Rand, visit int) *person {
	home := homes[rng.IntN(len(homes))]
	return &person{
		anonymousID: fmt.Sprintf("simulated-%s-%d", c.run, visit), locale: home.locale, zone: home.zone,
		country: home.country, device: deviceOf(rng), taste: tasteOf(rng, c.categories, nil), seen: make(map[string]float64),
	}
}

func deviceOf(rng *rand.Rand) string {
	switch x := rng.Float64(); {
	case x < .5:
		return "mobile"
	case x < .58:
		return "tablet"
	}
	return "desktop"
}

// userAgents are what visitors' browsers call themselves. They say what they are.
var userAgents = map[string]string{
	"desktop": "Mozilla/5.0 (X11; Linux x86_64) AparteDemoWorld/1.0",
	"tablet":  "Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AparteDemoWorld/1.0",
	"mobile":  "Mozilla/5.0 (Linux; Android 14) Mobile AparteDemoWorld/1.0",
}
