package score

import (
	"math"
	"slices"

	"github.com/aparte-dev/aparte"
)

// Row is somebody at a landmark: what was seen of them, and whether they reached the objective within the horizon after.
type Row struct {
	Person aparte.PersonID // all rows of one person serve one purpose
	Sight  Sight
	Came   bool
}

// Fewest is how many people a score takes who reached the objective after a landmark, and as many who did not after one.
const Fewest = 100

// fewestEach is how many of each it takes to hold odds against them, or to judge.
const fewestEach = 10

// ridge pulls weights towards 0: as a normal prior whose standard deviation is about a third, of the log odds that one
// standard deviation of a column adds.
const ridge = 10

// Lack is why nothing was learned.
type Lack string

// The lacks.
const (
	Nothing      Lack = ""
	TooFew       Lack = "too_few"       // who reached the objective
	TooMany      Lack = "too_many"      // everybody does
	NotConverged Lack = "not_converged" // no largest likelihood was found
)

// Fitted is what was learned of an objective.
type Fitted struct {
	Model *Model // nil: nothing, for a lack
	Lack  Lack

	People  int // of whom there were rows
	Reached int // of these, those who reached the objective after one
	Rows    int
	Traits  int // columns of traits that enough people share to be looked at

	// Without are models that knew all but one trait, of each trait that was looked at, by name.
	Without []Omission

	// Judged are people whom no model had seen, one row of each: with the probability that was foretold to them, and by
	// models of what they do alone, and of their traits alone.
	Judged []Judged
}

// Judged is somebody held out.
type Judged struct {
	Chance    float64
	Behaviour float64 // log odds of the model that knows only what people do
	Traits    float64 // and of that which knows only who they are
	Came      bool
}

// Omission is what a trait is worth to a score, as far as people tell whom no model had seen: the log odds that a model gives them which
// knew everything, and those of one that was learned anew without the trait (leave one covariate out: Lei, G'Sell, Rinaldo,
// Tibshirani, Wasserman 2018, "Distribution-free predictive inference for regression", section 6). What another trait tells as well
// is not missed. Both models learned from the same rows, at most omissionRows of them.
type Omission struct {
	Trait         string
	With, Without []float64 // of those judged, in their order
}

// omissionRows is how many rows models learn from that tell what a trait is worth. There are two for each trait.
const omissionRows = 20_000

// Fit learns from half of the people, holds the log odds against a quarter (Platt 1999, "Probabilistic outputs for support
// vector machines", section 2.2), and judges by the last: who is in which is told by their ids alone.
func Fit(rows []Row) Fitted {
	var by [3][]Row
	for _, r := range rows {
		part := partOf(r.Person)
		by[part] = append(by[part], r)
	}
	f := Fitted{Rows: len(rows)}
	judged := onePerPerson(by[toJudge])
	if f.Lack = f.count(rows, by[toHold], judged); f.Lack != Nothing {
		return f
	}
	all := columns(by[toFit])
	for i := range all {
		f.Traits += oneIf(all[i].ofTrait())
	}
	var models [3]*Model
	for i, keep := range []func(*Column) bool{
		func(*Column) bool { return true },
		func(c *Column) bool { return !c.ofTrait() },
		func(c *Column) bool { return c.ofTrait() },
	} {
		m, ok := fit(all, keep, by[toFit])
		if !ok || i == 0 && !m.hold(by[toHold]) {
			f.Lack = NotConverged
			return f
		}
		models[i] = m
	}
	f.Model = models[0]
	for i := range judged {
		s := &judged[i].Sight
		f.Judged = append(f.Judged, Judged{
			Chance: models[0].Foresee(s), Behaviour: models[1].odds(s), Traits: models[2].odds(s), Came: judged[i].Came,
		})
	}
	f.Without = omissions(all, by[toFit], judged)
	return f
}

// omissions leaves out one trait after the other. Where one fit does not converge, nothing is said of its trait.
func omissions(all []Column, rows, judged []Row) (found []Omission) {
	rows = rows[:min(len(rows), omissionRows)]
	odds := func(m *Model) []float64 {
		told := make([]float64, len(judged))
		for i := range judged {
			told[i] = m.odds(&judged[i].Sight)
		}
		return told
	}
	var with []float64
	for i := range all {
		trait := all[i].Trait
		if !all[i].ofTrait() || len(found) > 0 && found[len(found)-1].Trait == trait {
			continue
		}
		if with == nil {
			m, ok := fit(all, func(*Column) bool { return true }, rows)
			if !ok {
				return nil
			}
			with = odds(m)
		}
		if m, ok := fit(all, func(c *Column) bool { return c.Trait != trait }, rows); ok {
			found = append(found, Omission{trait, with, odds(m)})
		}
	}
	return found
}

