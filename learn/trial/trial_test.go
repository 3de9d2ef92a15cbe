package trial

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte/exchange/table"
	"github.com/aparte-dev/aparte/learn"
)

var sets = filepath.Join("..", "..", "..", "shared", "data", "bandit-sets")

func readShared(t testing.TB, name string) *Set {
	t.Helper()
	f, err := os.Open(filepath.Join(sets, name+".csv.gz"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the set is not beside the repository: ../shared/data/bandit-sets")
	} else if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := table.New(name, f)
	if err != nil {
		t.Fatal(err)
	}
	set, err := Read(rows, nil)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func parse(t *testing.T, text string) (*Set, error) {
	t.Helper()
	rows, err := table.New("set.csv", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return Read(rows, nil)
}

// mean is the mean loss of the defaults over orders 1 to n.
func mean(t *testing.T, set *Set, learner, exploration string, n int) float64 {
	t.Helper()
	sum := 0.0
	for k := 1; k <= n; k++ {
		p, err := NewPolicy(learner, exploration, uint64(k))
		if err != nil {
			t.Fatal(err)
		}
		loss, err := Run(set, Order(len(set.Rows), k), p)
		if err != nil {
			t.Fatal(err)
		}
		sum += loss
	}
	return sum / float64(n)
}

// What the best bandit of Vowpal Wabbit loses on each set is in peers.json, beside the sets.
func TestTheDefaultsLoseLessThanVowpalWabbitsBestBanditOnEverySet(t *testing.T) {
	best := peers(t)
	total := 0.0
	for _, name := range []string{"letter", "satimage", "pendigits", "mushroom"} {
		loss := mean(t, readShared(t, name), Learners()[0], Explorations()[0], 5)
		t.Logf("%s: %.4f, Vowpal Wabbit's best %.4f", name, loss, best[name])
		if loss >= best[name] {
			t.Errorf("%s: %.4f, not below %.4f", name, loss, best[name])
		}
		total += loss / 4
	}
	if linear := 0.1666; total > linear {
		t.Errorf("mean %.4f, above %.4f, that of the best linear learner of each set", total, linear)
	}
}

func peers(t *testing.T) map[string]float64 {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(sets, "peers.json"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the peers' figures are not beside the repository: ../shared/data/bandit-sets")
	} else if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Sets map[string]struct {
			VW map[string]struct {
				Loss float64 `json:"pv_loss_mean"`
			} `json:"vw"`
		} `json:"sets"`
	}
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	best := map[string]float64{}
	for name, set := range file.Sets {
		best[name] = 1
		for way, figures := range set.VW {
			if way != "oaa" { // it is told the right answer
				best[name] = min(best[name], figures.Loss)
			}
		}
	}
	return best
}

func TestOrdersAreThoseOfTheContract(t *testing.T) {
	if diff := cmp.Diff([]int{0, 1, 2, 3, 4}, Order(5, 0)); diff != "" {
		t.Error(diff)
	}
	for _, k := range []int{1, 2, 17} {
		order := Order(100, k)
		sorted := slices.Clone(order)
		slices.Sort(sorted)
		if diff := cmp.Diff(Order(100, 0), sorted); diff != "" {
			t.Errorf("order %d is no permutation: %s", k, diff)
		}
	}
	if diff := cmp.Diff([]int{2, 3, 0, 1, 4}, Order(5, 1)); diff != "" {
		t.Error(diff)
	}
}

func TestARowSaysNothingOfThoseAfterIt(t *testing.T) {
	text := "label,a,b\n0,1,x\n1,5,y\n0,-3,?\n1,1e9,x\n0,,z\n"
	set, err := parse(t, text)
	if err != nil {
		t.Fatal(err)
	}
	all, some := NewColumns(2), NewColumns(2)
	var whole, part []string
	for i, row := range set.Rows {
		whole = append(whole, fmt.Sprint(all.Features(nil, row)))
		if i < 3 {
			part = append(part, fmt.Sprint(some.Features(nil, row)))
		}
	}
	if diff := cmp.Diff(whole[:3], part); diff != "" {
		t.Error(diff)
	}
}

func TestNumbersAreScaledByWhatCameBefore(t *testing.T) {
	c := NewColumns(1)
	var got []float64
	for _, x := range []float64{7, 7, 9, 8} {
		for _, f := range c.Features(nil, []Cell{{Number: x, Kind: Number}}) {
			got = append(got, float64(f.Value))
		}
	}
	z := (8 - 7.75) / math.Sqrt(0.6875) // and bends with the third different number
	want := []float64{math.Sqrt2, z, (z*z - 1) / 2}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 1e-6 })); diff != "" {
		t.Error(diff)
	}
}

// Whatever unit a column is in, the losses are the same up to rounding: powers of two do not round.
func TestTheUnitOfAColumnChangesNothing(t *testing.T) {
	set := toy(400, 1)
	other := toy(400, 1024)
	if a, b := mean(t, set, "hybrid", "hopeful", 1), mean(t, other, "hybrid", "hopeful", 1); a != b {
		t.Errorf("losses %g and %g", a, b)
	}
}

// toy is a set of three actions: which is right goes by the size of a number, and by a category half of the time.
func toy(n int, unit float64) *Set {
	set := &Set{Columns: 2, Actions: 3}
	for i := range n {
		x := i * 7919 % 30
		label := x / 10
		if i%4 == 0 {
			label = 2
		}
		set.Rows = append(set.Rows, []Cell{{Number: float64(x) * unit, Kind: Number}, {Category: uint32(1 + oneIf(i%4 == 0)), Kind: Category}})
		set.Labels = append(set.Labels, label)
	}
	return set
}

