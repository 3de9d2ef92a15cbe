package attribution

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// drawWalk draws a walk of one of two objectives, within a few weeks.
func drawWalk(t *rapid.T) *Walk {
	w := &Walk{
		Day: rapid.Int32Range(20_000, 20_030).Draw(t, "day"), Objective: rapid.SampledFrom([]string{"order", "order", "signup"}).Draw(t, "objective"),
		Converted: rapid.Bool().Draw(t, "converted"), Device: rapid.SampledFrom([]string{"", "mobile", "desktop"}).Draw(t, "device"),
		Persona: rapid.SampledFrom([]string{"", "regulars", "hunters"}).Draw(t, "persona"),
	}
	if w.Converted {
		w.Value = float64(rapid.IntRange(0, 10_000).Draw(t, "value"))
	}
	w.Touches = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Touch {
		own := rapid.Bool().Draw(t, "own")
		channel := rapid.SampledFrom([]string{"google / cpc", "news.example / referral", "bing / cpc"}).Draw(t, "source")
		if own {
			channel = rapid.SampledFrom([]string{"email", "web"}).Draw(t, "channel")
		}
		var ways []Way
		if own {
			for _, element := range rapid.SampledFrom([][]string{nil, {"headline"}, {"headline", "tone"}}).Draw(t, "elements") {
				ways = append(ways, Way{element, rapid.SampledFrom([]string{"warm", "short"}).Draw(t, "variant")})
			}
		}
		return Touch{
			Ways: ways, Channel: channel, Own: own, What: rapid.SampledFrom([]string{"", "welcome", "basket"}).Draw(t, "what"),
			Device: rapid.SampledFrom([]string{"", "mobile", "desktop"}).Draw(t, "on"), Age: rapid.IntRange(0, 30).Draw(t, "age"),
		}
	}), 1, 8).Draw(t, "touches")
	return w
}

