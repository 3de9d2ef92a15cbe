package attribution

import (
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// PathData and what others found of it: SOURCE.md and reference.json beside the data.
const pathdata = "../../../shared/data/pathdata"

func journeys(t testing.TB) (all []Journey) {
	t.Helper()
	f, err := os.Open(filepath.Join(pathdata, "PathData.csv.gz"))
	if err != nil {
		t.Skipf("%v: the test needs the shared data beside the repository", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(z).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		var n [3]float64
		for i := range n {
			if n[i], err = strconv.ParseFloat(row[i+1], 64); err != nil {
				t.Fatal(err)
			}
		}
		all = append(all, Journey{strings.Split(row[0], " > "), n[0], n[1], n[2]})
	}
	return all
}

func pathsOf(t testing.TB, order int, all []Journey) *Paths {
	t.Helper()
	p, err := New(order, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, j := range all {
		if err := p.Add(j); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func same(t *testing.T, what string, got, want, apart float64) {
	t.Helper()
	if !(math.Abs(got-want) <= apart) {
		t.Errorf("%s: %.15g, want %.15g", what, got, want)
	}
}

func TestPathDataIsAttributedAsByOthers(t *testing.T) {
	p := pathsOf(t, 1, journeys(t))
	b, err := os.ReadFile(filepath.Join(pathdata, "reference.json"))
	if err != nil {
		t.Fatal(err)
	}
	var sections map[string]json.RawMessage
	if err := json.Unmarshal(b, &sections); err != nil {
		t.Fatal(err)
	}
	section := func(name string, into any) {
		if err := json.Unmarshal(sections[name], into); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	var heuristic map[string]map[string]float64
	section("heuristic (ChannelAttribution 2.2.4)", &heuristic)
	var position map[string]float64
	section("position based 40/20/40 (1 touch 100, 2 touches 50/50)", &position)
	var shapley struct{ Conversions, Value map[string]float64 }
	section("shapley, coalition value = conversions of paths whose channels all lie in the coalition", &shapley)
	var markov struct {
		P           float64            `json:"conversion_probability"`
		Removal     map[string]float64 `json:"removal_effect"`
		Conversions map[string]float64
	}
	section("markov order 1, exact (absorbing chain)", &markov)
	m := p.Markov()
	same(t, "P(conversion)", m.PConversion, markov.P, 1e-12)
	if !m.Converged || len(p.Channels()) != 12 {
		t.Errorf("%d channels, %+v", len(p.Channels()), m)
	}
	for i, name := range p.Channels() {
		h := heuristic[name]
		for _, c := range []struct {
			what      string
			got, want float64
		}{
			{"first", p.First()[i].Conversions, h["first_touch_conversions"]}, {"first value", p.First()[i].Value, h["first_touch_value"]},
			{"last", p.Last()[i].Conversions, h["last_touch_conversions"]}, {"last value", p.Last()[i].Value, h["last_touch_value"]},
			{"linear", p.Linear()[i].Conversions, h["linear_touch_conversions"]}, {"linear value", p.Linear()[i].Value, h["linear_touch_value"]},
			{"position", p.Position()[i].Conversions, position[name]},
			{"Shapley", p.Shapley()[i].Conversions, shapley.Conversions[name]}, {"Shapley value", p.Shapley()[i].Value, shapley.Value[name]},
			{"credit", m.Credits[i].Conversions, markov.Conversions[name]},
		} {
			same(t, name+" "+c.what, c.got, c.want, 1e-8)
		}
		same(t, name+" removal effect", m.Removal[i], markov.Removal[name], 1e-12)
	}
}

func TestHigherOrdersConvergeAndConvertAsOftenAsPeopleDid(t *testing.T) {
	all := journeys(t)
	for order := 1; order <= MaxOrder; order++ {
		p := pathsOf(t, order, all)
		m := p.Markov()
		same(t, fmt.Sprint("P(conversion), order ", order), m.PConversion, p.all.Conversions/(p.all.Conversions+p.lost), 1e-12)
		if !m.Converged {
			t.Errorf("order %d: %+v", order, m)
		}
		t.Logf("order %d: %d states, %d sweeps, %.4f", order, m.States, m.Sweeps, m.Removal)
	}
}

// anyJourneys are a few over a few channels.
var anyJourneys = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Journey {
	j := Journey{
		Touches:   rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "d"}), 1, 7).Draw(t, "touches"),
		Converted: float64(rapid.IntRange(0, 3).Draw(t, "converted")), Lost: float64(rapid.IntRange(0, 3).Draw(t, "lost")),
	}
	if j.Converted > 0 {
		j.Value = rapid.Float64Range(0, 100).Draw(t, "value")
	}
	return j
}), 1, 12)

// The chain as it is defined, with texts for states, pushed forwards until nothing of the mass is left.
func pushed(order int, all []Journey, without string) float64 {
	weights, totals := map[string]map[string]float64{}, map[string]float64{}
	count := func(from, to string, weight float64) {
		if weights[from] == nil {
			weights[from] = map[string]float64{}
		}
		weights[from][to] += weight
		totals[from] += weight
	}
	for _, j := range all {
		at := ""
		for _, touch := range j.Touches {
			next := at + touch
			next = next[max(0, len(next)-order):]
			count(at, next, j.Converted+j.Lost)
			at = next
		}
		count(at, "+", j.Converted)
		count(at, "-", j.Lost)
	}
	mass, converted := map[string]float64{"": 1}, 0.0
	for range 20_000 {
		next, left := map[string]float64{}, 0.0
		for from, m := range mass {
			for to, weight := range weights[from] {
				flow := m * weight / totals[from]
				switch {
				case flow == 0 || to == "-" || without != "" && strings.HasSuffix(to, without):
				case to == "+":
					converted += flow
				default:
					next[to] += flow
					left += flow
				}
			}
		}
		if mass = next; left < 1e-14 {
			break
		}
	}
	return converted
}

func TestEveryOrderIsTheChainAsDefined(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all, order := anyJourneys.Draw(t, "journeys"), rapid.IntRange(1, MaxOrder).Draw(t, "order")
		p, _ := New(order, 1)
		for _, j := range all {
			if err := p.Add(j); err != nil {
				t.Fatal(err)
			}
		}
		m, c := p.Markov(), p.chain()
		whole := pushed(order, all, "")
		if math.Abs(m.PConversion-whole) > 1e-9 {
			t.Fatalf("P(conversion) %.12g, want %.12g", m.PConversion, whole)
		}
		for i, name := range p.Channels() {
			left := pushed(order, all, name)
			if whole > 0 && math.Abs(m.Removal[i]-(1-left/whole)) > 1e-8 {
				t.Errorf("without %s: %.12g, want %.12g", name, m.Removal[i], 1-left/whole)
			}
			if swept, _, ok := c.sweep(i, nil); !ok || math.Abs(swept[0]-c.eliminate(i)[0]) > 1e-10 {
				t.Errorf("without %s: %.12g by sweeps, %.12g by elimination", name, swept[0], c.eliminate(i)[0])
			}
		}
	})
}

