package load

import (
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/exchange/form"
	"github.com/aparte-dev/aparte/exchange/record"
	"github.com/aparte-dev/aparte/exchange/table"
)

// said is what a record says of an item, and what is wrong with it first.
type said struct {
	rec  *record.Record
	form *form.Form
	bad  *table.Error
}

func (s *said) text(name string) string {
	c, _ := s.rec.Cell(name)
	return strings.TrimSpace(c.Plain())
}

func (s *said) fail(name, reason string, args ...any) {
	if s.bad == nil {
		s.bad = s.rec.Bad(s.form.Field(name), reason, args...)
	}
}

// fill puts what is said into an item.
func (s *said) fill(item *aparte.Item, load *stocking) {
	if name := s.text("name"); name != "" {
		words := aparte.Words{}
		for lang, text := range item.Name {
			words[lang] = text
		}
		lang := load.Lang
		if lang == "" {
			lang = load.brand.Locale
		}
		words[lang] = name
		item.Name = words
	} else if len(item.Name) == 0 {
		s.fail("name", "empty")
	}
	for _, f := range []struct {
		name  string
		field *string
	}{{"brand", &item.Brand}, {"link", &item.Link}, {"image", &item.Image}, {"category", &item.Category}} {
		if text := s.text(f.name); text != "" {
			*f.field = text
		}
	}
	if item.Category == "" {
		item.Category = s.text("kind")
	}
	s.describe(item)
	s.money(item, load)
	s.stock(item, load.Stock)
	s.reviews(item)
	if text := s.text("popularity"); text != "" {
		x, err := strconv.ParseFloat(text, 64)
		if err != nil || !(x >= 0 && x < 1e18) {
			s.fail("popularity", "not a number from 0 up")
		}
		item.Popularity = x
	}
}

// attributes are the fields of a form that are attributes of an item.
var attributes = [...]string{"age", "colour", "gender", "material", "pattern", "scent", "size"}

// describe puts what else is said of an item into its attributes.
func (s *said) describe(item *aparte.Item) {
	item.Attributes = maps.Clone(item.Attributes)
	for _, name := range attributes {
		text := strings.ToLower(s.text(name))
		switch {
		case text == "":
			continue
		case len(name)+len(text) > decide.MaxAttributeBytes:
			s.fail(name, "%d bytes, at most %d", len(text), decide.MaxAttributeBytes-len(name))
		case item.Attributes == nil:
			item.Attributes = map[string]string{name: text}
		default:
			item.Attributes[name] = text
		}
	}
}

// money reads prices. A sale price is the price while it lasts, and the price what it was.
func (s *said) money(item *aparte.Item, load *stocking) {
	currency := load.brand.Currency
	price, priced := s.price("price", currency)
	sale, onSale := s.price("salePrice", currency)
	cost, costed := s.price("cost", currency)
	if priced {
		item.Price, item.WasPrice = aparte.Money{Amount: price, Currency: currency}, aparte.Money{}
	}
	if onSale && sale < item.Price.Amount && s.lasts(load.Now()) {
		item.WasPrice, item.Price.Amount = item.Price, sale
	}
	if costed && item.Price.Amount > 0 {
		item.Margin = max(0, 1-float64(cost)/float64(item.Price.Amount))
	}
}

// lasts reports whether a sale lasts: START/END in ISO 8601; without, it does.
func (s *said) lasts(now time.Time) bool {
	text := s.text("saleDates")
	if text == "" {
		return true
	}
	start, end, ok := strings.Cut(text, "/")
	from, err := readStamp(start)
	until, err2 := readStamp(end)
	if !ok || err != nil || err2 != nil {
		s.fail("saleDates", "not two dates with a slash between, such as 2026-02-24T11:07+0100/2026-02-29T23:07+0100")
	}
	return !now.Before(from) && !now.After(until)
}

func readStamp(text string) (time.Time, error) {
	text = strings.TrimSpace(text)
	if at, err := time.Parse("2006-01-02T15:04Z0700", text); err == nil {
		return at, nil
	}
	return form.Dates{}.Read(text)
}

// price reads an amount, "12.50 EUR" or "12.50", in minor units of the brand's currency, exactly.
func (s *said) price(name, currency string) (minor int64, ok bool) {
	text := s.text(name)
	if text == "" {
		return 0, false
	}
	amount := text
	for _, part := range strings.Fields(text) {
		if len(part) == 3 && strings.ToUpper(part) == part && strings.Trim(part, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" {
			if part != currency {
				s.fail(name, "in %s; the brand counts in %s", part, currency)
				return 0, false
			}
			amount = strings.TrimSpace(strings.Replace(text, part, "", 1))
		}
	}
	whole, behind, _ := strings.Cut(amount, ".")
	digits := aparte.MinorDigits(currency)
	behind = strings.TrimRight(behind, "0")
	if whole == "" || len(whole) > 12 || strings.Trim(whole+behind, "0123456789") != "" {
		s.fail(name, "not an amount such as 12.50 %s", currency)
		return 0, false
	}
	if len(behind) > digits {
		s.fail(name, "has more digits behind the point than %s", currency)
		return 0, false
	}
	minor, err := strconv.ParseInt(whole+behind+strings.Repeat("0", digits-len(behind)), 10, 64)
	if err != nil {
		s.fail(name, "not an amount")
	}
	return minor, err == nil
}

// stock reads how many there are: a number, or whether there are any.
func (s *said) stock(item *aparte.Item, some int64) {
	if text := s.text("stock"); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 {
			s.fail("stock", "not a whole number from 0 up")
		}
		item.Stock = n
		return
	}
	switch strings.ReplaceAll(strings.ToLower(s.text("availability")), " ", "_") {
	case "in_stock", "limited_availability", "":
		if item.Stock == 0 {
			item.Stock = some
		}
	case "out_of_stock", "preorder", "backorder":
		item.Stock = 0
	default:
		s.fail("availability", "none of in_stock, out_of_stock, preorder and backorder")
	}
}

// reviews reads how many gave each number of stars: all five numbers, or none of them.
func (s *said) reviews(item *aparte.Item) {
	stars, blank := make([]int64, aparte.MostStars), ""
	for i := range stars {
		name := fmt.Sprint("stars", i+1)
		text := s.text(name)
		if text == "" {
			blank = name
			continue
		}
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 {
			s.fail(name, "not a whole number from 0 up")
		}
		stars[i] = n
	}
	counted := &aparte.Reviews{Stars: stars}
	switch {
	case blank == "" && counted.Count() == 0:
		item.Reviews = nil
	case blank == "":
		if item.Reviews != nil {
			counted.Latest = item.Reviews.Latest
		}
		item.Reviews = counted
	case counted.Count() > 0:
		s.fail(blank, "empty: reviews are counted with all of their stars, from stars1 to stars5, or not at all")
	}
}
