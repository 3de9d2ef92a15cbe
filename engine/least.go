package engine

import "slices"

// ordered are things with an order of their own.
type ordered[T any] interface{ compare(T) int }

// least keeps the least of what it is offered, up to most.
type least[T ordered[T]] struct {
	most    int
	offered int
	kept    []T // in order up to most, then as they came
}

func (l *least[T]) add(one T) {
	l.offered++
	if l.kept = append(l.kept, one); len(l.kept) >= 2*l.most+1 {
		l.all()
	}
}

// all are those kept, in order.
func (l *least[T]) all() []T {
	slices.SortFunc(l.kept, T.compare)
	l.kept = slices.Delete(l.kept, min(l.most, len(l.kept)), len(l.kept))
	return l.kept
}
