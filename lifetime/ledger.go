package lifetime

import (
	"cmp"
	"fmt"
	"slices"
)

// Ledger is who bought on which day, for how much. Purchases of a person on one day count as one, and their
// amounts are added. It is not safe for concurrent use.
type Ledger struct {
	purchases []purchase
	sorted    bool
}

type purchase struct {
	person uint32
	day    int32
	amount float64
}

// Add takes a purchase in, in any order. People are numbered from 0, days from any day.
func (l *Ledger) Add(person uint32, day int32, amount float64) {
	l.purchases = append(l.purchases, purchase{person, day, amount})
	l.sorted = false
}

// LastDay is the latest day of any purchase.
func (l *Ledger) LastDay() int32 {
	l.sort()
	last := l.purchases[0].day
	for _, p := range l.purchases {
		last = max(last, p.day)
	}
	return last
}

// Bought is what a person did up to the end of a day, in days, and afterwards.
type Bought struct {
	Person      uint32
	First, Last int32
	Repeats     int     // days with a purchase after the first
	Spent       float64 // on those days

	After       int // days with a purchase after the end, as far as one looks
	AfterAmount float64
	AfterLast   int32 // the last of them
}

// History is the person's at the end of a day, in weeks.
func (b Bought) History(end int32) History {
	return History{float64(b.Repeats), float64(b.Last-b.First) / 7, float64(end-b.First) / 7}
}

// Spending is what the person spent on repeat purchases.
func (b Bought) Spending() Spending {
	if b.Repeats == 0 {
		return Spending{}
	}
	return Spending{float64(b.Repeats), b.Spent / float64(b.Repeats)}
}

// Upto is what everybody did who bought up to the end of a day, and in so many days after it. People come in
// the order of their numbers.
func (l *Ledger) Upto(end int32, after int32) (people []Bought) {
	l.sort()
	for _, p := range l.purchases {
		n := len(people) - 1
		switch same := n >= 0 && people[n].Person == p.person; {
		case p.day <= end && same:
			people[n].Last, people[n].Repeats, people[n].Spent = p.day, people[n].Repeats+1, people[n].Spent+p.amount
		case p.day <= end:
			people = append(people, Bought{Person: p.person, First: p.day, Last: p.day})
		case same && p.day-end <= after:
			people[n].After, people[n].AfterAmount, people[n].AfterLast = people[n].After+1, people[n].AfterAmount+p.amount, p.day
		}
	}
	return people
}

// sort puts purchases in order, those of a person on one day together.
func (l *Ledger) sort() {
	if l.sorted {
		return
	}
	slices.SortStableFunc(l.purchases, func(a, b purchase) int {
		return cmp.Or(cmp.Compare(a.person, b.person), cmp.Compare(a.day, b.day))
	})
	kept := l.purchases[:0]
	for _, p := range l.purchases {
		if n := len(kept); n > 0 && kept[n-1].person == p.person && kept[n-1].day == p.day {
			kept[n-1].amount += p.amount
			continue
		}
		kept = append(kept, p)
	}
	l.purchases, l.sorted = kept, true
}

// Period is the median time between two payments of a person, in days: that of a contract.
func (l *Ledger) Period() (float64, error) {
	l.sort()
	var gaps []int32
	for i := 1; i < len(l.purchases); i++ {
		if a, b := l.purchases[i-1], l.purchases[i]; a.person == b.person {
			gaps = append(gaps, b.day-a.day)
		}
	}
	if len(gaps) == 0 {
		return 0, fmt.Errorf("%w: nobody paid twice", ErrNothing)
	}
	slices.Sort(gaps)
	return float64(gaps[len(gaps)/2]), nil
}

// Contract is the person's at the end of a day, of periods of so many days. A payment half a period late counts
// as made; one that is later than that was not made, and the contract has ended, unless payments went on.
func (b Bought) Contract(end int32, period float64) Contract {
	renewals := rounded(float64(b.Last-b.First) / period)
	due := rounded(float64(end-b.First)/period - 1) // those that had half a period's time
	return Contract{float64(renewals), renewals < due}
}

// RenewalsAfter is how often the contract was renewed after the end, as far as one looked.
func (b Bought) RenewalsAfter(end int32, period float64) float64 {
	if b.After == 0 {
		return 0
	}
	return max(0, float64(rounded(float64(b.AfterLast-b.First)/period))-b.Contract(end, period).Renewals)
}

// DueWithin is how many renewals come due in so many days after the end of one.
func (b Bought) DueWithin(end, days int32, period float64) int {
	renewals := b.Contract(end, period).Renewals
	return max(0, int(float64(end+days-b.First)/period-renewals))
}

func rounded(x float64) int { return int(max(0, x+0.5)) }
