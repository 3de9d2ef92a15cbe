package lookalike

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// town is people of whom those of Lyon above forty are mostly seeds, few of the others are; half the ages are
// known, and a column says nothing.
func town(people int, seed uint64) (*Table, []Row, func(int) float64) {
	rng := rand.New(rand.NewPCG(seed, 1))
	table, chances := NewTable("age", "town", "noise", "id"), []float64{}
	var rows []Row
	for i := range people {
		age, place := 20+rng.IntN(50), []string{"Lyon", "Brest", "Nice", "Lille"}[rng.IntN(4)]
		chance, cell := 0.05, fmt.Sprint(age)
		if place == "Lyon" && age > 40 {
			chance = 0.7
		}
		if rng.IntN(10) == 0 {
			cell = "?"
		}
		table.Add([]string{cell, place, fmt.Sprint(rng.IntN(1000)), fmt.Sprintf("p%d", i)})
		chances = append(chances, chance)
		rows = append(rows, Row{Person: i, Seed: rng.Float64() < chance})
	}
	return table, rows, func(i int) float64 { return chances[i] }
}

func TestWhoIsLikeSeedsIsFoundWithTheProbabilityAndTheReasons(t *testing.T) {
	table, rows, chance := town(8000, 1)
	m, err := Train(table, rows[:6000], Config{})
	if err != nil {
		t.Fatal(err)
	}
	var off float64
	for _, r := range rows[6000:] {
		off += math.Abs(m.Score(r.Person)-chance(r.Person)) / 2000
		reasons := m.Reasons(r.Person)
		if chance(r.Person) > 0.5 && m.Score(r.Person) > 0.5 && reasons[0].Column != "town" && reasons[0].Column != "age" {
			t.Fatalf("%+v", reasons)
		}
	}
	if off > 0.06 {
		t.Errorf("probabilities are off by %.3f on average", off)
	}
	if diff := cmp.Diff(map[string]string{"id": "more than 4096 different texts: it names people"}, table.Unused()); diff != "" {
		t.Error(diff)
	}
	again, _, _ := town(8000, 1)
	twin, err := Train(again, rows[:6000], Config{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 8000 {
		if m.Score(i) != twin.Score(i) {
			t.Fatalf("person %d has two scores of one seed: %g and %g", i, m.Score(i), twin.Score(i))
		}
	}
}

func TestReasonsAddUpToWhatTheTreesSay(t *testing.T) {
	table, rows, _ := town(2000, 2)
	m, err := Train(table, rows, Config{Rounds: 30})
	if err != nil {
		t.Fatal(err)
	}
	first := m.bias
	for _, tree := range m.trees {
		first += tree.nodes[0].value
	}
	for i := range 200 {
		sum := first
		for _, r := range m.Reasons(i) {
			sum += r.Adds
		}
		if math.Abs(sum-m.raw(i)) > 1e-9 {
			t.Fatalf("person %d: reasons add up to %g, the trees say %g", i, sum, m.raw(i))
		}
	}
}

// A seed of weight 3 is three seeds.
func TestSeedsCountByTheirWeight(t *testing.T) {
	table, rows, _ := town(6000, 3)
	for i := range rows {
		if rows[i].Seed && i%2 == 0 {
			rows[i].Weight = 9
		}
	}
	m, err := Train(table, rows, Config{Rounds: 60})
	if err != nil {
		t.Fatal(err)
	}
	var said, came, all float64
	for _, r := range rows {
		w := max(r.Weight, 1)
		said += w * m.Score(r.Person)
		all += w
		if r.Seed {
			came += w
		}
	}
	if math.Abs(said-came)/all > 0.02 {
		t.Errorf("%.3f foretold of all the weight, %.3f are seeds", said/all, came/all)
	}
}

// All ways of parting are tried by hand.
func TestATreePartsWhereTheLossFallsMost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		people := rapid.IntRange(2*fewest, 120).Draw(t, "people")
		g := &grower{cfg: Config{Ridge: 1}.normal(), codes: [][]uint8{nil, nil}}
		var rows []int32
		var slope, bend float64
		for i := range people {
			for c := range g.codes {
				g.codes[c] = append(g.codes[c], uint8(rapid.IntRange(0, 5).Draw(t, "code")))
			}
			g.slope = append(g.slope, rapid.Float64Range(-1, 1).Draw(t, "slope"))
			g.bend = append(g.bend, rapid.Float64Range(0.01, 0.25).Draw(t, "bend"))
			slope, bend, rows = slope+g.slope[i], bend+g.bend[i], append(rows, int32(i))
		}
		got, gain := node{column: -1}, slope*slope/(bend+1)+1e-9
		least := gain
		for c := range g.codes {
			g.look(c, rows, slope, bend, 1, &got, &gain)
		}
		best := least
		for c := range g.codes {
			for upto := range uint8(5) {
				var s, b float64
				n := 0
				for i := range people {
					if g.codes[c][i] <= upto {
						s, b, n = s+g.slope[i], b+g.bend[i], n+1
					}
				}
				if n >= fewest && people-n >= fewest {
					best = max(best, s*s/(b+1)+(slope-s)*(slope-s)/(bend-b+1))
				}
			}
		}
		if math.Abs(gain-best) > 1e-9*best {
			t.Fatalf("parted for %g by %+v, the best is %g", gain, got, best)
		}
		if got.column >= 0 {
			n := part(rows, g.codes[got.column], got.upto)
			for i, row := range rows {
				if (g.codes[got.column][row] <= got.upto) != (i < n) {
					t.Fatalf("row %d is on the wrong side", row)
				}
			}
		}
	})
}

