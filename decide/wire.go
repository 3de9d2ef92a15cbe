package decide

import (
	"math"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/aparte-dev/aparte"
)

// wireVersion is the first byte of an encoded decision. Version 1 (legacy.go) is read, not written.
const wireVersion = 2

// The fields of an encoded decision, in the Protocol Buffers wire format. Ids and codes are kept once
// each in a table: an index is 0 for the empty text, else 1 + the place in it.
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
//	16 context     bytes: the context's own fields, below
//	19 brand       varint
//	20 model       varint
//	21 seed        fixed64
//	22 rows        bytes: the candidates (rows.go)
//	23 foretold    bytes: their chances (foretell.go)
//	24 reasons     bytes: for each the code's index times 4 plus how its amount is kept, the detail's
//	               index, the amount: none where it is 0, a fixed32 (1) or a fixed64 (2)
//	25 situation   bytes: the features of the context: how many, as a varint, a fixed32 for the hash of
//	               each, a bit for each whose value is not 1, a fixed32 for each of those
//	26 doing       likewise, of the action
//	27 intrusion   fixed64
//	28 earlier     varint
//	29 counted     varint
//	30 round       varint
//	31 expected    fixed64
//	32 terms       varint
//	50 rival       varint: 1 + its index; absent: none
//	51 instead     likewise features, of the rival
//	52 routes      bytes: the index of each candidate's channel, where there was a choice of several
//	53 funds       bytes: for each the budget's index, what is left as a zigzag varint, the price as a fixed64
//	54 incentive   fixed64
//	55 fit         varint
//	60 companion   string
//
// An action is content, layout and item as indices, then the number of variants as a varint and a byte
// for each. Fields 11 to 15, 17 and 18 are version 1's.
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
	legacyReason
	legacyActions
	legacyValues
	legacyCosts
	legacyChances
	fieldContext
	legacySituation
	legacyDoing
	fieldBrand
	fieldModel
	fieldSeed
	fieldRows
	fieldForetold
	fieldReasons
	fieldSituation
	fieldDoing
	fieldIntrusion
	fieldEarlier
	fieldCounted
	fieldRound
	fieldExpected
	fieldTerms

	fieldRival   protowire.Number = 50
	fieldInstead protowire.Number = 51
	fieldRoutes  protowire.Number = 52

	fieldFunds     protowire.Number = 53
	fieldIncentive protowire.Number = 54
	fieldFit       protowire.Number = 55

	fieldCompanion protowire.Number = 60
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
	contextStay // below: see appendStay
	contextNear // below: see appendNear
)

// Marshal appends a decision to dst in a compact form that Unmarshal reads: about 12 bytes a candidate
// and 400 for the rest. Equal decisions give equal bytes. Times are kept as instants, in UTC.
func Marshal(dst []byte, d *aparte.Decision) []byte { return new(Encoder).Append(dst, d) }

// usualPart is more bytes than one field of most decisions takes.
const usualPart = 1024

// Encoder is Marshal with memory that is used again. The zero value is ready. It keeps nothing of a decision.
type Encoder struct {
	part  []byte
	table table
}

