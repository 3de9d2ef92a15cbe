package quality_test

import (
	"context"
	stdjson "encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/quality"
	"github.com/aparte-dev/aparte/store"
)

// read are documents as a process has them that may not write them.
type read struct{ store.Documents }

var errNotHere = errors.New("another process writes documents")

func (read) PutDocument(context.Context, string, []byte) (uint64, error) { return 0, errNotHere }
func (read) DropDocuments(context.Context, string, uint64) error         { return errNotHere }

func follow(t interface {
	Helper()
	Fatal(...any)
}, docs store.Documents, now func() time.Time) *quality.Keeper {
	t.Helper()
	k, err := quality.Follow(context.Background(), read{docs}, now, nil)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// handedOver is what was seen, as it comes out at the other end of a line.
func handedOver(t interface{ Fatal(...any) }, s quality.Seen) (there quality.Seen) {
	body, err := json.Marshal(s)
	if err == nil {
		err = json.Unmarshal(body, &there)
	}
	if err != nil {
		t.Fatal(err)
	}
	return there
}

// Whatever comes to two keepers in turn, one of which hands what it saw over to the other now and then, or fails to, is counted as if all had come to
// one. Streams are short enough for all properties to be looked at. Of what properties look like the first examples are kept, and
// which came first two keepers do not know: these are not compared, nor is the order in which properties and violations were found.
func TestWhatTwoKeepersSeeIsWhatOneWouldSee(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		ctx := context.Background()
		now := noon
		clock := func() time.Time { return now }
		opened := func(docs store.Documents) *quality.Keeper {
			k, err := quality.Open(ctx, docs, clock, nil)
			if err != nil {
				rt.Fatal(err)
			}
			return k
		}
		docs := quality.Memory()
		alone, office, branch := opened(nil), opened(docs), follow(rt, docs, clock)
		event := rapid.Custom(func(t *rapid.T) aparte.Event {
			e := track(rapid.SampledFrom([]string{"Viewed", "Bought", "Seen by ann@example.com", strings.Repeat("é", 40)}).Draw(t, "name"),
				rapid.SampledFrom([]string{`{}`, `{"a":1}`, `{"a":"x","b":[{"c":2}]}`, `{"ann@example.com":true}`}).Draw(t, "body"))
			if rapid.Bool().Draw(t, "page") {
				e.Type = aparte.Page
			}
			e.Source = rapid.SampledFrom([]string{"web", "till"}).Draw(t, "source")
			e.ReceivedAt = now
			e.Timestamp = now.Add(-time.Duration(rapid.IntRange(0, 2).Draw(t, "late")) * time.Hour)
			return e
		})
		broken := rapid.Custom(func(t *rapid.T) quality.Broken {
			e := event.Draw(t, "event")
			return quality.Broken{Event: &e, Mode: rapid.SampledFrom([]quality.Mode{quality.Warn, quality.Enforce}).Draw(t, "mode"), Faults: []quality.Fault{{
				Pointer: rapid.SampledFrom([]string{"/a", "/b"}).Draw(t, "pointer"), Expected: "number", Got: rapid.SampledFrom([]string{"string a", "null"}).Draw(t, "got"),
			}}}
		})
		some := rapid.IntRange(0, 3)
		for range rapid.IntRange(1, 50).Draw(rt, "steps") {
			now = now.Add(time.Second)
			switch rapid.SampledFrom([]string{"arrives", "arrives", "arrives", "is put aside", "time passes", "is handed over", "is not handed over", "restarts"}).Draw(rt, "what") {
			case "arrives":
				a := quality.Arrived{
					Source: rapid.SampledFrom([]string{"web", "till"}).Draw(rt, "from"), At: now, Events: rapid.SliceOfN(event, 0, 4).Draw(rt, "events"),
					Ahead: some.Draw(rt, "ahead"), Headless: some.Draw(rt, "headless"), Lost: some.Draw(rt, "lost"), Warned: rapid.SliceOfN(broken, 0, 2).Draw(rt, "warned"),
				}
				alone.Observe(a)
				rapid.SampledFrom([]*quality.Keeper{office, branch}).Draw(rt, "at").Observe(a)
			case "is put aside":
				b := broken.Draw(rt, "broken")
				r := quality.Record{Reason: rapid.SampledFrom(quality.Reasons[:]).Draw(rt, "reason"), At: now, Source: "web", Body: []byte(`{}`)}
				if err := branch.Aside(ctx, []quality.Record{r}, []*quality.Broken{&b}); !errors.Is(err, errNotHere) {
					rt.Fatal(err)
				}
				for _, k := range []*quality.Keeper{alone, office} {
					if err := k.Aside(ctx, []quality.Record{r}, []*quality.Broken{&b}); err != nil {
						rt.Fatal(err)
					}
				}
			case "time passes":
				now = now.Add(rapid.SampledFrom([]time.Duration{time.Hour, 25 * time.Hour, 10 * 24 * time.Hour, 40 * 24 * time.Hour}).Draw(rt, "how long"))
			case "is handed over":
				office.Join(handedOver(rt, branch.Seen()))
			case "is not handed over":
				branch.Join(branch.Seen())
			case "restarts":
				if err := office.Close(); err != nil {
					rt.Fatal(err)
				}
				office = opened(docs)
			}
		}
		seen := branch.Seen()
		office.Join(handedOver(rt, seen))
		if s := branch.Seen(); !s.Empty() || len(branch.Plan()) != 0 {
			rt.Fatalf("taken out, it is still there: %+v", s)
		}
		if diff := cmp.Diff(planOf(alone), planOf(office), cmpopts.EquateEmpty()); diff != "" {
			rt.Error("plan", diff)
		}
		if diff := cmp.Diff(reportOf(alone), reportOf(office)); diff != "" {
			rt.Error("report", diff)
		}
		if err := office.Close(); err != nil {
			rt.Error(err)
		}
	})
}