func TestTheCurveRisesAndKeepsTheOrderOfWhatWasSaid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var held []heldOut
		for range rapid.IntRange(1, 300).Draw(t, "rows") {
			held = append(held, heldOut{rapid.Float64Range(-4, 4).Draw(t, "odds"), rapid.Float64Range(0.5, 3).Draw(t, "weight"), rapid.Bool().Draw(t, "seed")})
		}
		held[0].seed = true
		held = append(held, heldOut{0, 1, false})
		c := isotonic(held)
		before := math.Inf(-1)
		for x := -6.0; x <= 6; x += 0.05 {
			y := c.at(x)
			if !(y > before) {
				t.Fatalf("at %g it falls from %g to %g: %v", x, before, y, c)
			}
			before = y
		}
	})
}

func TestCellsAreNumbersOrTextsAndSaySo(t *testing.T) {
	table := NewTable("n", "mixed", "same")
	for i := range 200 {
		mixed := []string{"red", "7", "", "blue"}[i%4]
		table.Add([]string{fmt.Sprint(i / 2), mixed, "x"})
	}
	if diff := cmp.Diff(map[string]string{"same": "the same for everybody"}, table.Unused()); diff != "" {
		t.Error(diff)
	}
	n, mixed := table.columns[0], table.columns[1]
	if !n.ordered || mixed.ordered || len(n.edges) < numberBins-2 {
		t.Errorf("%d edges", len(n.edges))
	}
	for i, want := range []string{"mixed = red", "mixed = 7", "mixed not known", "mixed = blue"} {
		if got := mixed.describe(mixed.levels[i]); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	for i := 1; i < 200; i++ {
		if n.levels[i] < n.levels[i-1] {
			t.Fatal("bins are not in the order of numbers")
		}
	}
	if got := n.describe(n.levels[0]); !strings.HasPrefix(got, "n ≤ ") {
		t.Error(got)
	}
}

func TestWithoutSeedsOrOthersNobodyIsTold(t *testing.T) {
	table, rows, _ := town(100, 4)
	for i := range rows {
		rows[i].Seed = i == 0
	}
	if _, err := Train(table, rows, Config{}); !errors.Is(err, ErrOneKind) {
		t.Error(err)
	}
	rows[5].Weight = math.NaN()
	if _, err := Train(table, rows, Config{}); err == nil {
		t.Error("a weight of NaN was taken")
	}
}

func FuzzCells(f *testing.F) {
	f.Add("1", "x", "\xff")
	f.Add("1e400", "0x10", "NaN")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		table := NewTable("cell")
		var rows []Row
		for i := range 60 {
			table.Add([]string{[]string{a, b, c}[i%3]})
			rows = append(rows, Row{Person: i, Seed: i%2 == 0})
		}
		m, err := Train(table, rows, Config{Rounds: 3})
		if err != nil {
			t.Fatal(err)
		}
		for i := range rows {
			if p := m.Score(i); !(p > 0 && p < 1) || len(m.Reasons(i)) > 1 {
				t.Fatalf("%g", p)
			}
		}
	})
}

// A million people are to be ranked within 60 s; learning is from 40,000 at most, however many there are.
func BenchmarkTrain40000(b *testing.B) {
	table, rows, _ := town(40_000, 1)
	for b.Loop() {
		if _, err := Train(table, rows, Config{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkScore(b *testing.B) {
	table, rows, _ := town(10_000, 1)
	m, err := Train(table, rows, Config{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(m.Rounds), "trees")
	for i := 0; b.Loop(); i++ {
		m.Score(i % 10_000)
	}
}
