package api

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/place"
	"github.com/go-json-experiment/json/jsontext"
)

// readSituation reads "context". It takes Segment's context as it is, and plain names beside it; what it
// has no field for becomes a named value, "campaign.source" for the member of an object. What is too
// long is cut: a page's title is no reason to refuse a visitor.
func (q *question) readSituation() error {
	absent := q.dec.PeekKind() == 'n'
	isObject, err := q.readContextObject()
	if err == nil && !isObject && !absent {
		q.refuse("context", "must be an object")
	}
	q.hasContext = isObject
	return err
}

// situationOf reads the situation from an event's context, which was checked before: the question of
// POST /v1/moment need not say it twice.
func (q *question) situationOf(context []byte) {
	if context == nil {
		return
	}
	q.open(context)
	_, _ = q.readContextObject()
}

func (q *question) readContextObject() (bool, error) {
	isObject, err := q.object(func(name []byte) error {
		q.path = append(q.path[:0], name...)
		return q.readContext(q.path, 0)
	})
	if lat, lon := q.where[0], q.where[1]; lat != nil && lon != nil {
		if fix, ok := place.FixAt(*lat, *lon, q.where[2]); ok {
			q.request.At = &fix
		}
	}
	slices.SortFunc(q.request.Context.Values, func(a, b aparte.ContextValue) int { return strings.Compare(a.Name, b.Name) })
	return isObject, err
}

// maxInside is how deep objects in a context are looked into.
const maxInside = 3

// readContext reads one member of a context, or of an object in it, by its full name, which stands in
// q.path; those of its own members are written after it.
func (q *question) readContext(name []byte, depth int) error {
	switch string(name) {
	// Said of the person or their browser at large: nothing of the situation.
	case "traits", "library", "userAgentData", "ip", "integrations", "consent":
		_, err := q.value()
		return err
	}
	if q.dec.PeekKind() == '{' && depth < maxInside {
		_, err := q.object(func(member []byte) error {
			q.path = append(append(name, '.'), member...)
			return q.readContext(q.path, depth+1)
		})
		return err
	}
	return q.readValue(func(v jsontext.Value) { q.setContext(name, v) })
}

// setContext puts a value where it belongs.
func (q *question) setContext(name []byte, v jsontext.Value) {
	switch string(name) {
	case "page.title", "page.referrer", "page.search": // as long as they say little
		return
	}
	value := valueOf(v)
	if value.Kind == aparte.Null {
		return
	}
	c := &q.request.Context
	switch string(name) {
	case "device", "device.type":
		c.Device = deviceNamed(value.String())
	case "locale":
		c.Locale = value.String()
	case "timezone", "zone":
		c.Zone = value.String()
	case "country", "location.country":
		c.Country = value.String()
	case "page", "page.path":
		c.Page = value.String()
	case "page.url":
		if c.Page != "" {
			return
		}
		if u, err := url.Parse(value.String()); err == nil {
			c.Page = clip(u.Path)
		}
	case "location.latitude":
		q.locate(0, value)
	case "location.longitude":
		q.locate(1, value)
	case "location.accuracy":
		q.locate(2, value)
	case "item":
		c.Item = aparte.ItemID(value.String())
	case "category":
		c.Category = value.String()
	case "search":
		c.Search = value.String()
	case "userAgent":
		c.UserAgent = value.String()
	default:
		if exact := strings.HasPrefix(string(name), "location."); exact && string(name) != "location.city" && string(name) != "location.region" {
			return // where exactly somebody is is not kept
		}
		if len(c.Values) < maxValues && len(name) <= maxSlotName {
			c.Values = append(c.Values, aparte.ContextValue{Name: string(name), Value: value})
		}
	}
}

// locate notes a number of where the device is.
func (q *question) locate(i int, value aparte.Value) {
	if value.Kind == aparte.Number {
		q.where[i] = &value.Num
	}
}

// valueOf is a JSON value as a decision reads it: text is cut, arrays and objects that are too long are
// nothing.
func valueOf(v jsontext.Value) aparte.Value {
	switch v.Kind() {
	case '"':
		if text, err := unquoted(v); err == nil {
			return aparte.TextValue(clip(string(text)))
		}
	case '0':
		if n, err := strconv.ParseFloat(string(v), 64); err == nil {
			return aparte.NumberValue(n)
		}
	case 't', 'f':
		return aparte.BoolValue(v.Kind() == 't')
	case '[', '{':
		if len(v) <= maxValue {
			return aparte.Value{Kind: aparte.JSON, Str: string(v)}
		}
	}
	return aparte.Value{}
}

// clip cuts a text to maxValue bytes, between characters.
func clip(s string) string {
	if len(s) <= maxValue {
		return s
	}
	cut := maxValue
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut]
}

// deviceNamed is one of "desktop", "mobile" and "tablet", or empty where the name says none of them.
func deviceNamed(name string) string {
	switch strings.ToLower(name) {
	case "desktop", "mobile", "tablet":
		return strings.ToLower(name)
	case "ios", "android", "phone", "smartphone":
		return "mobile"
	}
	return ""
}

// deviceOf tells the sort of device from a browser's user agent; empty where there is none.
func deviceOf(userAgent string) string {
	switch {
	case userAgent == "":
		return ""
	case strings.Contains(userAgent, "iPad"), strings.Contains(userAgent, "Tablet"),
		strings.Contains(userAgent, "Android") && !strings.Contains(userAgent, "Mobile"):
		return "tablet"
	case strings.Contains(userAgent, "Mobi"):
		return "mobile"
	}
	return "desktop"
}
