package place

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
)

// The oracle reads the definitions naively: distances by angles between vectors, areas by how often their border goes round a point,
// and every place is looked at.

// apart is the distance of two points by the angle between them as vectors.
func apart(a, b aparte.Point) float64 {
	vector := func(p aparte.Point) [3]float64 {
		sinLat, cosLat := math.Sincos(p.Lat * degree)
		sinLon, cosLon := math.Sincos(p.Lon * degree)
		return [3]float64{cosLat * cosLon, cosLat * sinLon, sinLat}
	}
	u, v := vector(a), vector(b)
	cross := [3]float64{u[1]*v[2] - u[2]*v[1], u[2]*v[0] - u[0]*v[2], u[0]*v[1] - u[1]*v[0]}
	length := math.Sqrt(cross[0]*cross[0] + cross[1]*cross[1] + cross[2]*cross[2])
	return earthRadius * math.Atan2(length, u[0]*v[0]+u[1]*v[1]+u[2]*v[2])
}

// within reports whether a point is in a place, by the angle that its rings sweep as seen from it.
func within(p *aparte.Place, at aparte.Point) bool {
	if p.Radius > 0 {
		return apart(*p.At, at) <= p.Radius
	}
	round := 0
	for _, ring := range p.Polygon {
		swept := 0.0
		for i := 1; i < len(ring); i++ {
			a, b := bearing(at, ring[i-1]), bearing(at, ring[i])
			swept += math.Remainder(b-a, 2*math.Pi)
		}
		round += int(math.Abs(math.Round(swept / (2 * math.Pi))))
	}
	return round%2 == 1
}

// bearing is the direction of a corner on the map, the short way round. The areas of these tests are far less than half way round.
func bearing(from aparte.Point, corner [2]float64) float64 {
	return math.Atan2(corner[1]-from.Lat, math.Remainder(corner[0]-from.Lon, 360))
}

// near reports whether a point is so close to a place's border that rounding decides.
func near(p *aparte.Place, at aparte.Point) bool {
	if p.Radius > 0 {
		return math.Abs(apart(*p.At, at)-p.Radius) < 1e-3
	}
	return false
}

// drawPoint draws a point of a few regions that are hard: the antimeridian, the poles, a town.
func drawPoint(t *rapid.T) aparte.Point {
	region := rapid.SampledFrom([]aparte.Point{{Lat: 48.85, Lon: 2.35}, {Lat: -17, Lon: 180}, {Lat: -17, Lon: -180}, {Lat: 89.99, Lon: 40}, {Lat: -90, Lon: 0}, {}}).Draw(t, "region")
	lat := region.Lat + rapid.Float64Range(-0.05, 0.05).Draw(t, "lat")
	lon := region.Lon + rapid.Float64Range(-0.05, 0.05).Draw(t, "lon")
	if math.Abs(region.Lat) > 80 {
		lon = rapid.Float64Range(-180, 180).Draw(t, "any lon")
	}
	return aparte.Point{Lat: max(-90, min(90, lat)), Lon: onGlobe(lon)}
}

// drawPlace draws a circle, or a star with a hole in it that may lie across the antimeridian.
func drawPlace(t *rapid.T, id aparte.PlaceID) aparte.Place {
	p := aparte.Place{ID: id, Name: aparte.Words{"en": string(id)}, Kind: "shop", Zone: "UTC"}
	at := drawPoint(t)
	if rapid.Bool().Draw(t, "circle") || math.Abs(at.Lat) > 80 {
		p.At, p.Radius = &at, rapid.Float64Range(leastRadius, 5_000).Draw(t, "radius")
		return p
	}
	size := rapid.Float64Range(0.001, 0.04).Draw(t, "size")
	star := func(size float64) (ring [][2]float64) {
		for i := range 9 {
			far := size * rapid.Float64Range(0.4, 1).Draw(t, "far")
			sin, cos := math.Sincos(float64(i) * 2 * math.Pi / 9)
			ring = append(ring, [2]float64{onGlobe(at.Lon + far*cos), at.Lat + far*sin})
		}
		return append(ring, ring[0])
	}
	p.Polygon = aparte.Polygon{star(size), star(size / 4)}
	return p
}

func drawAtlas(t *rapid.T) (*Atlas, []aparte.Place) {
	var places []aparte.Place
	for i := range rapid.IntRange(0, 12).Draw(t, "places") {
		places = append(places, drawPlace(t, aparte.PlaceID(fmt.Sprintf("p%02d", i))))
	}
	a, err := new(Atlas).With(places, nil)
	if err != nil {
		t.Fatal(err)
	}
	return a, places
}

func TestEveryPointIsFoundToBeInThePlacesThatHoldIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, places := drawAtlas(t)
		for range 20 {
			at := drawPoint(t)
			var want, got []string
			skip := false
			for i := range places {
				if skip = skip || near(&places[i], at); within(&places[i], at) {
					want = append(want, string(places[i].ID))
				}
			}
			if skip {
				continue
			}
			for _, s := range a.Find(nil, at) {
				got = append(got, string(s.ID))
			}
			slices.Sort(got)
			if diff := gocmp.Diff(want, got); diff != "" {
				t.Fatalf("at %v (-want +got):\n%s", at, diff)
			}
		}
	})
}

