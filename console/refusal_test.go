package console

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/asset"
	"github.com/aparte-dev/aparte/exchange/load"
	"github.com/aparte-dev/aparte/place"
	"github.com/aparte-dev/aparte/scenario"
	"github.com/aparte-dev/aparte/store/pebble"
)

// TestEveryRefusalIsToldInFrench has those who refuse say what they can, and looks for what would be told in English to a French reader.
func TestEveryRefusalIsToldInFrench(t *testing.T) {
	var told []string
	hear := func(what string, err error) {
		if err == nil {
			t.Errorf("%s is not refused", what)
			return
		}
		for line := range strings.SplitSeq(err.Error(), "\n") {
			if pointer, message, ok := strings.Cut(line, ": "); ok && strings.HasPrefix(pointer, "/") {
				line = message
			}
			told = append(told, line)
		}
	}
	docs, err := pebble.Open(t.TempDir(), pebble.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer docs.Close()
	l, err := asset.Open(t.Context(), docs, nil, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	png := "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x03\x00\x00\x00\x03\x08\x06\x00\x00\x00\x56\x28\xb5\xbf"
	huge := "GIF89a\xff\xff\xff\xff\x00\x00\x00"
	for _, file := range []struct {
		name, body string
		alt        aparte.Words
	}{
		{"a.png", "", nil}, {"a.png", "hello", nil}, {"a.svg", "<svg/>", nil}, {"a.png", png, nil}, {"a.gif", huge, nil}, {"...", "OggS", nil},
		{strings.Repeat("a", 200) + ".ogg", "OggS", nil}, {"a.ogg", "OggS", aparte.Words{"": "x"}}, {"a.ogg", "OggS", aparte.Words{"en": strings.Repeat("x", 600)}},
		{"a.ogg", strings.Repeat("x", asset.MaxUpload+1), nil},
	} {
		_, err := l.Put(t.Context(), file.name, []byte(file.body), file.alt)
		hear(fmt.Sprintf("%.30q called %.30q", file.body, file.name), err)
	}
	for _, body := range []string{"OggS", "OggS2"} {
		if _, err = l.Put(t.Context(), "b.ogg", []byte(body), nil); body == "OggS2" {
			hear("another of its name", err)
		}
	}
	none, err := asset.Open(t.Context(), nil, nil, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	_, err = none.Put(t.Context(), "a.ogg", []byte("OggS"), nil)
	hear("what can be kept nowhere", err)
	told = append(told, asset.ErrFull.Error())

	good := aparte.Place{ID: "a", Name: aparte.Words{"en": "A"}, Zone: "UTC", Radius: 100, At: &aparte.Point{Lat: 1, Lon: 1}}
	ring := func(corners ...[2]float64) aparte.Polygon { return aparte.Polygon{corners} }
	for i, spoil := range []func(*aparte.Place){
		func(p *aparte.Place) { p.ID = "" }, func(p *aparte.Place) { p.ID = aparte.PlaceID(strings.Repeat("x", 99)) }, func(p *aparte.Place) { p.ID = "\xff" },
		func(p *aparte.Place) { p.Name = nil }, func(p *aparte.Place) { p.Name = aparte.Words{"en": ""} }, func(p *aparte.Place) { p.Kind = strings.Repeat("x", 99) },
		func(p *aparte.Place) { p.Dwell = aparte.Duration(24 * time.Hour) }, func(p *aparte.Place) { p.Link = "ftp://x" }, func(p *aparte.Place) { p.At = nil },
		func(p *aparte.Place) { p.Radius = 1 }, func(p *aparte.Place) { p.At.Lat = 91 }, func(p *aparte.Place) { p.At.Lon = 181 }, func(p *aparte.Place) { p.Zone = "Mars" },
		func(p *aparte.Place) { p.Polygon = ring([2]float64{0, 0}) }, func(p *aparte.Place) { p.Radius, p.Polygon = 0, ring([2]float64{0, 0}) },
		func(p *aparte.Place) {
			p.Radius, p.Polygon = 0, ring([2]float64{0, 0}, [2]float64{0, 0}, [2]float64{0, 0}, [2]float64{0, 0})
		},
		func(p *aparte.Place) {
			p.Radius, p.Polygon = 0, ring([2]float64{0, 80}, [2]float64{120, 80}, [2]float64{-120, 80}, [2]float64{0, 80})
		},
		func(p *aparte.Place) { p.Radius, p.Polygon = 0, make(aparte.Polygon, 99) }, func(p *aparte.Place) { p.Hours = []aparte.Hours{{Day: 9, From: "10:00", Until: "11:00"}} },
		func(p *aparte.Place) { p.Hours = []aparte.Hours{{Day: 1, From: "25:00", Until: "11:00"}} }, func(p *aparte.Place) { p.Hours = make([]aparte.Hours, 99) },
		func(p *aparte.Place) { p.Except = []aparte.Except{{Date: "soon"}} },
		func(p *aparte.Place) {
			p.Except = []aparte.Except{{Date: "2026-12-25", From: "10:00", Until: "11:00"}, {Date: "2026-12-25"}}
		},
		func(p *aparte.Place) {
			p.Except = []aparte.Except{{Date: "2026-12-25"}, {Date: "2026-12-25", From: "10:00", Until: "11:00"}}
		},
		func(p *aparte.Place) { p.Items = make([]aparte.OnShelf, 99) }, func(p *aparte.Place) { p.Items = make([]aparte.OnShelf, 2) },
		func(p *aparte.Place) { p.Items = []aparte.OnShelf{{Item: "x", Stock: -1}} }, func(p *aparte.Place) { p.Items = []aparte.OnShelf{{Item: "x", Offer: aparte.Money{Amount: 1}}} },
		func(p *aparte.Place) {
			p.Items = []aparte.OnShelf{{Item: "x", Offer: aparte.Money{Amount: 1, Currency: "EURO"}}}
		},
		func(p *aparte.Place) {
			p.Items = []aparte.OnShelf{{Item: "x", Until: time.Unix(1, 0), From: time.Unix(2, 0)}}
		},
	} {
		p := good
		p.At = &aparte.Point{Lat: 1, Lon: 1}
		spoil(&p)
		_, err := new(place.Atlas).With([]aparte.Place{p}, nil)
		hear(fmt.Sprint("spoilt place ", i), err)
	}
	_, err = new(place.Atlas).With([]aparte.Place{good, good}, nil)
	hear("a place twice", err)
	for _, hours := range []string{"always", "Mo 10", "Xx 10:00-11:00"} {
		_, err := load.ParseHours(hours)
		hear(hours, err)
	}
	for _, text := range []string{
		"", "[]", "- a", "- {id: a, b: 1}", "a: [", "- {after: x, after: y}", "- &a {id: x}", "- !t {id: x}", "{", "- {id: a, delay: soon}", "- {id: a, delay: xd}", "- {id: a, delay: -1h}", "- {id: a, delay: 5}", "- {1: a}",
		"- {id: a, channel: pigeon}", "- {id: a, after: x, every: 2d, channel: email}", "- {id: a, every: 1h, channel: email}", "- {id: a, absent: [x], channel: email}", "- {id: a, after: x, then: [y], channel: email}",
		"- {id: a, on: {}, channel: email}", "- {id: a, on: {trait: x, buying: y}, channel: email}", "- {id: a, on: {trait: ' x', at: noon, days: 999}, channel: email}", "- {id: a, on: {buying: x, yearly: true}, channel: email}",
		"- {id: a, after: Audience Entered, channel: email}", "- {id: a, after: x, audience: y, channel: email}", "- {id: a, after: x, unless: [x, y, y, ''], channel: email}", "- {id: a, every: 2d, unless: [x], delay: 1h, channel: email}",
		"- {id: a, after: x, most: {per: 1d}, channel: email}", "- {id: a, after: x, most: {times: 99}, rest: 9999d, channel: email}", "- {id: a, after: x, within: 1d, channel: web}", "- {id: a, every: 2d, within: 3d, channel: email}",
		"- {id: a, after: x, until: [{}, {event: y, objective: z}, {objective: z}], channel: email}", "- {id: a, absent: ['*', x], delay: 1d, channel: email}", "- {id: a, every: 2d, where: x, then: [y], window: 1d, channel: email}",
	} {
		f, err := scenario.Read("s", []byte(text))
		if err == nil {
			err = f.Check(&aparte.Brand{})
		}
		if err == nil {
			t.Errorf("%q is not refused", text)
		}
		for _, fault := range faultsOf(err) {
			told = append(told, fault.Message)
		}
	}
	told = append(told, fmt.Sprintf("%q is no whole number", "x"), errors.New("is empty").Error())
	for _, english := range told {
		if refusal("fr", english) == english || strings.Contains(refusal("fr", english), "{}") {
			t.Errorf("told in English, or with a hole: %q", refusal("fr", english))
		}
		if refusal("en", english) != english {
			t.Errorf("%q is told otherwise in English", english)
		}
	}
	if len(told) < 80 {
		t.Errorf("only %d refusals were heard", len(told))
	}
}

func TestARefusalNamesWhatHasBracesOfItsOwn(t *testing.T) {
	for _, said := range slices.Concat(refusals, doorRefusals) {
		if strings.Count(said[0], "{}") != strings.Count(said[1], "{}") {
			t.Errorf("%q names other things than %q", said[1], said[0])
		}
	}
	want := `"{}" n’est pas entre {}1 et 2{}`
	if got := strings.ReplaceAll(refusal("fr", `"{}" is not between {}1 and 2{}`), "\u00a0", " "); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
