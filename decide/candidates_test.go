package decide

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
)

// candidatesOf gathers and enumerates for a question and returns what each content got.
func candidatesOf(d *deliberation) (rows map[int32]int, different map[string]bool) {
	d.gather()
	d.enumerate()
	rows, different = make(map[int32]int), make(map[string]bool)
	for _, c := range d.candidates {
		rows[c.content]++
		different[fmt.Sprint(c.content, c.view, c.layout, d.variantsOf(c))] = true
	}
	return rows, different
}

func TestCandidatesAreAllThereAreOrAFairShare(t *testing.T) {
	p := plan(t, busy())
	rapid.Check(t, func(t *rapid.T) {
		q := something(t, marie())
		q.Moment.Channel, q.Moment.Trigger = aparte.Web, "request"
		q.MaxCandidates = rapid.IntRange(2, 1000).Draw(t, "most")
		d := p.open(q)
		defer p.close(d)
		rows, different := candidatesOf(d)
		total := 0
		for _, n := range rows {
			total += n
		}
		if len(different) != total {
			t.Fatalf("%d candidates, %d different ones", total, len(different))
		}
		places := q.MaxCandidates
		if q.Fixed {
			places++ // silence is scored all the same
		}
		var all uint64 = 1
		least, most := places, 0
		for _, o := range d.options {
			all += o.size()
			n := rows[o.content]
			if uint64(n) < o.size() {
				least, most = min(least, n), max(most, n)
			}
		}
		if want := min(uint64(places), all); uint64(total) != want && len(d.options) < places {
			t.Fatalf("%d candidates, want %d", total, want)
		}
		for _, o := range d.options { // who has all there is has no more than who has not
			if n := rows[o.content]; uint64(n) == o.size() && most > 0 && n > most+1 {
				t.Fatalf("content %d has %d, another with more to say %d", o.content, n, most)
			}
		}
		if most-least > 1 {
			t.Fatalf("shares between %d and %d", least, most)
		}
	})
}

func TestEveryCombinationIsACandidateWhereThereIsRoom(t *testing.T) {
	b := busy()
	b.Rules, b.Contents = nil, b.Contents[:1]
	b.Contents[0].Items = aparte.NoItems
	d := plan(t, b).Decide(onWeb(marie()), nil)
	seen := make(map[string]bool)
	for _, c := range d.Candidates {
		seen[fmt.Sprint(c.Action.Layout, c.Action.Variants)] = true
	}
	if len(d.Candidates) != 1+2*3*2 || len(seen) != len(d.Candidates) {
		t.Errorf("%d candidates, %d different ones, want 13: %v", len(d.Candidates), len(seen), seen)
	}
}

func TestContentsThatFindNoRoomAreDrawnByLot(t *testing.T) {
	p := plan(t, busy())
	q := onWeb(marie())
	q.MaxCandidates = 4
	got := make(map[aparte.ContentID]int)
	for q.Seed = range 300 {
		d := p.Decide(q, nil)
		if len(d.Candidates) != 4 {
			t.Fatalf("%d candidates", len(d.Candidates))
		}
		for _, c := range d.Candidates[1:] {
			got[c.Action.Content]++
		}
	}
	for id, n := range got {
		if n < 50 || n > 130 { // 90 expected
			t.Errorf("content %s was drawn %d times of 300", id, n)
		}
	}
	if len(got) != 10 {
		t.Errorf("%d contents were drawn", len(got))
	}
}

func TestSomeIsASampleWithoutRepetition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := &deliberation{}
		d.lots.Seed(rapid.Uint64().Draw(t, "seed"), 1)
		of := rapid.Uint64Range(1, 200).Draw(t, "of")
		n := rapid.Uint64Range(0, 220).Draw(t, "n")
		got := d.some(n, of)
		if uint64(len(got)) != min(n, of) {
			t.Fatalf("%d of %d: got %d", n, of, len(got))
		}
		for i, v := range got {
			if v >= of || i > 0 && v <= got[i-1] {
				t.Fatalf("got %v of %d", got, of)
			}
		}
	})
	counts := make([]int, 6)
	d := &deliberation{}
	for seed := range uint64(3000) {
		d.lots.Seed(seed, 1)
		for _, v := range d.some(2, 6) {
			counts[v]++
		}
	}
	for v, n := range counts {
		if n < 900 || n > 1100 {
			t.Errorf("%d was drawn %d times, want about 1000", v, n)
		}
	}
}

func TestManyWaysOverflowNothing(t *testing.T) {
	b := shop()
	for i := range MaxElements {
		e := aparte.Element{Name: fmt.Sprintf("e%d", i)}
		for j := range MaxVariants {
			e.Variants = append(e.Variants, aparte.Variant{ID: fmt.Sprint(j)})
		}
		if i == 0 {
			b.Contents[0].Elements = nil
		}
		b.Contents[0].Elements = append(b.Contents[0].Elements, e)
	}
	q := onWeb(marie())
	q.Only = []aparte.ContentID{"picks"}
	d := plan(t, b).Decide(q, nil)
	if len(d.Candidates) != DefaultMaxCandidates {
		t.Errorf("%d candidates", len(d.Candidates))
	}
	for _, c := range d.Candidates[1:] {
		if len(c.Action.Variants) != MaxElements {
			t.Fatalf("candidate %+v", c)
		}
	}
}
