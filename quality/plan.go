package quality

import (
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/aparte-dev/aparte"
)

// Bounds of the tracking plan.
const (
	maxEvents     = 1_000  // kinds of event, of all sources
	maxOfEvent    = 100    // properties of one
	maxProperties = 20_000 // properties, of all events
	maxShapes     = 3      // examples of a property
	maxLevels     = 3      // of objects within objects whose members are told apart
	planDays      = 30     // days for which counts are kept

	firstLooks = 256 // events of a kind whose properties are all looked at,
	everyLook  = 64  // and of those that follow, one in so many
)

// Type is the type of a value in JSON, an integer being told from other numbers.
type Type uint8

// The types.
const (
	Text Type = iota
	Integer
	Number
	Boolean
	Array
	Object
	Null
	types
)

// TypeNames are the names of the types, as JSON Schema spells them.
var TypeNames = [types]string{"string", "integer", "number", "boolean", "array", "object", "null"}

// Planned is one kind of event, as it was seen from one source.
type Planned struct {
	Source string           `json:"source"`
	Call   aparte.EventType `json:"type"`
	Name   string           `json:"name"`

	First      time.Time  `json:"first"` // arrivals
	Last       time.Time  `json:"last"`
	Count      int64      `json:"count"`
	Looked     int64      `json:"looked"` // of these, how many had their properties looked at
	Days       []DayCount `json:"days"`   // the last planDays that have some, oldest first
	Properties []Property `json:"properties"`
	Cut        bool       `json:"cut"` // there are more properties than are told apart
}

// DayCount is how many came on a day.
type DayCount struct {
	Day int64 `json:"day"` // days since 1970, UTC
	N   int64 `json:"n"`
}

// Property is one property, or trait. Those within others are named with a dot; those of an array's elements
// with [], by its first element.
type Property struct {
	Name   string       `json:"name"`
	Seen   int64        `json:"seen"` // among those looked at
	Types  [types]int64 `json:"types"`
	Shapes []string     `json:"shapes"` // what values look like, first seen first
	First  time.Time    `json:"first"`
	Last   time.Time    `json:"last"`
}

type planKey struct {
	source string
	call   aparte.EventType
	name   string
}

// plan is the tracking plan. It is not safe for concurrent use.
type plan struct {
	events     map[planKey]*noted
	properties int
	others     int64 // events beyond maxEvents kinds
}

// noted is a kind of event in the plan. What was taken out of the plan is counted on, so that the same share of its events is looked at.
type noted struct {
	Planned
	taken, looked int64 // Count and Looked of what was taken out
}

// observe takes an event into the plan.
func (p *plan) observe(e *aparte.Event) {
	one := p.of(e)
	if one == nil {
		p.others++
		return
	}
	if one.Count == 0 {
		one.First = e.ReceivedAt
	}
	one.Count++
	one.Last = later(one.Last, e.ReceivedAt)
	one.Days = counted(one.Days, dayOf(e.ReceivedAt))
	if one.looked+one.Looked >= firstLooks && (one.taken+one.Count)%everyLook != 0 {
		return
	}
	one.Looked++
	body := e.Properties
	if e.Type == aparte.Identify || e.Type == aparte.Group {
		body = e.Traits
	}
	if len(body) > 0 {
		look := looker{plan: p, of: &one.Planned, at: e.ReceivedAt}
		look.object(jsontext.Value(body), "", 1)
	}
}

// of is the entry of an event's kind; nil where there is no room for another.
func (p *plan) of(e *aparte.Event) *noted {
	name := ""
	if e.Type == aparte.Track {
		name = e.Name
	}
	key := planKey{e.Source, e.Type, name}
	if one := p.events[key]; one != nil {
		return one
	}
	key.name = shown(name)
	return p.at(key)
}

// at is the entry of a kind, as it is shown; nil where there is no room for another.
func (p *plan) at(key planKey) *noted {
	one := p.events[key]
	if one == nil && len(p.events) < maxEvents {
		key.source, key.call = strings.Clone(key.source), aparte.EventType(strings.Clone(string(key.call)))
		one = &noted{Planned: Planned{Source: key.source, Call: key.call, Name: key.name}}
		p.events[key] = one
	}
	return one
}

// looker notes the properties of one event.
type looker struct {
	plan *plan
	of   *Planned
	at   time.Time
}

