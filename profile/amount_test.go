package profile

import (
	"fmt"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
)

func TestAmountsAreExact(t *testing.T) {
	for _, c := range []struct {
		text, currency string
		want           int64
		ok             bool
	}{
		{"19.99", "EUR", 1999, true},
		{"19.989999999999998", "EUR", 1999, true}, // what a browser makes of 19.99
		{"0.1", "EUR", 10, true},
		{"1.005", "EUR", 101, true}, // as a float it would be 100
		{"1.0049999999999999999999", "EUR", 100, true},
		{"19", "EUR", 1900, true},
		{"19.", "EUR", 1900, true},
		{".5", "EUR", 50, true},
		{"1.5e2", "EUR", 15000, true},
		{"15000e-2", "EUR", 15000, true},
		{"1499.5", "JPY", 1500, true},
		{"1.2345", "KWD", 1235, true},
		{"0", "EUR", 0, true},
		{"-0", "EUR", 0, true},
		{"0e999", "EUR", 0, true},
		{"1e-999", "EUR", 0, true},
		{"100000000000", "EUR", maxAmount, true},
		{"100000000000.01", "EUR", 0, false},
		{"-1", "EUR", 0, false},
		{"1e400", "EUR", 0, false},
		{"1e4000", "EUR", 0, false},
		{"NaN", "EUR", 0, false},
		{"Infinity", "EUR", 0, false},
		{"abc", "EUR", 0, false},
		{"1,299.00", "EUR", 0, false},
		{"1.2.3", "EUR", 0, false},
		{"€5", "EUR", 0, false},
		{"1e", "EUR", 0, false},
		{"1e+", "EUR", 0, false},
		{".", "EUR", 0, false},
		{"-", "EUR", 0, false},
		{"", "EUR", 0, false},
	} {
		got, ok := parseDecimal([]byte(c.text)).minor(c.currency)
		if ok != c.ok || ok && got != c.want {
			t.Errorf("%q in %s = %d, %v, want %d, %v", c.text, c.currency, got, ok, c.want, c.ok)
		}
	}
}

// Whatever the spelling, the amount is what exact arithmetic says, half a unit rounded up.
func TestAmountsAgreeWithExactArithmetic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[0-9]{1,9}(\.[0-9]{1,8})?(e[+-]?[0-9])?`).Draw(t, "text")
		currency := rapid.SampledFrom([]string{"EUR", "JPY", "KWD"}).Draw(t, "currency")
		r, _ := new(big.Rat).SetString(text)
		r.Mul(r, big.NewRat(int64([]int{1, 10, 100, 1000}[aparte.MinorDigits(currency)]), 1))
		r.Add(r, big.NewRat(1, 2))
		want := new(big.Int).Div(r.Num(), r.Denom())
		got, ok := parseDecimal([]byte(text)).minor(currency)
		if ok != (want.Cmp(big.NewInt(maxAmount)) <= 0) || ok && got != want.Int64() {
			t.Fatalf("%s in %s = %d, %v, want %s", text, currency, got, ok, want)
		}
	})
}

func TestQuantities(t *testing.T) {
	for text, want := range map[string]int64{
		"3": 3, "3.0": 3, "30e-1": 3, "1000000": maxQuantity, "1000001": 1, "0": 1, "-2": 1, "1.5": 1, "abc": 1, "": 1,
	} {
		if got := parseDecimal([]byte(text)).quantity(); got != want {
			t.Errorf("%q = %d, want %d", text, got, want)
		}
	}
}

func TestCurrencies(t *testing.T) {
	for text, want := range map[string]string{"EUR": "EUR", "eur": "EUR", "chf": "CHF", "EURO": "", "E1R": "", "": "", "€": ""} {
		if got := currencyCode([]byte(text)); got != want {
			t.Errorf("%q = %q, want %q", text, got, want)
		}
	}
}

func TestSumsStayInRange(t *testing.T) {
	const most, least = 1<<63 - 1, -1 << 63
	for _, c := range [][3]int64{{1, 2, 3}, {most, 1, most}, {least, -1, least}, {most, -1, most - 1}, {least, most, -1}} {
		if got := plus(c[0], c[1]); got != c[2] {
			t.Errorf("%d + %d = %d, want %d", c[0], c[1], got, c[2])
		}
	}
}

// orderOf is an order of n lines.
func orderOf(n int) string {
	lines := make([]string, n)
	for i := range lines {
		lines[i] = fmt.Sprintf(`{"product_id": "sku-%d", "sku": "G-32", "category": "Games", "name": "Monopoly: 3rd Edition", "price": 18.99, "quantity": 2, "currency": "EUR"}`, i*7)
	}
	return `{"order_id": "o-1", "total": 27.5, "revenue": 25, "shipping": 3, "currency": "EUR", "products": [` + strings.Join(lines, ",") + `]}`
}
