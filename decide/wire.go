package decide

import (
	"math"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/aparte-dev/aparte"
)

// wireVersion is the first byte of an encoded decision.
const wireVersion = 1

// The fields of an encoded decision, in the Protocol Buffers wire format. Candidates are kept as
// columns, and ids once each in a table: an index is 0 for the empty text, else 1 + the place in it.
//
//	1  id          bytes: person (16), then seq as a varint
//	2  parent      likewise
//	3  at          bytes: seconds as a zigzag varint, then nanoseconds as a varint
//	4  trigger     string
//	5  channel     string
//	6  slot        string
//	7  texts       string, repeated: the table
//	8  action      bytes: an action; only where it is not that of the chosen candidate
//	9  chosen      zigzag varint
//	10 propensity  fixed64
//	11 reasons     bytes, repeated: code and detail as indices, amount as fixed64
//	12 actions     bytes: for each candidate an action, then excluded as an index
//	13 values      bytes: a fixed32 for each candidate where that is exact for all, else a fixed64
//	14 costs       likewise
//	15 chances     bytes: a fixed64 for each candidate
//	16 context     bytes: the context's own fields, below
//	17 situation   bytes: hash and value, a fixed32 each, for each feature of the context
//	18 doing       likewise, of the action
//	19 brand       varint
//	20 model       varint
//	21 seed        fixed64
//
// An action is content, layout and item as indices, then the number of variants as a varint and a byte
// for each.
const (
	fieldID protowire.Number = iota + 1
	fieldParent
	fieldAt
	fieldTrigger
	fieldChannel
	fieldSlot
	fieldText
	fieldAction
	fieldChosen
	fieldPropensity
	fieldReason
	fieldActions
	fieldValues
	fieldCosts
	fieldChances
	fieldContext
	fieldSituation
	fieldDoing
	fieldBrand
	fieldModel
	fieldSeed
)

// The fields of a context. A value is its name, its kind as a byte, and its text or fixed64.
const (
	contextDevice protowire.Number = iota + 1
	contextLocale
	contextZone
	contextCountry
	contextPage
	contextItem
	contextCategory
	contextSearch
	contextUserAgent
	contextValue
)

// Marshal appends a decision to dst in a compact form that Unmarshal reads: about 30 bytes a candidate.
// Equal decisions give equal bytes. Times are kept as instants, in UTC.
func Marshal(dst []byte, d *aparte.Decision) []byte {
	w := writer{buf: append(dst, wireVersion), part: make([]byte, 0, 512+16*len(d.Candidates))}
	w.index(d)
	w.id(fieldID, d.ID)
	w.id(fieldParent, d.Parent)
	if !d.At.IsZero() {
		at := protowire.AppendVarint(w.part[:0], protowire.EncodeZigZag(d.At.Unix()))
		w.bytes(fieldAt, protowire.AppendVarint(at, uint64(d.At.Nanosecond())))
	}
	w.text(fieldTrigger, d.Trigger)
	w.text(fieldChannel, string(d.Channel))
	w.text(fieldSlot, d.Slot)
	for _, s := range w.texts {
		w.buf = protowire.AppendTag(w.buf, fieldText, protowire.BytesType)
		w.buf = protowire.AppendString(w.buf, s)
	}
	if !isChosen(d) {
		w.bytes(fieldAction, w.action(w.part[:0], &d.Action))
	}
	w.number(fieldChosen, protowire.EncodeZigZag(int64(d.Chosen)))
	w.fixed(fieldPropensity, math.Float64bits(d.Propensity))
	for _, r := range d.Reasons {
		b := protowire.AppendVarint(w.part[:0], w.place(string(r.Code)))
		b = protowire.AppendVarint(b, w.place(r.Detail))
		w.bytes(fieldReason, protowire.AppendFixed64(b, math.Float64bits(r.Amount)))
	}
	w.candidates(d.Candidates)
	w.bytes(fieldContext, appendContext(w.part[:0], &d.Context))
	w.bytes(fieldSituation, appendFeatures(w.part[:0], d.Features.Context))
	w.bytes(fieldDoing, appendFeatures(w.part[:0], d.Features.Action))
	w.number(fieldBrand, d.Brand)
	w.number(fieldModel, d.Model)
	w.fixed(fieldSeed, d.Seed)
	return w.buf
}

// isChosen reports whether the decision's action is that of the candidate it says was chosen.
func isChosen(d *aparte.Decision) bool {
	return d.Chosen >= 0 && d.Chosen < len(d.Candidates) && same(d.Action, d.Candidates[d.Chosen].Action)
}

func same(a, b aparte.Action) bool {
	return a.Content == b.Content && a.Layout == b.Layout && a.Item == b.Item && slices.Equal(a.Variants, b.Variants)
}

// writer has the bytes written so far, room in which one field is put together, and the table.
type writer struct {
	buf, part []byte
	texts     []string
	placed    map[string]uint64
}

