package decide

import (
	"cmp"
	"math"
	"strings"

	"cel.dev/cel-go/common/operators"
)

// operations are the operators on two plain facts that terms know.
var operations = map[string]func(a, b fact) fact{
	operators.Equals:        equal,
	operators.NotEquals:     func(a, b fact) fact { return opposite(equal(a, b)) },
	operators.Less:          ordered(func(order int) bool { return order < 0 }),
	operators.LessEquals:    ordered(func(order int) bool { return order <= 0 }),
	operators.Greater:       ordered(func(order int) bool { return order > 0 }),
	operators.GreaterEquals: ordered(func(order int) bool { return order >= 0 }),
	operators.Add: reckoned(
		func(a, b int64) int64 { return a + b }, func(a, b float64) float64 { return a + b }),
	operators.Subtract: reckoned(
		func(a, b int64) int64 { return a - b }, func(a, b float64) float64 { return a - b }),
	operators.Multiply: reckoned(
		func(a, b int64) int64 { return a * b }, func(a, b float64) float64 { return a * b }),
}

// strict is an operator that needs both of its sides.
func strict(left, right term, reckon func(a, b fact) fact) term {
	return func(d *deliberation) fact {
		a, b := left(d), right(d)
		if !a.plain() || !b.plain() {
			return amiss(a, b)
		}
		return reckon(a, b)
	}
}

// against is strict for an operator whose right side is a whole number, as that of most comparisons is.
func against(left term, n int64, operator string) term {
	reckon, constant := operations[operator], integer(n)
	says, compares := comparisons[operator]
	return func(d *deliberation) fact {
		f := left(d)
		switch {
		case compares && f.kind == whole:
			return truth(says[1+cmp.Compare(f.n, n)])
		case !f.plain():
			return amiss(f, constant)
		}
		return reckon(f, constant)
	}
}

// comparisons are what operators say where the left side is less, the same, or more.
var comparisons = map[string][3]bool{
	operators.Equals:        {false, true, false},
	operators.NotEquals:     {true, false, true},
	operators.Less:          {true, false, false},
	operators.LessEquals:    {true, true, false},
	operators.Greater:       {false, false, true},
	operators.GreaterEquals: {false, true, true},
}

// amiss is what becomes of an operator with a side that is not as it has to be: an error where an entry
// is missing and all else is well, else it is beyond us.
func amiss(a, b fact) fact {
	switch {
	case a.kind == missing && (b.plain() || b.kind == missing), b.kind == missing && a.plain():
		return fact{kind: missing}
	}
	return fact{}
}

// spoilt is what becomes of an operator with one side that is not as it has to be.
func (f fact) spoilt() fact {
	if f.kind == missing {
		return f
	}
	return fact{}
}

// decided is && or ||: what all terms come to, where one that says the word that decides does so alone,
// whatever is amiss with the others.
func decided(terms []term, by verdict) term {
	return func(d *deliberation) fact {
		told := truth(by != holds)
		for _, term := range terms {
			switch term(d).verdict() {
			case by:
				return truth(by == holds)
			case failed:
				told.kind = min(told.kind, missing)
			case unasked:
				told.kind = beyond
			}
		}
		return told
	}
}

func not(of term) term { return func(d *deliberation) fact { return opposite(of(d)) } }

func opposite(f fact) fact {
	if f.kind == boolean {
		return truth(f.n == 0)
	}
	return f.spoilt()
}

// equal compares numbers as numbers, whole or not; facts of other kinds that differ are not equal.
func equal(a, b fact) fact {
	switch {
	case a.kind == words && b.kind == words:
		return truth(a.text == b.text)
	case a.kind == b.kind && a.kind != decimal:
		return truth(a.n == b.n)
	case a.numeric() && b.numeric():
		return truth(a.float() == b.float())
	}
	return truth(false)
}

// ordered is <, <=, > or >=, of numbers and of texts.
func ordered(holds func(order int) bool) func(a, b fact) fact {
	return func(a, b fact) fact {
		switch {
		case a.kind == words && b.kind == words:
			return truth(holds(strings.Compare(a.text, b.text)))
		case a.kind == whole && b.kind == whole:
			return truth(holds(cmp.Compare(a.n, b.n)))
		case !a.numeric() || !b.numeric():
			return fact{}
		}
		x, y := a.float(), b.float()
		if math.IsNaN(x) || math.IsNaN(y) {
			return fact{}
		}
		return truth(holds(cmp.Compare(x, y)))
	}
}

// reckoned is +, - or * of two whole numbers that cannot overflow, or of two that are not whole.
func reckoned(integers func(a, b int64) int64, decimals func(a, b float64) float64) func(a, b fact) fact {
	return func(a, b fact) fact {
		switch {
		case a.kind == decimal && b.kind == decimal:
			return double(decimals(a.num, b.num))
		case a.kind == whole && b.kind == whole && int64(int32(a.n)) == a.n && int64(int32(b.n)) == b.n:
			return integer(integers(a.n, b.n))
		}
		return fact{}
	}
}

func (f fact) numeric() bool { return f.kind == whole || f.kind == decimal }

func (f fact) float() float64 {
	if f.kind == whole {
		return float64(f.n)
	}
	return f.num
}
