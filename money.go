package aparte

import "fmt"

// Money is an amount in minor units (cents, pence) of an ISO 4217 currency. The zero value is no
// money in no currency.
type Money struct {
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
}

// MinorDigits is how many decimal digits separate the minor from the major unit of a currency,
// 2 for those it does not list. Source: ISO 4217, list one.
func MinorDigits(currency string) int {
	switch currency {
	case "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF":
		return 0
	case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND":
		return 3
	}
	return 2
}

// String is the amount with its currency, such as "12.50 GBP", the same in every locale: for logs and
// tests. What a person reads is formatted by compose.
func (m Money) String() string {
	digits := MinorDigits(m.Currency)
	sign, n := "", uint64(m.Amount)
	if m.Amount < 0 {
		sign, n = "-", -n
	}
	unit := uint64(1)
	for range digits {
		unit *= 10
	}
	if digits == 0 {
		return fmt.Sprintf("%s%d %s", sign, n, m.Currency)
	}
	return fmt.Sprintf("%s%d.%0*d %s", sign, n/unit, digits, n%unit, m.Currency)
}
