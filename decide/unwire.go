package decide

import (
	"errors"
	"fmt"
	"math"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/aparte-dev/aparte"
)

// Bounds of an encoded decision. They are far beyond what Decide makes.
const (
	maxWireBytes      = 1 << 20
	maxWireCandidates = 10_000
	maxWireEarlier    = 1_000
)

var errTruncated = errors.New("cut off or malformed")

// Unmarshal reads what Marshal writes, and what it ever wrote. Fields it does not know are skipped. It never panics; what it
// refuses it refuses whole.
func Unmarshal(b []byte) (aparte.Decision, error) {
	switch {
	case len(b) == 0:
		return aparte.Decision{}, errors.New("decision: no bytes")
	case len(b) > maxWireBytes:
		return aparte.Decision{}, fmt.Errorf("decision: %d bytes, at most %d are read", len(b), maxWireBytes)
	case b[0] != wireVersion && b[0] != legacyVersion:
		return aparte.Decision{}, fmt.Errorf("decision: version %d is not known", b[0])
	}
	r := reader{texts: []string{""}}
	if err := fields(b[1:], r.field); err != nil {
		return aparte.Decision{}, fmt.Errorf("decision: %w", err)
	}
	if err := r.finish(); err != nil {
		return aparte.Decision{}, fmt.Errorf("decision: %w", err)
	}
	return r.d, nil
}

// fields calls do with each field's number and content: the bytes of a length-delimited one, else v.
func fields(b []byte, do func(n protowire.Number, content []byte, v uint64) error) error {
	for len(b) > 0 {
		n, t, used := protowire.ConsumeTag(b)
		if used < 0 {
			return errTruncated
		}
		b = b[used:]
		var content []byte
		var v uint64
		switch t {
		case protowire.VarintType:
			v, used = protowire.ConsumeVarint(b)
		case protowire.Fixed64Type:
			v, used = protowire.ConsumeFixed64(b)
		case protowire.BytesType:
			content, used = protowire.ConsumeBytes(b)
		default:
			used = protowire.ConsumeFieldValue(n, t, b)
			n = 0 // no field of ours has this type
		}
		if used < 0 {
			return errTruncated
		}
		b = b[used:]
		if err := do(n, content, v); err != nil {
			return fmt.Errorf("field %d: %w", n, err)
		}
	}
	return nil
}

// reader collects the fields; those that refer to the table are made out when all of it is there.
type reader struct {
	d                               aparte.Decision
	texts                           []string
	action, rows, foretold, reasons []byte
	routes, funds                   []byte
	rival                           uint64 // 1 + its index; 0: none
	legacy                          legacy
}

func (r *reader) field(n protowire.Number, b []byte, v uint64) (err error) {
	switch n {
	case fieldID:
		r.d.ID, err = readID(b)
	case fieldParent:
		r.d.Parent, err = readID(b)
	case fieldAt:
		c := cursor{b: b}
		r.d.At = time.Unix(protowire.DecodeZigZag(c.varint()), int64(c.varint()%1e9)).UTC()
		err = c.end()
	case fieldTrigger:
		r.d.Trigger = string(b)
	case fieldChannel:
		r.d.Channel = aparte.Channel(b)
	case fieldSlot:
		r.d.Slot = string(b)
	case fieldText:
		r.texts = append(r.texts, string(b))
	case fieldAction:
		r.action = b
	case fieldChosen:
		r.d.Chosen = int(protowire.DecodeZigZag(v))
	case fieldPropensity:
		r.d.Propensity = math.Float64frombits(v)
	case fieldRows:
		r.rows = b
	case fieldForetold:
		r.foretold = b
	case fieldReasons:
		r.reasons = b
	default:
		err = r.rest(n, b, v)
	}
	return err
}

func (r *reader) rest(n protowire.Number, b []byte, v uint64) (err error) {
	switch n {
	case fieldContext:
		err = readContext(b, &r.d.Context)
	case fieldSituation:
		r.d.Features.Context, err = readFeatures(b)
	case fieldDoing:
		r.d.Features.Action, err = readFeatures(b)
	case fieldRival:
		r.rival = v
	case fieldRoutes:
		r.routes = b
	case fieldFunds:
		r.funds = b
	case fieldIncentive:
		r.d.Incentive = math.Float64frombits(v)
	case fieldInstead:
		r.d.Features.Rival, err = readFeatures(b)
	case fieldBrand:
		r.d.Brand = v
	case fieldModel:
		r.d.Model = v
	case fieldSeed:
		r.d.Seed = v
	case fieldIntrusion:
		r.d.Intrusion = math.Float64frombits(v)
	case fieldExpected:
		r.d.Expected = math.Float64frombits(v)
	case fieldTerms:
		r.d.Terms = v
	case fieldFit:
		r.d.Fit = v
	case fieldCompanion:
		r.d.Companion = aparte.ItemID(b)
	case fieldCounted:
		r.d.Counted = v
	case fieldEarlier:
		if r.d.Earlier = int(v); v > maxWireEarlier {
			err = errors.New("more earlier decisions than a request has")
		}
	case fieldRound:
		r.d.Round = v
	default:
		err = r.legacy.field(n, b, &r.d)
	}
	return err
}

