package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/exchange/form"
	"github.com/aparte-dev/aparte/exchange/record"
	"github.com/aparte-dev/aparte/exchange/table"
)

// Catalogue is one load of items into the brand. Files and Door are required. Items that are not in the files stay,
// unless Replace; of those that are, what the files do not say stays.
type Catalogue struct {
	Files   []string
	Origin  *Origin       // of what the one file was made of; nil: files are what they are
	Format  record.Format // empty: each file's name tells
	Form    *form.Form    // nil: the attributes of Google's product data, or plain names
	Lang    string        // of names; empty: the brand's
	Stock   int64         // of an item that is said to be in stock, nobody says how many
	Replace bool          // items that are not in the files go
	Door    Shelf
	Aside   io.Writer        // as of a Load
	Tell    Progress         // nil: nobody is told
	Now     func() time.Time // nil: time.Now
}

// Shelf is where the brand stands.
type Shelf interface {
	Brand(ctx context.Context) (*aparte.Brand, error)
	// Publish puts a brand into force. It answers what is wrong with it, by JSON pointers.
	Publish(ctx context.Context, b *aparte.Brand) ([]Fault, error)
}

// Fault is what is wrong at one place of a brand.
type Fault struct {
	Pointer string `json:"pointer"`
	Message string `json:"message"`
}

// Stocked is what became of the rows of a catalogue. Rows = New + Changed + Unchanged + Aside.
type Stocked struct {
	Rows      int      `json:"rows"`
	New       int      `json:"new"`
	Changed   int      `json:"changed"`
	Unchanged int      `json:"unchanged"`
	Aside     int      `json:"aside"`
	Removed   int      `json:"removed"` // items that were there and are not in the files
	Items     int      `json:"items"`   // of the brand, now
	Reasons   []Reason `json:"reasons"`
	Broken    []string `json:"broken,omitempty"`
}

// The usual forms of an item: Google's names (https://support.google.com/merchants/answer/7052112), or plain ones.
const (
	googleItem = `{"id": "$id:text", "name": "$title:text", "category": "$product_type:text", "kind": "$google_product_category:text",
		"brand": "$brand:text", "price": "$price:text", "salePrice": "$sale_price:text", "saleDates": "$sale_price_effective_date:text",
		"cost": "$cost_of_goods_sold:text", "stock": "$quantity:text", "availability": "$availability:text", "link": "$link:text",
		"colour": "$color:text", "material": "$material:text", "pattern": "$pattern:text", "size": "$size:text", "gender": "$gender:text", "age": "$age_group:text"}`
	plainItem = `{"id": "$id:text", "name": "$name:text", "category": "$category:text", "brand": "$brand:text", "price": "$price:text",
		"salePrice": "$salePrice:text", "cost": "$cost:text", "stock": "$stock:text", "availability": "$availability:text",
		"link": "$link:text", "image": "$image:text", "popularity": "$popularity:text",
		"colour": "$colour:text", "material": "$material:text", "pattern": "$pattern:text", "size": "$size:text", "scent": "$scent:text",
		"stars1": "$stars1:text", "stars2": "$stars2:text", "stars3": "$stars3:text", "stars4": "$stars4:text", "stars5": "$stars5:text"}`
)

// PlainItem is the form of an item with plain names, to be changed.
func PlainItem() *form.Form { return itemForm(plainItem) }

func itemForm(document string) *form.Form {
	f, err := form.New(document)
	if err != nil {
		panic("load: the form of an item" + err.Error()) // a constant
	}
	return f
}

// stocking is a load of a catalogue at work.
type stocking struct {
	*Catalogue
	result Stocked
	brand  *aparte.Brand
	before map[aparte.ItemID]int // place in the brand that was
	found  []found
	placed map[aparte.ItemID]int // place in found
	aside  asides
	google *form.Form
	plain  *form.Form
}

// found is an item that a file has.
type found struct {
	item aparte.Item
	rec  record.Record
}