func oneIf(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

func TestEveryLearnerLearnsByEveryExploration(t *testing.T) {
	set := toy(3000, 1)
	for _, learner := range Learners() {
		for _, exploration := range Explorations() {
			if _, err := NewPolicy(learner, exploration, 1); err != nil && exploration == votes {
				continue // it has none
			}
			loss := mean(t, set, learner, exploration, 1)
			t.Logf("%s, %s: %.3f", learner, exploration, loss)
			if bound := 0.35; loss > bound && exploration != "greedy" { // guessing loses 0.67; greed may never find out
				t.Errorf("%s, %s: loses %.3f", learner, exploration, loss)
			}
		}
	}
}

func TestTheSameSeedGivesTheSameModel(t *testing.T) {
	set := toy(500, 1)
	var snapshots []string
	for range 2 {
		p, err := NewPolicy("hybrid", "hopeful", 3)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Run(set, Order(500, 1), p); err != nil {
			t.Fatal(err)
		}
		snapshots = append(snapshots, string(p.Model.Snapshot()))
	}
	if snapshots[0] != snapshots[1] {
		t.Error("two runs differ")
	}
}

// Somewhere on the way, what was right becomes wrong, at once and without notice. Over the last quarter of the rows the one that
// forgets must lose what one begun at the change loses there, or little more; the one that remembers must lose much more, or
// there would be nothing to recover from.
// The default sees that what it chose has ceased to be right, and begins again; the one that forgets is there sooner.
func TestAllRecoverFromAChangeAndTheOneThatForgetsAtOnce(t *testing.T) {
	for _, change := range []int{2500, 3000, 3300} {
		set := toy(6000, 1)
		for i := change; i < len(set.Labels); i++ {
			set.Labels[i] = (set.Labels[i] + 1) % 3
		}
		late := map[string]float64{}
		for name, policy := range map[string]string{"doubts": "hybrid", "forgets": "forgetting", "begins": "hybrid"} {
			p, err := NewPolicy(policy, "hopeful", 1)
			if err != nil {
				t.Fatal(err)
			}
			at := 0
			if name == "begins" {
				at = change
			}
			for _, to := range []int{change, 4500, 6000} {
				if to == at {
					continue
				}
				part := &Set{2, set.Rows[at:to], set.Labels[at:to], 3}
				if late[name], err = Run(part, Order(to-at, 0), p); err != nil {
					t.Fatal(err)
				}
				at = to
			}
		}
		t.Logf("change at %d: %v", change, late)
		if late["forgets"] > late["begins"]+0.02 || late["doubts"] > late["begins"]+0.3 {
			t.Errorf("change at %d: %v", change, late)
		}
	}
}

// Where nothing changes, forgetting costs little.
func TestTheOneThatForgetsLosesLittleWithoutAChange(t *testing.T) {
	set := toy(6000, 1)
	for k := 1; k <= 3; k++ {
		var losses []float64
		for _, learner := range []string{"hybrid", "forgetting"} {
			p, err := NewPolicy(learner, "hopeful", uint64(k))
			if err != nil {
				t.Fatal(err)
			}
			loss, err := Run(set, Order(6000, k), p)
			if err != nil {
				t.Fatal(err)
			}
			losses = append(losses, loss)
		}
		t.Logf("order %d: %v", k, losses)
		if losses[1] > losses[0]+0.01 {
			t.Errorf("order %d: %v", k, losses)
		}
	}
}

func TestABadRowIsNamedByItsPlace(t *testing.T) {
	for text, want := range map[string]string{
		"label,a\n0,1\nx,2\n":     "set.csv:3: label: the text is not a whole number",
		"label,a\n0,1\n-1,2\n":    "set.csv:3: label: -1 is not between 0 and 999",
		"label,a\n0,nan\n":        "set.csv:2: a: not a number within ±1e+100",
		"label,a\n0,1e300\n":      "set.csv:2: a: not a number within ±1e+100",
		"label\n0\n":              "set.csv:1: header: a label and at least one feature are needed",
		"label,a\n":               "set.csv:1: header: no rows follow it",
		"label,a,b\n0,1,2\n0,1\n": "set.csv:3: b: missing: the row has 2 fields, the header 3",
	} {
		if _, err := parse(t, text); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestNamesThatAreNoneAreRefused(t *testing.T) {
	for _, names := range [][2]string{{"vw", "hopeful"}, {"hybrid", "coin"}} {
		if _, err := NewPolicy(names[0], names[1], 1); err == nil {
			t.Errorf("%v exist", names)
		}
	}
	var _ Model = learn.NewEnsemble(learn.Config{})
}

func FuzzRead(f *testing.F) {
	f.Add("label,a,b\n0,1,x\n1,?,\n")
	f.Add("label,a\n2,1e9\n")
	f.Fuzz(func(t *testing.T, text string) {
		rows, err := table.New("f", strings.NewReader(text))
		if err != nil {
			return
		}
		set, err := Read(rows, nil)
		if err != nil || len(set.Rows)*set.Actions > 10_000 {
			return
		}
		p, err := NewPolicy("hybrid", "hopeful", 1)
		if err != nil {
			t.Fatal(err)
		}
		if loss, err := Run(set, Order(len(set.Rows), 1), p); err != nil || !(loss >= 0 && loss <= 1) {
			t.Fatalf("loss %g, %v", loss, err)
		}
	})
}

func TestALearnerOfOneMindHasNoVotesToExploreBy(t *testing.T) {
	if _, err := NewPolicy("hybrid", votes, 1); err == nil || !strings.Contains(err.Error(), "one mind") {
		t.Errorf("error %v", err)
	}
	if p, err := NewPolicy("bag", votes, 1); err != nil || p == nil {
		t.Errorf("error %v", err)
	}
}
