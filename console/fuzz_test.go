package console

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
)

// A rule that is put together from rows is a rule, whatever is typed there, and one that is shown as rows is what they say.
func FuzzRows(f *testing.F) {
	b := &aparte.Brand{
		Name: "Lantern", Home: "https://www.lantern.example", Currency: "EUR", Locale: "en-GB", Zone: "Europe/Paris",
		Audiences:  []aparte.Audience{{ID: `a"b`, Name: aparte.Words{"en": "A"}, When: "person.orders >= 1"}},
		Objectives: []aparte.Objective{{ID: "order", Name: aparte.Words{"en": "An order"}, Event: "Order Completed", Value: "1", Window: aparte.Duration(3600e9)}},
		Personas:   []aparte.Persona{{ID: "tea", Name: aparte.Words{"en": "Tea"}, When: "person.orders >= 1"}},
	}
	fields := fieldsOf("en", b)
	for _, row := range []phrase{
		{Field: "stage", Sign: "==", Value: "active"}, {Field: "orders", Sign: ">=", Value: "3"}, {Field: "orders", Sign: ">=", Value: "1e14"}, {Field: "order_due", Sign: "<", Value: "12,5 %"}, {Field: "trait", Sign: "==", Value: `club = "yes" && 1 == 1`}, {Field: "country", Sign: "!=", Value: "F\x00R\xff'\\"},
		{Field: "item_category", Sign: "==", Value: "a && b"}, {Field: "persona:tea", Sign: "!=", Value: ""}, {Field: "hour", Sign: "<=", Value: "0x10"}, {Field: "content_kind", Sign: "==", Value: "') || true || ('"}, {Field: "cart_value", Sign: ">", Value: "-0"}, {Field: "revenue", Sign: "<", Value: "Infinity"},
	} {
		f.Add(row.Field, row.Sign, row.Value, "person.orders >= 3 && person.lifecycle == 'active'")
	}
	f.Add("", "", "", "traits.club == \"a\\u0000\" && !(person.known)")
	for _, when := range []string{`person.orders >= 3 && (person.lifecycle == "new" || person.revenue > 1250)`, `person.known && person.orders > 1 || cart.lines < 2`, `((person.known))`, `person.known // x`, `"`, `'\\`, `!("odd" in audiences)`} {
		f.Add("revenue", "==", "12.50", when)
	}
	f.Fuzz(func(t *testing.T, name, sign, value, when string) {
		said, err := condition("en", fields, phrasing{Rows: []phrase{{Field: name, Sign: sign, Value: value}}})
		if err == nil && said != "" {
			with := *b
			with.Rules = []aparte.Rule{{ID: "rule", Name: aparte.Words{"en": "A rule"}, When: said}}
			if _, err := decide.Compile(&with, 1); err != nil {
				t.Fatalf("%q %q %q is %q: %v", name, sign, value, said, err)
			}
		}
		rows, ok := phrases("en", fields, when)
		if !ok {
			return
		}
		again, err := condition("en", fields, rows)
		if err != nil || spaced(when) != again {
			t.Fatalf("%q is shown as rows that say %q: %v", when, again, err)
		}
		inWords("fr", fieldsOf("fr", b), when)
	})
}

// Who signs in goes to a page of the console, in a language that it has, whatever they bring along.
func FuzzWayIn(f *testing.F) {
	for _, to := range []string{"/console/people", "/console/../../x", "//evil.example", "/console//evil.example", "/console/\\evil.example", "https://evil.example/console/", "/console/?to=\r\nX: y", "/console/sign-in"} {
		f.Add(to, "fr-FR,en;q=0.1", languageCookie+"=fr")
		f.Add(to, "", languageCookie+"=../..; a=b")
	}
	f.Fuzz(func(t *testing.T, to, accepted, cookie string) {
		home := homeward(to)
		at, err := url.Parse(home)
		if err == nil && (at.Host != "" || at.Scheme != "" || !strings.HasPrefix(home, "/console/")) || strings.ContainsAny(home, "\r\n") {
			t.Fatalf("%q leads to %q", to, home)
		}
		r := httptest.NewRequest(http.MethodGet, "/console/", nil)
		r.Header["Accept-Language"], r.Header["Cookie"] = []string{accepted}, []string{cookie}
		if lang := language(r); lang != "en" && lang != "fr" {
			t.Fatalf("%q and %q are answered in %q", accepted, cookie, lang)
		}
	})
}
