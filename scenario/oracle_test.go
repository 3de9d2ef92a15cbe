package scenario

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/profile"
)

// reader reads a scenario's definition (docs/scenarios.md) over a whole recorded history, with nothing remembered in between:
// whenever the time goes on, it looks at everything that was heard so far.
type reader struct {
	s      aparte.Scenario
	speaks func(at time.Time) bool

	heard []telling
	falls []fallen
}

// telling is an event as it was received.
type telling struct {
	name         string
	k            string // its property, which conditions ask for
	at, received time.Time
	falls        int // how many moments had fallen due before

	// As is known once it is heard of.
	known, ordered, oldest time.Time // when the person was last seen, last ordered, and first heard of
	p                      aparte.Person
}

// fallen is a moment that fell due.
type fallen struct {
	due, at       time.Time
	arose, spoken bool
}

func (r *reader) hear(e *aparte.Event, p aparte.Person) {
	var properties struct {
		K string `json:"k"`
	}
	if err := json.Unmarshal(e.Properties, &properties); err != nil {
		panic(err)
	}
	name := e.Name
	if e.Type != aparte.Track {
		name = string(e.Type)
	}
	at := e.Timestamp
	if at.After(e.ReceivedAt) {
		at = e.ReceivedAt
	}
	x := telling{name: name, k: properties.K, at: at, received: e.ReceivedAt, falls: len(r.falls), oldest: at, p: p}
	for _, y := range r.heard {
		x.known, x.ordered, x.oldest = latest(x.known, y.known), latest(x.ordered, y.ordered), earliest(x.oldest, y.at)
	}
	if name != aparte.EventSent { // which is done to them, and not by them
		x.known = latest(x.known, at)
	}
	if name == orderCompleted {
		x.ordered = latest(x.ordered, at)
	}
	r.heard = append(r.heard, x)
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// is reports whether an event is one that is named, with the condition properties.k == "…".
func (x *telling) is(name, where string) bool {
	return x.name == name && (where == "" || where == fmt.Sprintf("properties.k == %q", x.k))
}

// ends is until when an event ends the scenario; zero: it does not.
func (r *reader) ends(x *telling) (until time.Time) {
	for _, u := range r.s.Until {
		switch {
		case !x.is(u.Event, u.Where):
		case u.For == 0:
			until = forGood
		case x.at.Add(u.For.Std()).Add(MaxOverdue).After(x.received):
			until = latest(until, x.at.Add(u.For.Std()))
		}
	}
	return until
}

// endedFor reports whether something that begins at a time may not, for an event among the first n, as of a time.
func (r *reader) endedFor(n int, begun, as time.Time) bool {
	for i := range r.heard[:n] {
		if until := r.ends(&r.heard[i]); begun.Before(until) && as.Before(until.Add(MaxOverdue)) {
			return true
		}
	}
	return false
}

// endsLater reports whether an event after the first n ends what began at a time.
func (r *reader) endsLater(n int, begun time.Time) bool {
	return slices.ContainsFunc(r.heard[n:], func(x telling) bool { return begun.Before(r.ends(&x)) })
}

// pointless reports whether an event from the nth to before the mth makes what began at a time pointless.
func (r *reader) pointless(n, m int, begun time.Time) bool {
	return slices.ContainsFunc(r.heard[n:m], func(x telling) bool {
		return slices.Contains(r.s.Unless, x.name) && !x.at.Before(begun)
	})
}

// pending is when the moment falls due that is to come, and whether one is.
func (r *reader) pending() (time.Time, bool) {
	switch {
	case r.s.On != nil || r.s.Every > 0:
		return r.next()
	case len(r.s.Then) > 0:
		return r.afterPath()
	}
	var newest time.Time
	found := false
	for i := range r.heard {
		x := &r.heard[i]
		if x.falls == len(r.falls) && r.begins(i) && !r.pointless(i+1, len(r.heard), x.at) && !r.endsLater(i+1, x.at) && (!found || x.at.After(newest)) {
			newest, found = x.at, true
		}
	}
	return newest.Add(r.s.Delay.Std()), found
}

// begins reports whether the delay of a scenario after one event, or of an absence, may begin with the ith event.
func (r *reader) begins(i int) bool {
	x := &r.heard[i]
	switch {
	case r.s.After != "":
		if !x.is(r.s.After, r.s.Where) {
			return false
		}
	case r.s.Absent[0] == aparte.Anything:
		if !x.at.Equal(x.known) {
			return false
		}
	case !slices.Contains(r.s.Absent, x.name) && !x.at.Equal(x.oldest):
		return false
	}
	due := x.at.Add(r.s.Delay.Std())
	if x.at.Add(Jitter).Before(x.known) && (!due.After(x.known) || !due.After(x.received)) {
		return false
	}
	if x.at.Before(x.known) && slices.Contains(r.s.Unless, orderCompleted) && !x.ordered.Before(x.at) {
		return false
	}
	return !due.Add(MaxOverdue).Before(x.received) && !r.endedFor(i+1, x.at, x.received)
}

// counted is the time at which a step counts, and whether it does.
func (x *telling) counted() (time.Time, bool) {
	return latest(x.at, x.known), !x.at.Add(MaxOverdue).Before(x.known)
}

// afterPath is pending where several events must follow each other.
func (r *reader) afterPath() (due time.Time, found bool) {
	last := 0 // the first event after the last path that was complete
	for i := range r.heard {
		start, complete := r.path(last, i, len(r.s.Then))
		if !complete {
			continue
		}
		last = i + 1
		x := &r.heard[i]
		end, _ := x.counted()
		next := end.Add(r.s.Delay.Std())
		if next.Add(MaxOverdue).Before(x.received) || r.endedFor(i+1, start, x.received) {
			continue
		}
		if x.falls == len(r.falls) && !r.pointless(i+1, len(r.heard), end) && !r.endsLater(i+1, end) {
			due, found = next, true
		}
	}
	return due, found
}

// path is when the path that ends with the ith event, as step k, began: the last that did, of all that only take events from
// the fromth on.
func (r *reader) path(from, i, k int) (start time.Time, found bool) {
	var walk func(i, k int, then []int)
	walk = func(i, k int, then []int) {
		x := &r.heard[i]
		name, where := r.s.After, r.s.Where
		if k > 0 {
			name, where = r.s.Then[k-1].Event, r.s.Then[k-1].Where
		}
		at, counts := x.counted()
		if !x.is(name, where) || !counts {
			return
		}
		then = append(slices.Clone(then), i)
		if k > 0 {
			for j := from; j < i; j++ {
				walk(j, k-1, then)
			}
			return
		}
		if r.pointless(i+1, then[0], at) || r.endedFor(i+1, at, x.received) || slices.ContainsFunc(r.heard[i+1:then[0]+1], func(y telling) bool { return at.Before(r.ends(&y)) }) {
			return
		}
		for _, j := range then {
			y := &r.heard[j]
			if stepped, _ := y.counted(); stepped.After(at.Add(r.s.Window.Std())) || !y.received.Before(at.Add(r.s.Window.Std()).Add(MaxOverdue)) {
				return
			}
		}
		if !found || at.After(start) {
			start, found = at, true
		}
	}
	walk(i, k, nil)
	return start, found
}

// next is pending where the time alone makes moments: the first instant after the last fall and the last event.
func (r *reader) next() (time.Time, bool) {
	if len(r.heard) == 0 {
		return time.Time{}, false
	}
	if r.s.Every > 0 {
		begun := r.heard[0].received
		if n := len(r.falls); n > 0 {
			begun = r.falls[n-1].at
		}
		return begun.Add(r.s.Every.Std()), true
	}
	x := &r.heard[len(r.heard)-1]
	after := x.received
	if n := len(r.falls); n > 0 {
		after = latest(after, r.falls[n-1].at)
	}
	for _, due := range r.days(&x.p, after) {
		if due.After(after) {
			return due, true
		}
	}
	return time.Time{}, false
}

// days are the instants around a time on which a moment falls for a person, in order.
func (r *reader) days(p *aparte.Person, around time.Time) (all []time.Time) {
	zone, err := time.LoadLocation(p.Zone)
	if err != nil || p.Zone == "" {
		zone = paris
	}
	if r.s.On.Buying != "" {
		for _, c := range p.Cadences {
			if due, ok := p.Due(nil, c.Category, c.LastAt); ok && c.Weight > 0 && c.Category != "" && (r.s.On.Buying == aparte.Anything || r.s.On.Buying == c.Category) {
				at := due.At.Truncate(time.Second).Add(time.Duration(r.s.On.Days) * 24 * time.Hour)
				if r.s.On.At != "" {
					y, m, d := due.At.In(zone).Date()
					at = shown(time.Date(y, m, d+r.s.On.Days, 0, 0, 0, 0, time.UTC), r.s.On.At, zone)
				}
				all = append(all, at)
			}
		}
		slices.SortFunc(all, time.Time.Compare)
		return all
	}
	trait, ok := p.Trait(r.s.On.Trait)
	if !ok {
		return nil
	}
	born, err := time.Parse("2006-01-02", trait.Value.Str)
	if err != nil {
		return nil
	}
	years := []int{born.Year()}
	if r.s.On.Yearly {
		years = nil
		for y := around.Year() - 2; y <= around.Year()+3; y++ {
			if y >= born.Year() {
				years = append(years, y)
			}
		}
	}
	for _, y := range years {
		d := time.Date(y, born.Month(), born.Day(), 0, 0, 0, 0, time.UTC)
		if d.Month() != born.Month() { // 29 February became 1 March
			d = d.AddDate(0, 0, -1)
		}
		all = append(all, shown(d.AddDate(0, 0, r.s.On.Days), r.s.On.At, zone))
	}
	return all
}

// shown is the first instant at which clocks in a zone show a day and a time of day, or have jumped over it, found by looking at
// every minute.
func shown(day time.Time, at string, zone *time.Location) time.Time {
	want := day.Format(time.DateOnly) + " " + at
	if at == "" {
		want += "00:00"
	}
	for t := day.Add(-15 * time.Hour); ; t = t.Add(time.Minute) {
		if t.In(zone).Format("2006-01-02 15:04") >= want {
			return t
		}
	}
}

// pass lets time pass, and moments fall due.
func (r *reader) pass(now, until time.Time) (arose []Moment) {
	for {
		due, found := r.pending()
		if !found || due.After(until) {
			return arose
		}
		f := fallen{due: due, at: latest(due, now)}
		spoken := 0
		f.arose = true
		for _, before := range r.falls {
			if !before.spoken {
				continue
			}
			if f.at.Before(before.at.Add(max(r.s.Rest, r.s.Every).Std())) {
				f.arose = false
			}
			if r.s.Most.Per == 0 || before.at.Add(r.s.Most.Per.Std()).After(f.at) {
				spoken++
			}
		}
		if r.s.Most.Times > 0 && spoken >= r.s.Most.Times || (r.s.On != nil || r.s.Every > 0) && r.endedFor(len(r.heard), due, f.at) {
			f.arose = false
		}
		if f.arose {
			f.spoken = r.speaks(f.at)
			arose = append(arose, Moment{Scenario: r.s.ID, At: f.at, Spoke: f.spoken})
		}
		r.falls = append(r.falls, f)
	}
}

var paris, _ = time.LoadLocation("Europe/Paris")

var names = []string{"A", "B", "C", "U", orderCompleted, aparte.EventSent}

func TestAnyScenarioMakesTheMomentsThatItsDefinitionReads(t *testing.T) {
	for kind, draw := range map[string]func(*rapid.T) aparte.Scenario{
		"after": drawAfter, "then": drawThen, "absent": drawAbsent, "on": drawOn, "every": drawEvery,
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			arose := 0
			rapid.Check(t, func(t *rapid.T) {
				s := draw(t)
				s.ID, s.Channel = "s", aparte.Email
				arose += compare(t, s, drawHistory(t, s.On != nil || s.Every > 0))
			})
			if arose == 0 {
				t.Error("not one moment arose: nothing was compared")
			}
		})
	}
}

