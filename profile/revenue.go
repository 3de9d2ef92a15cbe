package profile

import (
	"cmp"
	"slices"
	"strings"

	"github.com/aparte-dev/aparte"
)

// moneyOf is the currency of the money an event speaks of, empty for that of Orders.Revenue: the one of
// the brand, or before there is a brand that of the first event. known is false where neither the event
// nor the brand names one.
func (s *step) moneyOf(f *facts) (currency string, known bool) {
	revenue := &s.p.Orders.Revenue
	if revenue.Currency == "" {
		revenue.Currency = cmp.Or(s.currency, f.currency)
	}
	currency = cmp.Or(f.currency, s.currency)
	if currency == revenue.Currency {
		return "", true
	}
	return currency, currency != ""
}

// earn adds an amount to the revenue in a currency, empty for that of Orders.Revenue, and reports whether
// there was room for it: each currency has a sum of its own, for Aparté never converts, and of others
// than that of Orders.Revenue there are at most MaxCurrencies. What comes to nothing takes no room.
func earn(o *aparte.Orders, currency string, amount int64) bool {
	if currency == "" {
		o.Revenue.Amount = plus(o.Revenue.Amount, amount)
		return true
	}
	if amount == 0 {
		return true
	}
	i, found := slices.BinarySearchFunc(o.OtherRevenue, currency, func(m aparte.Money, c string) int { return strings.Compare(m.Currency, c) })
	switch {
	case found:
		amount = plus(o.OtherRevenue[i].Amount, amount)
	case len(o.OtherRevenue) >= aparte.MaxCurrencies:
		return false
	}
	others := own(o.OtherRevenue, 1)
	switch {
	case !found:
		others = slices.Insert(others, i, aparte.Money{Amount: amount, Currency: currency})
	case amount == 0:
		others = slices.Delete(others, i, i+1)
	default:
		others[i].Amount = amount
	}
	o.OtherRevenue = others
	if len(others) == 0 {
		o.OtherRevenue = nil
	}
	return true
}