// planOf is a plan without what depends on which event came first.
func planOf(k *quality.Keeper) []quality.Planned {
	plan := k.Plan()
	for i := range plan {
		slices.SortFunc(plan[i].Properties, func(a, b quality.Property) int { return strings.Compare(a.Name, b.Name) })
		for j := range plan[i].Properties {
			plan[i].Properties[j].Shapes = nil
		}
	}
	return plan
}

func reportOf(k *quality.Keeper) quality.Report {
	r := k.Report()
	key := func(v *quality.Violation) string {
		return fmt.Sprint(v.Source, " ", v.Call, " ", v.Event, " ", v.Pointer, " ", v.Expected)
	}
	slices.SortFunc(r.Violations, func(a, b quality.Violation) int { return strings.Compare(key(&a), key(&b)) })
	return r
}

// What there is no room for is counted among the others, wherever it came.
func TestWhatIsTakenInStaysWithinBoundsAndNothingOfItIsLost(t *testing.T) {
	office, branches := open(t, nil), []*quality.Keeper{follow(t, quality.Memory(), atNoon), follow(t, quality.Memory(), atNoon)}
	var body strings.Builder
	for j := range 120 {
		fmt.Fprintf(&body, `"%c%c":1,`, 'a'+j%26, 'a'+j/26)
	}
	properties := "{" + strings.TrimSuffix(body.String(), ",") + "}"
	events, violations := 0, 0
	for _, kinds := range []int{600, 1200, 1200} { // at first each has room for the kinds of its own, and not all together
		for n, k := range append(branches, office) {
			for i := range kinds {
				e := track(fmt.Sprint("Event ", n, " ", i), properties)
				e.Source = fmt.Sprint("source ", n, " ", i%90)
				b := quality.Broken{Event: &e, Mode: quality.Warn, Faults: []quality.Fault{{Pointer: "/aa", Expected: "string", Got: "integer"}}}
				k.Observe(quality.Arrived{Source: e.Source, At: noon, Events: []aparte.Event{e}, Warned: []quality.Broken{b}})
				events, violations = events+1, violations+1
			}
			seen := k.Seen()
			office.Join(seen)
			bounded(t, office)
			if k != office && propertiesOf(seen.Plan) != 20_000 {
				t.Errorf("of a plan that was taken out before, %d properties are seen", propertiesOf(seen.Plan))
			}
		}
	}
	report := office.Report()
	planned, accepted, broken := report.Others, int64(0), report.Beyond
	for _, p := range office.Plan() {
		planned += p.Count
		if !p.Cut {
			t.Fatalf("%s has more than its %d properties, and nothing says so", p.Name, len(p.Properties))
		}
	}
	for i := range report.Sources {
		accepted += report.Sources[i].Days[0].Accepted
	}
	for _, v := range report.Violations {
		broken += v.Count
	}
	if planned != int64(events) || accepted != int64(events) || broken != int64(violations) {
		t.Errorf("of %d events %d are in the plan and %d of sources; of %d violations %d", events, planned, accepted, violations, broken)
	}
	if n := len(office.Plan()); n != 1000 || len(report.Sources) != 100 || len(report.Violations) != 1000 {
		t.Errorf("%d kinds of event, %d sources, %d violations: there is room", n, len(report.Sources), len(report.Violations))
	}
}

