package example

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/exchange/table"
)

func decisions(name string, r io.Reader, aside *table.Aside) (all []Decision, err error) {
	err = Decisions(name, r, aside, func(d *Decision) error {
		all = append(all, *d)
		return nil
	})
	return all, err
}

func rows(name string, r io.Reader, aside *table.Aside) (all []Row, err error) {
	err = Rows(name, r, aside, func(row *Row) error {
		all = append(all, *row)
		return nil
	})
	return all, err
}

func open(t *testing.T, name string) io.Reader {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.NewReader(b)
}

func f(space, name string, value float32) aparte.Feature {
	return aparte.Feature{Hash: hash(space, name), Value: value}
}

type features = []aparte.Feature

func TestALogOfVowpalWabbitIsReadAsItIs(t *testing.T) {
	got, err := decisions("log.vw", open(t, "log.vw"), nil)
	want := []Decision{
		{Line: 1, Shared: features{f("u", "age", 0.5), f("u", "male", 1)}, Chosen: 1, Cost: 0.2, Propensity: 0.5,
			Actions: []features{{f("a", "sport", 1)}, {f("a", "politics", 1)}, {f("a", "music", 2)}}},
		{Line: 7, Shared: features{f("u", "female", 1)}, Chosen: 0, Cost: 1, Propensity: 0.3,
			Actions: []features{{f("a", "sport", 1)}, {f("a", "politics", 1)}}},
		{Line: 11, Shared: features{f("u", "x", 1)}, Chosen: -1, Actions: []features{{f("a", "s", 1)}, {f("a", "t", 1)}}},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestNamespacesWeighAndTagsMeanNothing(t *testing.T) {
	for text, want := range map[string]features{
		"|a:2 x:3 y":            {f("a", "x", 6), f("a", "y", 2)},
		"| x:3 y":               {f("", "x", 3), f("", "y", 1)},
		"tag|a x |b:0.5 x":      {f("a", "x", 1), f("b", "x", 0.5)},
		"'1:2 |a x:-1e1":        {f("a", "x", -10)},
		"|a x x:2 |a x:4":       {f("a", "x", 7)},
		"|a":                    {},
		"|":                     {},
		"1:0:1 tag|a x=y:1":     {f("a", "x=y", 1)},
		"\ufeff|a x":            {f("a", "x", 1)},
		"  |a\tx\r":             {f("a", "x", 1)},
		"|a été:2 # |b":         {f("a", "été", 2), f("a", "#", 1)},
		"shared-tag|a 12:0.5":   {f("a", "12", 0.5)},
		"3:1:0.5 'shared|a x:0": {f("a", "x", 0)},
	} {
		got, err := decisions("log", strings.NewReader(text), nil)
		if err != nil || len(got) != 1 || len(got[0].Actions) != 1 {
			t.Errorf("%q: %+v, %v", text, got, err)
			continue
		}
		if diff := cmp.Diff(want, got[0].Actions[0]); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}

func TestWhatIsWrongWithALogIsNamedByItsPlace(t *testing.T) {
	for text, want := range map[string]string{
		"|a x\n1:2 |a y":                   "log:2: label: not of the form action:cost:probability",
		"\n\nx:1:0.5 |a":                   "log:3: action: not a whole number",
		"0:nan:0.5 |a":                     "log:1: cost: not a finite number",
		"0:x:0.5 |a":                       "log:1: cost: not a number",
		"0:1e10:0.5 |a":                    "log:1: cost: not within ±1e+09",
		"0:1:0 |a":                         "log:1: probability: 0: what is never done was done",
		"0:1:-0.5 |a":                      "log:1: probability: -0.5 is not between 0 and 1",
		"0:1:1.5 |a":                       "log:1: probability: 1.5 is not between 0 and 1",
		"0:1:1e-13 |a":                     "log:1: probability: 1e-13 is too small to divide by",
		"0:1:1 |a\n1:1:1 |b":               "log:2: label: a second one in one decision",
		"0:1:1 1:1:1 |a":                   "log:1: label: 2 words; one action:cost:probability is read",
		"0:1:1|a":                          "log:1: label: it touches the |, which makes it a tag: leave a space",
		"shared|a":                         "log:1: label: it touches the |, which makes it a tag: leave a space",
		"|a x\nshared |u":                  "log:2: shared: not the first line of its decision",
		"shared |u\nshared |u\n|a":         "log:2: shared: not the first line of its decision",
		"shared |u\n\n|a":                  "log:1: actions: none: a shared line alone",
		"a b c":                            "log:1: features: no | before them",
		"|a x:y":                           "log:1: feature: its value is not a number",
		"|a x:1e7":                         "log:1: feature: its value is not within ±1.048576e+06",
		"|a:1e6 x:1e6":                     "log:1: feature: its value times its namespace's weight is not within ±1048576",
		"|a :1":                            "log:1: feature: without a name",
		"|:1 x":                            "log:1: namespace: without a name",
		"|a:y x":                           "log:1: namespace: its value is not a number",
		strings.Repeat("|a x\n", 1001):     "log:1001: actions: more than 1000",
		"|a " + strings.Repeat("x", 1<<20): "log:1: line: longer than 1048576 bytes",
		"|a \xff":                          "log:1: line: not UTF-8",
	} {
		if _, err := decisions("log", strings.NewReader(text), nil); err == nil || err.Error() != want {
			t.Errorf("%.40q: %v, want %s", text, err, want)
		}
	}
}

func TestABadDecisionGoesAsideWhole(t *testing.T) {
	var aside table.Aside
	text := "0:1:0.5 |a x\n|a y\n\nshared |u\n0:1:2 |a x\n0:1:3 |a y\n\n0:1:0.5 |a z\n\nshared |u"
	got, err := decisions("log", strings.NewReader(text), &aside)
	if err != nil || len(got) != 2 || got[1].Line != 8 {
		t.Errorf("%+v, %v", got, err)
	}
	want := table.Aside{Rows: 2, First: []string{"log:5: probability: 2 is not between 0 and 1", "log:10: actions: none: a shared line alone"}}
	if diff := cmp.Diff(want, aside); diff != "" {
		t.Error(diff)
	}
}

func TestARowOfLIBSVMIsReadAsItIsPackedOrNot(t *testing.T) {
	want := []Row{
		{Line: 2, Label: 1, Values: []Value{{1, 0.5}, {3, 2}}},
		{Line: 3, Label: -1, Values: []Value{{2, 1000}}},
		{Line: 5, Label: 7},
		{Line: 6, Label: 1, Values: []Value{{1, -4}}},
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = io.Copy(w, open(t, "rows.libsvm")) // into memory: never fails
	_ = w.Close()
	for _, from := range []io.Reader{open(t, "rows.libsvm"), &packed} {
		got, err := rows("rows", from, nil)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
	}
}

func TestWhatIsWrongWithARowIsNamedByItsPlace(t *testing.T) {
	many := new(strings.Builder)
	for i := range MaxFeatures + 1 {
		fmt.Fprintf(many, " %d:1", i)
	}
	for text, want := range map[string]string{
		"1 1:2\nx 1:2":      "rows:2: label: not a number",
		"1.5 1:2":           "rows:1: label: 1.5 is not a whole number",
		"1,2 1:2":           "rows:1: label: not a number",
		"1e10 1:2":          "rows:1: label: not within ±1e+09",
		"1 qid:3":           "rows:1: index: not a whole number from 0 to 1073741824",
		"1 -1:3":            "rows:1: index: not a whole number from 0 to 1073741824",
		"1 2:1 2:1":         "rows:1: index: 2 after 2: indices rise",
		"1 3:1 2:1":         "rows:1: index: 2 after 3: indices rise",
		"1 3":               "rows:1: value: not of the form index:value",
		"1 3:nan":           "rows:1: value of 3: not a finite number",
		"1 3:1e200":         "rows:1: value of 3: not within ±1e+100",
		"1" + many.String(): "rows:1: values: more than 255 that are not 0",
		"1 3:":              "rows:1: value of 3: not a number",
	} {
		if _, err := rows("rows", strings.NewReader(text), nil); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
		var aside table.Aside
		if got, err := rows("rows", strings.NewReader(text+"\n4 1:1"), &aside); err != nil || aside.Rows != 1 || aside.First[0] != want || got[len(got)-1].Label != 4 {
			t.Errorf("%q: %+v, %v, aside %v", text, got, err, aside)
		}
	}
}

func FuzzDecisions(fz *testing.F) {
	fz.Add("shared |u a:1\n0:1:0.5 |a:2 x\n|b y\n\n'tag|c")
	fz.Add("# x\n0:1:0.5 |a |b\n")
	fz.Fuzz(func(t *testing.T, text string) {
		strict, err := decisions("f", strings.NewReader(text), nil)
		for _, d := range strict {
			if len(d.Actions) == 0 || d.Chosen >= len(d.Actions) || d.Chosen >= 0 && !(d.Propensity > 0 && d.Propensity <= 1) {
				t.Fatalf("%+v", d)
			}
		}
		var bad *table.Error
		if err != nil && (!errors.As(err, &bad) || bad.Line < 1) {
			t.Fatalf("an error without a place: %v", err)
		}
		var aside table.Aside
		lenient, again := decisions("f", strings.NewReader(text), &aside)
		if err == nil && (again != nil || aside.Rows > 0 || cmp.Diff(strict, lenient) != "") {
			t.Fatalf("an aside changes what is good: %v, %+v", again, aside)
		}
	})
}

func FuzzRows(fz *testing.F) {
	fz.Add("1 1:2 3:4 # x\n-1 2:0\n")
	fz.Fuzz(func(t *testing.T, text string) {
		got, err := rows("f", strings.NewReader(text), nil)
		for _, row := range got {
			for i, v := range row.Values {
				if v.Value == 0 || i > 0 && v.Index <= row.Values[i-1].Index {
					t.Fatalf("%+v", row)
				}
			}
		}
		var bad *table.Error
		if err != nil && (!errors.As(err, &bad) || bad.Line < 1) {
			t.Fatalf("an error without a place: %v", err)
		}
	})
}
