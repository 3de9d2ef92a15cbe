package profile

import "github.com/aparte-dev/aparte"

// Kept is what of a person's record can be used again for their next state, so that an event writes only what it
// changed. Functions here never change a list in place, so that a list which still is the same memory still has the
// same bytes. The zero value keeps nothing. One Kept serves one person, and one goroutine at a time.
type Kept struct {
	last  *aparte.Person     // whom it encoded last
	bytes [keptGroups]string // of groups that were the same in the last two states; empty: not kept
}

// The groups of a record that most events leave as they are.
const (
	keptIdentifiers = iota
	keptTraits
	keptConsents
	keptOrders
	keptCart
	keptSaid
	keptOpen
	keptTimers
	keptRhythm
	keptTrials
	keptCadences
	keptStages
	keptPoints
	keptJourney
	keptAudiences
	keptFences
	keptGroups
)

var nobody aparte.Person // never changed

// before is the state before p, nobody's where none is known.
func (k *Kept) before(p *aparte.Person) *aparte.Person {
	if k.last == nil || k.last.ID != p.ID { // what is whose decision is told by the record's own id
		*k = Kept{last: &nobody}
	}
	return k.last
}

// write appends a group, from what is kept where it is the same as before. Its bytes are kept once it was seen to stay:
// what changes with every event is never copied for nothing.
func (k *Kept) write(w *writer, group int, same bool, fresh func()) {
	if same && k.bytes[group] != "" {
		w.b = append(w.b, k.bytes[group]...)
		return
	}
	start := len(w.b)
	fresh()
	k.bytes[group] = ""
	if same {
		k.bytes[group] = string(w.b[start:])
	}
}

// shared reports whether two lists are one.
func shared[T any](a, b []T) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

func sameCart(a, b *aparte.Cart) bool {
	return a.UpdatedAt.Equal(b.UpdatedAt) && shared(a.Lines, b.Lines)
}

func sameRhythm(a, b *aparte.Rhythm) bool { return a.At.Equal(b.At) && shared(a.Beats, b.Beats) }

func sameOrders(a, b *aparte.Orders) bool {
	return a.Count == b.Count && a.Revenue == b.Revenue && a.FirstAt.Equal(b.FirstAt) && a.LastAt.Equal(b.LastAt) &&
		shared(a.Items, b.Items) && shared(a.Recent, b.Recent) && shared(a.OtherRevenue, b.OtherRevenue)
}
