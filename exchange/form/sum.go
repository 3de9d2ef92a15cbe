package form

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/aparte-dev/aparte/exchange/record"
)

func (t *sum) columns(names []string) []string {
	if t.b != "" {
		names = append(names, t.b)
	}
	return append(names, t.a)
}

// render is the sum over all rows; each number counts to its last digit. A row without one cannot be taken.
func (t *sum) render(s *situation) jsontext.Value {
	if s.gist {
		return nil
	}
	total, digits := new(big.Rat), 0
	for _, row := range s.rows {
		product, places := big.NewRat(1, 1), 0
		for _, column := range []string{t.a, t.b} {
			if column == "" {
				continue
			}
			c, _ := row.Cell(column)
			text := strings.TrimSpace(c.Plain())
			if _, ok := number(text); !ok {
				return s.failOf(row, column)
			}
			x, ok := new(big.Rat).SetString(string(decimal(text)))
			if !ok {
				return s.failOf(row, column)
			}
			_, behind, _ := strings.Cut(string(decimal(text)), ".")
			product, places = product.Mul(product, x), places+len(behind)
		}
		total, digits = total.Add(total, product), max(digits, places)
	}
	return jsontext.Value(total.FloatString(digits))
}

func (s *situation) failOf(row *record.Record, column string) jsontext.Value {
	if s.bad == nil {
		s.bad = row.Bad(column, "not a number")
	}
	return nil
}

// number reads a finite number, spelt with digits, a point and an exponent.
func number(text string) (float64, bool) {
	if strings.Trim(text, "0123456789+-.eE") != "" || len(text) > 64 {
		return 0, false
	}
	x, err := strconv.ParseFloat(text, 64)
	return x, err == nil && !math.IsInf(x, 0)
}

// decimal is a number as JSON spells it: as it is where JSON has it so, else as the shortest that reads the same.
func decimal(text string) jsontext.Value {
	if v := jsontext.Value(text); v.IsValid() && !strings.ContainsAny(text, "eE") {
		return v
	}
	x, _ := number(text)
	return jsontext.Value(strconv.FormatFloat(x, 'f', -1, 64))
}
