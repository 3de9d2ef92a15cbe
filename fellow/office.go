package fellow

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aparte-dev/aparte/store"
)

// beat is what a node tells the office.
type beat struct {
	Speaks int `json:"speaks"`
	Member
	Leaves bool            `json:"leaves,omitempty"` // it goes, and is to have nothing
	Run    string          `json:"run"`              // a word of the process
	Number uint64          `json:"number,omitempty"` // of what it tells: what has no greater one than was heard of the process was heard already
	Tell   json.RawMessage `json:"tell,omitempty"`
}

// orders are what the office answers.
type orders struct {
	Speaks  int          `json:"speaks"`
	Members []string     `json:"members"` // the other nodes at work
	Take    []store.Part `json:"take,omitempty"`
}

// Office is what the node that has the office knows of the others.
type Office struct {
	peers *Peers
	hears Hears

	mu      sync.Mutex
	members map[string]*heard
	runs    map[string]*run // by their words
}

// run is how far a process was heard. It is remembered longer than members are, as what was heard is told again where the answer was lost.
type run struct {
	mu   sync.Mutex // one beat at a time
	told uint64
	last time.Time // guarded by the office
}

// remembered is for how long.
const remembered = time.Hour

// heard is a member, and when it was heard last.
type heard struct {
	Member
	last time.Time
}

// quiet is after how long a node that is not heard of is believed to be gone. Its parts are others' when its leases have run out.
const quiet = 3 * time.Second

// Hears takes in what a member tells, and which parts it has that it had not when it was heard last. Where it fails, they are told again.
type Hears func(ctx context.Context, from string, moved []store.Part, tell json.RawMessage) error

// Keep has this node keep the office, until Quit.
func (p *Peers) Keep(hears Hears) *Office {
	o := &Office{peers: p, hears: hears, members: map[string]*heard{}, runs: map[string]*run{}}
	p.office.Store(o)
	return o
}

// Quit ends that this node keeps the office.
func (p *Peers) Quit() { p.office.Store(nil) }

// hear takes in what a member tells, and answers what it is to do.
func (o *Office) hear(ctx context.Context, body []byte) ([]byte, error) {
	var b beat
	if err := json.Unmarshal(body, &b); err != nil {
		return nil, fmt.Errorf("what a node tells cannot be read: %w", err)
	}
	if b.Speaks != speaks {
		return json.Marshal(orders{Speaks: speaks})
	}
	if b.URL == "" || b.URL == o.peers.URL || slices.ContainsFunc(b.Has, func(part store.Part) bool { return int(part) >= o.peers.Leases.Parts() }) {
		return nil, fmt.Errorf("a node tells of itself what cannot be: %d parts", len(b.Has))
	}
	if err := o.takeIn(ctx, &b); err != nil {
		return nil, err
	}
	if o.note(&b); b.Leaves {
		return json.Marshal(orders{Speaks: speaks})
	}
	answer := orders{Speaks: speaks, Take: o.missing(b.URL)}
	for _, at := range append(o.others(), o.peers.URL) {
		if at != b.URL {
			answer.Members = append(answer.Members, at)
		}
	}
	return json.Marshal(answer)
}

// takeIn has what a member tells taken in, once.
func (o *Office) takeIn(ctx context.Context, b *beat) error {
	r := o.runOf(b.Run)
	r.mu.Lock()
	defer r.mu.Unlock()
	if b.Number > 0 && b.Number <= r.told {
		b.Tell = nil
	}
	if err := o.hears(ctx, b.URL, o.moved(&b.Member), b.Tell); err != nil {
		return err
	}
	r.told = max(r.told, b.Number)
	return nil
}

func (o *Office) runOf(word string) *run {
	now := time.Now()
	o.mu.Lock()
	defer o.mu.Unlock()
	maps.DeleteFunc(o.runs, func(_ string, r *run) bool { return now.Sub(r.last) > remembered })
	r := o.runs[word]
	if r == nil {
		r = &run{}
		o.runs[word] = r
	}
	r.last = now
	return r
}

// note remembers a member that was heard, or forgets one that goes.
func (o *Office) note(b *beat) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if b.Leaves {
		delete(o.members, b.URL)
	} else {
		o.members[b.URL] = &heard{b.Member, time.Now()}
	}
}

// moved are the parts that a member had not when it was heard last.
func (o *Office) moved(m *Member) (parts []store.Part) {
	o.mu.Lock()
	defer o.mu.Unlock()
	before := o.members[m.URL]
	for _, part := range m.Has {
		if before == nil || !slices.Contains(before.Has, part) {
			parts = append(parts, part)
		}
	}
	return parts
}

// others are the addresses of the members that are heard of.
func (o *Office) others() (at []string) {
	for _, m := range o.all()[1:] {
		at = append(at, m.URL)
	}
	return at
}

// all are the members that are heard of, this node first.
func (o *Office) all() []Member {
	all := []Member{{URL: o.peers.URL, Has: o.peers.has()}}
	o.mu.Lock()
	defer o.mu.Unlock()
	for at, m := range o.members {
		if time.Since(m.last) > quiet {
			delete(o.members, at)
			continue
		}
		all = append(all, m.Member)
	}
	slices.SortFunc(all[1:], func(a, b Member) int { return strings.Compare(a.URL, b.URL) })
	return all
}

// missing are the parts that a member is to have and has not.
func (o *Office) missing(of string) (parts []store.Part) {
	members := o.all()
	wants := Spread(o.peers.Leases.Parts(), members)
	for i, m := range members {
		if m.URL == of {
			for _, part := range wants[i] {
				if !slices.Contains(m.Has, part) {
					parts = append(parts, part)
				}
			}
		}
	}
	return parts
}

// Tend has the office take what it is to have itself.
func (o *Office) Tend(ctx context.Context) { o.peers.Take(ctx, o.missing(o.peers.URL)) }
