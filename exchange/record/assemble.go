package record

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

func leaves(n parquet.Node) int {
	if n.Leaf() {
		return 1
	}
	sum := 0
	for _, f := range n.Fields() {
		sum += leaves(f)
	}
	return sum
}

// cellOf is a field of a row: text stays text, everything else becomes JSON.
func cellOf(f parquet.Field, columns [][]parquet.Value) (Cell, error) {
	out, isText, err := assemble(nil, f, columns, level{})
	if err != nil {
		return Cell{}, fmt.Errorf("%.64q: %w", f.Name(), err)
	}
	c := Cell{f.Name(), string(out), true}
	if isText {
		c = Cell{f.Name(), c.Plain(), false}
	}
	return c, nil
}

// level is how deep in repetitions and definitions a node stands.
type level struct{ repetition, definition int }

// assemble appends the JSON of a node, from the values of its leaves' columns. How values of columns make records again
// is in Melnik et al., "Dremel: Interactive Analysis of Web-Scale Datasets" (VLDB 2010), section 4.
func assemble(out []byte, n parquet.Node, columns [][]parquet.Value, at level) (_ []byte, text bool, err error) {
	if len(columns) == 0 || len(columns[0]) == 0 {
		return append(out, "null"...), false, nil
	}
	switch {
	case n.Optional():
		if at.definition++; columns[0][0].DefinitionLevel() < at.definition {
			return append(out, "null"...), false, nil
		}
	case n.Repeated():
		at.repetition++
		at.definition++
		out, err = assembleList(out, n, columns, at)
		return out, false, err
	}
	if n.Leaf() {
		return appendLeaf(out, n, columns[0][0])
	}
	if fields := n.Fields(); len(fields) == 1 && fields[0].Repeated() {
		within := level{at.repetition + 1, at.definition + 1}
		switch inner := fields[0]; logicalOf(n).(type) {
		case *format.ListType:
			element := parquet.Node(inner)
			if !inner.Leaf() && len(inner.Fields()) == 1 {
				element = inner.Fields()[0]
			}
			out, err = assembleList(out, element, columns, within)
			return out, false, err
		case *format.MapType:
			if !inner.Leaf() && len(inner.Fields()) == 2 {
				out, err = assembleMap(out, inner.Fields(), columns, within)
				return out, false, err
			}
		}
	}
	out = append(out, '{')
	for i, f := range n.Fields() {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(out, quote(f.Name())...), ':')
		k := leaves(f)
		if out, _, err = assemble(out, f, columns[:k], at); err != nil {
			return nil, false, err
		}
		columns = columns[k:]
	}
	return append(out, '}'), false, nil
}

// elements parts the values of columns into those of each element of the repetition at a level.
func elements(columns [][]parquet.Value, at level) (parts [][][]parquet.Value) {
	if columns[0][0].DefinitionLevel() < at.definition {
		return nil // an empty list
	}
	for c, values := range columns {
		part := 0
		for i, start := 1, 0; i <= len(values); i++ {
			if i < len(values) && values[i].RepetitionLevel() > at.repetition {
				continue
			}
			if c == 0 {
				parts = append(parts, make([][]parquet.Value, len(columns)))
			}
			if part < len(parts) {
				parts[part][c] = values[start:i]
			}
			part, start = part+1, i
		}
	}
	return parts
}

// required is a node as if it were there once, its own repetition having been seen to.
type required struct{ parquet.Node }

func (required) Optional() bool { return false }
func (required) Repeated() bool { return false }

func assembleList(out []byte, element parquet.Node, columns [][]parquet.Value, at level) (_ []byte, err error) {
	if element.Repeated() {
		element = required{element}
	}
	out = append(out, '[')
	for i, part := range elements(columns, at) {
		if i > 0 {
			out = append(out, ',')
		}
		if out, _, err = assemble(out, element, part, at); err != nil {
			return nil, err
		}
	}
	return append(out, ']'), nil
}

func assembleMap(out []byte, pair []parquet.Field, columns [][]parquet.Value, at level) (_ []byte, err error) {
	out = append(out, '{')
	keys := leaves(pair[0])
	for i, part := range elements(columns, at) {
		if i > 0 {
			out = append(out, ',')
		}
		key, _, err := assemble(nil, pair[0], part[:keys], at)
		if err != nil {
			return nil, err
		}
		name := Cell{Text: string(key), JSON: true}
		out = append(append(out, quote(name.Plain())...), ':')
		if out, _, err = assemble(out, pair[1], part[keys:], at); err != nil {
			return nil, err
		}
	}
	return append(out, '}'), nil
}

