package profile

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
)

func TestTraitsAreFlattened(t *testing.T) {
	long := strings.Repeat("x", maxTraitValue+1)
	deep := strings.Repeat(`{"a":`, 10) + "1" + strings.Repeat("}", 10)
	p := live(aparte.Person{}, identify(noon, `{
		"name": "Ann", "age": 41, "vip": true, "gone": null, "address": {"city": "Lyon", "geo": {"lat": 45.75}}, "nothing": {},
		"tags": [ "a",  {"b": 1} ], "name": "Zoé\ud83d", "deep": `+deep+`, "big": 1e999, "": 1,
		"long": "`+long+`", "`+long[:maxTraitName+1]+`": 1}`))
	want := map[string]any{
		"name": "Zoé\ufffd", "age": 41.0, "vip": true, "gone": nil, "address.city": "Lyon", "address.geo.lat": 45.75,
		"tags": `["a",{"b":1}]`, "deep.a.a.a.a.a.a.a": `{"a":{"a":{"a":1}}}`,
	}
	got := map[string]any{}
	for _, trait := range p.Traits {
		got[trait.Name] = trait.Value.Any()
		if trait.Provenance != aparte.Declared || trait.At != noon {
			t.Errorf("%s: provenance %v, at %v", trait.Name, trait.Provenance, trait.At)
		}
	}
	if d := diff(want, got); d != "" {
		t.Error("(-want +got)\n", d)
	}
	counter(t, p, noon, "traits_refused_30d", 4)
	if !slices.IsSortedFunc(p.Traits, func(a, b aparte.Trait) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("traits are not in order")
	}
}

func TestAnOlderTraitNeverOverwritesANewerOne(t *testing.T) {
	p := live(aparte.Person{},
		identify(noon, `{"plan": "gold", "city": "Lyon"}`), identify(noon.Add(-day), `{"plan": "free", "since": 2020}`),
		identify(noon.Add(day), `{"city": null}`), identify(noon, `{"city": "Paris"}`), identify(noon, `{"plan": "platinum"}`))
	for name, want := range map[string]any{"plan": "platinum", "city": nil, "since": 2020.0} {
		if trait, _ := p.Trait(name); trait.Value.Any() != want {
			t.Errorf("%s = %v, want %v", name, trait.Value.Any(), want)
		}
	}
}

func TestTraitsInTheContextAreObserved(t *testing.T) {
	p := live(aparte.Person{}, identify(noon, `{"plan": "gold"}`), page(noon.Add(time.Hour), `{"traits": {"plan": "gold", "score": 3}}`))
	if plan, _ := p.Trait("plan"); plan.Provenance != aparte.Declared || plan.At != noon.Add(time.Hour) {
		t.Errorf("a copy of what was declared: %+v", plan)
	}
	if score, _ := p.Trait("score"); score.Provenance != aparte.Observed {
		t.Errorf("what only the context says: %+v", score)
	}
	p = live(p, page(noon.Add(2*time.Hour), `{"traits": {"plan": "free"}}`))
	if plan, _ := p.Trait("plan"); plan.Value.Str != "free" || plan.Provenance != aparte.Observed {
		t.Errorf("what the context says anew: %+v", plan)
	}
}

func TestTheOldestTraitsGoFirst(t *testing.T) {
	var p aparte.Person
	for i := range aparte.MaxTraits + 3 {
		p = live(p, identify(noon.Add(time.Duration(i)*time.Second), fmt.Sprintf(`{"t%03d": 1}`, i)))
	}
	if _, ok := p.Trait("t002"); ok || len(p.Traits) != aparte.MaxTraits || p.Traits[0].Name != "t003" {
		t.Errorf("%d traits from %s", len(p.Traits), p.Traits[0].Name)
	}
	var b strings.Builder
	for i := range 600 {
		fmt.Fprintf(&b, `"k%03d": %d,`, i, i)
	}
	p = live(p, identify(noon.Add(day), `{`+strings.TrimSuffix(b.String(), ",")+`}`))
	if len(p.Traits) != aparte.MaxTraits || p.Traits[0].Name != "k000" {
		t.Errorf("%d traits from %s", len(p.Traits), p.Traits[0].Name)
	}
	counter(t, p, noon.Add(day), "traits_refused_30d", 600-maxFlattened)
}

