package residual

import (
	"math"
	"time"

	"github.com/aparte-dev/aparte"
)

// Terms is what a brand wants to be told.
type Terms struct {
	Model    aparte.Buying `json:"model"`
	Days     float64       `json:"days"`             // how far ahead
	Discount float64       `json:"discount"`         // a year, as a share
	Period   float64       `json:"period,omitempty"` // of a contract, in days
	Currency string        `json:"currency"`
}

// TermsOf are those of a brand.
func TermsOf(b *aparte.Brand) Terms {
	t := Terms{
		Model: b.Lifetime.Model, Days: days(b.Lifetime.Horizon), Discount: b.Lifetime.Discount,
		Period: days(b.Lifetime.Period), Currency: b.Currency,
	}
	if t.Model == "" {
		t.Model = aparte.ParetoNBD
	}
	if t.Days == 0 {
		t.Days = year
	}
	return t
}

const year = 365.25 // days

func days(d aparte.Duration) float64 { return d.Std().Hours() / 24 }

// rate is the discount of a day, compounded continuously.
func (t *Terms) rate() float64 { return -math.Log1p(-t.Discount) / year }

// checked is the time at the end of which a model is not told: a quarter, and no longer than it looks ahead.
func (t *Terms) checked() time.Duration {
	return time.Duration(min(t.Days, year/4) * 24 * float64(time.Hour)).Truncate(24 * time.Hour)
}
