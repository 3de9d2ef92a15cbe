package attribution

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Asked is a question to a ledger.
type Asked struct {
	Objective string
	By        By
	Element   string // of ByElement
	Since     int32  // a day since 1970: the week that it is in, and later ones
	Order     int    // of the longest chain, 1 to MaxOrder; all shorter ones are told, too
	Paths     int    // how many of the commonest paths are told of
}

// Report is what a ledger has to say: all models side by side. Credits by each of them add up to All.
type Report struct {
	From      int32 // first day of the first week that is asked for and kept
	All       Credit
	Lost      float64 // journeys that ended without a conversion
	Cut       float64 // journeys of which only the last touch is known; first, linear, position and the chains are less sure by them
	Rows      []Row   // most linear credit first
	Chains    []Chain // by order, from 1
	Paths     []Path  // the commonest first
	Different int     // how many different paths there are
	Sales     []Sale  // by the device on which conversions were made, most first
	Across    float64 // conversions of journeys on more than one device; only by ByDevice
}

// Row is what one name is owed.
type Row struct {
	Name                string
	Journeys, Converted float64 // in which it was met; of these, converted

	First, Last, Linear, Position, TimeDecay, Shapley Credit

	Markov  []Credit  // by order, from 1
	Removal []float64 // likewise: the share of conversions that would be lost without it
}

// Model is what one model has to say of a row.
type Model struct {
	Name string // first, last, linear, position, timeDecay, shapley, markov1 to markov4
	Credit
}

// Models are all credits of a row, by model.
func (r *Row) Models() []Model {
	all := []Model{
		{"first", r.First}, {"last", r.Last}, {"linear", r.Linear}, {"position", r.Position}, {"timeDecay", r.TimeDecay}, {"shapley", r.Shapley},
	}
	for i, c := range r.Markov {
		all = append(all, Model{"markov" + strconv.Itoa(i+1), c})
	}
	return all
}

// Chain is how a Markov chain was solved.
type Chain struct {
	PConversion float64
	States      int
	Converged   bool
}

// Path is one way that journeys took.
type Path struct {
	Touches                []string
	Converted, Value, Lost float64
}

// Sale is how many conversions were made on a device.
type Sale struct {
	Device string
	Credit
}

// mostTold is how many names are told apart in one report; others, of which there are fewer journeys, are Other.
const mostTold = 64

// Report answers a question.
func (l *Ledger) Report(a Asked) (*Report, error) {
	if a.Order < 1 || a.Order > MaxOrder {
		return nil, fmt.Errorf("order %d is not from 1 to %d", a.Order, MaxOrder)
	}
	if a.By >= bySale || (a.By == ByElement) != (a.Element != "") {
		return nil, fmt.Errorf("touches are not told apart by %d %q", a.By, a.Element)
	}
	from := weekOf(a.Since)
	r := &Report{From: 7*max(from, l.first(a.Objective)) - 3}
	gathered := l.gather(place{objective: a.Objective, by: a.By, element: a.Element}, from)
	r.Cut, r.Different = gathered.cut, len(gathered.paths)
	for _, p := range l.gather(place{objective: a.Objective, by: bySale}, from).sorted() {
		r.Sales = append(r.Sales, Sale{p.Touches[0], Credit{p.Converted, p.Value}})
	}
	slices.SortStableFunc(r.Sales, func(a, b Sale) int { return cmp.Compare(b.Conversions, a.Conversions) })
	gathered.narrow()
	paths := gathered.sorted()
	if err := r.models(paths, a.Order); err != nil {
		return nil, err
	}
	r.fade(gathered.decay)
	slices.SortStableFunc(r.Rows, func(a, b Row) int {
		return cmp.Or(cmp.Compare(b.Linear.Conversions, a.Linear.Conversions), cmp.Compare(a.Name, b.Name))
	})
	slices.SortStableFunc(paths, func(a, b Path) int { return cmp.Compare(b.Converted+b.Lost, a.Converted+a.Lost) })
	if a.By == ByDevice {
		for i := range paths {
			if different(paths[i].Touches) {
				r.Across += paths[i].Converted
			}
		}
	}
	r.Paths = paths[:min(len(paths), max(0, a.Paths))]
	return r, nil
}

func different(names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return name != names[0] })
}

