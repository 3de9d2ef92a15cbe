package cluster

import (
	"errors"
	"fmt"
)

// Way says who works.
type Way string

// Ways of working.
const (
	One    Way = "one"    // one node holds all parts, the others hand requests on to it and wait for it to fail
	Spread Way = "spread" // every node owns as many parts
)

// Config is an installation, what comes to it, and what befalls it.
type Config struct {
	Way           Way
	Nodes         int // 1 to 1,000
	Cores         int // of a node, 1 to 256
	Databases     int // 0: the one node has the embedded store
	DatabaseCores int
	Parts         int // fixed when a store is created: 1 to 4,096

	People    float64 // that are kept
	Events    float64 // a second, the mean of the day
	Decisions float64 // a second, likewise

	Peak       float64 // the day's highest rate over its mean, 1 to 2: the day goes up and down as a cosine
	Bursts     int     // of a day, at times that the seed draws
	BurstTimes float64 // the load is multiplied by, meanwhile
	BurstFor   float64 // seconds of the simulated time
	Skew       float64 // standard deviation of what the parts have to do over its mean, 0 to 2
	Variation  float64 // standard deviation of what a step takes over its mean, 0 to 1

	Killed   int     // nodes killed at once at the height of the day, for good; where one works, that one among them
	Patience float64 // seconds after which whoever is not answered gives up
	Pending  int     // requests that a node takes in before it says to come back later

	Seconds  int // simulated: the day's curve is gone through in these
	TurnSize int // requests that an owner takes into one batch, at most

	Seed    uint64
	Figures Figures
}

// MostRequests bounds a run.
const MostRequests = 100_000_000

// Check says what is wrong with a configuration.
func (c *Config) Check() error {
	var errs []error
	within := func(name string, is, from, to float64) {
		if !(is >= from && is <= to) { // NaN, too
			errs = append(errs, fmt.Errorf("%s: want %g to %g", name, from, to))
		}
	}
	if c.Way != One && c.Way != Spread {
		errs = append(errs, fmt.Errorf("way %q: want %q or %q", c.Way, One, Spread))
	}
	within("nodes", float64(c.Nodes), 1, 1000)
	within("cores", float64(c.Cores), 1, 256)
	within("databases", float64(c.Databases), 0, 1000)
	if c.Databases > 0 {
		within("database cores", float64(c.DatabaseCores), 1, 256)
	}
	within("parts", float64(c.Parts), 1, 4096)
	within("people", c.People, 1, 1e10)
	within("events", c.Events, 0, 1e7)
	within("decisions", c.Decisions, 0, 1e7)
	within("peak", c.Peak, 1, 2)
	within("bursts", float64(c.Bursts), 0, 100)
	within("burst times", c.BurstTimes, 1, 100)
	within("burst for", c.BurstFor, 0, float64(max(c.Seconds, 0)))
	within("skew", c.Skew, 0, 2)
	within("variation", c.Variation, 0, 1)
	within("killed", float64(c.Killed), 0, float64(max(c.Nodes-1, 0)))
	within("patience", c.Patience, 1, 3600)
	within("pending", float64(c.Pending), 1, 10_000_000)
	within("seconds", float64(c.Seconds), 1, 86_400)
	within("turn", float64(c.TurnSize), 1, 100_000)
	if len(errs) > 0 {
		return errors.Join(errs...)
	}
	switch sum := (c.Events + c.Decisions) * float64(c.Seconds); {
	case sum < 1:
		return errors.New("events and decisions: nothing comes")
	case sum > MostRequests:
		return fmt.Errorf("seconds: %.0f requests would be simulated, at most %d are: simulate fewer seconds", sum, MostRequests)
	case c.Databases == 0 && c.Nodes > 1:
		return errors.New("databases: several nodes need one at least")
	case c.Databases > c.Parts:
		return errors.New("databases: more than there are parts")
	case c.Way == Spread && c.Nodes > c.Parts:
		return errors.New("nodes: more than there are parts")
	}
	return nil
}
