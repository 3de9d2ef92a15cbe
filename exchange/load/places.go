package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/exchange/record"
	"github.com/aparte-dev/aparte/exchange/table"
)

// Places is one load of places into the brand: tables (id, name, kind, lat, lon, radius, zone, hours, address, link, dwell), lines of
// places as POST /v1/admin/places takes them, or GeoJSON. Places that are not in the files stay; those that are take the stead of what
// was there.
type Places struct {
	Files  []string
	Format record.Format // empty: each file's name tells, .geojson and .json being GeoJSON
	Usual  aparte.Place  // kind, radius and zone of places that do not say
	Lang   string        // of names that do not say
	Door   Streets
	Aside  io.Writer // as of a Load
}

// Streets is where the brand's places stand.
type Streets interface {
	// PutPlaces puts places into force. It answers what is wrong, by JSON pointers into them; then nothing was put.
	PutPlaces(ctx context.Context, put []aparte.Place) ([]Fault, error)
}

// Located is what became of the rows of places. Rows = Put + Aside.
type Located struct {
	Rows    int      `json:"rows"`
	Put     int      `json:"put"`
	Aside   int      `json:"aside"`
	Reasons []Reason `json:"reasons"`
	Broken  []string `json:"broken,omitempty"`
}

// placesAtOnce is how many places go in one request.
const placesAtOnce = 1_000

// locating is a load of places at work.
type locating struct {
	*Places
	result Located
	aside  asides
	rows   []record.Record // that wait, of which places are made
	put    []aparte.Place
}

// Run loads.
func (p *Places) Run(ctx context.Context) (*Located, error) {
	l := &locating{Places: p, aside: asides{to: p.Aside}}
	var err error
	for _, path := range p.Files {
		if err = l.read(ctx, path); err != nil {
			break
		}
	}
	if err == nil {
		err = l.flush(ctx)
	}
	l.result.Aside, l.result.Reasons = l.aside.rows, l.aside.told()
	return &l.result, errors.Join(err, l.aside.err)
}

func (l *locating) read(ctx context.Context, path string) error {
	lower := strings.ToLower(path)
	if l.Format == "" && (strings.HasSuffix(lower, ".geojson") || strings.HasSuffix(lower, ".json")) {
		return l.readGeoJSON(ctx, path)
	}
	from, closer, err := record.Open(path, l.Format, nil)
	if err != nil {
		return err
	}
	defer func() { _ = closer.Close() }() // it was only read
	broken, err := l.aside.each(ctx, path, from, &l.result.Rows, func(rec *record.Record) error {
		kept, err := record.Parse(rec.File, rec.Line, rec.JSON()) // the reader's own is good until the next
		if err != nil {
			return fmt.Errorf("%s:%d: %w", rec.File, rec.Line, err)
		}
		return l.take(ctx, kept, isTable(rec))
	})
	if broken != "" {
		l.result.Broken = append(l.result.Broken, broken)
	}
	return err
}

// isTable reports whether a record is a row of text.
func isTable(rec *record.Record) bool {
	for _, c := range rec.Cells {
		if c.JSON {
			return false
		}
	}
	return true
}

// take makes a place of a record, and puts those that wait when they are enough.
func (l *locating) take(ctx context.Context, rec record.Record, row bool) error {
	var place aparte.Place
	var bad *table.Error
	if row {
		place, bad = l.ofRow(&rec)
	} else {
		place, bad = l.ofJSON(&rec)
	}
	if bad != nil {
		l.aside.record(bad, &rec)
		return nil
	}
	l.rows, l.put = append(l.rows, rec), append(l.put, place)
	if len(l.put) < placesAtOnce {
		return nil
	}
	return l.flush(ctx)
}