func propertiesOf(plan []quality.Planned) (n int) {
	for _, p := range plan {
		n += len(p.Properties)
	}
	return n
}

// bounded fails a test unless a keeper holds no more than it may, and no count is below nothing.
func bounded(t *testing.T, k *quality.Keeper) {
	t.Helper()
	plan, report := k.Plan(), k.Report()
	for _, p := range plan {
		if p.Count < 1 || p.Looked < 0 || len(p.Properties) > 100 || len(p.Days) > 30 || len(p.Name)+len(p.Call)+len(p.Source) > 800 || p.Last.Before(p.First) {
			t.Fatalf("%.300s", fmt.Sprint(p))
		}
		for _, x := range p.Properties {
			if x.Seen < 1 || slices.Min(x.Types[:]) < 0 || len(x.Shapes) > 3 || len(x.Name)+len(strings.Join(x.Shapes, "")) > 500 {
				t.Fatalf("%.300s", fmt.Sprint(x))
			}
		}
		inOrder(t, p.Days, func(d quality.DayCount) (int64, int64) { return d.Day, d.N })
	}
	for _, s := range report.Sources {
		if len(s.Days) > 31 || len(s.Name) > 600 || s.Last.Before(s.First) {
			t.Fatalf("%.300s", fmt.Sprint(s))
		}
		inOrder(t, s.Days, func(d quality.Day) (int64, int64) {
			return d.Day, min(d.Accepted, d.Late, d.Ahead, d.Headless, d.Hurried, d.Warned, d.Lost, slices.Min(d.Aside[:]))
		})
	}
	for _, v := range report.Violations {
		if v.Count < 1 || len(v.Source)+len(v.Call)+len(v.Event)+len(v.Pointer)+len(v.Expected)+len(v.Got)+len(v.Mode) > 4000 {
			t.Fatalf("%.300s", fmt.Sprint(v))
		}
	}
	if properties := propertiesOf(plan); len(plan) > 1000 || properties > 20_000 || len(report.Sources) > 100 || len(report.Violations) > 1000 || report.Others < 0 || report.Beyond < 0 {
		t.Errorf("%d kinds of event, %d properties, %d others, %d sources, %d violations, %d beyond", len(plan), properties, report.Others, len(report.Sources), len(report.Violations), report.Beyond)
	}
}

func inOrder[D any](t *testing.T, days []D, of func(D) (day, least int64)) {
	t.Helper()
	before := int64(-1)
	for _, d := range days {
		day, least := of(d)
		if day <= before || least < 0 {
			t.Fatalf("days %+v", days)
		}
		before = day
	}
}

