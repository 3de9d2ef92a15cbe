package simulate

// Tally is what came of a run. Values are in minor units.
type Tally struct {
	Policy string
	Days   []Day // the days lived, oldest first

	expected []float64 // by person: the sum of what their moments were worth, by the truth
	realised []float64 // by person: what their orders brought and their letters cost
}

// Day is one day of a run.
type Day struct {
	Moments  int
	Letters  int
	Offers   int
	Left     int     // who unsubscribed
	Leaving  float64 // who was expected to, by the truth
	Worth    float64 // what was expected to follow the moments, by the truth
	Regret   float64 // by how much what was chosen fell short of the best choice, all that follows included
	Realised float64 // what orders brought, less what letters cost
	Orders   int
	Lured    int     // orders that a discount was given on
	Discount float64 // given away
	Missing  float64 // goodwill, summed over moments
}

func newTally(policy string, people int) *Tally {
	return &Tally{Policy: policy, expected: make([]float64, people), realised: make([]float64, people)}
}

// Moments is how many there were so far.
func (t *Tally) Moments() int { return t.Sum(0, len(t.Days)).Moments }

// Sum sums days up, from one to before another.
func (t *Tally) Sum(from, to int) (s Day) {
	for i := from; i < to; i++ {
		d := &t.Days[i]
		s.Moments, s.Letters, s.Offers, s.Left, s.Orders = s.Moments+d.Moments, s.Letters+d.Letters, s.Offers+d.Offers, s.Left+d.Left, s.Orders+d.Orders
		s.Worth, s.Regret, s.Realised = s.Worth+d.Worth, s.Regret+d.Regret, s.Realised+d.Realised
		s.Leaving, s.Lured = s.Leaving+d.Leaving, s.Lured+d.Lured
		s.Discount, s.Missing = s.Discount+d.Discount, s.Missing+d.Missing
	}
	return s
}

func (t *Tally) dawn()       { t.Days = append(t.Days, Day{}) }
func (t *Tally) today() *Day { return &t.Days[len(t.Days)-1] }
func (t *Tally) left()       { t.today().Left++ }

func (t *Tally) ordered(o *Order) {
	d := t.today()
	d.Orders++
	d.Realised += o.margin()
	d.Discount += float64(o.Discount)
	if o.Discount > 0 {
		d.Lured++
	}
	t.realised[o.Person.Index] += o.margin()
}

// chose counts a choice, and what the oracle says of it, where there is one.
func (t *Tally) chose(m *Moment, a Action, oracle *Oracle) {
	d, p := t.today(), m.person
	worth := p.worth(a, m.missing, season(m.Day))
	d.Moments++
	d.Worth += worth
	d.Leaving += p.leaves(a, m.missing)
	d.Missing += m.missing
	t.expected[p.index] += worth
	if a != Silence {
		d.Letters++
		d.Realised -= letterCost
		t.realised[p.index] -= letterCost
	}
	if a == Offer {
		d.Offers++
	}
	if m.Allowed && oracle != nil {
		best, _ := oracle.best(m)
		d.Regret += oracle.value(m, best) - oracle.value(m, a)
	}
}
