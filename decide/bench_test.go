package decide

import (
	"fmt"
	"testing"

	"github.com/aparte-dev/aparte"
)

// BenchmarkDecide decides for marie in a slot with many contents, all eligible, under three rules (one
// about the person, one about the content, one about the item and the person), with a linear model over
// context, action and all pairs of both.
func BenchmarkDecide(b *testing.B) {
	for _, n := range []int{30, 100} {
		b.Run(fmt.Sprintf("candidates=%d", n), func(b *testing.B) {
			p := plan(b, busy())
			q := onWeb(marie())
			q.MaxCandidates = n
			s := newLinear(10)
			d := p.Decide(q, s)
			if got := len(d.Candidates); got != n {
				b.Fatalf("%d candidates, want %d", got, n)
			}
			b.ReportAllocs()
			for b.Loop() {
				q.Seed++
				d = p.Decide(q, s)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/candidate")
			b.ReportMetric(float64(len(d.Features.Context)), "context-features")
			b.ReportMetric(float64(len(d.Features.Action)), "action-features")
		})
	}
}

// busy is shop with ten more contents that can be said in the hero slot.
func busy() *aparte.Brand {
	b := shop()
	b.Holdout = 0
	b.Rules = []aparte.Rule{
		{ID: "person", When: `traits.country == "FR" && person.orders >= 1`, Everywhere: true},
		{ID: "content", When: `content.kind != "incentive" || person.revenue > 5000`, Everywhere: true},
		{ID: "item", When: `item.price <= 5000 || person.revenue > 10000`, Everywhere: true},
	}
	b.Contents = nil
	for i := range 10 {
		b.Contents = append(b.Contents, aparte.Content{
			ID: aparte.ContentID(fmt.Sprintf("c%d", i)), Kind: []string{"product", "incentive"}[i%2], Purpose: aparte.Marketing,
			Channels: []aparte.Channel{aparte.Web}, Layouts: []aparte.LayoutID{"card", "wide"}, Items: aparte.Recommended,
			Elements: elementsWith(3, 2),
		})
	}
	return b
}

func BenchmarkMarshal(b *testing.B) {
	q := onWeb(marie())
	q.MaxCandidates = 30
	d := plan(b, busy()).Decide(q, newLinear(10))
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = Marshal(buf[:0], &d)
	}
	b.ReportMetric(float64(len(buf)), "bytes")
}

func BenchmarkUnmarshal(b *testing.B) {
	q := onWeb(marie())
	q.MaxCandidates = 30
	d := plan(b, busy()).Decide(q, newLinear(10))
	buf := Marshal(nil, &d)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Unmarshal(buf); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCompile(b *testing.B) {
	brand := shop()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Compile(brand, 1); err != nil {
			b.Fatal(err)
		}
	}
}
