package console

import (
	"testing"

	"github.com/aparte-dev/aparte"
)

func TestMoneyThatIsMissingHasItsMinusInFront(t *testing.T) {
	for _, c := range []struct{ lang, currency, want string }{
		{"en", "GBP", "−£0.31"}, {"fr", "GBP", "−0,31\u00a0£"}, {"en", "SEK", "−0.31\u00a0SEK"},
	} {
		if got := moneyText(c.lang, aparte.Money{Amount: -31, Currency: c.currency}); got != c.want {
			t.Errorf("in %s: %q, want %q", c.lang, got, c.want)
		}
	}
}
