package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/aparte-dev/aparte/store"
)

func testCounters(t *testing.T, h Harness) {
	s := newSite(t, h)
	hour := now.Truncate(time.Hour)
	o := newOracle()
	for i := range 50 {
		b := store.Batch{Part: store.Part(i % 3), Counters: []store.Counter{
			{Key: "a", Hour: hour, N: 1},
			{Key: "a", Hour: hour, N: 10},
			{Key: fmt.Sprintf("ab/%d", i%7), Hour: hour.Add(time.Duration(i%5) * time.Hour), N: int64(i)},
			{Key: "b\x00c", Hour: hour.Add(time.Duration(i%4-2) * time.Hour), N: -1},
			{Key: "b", Hour: time.Unix(0, 0).UTC().Add(-time.Hour), N: 1 << 40},
		}}
		s.commit(t, b)
		if err := o.commit(&b); err != nil {
			t.Fatal(err)
		}
	}
	check := func(t *testing.T) {
		for _, prefix := range []string{"", "a", "ab", "ab/", "ab/3", "b", "b\x00", "b\x00c", "c"} {
			for _, from := range []time.Time{{}, hour.Add(-time.Hour), hour, hour.Add(time.Minute), hour.Add(3 * time.Hour)} {
				for _, to := range []time.Time{hour, hour.Add(time.Minute), hour.Add(2 * time.Hour), hour.AddDate(1, 0, 0)} {
					got := must(s.st.Counters(context.Background(), prefix, from, to))(t)
					expect(t, fmt.Sprintf("counters %q from %v to %v", prefix, from, to), o.sums(prefix, from, to), got)
				}
			}
		}
	}
	t.Run("counters add up over batches and parts", check)
	s.reopen(t)
	t.Run("after re-opening too", check)
}

func testQueues(t *testing.T, h Harness) {
	t.Run("letters are kept until they are delivered", func(t *testing.T) {
		s := newSite(t, h)
		var letters []store.Letter
		for i := range 7 {
			letters = append(letters, store.Letter{Number: uint64(i + 1), To: store.Part(i % 4), Body: []byte(fmt.Sprintf("letter %d", i))})
		}
		s.commit(t, store.Batch{Part: part, Letters: letters[:5]})
		s.commit(t, store.Batch{Part: part, Letters: letters[5:], Delivered: []uint64{2, 3, 99}})
		want := []store.Letter{letters[0], letters[3], letters[4], letters[5], letters[6]}
		expect(t, "letters", want, s.read(t, part, known{}).Letters)
		s.reopen(t)
		expect(t, "letters after re-opening", want, s.read(t, part, known{}).Letters)
		expect(t, "after 4, at most 2", want[2:4], must(s.st.Letters(context.Background(), part, 4, 2))(t))
		expect(t, "the part beside", nil, s.read(t, part+1, known{}).Letters)
		s.commit(t, store.Batch{Part: part, Letters: []store.Letter{{Number: 8}}, Delivered: []uint64{1, 4, 5, 6, 7, 8}})
		expect(t, "all delivered", nil, s.read(t, part, known{}).Letters)
	})
	t.Run("the feed is numbered densely, part by part", func(t *testing.T) {
		s := newSite(t, h)
		want := map[store.Part][]store.FeedRow{}
		for i := range 12 {
			n := store.Part(i % 2)
			b := store.Batch{Part: n}
			for j := range i % 4 {
				body := []byte(fmt.Sprintf("example %d.%d", i, j))
				b.Feed = append(b.Feed, body)
				want[n] = append(want[n], store.FeedRow{Position: uint64(len(want[n]) + 1), Body: body})
			}
			s.commit(t, b)
			if i%5 == 4 {
				s.reopen(t)
			}
		}
		for n, rows := range want {
			expect(t, "feed", rows, s.read(t, n, known{}).Feed)
		}
		expect(t, "after 2, at most 1", want[1][2:3], must(s.st.Feed(context.Background(), 1, 2, 1))(t))
	})
}