// A frequent event is not looked at more often for being handed over.
func TestOfFrequentEventsSomeAreLookedAtHoweverOftenTheyAreHandedOver(t *testing.T) {
	office, branch := open(t, nil), follow(t, quality.Memory(), atNoon)
	for i := range 1000 {
		observe(branch, track("E", `{"a":1}`))
		if i%10 == 0 {
			office.Join(branch.Seen())
		}
	}
	office.Join(branch.Seen())
	if p := office.Plan()[0]; p.Count != 1000 || p.Looked != 256+11 {
		t.Errorf("of %d, %d were looked at", p.Count, p.Looked)
	}
}

// A branch whose clock is behind is a day behind at midnight: what it saw counts on its day, and no time goes back.
func TestWhatIsHandedOverLateCountsOnItsDay(t *testing.T) {
	office, branch := open(t, nil), follow(t, quality.Memory(), atNoon)
	tomorrow := track("E", `{"a":1}`)
	tomorrow.ReceivedAt, tomorrow.Timestamp = noon.Add(13*time.Hour), noon.Add(13*time.Hour)
	office.Observe(quality.Arrived{Source: "web", At: tomorrow.ReceivedAt, Events: []aparte.Event{tomorrow}})
	observe(branch, track("E", `{"a":1}`), track("E", `{"a":1}`))
	office.Join(branch.Seen())
	day := noon.Unix() / (24 * 60 * 60)
	p, s := office.Plan()[0], office.Report().Sources[0]
	if diff := cmp.Diff([]quality.DayCount{{Day: day, N: 2}, {Day: day + 1, N: 1}}, p.Days); diff != "" || !p.First.Equal(noon) || !p.Last.Equal(tomorrow.ReceivedAt) {
		t.Errorf("%s, from %s to %s", diff, p.First, p.Last)
	}
	if len(s.Days) != 2 || s.Days[0].Accepted != 2 || s.Days[1].Accepted != 1 || !s.First.Equal(noon) || !s.Last.Equal(tomorrow.ReceivedAt) {
		t.Errorf("%+v", s)
	}
	branch.Observe(quality.Arrived{Source: "web", At: tomorrow.ReceivedAt.Add(time.Minute), Events: []aparte.Event{tomorrow}})
	office.Join(branch.Seen())
	office.Observe(quality.Arrived{Source: "web", At: noon, Events: []aparte.Event{track("E", `{"a":1}`)}})
	if last := office.Report().Sources[0].Last; !last.Equal(tomorrow.ReceivedAt.Add(time.Minute)) {
		t.Errorf("last heard of at %s", last)
	}
}

func TestAKeeperThatFollowsWritesNothingAndCountsNothingThatItCouldNotKeep(t *testing.T) {
	docs := quality.Memory()
	office, branch := open(t, docs), follow(t, docs, atNoon)
	r := quality.Record{Reason: quality.Malformed, At: noon, Source: "web", Body: []byte(`{"userId":"ann"}`)}
	e := track("E", `{"a":"x"}`)
	b := &quality.Broken{Event: &e, Mode: quality.Enforce, Faults: []quality.Fault{{Pointer: "/a"}}}
	if err := branch.Aside(t.Context(), []quality.Record{r}, []*quality.Broken{b}); !errors.Is(err, errNotHere) {
		t.Errorf("kept aside: %v", err)
	}
	if s := branch.Seen(); !s.Empty() {
		t.Errorf("counted: %+v", s)
	}
	records := []quality.Record{r}
	if err := office.Aside(t.Context(), records, []*quality.Broken{b}); err != nil {
		t.Fatal(err)
	}
	if got, err := branch.Record(t.Context(), records[0].ID); err != nil || string(got.Body) != string(r.Body) {
		t.Errorf("what the other one keeps aside: %+v, %v", got, err)
	}
	for who, want := range map[string]error{"ann": errNotHere, "bob": nil} {
		if n, err := branch.Erase(t.Context(), []aparte.Identifier{{Kind: aparte.KindUserID, Value: who}}); n != 0 || !errors.Is(err, want) {
			t.Errorf("%s is erased aside, %d times: %v", who, n, err)
		}
	}
	if n, err := branch.Take(t.Context(), []quality.ID{records[0].ID}); n != 0 || !errors.Is(err, errNotHere) {
		t.Errorf("%d taken: %v", n, err)
	}
	if err := branch.Declare(t.Context(), quality.Schema{Event: "E", Mode: quality.Warn, Schema: []byte(`{}`)}); !errors.Is(err, errNotHere) || len(branch.Schemas()) != 0 {
		t.Errorf("declared: %v", err)
	}
	observe(branch, e)
	if err := errors.Join(branch.Save(t.Context()), branch.Close()); err != nil {
		t.Errorf("it writes when it is closed: %v", err)
	}
	if s := office.Seen(); !s.Empty() || len(office.Report().Sources) != 1 {
		t.Errorf("a keeper that writes hands its own book over: %+v", s)
	}
	if err := office.Close(); err != nil {
		t.Error(err)
	}
}