// index puts every id and code that occurs in the table, in order of appearance.
func (w *writer) index(d *aparte.Decision) {
	w.placed = make(map[string]uint64, 32+len(d.Candidates)/2)
	w.texts = make([]string, 0, 32+len(d.Candidates)/2)
	add := func(s string) {
		if _, known := w.placed[s]; !known && s != "" {
			w.texts = append(w.texts, s)
			w.placed[s] = uint64(len(w.texts))
		}
	}
	action := func(a *aparte.Action) {
		add(string(a.Content))
		add(string(a.Layout))
		add(string(a.Item))
	}
	for i := range d.Candidates {
		action(&d.Candidates[i].Action)
		add(string(d.Candidates[i].Excluded))
	}
	action(&d.Action)
	for i := range d.Reasons {
		add(string(d.Reasons[i].Code))
		add(d.Reasons[i].Detail)
	}
}

// place is a text's index; that of the empty text, which is not in the table, is 0.
func (w *writer) place(s string) uint64 { return w.placed[s] }

func (w *writer) bytes(n protowire.Number, b []byte) {
	if len(b) > 0 {
		w.buf = protowire.AppendTag(w.buf, n, protowire.BytesType)
		w.buf = protowire.AppendBytes(w.buf, b)
	}
}

func (w *writer) text(n protowire.Number, s string) { w.buf = appendText(w.buf, n, s) }

func (w *writer) number(n protowire.Number, v uint64) {
	if v != 0 {
		w.buf = protowire.AppendTag(w.buf, n, protowire.VarintType)
		w.buf = protowire.AppendVarint(w.buf, v)
	}
}

func (w *writer) fixed(n protowire.Number, v uint64) {
	if v != 0 {
		w.buf = protowire.AppendTag(w.buf, n, protowire.Fixed64Type)
		w.buf = protowire.AppendFixed64(w.buf, v)
	}
}

func (w *writer) id(n protowire.Number, id aparte.DecisionID) {
	if !id.IsZero() {
		w.bytes(n, protowire.AppendVarint(slices.Clone(id.Person[:]), id.Seq))
	}
}

func (w *writer) action(b []byte, a *aparte.Action) []byte {
	b = protowire.AppendVarint(b, w.place(string(a.Content)))
	b = protowire.AppendVarint(b, w.place(string(a.Layout)))
	b = protowire.AppendVarint(b, w.place(string(a.Item)))
	b = protowire.AppendVarint(b, uint64(len(a.Variants)))
	return append(b, a.Variants...)
}

func (w *writer) candidates(all []aparte.Candidate) {
	rows := w.part[:0]
	for i := range all {
		rows = w.action(rows, &all[i].Action)
		rows = protowire.AppendVarint(rows, w.place(string(all[i].Excluded)))
	}
	w.bytes(fieldActions, rows)
	w.column(fieldValues, all, func(c *aparte.Candidate) float64 { return c.Value })
	w.column(fieldCosts, all, func(c *aparte.Candidate) float64 { return c.Cost })
	chances := w.part[:0]
	for i := range all {
		chances = protowire.AppendFixed64(chances, math.Float64bits(all[i].Propensity))
	}
	w.bytes(fieldChances, chances)
}

// column writes a number of each candidate, in single precision where nothing is lost by it.
func (w *writer) column(n protowire.Number, all []aparte.Candidate, of func(*aparte.Candidate) float64) {
	exact := true
	for i := range all {
		v := of(&all[i])
		exact = exact && math.Float64bits(float64(float32(v))) == math.Float64bits(v)
	}
	b := w.part[:0]
	for i := range all {
		if v := of(&all[i]); exact {
			b = protowire.AppendFixed32(b, math.Float32bits(float32(v)))
		} else {
			b = protowire.AppendFixed64(b, math.Float64bits(v))
		}
	}
	w.bytes(n, b)
}

func appendFeatures(b []byte, features []aparte.Feature) []byte {
	for _, f := range features {
		b = protowire.AppendFixed32(b, f.Hash)
		b = protowire.AppendFixed32(b, math.Float32bits(f.Value))
	}
	return b
}

func appendText(b []byte, n protowire.Number, s string) []byte {
	if s == "" {
		return b
	}
	return protowire.AppendString(protowire.AppendTag(b, n, protowire.BytesType), s)
}

func appendContext(b []byte, c *aparte.Context) []byte {
	for i, s := range [...]string{c.Device, c.Locale, c.Zone, c.Country, c.Page, string(c.Item), c.Category, c.Search, c.UserAgent} {
		b = appendText(b, contextDevice+protowire.Number(i), s)
	}
	for _, v := range c.Values {
		one := protowire.AppendString(nil, v.Name)
		one = append(one, byte(v.Value.Kind))
		one = protowire.AppendFixed64(one, math.Float64bits(v.Value.Num))
		one = protowire.AppendString(one, v.Value.Str)
		b = protowire.AppendBytes(protowire.AppendTag(b, contextValue, protowire.BytesType), one)
	}
	return b
}