// compare replays a history both ways, and is how many moments arose.
func compare(t *rapid.T, s aparte.Scenario, events []aparte.Event) int {
	set, err := Compile(&aparte.Brand{Scenarios: []aparte.Scenario{s}, Zone: "Europe/Paris"})
	if err != nil {
		t.Fatal(err)
	}
	mute := rapid.IntRange(0, 3).Draw(t, "mute")
	speaks := func(at time.Time) bool { return mute == 0 || at.Unix()/60%4 >= int64(mute) }
	end := events[len(events)-1].ReceivedAt.Add(800 * day)
	got := set.Replay(aparte.Person{}, events, Replaying{Currency: "EUR", Until: end, Speaks: func(_ *aparte.Person, m Moment) bool { return speaks(m.At) }})

	r := reader{s: s, speaks: speaks}
	var want []Moment
	p := aparte.Person{}
	heard := map[aparte.MessageID]bool{}
	now := time.Time{}
	for i := range events {
		e := &events[i]
		if heard[e.MessageID] {
			continue
		}
		heard[e.MessageID] = true
		want = append(want, r.pass(now, e.ReceivedAt)...)
		now = e.ReceivedAt
		p = profile.Apply(p, e, nil, nil, "EUR")
		r.hear(e, p)
	}
	want = append(want, r.pass(now, end)...)
	if diff := cmp.Diff(want, got); diff != "" {
		text, _ := json.Marshal(s)
		story := ""
		for i := range events {
			e := &events[i]
			story += fmt.Sprintf("\n%s heard %v happened %v %s%s %s %s", e.MessageID, e.ReceivedAt, e.Timestamp, e.Type, e.Name, e.Properties, e.Traits)
		}
		t.Fatalf("%s%s\nmissing -, too many +: %s", text, story, diff)
	}
	return len(want)
}