// Of a name, the newest value stays, in whatever order they come.
func TestTraitsAgreeWithTheirHistory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hours := rapid.Permutation([]int{1, 2, 3, 4, 5, 6, 7, 8, 9}).Draw(t, "hours")
		var p aparte.Person
		newest := map[string]int{}
		for _, h := range hours {
			name := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "name")
			p = live(p, identify(noon.Add(time.Duration(h)*time.Hour), fmt.Sprintf(`{%q: %d}`, name, h)))
			newest[name] = max(newest[name], h)
		}
		for name, h := range newest {
			if trait, _ := p.Trait(name); trait.Value.Num != float64(h) {
				t.Fatalf("%s = %v, want %d", name, trait.Value.Num, h)
			}
		}
	})
}

func TestLanguageZoneAndDevice(t *testing.T) {
	const (
		chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"
		iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1"
		ipad   = "Mozilla/5.0 (iPad; CPU OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"
		pixel  = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/156.0.0.0 Mobile Safari/537.36"
		galaxy = "Mozilla/5.0 (Linux; Android 15; SM-X910) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36"
		gmail  = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
	)
	agent := func(ua string) string { return fmt.Sprintf(`{"userAgent": %q}`, ua) }
	type situation struct{ Locale, Zone, Device string }
	for context, want := range map[string]situation{
		browser:       {"fr-FR", "Europe/Paris", desktop},
		agent(chrome): {Device: desktop}, agent(iphone): {Device: mobile}, agent(ipad): {Device: tablet}, agent(pixel): {Device: mobile},
		agent(galaxy): {Device: tablet}, agent(gmail): {}, agent("Googlebot/2.1 (Windows NT)"): {}, agent("curl/8"): {},
		`{"device": {"type": "ios"}, "userAgent": "` + chrome + `"}`:                {Device: mobile},
		`{"device": {"id": "x", "type": "Tablet"}}`:                                 {Device: tablet},
		`{"device": {"type": "desktop"}}`:                                           {Device: desktop},
		`{"device": "ios"}`:                                                         {},
		`{"userAgentData": {"mobile": true}, "userAgent": "` + chrome + `"}`:        {Device: mobile},
		`{"userAgentData": {"mobile": false}, "userAgent": "` + galaxy + `"}`:       {Device: tablet},
		`{"userAgentData": {"mobile": false}}`:                                      {Device: desktop},
		`{"userAgentData": {"mobile": "no"}}`:                                       {},
		`{"locale": "pt_br", "timezone": "America/Argentina/Buenos_Aires"}`:         {Locale: "pt-BR", Zone: "America/Argentina/Buenos_Aires"},
		`{"locale": "ZH-hant-hk", "timezone": "UTC"}`:                               {Locale: "zh-Hant-HK", Zone: "UTC"},
		`{"locale": "français", "timezone": "../../etc/passwd"}`:                    {},
		`{"locale": "x", "timezone": "Paris"}`:                                      {},
		`{"locale": 7, "timezone": "/Europe/Paris"}`:                                {},
		`{"locale": "en-aaaaaaaaaaaaaaaaaaaaaa", "timezone": "Europe/Paris\u0000"}`: {},
	} {
		p := live(aparte.Person{}, page(noon, context))
		if got := (situation{p.Locale, p.Zone, p.Device}); got != want {
			t.Errorf("%s: %+v, want %+v", context, got, want)
		}
	}
	p := live(aparte.Person{}, page(noon, browser), page(noon.Add(-day), `{"locale": "de", "timezone": "Europe/Berlin", "device": {"type": "ios"}}`))
	if p.Locale != "fr-FR" || p.Zone != "Europe/Paris" || p.Device != desktop {
		t.Errorf("late news are news: %s %s %s", p.Locale, p.Zone, p.Device)
	}
	p = live(p, identify(noon.Add(time.Hour), `{"language": "en", "locale": "en-gb", "timezone": "Europe/London"}`), page(noon.Add(2*time.Hour), browser))
	if p.Locale != "en-GB" || p.Zone != "Europe/London" {
		t.Errorf("a device outweighs the person: %s %s", p.Locale, p.Zone)
	}
}
