package load

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte/exchange/form"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// door is a door that remembers: by messageId, in the order of arrival.
type door struct {
	known  map[string]bool
	order  []string // "event at time"
	poison string   // an event of this name spoils its batch
	fails  int      // batches to take before it fails
	calls  int
}

var errGone = errors.New("the server is gone")

func (d *door) Import(_ context.Context, events []jsontext.Value) (answer Answer, err error) {
	d.calls++
	if d.fails > 0 && d.calls > d.fails {
		return answer, errGone
	}
	type told struct{ MessageID, Event, Timestamp, UserID string }
	var all []told
	for _, e := range events {
		var one struct {
			MessageID string `json:"messageId"`
			Event     string `json:"event"`
			Timestamp string `json:"timestamp"`
			UserID    string `json:"userId"`
		}
		if err := json.Unmarshal(e, &one); err != nil {
			return answer, err
		}
		if one.Event == d.poison && d.poison != "" {
			return answer, fmt.Errorf("%w: body: cannot be read", ErrWhole)
		}
		all = append(all, told(one))
	}
	for i, one := range all {
		switch {
		case d.known[one.MessageID]:
			answer.Repeated = append(answer.Repeated, i)
		case one.Event == "Refused":
			answer.Refused = append(answer.Refused, Refusal{i, "event", "is refused"})
		default:
			d.known[one.MessageID] = true
			d.order = append(d.order, one.Event+" at "+one.Timestamp)
		}
	}
	return answer, nil
}

func (d *door) Knows(context.Context, string) (bool, error) { return true, nil }

func newDoor() *door { return &door{known: map[string]bool{}} }

func wrote(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := errors.Join(os.WriteFile(path, []byte(text), 0o600), os.Chtimes(path, noon, noon)); err != nil {
		t.Fatal(err)
	}
	return path
}

func loaded(t testing.TB, l Load) *Result {
	t.Helper()
	l.Now = func() time.Time { return noon }
	r, err := l.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestEventsArriveInTheOrderOfTime(t *testing.T) {
	d := newDoor()
	one := wrote(t, "a.csv", "userId,event,timestamp\nu,C,2026-05-03\nu,A,2026-05-01\n")
	two := wrote(t, "b.ndjson", `{"userId":"u","event":"B","timestamp":"2026-05-02T00:00:00+02:00"}`)
	loaded(t, Load{Kind: Events, Files: []string{one, two}, Door: d})
	want := []string{"A at 2026-05-01T00:00:00Z", "B at 2026-05-01T22:00:00Z", "C at 2026-05-03T00:00:00Z"}
	if diff := cmp.Diff(want, d.order); diff != "" {
		t.Error(diff)
	}
}

// A load done twice changes nothing, whatever the order of the rows; what stands there twice happened twice.
func TestALoadDoneTwiceChangesNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rows := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string {
			return fmt.Sprintf("u%d,%s,2026-05-0%d\n", rapid.IntRange(0, 2).Draw(t, "who"), rapid.SampledFrom([]string{"A", "B"}).Draw(t, "what"), rapid.IntRange(1, 3).Draw(t, "when"))
		}), 1, 30).Draw(rt, "rows")
		d := newDoor()
		head := "userId,event,timestamp\n"
		first := loaded(t, Load{Kind: Events, Files: []string{wrote(t, "a.csv", head+strings.Join(rows, ""))}, Door: d})
		again := loaded(t, Load{Kind: Events, Files: []string{wrote(t, "b.csv", head+strings.Join(rapid.Permutation(rows).Draw(rt, "again"), ""))}, Door: d})
		if first.Taken != len(rows) || again.Repeated != len(rows) || len(d.order) != len(rows) {
			rt.Fatalf("first %+v, again %+v, %d taken", first, again, len(d.order))
		}
	})
}

func TestRegistersAreKnownByFileAndRow(t *testing.T) {
	d := newDoor()
	register := func(name, city string) string { return wrote(t, name, "userId,city\nu1,"+city+"\nu2,Nice\n") }
	loaded(t, Load{Kind: People, Files: []string{register("a.csv", "Lyon")}, Door: d})
	if r := loaded(t, Load{Kind: People, Files: []string{register("b.csv", "Lyon")}, Door: d}); r.Repeated != 2 {
		t.Errorf("the same file again: %+v", r)
	}
	if r := loaded(t, Load{Kind: People, Files: []string{register("c.csv", "Paris")}, Door: d}); r.Taken != 2 {
		t.Errorf("a newer one: %+v", r)
	}
}

