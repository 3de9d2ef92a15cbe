package profile

import (
	"math"

	"github.com/aparte-dev/aparte"
)

// decimal is a number as it was spelt: digits × 10^exp, exact to 18 digits. The zero value is no number.
type decimal struct {
	digits   int64
	exp      int
	negative bool
	known    bool
}

// parseDecimal reads a JSON number or the same as text: 19, 19.90, 1.99e1. Anything else, "abc" or
// "1,299.00", is no number. Digits beyond the 18th are cut off.
func parseDecimal(b []byte) decimal {
	var d decimal
	if len(b) > 0 && b[0] == '-' {
		d.negative, b = true, b[1:]
	}
	point, seen := false, false
	for len(b) > 0 && b[0] != 'e' && b[0] != 'E' {
		switch c := b[0]; {
		case c == '.' && !point:
			point = true
		case c >= '0' && c <= '9':
			seen = true
			if d.digits < 1e17 {
				d.digits = d.digits*10 + int64(c-'0')
			} else {
				d.exp++
			}
			if point {
				d.exp--
			}
		default:
			return decimal{}
		}
		b = b[1:]
	}
	exp, ok := exponent(b)
	if !seen || !ok {
		return decimal{}
	}
	d.exp += exp
	d.known = true
	return d
}

// exponent reads what follows a number's digits: nothing, or e and up to three digits.
func exponent(b []byte) (int, bool) {
	if len(b) == 0 {
		return 0, true
	}
	b = b[1:]
	sign := 1
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		if b[0] == '-' {
			sign = -1
		}
		b = b[1:]
	}
	if len(b) == 0 || len(b) > 3 {
		return 0, false
	}
	n := 0
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return sign * n, true
}

// minor is the amount in minor units of a currency, from 0 to maxAmount, half a unit rounded up; ok is
// false for anything else.
func (d decimal) minor(currency string) (amount int64, ok bool) {
	return d.scaled(aparte.MinorDigits(currency), maxAmount)
}

// quantity is a whole number from 1 to maxQuantity, and 1 where there is none.
func (d decimal) quantity() int64 {
	n, ok := d.scaled(0, maxQuantity)
	if !ok || n < 1 || !d.whole() {
		return 1
	}
	return n
}

// whole reports whether the number is an integer.
func (d decimal) whole() bool {
	n := d.digits
	for exp := d.exp; exp < 0 && n != 0; exp++ {
		if n%10 != 0 {
			return false
		}
		n /= 10
	}
	return true
}

// scaled is d × 10^shift, rounded to an integer, half up, where it lies from 0 to most.
func (d decimal) scaled(shift int, most int64) (int64, bool) {
	if !d.known || d.negative && d.digits != 0 {
		return 0, false
	}
	n, exp := d.digits, d.exp+shift
	for ; exp > 0 && n != 0; exp-- {
		if n > most {
			return 0, false
		}
		n *= 10
	}
	for ; exp < -1 && n != 0; exp++ {
		n /= 10
	}
	if exp < 0 {
		n = n/10 + n%10/5
	}
	return n, n <= most
}

// plus is a + b, held at the ends of the range.
func plus(a, b int64) int64 {
	switch sum := a + b; {
	case b > 0 && sum < a:
		return math.MaxInt64
	case b < 0 && sum > a:
		return math.MinInt64
	default:
		return sum
	}
}

// currencyCode is an ISO 4217 code in capitals, or empty for what cannot be one.
func currencyCode(b []byte) string {
	if len(b) != 3 {
		return ""
	}
	var code [3]byte
	for i, c := range b {
		if c |= 0x20; c < 'a' || c > 'z' {
			return ""
		}
		code[i] = b[i] &^ 0x20
	}
	switch string(code[:]) { // the usual ones without an allocation
	case "EUR":
		return "EUR"
	case "GBP":
		return "GBP"
	case "USD":
		return "USD"
	}
	return string(code[:])
}
