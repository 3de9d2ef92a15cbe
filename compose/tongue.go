package compose

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/currency"
	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"

	"github.com/aparte-dev/aparte"
)

// tongue is how one locale writes numbers, money and dates. Separators and currency symbols come from
// the CLDR tables of golang.org/x/text; it places no currency symbols, so that is done here.
type tongue struct {
	tag       language.Tag
	base      string // the language alone: "fr"
	american  bool   // English that puts the month before the day
	decimal   string
	group     string
	minus     string
	percent   string // what follows a percentage
	secondary int    // digits in each group beyond the first three: 3, or 2 in India

	printer *message.Printer
	symbols sync.Map // currency code to its symbol
}

const noBreakSpace = "\u00a0"

// newTongue learns how a locale writes by looking at how it writes two numbers.
func newTongue(locale string) (*tongue, error) {
	tag, err := language.Parse(locale)
	if err != nil {
		return nil, fmt.Errorf("locale %q is not a BCP 47 language tag", locale)
	}
	base, _ := tag.Base()
	region, _ := tag.Region()
	latin, err := tag.SetTypeForKey("nu", "latn") // ASCII digits everywhere: a price must be comparable
	if err != nil {
		latin = tag
	}
	t := &tongue{
		tag: tag, base: base.String(), secondary: 3,
		american: base.String() == "en" && (region.String() == "US" || region.String() == "PH"),
		printer:  message.NewPrinter(latin),
	}
	t.learn(t.printer.Sprint(number.Decimal(-1234567.5, number.Scale(1))))
	_, t.percent, _ = strings.Cut(t.printer.Sprint(number.Percent(0.2)), "20")
	if strings.TrimFunc(t.percent, unicode.IsSpace) != "%" {
		t.percent = "%"
	}
	return t, nil
}

// learn reads the separators out of a sample: minus 1234567.5.
func (t *tongue) learn(sample string) {
	first := strings.IndexByte(sample, '1')
	if first < 0 {
		t.minus, t.group, t.decimal = "-", ",", "."
		return
	}
	t.minus = strings.TrimFunc(sample[:first], func(r rune) bool { return unicode.Is(unicode.Cf, r) })
	between := func(from, to string) string {
		_, rest, _ := strings.Cut(sample, from)
		mid, _, _ := strings.Cut(rest, to)
		return mid
	}
	t.decimal, t.group = between("7", "5"), between("4", "5")
	if strings.Contains(sample, "12"+t.group+"34"+t.group) && t.group != "" {
		t.secondary = 2
	}
}

// number writes units, a count of 10^-digits, such as 1234 with two digits: 12.34.
func (t *tongue) number(units int64, digits int) string {
	magnitude, sign := uint64(units), ""
	if units < 0 {
		magnitude, sign = -magnitude, t.minus
	}
	s := strconv.FormatUint(magnitude, 10)
	if missing := digits + 1 - len(s); missing > 0 {
		s = strings.Repeat("0", missing) + s
	}
	whole, fraction := s[:len(s)-digits], s[len(s)-digits:]

	size, parts := 3, []string{}
	for len(whole) > size {
		parts = append(parts, whole[len(whole)-size:])
		whole = whole[:len(whole)-size]
		size = t.secondary
	}
	var b strings.Builder
	b.WriteString(sign + whole)
	for i := len(parts) - 1; i >= 0; i-- {
		b.WriteString(t.group + parts[i])
	}
	if digits > 0 {
		b.WriteString(t.decimal + fraction)
	}
	return b.String()
}

// decimalOf writes a number with at most three decimals, fewer where they are zero.
func (t *tongue) decimalOf(x float64) string {
	if math.IsNaN(x) || math.Abs(x) > 1e15 {
		return strconv.FormatFloat(x, 'g', -1, 64)
	}
	units, digits := int64(math.Round(x*1000)), 3
	for digits > 0 && units%10 == 0 {
		units, digits = units/10, digits-1
	}
	return t.number(units, digits)
}

// percentage writes a share of a hundred: 20 is "20 %" in French.
func (t *tongue) percentage(x float64) string { return t.decimalOf(x) + t.percent }

// money writes an amount with its currency's symbol where the locale puts it.
func (t *tongue) money(m aparte.Money) string {
	amount := t.number(m.Amount, aparte.MinorDigits(m.Currency))
	symbol := t.symbol(m.Currency)
	if !t.symbolFirst() {
		return amount + noBreakSpace + symbol
	}
	sign := ""
	if rest, ok := strings.CutPrefix(amount, t.minus); ok && m.Amount < 0 {
		sign, amount = t.minus, rest
	}
	if last := []rune(symbol); t.base == "nl" || t.base == "de" || len(last) > 0 && unicode.IsLetter(last[len(last)-1]) {
		return sign + symbol + noBreakSpace + amount
	}
	return sign + symbol + amount
}

// symbolFirst reports whether the symbol stands before the amount. Source: CLDR 44, the standard
// currency pattern of each language.
func (t *tongue) symbolFirst() bool {
	switch t.base {
	case "en", "ja", "zh", "ko", "nl", "tr", "hi", "bn", "th", "ms", "id":
		return true
	case "de", "it":
		region, _ := t.tag.Region()
		return region.String() == "CH" || region.String() == "LI" || t.base == "de" && region.String() == "AT"
	case "pt":
		region, _ := t.tag.Region()
		return region.String() == "BR"
	case "es":
		region, _ := t.tag.Region()
		return region.String() != "ES"
	}
	return false
}

func (t *tongue) symbol(code string) string {
	if s, ok := t.symbols.Load(code); ok {
		return s.(string)
	}
	unit, err := currency.ParseISO(code)
	if err != nil {
		return code
	}
	s := t.printer.Sprint(currency.NarrowSymbol(unit))
	t.symbols.Store(code, s)
	return s
}

// pluralForm is the CLDR plural category of x: zero, one, two, few, many or other.
func (t *tongue) pluralForm(x float64) plural.Form {
	x = math.Abs(x)
	if x > 1e9 {
		return plural.Other
	}
	whole, units, digits := int(x), int(math.Round((x-math.Floor(x))*1000)), 3
	for digits > 0 && units%10 == 0 {
		units, digits = units/10, digits-1
	}
	return plural.Cardinal.MatchPlural(t.tag, whole, digits, digits, units, units)
}
