package decide

import (
	"slices"
	"strings"
	"testing"

	"github.com/aparte-dev/aparte"
)

// Every feature that any candidate of a brand with everything in it has is put into words, and every step of
// every scale.
func TestEveryFeatureHasWordsForTheMarketer(t *testing.T) {
	b := shop()
	p := plan(t, b)
	var all []hashed
	for _, q := range []*Question{onWeb(marie()), byMail(marie()), onWeb(nil)} {
		q.Moment.Context.Item, q.MaxCandidates, q.Fit = "i18", 1_000, twoTypes()
		d := p.open(q)
		d.gather()
		d.enumerate()
		d.context.naming, d.sheet.naming = true, true
		d.describeContext(&d.context)
		for _, c := range d.candidates {
			d.describeAction(&d.sheet, c)
		}
		all = slices.Concat(all, d.context.names, d.sheet.names)
		p.close(d)
	}
	all = slices.Concat(all, stages, recencies, frequencies, lastOrders, tenures, paces, devices, hours, days, vain, channels, saidOn, acquaintance, baskets, priceBands,
		[]hashed{feature("answer", "room: garden"), feature("beside", "lanterns"), feature("place", "shop"), several, answered, ignored, alwaysThere, silence, categoryFit, itemFit, inIntent, viewedLast, dwelt, lingering, inBasket, saidBefore, itemSaid, discounted, toneFit})
	told := map[string]bool{}
	for _, h := range all {
		if h.name == "headline" || h.name == "cta" || h.name == "tone" {
			continue // an element of the brand's
		}
		if _, known := featureWords[h.name]; !known {
			t.Errorf("no words for the feature %q", h)
		}
		told[h.name] = true
		for _, lang := range []string{"en", "fr"} {
			text := featureIn(h.String(), b, lang)
			if text == "" || strings.ContainsAny(text, "{}_=") {
				t.Errorf("%s: %q is put as %q", lang, h, text)
			}
		}
	}
	for name := range featureWords {
		if !told[name] {
			t.Errorf("words for %q, which no feature is called", name)
		}
	}
	for name, words := range valueWords {
		if words.en == "" || words.fr == "" || !slices.ContainsFunc(all, func(h hashed) bool { return h.String() == name }) {
			t.Errorf("words for %q, which is no step of a scale, or none", name)
		}
	}
}

func TestElementsAreNamedWithWhatTheyShare(t *testing.T) {
	for detail, want := range map[string]string{
		"headline=b": "headline: b", "headline:question": "headline: question", "visual:asset=dog.png": "visual: dog.png",
	} {
		if got := featureIn(detail, shop(), "en"); got != want {
			t.Errorf("%q is put as %q, want %q", detail, got, want)
		}
	}
}

func TestEveryReasonCodeHasWords(t *testing.T) {
	for _, code := range []aparte.ReasonCode{
		aparte.NoConsent, aparte.Suppressed, aparte.RuleSaidNo, aparte.RuleFailed, aparte.OutOfStock, aparte.AlreadyBought, aparte.OutsideValid,
		aparte.PressureCap, aparte.SaidInVain, aparte.TooSoon, aparte.TheirHour, aparte.AfterQuiet, aparte.OnItsWay, aparte.QuietHours, aparte.InHoldout, aparte.NoItem, aparte.NotReachable, aparte.NoSender, aparte.ProfilingOff, aparte.Paused, aparte.EnoughWeekly, aparte.KindUnwanted,
		aparte.BestValue, aparte.Explored, aparte.OnlyChoice, aparte.NotWorthIt, aparte.NothingToSay, aparte.FeatureSpoke, aparte.RuleHeld,
	} {
		if words, known := toMarketer[code]; !known || words.en == "" || words.fr == "" {
			t.Errorf("no words for %s", code)
		}
	}
}

func TestAmountsAreWrittenAsTheLanguageWritesThem(t *testing.T) {
	for _, c := range []struct {
		minor              float64
		currency, lang, is string
	}{
		{123450, "GBP", "en", "+£1,234.50"}, {-5, "EUR", "en-GB", "−€0.05"}, {123456789, "EUR", "fr-FR", "+1\u202f234\u202f567,89\u00a0€"},
		{1234, "JPY", "en", "+1,234\u00a0JPY"}, {-1234, "JPY", "fr", "−1\u202f234\u00a0JPY"}, {0.4, "USD", "en", "+$0.00"},
	} {
		if got := worthIn(c.minor, c.currency, c.lang); got != c.is {
			t.Errorf("%v %s in %s: %q, want %q", c.minor, c.currency, c.lang, got, c.is)
		}
	}
}
