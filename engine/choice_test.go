package engine_test

import (
	"bytes"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/learn"
	"github.com/aparte-dev/aparte/measure/attribution"
	"github.com/aparte-dev/aparte/store"
)

// choices are what a brand can choose of how is learned and explored.
var choices = []struct {
	name   string
	choose func(*aparte.Brand)
}{
	{"effects, and what suits them", func(*aparte.Brand) {}},
	{"rewards", func(b *aparte.Brand) { b.Objectives[0].Learn = aparte.LearnReward }},
	{"a hurdle", func(b *aparte.Brand) { b.Objectives[0].Learn = aparte.LearnHurdle }},
	{"a hurdle that forgets", func(b *aparte.Brand) {
		b.Objectives[0].Learn, b.Objectives[0].Memory = aparte.LearnHurdle, aparte.Duration(time.Hour)
	}},
	{"effects that are forgotten", func(b *aparte.Brand) { b.Objectives[0].Memory = aparte.Duration(time.Hour) }},
	{"ε-greedy", func(b *aparte.Brand) { b.Explore = aparte.Exploration{Way: aparte.EpsilonGreedy, Epsilon: 0.3} }},
	{"inverse gaps by the root", func(b *aparte.Brand) {
		b.Explore = aparte.Exploration{Way: aparte.SquareCB, Schedule: aparte.SquareRoot, Hope: -1}
	}},
	{"wide draws", func(b *aparte.Brand) { b.Explore = aparte.Exploration{Way: aparte.Thompson, Hope: 2} }},
}

func TestWhateverLearnerIsChosenItGoesOnAfterARestartAndIsRebuiltToTheSameBytes(t *testing.T) {
	skipUnderRace(t)
	t.Parallel()
	for _, choice := range choices {
		synctest.Test(t, func(t *testing.T) {
			h := openSpread(t, 1)
			b := brand()
			choice.choose(b)
			if _, err := h.Publish(t.Context(), b); err != nil {
				t.Fatal(err)
			}
			for day := range 3 {
				for i := range 3 {
					a := h.welcomed(fmt.Sprint("u", day, "-", i))
					if _, err := h.Click(t.Context(), tokenOf(t, a.Link)); err != nil {
						t.Fatal(err)
					}
				}
				time.Sleep(61 * time.Minute)
				synctest.Wait()
				h.reopen()
			}
			rebuilt, err := h.Rebuild(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if h.Status().Model < 9 {
				t.Errorf("%s: only %d examples were learned", choice.name, h.Status().Model)
			}
			if !bytes.Equal(rebuilt, h.Model()) {
				t.Errorf("%s: the rebuilt model differs from the one that lived", choice.name)
			}
			rows(t, h, func(x *learn.Example) {
				o := b.Objectives[0]
				if x.Objective == o.ID && (x.Hurdle != (o.Learn == aparte.LearnHurdle) || (x.Since > 0) != (o.Memory > 0)) {
					t.Errorf("%s: a row is for another learner: %+v", choice.name, x)
				}
			})
			h.stop()
		})
	}
}

// rows are the examples in the feeds.
func rows(t *testing.T, h *house, with func(*learn.Example)) {
	t.Helper()
	for part := range store.Part(8) {
		feed, err := h.store.Feed(t.Context(), part, 0, 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range feed {
			if row.Body[0] == learn.TraceVersion || attribution.IsWalk(row.Body) {
				continue
			}
			x, err := learn.ParseExample(row.Body)
			if err != nil {
				t.Fatal(err)
			}
			with(&x)
		}
	}
}
