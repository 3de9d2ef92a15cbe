package engine

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/aparte-dev/aparte"
)

// Patch is what one brand has otherwise than another, object by object, so that it can be made of a third one too.
type Patch []PatchPiece

// PatchPiece is one object as it was and as it is to be.
type PatchPiece struct {
	Touched
	Before json.RawMessage `json:"before,omitempty"` // empty: it was not there
	After  json.RawMessage `json:"after,omitempty"`  // empty: it goes
}

// PatchOf is what makes one brand of another.
func PatchOf(from, to *aparte.Brand) (p Patch, err error) {
	raw := func(v reflect.Value) (body json.RawMessage) {
		if v.IsValid() && err == nil {
			body, err = json.Marshal(v.Interface())
		}
		return body
	}
	for _, c := range Changes(from, to) {
		p = append(p, PatchPiece{Touched{c.Kind, c.ID, c.Name, c.Did}, raw(c.before), raw(c.after)})
	}
	return p, err
}

// On is a brand with the patch applied, which shares with it what does not change. What is added stands last.
func (p Patch) On(b *aparte.Brand) (*aparte.Brand, error) {
	out := *b
	for i := range p {
		if err := p[i].on(reflect.ValueOf(&out).Elem()); err != nil {
			return nil, fmt.Errorf("%s %q: %w", p[i].Kind, p[i].ID, err)
		}
	}
	return &out, nil
}

func (p *PatchPiece) on(brand reflect.Value) error {
	member, err := memberOf(brand, p.Kind)
	if err != nil {
		return err
	}
	if p.ID == "" {
		fresh := reflect.New(member.Type())
		if err := json.Unmarshal(p.After, fresh.Interface()); err != nil {
			return fmt.Errorf("cannot be read: %w", err)
		}
		member.Set(fresh.Elem())
		return nil
	}
	list := reflect.MakeSlice(member.Type(), 0, member.Len()+1)
	object, there := reflect.New(member.Type().Elem()), false
	if len(p.After) > 0 {
		if err := json.Unmarshal(p.After, object.Interface()); err != nil {
			return fmt.Errorf("cannot be read: %w", err)
		}
	}
	for i := range member.Len() {
		one := member.Index(i)
		if idOf(one) == p.ID {
			if there = true; len(p.After) == 0 {
				continue
			}
			one = object.Elem()
		}
		list = reflect.Append(list, one)
	}
	if !there && len(p.After) > 0 {
		list = reflect.Append(list, object.Elem())
	}
	member.Set(list)
	return nil
}

// memberOf is a member of a brand by the name it has as JSON.
func memberOf(brand reflect.Value, name string) (reflect.Value, error) {
	for i := range brand.NumField() {
		if tag, _, _ := strings.Cut(brand.Type().Field(i).Tag.Get("json"), ","); tag == name {
			return brand.Field(i), nil
		}
	}
	return reflect.Value{}, fmt.Errorf("a brand has no %q", name)
}

// Overtakes are the changes, from what a patch was made of to what a brand has by now, of the objects that the patch changes: what others did to them
// meanwhile. None: the patch can be applied, and nothing of anybody else's is lost.
func (p Patch) Overtakes(now *aparte.Brand) (all []Change, err error) {
	for i := range p {
		piece := &p[i]
		was := *now
		back := PatchPiece{Touched: piece.Touched, After: piece.Before}
		if piece.ID == "" && len(back.After) == 0 {
			back.After = []byte("null")
		}
		if err := back.on(reflect.ValueOf(&was).Elem()); err != nil {
			return nil, fmt.Errorf("%s %q: %w", piece.Kind, piece.ID, err)
		}
		for _, c := range Changes(&was, now) {
			if c.Kind == piece.Kind && (c.ID == piece.ID || c.ID == "" || piece.ID == "") && !isDone(c, piece) {
				all = append(all, c)
			}
		}
	}
	return all, nil
}

// isDone reports whether others did the very same.
func isDone(c Change, piece *PatchPiece) bool {
	if !c.after.IsValid() || len(piece.After) == 0 {
		return !c.after.IsValid() && len(piece.After) == 0
	}
	mine := reflect.New(c.after.Type())
	return c.ID == piece.ID && json.Unmarshal(piece.After, mine.Interface()) == nil && same(c.after, mine.Elem())
}