// counting counts how often a document is read.
type counting struct {
	store.Store
	n int
}

func (c *counting) Document(ctx context.Context, name string, version uint64) (store.Document, error) {
	c.n++
	return c.Store.Document(ctx, name, version)
}

func TestSchemasAreFollowed(t *testing.T) {
	there := &counting{Store: disk(t)}
	for name, docs := range map[string]store.Documents{"on disk": there, "in memory": quality.Memory()} {
		office := open(t, docs)
		branch, err := quality.Follow(t.Context(), docs, atNoon, nil)
		if err != nil {
			t.Fatal(err)
		}
		e := track("E", `{"a":"x"}`)
		broken := func(when string, want bool) {
			t.Helper()
			if err := branch.Refresh(t.Context()); err != nil {
				t.Fatal(err)
			}
			there.n = 0
			if err := errors.Join(office.Refresh(t.Context()), branch.Refresh(t.Context())); err != nil || there.n > 0 {
				t.Errorf("%s, %s: as nothing is new, %d documents are read: %v", name, when, there.n, err)
			}
			if got := branch.Check(&e) != nil; got != want {
				t.Errorf("%s, %s: it breaks a schema: %t", name, when, got)
			}
			if diff := cmp.Diff(office.Schemas(), branch.Schemas()); diff != "" {
				t.Errorf("%s, %s: %s", name, when, diff)
			}
		}
		check := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		broken("at first", false)
		check(office.Declare(t.Context(), quality.Schema{Event: "E", Mode: quality.Warn, Schema: []byte(`{"properties":{"a":{"type":"integer"}}}`)}))
		broken("declared", true)
		check(office.Declare(t.Context(), quality.Schema{Event: "E", Mode: quality.Enforce, Schema: []byte(`{"properties":{"a":{"type":"string"}}}`)}))
		broken("declared anew", false)
		check(office.Declare(t.Context(), quality.Schema{Event: "F", Mode: quality.Enforce, Schema: []byte(`{}`)}))
		check(office.Withdraw(t.Context(), "E"))
		broken("withdrawn", false)
		if _, err := docs.PutDocument(t.Context(), "schemas", []byte(`[{"event":"E","mode":"loud"}]`)); err != nil {
			t.Fatal(err)
		}
		if err := branch.Refresh(t.Context()); err == nil || len(branch.Schemas()) != 1 {
			t.Errorf("%s: of what is no schema, %d are in force: %v", name, len(branch.Schemas()), err)
		}
		check(errors.Join(branch.Close(), office.Close()))
	}
}