// flush puts the places that wait. Those that are wrong are set aside, and the others put without them.
func (l *locating) flush(ctx context.Context) error {
	for len(l.put) > 0 {
		faults, err := l.Door.PutPlaces(ctx, l.put)
		if err != nil {
			return fmt.Errorf("put places: %w", err)
		}
		if len(faults) == 0 {
			l.result.Put += len(l.put)
			break
		}
		wrong := map[int]bool{}
		for _, f := range faults {
			at, field, _ := strings.Cut(strings.TrimPrefix(f.Pointer, "/put/"), "/")
			i, err := strconv.Atoi(at)
			if err != nil || i < 0 || i >= len(l.put) {
				return fmt.Errorf("put places: %s: %s", f.Pointer, f.Message)
			}
			if !wrong[i] {
				l.aside.record(l.rows[i].Bad(field, "%s", f.Message), &l.rows[i])
			}
			wrong[i] = true
		}
		var rows []record.Record
		var put []aparte.Place
		for i := range l.put {
			if !wrong[i] {
				rows, put = append(rows, l.rows[i]), append(put, l.put[i])
			}
		}
		l.rows, l.put = rows, put
	}
	l.rows, l.put = l.rows[:0], l.put[:0]
	return nil
}

// fill gives a place what it does not say.
func (l *locating) fill(p *aparte.Place) {
	if p.Kind == "" {
		p.Kind = l.Usual.Kind
	}
	if p.Zone == "" {
		p.Zone = l.Usual.Zone
	}
	if p.Radius == 0 && p.Polygon == nil {
		p.Radius = l.Usual.Radius
	}
}

// ofRow is the place of a row of text.
func (l *locating) ofRow(rec *record.Record) (p aparte.Place, bad *table.Error) {
	text := func(name string) string {
		c, _ := rec.Cell(name)
		return strings.TrimSpace(c.Plain())
	}
	number := func(name string) (v float64) {
		if s := text(name); s != "" {
			var err error
			if v, err = strconv.ParseFloat(s, 64); err != nil && bad == nil {
				bad = rec.Bad(name, "no number")
			}
		}
		return v
	}
	p = aparte.Place{
		ID: aparte.PlaceID(text("id")), Kind: text("kind"), Radius: number("radius"), Zone: text("zone"), Address: text("address"), Link: text("link"),
		Name: aparte.Words{l.Lang: text("name")}, At: &aparte.Point{Lat: number("lat"), Lon: number("lon")},
	}
	for _, name := range []string{"lat", "lon"} {
		if text(name) == "" && bad == nil {
			bad = rec.Bad(name, "empty")
		}
	}
	l.fill(&p)
	if bad == nil {
		bad = inWords(&p, rec, text("hours"), text("dwell"))
	}
	return p, bad
}

// inWords gives a place what tables and GeoJSON write in words: its hours, and how long a stay is.
func inWords(p *aparte.Place, rec *record.Record, hours, dwell string) *table.Error {
	var err error
	if p.Hours, err = ParseHours(hours); err != nil {
		return rec.Bad("hours", "%v", err)
	}
	if dwell != "" {
		if err := json.Unmarshal([]byte(strconv.Quote(dwell)), &p.Dwell); err != nil {
			return rec.Bad("dwell", "no duration such as 10m")
		}
	}
	return nil
}

// weekdays are the days of the week as OpenStreetMap writes them.
var weekdays = []string{"Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"}

// ParseHours reads opening hours in the simplest words of OpenStreetMap's opening_hours
// (https://wiki.openstreetmap.org/wiki/Key:opening_hours): "Mo-Fr 09:30-12:30,14:00-19:00; Sa,Su 10:00-18:00". Empty, and 24/7, are
// always.
func ParseHours(s string) (hours []aparte.Hours, err error) {
	if s = strings.TrimSpace(s); s == "" || s == "24/7" {
		return nil, nil
	}
	for rule := range strings.SplitSeq(s, ";") {
		days, spans, ok := strings.Cut(strings.TrimSpace(rule), " ")
		if !ok {
			return nil, fmt.Errorf("%q is not written like Mo-Fr 09:30-19:00", rule)
		}
		on, err := parseDays(days)
		if err != nil {
			return nil, err
		}
		for span := range strings.SplitSeq(spans, ",") {
			from, until, ok := strings.Cut(strings.TrimSpace(span), "-")
			if !ok {
				return nil, fmt.Errorf("%q is not written like 09:30-19:00", span)
			}
			for _, day := range on {
				hours = append(hours, aparte.Hours{Day: day, From: from, Until: until})
			}
		}
	}
	return hours, nil
}