func drawMinutes(t *rapid.T, label string, most int) aparte.Duration {
	return aparte.Duration(time.Duration(rapid.IntRange(0, most).Draw(t, label)) * time.Minute)
}

func drawWhere(t *rapid.T) string {
	return rapid.SampledFrom([]string{"", "", `properties.k == "x"`, `properties.k == "y"`}).Draw(t, "where")
}

// drawLimits draws what every kind may have.
func drawLimits(t *rapid.T, s aparte.Scenario, unit int) aparte.Scenario {
	if rapid.Bool().Draw(t, "rests") {
		s.Rest = drawMinutes(t, "rest", 20*unit)
	}
	if rapid.IntRange(0, 2).Draw(t, "bounded") == 0 {
		s.Most = aparte.Most{Times: rapid.IntRange(1, 3).Draw(t, "times"), Per: drawMinutes(t, "per", 40*unit)}
	}
	for range rapid.IntRange(0, 2).Draw(t, "exits") {
		s.Until = append(s.Until, aparte.Exit{
			Event: rapid.SampledFrom(names).Draw(t, "exit"), Where: drawWhere(t),
			For: rapid.SampledFrom([]aparte.Duration{0, 1, 2, 10, 60}).Draw(t, "for") * aparte.Duration(time.Duration(unit)*time.Minute),
		})
	}
	return s
}

