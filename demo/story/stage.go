package story

import (
	"cmp"
	"container/heap"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// stage is where everybody lives: one clock, and what is to happen when.
type stage struct {
	house   *House
	rng     *rand.Rand
	now     time.Time
	stepped time.Time
	agenda  agenda
	told    int // events
	readers map[string]func(context.Context, *Letter) error
}

// appointment is something that happens at a time, of two at once the one that was made first.
type appointment struct {
	at    time.Time
	order int
	do    func(context.Context) error
}

type agenda []appointment

func (a agenda) Len() int      { return len(a) }
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a *agenda) Push(x any)   { *a = append(*a, x.(appointment)) }
func (a agenda) Less(i, j int) bool {
	return cmp.Or(a[i].at.Compare(a[j].at), cmp.Compare(a[i].order, a[j].order)) < 0
}

func (a *agenda) Pop() any {
	last := (*a)[len(*a)-1]
	*a = (*a)[:len(*a)-1]
	return last
}

func (s *stage) at(when time.Time, do func(context.Context) error) {
	s.told++
	heap.Push(&s.agenda, appointment{when, s.told, do})
}

// until lets everything happen that is to happen before a time, and then it is that time.
func (s *stage) until(ctx context.Context, when time.Time) error {
	for len(s.agenda) > 0 && !s.agenda[0].at.After(when) {
		next := heap.Pop(&s.agenda).(appointment)
		if err := s.advance(ctx, next.at, time.Hour); err != nil {
			return err
		}
		if err := next.do(ctx); err != nil {
			return err
		}
	}
	return s.advance(ctx, when, 0)
}

// advance moves the clock. What is due is done where more than patience has passed since it was the last time; what left then is
// read by whom it is for.
func (s *stage) advance(ctx context.Context, to time.Time, patience time.Duration) error {
	if to.After(s.now) {
		s.now = to
	}
	s.house.Clock(s.now)
	if s.now.Sub(s.stepped) < patience {
		return nil
	}
	return s.step(ctx)
}

func (s *stage) step(ctx context.Context) error {
	s.stepped = s.now
	if err := s.house.Step(ctx); err != nil {
		return err
	}
	letters := s.house.Post.take()
	slices.SortFunc(letters, func(a, b Letter) int { return cmp.Compare(a.Key, b.Key) })
	for i := range letters {
		if read := s.readers[letters[i].To]; read != nil {
			if err := read(ctx, &letters[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// tell tells events of now.
func (s *stage) tell(ctx context.Context, events ...properties) error {
	return s.house.call(ctx, "POST", "/v1/batch", s.house.WriteKey, properties{"batch": s.stamped(events)}, nil)
}

// stamped gives events that have none an id and the time of the clock.
func (s *stage) stamped(events []properties) []properties {
	for _, e := range events {
		s.told++
		if e["messageId"] == nil {
			e["messageId"] = fmt.Sprint("story-", s.told)
		}
		if e["timestamp"] == nil {
			e["timestamp"] = s.now
		}
	}
	return events
}

// said is what a door answers for a slot.
type said struct {
	ID       string            `json:"id"`
	Slot     string            `json:"slot"`
	Silent   bool              `json:"silent"`
	Content  string            `json:"content"`
	Item     string            `json:"item"`
	Elements map[string]string `json:"elements"`
	Image    string            `json:"image"`
}

// visit tells an event of a page and asks what to say in its slots; what is said is seen.
func (s *stage) visit(ctx context.Context, e properties, slots ...string) ([]said, error) {
	var answer struct {
		Decisions []said `json:"decisions"`
	}
	err := s.house.call(ctx, "POST", "/v1/moment", s.house.WriteKey, properties{
		"event": s.stamped([]properties{e})[0], "surface": "web", "slots": slots, "context": properties{"device": "mobile"},
	}, &answer)
	if err != nil {
		return nil, err
	}
	for _, d := range answer.Decisions {
		if d.Silent {
			continue
		}
		seen := who(e, properties{"type": "track", "event": "Aparte Exposed", "properties": properties{
			"decision": d.ID, "content": d.Content, "item": d.Item, "channel": "web", "slot": d.Slot,
		}})
		if err := s.tell(ctx, seen); err != nil {
			return nil, err
		}
	}
	return answer.Decisions, nil
}

// who gives an event the person of another.
func who(of, e properties) properties {
	for _, name := range []string{"userId", "anonymousId"} {
		if of[name] != nil {
			e[name] = of[name]
		}
	}
	return e
}

// decided is a decision with its reasons, as the admin door tells it.
type decided struct {
	ID         string    `json:"id"`
	Parent     string    `json:"parent"`
	At         time.Time `json:"at"`
	Trigger    string    `json:"trigger"`
	Channel    string    `json:"channel"`
	Slot       string    `json:"slot"`
	Silent     bool      `json:"silent"`
	Content    string    `json:"content"`
	Item       string    `json:"item"`
	Companion  string    `json:"companion"`
	Propensity float64   `json:"propensity"`
	Why        []string  `json:"why"`
	Reasons    []struct {
		Words string `json:"words"`
	} `json:"reasons"`
	Candidates []struct {
		Silent     bool    `json:"silent"`
		Content    string  `json:"content"`
		Item       string  `json:"item"`
		Value      float64 `json:"value"`
		Cost       float64 `json:"cost"`
		Propensity float64 `json:"propensity"`
		Excluded   string  `json:"excluded"`
		Fate       string  `json:"fate"`
	} `json:"candidates"`
}

func (s *stage) decision(ctx context.Context, id, lang string) (d decided, err error) {
	err = s.house.call(ctx, "GET", "/v1/admin/decisions/"+id+"?lang="+lang, s.house.SecretKey, nil, &d)
	return d, err
}

// decisions are the latest of a person, newest first.
func (s *stage) decisions(ctx context.Context, person string, most int) ([]decided, error) {
	var answer struct {
		Decisions []decided `json:"decisions"`
	}
	err := s.house.call(ctx, "GET", fmt.Sprintf("/v1/admin/people/%s/decisions?limit=%d", person, most), s.house.SecretKey, nil, &answer)
	return answer.Decisions, err
}
