package engine

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"

	"github.com/aparte-dev/aparte"
)

// Did is what became of an object between two versions of a brand.
type Did string

// What can become of an object.
const (
	Added   Did = "added"
	Changed Did = "changed"
	Removed Did = "removed"
)

// Change is an object in which two brands differ: one of a list whose objects have ids, or a member as a whole.
type Change struct {
	Kind string       // the member of the brand, as its JSON has it
	ID   string       // empty: the member as a whole
	Name aparte.Words // as it is called after, or was
	Did  Did

	before, after reflect.Value // invalid: it is not there
}

// Part is a member in which an object differs, as JSON; empty: it is not there.
type Part struct{ Name, Before, After string }

// Changes are what makes another brand of one, in the order of the brand's members. Where objects only change places, the list
// changed as a whole. Neither brand is written to.
func Changes(from, to *aparte.Brand) (all []Change) {
	a, b := reflect.ValueOf(from).Elem(), reflect.ValueOf(to).Elem()
	for i := range a.NumField() {
		kind, _, _ := strings.Cut(a.Type().Field(i).Tag.Get("json"), ",")
		x, y := a.Field(i), b.Field(i)
		switch {
		case same(x, y):
		case hasIDs(x.Type()):
			all = append(all, listChanges(kind, x, y)...)
		default:
			all = append(all, Change{Kind: kind, Did: Changed, before: x, after: y})
		}
	}
	return all
}

func listChanges(kind string, x, y reflect.Value) (all []Change) {
	was, is := byID(x), byID(y)
	var stayed []string
	for i := range y.Len() {
		id := idOf(y.Index(i))
		old, known := was[id]
		c := Change{Kind: kind, ID: id, Name: nameOf(y.Index(i)), after: y.Index(i)}
		switch {
		case !known:
			c.Did = Added
			all = append(all, c)
		case !same(old, y.Index(i)):
			c.Did, c.before = Changed, old
			all = append(all, c)
		}
		if known {
			stayed = append(stayed, id)
		}
	}
	var had []string
	for i := range x.Len() {
		id := idOf(x.Index(i))
		if _, there := is[id]; !there {
			all = append(all, Change{Kind: kind, ID: id, Name: nameOf(x.Index(i)), Did: Removed, before: x.Index(i)})
		} else {
			had = append(had, id)
		}
	}
	if !slices.Equal(had, stayed) {
		return []Change{{Kind: kind, Did: Changed, before: x, after: y}}
	}
	return all
}

// same reports whether two values are one to who reads them: a list without anything is no list.
func same(x, y reflect.Value) bool {
	if x.Kind() == reflect.Slice && x.Len() == y.Len() && (x.Len() == 0 || x.Pointer() == y.Pointer()) {
		return true
	}
	return reflect.DeepEqual(x.Interface(), y.Interface()) || slices.Equal(written(x), written(y))
}

// written is a value as JSON, without what is null.
func written(v reflect.Value) []byte {
	body, err := json.Marshal(v.Interface())
	if err != nil {
		return nil // a brand was read from JSON or checked: cannot happen
	}
	return bytes.ReplaceAll(body, []byte(":null"), []byte(":[]"))
}

func hasIDs(t reflect.Type) bool {
	if t.Kind() != reflect.Slice || t.Elem().Kind() != reflect.Struct {
		return false
	}
	id, has := t.Elem().FieldByName("ID")
	return has && id.Type.Kind() == reflect.String
}

func idOf(object reflect.Value) string { return object.FieldByName("ID").String() }

func nameOf(object reflect.Value) aparte.Words {
	if name := object.FieldByName("Name"); name.IsValid() {
		words, _ := name.Interface().(aparte.Words)
		return words
	}
	return nil
}

func byID(list reflect.Value) map[string]reflect.Value {
	all := make(map[string]reflect.Value, list.Len())
	for i := range list.Len() {
		all[idOf(list.Index(i))] = list.Index(i)
	}
	return all
}

// Parts are the members in which an object that changed differs, in their order.
func (c *Change) Parts() (all []Part) {
	before, after := members(c.before), members(c.after)
	object := c.after
	if !object.IsValid() {
		object = c.before
	}
	if object.Kind() != reflect.Struct {
		return []Part{{c.Kind, string(written(c.before)), string(written(c.after))}}
	}
	for i := range object.NumField() {
		name, _, _ := strings.Cut(object.Type().Field(i).Tag.Get("json"), ",")
		if x, y := string(before[name]), string(after[name]); x != y {
			all = append(all, Part{name, x, y})
		}
	}
	return all
}

func members(object reflect.Value) map[string]json.RawMessage {
	all := map[string]json.RawMessage{}
	if object.IsValid() && object.Kind() == reflect.Struct {
		if err := json.Unmarshal(written(object), &all); err != nil {
			return nil // it was just written
		}
	}
	return all
}
