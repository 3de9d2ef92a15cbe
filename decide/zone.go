package decide

import (
	"sync"
	"sync/atomic"
	"time"
	_ "time/tzdata" // the zones' rules travel with the binary: a machine without them decides the same
)

// maxZones bounds what Zones remembers: there are about 600 in use.
const maxZones = 1024

// Zones remembers time zones by name. The rules of a zone are a constant of the world, so that
// looking one up is no reading of the clock; it is done once a name.
type Zones struct {
	known  atomic.Pointer[map[string]*time.Location] // copied on write; nil for a name that is no zone
	adding sync.Mutex
}

// Find is the zone with a name, or nil where there is none.
func (z *Zones) Find(name string) *time.Location {
	if name == "" {
		return nil
	}
	if known := z.known.Load(); known != nil {
		if loc, ok := (*known)[name]; ok {
			return loc
		}
	}
	return z.add(name)
}

func (z *Zones) add(name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		loc = nil
	}
	z.adding.Lock()
	defer z.adding.Unlock()
	next := make(map[string]*time.Location)
	if known := z.known.Load(); known != nil {
		if len(*known) >= maxZones {
			return loc
		}
		for n, l := range *known {
			next[n] = l
		}
	}
	next[name] = loc
	z.known.Store(&next)
	return loc
}
