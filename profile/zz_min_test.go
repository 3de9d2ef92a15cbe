package profile

import (
	"fmt"
	"os"
	"testing"
	"time"
)

func TestMin(t *testing.T) {
	if os.Getenv("MIN") == "" {
		t.Skip()
	}
	p, at := shopper(1)
	items, e := newShop(), view(at.Add(time.Hour))
	pg := page(at.Add(time.Hour), browser)
	o := track(at.Add(time.Hour), orderCompleted, orderOf(20))
	ids := Identifiers(e)
	buf := Encode(nil, &p)
	out := make([]byte, 0, 8<<10)
	for _, c := range []struct {
		n string
		f func()
	}{
		{"ids", func() { Identifiers(e) }},
		{"applyView", func() { Apply(p, e, ids, items, "EUR") }},
		{"applyPage", func() { Apply(p, pg, ids, items, "EUR") }},
		{"applyOrder20", func() { Apply(p, o, ids, items, "EUR") }},
		{"encode", func() { out = Encode(out[:0], &p) }},
		{"decode", func() { Decode(buf) }},
		{"size", func() { size(&p) }},
		{"context", func() { s := step{p: p, at: at, r: new(reader)}; s.situate(e) }},
		{"facts", func() { readFacts(new(reader), e.Properties) }},
		{"all", func() { q := Apply(p, e, Identifiers(e), items, "EUR"); out = Encode(out[:0], &q) }},
	} {
		best := time.Hour
		for range 3000 {
			s := time.Now()
			for range 10 {
				c.f()
			}
			best = min(best, time.Since(s)/10)
		}
		fmt.Println(c.n, best)
	}
}