func TestAnAtlasThatWasChangedIsAsOneMadeAnew(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, places := drawAtlas(t)
		before := a.IDs()
		changed, gone := map[aparte.PlaceID]aparte.Place{}, []aparte.PlaceID{"never"}
		var put []aparte.Place
		for _, p := range places {
			switch rapid.SampledFrom([]string{"stays", "moves", "goes"}).Draw(t, "what") {
			case "moves":
				p = drawPlace(t, p.ID)
				put = append(put, p)
				changed[p.ID] = p
			case "goes":
				gone = append(gone, p.ID)
			default:
				changed[p.ID] = p
			}
		}
		next, err := a.With(put, gone)
		if err != nil {
			t.Fatal(err)
		}
		if next.Len() != len(changed) || !slices.Equal(a.IDs(), before) {
			t.Fatalf("%d places, want %d; the first atlas has %v", next.Len(), len(changed), a.IDs())
		}
		var left []aparte.Place
		for _, id := range next.IDs() {
			left = append(left, changed[id])
		}
		anew, err := new(Atlas).With(left, nil)
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			at := drawPoint(t)
			var want, got []aparte.PlaceID
			for _, s := range anew.Find(nil, at) {
				want = append(want, s.ID)
			}
			for _, s := range next.Find(nil, at) {
				got = append(got, s.ID)
			}
			if !slices.Equal(want, got) {
				t.Fatalf("at %v: %v, want %v", at, got, want)
			}
		}
	})
}

// read is what Step says, read from its definition a sentence at a time.
func read(places []aparte.Place, open []aparte.Fence, fix Fix) (now []aparte.Fence, moves []Move) {
	outside := func(p *aparte.Place) float64 {
		s, _ := siteOf(p, map[string]*time.Location{})
		return s.beyond(fix.Point)
	}
	reach := func(p *aparte.Place) float64 {
		s, _ := siteOf(p, map[string]*time.Location{})
		return s.reach
	}
	find := func(id aparte.PlaceID) *aparte.Place {
		i := slices.IndexFunc(places, func(p aparte.Place) bool { return p.ID == id })
		return &places[i]
	}
	for _, f := range open {
		if fix.At.Before(f.Seen) || outside(find(f.Place))-fix.Accuracy > 100*fix.At.Sub(f.Seen).Seconds() {
			return open, nil
		}
	}
	for _, f := range open {
		p := find(f.Place)
		if off := outside(p) - fix.Accuracy; off > 50 && off > reach(p)/5 {
			moves = append(moves, Move{Event: aparte.EventFenceExited, Place: f.Place})
			continue
		} else if off <= 0 {
			f.Seen = fix.At
		}
		now = append(now, f)
	}
	var enters []aparte.Place
	for _, p := range places {
		in := slices.ContainsFunc(now, func(f aparte.Fence) bool { return f.Place == p.ID })
		if !in && within(&p, fix.Point) && fix.Accuracy <= reach(&p) {
			enters = append(enters, p)
		}
	}
	slices.SortFunc(enters, func(a, b aparte.Place) int { return cmp.Or(cmp.Compare(reach(&a), reach(&b)), cmp.Compare(a.ID, b.ID)) })
	enters = enters[:min(len(enters), aparte.MaxFences-len(now))]
	for _, p := range slices.Backward(enters) {
		now = append(now, aparte.Fence{Place: p.ID, Since: fix.At, Seen: fix.At})
		moves = append(moves, Move{Event: aparte.EventFenceEntered, Place: p.ID})
	}
	return now, moves
}

func TestAnyWalkIsReadAsTheDefinitionReadsIt(t *testing.T) {
	told := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		a, places := drawAtlas(t)
		var open []aparte.Fence
		at := time.Date(2030, 1, 1, 8, 0, 0, 0, time.UTC)
		here := drawPoint(t)
		for range rapid.IntRange(1, 40).Draw(t, "fixes") {
			at = at.Add(time.Duration(rapid.IntRange(-5, 600).Draw(t, "later")) * time.Second)
			switch rapid.SampledFrom([]string{"walk", "walk", "walk", "jump"}).Draw(t, "how") {
			case "walk":
				here.Lat = max(-90, min(90, here.Lat+rapid.Float64Range(-0.01, 0.01).Draw(t, "north")))
				here.Lon = onGlobe(here.Lon + rapid.Float64Range(-0.01, 0.01).Draw(t, "east"))
			default:
				here = drawPoint(t)
			}
			fix := Fix{here, rapid.SampledFrom([]float64{0, 10, 80, 400, 3_000}).Draw(t, "accuracy"), at}
			if slices.ContainsFunc(places, func(p aparte.Place) bool { return near(&p, here) }) {
				continue
			}
			want, wanted := read(places, open, fix)
			now, moves := a.Step(open, fix)
			if diff := gocmp.Diff(wanted, moves); diff != "" {
				t.Fatalf("moves (-want +got):\n%s", diff)
			}
			if len(want)+len(now) > 0 && !gocmp.Equal(want, now) {
				t.Fatalf("fences (-want +got):\n%s", gocmp.Diff(want, now))
			}
			for _, m := range moves {
				told[m.Event]++
			}
			open = now
		}
	})
	if told[aparte.EventFenceEntered] == 0 || told[aparte.EventFenceExited] == 0 {
		t.Errorf("nobody went anywhere: %v", told)
	}
}