// Append appends a decision to dst as Marshal does.
func (e *Encoder) Append(dst []byte, d *aparte.Decision) []byte {
	if e.part == nil {
		e.part = make([]byte, 0, usualPart)
	}
	e.table.empty()
	w := writer{buf: append(dst, wireVersion), part: e.part[:0], table: e.table}
	w.id(fieldID, d.ID)
	w.id(fieldParent, d.Parent)
	if !d.At.IsZero() {
		at := protowire.AppendVarint(w.part[:0], protowire.EncodeZigZag(d.At.Unix()))
		w.bytes(fieldAt, protowire.AppendVarint(at, uint64(d.At.Nanosecond())))
	}
	w.text(fieldTrigger, d.Trigger)
	w.text(fieldChannel, string(d.Channel))
	w.text(fieldSlot, d.Slot)
	w.rows(d.Candidates)
	w.chances(d.Candidates)
	w.routes(d.Candidates)
	if !isChosen(d) {
		w.bytes(fieldAction, w.action(w.part[:0], &d.Action))
	}
	w.number(fieldChosen, protowire.EncodeZigZag(int64(d.Chosen)))
	w.fixed(fieldPropensity, math.Float64bits(d.Propensity))
	w.reasons(d.Reasons)
	w.bytes(fieldContext, appendContext(w.part[:0], &d.Context))
	w.bytes(fieldSituation, appendFeatures(w.part[:0], d.Features.Context))
	w.bytes(fieldDoing, appendFeatures(w.part[:0], d.Features.Action))
	if d.Rival != d.Chosen {
		w.number(fieldRival, uint64(d.Rival)+1)
	}
	w.bytes(fieldInstead, appendFeatures(w.part[:0], d.Features.Rival))
	w.number(fieldBrand, d.Brand)
	w.number(fieldModel, d.Model)
	w.fixed(fieldSeed, d.Seed)
	w.fixed(fieldIntrusion, math.Float64bits(d.Intrusion))
	w.fixed(fieldExpected, math.Float64bits(d.Expected))
	w.number(fieldEarlier, uint64(d.Earlier))
	w.number(fieldCounted, d.Counted)
	w.number(fieldTerms, d.Terms)
	w.number(fieldFit, d.Fit)
	w.number(fieldRound, d.Round)
	w.funds(d.Funds)
	w.fixed(fieldIncentive, math.Float64bits(d.Incentive))
	w.text(fieldCompanion, string(d.Companion))
	for _, s := range w.table.texts { // last, when all are known
		w.buf = protowire.AppendTag(w.buf, fieldText, protowire.BytesType)
		w.buf = protowire.AppendString(w.buf, s)
	}
	clear(w.table.texts)
	e.table = w.table
	return w.buf
}

// isChosen reports whether the decision's action is that of the candidate it says was chosen.
func isChosen(d *aparte.Decision) bool {
	return d.Chosen >= 0 && d.Chosen < len(d.Candidates) && same(d.Action, d.Candidates[d.Chosen].Action)
}

func same(a, b aparte.Action) bool {
	return a.Content == b.Content && a.Layout == b.Layout && a.Item == b.Item && a.Channel == b.Channel && slices.Equal(a.Variants, b.Variants)
}

// writer has the bytes written so far, room in which one field is put together, and the table.
type writer struct {
	buf, part []byte
	table     table
}

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
		w.bytes(n, protowire.AppendVarint(append(w.part[:0], id.Person[:]...), id.Seq))
	}
}

func (w *writer) action(b []byte, a *aparte.Action) []byte {
	b = protowire.AppendVarint(b, w.table.place(string(a.Content)))
	b = protowire.AppendVarint(b, w.table.place(string(a.Layout)))
	b = protowire.AppendVarint(b, w.table.place(string(a.Item)))
	b = protowire.AppendVarint(b, uint64(len(a.Variants)))
	return append(b, a.Variants...)
}

// How the amount of a reason is kept.
const (
	amountNone = iota
	amountSingle
	amountDouble
)

func (w *writer) reasons(all []aparte.Reason) {
	b := w.part[:0]
	for i := range all {
		r := &all[i]
		kept := uint64(amountSingle)
		switch {
		case math.Float64bits(r.Amount) == 0:
			kept = amountNone
		case !isSingle(r.Amount):
			kept = amountDouble
		}
		b = protowire.AppendVarint(b, w.table.place(string(r.Code))<<2|kept)
		b = protowire.AppendVarint(b, w.table.place(r.Detail))
		if kept != amountNone {
			b = appendNumber(b, r.Amount, kept == amountDouble)
		}
	}
	w.bytes(fieldReasons, b)
}

func appendFeatures(b []byte, features []aparte.Feature) []byte {
	if len(features) == 0 {
		return b
	}
	b = protowire.AppendVarint(b, uint64(len(features)))
	for _, f := range features {
		b = protowire.AppendFixed32(b, f.Hash)
	}
	odd := len(b)
	b = append(b, make([]byte, (len(features)+7)/8)...)
	for i, f := range features {
		if f.Value != 1 {
			b[odd+i/8] |= 1 << (i % 8)
			b = protowire.AppendFixed32(b, math.Float32bits(f.Value))
		}
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
	if c.Stay.Place != "" {
		b = protowire.AppendBytes(protowire.AppendTag(b, contextStay, protowire.BytesType), appendStay(nil, &c.Stay))
	}
	if c.Near.Place != "" {
		b = protowire.AppendBytes(protowire.AppendTag(b, contextNear, protowire.BytesType), appendNear(nil, &c.Near))
	}
	return b
}
