package decide

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aparte-dev/aparte"
)

// Likeness is how like some seeds people are: what of them is looked at, and what that amounts to.
type Likeness struct {
	columns []PortraitColumn
	place   func(values []aparte.Value) float64
}

// NewLikeness is one by the columns of a portrait, named as it names them, and a function of their values that tells the share of everybody
// else who are no more like the seeds. It fails where there is no such column.
func NewLikeness(columns []string, place func(values []aparte.Value) float64) (*Likeness, error) {
	named, err := columnsOf(columns)
	return &Likeness{named, place}, err
}

// Portrait is what people are told of by columns with the names of another's.
func (p *Plan) Portrait(columns []string) (*Portrait, error) {
	named, err := columnsOf(columns)
	return &Portrait{Columns: named, plan: p}, err
}

func columnsOf(names []string) (columns []PortraitColumn, err error) {
	plain := plainColumns()
	for _, name := range names {
		c, known := columnOf(plain, name)
		if !known {
			return nil, fmt.Errorf("nothing of people is called %s", name)
		}
		columns = append(columns, c)
	}
	return columns, nil
}

// columnOf is the column of a name.
func columnOf(plain []PortraitColumn, name string) (PortraitColumn, bool) {
	if i := slices.IndexFunc(plain, func(c PortraitColumn) bool { return c.Name == name }); i >= 0 {
		return plain[i], true
	}
	for i := range keyedMaps {
		k := &keyedMaps[i]
		rest, is := strings.CutPrefix(name, k.variable)
		if !is {
			continue
		}
		if key, dotted := strings.CutPrefix(rest, "."); dotted && (k.bag == traitBag || k.bag == counterBag) {
			return k.column(key), true
		}
		if quoted, is := strings.CutPrefix(rest, "["); is {
			if key, err := strconv.Unquote(strings.TrimSuffix(quoted, "]")); err == nil {
				return k.column(key), true
			}
		}
	}
	return PortraitColumn{}, false
}

// likened is how like the seeds of look-alikes somebody is, as far as it was asked for.
type likened struct {
	id    string
	place float64
}

// like is what rules know as alike["…"]; missing where it was not learned, and of who objects to profiling.
func (d *deliberation) like(id string) fact {
	if d.q.Fit == nil || d.impersonal {
		return fact{kind: missing}
	}
	if i := slices.IndexFunc(d.likened, func(l likened) bool { return l.id == id }); i >= 0 {
		return double(d.likened[i].place)
	}
	l := d.q.Fit.Alike(aparte.LookalikeID(id))
	if l == nil {
		return fact{kind: missing}
	}
	place := l.place(d.portray(l.columns, nil))
	d.likened = append(d.likened, likened{strings.Clone(id), place})
	return double(place)
}

// portray tells the person's values of some columns, appended to values.
func (d *deliberation) portray(columns []PortraitColumn, values []aparte.Value) []aparte.Value {
	var sums [bagKinds]float64
	for i := range d.person.Affinities {
		for _, k := range keyedMaps {
			if k.shared && affinityKinds[k.bag] == d.person.Affinities[i].Kind {
				sums[k.bag] += d.weights[i]
			}
		}
	}
	for i := range columns {
		values = append(values, valueOf(columns[i].tell(d, &sums)))
	}
	return values
}

// lookalikes checks those of the brand.
func (a *audit) lookalikes(words language) {
	a.bounded("/lookalikes", len(a.brand.Lookalikes), aparte.MaxLookalikes)
	seen := make(map[string]string)
	for i := range a.brand.Lookalikes {
		x, at := &a.brand.Lookalikes[i], fmt.Sprintf("/lookalikes/%d", i)
		a.unique(seen, string(x.ID), at)
		for lang := range x.Name {
			a.check(isLanguage(lang), at+"/name", "%q is not a BCP 47 language", clip(lang))
		}
		r, err := words.audience(x.Seed)
		if err == nil {
			err = r.aboutPeople("alike")
		}
		if err != nil {
			a.fail(at+"/seed", "%w", err)
		}
		if x.Value == "" {
			continue
		}
		amount, err := (&Plan{brand: a.brand}).Amount(x.Value)
		if err == nil && slices.Contains(amount.reads, variableIndex["alike"]) {
			err = errors.New("speaks of alike, which it is a part of")
		}
		if err != nil {
			a.fail(at+"/value", "%w", err)
		}
	}
}
