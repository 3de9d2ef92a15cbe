package profile_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/profile"
)

var midday = time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)

func TestWithoutTakesOutWhatGoesAndNothingElse(t *testing.T) {
	below := func(names ...string) func(string) bool {
		return func(name string) bool {
			return slices.ContainsFunc(names, func(n string) bool { return name == n || strings.HasPrefix(name, n+".") })
		}
	}
	for name, c := range map[string]struct {
		event aparte.Event
		gone  []string
		want  aparte.Event
		names []string
	}{
		"a trait": {
			aparte.Event{Type: aparte.Identify, UserID: "a", Traits: json.RawMessage(`{"income": 5, "city":"Lyon"}`)}, []string{"income"},
			aparte.Event{Type: aparte.Identify, UserID: "a", Traits: json.RawMessage(`{"city":"Lyon"}`)}, []string{"income"},
		},
		"all below one": {
			aparte.Event{Type: aparte.Identify, UserID: "a", Traits: json.RawMessage(`{"home":{"street":"x","geo":{"lat":1}},"home2":1}`)}, []string{"home"},
			aparte.Event{Type: aparte.Identify, UserID: "a", Traits: json.RawMessage(`{"home2":1}`)}, []string{"home.geo.lat", "home.street"},
		},
		"one that is spelt with escapes, and told twice": {
			aparte.Event{Type: aparte.Identify, UserID: "a", Traits: json.RawMessage(`{"inc\u006fme":5,"income":6,"n":12345678901234567890}`)}, []string{"income"},
			aparte.Event{Type: aparte.Identify, UserID: "a", Traits: json.RawMessage(`{"n":12345678901234567890}`)}, []string{"income"},
		},
		"in the context": {
			aparte.Event{Type: aparte.Page, Context: json.RawMessage(`{"locale":"fr", "traits":{"income":5,"b":1}}`)}, []string{"income"},
			aparte.Event{Type: aparte.Page, Context: json.RawMessage(`{"locale":"fr","traits":{"b":1}}`)}, []string{"income"},
		},
		"an answer": {
			aparte.Event{Type: aparte.Track, Name: aparte.EventAnswered, Properties: json.RawMessage(`{"decision":"d","trait":"skin","answer":"dry"}`)}, []string{"skin"},
			aparte.Event{Type: aparte.Track, Name: aparte.EventAnswered, Properties: json.RawMessage(`{"decision":"d","trait":"skin"}`)}, []string{"skin"},
		},
		"but not the country by which a number is read": {
			aparte.Event{Type: aparte.Identify, Traits: json.RawMessage(`{"phone":"06 12 34 56 78","address":{"country":"FR","city":"Lyon"}}`)}, []string{"address"},
			aparte.Event{Type: aparte.Identify, Traits: json.RawMessage(`{"phone":"06 12 34 56 78","address":{"country":"FR"}}`)}, []string{"address.city"},
		},
		"what cannot be read stays": {
			aparte.Event{Type: aparte.Identify, Traits: json.RawMessage(`{"income":`)}, []string{"income"},
			aparte.Event{Type: aparte.Identify, Traits: json.RawMessage(`{"income":`)}, nil,
		},
		"a property of that name is no trait": {
			aparte.Event{Type: aparte.Track, Name: "Loan Asked", Properties: json.RawMessage(`{"income":5}`)}, []string{"income"},
			aparte.Event{Type: aparte.Track, Name: "Loan Asked", Properties: json.RawMessage(`{"income":5}`)}, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, names := profile.Without(&c.event, below(c.gone...))
			if diff := cmp.Diff(c.want, *got); diff != "" {
				t.Errorf("event (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.names, names); diff != "" {
				t.Errorf("names (-want +got):\n%s", diff)
			}
		})
	}
}

// TestWithoutIsAsIfItHadNeverBeenTold: whoever is told the event without some traits knows what they would know if these were taken out of the
// record afterwards.
func TestWithoutIsAsIfItHadNeverBeenTold(t *testing.T) {
	names := []string{"a", "b", "c", "ab"}
	rapid.Check(t, func(t *rapid.T) {
		var object func(depth int) map[string]any
		object = func(depth int) map[string]any {
			o := map[string]any{}
			for _, n := range rapid.SliceOfDistinct(rapid.SampledFrom(names), func(s string) string { return s }).Draw(t, "names") {
				if depth < 3 && rapid.Bool().Draw(t, "object") {
					o[n] = object(depth + 1)
				} else {
					o[n] = rapid.IntRange(0, 9).Draw(t, "value")
				}
			}
			return o
		}
		traits, err := json.Marshal(object(1))
		if err != nil {
			t.Fatal(err)
		}
		gone := rapid.SampledFrom([]string{"a", "b", "a.b", "a.b.c"}).Draw(t, "gone")
		is := func(name string) bool { return name == gone || strings.HasPrefix(name, gone+".") }
		event := aparte.Event{Type: aparte.Identify, UserID: "a", Traits: traits, Timestamp: midday, ReceivedAt: midday}
		less, _ := profile.Without(&event, is)
		whole := profile.Apply(aparte.Person{}, &event, profile.Identifiers(&event), nil, "EUR")
		want := slices.DeleteFunc(slices.Clone(whole.Traits), func(x aparte.Trait) bool { return is(x.Name) })
		got := profile.Apply(aparte.Person{}, less, profile.Identifiers(less), nil, "EUR").Traits
		if len(want) != len(got) || len(want) > 0 && !cmp.Equal(want, got) {
			t.Fatalf("%s without %s: %s\nwant %v\ngot %v", traits, gone, less.Traits, want, got)
		}
	})
}