// count tells how many people there are, and whether they are enough.
func (f *Fitted) count(rows, hold, judged []Row) Lack {
	all, reached, missed := make(map[aparte.PersonID]bool), make(map[aparte.PersonID]bool), make(map[aparte.PersonID]bool)
	for i := range rows {
		all[rows[i].Person] = true
		if rows[i].Came {
			reached[rows[i].Person] = true
		} else {
			missed[rows[i].Person] = true
		}
	}
	f.People, f.Reached = len(all), len(reached)
	held, judges := came(hold), came(judged)
	switch {
	case f.Reached < Fewest || held < fewestEach || judges < fewestEach:
		return TooFew
	case len(missed) < Fewest || len(hold)-held < fewestEach || len(judged)-judges < fewestEach:
		return TooMany
	}
	return Nothing
}

func came(rows []Row) (n int) {
	for i := range rows {
		n += oneIf(rows[i].Came)
	}
	return n
}

// What people are used for.
const (
	toFit = iota
	toHold
	toJudge
)

func partOf(id aparte.PersonID) int { return [4]int{toFit, toFit, toHold, toJudge}[hash(id)%4] }

// hash is FNV-1a of a person's id, its high bits brought down: what it says has nothing to do with the part of the store
// they live in.
func hash(id aparte.PersonID) uint64 {
	h := uint64(14695981039346656037)
	for _, b := range id {
		h = (h ^ uint64(b)) * 1099511628211
	}
	return h>>32 ^ h>>17
}

// onePerPerson is one row of each person, so that what comes to one is not counted as if it came to several. Rows of a
// person follow one another.
func onePerPerson(rows []Row) []Row {
	var kept []Row
	for from := 0; from < len(rows); {
		to := from + 1
		for to < len(rows) && rows[to].Person == rows[from].Person {
			to++
		}
		kept = append(kept, rows[from+int(hash(rows[from].Person)>>8%uint64(to-from))])
		from = to
	}
	return kept
}

// columns are all that rows are looked at for, each with what is usual of it. Those that are the same for everybody are
// left out.
func columns(rows []Row) []Column {
	var all []Column
	for i := range behaviours {
		all = append(all, Column{Behaviour: behaviours[i].name, at: i})
	}
	for _, l := range levels(rows) {
		all = append(all, Column{Trait: l.trait, Text: l.text, Number: l.number, at: -1})
	}
	kept := all[:0]
	for _, c := range all {
		n, sum, squares := 0.0, 0.0, 0.0
		for i := range rows {
			if x, says := c.raw(&rows[i].Sight); says {
				n++
				sum += x
			}
		}
		c.Usual = sum / max(1, n)
		for i := range rows {
			if x, says := c.raw(&rows[i].Sight); says {
				off := x - c.Usual
				squares += float64(off * off)
			}
		}
		if c.Spread = math.Sqrt(squares / max(1, n)); c.Spread > 1e-9*max(1, math.Abs(c.Usual)) {
			kept = append(kept, c)
		}
	}
	return kept
}

// fit learns from rows with the columns that are kept.
func fit(all []Column, keep func(*Column) bool, rows []Row) (*Model, bool) {
	m := new(Model)
	for i := range all {
		if keep(&all[i]) {
			m.Columns = append(m.Columns, all[i])
		}
	}
	width := len(m.Columns)
	x, came := make([]float64, 0, width*len(rows)), make([]float64, len(rows))
	for i := range rows {
		for k := range m.Columns {
			c := &m.Columns[k]
			x = append(x, c.off(&rows[i].Sight)/c.Spread)
		}
		came[i] = float64(oneIf(rows[i].Came))
	}
	r, ok := regress(x, width, came, ridge)
	m.Intercept = r.weights[0]
	for k := range m.Columns {
		m.Columns[k].Weight = r.weights[1+k] / m.Columns[k].Spread
	}
	m.Columns = slices.DeleteFunc(m.Columns, func(c Column) bool { return math.Abs(c.Weighs()) < leastWeight })
	return m, ok
}

// leastWeight is what one standard deviation of a column must add to the log odds, or the column is left out of the model
// before it is held against anybody: nobody would see a difference, and it costs time whenever somebody is scored.
const leastWeight = 0.02

// hold holds the model's log odds against rows it had not seen, and sets them right: they are stretched and moved as they
// fit best. Outcomes are drawn in a little, as if one more had come and one more had not, so that few cannot make it
// certain.
func (m *Model) hold(rows []Row) bool {
	x, y := make([]float64, len(rows)), make([]float64, len(rows))
	n := float64(came(rows))
	for i := range rows {
		x[i] = m.odds(&rows[i].Sight)
		if y[i] = 1 / (float64(len(rows)) - n + 2); rows[i].Came {
			y[i] = (n + 1) / (n + 2)
		}
	}
	r, ok := regress(x, 1, y, 1e-3)
	stretch := max(0, r.weights[1]) // below 0: what was learned says nothing, and everybody's chance is the same
	if stretch == 0 {
		r, ok = regress(nil, 0, y, 0)
	}
	m.Intercept = r.weights[0] + float64(stretch*m.Intercept)
	for k := range m.Columns {
		m.Columns[k].Weight *= stretch
	}
	return ok
}