func drawUnless(t *rapid.T) []string {
	return rapid.SampledFrom([][]string{nil, {"U"}, {orderCompleted}, {"U", orderCompleted}}).Draw(t, "unless")
}

func drawAfter(t *rapid.T) aparte.Scenario {
	return drawLimits(t, aparte.Scenario{After: "A", Where: drawWhere(t), Unless: drawUnless(t), Delay: drawMinutes(t, "delay", 8)}, 1)
}

func drawThen(t *rapid.T) aparte.Scenario {
	s := aparte.Scenario{After: "A", Where: drawWhere(t), Unless: drawUnless(t), Delay: drawMinutes(t, "delay", 4), Window: 1 + drawMinutes(t, "window", 12)}
	for range rapid.IntRange(1, 3).Draw(t, "steps") {
		s.Then = append(s.Then, aparte.Step{Event: rapid.SampledFrom(names[:3]).Draw(t, "step"), Where: drawWhere(t)})
	}
	return drawLimits(t, s, 1)
}

func drawAbsent(t *rapid.T) aparte.Scenario {
	s := aparte.Scenario{Unless: drawUnless(t), Delay: aparte.Duration(time.Minute) + drawMinutes(t, "delay", 8)}
	s.Absent = rapid.SampledFrom([][]string{{aparte.Anything}, {"A"}, {"A", "B"}}).Draw(t, "absent")
	return drawLimits(t, s, 1)
}