// appendLeaf appends a value; text says that it is one.
func appendLeaf(out []byte, n parquet.Node, v parquet.Value) (_ []byte, text bool, err error) {
	if v.IsNull() {
		return append(out, "null"...), false, nil
	}
	switch logical := logicalOf(n).(type) {
	case *format.TimestampType:
		if v.Kind() == parquet.Int64 && logical.Unit.Value != nil {
			return quoteTime(out, instant(v.Int64(), logical.Unit.Value.Duration())), true, nil
		}
	case *format.DateType:
		if v.Kind() == parquet.Int32 {
			day := time.Unix(0, 0).UTC().AddDate(0, 0, int(v.Int32()))
			return append(out, quote(day.Format(time.DateOnly))...), true, nil
		}
	case *format.DecimalType:
		return appendDecimal(out, v, int(logical.Scale))
	case *format.UUIDType:
		if u := hex.EncodeToString(v.ByteArray()); len(u) == 32 {
			return append(out, quote(u[:8]+"-"+u[8:12]+"-"+u[12:16]+"-"+u[16:20]+"-"+u[20:])...), true, nil
		}
	case *format.JsonType:
		doc := jsontext.Value(v.ByteArray()).Clone()
		if !doc.IsValid() || doc.Compact() != nil {
			return nil, false, errors.New("no JSON where the file says so")
		}
		return append(out, doc...), false, nil
	}
	return appendPhysical(out, v)
}

func appendPhysical(out []byte, v parquet.Value) (_ []byte, text bool, err error) {
	switch v.Kind() {
	case parquet.Boolean:
		return strconv.AppendBool(out, v.Boolean()), false, nil
	case parquet.Int32:
		return strconv.AppendInt(out, int64(v.Int32()), 10), false, nil
	case parquet.Int64:
		return strconv.AppendInt(out, v.Int64(), 10), false, nil
	case parquet.Float, parquet.Double:
		x, bits := v.Double(), 64
		if v.Kind() == parquet.Float {
			x, bits = float64(v.Float()), 32
		}
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return nil, false, errors.New("not a finite number")
		}
		return strconv.AppendFloat(out, x, 'g', -1, bits), false, nil
	case parquet.ByteArray, parquet.FixedLenByteArray:
		if !utf8.Valid(v.ByteArray()) {
			return nil, false, errors.New("bytes that are not UTF-8")
		}
		return append(out, quote(string(v.ByteArray()))...), true, nil
	case parquet.Int96:
		return quoteTime(out, int96(v.Int96())), true, nil
	}
	return nil, false, fmt.Errorf("values of kind %s are not read", v.Kind())
}

func quoteTime(out []byte, at time.Time) []byte {
	return append(out, quote(at.UTC().Format(time.RFC3339Nano))...)
}

func instant(n int64, unit time.Duration) time.Time {
	switch unit {
	case time.Millisecond:
		return time.UnixMilli(n)
	case time.Microsecond:
		return time.UnixMicro(n)
	}
	return time.Unix(0, n)
}

// logicalOf is the logical type of a node, nil where it has none.
func logicalOf(n parquet.Node) format.LogicalTypeValue {
	if t := n.Type().LogicalType(); t != nil {
		return t.Value
	}
	return nil
}

// int96 is an instant as older writers have it: nanoseconds of a Julian day, then the day
// (https://github.com/apache/parquet-format/blob/master/LogicalTypes.md, deprecated there).
func int96(v [3]uint32) time.Time {
	const epoch = 2440588 // the Julian day of 1970-01-01
	nanos := int64(v[1])<<32 | int64(v[0])
	return time.Unix((int64(v[2])-epoch)*86400, nanos)
}

// appendDecimal appends unscaled × 10^-scale, exactly.
func appendDecimal(out []byte, v parquet.Value, scale int) (_ []byte, text bool, err error) {
	const deepest = 76 // digits of the widest decimal in use
	if scale > deepest {
		return nil, false, fmt.Errorf("a decimal with %d digits behind the point", scale)
	}
	n := new(big.Int)
	switch v.Kind() {
	case parquet.Int32:
		n.SetInt64(int64(v.Int32()))
	case parquet.Int64:
		n.SetInt64(v.Int64())
	default:
		b := v.ByteArray() // two's complement, the highest byte first
		if n.SetBytes(b); len(b) > 0 && b[0] >= 0x80 {
			n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
		}
	}
	if scale <= 0 {
		return n.Append(out, 10), false, nil
	}
	digits := new(big.Int).Abs(n).String()
	for len(digits) <= scale {
		digits = "0" + digits
	}
	if n.Sign() < 0 {
		out = append(out, '-')
	}
	return append(append(append(out, digits[:len(digits)-scale]...), '.'), digits[len(digits)-scale:]...), false, nil
}