func learned(t rapid.TB, walks []*Walk) *Ledger {
	t.Helper()
	l := NewLedger()
	for _, w := range walks {
		if err := l.Learn(w); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

func reported(t rapid.TB, l *Ledger, a Asked) *Report {
	t.Helper()
	r, err := l.Report(a)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAWalkReadsBackAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWalk(t)
		got, err := ParseWalk(w.Append(nil))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(*w, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

// A walk of before personas and ways were told is read as it was.
func TestAnOldWalkIsReadAsItWas(t *testing.T) {
	old := []byte{'J', 1, 3, 0, 0, 0, 0, 0, 0, 40, 64, 0, 5, 'o', 'r', 'd', 'e', 'r', 0, 0, 1, 1, 2, 0, 3, 'w', 'e', 'b', 0, 2, 'h', 'i', 3}
	want := Walk{Day: 3, Objective: "order", Converted: true, Value: 12, Touches: []Touch{{Channel: "web", What: "hi", Own: true, Age: 2}}}
	got, err := ParseWalk(old)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

func FuzzParseWalk(f *testing.F) {
	f.Add((&Walk{Day: 3, Objective: "order", Converted: true, Value: 12, Device: "mobile", Touches: []Touch{{Channel: "email", What: "welcome", Own: true}, {Channel: "email", Age: 2}}}).Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		w, err := ParseWalk(b)
		if err != nil {
			return
		}
		again, err := ParseWalk(w.Append(nil))
		if err != nil || !cmp.Equal(w, again, cmpopts.EquateNaNs()) {
			t.Fatalf("what was read does not read back: %v", err)
		}
	})
}

func FuzzRestoreLedger(f *testing.F) {
	l := NewLedger()
	_ = l.Learn(&Walk{Day: 20_000, Objective: "order", Converted: true, Value: 1, Touches: []Touch{{Channel: "email"}}})
	f.Add(l.Snapshot()[:len(l.Snapshot())-4])
	f.Fuzz(func(t *testing.T, b []byte) {
		sealed := appendChecksum(bytes.Clone(b))
		if l, err := RestoreLedger(sealed); err == nil {
			if _, err := l.Report(Asked{Objective: "order", Order: 1}); err != nil {
				t.Log(err) // counts that no ledger would have
			}
		}
	})
}

func appendChecksum(b []byte) []byte {
	sum := checksum(b)
	return append(b, byte(sum), byte(sum>>8), byte(sum>>16), byte(sum>>24))
}

// However often it is stopped and goes on from what was saved, a ledger is that of one that never was, and what it
// reports is what all the walks together, in one go, are worth by each model.
func TestWalkByWalkIsTheSameAsAllAtOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		walks := rapid.SliceOfN(rapid.Custom(drawWalk), 1, 40).Draw(t, "walks")
		l := NewLedger()
		for _, w := range walks {
			if err := l.Learn(w); err != nil {
				t.Fatal(err)
			}
			if rapid.IntRange(0, 4).Draw(t, "restart") == 0 {
				var err error
				if l, err = RestoreLedger(l.Snapshot()); err != nil {
					t.Fatal(err)
				}
			}
		}
		if !bytes.Equal(l.Snapshot(), learned(t, walks).Snapshot()) {
			t.Fatal("what restarted is not as what went on")
		}
		since := rapid.Int32Range(20_000, 20_030).Draw(t, "since")
		asked := Asked{Objective: "order", By: rapid.SampledFrom([]By{ByChannel, ByContent, ByDevice, ByPersona, ByElement}).Draw(t, "by"), Since: since, Order: MaxOrder}
		if asked.By == ByElement {
			asked.Element = rapid.SampledFrom([]string{"headline", "tone"}).Draw(t, "element")
		}
		compareToBatch(t, reported(t, l, asked), walks, asked)
	})
}

// called is what the touches of a walk are called, one after another, and how old each is: nil where the walk is none of
// those asked for.
func called(w *Walk, a Asked) (names []string, ages []int) {
	said := false
	for _, x := range w.Touches {
		name := x.Channel
		switch a.By {
		case ByContent:
			if x.Own && x.What != "" {
				name = x.What
			} else if x.What != "" {
				name += " · " + x.What
			}
		case ByDevice:
			if name = x.Device; name == "" {
				name = "unknown"
			}
		case ByElement:
			for _, way := range x.Ways {
				if way.Element == a.Element {
					name, said = x.What+" · "+way.Variant, true
				}
			}
		}
		if n := len(names); n == 0 || names[n-1] != name || ages[n-1] != x.Age {
			names, ages = append(names, name), append(ages, x.Age)
		}
	}
	switch {
	case a.By == ByPersona && w.Persona == "":
		return []string{"none"}, []int{0}
	case a.By == ByPersona:
		return []string{w.Persona}, []int{0}
	case a.By == ByElement && !said:
		return nil, nil
	}
	return names, ages
}

// compareToBatch holds a report against Paths that were given every walk by itself.
func compareToBatch(t rapid.TB, got *Report, walks []*Walk, asked Asked) {
	t.Helper()
	for order := 1; order <= MaxOrder; order++ {
		p, err := New(order, 1)
		if err != nil {
			t.Fatal(err)
		}
		decay := map[string]Credit{}
		for _, w := range walks {
			if w.Objective != "order" || w.Day < got.From {
				continue
			}
			j := Journey{Value: w.Value, Lost: 1}
			if w.Converted {
				j.Converted, j.Lost = 1, 0
			}
			names, ages := called(w, asked)
			if names == nil {
				continue
			}
			j.Touches = names
			sum := 0.0
			var weights []float64
			for _, age := range ages {
				weights = append(weights, math.Exp2(-float64(age)/7))
				sum += weights[len(weights)-1]
			}
			if err := p.Add(j); err != nil {
				t.Fatal(err)
			}
			for i := range j.Touches {
				share := weights[i] / sum * j.Converted
				c := decay[j.Touches[i]]
				decay[j.Touches[i]] = Credit{c.Conversions + share, c.Value + share*w.Value}
			}
		}
		near := cmpopts.EquateApprox(1e-9, 1e-9)
		if diff := cmp.Diff([]any{p.Total(), p.Lost()}, []any{got.All, got.Lost}, near); diff != "" {
			t.Fatal(diff)
		}
		m := p.Markov()
		if diff := cmp.Diff(m.PConversion, got.Chains[order-1].PConversion, near); diff != "" {
			t.Fatal(diff)
		}
		for i, name := range p.Channels() {
			at := slices.IndexFunc(got.Rows, func(r Row) bool { return r.Name == name })
			if at < 0 {
				t.Fatalf("nothing is told of %s", name)
			}
			r := &got.Rows[at]
			want := []any{p.First()[i], p.Last()[i], p.Linear()[i], p.Position()[i], p.Shapley()[i], decay[name], m.Credits[i], m.Removal[i]}
			if diff := cmp.Diff(want, []any{r.First, r.Last, r.Linear, r.Position, r.Shapley, r.TimeDecay, r.Markov[order-1], r.Removal[order-1]}, near); diff != "" {
				t.Fatalf("%s, order %d: %s", name, order, diff)
			}
		}
		if len(got.Rows) != len(p.Channels()) {
			t.Fatalf("%d rows, want %d", len(got.Rows), len(p.Channels()))
		}
	}
}

// The credits of each model add up to what there was, however many names there are and however full the ledger is.
func TestCreditsOfALedgerAddUpToWhatThereWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := NewLedger()
		if rapid.Bool().Draw(t, "full") {
			l.paths = mostPaths
		}
		n := rapid.IntRange(1, 150).Draw(t, "walks")
		all := Credit{}
		for i := range n {
			w := &Walk{Day: 20_000, Objective: "order", Converted: i%3 > 0}
			if w.Converted {
				w.Value = float64(i)
				all.add(1, Credit{1, w.Value})
			}
			for range rapid.IntRange(1, 5).Draw(t, "touches") {
				w.Touches = append(w.Touches, Touch{Channel: fmt.Sprint("site ", rapid.IntRange(0, 90).Draw(t, "site"), " / referral"), Age: i % 9})
			}
			if err := l.Learn(w); err != nil {
				t.Fatal(err)
			}
		}
		r := reported(t, l, Asked{Objective: "order", Order: 2, Paths: 3})
		var sums [8]Credit
		for i := range r.Rows {
			x := &r.Rows[i]
			for k, c := range []Credit{x.First, x.Last, x.Linear, x.Position, x.TimeDecay, x.Shapley, x.Markov[0], x.Markov[1]} {
				sums[k].add(1, c)
			}
		}
		for k, sum := range sums {
			if r.Chains[0].PConversion == 0 && k >= 6 {
				continue // nothing to share out
			}
			if !cmp.Equal(sum, all, cmpopts.EquateApprox(1e-9, 1e-9)) {
				t.Fatalf("model %d shares out %v of %v", k, sum, all)
			}
		}
		if named := len(r.Rows); l.paths < mostPaths && named > mostTold {
			t.Fatalf("%d names are told apart", named)
		}
	})
}