// Run loads.
func (c *Catalogue) Run(ctx context.Context) (*Stocked, error) {
	own := *c
	s := &stocking{
		Catalogue: &own, aside: asides{to: c.Aside}, before: map[aparte.ItemID]int{}, placed: map[aparte.ItemID]int{},
		google: itemForm(googleItem), plain: itemForm(plainItem),
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	var err error
	if s.brand, err = s.Door.Brand(ctx); err != nil {
		return &s.result, fmt.Errorf("read the brand: %w", err)
	}
	for i := range s.brand.Items {
		s.before[s.brand.Items[i].ID] = i
	}
	for _, path := range s.Files {
		if err := s.read(ctx, path); err != nil {
			return s.told(), err
		}
	}
	err = s.publish(ctx)
	return s.told(), errors.Join(err, s.aside.err)
}

func (s *stocking) told() *Stocked {
	s.result.Aside, s.result.Reasons = s.aside.rows, s.aside.told()
	return &s.result
}

func (s *stocking) read(ctx context.Context, path string) error {
	name := path
	if s.Origin != nil {
		name = s.Origin.Name
	}
	from, closer, err := record.OpenAs(name, path, s.Format, nil)
	if err != nil {
		return err
	}
	defer func() { _ = closer.Close() }() // it was only read
	broken, err := s.aside.each(ctx, name, from, &s.result.Rows, func(rec *record.Record) error {
		if bad := s.take(rec); bad != nil {
			s.aside.record(bad, rec)
		}
		return nil
	})
	if broken != "" {
		s.result.Broken = append(s.result.Broken, broken)
	}
	return err
}

// take takes a record as an item.
func (s *stocking) take(rec *record.Record) *table.Error {
	f := s.Form
	if f == nil {
		if f = s.plain; s.isGoogles(rec) {
			f = s.google
		}
	}
	if bad := f.Check(rec); bad != nil {
		return bad
	}
	doc, bad := f.Document([]*record.Record{rec})
	if bad != nil {
		return bad
	}
	fields, err := record.Parse(rec.File, rec.Line, doc)
	if err != nil {
		return rec.Bad("item", "%v", err)
	}
	said := said{rec: &fields, form: f}
	id := aparte.ItemID(said.text("id"))
	if id == "" {
		return rec.Bad(f.Field("id"), "empty")
	}
	if i, twice := s.placed[id]; twice {
		return rec.Bad(f.Field("id"), "an item of this id stands before (%s:%d)", s.found[i].rec.File, s.found[i].rec.Line)
	}
	item := aparte.Item{ID: id}
	if i, known := s.before[id]; known {
		item = s.brand.Items[i]
	}
	said.fill(&item, s)
	if said.bad != nil {
		return said.bad
	}
	s.placed[id] = len(s.found)
	kept := *rec
	kept.Cells = slices.Clone(rec.Cells)
	s.found = append(s.found, found{item, kept})
	return nil
}

func (s *stocking) isGoogles(rec *record.Record) bool {
	_, ok := rec.Cell("title")
	return ok
}

// publish puts what was found into the brand. An item that the brand cannot have is set aside, and the others tried again.
func (s *stocking) publish(ctx context.Context) error {
	for {
		next, changed := s.next()
		if len(s.found) == 0 || !changed {
			return nil
		}
		if s.Tell != nil {
			s.Tell(Sending, 0, 1)
		}
		faults, err := s.Door.Publish(ctx, next)
		if err != nil {
			return fmt.Errorf("publish: %w", err)
		}
		if len(faults) == 0 {
			s.result.Items = len(next.Items)
			return nil
		}
		if err := s.reject(next, faults); err != nil {
			return err
		}
	}
}

// next is the brand with what was found, and whether that differs from the brand that is.
func (s *stocking) next() (_ *aparte.Brand, changed bool) {
	next := *s.brand
	next.Items = slices.Clone(s.brand.Items)
	s.result.New, s.result.Changed, s.result.Unchanged, s.result.Removed = 0, 0, 0, 0
	for i := range s.found {
		item := s.found[i].item
		at, known := s.before[item.ID]
		switch {
		case !known:
			s.result.New++
			next.Items = append(next.Items, item)
		case reflect.DeepEqual(next.Items[at], item):
			s.result.Unchanged++
		default:
			s.result.Changed++
			next.Items[at] = item
		}
	}
	if s.Replace {
		was := len(next.Items)
		next.Items = slices.DeleteFunc(next.Items, func(item aparte.Item) bool {
			_, found := s.placed[item.ID]
			return !found
		})
		s.result.Removed = was - len(next.Items)
	}
	s.result.Items = len(next.Items)
	return &next, s.result.New+s.result.Changed+s.result.Removed > 0
}

// reject sets the items aside that faults are about. A fault of anything else is an error.
func (s *stocking) reject(next *aparte.Brand, faults []Fault) error {
	for _, fault := range faults {
		rest, ok := strings.CutPrefix(fault.Pointer, "/items/")
		number, field, _ := strings.Cut(rest, "/")
		n, err := strconv.Atoi(number)
		if !ok || err != nil || n < 0 || n >= len(next.Items) {
			return fmt.Errorf("publish: %s: %s", fault.Pointer, fault.Message)
		}
		i, found := s.placed[next.Items[n].ID]
		if !found {
			return fmt.Errorf("publish: %s: %s", fault.Pointer, fault.Message)
		}
		if s.found[i].rec.File == "" {
			continue // for another fault of its
		}
		s.aside.record(s.found[i].rec.Bad(strings.ReplaceAll(field, "/", "."), "%s", fault.Message), &s.found[i].rec)
		s.found[i].rec.File = ""
	}
	s.found = slices.DeleteFunc(s.found, func(f found) bool { return f.rec.File == "" })
	clear(s.placed)
	for i := range s.found {
		s.placed[s.found[i].item.ID] = i
	}
	return nil
}