// By the definition: the mean of what a channel adds, over all orders in which channels may come together.
func TestShapleyIsTheMeanOverAllOrdersOfChannels(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := anyJourneys.Draw(t, "journeys")
		p, _ := New(1, 1)
		for _, j := range all {
			if err := p.Add(j); err != nil {
				t.Fatal(err)
			}
		}
		worth := func(together map[string]bool) (sum float64) {
			for _, j := range all {
				inside := true
				for _, touch := range j.Touches {
					inside = inside && together[touch]
				}
				if inside {
					sum += j.Converted
				}
			}
			return sum
		}
		want, orders := map[string]float64{}, 0.0
		var come func(rest []string, together map[string]bool)
		come = func(rest []string, together map[string]bool) {
			if len(rest) == 0 {
				orders++
				return
			}
			for i, name := range rest {
				before := worth(together)
				together[name] = true
				others := append(append([]string(nil), rest[:i]...), rest[i+1:]...)
				ways := 1.0
				for n := len(others); n > 1; n-- {
					ways *= float64(n)
				}
				want[name] += ways * (worth(together) - before)
				come(others, together)
				together[name] = false
			}
		}
		come(p.Channels(), map[string]bool{})
		for i, name := range p.Channels() {
			if math.Abs(p.Shapley()[i].Conversions-want[name]/orders) > 1e-9 {
				t.Errorf("%s: %g, want %g", name, p.Shapley()[i].Conversions, want[name]/orders)
			}
		}
	})
}

func TestEveryModelSharesOutAllThereIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, _ := New(2, rapid.Float64Range(0.2, 50).Draw(t, "half-life"))
		for _, j := range anyJourneys.Draw(t, "journeys") {
			if err := p.Add(j); err != nil {
				t.Fatal(err)
			}
		}
		for model, credits := range map[string][]Credit{
			"first": p.First(), "last": p.Last(), "linear": p.Linear(), "position": p.Position(), "decay": p.TimeDecay(),
			"shapley": p.Shapley(), "markov": p.Markov().Credits,
		} {
			var sum Credit
			for _, c := range credits {
				sum.add(1, c)
			}
			if math.Abs(sum.Conversions-p.Total().Conversions) > 1e-9 || math.Abs(sum.Value-p.Total().Value) > 1e-7 {
				t.Errorf("%s shares out %+v of %+v", model, sum, p.Total())
			}
		}
	})
}

func TestATouchCountsHalfOfOneThatIsAHalfLifeLater(t *testing.T) {
	p, _ := New(1, 2)
	if err := p.Add(Journey{Touches: []string{"a", "b", "c", "d", "e"}, Converted: 7}); err != nil {
		t.Fatal(err)
	}
	d := p.TimeDecay()
	same(t, "a beside c", 2*d[0].Conversions, d[2].Conversions, 1e-12)
	same(t, "c beside e", 2*d[2].Conversions, d[4].Conversions, 1e-12)
}

func TestABadJourneyChangesNothing(t *testing.T) {
	p := pathsOf(t, 1, []Journey{{[]string{"a", "b"}, 1, 2, 3}})
	for _, j := range []Journey{
		{}, {Touches: []string{"c"}, Converted: -1}, {Touches: []string{"c"}, Lost: math.NaN()},
		{Touches: []string{"c"}, Value: 1}, {Touches: []string{"c"}, Converted: math.Inf(1)},
	} {
		if err := p.Add(j); err == nil {
			t.Errorf("%+v was taken", j)
		}
	}
	if len(p.Channels()) != 2 || p.Total() != (Credit{1, 2}) || p.Lost() != 3 {
		t.Errorf("%v %+v %g", p.Channels(), p.Total(), p.Lost())
	}
	for _, order := range []int{0, 5} {
		if _, err := New(order, 1); err == nil {
			t.Errorf("order %d was taken", order)
		}
	}
}

// A million journeys are to be attributed within 20 s.
func BenchmarkMillionPaths(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	all := make([]Journey, 10_000)
	for i := range all {
		for range 1 + rng.IntN(9) {
			all[i].Touches = append(all[i].Touches, fmt.Sprintf("channel %d", rng.IntN(12)))
		}
		all[i].Converted, all[i].Lost = float64(rng.IntN(2)), 1
	}
	for _, order := range []int{1, 4} {
		b.Run(fmt.Sprint("order ", order), func(b *testing.B) {
			for b.Loop() {
				p, _ := New(order, 1)
				for i := range 1_000_000 {
					if err := p.Add(all[i%len(all)]); err != nil {
						b.Fatal(err)
					}
				}
				if m := p.Markov(); !m.Converged {
					b.Fatal(m)
				}
			}
		})
	}
}
