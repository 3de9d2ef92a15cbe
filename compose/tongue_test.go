package compose

import (
	"math/big"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
)

func tongueOf(t testing.TB, locale string) *tongue {
	t.Helper()
	tongue, err := newTongue(locale)
	if err != nil {
		t.Fatal(err)
	}
	return tongue
}

// plain shows no-break spaces as _, so that a table can be read.
func plain(s string) string { return strings.NewReplacer("\u00a0", "_", "\u202f", "_").Replace(s) }

func TestMoneyIsWrittenAsTheLocaleWritesIt(t *testing.T) {
	for _, test := range []struct {
		locale   string
		amount   int64
		currency string
		want     string
	}{
		{"fr", 2490, "EUR", "24,90_€"}, {"fr-CA", 123450, "CAD", "1_234,50_$"}, {"fr-CH", 2490, "CHF", "24,90_CHF"},
		{"en", 2490, "EUR", "€24.90"}, {"en-GB", 123456789, "GBP", "£1,234,567.89"}, {"en", -5, "USD", "-$0.05"},
		{"en-GB", 2490, "CHF", "CHF_24.90"}, {"en-GB", 2490, "SEK", "kr_24.90"},
		{"de", 100000, "EUR", "1.000,00_€"}, {"de-CH", 123450, "CHF", "CHF_1’234.50"}, {"de-AT", 2490, "EUR", "€_24,90"},
		{"nl", 2490, "EUR", "€_24,90"}, {"nl", -2490, "EUR", "-€_24,90"}, {"es", 2490, "EUR", "24,90_€"}, {"it", 2490, "EUR", "24,90_€"},
		{"pt", 2490, "BRL", "R$24,90"}, {"pt-PT", 2490, "EUR", "24,90_€"}, {"sv", 2490, "SEK", "24,90_kr"}, {"pl", 2490, "PLN", "24,90_zł"},
		{"ja", 2490, "JPY", "￥2,490"}, {"fr", 2490, "JPY", "2_490_¥"}, {"hi", 123456789, "INR", "₹12,34,567.89"},
		{"ar", 2490, "KWD", "2.490"}, {"fr", 2490, "???", "24,90_???"},
	} {
		got := plain(tongueOf(t, test.locale).money(aparte.Money{Amount: test.amount, Currency: test.currency}))
		if test.locale == "ar" {
			got = strings.Fields(strings.ReplaceAll(got, "_", " "))[0]
		}
		if got != test.want {
			t.Errorf("%s: %d %s is %q, want %q", test.locale, test.amount, test.currency, got, test.want)
		}
	}
}

// TestNumbersLoseNothing reads a number back, by hand, from what was written.
func TestNumbersLoseNothing(t *testing.T) {
	tongues := map[string]*tongue{}
	for _, locale := range []string{"fr", "en", "de", "de-CH", "hi", "sv", "ar", "pl"} {
		tongues[locale] = tongueOf(t, locale)
	}
	rapid.Check(t, func(t *rapid.T) {
		tongue := tongues[rapid.SampledFrom([]string{"fr", "en", "de", "de-CH", "hi", "sv", "ar", "pl"}).Draw(t, "locale")]
		units, digits := rapid.Int64().Draw(t, "units"), rapid.IntRange(0, 3).Draw(t, "digits")
		s := strings.ReplaceAll(tongue.number(units, digits), tongue.group, "")
		s = strings.Replace(strings.Replace(s, tongue.minus, "-", 1), tongue.decimal, ".", 1)
		got, ok := new(big.Rat).SetString(s)
		want := new(big.Rat).SetFrac(big.NewInt(units), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil))
		if !ok || got.Cmp(want) != 0 {
			t.Fatalf("%d with %d digits is written %q", units, digits, s)
		}
	})
}

func TestDatesAreWrittenAsTheLanguageWritesThem(t *testing.T) {
	first := time.Date(2027, 1, 1, 15, 4, 0, 0, time.UTC)
	for _, test := range []struct{ locale, style, want string }{
		{"fr", "full", "vendredi 1er janvier 2027"}, {"fr", "medium", "1er janv. 2027"}, {"fr", "time", "15:04"},
		{"en", "full", "Friday, January 1, 2027"}, {"en-GB", "full", "Friday 1 January 2027"}, {"en", "time", "3:04 PM"},
		{"de", "full", "Freitag, 1. Januar 2027"}, {"es", "long", "1 de enero de 2027"}, {"it", "full", "venerdì 1 gennaio 2027"},
		{"nl", "short", "01-01-2027"}, {"pt-BR", "full", "sexta-feira, 1 de janeiro de 2027"}, {"pl", "long", "2027-01-01"},
		{"fr", "weekday", "vendredi"}, {"fr", "month", "janvier"}, {"fr", "year", "2027"}, {"fr", "%-d/%-m/%y %I:%M %p %a %%", "1/1/27 03:04 PM ven. %"},
	} {
		c := calendarOf(tongueOf(t, test.locale))
		pattern, err := c.pattern(test.style)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := c.format(first, pattern); got != test.want || err != nil {
			t.Errorf("%s %s: %q, %v, want %q", test.locale, test.style, got, err, test.want)
		}
	}
}

func TestPluralsFollowTheLanguage(t *testing.T) {
	for _, test := range []struct {
		locale string
		count  any
		want   string
	}{
		{"fr", 0, "un"}, {"fr", 1.5, "un"}, {"fr", 2, "des"}, {"en", 0, "des"}, {"en", 1, "un"}, {"en", 1.5, "des"}, {"en", "1", "un"},
		{"pl", 1, "un"}, {"pl", 3, "peu"}, {"pl", 5, "beaucoup"}, {"ja", 1, "des"},
	} {
		v := &voice{tongue: tongueOf(t, test.locale)}
		got, err := pluralise(test.count, v, []any{"un", "des", map[string]any{"few": "peu", "many": "beaucoup"}})
		if got != test.want || err != nil {
			t.Errorf("%s: %v is %v, %v, want %s", test.locale, test.count, got, err, test.want)
		}
	}
}

func TestTheSceneIsSpokenInTheLanguageOfItsWords(t *testing.T) {
	brand, composer := ondine(t), newComposer(t)
	for _, test := range []struct{ locale, person, want string }{
		{"fr-CA", "", "fr-CA"}, {"pl", "", "fr"}, {"", "de-DE", "de-DE"}, {"", "", "fr"}, {"not a locale!", "", "fr"}, {"en-GB", "de", "en-GB"},
	} {
		s := scene(t, brand, "hero")
		s.Locale, s.Person.Locale = test.locale, test.person
		if got := composer.voice(s).locale; got != test.want {
			t.Errorf("asked %q of a person who speaks %q: spoken in %q, want %q", test.locale, test.person, got, test.want)
		}
	}
}