func TestOneEventThatSpoilsItsBatchIsFound(t *testing.T) {
	var text strings.Builder
	text.WriteString("userId,event,timestamp\n")
	for i := range 700 {
		name := "Fine"
		switch i {
		case 123:
			name = "Poison"
		case 321, 650:
			name = "Refused"
		}
		fmt.Fprintf(&text, "u%d,%s,2026-05-01\n", i, name)
	}
	d := newDoor()
	d.poison = "Poison"
	var aside strings.Builder
	r := loaded(t, Load{Kind: Events, Files: []string{wrote(t, "a.csv", text.String())}, Door: d, Aside: &aside})
	if r.Taken != 697 || r.Aside != 3 || len(d.order) != 697 || strings.Count(aside.String(), "\n") != 3 {
		t.Errorf("%+v, %d arrived, aside: %s", r, len(d.order), aside.String())
	}
}

func TestALoadThatBrokeOffGoesOn(t *testing.T) {
	var text strings.Builder
	text.WriteString("userId,event,timestamp\n")
	for i := range 1700 {
		fmt.Fprintf(&text, "u%d,%s,2026-05-01\n", i, map[bool]string{true: "Refused", false: "Fine"}[i%100 == 7])
	}
	path, state := wrote(t, "a.csv", text.String()), filepath.Join(t.TempDir(), "state")
	d := newDoor()
	d.fails = 2
	l := Load{Kind: Events, Files: []string{path}, Door: d, State: state, Now: func() time.Time { return noon }}
	if r, err := l.Run(context.Background()); !errors.Is(err, errGone) || r.Taken+r.Aside != 1000 {
		t.Fatalf("%v, %+v", err, r)
	}
	d.fails = 0
	r := loaded(t, l)
	if r.Resumed != 1000 || r.Taken != 1683 || r.Aside != 17 || r.Repeated != 0 || d.calls != 3+2 {
		t.Errorf("%+v after %d calls", r, d.calls)
	}
}

func TestWhoIsKnownByAnAddressAloneIsTheSameEachTime(t *testing.T) {
	d := newDoor()
	f, err := form.New(`{"type":"track","event":"Bought","traits":{"email":"$mail"},"timestamp":"$at"}`)
	if err != nil {
		t.Fatal(err)
	}
	r := loaded(t, Load{Kind: Events, Form: f, Door: d, Files: []string{wrote(t, "a.csv", "mail,at\nAnn@Example.com,2026-05-01\nann@EXAMPLE.com,2026-05-02\nnobody,2026-05-03\n")}})
	if r.Taken != 2 || r.Aside != 1 || r.Reasons[0].Field != "mail" {
		t.Errorf("%+v", r)
	}
}

func TestABusyServerIsAskedAgain(t *testing.T) {
	answers := []int{429, 503, 200}
	var waited []time.Duration
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if key, _, _ := r.BasicAuth(); key != "k" || r.URL.Path != "/v1/import" {
			t.Errorf("%s with key %q", r.URL.Path, key)
		}
		status := answers[0]
		answers = answers[1:]
		w.Header().Set("Retry-After", "3")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(`{"success":true,"repeated":[1]}`))
	}))
	defer s.Close()
	c := Client{Base: s.URL + "/", Key: "k", HTTP: s.Client(), Wait: func(_ context.Context, d time.Duration) error {
		waited = append(waited, d)
		return nil
	}}
	a, err := c.Import(context.Background(), []jsontext.Value{[]byte(`{}`), []byte(`{}`)})
	if err != nil || !slices.Equal(a.Repeated, []int{1}) || len(waited) != 2 || waited[0] < 3*time.Second {
		t.Errorf("%v %+v, waited %v", err, a, waited)
	}
}

func TestAServerThatRefusesSaysWhy(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(401)
		_, _ = w.Write([]byte(`{"success":false,"errors":[{"index":-1,"field":"writeKey","message":"unknown key"}]}`))
	}))
	defer s.Close()
	c := Client{Base: s.URL, Key: "k", HTTP: s.Client()}
	if _, err := c.Import(context.Background(), nil); err == nil || !strings.Contains(err.Error(), "401 Unauthorized: writeKey: unknown key") {
		t.Error(err)
	}
}

func FuzzState(f *testing.F) {
	f.Add([]byte("{\"load\":\"x\"}\n{\"to\":3,\"size\":3,\"repeated\":[1]}\n{\"to\":"))
	f.Fuzz(func(t *testing.T, text []byte) {
		d := &done{repeated: map[int]bool{}, refused: map[int]Refusal{}}
		whole, err := d.read(strings.NewReader(string(text)), header{"x"})
		if err == nil && (whole < 0 || whole > int64(len(text))) {
			t.Fatalf("%d of %d bytes", whole, len(text))
		}
	})
}
