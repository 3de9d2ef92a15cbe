package place

import (
	"bytes"
	"encoding/json"
	"math"
	"time"

	"github.com/aparte-dev/aparte"
)

// Fix is where a device says that it was.
type Fix struct {
	aparte.Point
	Accuracy float64 // metres: of three fixes, two are no farther off
	At       time.Time
}

// assumedAccuracy is how far off a fix is taken to be that does not say.
const assumedAccuracy = 100 // metres

// located is where an event says it was, as Location Updated words it.
type located struct {
	Lat      *float64 `json:"lat"`
	Lon      *float64 `json:"lon"`
	Accuracy *float64 `json:"accuracy"`
	At       string   `json:"at"`
}

// worded is the same as Segment's context.location words it.
type worded struct {
	Lat      *float64 `json:"latitude"`
	Lon      *float64 `json:"longitude"`
	Accuracy *float64 `json:"accuracy"`
}

// Read is where an event says that its device was, ok where it does so in a way that can be read.
func Read(e *aparte.Event) (fix Fix, ok bool) {
	fix.At = e.Timestamp
	if tells(e) {
		var l located
		if json.Unmarshal(e.Properties, &l) == nil && l.Lat != nil && l.Lon != nil {
			if at, err := time.Parse(time.RFC3339, l.At); err == nil {
				fix.At = at.Add(e.Timestamp.Sub(orElse(e.OriginalTimestamp, e.Timestamp))).UTC()
			} else if l.At != "" {
				return fix, false
			}
			return fix, fix.set(l.Lat, l.Lon, l.Accuracy)
		}
	}
	if mayLocate(e.Context) {
		var c struct {
			Location worded `json:"location"`
		}
		if json.Unmarshal(e.Context, &c) == nil && c.Location.Lat != nil && c.Location.Lon != nil {
			return fix, fix.set(c.Location.Lat, c.Location.Lon, c.Location.Accuracy)
		}
	}
	return fix, false
}

func orElse(at, otherwise time.Time) time.Time {
	if at.IsZero() {
		return otherwise
	}
	return at
}

// FixAt is a fix at a point in degrees, accuracy in metres where it is told (else nil), ok where there can be such a one. When it was is
// left open.
func FixAt(lat, lon float64, accuracy *float64) (fix Fix, ok bool) {
	ok = fix.set(&lat, &lon, accuracy)
	return fix, ok
}

func (f *Fix) set(lat, lon, accuracy *float64) bool {
	f.Lat, f.Lon, f.Accuracy = *lat, *lon, assumedAccuracy
	if accuracy != nil {
		f.Accuracy = *accuracy
	}
	return math.Abs(f.Lat) <= 90 && math.Abs(f.Lon) <= 180 && f.Accuracy >= 0
}

// Without is the event without what says where its device was: of Location Updated nothing is kept but that it happened, and of
// context.location the city, region and country. Whether it could be read makes no difference.
func Without(e *aparte.Event) *aparte.Event {
	if !tells(e) && !mayLocate(e.Context) {
		return e
	}
	next := *e
	if tells(e) {
		next.Properties = nil
	}
	if mayLocate(e.Context) {
		next.Context = vague(e.Context)
	}
	return &next
}

// tells reports whether an event's properties are to say where its device is.
func tells(e *aparte.Event) bool { return e.Type == aparte.Track && e.Name == aparte.EventLocated }

// mayLocate reports whether a context may have a member location, spelled plainly or with escapes.
func mayLocate(context json.RawMessage) bool {
	return bytes.Contains(context, []byte(`location"`)) || bytes.Contains(context, []byte(`\u`))
}

// vague is a context without what says exactly where. One that cannot be read is dropped.
func vague(context json.RawMessage) json.RawMessage {
	var members map[string]json.RawMessage
	if json.Unmarshal(context, &members) != nil {
		return nil
	}
	location, told := members["location"]
	if !told {
		return context
	}
	var in, kept = map[string]json.RawMessage{}, map[string]json.RawMessage{}
	if json.Unmarshal(location, &in) == nil {
		for _, name := range []string{"city", "region", "country"} {
			var word string
			if json.Unmarshal(in[name], &word) == nil && word != "" {
				kept[name] = in[name]
			}
		}
	}
	delete(members, "location")
	if len(kept) > 0 {
		body, err := json.Marshal(kept)
		if err != nil {
			return nil
		}
		members["location"] = body
	}
	body, err := json.Marshal(members)
	if err != nil {
		return nil
	}
	return body
}