func drawOn(t *rapid.T) aparte.Scenario {
	d := aparte.Day{Trait: "birthday", Yearly: rapid.Bool().Draw(t, "yearly")}
	if rapid.Bool().Draw(t, "predicted") {
		d = aparte.Day{Buying: rapid.SampledFrom([]string{"x", "y", aparte.Anything}).Draw(t, "buying")}
	}
	d.Days = rapid.SampledFrom([]int{0, 0, -3, 40, -366, 366}).Draw(t, "days")
	d.At = rapid.SampledFrom([]string{"", "02:30", "09:00", "23:59"}).Draw(t, "at")
	return drawLimits(t, aparte.Scenario{On: &d}, 60*24*8)
}

func drawEvery(t *rapid.T) aparte.Scenario {
	return drawLimits(t, aparte.Scenario{Every: aparte.Duration(rapid.IntRange(1, 40).Draw(t, "every")) * aparte.Duration(day)}, 60*24*8)
}

// drawHistory draws events as they are received: late ones, repeated ones, ones of clocks that are ahead, several at one instant.
// A slow history takes years, a quick one minutes.
func drawHistory(t *rapid.T, slow bool) []aparte.Event {
	unit := time.Minute
	if slow {
		unit = 7 * time.Hour
	}
	now := time.Date(2027, 12, 20, 8, 0, 0, 0, time.UTC)
	var events []aparte.Event
	for i := range rapid.IntRange(1, 24).Draw(t, "events") {
		now = now.Add(time.Duration(rapid.SampledFrom([]int{0, 0, 1, 1, 2, 3, 5, 60}).Draw(t, "pause")) * unit)
		at := now
		switch rapid.IntRange(0, 9).Draw(t, "late") {
		case 0, 1, 2:
			at = at.Add(-time.Duration(rapid.IntRange(0, 8).Draw(t, "age")) * unit)
		case 3:
			at = at.Add(-rapid.SampledFrom([]time.Duration{23 * time.Hour, 24 * time.Hour, 25 * time.Hour, 60 * day}).Draw(t, "history"))
		case 4:
			at = at.Add(time.Hour)
		case 5: // it was overtaken
			at = at.Add(-time.Duration(rapid.IntRange(1, 12).Draw(t, "overtaken")) * time.Second)
		}
		id := aparte.MessageID(fmt.Sprint("m", i))
		if i > 0 && rapid.IntRange(0, 9).Draw(t, "again") == 0 {
			id = events[rapid.IntRange(0, i-1).Draw(t, "of")].MessageID
		}
		k := rapid.SampledFrom([]string{"x", "y"}).Draw(t, "k")
		e := aparte.Event{
			Type: aparte.Track, Name: rapid.SampledFrom(names).Draw(t, "name"), MessageID: id, Timestamp: at, ReceivedAt: now,
			Properties: json.RawMessage(fmt.Sprintf(`{"k": %q, "order_id": "o%d", "products": [{"product_id": "p", "category": %q}]}`, k, i, k)),
		}
		if slow && rapid.IntRange(0, 3).Draw(t, "tells") == 0 {
			e.Type, e.Name = aparte.Identify, ""
			e.Traits = json.RawMessage(fmt.Sprintf(`{"birthday": %q}`, rapid.SampledFrom([]string{
				"2000-02-29", "1990-03-26", "1990-10-29", "1985-12-31", "1985-01-01", "2028-02-29", "2029-03-25", "soon",
			}).Draw(t, "birthday")))
			e.Context = json.RawMessage(fmt.Sprintf(`{"timezone": %q}`, rapid.SampledFrom([]string{"", "America/New_York", "Pacific/Auckland", "Europe/Paris"}).Draw(t, "zone")))
		}
		events = append(events, e)
	}
	return events
}