// FuzzJoin: whatever JSON another version hands over, what is kept of it is bounded, and can be written down and read again.
func FuzzJoin(f *testing.F) {
	k := follow(f, quality.Memory(), atNoon)
	observe(k, track("E", `{"a":1,"b":{"c":"x"}}`))
	real, err := json.Marshal(k.Seen())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(real)
	days := make([]string, 400)
	for i := range days {
		days[i] = fmt.Sprintf(`{"day":%d,"n":1,"accepted":-1}`, noon.Unix()/86400-int64(i*7%400))
	}
	of, long := "["+strings.Join(days, ",")+"]", strings.Repeat("é", 2000)
	for _, seed := range []string{
		``, `{}`, `null`, `{"plan":[null,{}],"sources":[null,{}],"violations":[null,{}]}`,
		`{"others":-5,"beyond":9223372036854775807}`,
		`{"plan":[{"name":"E","count":9223372036854775807,"first":"0000-01-01T00:00:00+23:59","last":"9999-12-31T23:59:59-23:59","days":` + of + `,"properties":[{"seen":1,"types":[-1,1,1,1,1,1,1],"shapes":["a","b","c","d"]},{"name":"a","seen":9223372036854775807}]}]}`,
		`{"sources":[{"name":"` + strings.Repeat("x", 2000) + `","first":"2027-01-01T00:00:00Z","days":[{"day":9223372036854775807,"lost":1},{"day":-9223372036854775808,"lost":1}]},{"name":"web","days":` + of + `}]}`,
		`{"plan":[{"source":"` + long + `","type":"` + long + `","name":"` + long + `","count":1,"properties":[{"name":"` + long + `","seen":1,"shapes":["` + long + `"]}]}],
			"sources":[{"name":"` + long + `","days":[{"day":1}]}],
			"violations":[{"source":"` + long + `","type":"` + long + `","event":"` + long + `","pointer":"` + long + `","expected":"` + long + `","mode":"` + long + `","count":1}]}`,
		`{"violations":[{"source":"web","count":3,"example":18446744073709551615,"mode":"loud","got":"` + long + `","last":"9999-12-31T23:59:59-23:59"},{"count":-1}]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var one, other quality.Seen
		errs := []error{json.Unmarshal(body, &one), stdjson.Unmarshal(body, &other)}
		docs := quality.Memory()
		office := open(t, docs)
		observe(office, track("E", `{"a":1}`))
		for range 2 {
			for i, s := range []quality.Seen{one, other} {
				if errs[i] == nil {
					office.Join(s)
				}
			}
		}
		bounded(t, office)
		if now := office.Report().Sources[0]; now.Days[len(now.Days)-1].Accepted < 1 && now.Days[0].Accepted < 1 {
			t.Errorf("what was seen here is gone: %+v", now)
		}
		plan, report := office.Plan(), office.Report()
		if err := office.Close(); err != nil {
			t.Fatal(err)
		}
		office = open(t, docs)
		if diff := cmp.Diff(plan, office.Plan(), cmpopts.EquateEmpty()) + cmp.Diff(report, office.Report()); diff != "" {
			t.Error(diff)
		}
		if err := office.Close(); err != nil {
			t.Error(err)
		}
	})
}

// Counts do not run over, and what is below nothing is nothing.
func TestCountsThatCannotBeAreNotBelieved(t *testing.T) {
	office := open(t, nil)
	observe(office, track("E", `{}`))
	for _, n := range []int64{-1, math.MinInt64, math.MaxInt64, math.MaxInt64} {
		s := quality.Source{Name: "web", First: noon, Last: noon, Days: []quality.Day{{Day: noon.Unix() / 86400, Tally: quality.Tally{Accepted: n}}}}
		office.Join(quality.Seen{Sources: []quality.Source{s}, Plan: []quality.Planned{{Source: "web", Call: aparte.Track, Name: "E", Count: n}}})
		if got, p := office.Report().Sources[0].Days[0].Accepted, office.Plan()[0].Count; n < 0 && (got != 1 || p != 1) || n > 0 && (got != math.MaxInt64 || p != math.MaxInt64) {
			t.Errorf("with %d there are %d, %d in the plan", n, got, p)
		}
	}
}