func TestWhatIsOlderThanAYearIsForgotten(t *testing.T) {
	walk := func(day int32) *Walk {
		return &Walk{Day: day, Objective: "order", Converted: true, Value: 5, Touches: []Touch{{Channel: "email"}}}
	}
	l := learned(t, []*Walk{walk(20_000), walk(20_007), walk(20_000 + 53*7), walk(20_000)})
	r := reported(t, l, Asked{Objective: "order", Order: 1})
	if r.All.Conversions != 2 || l.paths != 2*len(views) {
		t.Errorf("%v conversions are left and %d paths, want those of the last 53 weeks", r.All.Conversions, l.paths)
	}
}

func TestOneTableNamesNoMoreThanItsBound(t *testing.T) {
	l := NewLedger()
	for i := range mostNames + 200 {
		if err := l.Learn(&Walk{Day: 20_000, Objective: "order", Touches: []Touch{{Channel: fmt.Sprint("spam ", i)}}}); err != nil {
			t.Fatal(err)
		}
	}
	names := l.tables[place{week: weekOf(20_000), objective: "order", by: ByChannel}].names
	if n := len(names); n != mostNames+1 || names[n-1] != Other {
		t.Errorf("%d names, the last %q", n, names[n-1])
	}
}

func TestSalesAreToldByTheDeviceOnWhichTheyWereMade(t *testing.T) {
	phone, desk := Touch{Channel: "email", Device: "mobile"}, Touch{Channel: "google / cpc", Device: "desktop"}
	l := learned(t, []*Walk{
		{Day: 1, Objective: "order", Converted: true, Value: 10, Device: "desktop", Touches: []Touch{phone, desk}},
		{Day: 1, Objective: "order", Converted: true, Value: 20, Device: "desktop", Touches: []Touch{phone}},
		{Day: 1, Objective: "order", Converted: true, Value: 5, Device: "mobile", Touches: []Touch{phone}},
		{Day: 1, Objective: "order", Device: "mobile", Touches: []Touch{desk}},
	})
	r := reported(t, l, Asked{Objective: "order", By: ByDevice, Order: 1})
	want := []Sale{{"desktop", Credit{2, 30}}, {"mobile", Credit{1, 5}}}
	if diff := cmp.Diff(want, r.Sales); diff != "" {
		t.Error(diff)
	}
	if r.Across != 1 {
		t.Errorf("%v conversions were on the way on two devices", r.Across)
	}
}

// PathData, walk by walk, is attributed as the whole of it at once is, which is held to what others found.
func TestPathDataThroughALedgerIsAttributedAsAtOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a while")
	}
	all := journeys(t)
	l := NewLedger()
	for _, j := range all {
		w := Walk{Day: 20_000, Objective: "order"}
		if len(j.Touches) > MaxWalk {
			continue
		}
		for i, name := range j.Touches {
			w.Touches = append(w.Touches, Touch{Channel: name, Age: len(j.Touches) - i})
		}
		for range int(j.Converted) {
			w.Converted, w.Value = true, j.Value/j.Converted
			if err := l.Learn(&w); err != nil {
				t.Fatal(err)
			}
		}
		for range int(j.Lost) {
			w.Converted, w.Value = false, 0
			if err := l.Learn(&w); err != nil {
				t.Fatal(err)
			}
		}
	}
	short := slices.DeleteFunc(all, func(j Journey) bool { return len(j.Touches) > MaxWalk })
	p, r := pathsOf(t, 1, short), reported(t, l, Asked{Objective: "order", Order: 1})
	m := p.Markov()
	for i, name := range p.Channels() {
		row := &r.Rows[slices.IndexFunc(r.Rows, func(r Row) bool { return r.Name == name })]
		want := []any{p.First()[i], p.Last()[i], p.Linear()[i], p.Position()[i], p.Shapley()[i], m.Credits[i]}
		if diff := cmp.Diff(want, []any{row.First, row.Last, row.Linear, row.Position, row.Shapley, row.Markov[0]}, cmpopts.EquateApprox(1e-9, 1e-6)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