func (r *reader) finish() error {
	if err := r.readReasons(); err != nil {
		return fmt.Errorf("reasons: %w", err)
	}
	if err := r.readFunds(); err != nil {
		return fmt.Errorf("funds: %w", err)
	}
	if err := r.candidates(); err != nil {
		return fmt.Errorf("candidates: %w", err)
	}
	if r.d.Chosen < 0 || r.d.Chosen >= max(1, len(r.d.Candidates)) {
		return errors.New("the chosen candidate is not there")
	}
	if r.d.Rival = r.d.Chosen; r.rival != 0 {
		if r.d.Rival = int(r.rival - 1); r.d.Rival < 0 || r.d.Rival >= max(1, len(r.d.Candidates)) {
			return errors.New("the chosen candidate's rival is not there")
		}
	}
	if r.action != nil {
		c := cursor{b: r.action}
		r.d.Action = r.readAction(&c)
		return c.end()
	}
	if len(r.d.Candidates) > 0 {
		r.d.Action = r.d.Candidates[r.d.Chosen].Action
	}
	return nil
}

func (r *reader) candidates() error {
	if len(r.rows) == 0 {
		return r.legacyCandidates()
	}
	if err := r.readRows(r.rows); err != nil {
		return err
	}
	if len(r.routes) > 0 {
		if err := r.readRoutes(r.routes); err != nil {
			return err
		}
	}
	return r.readChances(r.foretold)
}

func (r *reader) readReasons() error {
	c := cursor{b: r.reasons}
	for len(c.b) > 0 {
		head := c.varint()
		reason := aparte.Reason{Code: aparte.ReasonCode(r.textAt(head>>2, &c)), Detail: r.text(&c)}
		switch head & 3 {
		case amountSingle:
			reason.Amount = c.number(false)
		case amountDouble:
			reason.Amount = c.number(true)
		}
		r.d.Reasons = append(r.d.Reasons, reason)
	}
	if err := c.end(); err != nil {
		return err
	}
	return r.legacyReasons()
}

func (r *reader) readAction(c *cursor) aparte.Action {
	a := aparte.Action{
		Content: aparte.ContentID(r.text(c)),
		Layout:  aparte.LayoutID(r.text(c)),
		Item:    aparte.ItemID(r.text(c)),
	}
	if variants := c.take(c.varint()); len(variants) > 0 {
		a.Variants = append([]uint8(nil), variants...)
	}
	return a
}

// text is the text of the table at an index.
func (r *reader) text(c *cursor) string { return r.textAt(c.varint(), c) }

func (r *reader) textAt(i uint64, c *cursor) string {
	if i >= uint64(len(r.texts)) {
		c.bad = true
		return ""
	}
	return r.texts[i]
}

func readID(b []byte) (aparte.DecisionID, error) {
	var id aparte.DecisionID
	c := cursor{b: b}
	copy(id.Person[:], c.take(uint64(len(id.Person))))
	id.Seq = c.varint()
	return id, c.end()
}

func readFeatures(b []byte) ([]aparte.Feature, error) {
	c := cursor{b: b}
	n := c.varint()
	if n > uint64(len(c.b))/4 {
		return nil, errTruncated
	}
	features := make([]aparte.Feature, n)
	for i := range features {
		features[i] = aparte.Feature{Hash: c.fixed32(), Value: 1}
	}
	odd := c.take((n + 7) / 8)
	for i := range features {
		if !c.bad && odd[i/8]&(1<<(i%8)) != 0 {
			features[i].Value = math.Float32frombits(c.fixed32())
		}
	}
	return features, c.end()
}

func readContext(b []byte, into *aparte.Context) error {
	texts := [...]*string{
		&into.Device, &into.Locale, &into.Zone, &into.Country, &into.Page,
		(*string)(&into.Item), &into.Category, &into.Search, &into.UserAgent,
	}
	return fields(b, func(n protowire.Number, b []byte, _ uint64) error {
		if i := int(n - contextDevice); i >= 0 && i < len(texts) {
			*texts[i] = string(b)
		}
		c := cursor{b: b}
		switch n {
		case contextStay:
			into.Stay = readStay(&c)
			return c.end()
		case contextNear:
			into.Near = readNear(&c)
			return c.end()
		case contextValue:
		default:
			return nil
		}
		v := aparte.ContextValue{Name: string(c.take(c.varint()))}
		if kind := c.take(1); len(kind) == 1 {
			v.Value.Kind = aparte.ValueKind(kind[0])
		}
		v.Value.Num = math.Float64frombits(c.fixed64())
		v.Value.Str = string(c.take(c.varint()))
		if v.Value.Kind > aparte.JSON {
			c.bad = true
		}
		into.Values = append(into.Values, v)
		return c.end()
	})
}
