package world

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/demo/brand"
	"github.com/aparte-dev/aparte/demo/history"
)

// Config says where the visitors walk, and how. BaseURL and WriteKey are required.
type Config struct {
	BaseURL  string // of the doors, such as http://127.0.0.1:8080
	WriteKey string
	Seed     uint64  // of all that the visitors are and do
	Rate     float64 // visits begun a second, on average; 0 is 5
	Visits   int     // how many there are in all; 0: until the context ends

	AtOnce int           // visits under way at once, at most; 0 is 32
	Pause  time.Duration // spent on a page, on average; 0 is half a second
	Window int           // visits summed up together in Stats; 0 is 100

	Items  []aparte.Item                 // the catalogue; nil is the furnished brand's
	Inbox  func(address string) []string // HTML of the mails that an address received, oldest first; nil: nobody reads mails
	Client *http.Client                  // nil: one with a time limit
	Run    string                        // in the ids of this run's events; empty: made from the clock

	Now   func() time.Time                           // nil is time.Now
	Sleep func(context.Context, time.Duration) error // nil waits, or returns the context's error
}

// World is the crowd. Run may be called once; Stats may be called at any time.
type World struct {
	config Config
	doors  *doors
	truth  truth
	shelf  shelf
	crowd  crowd
	tally  tally
	begun  int // visits
}

// New is a world in which the people may come back, and others turn up. With AtOnce 1, the same
// configuration, people and answers make the same visits.
func New(c Config, people []history.Person) (*World, error) {
	base, err := url.Parse(strings.TrimRight(c.BaseURL, "/"))
	if err != nil || base.Host == "" {
		return nil, fmt.Errorf("world: base URL %q is no address", c.BaseURL)
	}
	if !(c.Rate >= 0) || math.IsInf(c.Rate, 0) || c.Visits < 0 || c.AtOnce < 0 || c.Pause < 0 || c.Window < 0 {
		return nil, errors.New("world: rate, visits, at once, pause and window must be numbers from 0")
	}
	if c.Items == nil {
		b, err := brand.Brand()
		if err != nil {
			return nil, fmt.Errorf("world: %w", err)
		}
		c.Items = b.Items
	}
	if len(c.Items) == 0 {
		return nil, errors.New("world: the catalogue is empty")
	}
	c.defaults()
	w := &World{
		config: c, doors: newDoors(base.String(), c.WriteKey, c.Client),
		truth: truth{seed: c.Seed}, shelf: newShelf(c.Items), tally: tally{window: c.Window},
	}
	w.crowd = newCrowd(c.Seed, c.Run, people, w.shelf.categories)
	return w, nil
}

func (c *Config) defaults() {
	if c.Rate == 0 {
		c.Rate = 5
	}
	if c.AtOnce == 0 {
		c.AtOnce = 32
	}
	if c.Pause == 0 {
		c.Pause = 500 * time.Millisecond
	}
	if c.Window == 0 {
		c.Window = 100
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Sleep == nil {
		c.Sleep = sleep
	}
	if c.Run == "" {
		c.Run = strconv.FormatInt(c.Now().UnixMilli(), 36)
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Run lets visitors in until there were Config.Visits of them, then waits for the last to leave. It
// returns nil then, and the context's error where that ended it. A door that refuses is counted in Stats
// and does not end it.
func (w *World) Run(ctx context.Context) error {
	rng := rand.New(rand.NewPCG(w.config.Seed, 1))
	places := make(chan struct{}, w.config.AtOnce)
	var inside sync.WaitGroup
	defer inside.Wait()
	for w.config.Visits == 0 || w.begun < w.config.Visits {
		if err := w.config.Sleep(ctx, seconds(rng.ExpFloat64()/w.config.Rate)); err != nil {
			return err
		}
		select {
		case places <- struct{}{}:
		case <-ctx.Done():
			return ctx.Err()
		}
		w.begun++
		v := w.visit(w.crowd.next(rng, w.begun), w.begun)
		inside.Go(func() {
			defer func() { <-places }()
			v.walk(ctx)
		})
	}
	inside.Wait()
	return nil
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
