package engine_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/compose"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/profile"
	"github.com/aparte-dev/aparte/store"
	"github.com/aparte-dev/aparte/store/pebble"
)

// crowd is a store of many small people, made without asking what made them so.
func crowd(b *testing.B, people int) store.Store {
	b.Helper()
	s, err := pebble.Open(b.TempDir(), pebble.Options{Parts: 128})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	now := time.Now().UTC()
	draw := rand.New(rand.NewPCG(1, 2))
	for part := range s.Parts() {
		epoch, err := s.Acquire(b.Context(), store.Part(part), "local", now, time.Minute)
		if err != nil {
			b.Fatal(err)
		}
		batch := store.Batch{Part: store.Part(part), Epoch: epoch, Lazy: true}
		for i := part; i < people; i += s.Parts() {
			p := aparte.Person{ID: personIn(part, s.Parts(), i), FirstSeen: now.AddDate(0, 0, -90), LastSeen: now.AddDate(0, 0, -draw.IntN(90))}
			p.Identifiers = []aparte.Identifier{{Kind: aparte.KindUserID, Value: fmt.Sprint("user-", i)}}
			p.Orders.Count = int64(draw.IntN(5))
			if p.Orders.Count > 0 {
				p.Orders.LastAt, p.Orders.FirstAt = p.LastSeen, p.FirstSeen
				p.Orders.Revenue = aparte.Money{Amount: int64(draw.IntN(100_000)), Currency: "EUR"}
			}
			p.Counters = []aparte.Counter{{Name: "product_views_7d", Value: 10 * draw.Float64(), At: p.LastSeen}}
			p.Affinities = []aparte.Affinity{{Kind: aparte.CategoryAffinity, Key: "lanterns", Weight: 3 * draw.Float64(), At: p.LastSeen}}
			if p.Orders.Count > 3 {
				p.Affinities[0].Weight++ // there is something to tell them by
			}
			batch.People = append(batch.People, store.PersonRow{ID: p.ID, State: profile.Encode(nil, &p)})
			if len(batch.People) == 2000 || i+s.Parts() >= people {
				if err := s.Commit(b.Context(), &batch); err != nil {
					b.Fatal(err)
				}
				batch.People = nil
			}
		}
		if err := s.Release(b.Context(), store.Part(part), epoch); err != nil {
			b.Fatal(err)
		}
	}
	return s
}

// personIn is an id that lives in a part, as evenly spread as hashes are.
func personIn(part, parts, i int) (id aparte.PersonID) {
	n := xxhash.Sum64String(fmt.Sprint(i))
	binary.BigEndian.PutUint64(id[:8], n-n%uint64(parts)+uint64(part))
	binary.BigEndian.PutUint64(id[8:], uint64(i))
	return id
}

// Among a million people a condition is previewed, everybody is asked, and counts are told.
func BenchmarkAudiencesOfAMillion(b *testing.B) {
	const people = 1_000_000
	s := crowd(b, people)
	composer, err := compose.New(assets())
	if err != nil {
		b.Fatal(err)
	}
	now := time.Now().UTC() // stands still: nothing is paced, what is measured is the work
	e, err := engine.Open(b.Context(), engine.Config{Store: s, Composer: composer, BaseURL: "http://say.example", Now: func() time.Time { return now }, Stepped: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = e.Close() })
	if _, err := e.Publish(b.Context(), brand()); err != nil {
		b.Fatal(err)
	}
	if err := e.CallRoll(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.Run("preview", func(b *testing.B) {
		for b.Loop() {
			r, err := e.Reach(b.Context(), "person.orders > 2 && affinity.category[\"lanterns\"] > 0.5", 0)
			if err != nil || r.Counted || r.Of < people*9/10 || r.Of > people*11/10 {
				b.Fatal(r, err)
			}
		}
	})
	b.Run("first call", func(b *testing.B) { // a tenth enters an audience, and leaves it again
		for i := 0; b.Loop(); i++ {
			audiences := []aparte.Audience{away, {ID: "few", When: "person.orders == 4 && counters.product_views_7d < 0.5"}}
			if i%2 == 1 {
				audiences = nil
			}
			if _, err := e.Publish(b.Context(), withAudiences(audiences...)); err != nil {
				b.Fatal(err)
			}
			if err := e.CallRoll(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/people, "µs/person")
	})
	b.Run("call", func(b *testing.B) { // nobody enters or leaves
		if _, err := e.Publish(b.Context(), withAudiences(away)); err != nil {
			b.Fatal(err)
		}
		if err := e.CallRoll(b.Context()); err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			now = now.Add(61 * time.Minute)
			if err := e.CallRoll(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/people, "µs/person")
	})
	b.Run("counts", func(b *testing.B) {
		for b.Loop() {
			if _, err := e.Audiences(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// A million people are ranked by how much they resemble those who ordered most, from their records on: two passes over all of
// them, and what is learned between.
func BenchmarkResembleAMillion(b *testing.B) {
	const people = 1_000_000
	composer, err := compose.New(assets())
	if err != nil {
		b.Fatal(err)
	}
	e, err := engine.Open(b.Context(), engine.Config{Store: crowd(b, people), Composer: composer, BaseURL: "http://say.example"})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = e.Close() })
	if _, err := e.Publish(b.Context(), brand()); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		found, err := e.Resemble(b.Context(), engine.Likeness{Seed: "person.orders == 4", Size: 0.05}, nil)
		if err != nil {
			b.Fatal(err)
		}
		if found.Seeds+found.Others != people || found.Trees == 0 || len(found.Listed) < people/50 {
			b.Fatalf("%d seeds and %d others, %d trees, %d listed", found.Seeds, found.Others, found.Trees, len(found.Listed))
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/people, "µs/person")
}

// What an event costs where the brand has no, ten and a hundred audiences.
func BenchmarkAcceptWithAudiences(b *testing.B) {
	for _, n := range []int{0, 10, 100} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			h := open(b)
			var audiences []aparte.Audience
			for i := range n {
				a := known[i%len(known)].Audience
				a.ID = aparte.AudienceID(fmt.Sprint("a", i))
				audiences = append(audiences, a)
			}
			if _, err := h.Publish(b.Context(), withAudiences(audiences...)); err != nil {
				b.Fatal(err)
			}
			const batch = 500
			b.ResetTimer()
			for range b.N {
				var events []aparte.Event
				for i := range batch {
					events = append(events, event("Product Viewed", fmt.Sprint("user-", i), "", map[string]any{"product_id": "lamp"}))
				}
				h.accept(events...)
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/batch, "µs/event")
		})
	}
}