// models fills in what each model says.
func (r *Report) models(paths []Path, order int) error {
	var chains []*Paths
	for k := range order {
		p, err := New(k+1, 1)
		if err != nil {
			return err
		}
		for i := range paths {
			if err := p.Add(Journey{paths[i].Touches, paths[i].Converted, paths[i].Value, paths[i].Lost}); err != nil {
				return fmt.Errorf("path %d: %w", i, err)
			}
		}
		chains = append(chains, p)
	}
	p := chains[0]
	r.All, r.Lost = p.Total(), p.Lost()
	numbers := map[string]int{}
	for i, name := range p.Channels() {
		numbers[name] = i
		r.Rows = append(r.Rows, Row{Name: name, First: p.First()[i], Last: p.Last()[i], Linear: p.Linear()[i], Position: p.Position()[i], Shapley: p.Shapley()[i]})
	}
	for i := range paths {
		met := map[string]bool{}
		for _, name := range paths[i].Touches {
			if row := &r.Rows[numbers[name]]; !met[name] {
				met[name] = true
				row.Journeys += paths[i].Converted + paths[i].Lost
				row.Converted += paths[i].Converted
			}
		}
	}
	for _, p := range chains {
		m := p.Markov()
		r.Chains = append(r.Chains, Chain{m.PConversion, m.States, m.Converged})
		for i := range r.Rows {
			r.Rows[i].Markov = append(r.Rows[i].Markov, m.Credits[i])
			r.Rows[i].Removal = append(r.Rows[i].Removal, m.Removal[i])
		}
	}
	return nil
}

// fade fills in credits by age; a name may have some that is on no path, where paths were cut.
func (r *Report) fade(decay map[string]Credit) {
	places := map[string]int{}
	for i := range r.Rows {
		places[r.Rows[i].Name] = i
	}
	for _, name := range slices.Sorted(maps.Keys(decay)) {
		if _, known := places[name]; !known && decay[name] != (Credit{}) {
			places[name] = len(r.Rows)
			r.Rows = append(r.Rows, Row{Name: name, Markov: make([]Credit, len(r.Chains)), Removal: make([]float64, len(r.Chains))})
		}
		if i, known := places[name]; known {
			r.Rows[i].TimeDecay = decay[name]
		}
	}
}

// first is the first week of which anything is kept; 0: none.
func (l *Ledger) first(objective string) int32 {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, at := range l.places() {
		if at.objective == objective {
			return at.week
		}
	}
	return 0
}

// gathered is several weeks together, by names.
type gathered struct {
	paths map[string]*Path // by their names, a zero byte after each
	decay map[string]Credit
	cut   float64
}

// Elements are those in which anything was said on the way to an objective, in order.
func (l *Ledger) Elements(objective string) (all []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for at := range l.tables {
		if at.objective == objective && at.by == ByElement {
			if i, known := slices.BinarySearch(all, at.element); !known {
				all = slices.Insert(all, i, at.element)
			}
		}
	}
	return all
}

// gather adds the tables of several weeks up, in order.
func (l *Ledger) gather(of place, from int32) *gathered {
	l.mu.Lock()
	defer l.mu.Unlock()
	g := &gathered{paths: map[string]*Path{}, decay: map[string]Credit{}}
	for _, at := range l.places() {
		if of.week = at.week; at != of || at.week < from {
			continue
		}
		t := l.tables[at]
		g.cut += t.cut
		for i, name := range t.names {
			c := g.decay[name]
			c.Conversions += t.decay[i].Conversions
			c.Value += t.decay[i].Value
			g.decay[name] = c
		}
		for key, e := range t.paths { // each adds to another sum: the order makes no difference
			numbers, _ := t.walked(key)
			touches := make([]string, len(numbers))
			for i, n := range numbers {
				touches[i] = t.names[n]
			}
			g.add(Path{touches, e.converted, e.value, e.lost})
		}
	}
	return g
}

func (g *gathered) add(p Path) {
	key := strings.Join(p.Touches, "\x00")
	sum := g.paths[key]
	if sum == nil {
		g.paths[key] = &p
		return
	}
	sum.Converted += p.Converted
	sum.Value += p.Value
	sum.Lost += p.Lost
}

// sorted are the paths in order of their names.
func (g *gathered) sorted() []Path {
	paths := make([]Path, 0, len(g.paths))
	for _, p := range g.paths {
		paths = append(paths, *p)
	}
	slices.SortFunc(paths, func(a, b Path) int { return slices.Compare(a.Touches, b.Touches) })
	return paths
}

// narrow calls all names Other but those of which there are most journeys.
func (g *gathered) narrow() {
	if len(g.decay) <= mostTold {
		return
	}
	paths := g.sorted()
	met := map[string]float64{}
	for i := range paths {
		for _, name := range paths[i].Touches {
			met[name] += paths[i].Converted + paths[i].Lost
		}
	}
	names := slices.SortedFunc(maps.Keys(g.decay), func(a, b string) int { return cmp.Or(cmp.Compare(met[b], met[a]), cmp.Compare(a, b)) })
	told := map[string]string{}
	for i, name := range names {
		told[name] = name
		if i >= mostTold-1 {
			told[name] = Other
		}
	}
	decay := g.decay
	g.paths, g.decay = make(map[string]*Path, len(paths)), map[string]Credit{}
	for i := range paths {
		p := paths[i]
		for j, name := range p.Touches {
			p.Touches[j] = told[name]
		}
		g.add(p)
	}
	for _, name := range names {
		c := g.decay[told[name]]
		c.Conversions += decay[name].Conversions
		c.Value += decay[name].Value
		g.decay[told[name]] = c
	}
}
