package console

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
)

func spokenBrand(currency string) *aparte.Brand {
	return &aparte.Brand{Currency: currency, Locale: "en", Audiences: []aparte.Audience{{ID: `odd "one" && 'two'`, When: "person.known"}},
		Objectives: []aparte.Objective{{ID: "a == b", Event: "E", Value: "1", Window: 1}}, Scores: []aparte.Score{{Objective: "a == b"}},
		Items: []aparte.Item{{ID: "1", Category: "Tea (green) || not"}}, Personas: []aparte.Persona{{ID: "p", Name: aparte.Words{"en": "P"}, When: "person.known"}}}
}

// rowOf draws a row as forms show them.
func rowOf(t *rapid.T, lang string, fields []field) phrase {
	f := rapid.SampledFrom(fields).Draw(t, "field")
	row := phrase{Field: f.Key, Sign: rapid.SampledFrom(ruleSigns).Draw(t, "sign"), Or: rapid.Bool().Draw(t, "or")}
	if f.kind == ofTruth || f.kind == ofText {
		row.Sign = rapid.SampledFrom([]string{"==", "!="}).Draw(t, "equal")
	}
	text := func() string {
		x := strings.TrimSpace(rapid.OneOf(rapid.SampledFrom([]string{`a && b`, `a || "b"`, `it's`, `\`, `(`, `a  b`, "é\u2028", `== "x"`}), rapid.String()).Draw(t, "text"))
		return strings.ToValidUTF8(x, "?") + "."
	}
	switch {
	case f.kind == ofShare:
		row.Value, _ = f.shown(lang, decimal(float64(rapid.IntRange(0, 1e9).Draw(t, "share"))/1e9))
	case f.kind == ofNumber:
		if row.Value = strconv.Itoa(rapid.IntRange(-1e9, 1e9).Draw(t, "number")); f.real || row.Sign != "==" && row.Sign != "!=" {
			row.Value = decimal(float64(rapid.IntRange(-1e9, 1e9).Draw(t, "number")) / 1e3)
		}
	case f.kind == ofMoney:
		row.Value = majorOf(lang, rapid.Int64Range(-1e12, 1e12).Draw(t, "minor"), f.currency)
	case f.kind == ofText && f.among != "":
		row.Value = named(lang, f.among, rapid.SampledFrom(valuesOf(&f)).Draw(t, "value"))
	case f.Key == "trait":
		row.Value = "pet.name = " + text()
	case f.kind == ofText:
		row.Value = text()
	}
	return row
}

func decimal(x float64) string {
	return strconv.FormatFloat(x, 'f', -1, 64)
}

func TestWhatRowsSayIsARuleThatTheSameRowsSay(t *testing.T) {
	for _, lang := range []string{"en", "fr"} {
		for _, currency := range []string{"EUR", "JPY", "KWD"} {
			b := spokenBrand(currency)
			fields := fieldsOf(lang, b)
			plan, err := decide.Compile(&aparte.Brand{Currency: currency, Locale: "en", Audiences: b.Audiences, Objectives: b.Objectives, Scores: b.Scores, Items: b.Items, Personas: b.Personas}, 1)
			if err != nil {
				t.Fatal(err)
			}
			rapid.Check(t, func(t *rapid.T) {
				said := phrasing{Any: rapid.Bool().Draw(t, "any")}
				for range rapid.IntRange(1, 6).Draw(t, "rows") {
					said.Rows = append(said.Rows, rowOf(t, lang, fields))
				}
				said.Rows[0].Or = false
				if len(said.Rows) == 1 || !slices.ContainsFunc(said.Rows[1:], func(p phrase) bool { return p.Or != said.Rows[1].Or }) {
					said.Any = false // it says nothing there
				}
				cel, err := condition(lang, fields, said)
				if err != nil {
					t.Fatalf("%+v: %v", said, err)
				}
				again, ok := phrases(lang, fields, cel)
				if !ok {
					t.Fatalf("%s: no rows say it, which came of %+v", cel, said)
				}
				if diff := cmp.Diff(said, again, cmp.AllowUnexported(phrasing{})); diff != "" {
					t.Fatalf("%s: %s", cel, diff)
				}
				if inWords(lang, fields, cel) == "" {
					t.Fatalf("%s is not told in words", cel)
				}
				if _, err := plan.Mentions(cel); err != nil {
					t.Fatalf("%s: %v", cel, err)
				}
			})
		}
	}
}

func TestAndAndOrAreReadAsTheFormSays(t *testing.T) {
	fields := fieldsOf("en", spokenBrand("EUR"))
	rows := func(signs string) (all []phrase) {
		for i, key := range []string{"orders", "revenue", "known"} {
			value := map[string]string{"orders": "3", "revenue": "1 250,50 €"}[key]
			sign := "=="
			if value != "" {
				sign = ">="
			}
			all = append(all, phrase{Field: key, Sign: sign, Value: value, Or: signs[i] == '|'})
		}
		return all
	}
	for _, test := range []struct {
		signs string
		any   bool
		want  string
		words string
	}{
		{"&&&", false, "person.orders >= 3 && person.revenue >= 125050 && person.known", "Number of orders is at least 3, and spent in all (EUR) is at least 1250.50, and we know who they are."},
		{"&||", true, "person.orders >= 3 || person.revenue >= 125050 || person.known", "Number of orders is at least 3, or spent in all (EUR) is at least 1250.50, or we know who they are."},
		{"&|&", false, "(person.orders >= 3 || person.revenue >= 125050) && person.known", "Number of orders is at least 3 or spent in all (EUR) is at least 1250.50, and we know who they are."},
		{"&&|", true, "person.orders >= 3 && person.revenue >= 125050 || person.known", "Number of orders is at least 3 and spent in all (EUR) is at least 1250.50, or we know who they are."},
	} {
		got, err := condition("en", fields, phrasing{rows(test.signs), test.any})
		if err != nil || got != test.want {
			t.Errorf("%s: %s, %v", test.signs, got, err)
		}
		if words := inWords("en", fields, got); words != test.words {
			t.Errorf("%s: %s", got, words)
		}
	}
}

func TestAmountsAreTypedInUnitsAndKeptToTheLastCent(t *testing.T) {
	for _, test := range []struct {
		text, currency string
		want           int64
		ok             bool
	}{
		{"12.50 EUR", "EUR", 1250, true}, {"12,5", "EUR", 1250, true}, {"€1 250", "EUR", 125000, true}, {"1 250,50 €", "EUR", 125050, true},
		{"0.07", "GBP", 7, true}, {"−3", "GBP", -300, true}, {"1250", "JPY", 1250, true}, {"1.234", "KWD", 1234, true},
		{"1.234", "EUR", 0, false}, {"1,250", "EUR", 0, false}, {"12.5", "JPY", 0, false}, {"12 USD", "EUR", 0, false}, {"", "EUR", 0, false}, {"1e3", "EUR", 0, false},
		{"99999999999999999", "EUR", 0, false}, {"NaN", "EUR", 0, false},
	} {
		if got, ok := minorOf(test.text, test.currency); got != test.want || ok != test.ok {
			t.Errorf("%q in %s is %d, %v", test.text, test.currency, got, ok)
		}
	}
}
