package console_test

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/compose"
	"github.com/aparte-dev/aparte/console"
	"github.com/aparte-dev/aparte/demo/brand"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store"
	"github.com/aparte-dev/aparte/store/pebble"
)

// counted is a store that counts the rows it reads out: people, and entries of their histories.
type counted struct {
	store.Store
	rows atomic.Int64
}

func (c *counted) People(ctx context.Context, part store.Part, after aparte.PersonID, limit int) ([]store.PersonRow, error) {
	rows, err := c.Store.People(ctx, part, after, limit)
	c.rows.Add(int64(len(rows)))
	return rows, err
}

func (c *counted) History(ctx context.Context, part store.Part, id aparte.PersonID, before uint64, limit int) ([]store.Entry, error) {
	rows, err := c.Store.History(ctx, part, id, before, limit)
	c.rows.Add(int64(len(rows)))
	return rows, err
}

// What a page reads does not grow with how many people there are: it tells what passes keep.
func TestNoPageReadsMoreWhereThereAreMorePeople(t *testing.T) {
	db, err := pebble.Open(t.TempDir(), pebble.Options{Parts: 4})
	if err != nil {
		t.Fatal(err)
	}
	kept := &counted{Store: db}
	composer, err := compose.New(brand.Assets())
	if err != nil {
		t.Fatal(err)
	}
	e, err := engine.Open(t.Context(), engine.Config{Store: kept, Composer: composer, BaseURL: "http://say.example", Stepped: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	furnished, err := brand.Brand()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Publish(t.Context(), furnished); err != nil {
		t.Fatal(err)
	}
	s := &stage{t: t, engine: e, now: time.Now}
	s.serve(console.Config{})
	s.arrive("17850", "Ada")
	person := "/console/people/" + s.person.String()
	pages := []string{
		"/console/today", "/console/today/pulse", "/console/letters", "/console/live", "/console/people", person, person + "/identity", "/console/scores", "/console/audiences",
		"/console/scenarios", "/console/personas", "/console/results", "/console/value", "/console/attribution", "/console/path", "/console/rhythm", "/console/figures/path.csv", "/console/figures/cohorts.csv",
	}
	read := func() map[string]int64 {
		t.Helper()
		if _, err := e.Refit(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, page := range pages { // what is looked for in the log beside is there before
			s.get(page, "en")
		}
		rows := map[string]int64{}
		for _, page := range pages {
			before := kept.rows.Load()
			if status, _, _ := s.get(page, "en"); status != http.StatusOK {
				t.Fatalf("%s: %d", page, status)
			}
			rows[page] = kept.rows.Load() - before
		}
		return rows
	}
	s.buyers(60)
	few := read()
	s.buyers(600)
	many := read()
	for _, page := range pages {
		if many[page] > few[page] {
			t.Errorf("%s reads %d rows where there are 61 people, %d where there are 601", page, few[page], many[page])
		}
	}
}