// object notes the members of an object. What is no JSON any more is not looked at further.
func (l *looker) object(v jsontext.Value, prefix string, level int) {
	var members scan
	members.open(v)
	for name, value := range members.members {
		l.value(prefix+shown(string(name)), value, level)
	}
}

func (l *looker) value(name string, v jsontext.Value, level int) {
	if !l.note(name, v) || level == maxLevels {
		return
	}
	switch v.Kind() {
	case '{':
		l.object(v, name+".", level+1)
	case '[':
		var elements scan
		elements.open(v)
		if first, ok := elements.at("0"); ok {
			l.value(name+"[]", first, level+1)
		}
	}
}

// note counts a property; false where there is no room for it.
func (l *looker) note(name string, v jsontext.Value) bool {
	p := l.plan.property(l.of, cut(name, maxLevels*maxName))
	if p == nil {
		return false
	}
	if p.Seen == 0 {
		p.First = l.at
	}
	p.Seen++
	p.Last = later(p.Last, l.at)
	p.Types[typeOf(v)]++
	if len(p.Shapes) < maxShapes {
		p.looksLike(shapeOf(v))
	}
	return true
}

// property is that of a kind of event by its name; nil where there is no room for another.
func (p *plan) property(of *Planned, name string) *Property {
	i := slices.IndexFunc(of.Properties, func(p Property) bool { return p.Name == name })
	if i < 0 {
		if len(of.Properties) == maxOfEvent || p.properties == maxProperties {
			of.Cut = true
			return nil
		}
		i = len(of.Properties)
		p.properties++
		of.Properties = append(of.Properties, Property{Name: name})
	}
	return &of.Properties[i]
}

// looksLike keeps a shape as one of the examples, if there is room.
func (p *Property) looksLike(shape string) {
	if len(p.Shapes) < maxShapes && shape != "" && !slices.Contains(p.Shapes, shape) {
		p.Shapes = append(p.Shapes, shape)
	}
}

func typeOf(v jsontext.Value) Type {
	switch v.Kind() {
	case '"':
		return Text
	case '0':
		if strings.ContainsAny(string(v), ".eE") {
			return Number
		}
		return Integer
	case 't', 'f':
		return Boolean
	case '[':
		return Array
	case '{':
		return Object
	}
	return Null
}

// list is the plan, in order of source, call and name. What it returns is the caller's.
func (p *plan) list() []Planned {
	all := make([]Planned, 0, len(p.events))
	for _, one := range p.events {
		if one.Count == 0 { // taken out
			continue
		}
		c := one.Planned
		c.Days, c.Properties = slices.Clone(c.Days), slices.Clone(c.Properties)
		for i := range c.Properties {
			c.Properties[i].Shapes = slices.Clone(c.Properties[i].Shapes)
		}
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b Planned) int {
		if c := strings.Compare(a.Source, b.Source); c != 0 {
			return c
		}
		if c := strings.Compare(string(a.Call), string(b.Call)); c != 0 {
			return c
		}
		return strings.Compare(a.Name, b.Name)
	})
	return all
}

// restore makes a plan of what list gave.
func (p *plan) restore(all []Planned) {
	p.events, p.properties = make(map[planKey]*noted, len(all)), 0
	for i := range all[:min(len(all), maxEvents)] {
		one := &noted{Planned: all[i]}
		p.events[planKey{one.Source, one.Call, one.Name}] = one
		p.properties += len(one.Properties)
	}
}

// take takes out what list gives, and the count of others.
func (p *plan) take() []Planned {
	all := p.list()
	for _, one := range p.events {
		*one = noted{Planned{Source: one.Source, Call: one.Call, Name: one.Name}, one.taken + one.Count, one.looked + one.Looked}
	}
	p.properties, p.others = 0, 0
	return all
}

// counted adds one to a day, and forgets what is planDays older.
func counted(days []DayCount, day int64) []DayCount {
	if n := len(days); n > 0 && days[n-1].Day >= day { // a clock that goes back does not make days anew
		days[n-1].N++
		return days
	}
	days = append(days, DayCount{day, 1})
	return slices.DeleteFunc(days, func(d DayCount) bool { return d.Day <= day-planDays })
}

func dayOf(at time.Time) int64 { return at.Unix() / (24 * 60 * 60) }

// Share is in how many of the events looked at the property is. One of an array's elements is in as many as have one.
func (p *Property) Share(looked int64) float64 {
	if looked == 0 {
		return 0
	}
	return min(1, float64(p.Seen)/float64(looked)) // names that share a shape share a place
}
