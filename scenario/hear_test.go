package scenario

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/google/go-cmp/cmp"
)

// life is a person as the loop keeps one, of which scenarios see only a part.
type life struct {
	aparte.Person
	set   *Set
	now   time.Time
	fired []string // when moments arose, as clock times
	mute  bool     // silence is chosen at every moment
}

func newLife(tb testing.TB, scenarios ...aparte.Scenario) *life {
	return &life{set: compiled(tb, scenarios...), now: clock("08:00")}
}

// clock is a time of the first of March, or of a later day: "+2d 10:00".
func clock(s string) time.Time {
	days := 0
	if rest, ok := strings.CutPrefix(s, "+"); ok {
		if _, err := fmt.Sscanf(rest, "%dd %s", &days, &s); err != nil {
			panic(err)
		}
	}
	at, err := time.Parse("15:04", s)
	if err != nil {
		panic(err)
	}
	return time.Date(2026, 3, 1+days, at.Hour(), at.Minute(), 0, 0, time.UTC)
}

// pass lets time pass, and moments arise.
func (l *life) pass(until time.Time) {
	for i := 0; i < len(l.Timers); {
		t := l.Timers[i]
		if t.Due.After(until) {
			i++
			continue
		}
		l.Timers = append(l.Timers[:i:i], l.Timers[i+1:]...)
		arises, _ := l.set.Fall(&l.Person, t.Name, t.Due, latest(t.Due, l.now))
		if !arises {
			continue
		}
		l.fired = append(l.fired, latest(t.Due, l.now).Format("15:04"))
		if !l.mute {
			l.Person = Spoke(l.Person, t.Name, latest(t.Due, l.now))
		}
	}
	l.now = until
}

// hear takes an event in that happened at at, now, and does as the engine does.
func (l *life) hear(word string, at time.Time) {
	e := eventOf(word, at)
	e.ReceivedAt = l.now
	l.Seq++
	at = when(e)
	l.LastSeen = latest(l.LastSeen, at)
	if word == orderCompleted {
		l.Orders.LastAt = latest(l.Orders.LastAt, at)
	}
	set, cancel := l.set.Hear(&l.Person, e, l.now)
	for _, name := range cancel {
		l.drop(name)
	}
	for _, t := range set {
		l.drop(t.Name)
		i := sort.Search(len(l.Timers), func(i int) bool { return l.Timers[i].Name >= t.Name })
		l.Timers = slices.Insert(l.Timers, i, t)
	}
}

func (l *life) drop(name string) {
	l.Timers = slices.DeleteFunc(l.Timers, func(t aparte.Timer) bool { return t.Name == name })
}

func eventOf(word string, at time.Time) *aparte.Event {
	if word == "page" {
		return &aparte.Event{Type: aparte.Page, Name: "Home", Timestamp: at}
	}
	return &aparte.Event{Type: aparte.Track, Name: word, Timestamp: at}
}

