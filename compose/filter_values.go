package compose

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/osteele/liquid/render"
	"github.com/osteele/liquid/values"
	"golang.org/x/text/feature/plural"

	"github.com/aparte-dev/aparte"
)

// defaultTo is the argument where there is nothing to show.
func defaultTo(value any, _ *voice, args []any) (any, error) {
	if list, ok := value.([]any); value == nil || value == false || value == "" || ok && len(list) == 0 {
		return argument(args, 0), nil
	}
	return value, nil
}

// leave does nothing: everything is escaped once, at the end.
func leave(value any, _ *voice, _ []any) (any, error) { return value, nil }

func safeAddress(value any, _ *voice, _ []any) (any, error) {
	s, err := checkAddress(asText(value))
	if err != nil {
		return nil, authorError(err.Error())
	}
	return s, nil
}

func urlEncode(value any, _ *voice, _ []any) (any, error) {
	return bounded(escapeComponent(asText(value)))
}

// newlineToBreak yields markup, which is not escaped again.
func newlineToBreak(value any, _ *voice, _ []any) (any, error) {
	return values.SafeValue{Value: strings.ReplaceAll(render.HtmlEscaper.Replace(asText(value)), "\n", "<br>")}, nil
}

func appendText(value any, _ *voice, args []any) (any, error) {
	return bounded(asText(value) + asText(argument(args, 0)))
}

func prependText(value any, _ *voice, args []any) (any, error) {
	return bounded(asText(argument(args, 0)) + asText(value))
}

// replace replaces the first n occurrences, all of them where n is -1.
func replace(n int) applied {
	return func(value any, _ *voice, args []any) (any, error) {
		s, old, by := asText(value), asText(argument(args, 0)), asText(argument(args, 1))
		if strings.Count(s, old)*max(len(by)-len(old), 0) > maxValue {
			return nil, errTooLong
		}
		return bounded(strings.Replace(s, old, by, n))
	}
}

func split(value any, _ *voice, args []any) (any, error) {
	s, by := asText(value), asText(argument(args, 0))
	if s == "" {
		return []any{}, nil
	}
	if strings.Count(s, by) >= maxList {
		return nil, authorError("a list of more than 100 members")
	}
	var list []any
	for part := range strings.SplitSeq(s, by) {
		list = append(list, part)
	}
	return list, nil
}

func join(value any, _ *voice, args []any) (any, error) {
	list, ok := value.([]any)
	if !ok {
		return value, nil
	}
	glue := ", "
	if len(args) > 0 {
		glue = asText(args[0])
	}
	var b strings.Builder
	for i, member := range list {
		if i > 0 {
			b.WriteString(glue)
		}
		b.WriteString(asText(member))
		if b.Len() > maxValue {
			return nil, errTooLong
		}
	}
	return b.String(), nil
}

func truncateTo(value any, _ *voice, args []any) (any, error) {
	n, end := 50, "…"
	if x, ok := asNumber(argument(args, 0)); ok {
		n = int(min(max(x, 0), maxValue))
	}
	if len(args) > 1 {
		end = asText(args[1])
	}
	return bounded(truncate(asText(value), n, end))
}

// truncate cuts a text to n characters, the ellipsis included, without parting a mark from its letter
// or leaving a space at the end.
func truncate(s string, n int, ellipsis string) string {
	runes := []rune(s)
	if len(runes) <= n {
		return s
	}
	keep := min(max(n-len([]rune(ellipsis)), 0), len(runes))
	for keep > 0 && isMark(runes[keep]) {
		keep--
	}
	return strings.TrimRight(string(runes[:keep]), " \u00a0\u202f") + ellipsis
}

// money writes an amount in major units; the currency is the brand's unless it is given.
func money(amount any, v *voice, args []any) (any, error) {
	if amount == nil {
		return nil, nil
	}
	code := v.currency
	if len(args) > 0 {
		code = asText(args[0])
	}
	x, ok := asNumber(amount)
	if !ok || math.Abs(x) > 1e13 {
		return nil, errNumber
	}
	return v.money(aparte.Money{
		Amount: int64(math.Round(x * math.Pow10(aparte.MinorDigits(code)))), Currency: code,
	}), nil
}

// date writes a time in the scene's zone and language.
func date(at any, v *voice, args []any) (any, error) {
	if at == nil {
		return nil, nil
	}
	t, err := readTime(at, v.zone)
	if err != nil {
		return nil, authorError(err.Error())
	}
	c := calendarOf(v.tongue)
	pattern, err := c.pattern(asText(argument(args, 0)))
	if err != nil {
		return nil, authorError(err.Error())
	}
	return c.format(t, pattern)
}

// pluralise chooses between the forms of a word; # in the form chosen is the number. Languages with
// more than two forms name the others: plural: "# plik", "# pliku", few: "# pliki", many: "# plików".
func pluralise(count any, v *voice, args []any) (any, error) {
	if count == nil {
		return nil, nil
	}
	x, ok := asNumber(count)
	if !ok {
		return nil, errNumber
	}
	form, name := asText(argument(args, 1)), ""
	switch v.pluralForm(x) {
	case plural.Zero:
		name = "zero"
	case plural.One:
		form = asText(argument(args, 0))
	case plural.Two:
		name = "two"
	case plural.Few:
		name = "few"
	case plural.Many:
		name = "many"
	}
	if named, ok := argument(args, 2).(map[string]any); ok {
		if s, ok := named[name].(string); ok {
			form = s
		}
	}
	form = strings.ReplaceAll(form, "# ", "#"+noBreakSpace) // a number stays with what it counts
	return bounded(strings.ReplaceAll(form, "#", v.decimalOf(x)))
}

func bounded(s string) (any, error) {
	if len(s) > maxValue {
		return nil, errTooLong
	}
	return s, nil
}

func argument(args []any, i int) any {
	if i < len(args) {
		return args[i]
	}
	return nil
}

// asText is a value as it is printed.
func asText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case int:
		return strconv.Itoa(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	case time.Time:
		return v.Format("2006-01-02 15:04:05 -0700")
	case []any:
		var b strings.Builder
		for _, member := range v {
			b.WriteString(asText(member))
		}
		return b.String()
	}
	return fmt.Sprint(v)
}

func asNumber(v any) (float64, bool) {
	switch v := v.(type) {
	case nil:
		return 0, false
	case float64:
		return v, !math.IsNaN(v) && !math.IsInf(v, 0)
	case string:
		x, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
		return x, err == nil && !math.IsNaN(x) && !math.IsInf(x, 0)
	}
	if r := reflect.ValueOf(v); r.CanInt() {
		return float64(r.Int()), true
	}
	return 0, false
}
