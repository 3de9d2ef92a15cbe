package table

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// splitAll splits a text, and keeps the lines that were passed over.
func splitAll(from io.Reader) (rows [][]string, passed []string, err error) {
	s := splitter{from: from, comma: ',', next: 1}
	for {
		err := s.row()
		var quote *misplaced
		switch {
		case err == io.EOF:
			return rows, passed, nil
		case errors.As(err, &quote):
			passed = append(passed, s.text)
		case err != nil:
			return rows, passed, err
		default:
			rows = append(rows, slices.Clone(s.cells))
		}
	}
}

// What the standard library can read is read alike, however it arrives.
func TestRowsAreSplitAsTheStandardLibrarySplitsThem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching("([ab,\"\n\r]|\"\"|,\"|\",|\r\n){0,40}").Draw(t, "text")
		r := csv.NewReader(strings.NewReader(text))
		r.FieldsPerRecord = -1
		want, wantErr := r.ReadAll()
		from := io.Reader(strings.NewReader(text))
		if rapid.Bool().Draw(t, "byte by byte") {
			from = iotest.OneByteReader(from)
		}
		got, passed, err := splitAll(from)
		if err != nil {
			t.Fatal(err)
		}
		if (wantErr == nil) != (len(passed) == 0) {
			t.Fatalf("the standard library says %v, passed over %q", wantErr, passed)
		}
		if diff := cmp.Diff(want, got); wantErr == nil && diff != "" {
			t.Fatalf("%q (-standard library +here)\n%s", text, diff)
		}
	})
}

func TestAQuoteOutOfPlaceSpoilsItsLineOnly(t *testing.T) {
	for text, want := range map[string]string{
		"1,\"x\n2,y\n3,z\n":      `[[2 y] [3 z]] ["1,\"x"]`,
		"1,x\"y\n2,y\n":          `[[2 y]] ["1,x\"y"]`,
		"1,\"x\n2,\"y\"\n3,z\n":  `[[2 y] [3 z]] ["1,\"x"]`,
		"\"1\"x,\"a\nb\"\n2,y\n": `[[2 y]] ["\"1\"x,\"a" "b\""]`,
		"1,\"x\n" + strings.Repeat("22,y\n", MaxRow/4) + "3,z\n": "", // further away than any row is long
	} {
		rows, passed, err := splitAll(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if want == "" {
			if len(rows) != MaxRow/4+1 || len(passed) != 1 {
				t.Errorf("%d rows, %d lines passed over", len(rows), len(passed))
			}
			continue
		}
		if got := fmt.Sprintf("%v %q", rows, passed); got != want {
			t.Errorf("%q\ngot  %s\nwant %s", text, got, want)
		}
	}
}