// Each line of a story is the time at which an event is heard of, what it is, and when it happened where
// that was earlier.
func TestMomentsArise(t *testing.T) {
	const added, ordered, removed = "Product Added", "Order Completed", "Product Removed"
	for _, c := range []struct {
		name  string
		story [][3]string
		want  []string
	}{
		{"when the delay has passed", [][3]string{{"09:00", added}}, []string{"10:00"}},
		{"not when an event of Unless came in between", [][3]string{{"09:00", added}, {"09:59", ordered}}, nil},
		{"though it came too late", [][3]string{{"09:00", added}, {"10:01", ordered}}, []string{"10:00"}},
		{"later, when the event came again", [][3]string{{"09:00", added}, {"09:40", added}}, []string{"10:40"}},
		{"again, after another event of Unless", [][3]string{{"09:00", added}, {"09:10", removed}, {"09:20", added}}, []string{"10:20"}},
		{"not again while it rests", [][3]string{{"09:00", added}, {"12:00", added}, {"+3d 08:59", added}}, []string{"10:00"}},
		{"again when it has rested", [][3]string{{"09:00", added}, {"+3d 09:00", added}}, []string{"10:00", "10:00"}},
		{"at once, when the event was held up for longer than the delay", [][3]string{{"12:00", added, "10:00"}}, []string{"12:00"}},
		{"not for a history that is imported", [][3]string{{"+9d 09:00", added, "09:00"}}, nil},
		{"not for an older event heard of after a newer one, when its delay has passed", [][3]string{{"09:00", "Product Viewed"}, {"10:30", added, "08:30"}}, nil},
		{"for an older event heard of a little after a newer one", [][3]string{{"09:01", "Product Viewed"}, {"09:02", added, "09:00"}}, []string{"10:00"}},
		{"not twice for an older event heard of after the moment", [][3]string{{"09:00", added}, {"11:00", added, "08:59"}}, []string{"10:00"}},
		{"not for an older event that an order has followed", [][3]string{{"09:30", ordered}, {"09:31", added, "09:00"}}, nil},
		{"though an older event of Unless comes late", [][3]string{{"09:00", added}, {"09:30", removed, "08:50"}}, []string{"10:00"}},
		{"by the newer of two that came in the wrong order", [][3]string{{"09:30", added}, {"09:31", added, "09:10"}}, []string{"10:30"}},
		{"by the server's clock, where a telephone's is ahead", [][3]string{{"09:00", added, "23:00"}}, []string{"10:00"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLife(t, basket())
			for _, line := range c.story {
				l.pass(clock(line[0]))
				at := l.now
				if line[2] != "" {
					at = clock(line[2])
				}
				l.hear(line[1], at)
			}
			l.pass(clock("+30d 00:00"))
			if diff := cmp.Diff(c.want, l.fired); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSilenceLetsAScenarioSpeakAgain(t *testing.T) {
	l := newLife(t, basket())
	l.mute = true
	for _, at := range []string{"09:00", "12:00"} {
		l.pass(clock(at))
		l.hear("Product Added", l.now)
	}
	l.pass(clock("+1d 00:00"))
	if diff := cmp.Diff([]string{"10:00", "13:00"}, l.fired); diff != "" {
		t.Error(diff)
	}
}

func TestScenariosDoNotDisturbOneAnother(t *testing.T) {
	visit := aparte.Scenario{ID: "absent", After: "page", Unless: []string{"identify"}, Delay: aparte.Duration(30 * time.Minute), Channel: aparte.Web}
	l := newLife(t, basket(), visit)
	l.hear("Product Added", l.now)
	l.hear("page", l.now)
	l.hear("Order Completed", l.now)
	want := []aparte.Timer{{Name: "scenario:absent", Due: clock("08:30"), Gen: 3}}
	if diff := cmp.Diff(want, l.Timers); diff != "" {
		t.Error(diff)
	}
}

func TestEachSettingHasAHigherGeneration(t *testing.T) {
	set := compiled(t, basket())
	e := eventOf("Product Added", clock("09:00"))
	p := aparte.Person{Seq: 7, LastSeen: e.Timestamp}
	first, _ := set.Hear(&p, e, e.Timestamp)
	p.Timers = []aparte.Timer{{Name: "scenario:basket", Due: clock("08:30"), Gen: 12}}
	second, _ := set.Hear(&p, e, e.Timestamp)
	if first[0].Gen != 8 || second[0].Gen != 13 {
		t.Errorf("generations %d and %d", first[0].Gen, second[0].Gen)
	}
}

func TestSpokeKeepsTheCountersInOrderAndInBounds(t *testing.T) {
	var p aparte.Person
	for i := range aparte.MaxCounters {
		p.Counters = append(p.Counters, aparte.Counter{Name: fmt.Sprintf("counter%03d", i), Value: float64(2 + i%9), At: clock("08:00")})
	}
	p.Counters[77].Value = 1
	before := append([]aparte.Counter(nil), p.Counters...)
	q := Spoke(p, "scenario:basket", clock("09:00"))
	q = Spoke(q, "scenario:basket", clock("10:00"))
	if diff := cmp.Diff(before, p.Counters); diff != "" {
		t.Errorf("the person handed in was changed: %s", diff)
	}
	if len(q.Counters) != aparte.MaxCounters {
		t.Errorf("%d counters", len(q.Counters))
	}
	for i, c := range q.Counters {
		if i > 0 && q.Counters[i-1].Name >= c.Name {
			t.Errorf("%q stands after %q", c.Name, q.Counters[i-1].Name)
		}
		if c.Name == "counter077" {
			t.Error("the weakest is still there")
		}
	}
	i, ok := counter(&q, "scenario:basket")
	if !ok || !q.Counters[i].At.Equal(clock("10:00")) || q.Counters[i].Value < 1.9 {
		t.Errorf("%+v, %v", q.Counters[i], ok)
	}
}

func TestAConversionCallsOffWhatWaitsForABetterHour(t *testing.T) {
	wake := waking(week)
	wake.Within, wake.Until = aparte.Duration(day), []aparte.Exit{{Event: orderCompleted, For: aparte.Duration(day)}}
	left := basket()
	left.Within, left.Unless, left.Until = aparte.Duration(day), nil, []aparte.Exit{{Event: orderCompleted}}
	for _, s := range []aparte.Scenario{wake, left} {
		p := aparte.Person{LastSeen: clock("09:00"), Timers: []aparte.Timer{{Name: Waiting(s.ID), Due: clock("18:00")}}}
		_, cancelled := compiled(t, s).Hear(&p, eventOf(orderCompleted, clock("09:00")), clock("09:00"))
		if !slices.Contains(cancelled, Waiting(s.ID)) {
			t.Errorf("%s: cancelled %v", s.ID, cancelled)
		}
	}
}

func TestOfTwoPeopleWhoBecomeOneTheNewerIsWaitedForAndAllThatWasSaidCounts(t *testing.T) {
	for name, later := range map[string]bool{
		Name("s"): true, pathName("s", 1): true, "ended:s": true, "spoke:s:0": true, Waiting("s"): false, "settle": false,
	} {
		if KeepsLater(name) != later {
			t.Errorf("%s: %v", name, !later)
		}
	}
	s := basket()
	s.Most = aparte.Most{Times: 2, Per: aparte.Duration(day)}
	set := compiled(t, s)
	var p aparte.Person
	for _, at := range []string{"08:00", "08:30"} { // one of each
		spoke, _ := set.Count(&p, Name(s.ID), clock(at))
		p.Timers = append(p.Timers, spoke)
	}
	if set.rules[0].times(&p, clock("09:00")) != 2 || set.rules[0].times(&p, clock("+1d 08:00")) != 1 || !set.rules[0].spent(&p, clock("12:00")) {
		t.Errorf("%v", p.Timers)
	}
}

func TestWhatAMergeMakesPointlessIsCancelled(t *testing.T) {
	set := compiled(t, basket())
	p := aparte.Person{LastSeen: clock("09:30"), Timers: []aparte.Timer{{Name: "scenario:basket", Due: clock("10:00")}}}
	if timers, cancelled := set.Settle(&p, clock("09:30")); len(timers)+len(cancelled) > 0 {
		t.Errorf("without an order: %v, %v", timers, cancelled)
	}
	p.Orders.LastAt = clock("09:10") // on another device, where they were somebody else
	if _, cancelled := set.Settle(&p, clock("09:30")); !slices.Equal(cancelled, []string{"scenario:basket"}) {
		t.Errorf("cancelled %v", cancelled)
	}
}

func BenchmarkHear(b *testing.B) {
	scenarios := make([]aparte.Scenario, 10)
	for i := range scenarios {
		scenarios[i] = basket()
		scenarios[i].ID = aparte.ScenarioID(fmt.Sprint("s", i))
		if i > 1 {
			scenarios[i].After = fmt.Sprint("Event ", i)
		}
	}
	set := compiled(b, scenarios...)
	for _, word := range []string{"Product Added", "Order Completed", "Product Viewed"} {
		b.Run(word, func(b *testing.B) {
			e := eventOf(word, clock("09:00"))
			p := aparte.Person{LastSeen: e.Timestamp}
			b.ReportAllocs()
			for b.Loop() {
				set.Hear(&p, e, e.Timestamp)
			}
		})
	}
}

// The day on which a purchase is expected goes by what was learned of the brand's people; who bought once has one where most come back.
func TestTheDayOfAPurchaseGoesByHowOftenPeopleBuyAgain(t *testing.T) {
	s := compiled(t, aparte.Scenario{ID: "refill", Name: aparte.Words{"en": "Refill"}, On: &aparte.Day{Buying: aparte.Anything}, Channel: aparte.Email})
	weekly := aparte.Recurrence{Mean: math.Log(7), Strength: 5, Shape: 3, Rate: 0.1, Leaving: 0.1, Staying: 4}
	learned := &aparte.Recurrences{All: weekly, Category: weekly, Of: map[string]aparte.Recurrence{"milk": weekly}}
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	p := &aparte.Person{LastSeen: at, Cadences: []aparte.Cadence{{LastAt: at}, {Category: "milk", LastAt: at}, {Category: "spade", LastAt: at}}}
	e := &aparte.Event{Type: aparte.Track, Name: "Order Completed", Timestamp: at, ReceivedAt: at}
	if set, _ := s.Hear(p, e, at); len(set) != 0 {
		t.Errorf("who bought once, of whom nothing is known: %v", set)
	}
	set, _ := s.With(learned).Hear(p, e, at)
	if len(set) != 1 || set[0].Due.Sub(at).Round(time.Hour) != 7*24*time.Hour {
		t.Errorf("who bought milk once, which people buy every week: %v", set)
	}
}