func parseDays(s string) (days []int, err error) {
	day := func(name string) int {
		for i, d := range weekdays {
			if d == name {
				return i
			}
		}
		err = fmt.Errorf("%q is no day such as Mo", name)
		return 0
	}
	for part := range strings.SplitSeq(s, ",") {
		first, last, ranged := strings.Cut(part, "-")
		if !ranged {
			last = first
		}
		for i, end := day(first), day(last); err == nil; i = (i + 1) % 7 {
			if days = append(days, i+1); i == end {
				break
			}
		}
	}
	return days, err
}

// ofJSON is the place of a JSON object: a place as the door takes it, or a feature of GeoJSON.
func (l *locating) ofJSON(rec *record.Record) (p aparte.Place, bad *table.Error) {
	if c, ok := rec.Cell("type"); ok && c.Plain() == "Feature" {
		return l.ofFeature(rec)
	}
	if err := json.Unmarshal(rec.JSON(), &p, json.RejectUnknownMembers(true)); err != nil {
		return p, badJSON(rec, err)
	}
	l.fill(&p)
	return p, nil
}

func badJSON(rec *record.Record, err error) *table.Error {
	field, reason := "place", "is not one"
	var meaning *json.SemanticError
	if errors.As(err, &meaning) {
		field = strings.TrimPrefix(string(meaning.JSONPointer), "/")
		reason = "is not of the right type"
		if errors.Is(err, json.ErrUnknownName) {
			reason = "is not known here"
		}
	}
	return rec.Bad(field, "%s", reason)
}

// feature is a feature of GeoJSON, RFC 7946, section 3.2.
type feature struct {
	ID       jsontext.Value `json:"id"`
	Geometry struct {
		Type        string         `json:"type"`
		Coordinates jsontext.Value `json:"coordinates"`
	} `json:"geometry"`
	Properties struct {
		ID      string         `json:"id"`
		Name    jsontext.Value `json:"name"` // a text, or texts by language
		Kind    string         `json:"kind"`
		Radius  float64        `json:"radius"`
		Zone    string         `json:"zone"`
		Hours   string         `json:"hours"`
		Opening string         `json:"opening_hours"`
		Dwell   string         `json:"dwell"`
		Address string         `json:"address"`
		Link    string         `json:"link"`
	} `json:"properties"`
}

func (l *locating) ofFeature(rec *record.Record) (p aparte.Place, bad *table.Error) {
	var f feature
	if err := json.Unmarshal(rec.JSON(), &f); err != nil {
		return p, badJSON(rec, err)
	}
	of := &f.Properties
	p = aparte.Place{ID: aparte.PlaceID(of.ID), Kind: of.Kind, Radius: of.Radius, Zone: of.Zone, Address: of.Address, Link: of.Link}
	if p.ID == "" {
		p.ID = aparte.PlaceID(strings.Trim(string(f.ID), `"`))
	}
	var name string
	if json.Unmarshal(of.Name, &name) == nil {
		p.Name = aparte.Words{l.Lang: name}
	} else if json.Unmarshal(of.Name, &p.Name) != nil {
		return p, rec.Bad("properties.name", "neither a text nor texts by language")
	}
	switch f.Geometry.Type {
	case "Point":
		var at []float64
		if json.Unmarshal(f.Geometry.Coordinates, &at) != nil || len(at) < 2 {
			return p, rec.Bad("geometry.coordinates", "no longitude and latitude")
		}
		p.At = &aparte.Point{Lat: at[1], Lon: at[0]}
	case "Polygon":
		var rings [][][]float64
		if json.Unmarshal(f.Geometry.Coordinates, &rings) != nil {
			return p, rec.Bad("geometry.coordinates", "no rings of longitude and latitude")
		}
		for _, ring := range rings {
			var corners [][2]float64
			for _, c := range ring {
				if len(c) < 2 {
					return p, rec.Bad("geometry.coordinates", "no rings of longitude and latitude")
				}
				corners = append(corners, [2]float64{c[0], c[1]})
			}
			p.Polygon = append(p.Polygon, corners)
		}
	default:
		return p, rec.Bad("geometry.type", "neither Point nor Polygon: several areas are several places")
	}
	l.fill(&p)
	hours := of.Hours
	if hours == "" {
		hours = of.Opening
	}
	return p, inWords(&p, rec, hours, of.Dwell)
}
