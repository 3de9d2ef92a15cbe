package console

import (
	"fmt"
	"html/template"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	tags "golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"
	"golang.org/x/text/unicode/norm"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/measure"
)

// functions are what pages can call. Those that speak take the language first.
var functions = template.FuncMap{
	"t":       word,
	"browser": browserText,
	"refused": refusal, // what somebody else said is wrong
	"count":   countText,
	"percent": percentText,
	"share":   shareText,
	"money":   moneyText,
	"ago":     agoText,
	"day":     dayText,
	"span":    spanText,
	"clock":   func(at time.Time) string { return at.UTC().Format("15:04:05") },
	"moment":  momentText,
	"value": func(lang string, minor float64, currency string) string {
		return moneyText(lang, aparte.Money{Amount: int64(math.Round(minor)), Currency: currency})
	},
	"words":  wordsText,
	"prob":   probabilityText,
	"pvalue": pvalueText,
	"named":  named,
	"row": func(lang string, r earnedRow) any {
		return struct {
			Lang string
			Row  earnedRow
		}{lang, r}
	},
	"credited": func(lang string, r creditRow) any {
		return struct {
			Lang string
			Row  creditRow
		}{lang, r}
	},
	"drafting": func(lang string, form *draftView) any {
		return struct {
			Lang string
			Form *draftView
		}{lang, form}
	},
	"wording": func(lang string, words aparte.Words) any {
		return struct {
			Lang  string
			Words aparte.Words
		}{lang, words}
	},
	"editing": func(lang string, edit any) any {
		return struct {
			Lang string
			Edit any
		}{lang, edit}
	},
	"altering": func(lang string, of *contentView, part elementView, v variantView) any {
		return struct {
			Lang    string
			Of      *contentView
			Part    elementView
			Variant variantView
		}{lang, of, part, v}
	},
	"alone":   func(t touchedView) []touchedView { return []touchedView{t} },
	"nothing": func() variantView { return variantView{} },
	"saidon":  func(c *aparte.Content, on aparte.Channel) bool { return slices.Contains(c.Channels, on) },
	"offered": func(c aparte.Channel) bool { return slices.Contains(saidOn, c) },
	"upper":   upper,
	"groups":  func() []string { return []string{"who", "what", "when"} },
	"signkey": signKey,
	"ordinal": func(i int) int { return i + 1 },
	"lessons": func() []string { return []string{"", "reward", "effect", "hurdle"} },
	"missing": func(c *aparte.Content) []string {
		return slices.DeleteFunc([]string{"headline", "body", "cta", "subject", "preheader", "text", "eyebrow", "visual"}, func(name string) bool {
			return slices.ContainsFunc(c.Elements, func(e aparte.Element) bool { return e.Name == name })
		})
	},
	"breach": func(lang, of string, b aparte.Breach) string {
		text := named(lang, "language", of) + " " + word(lang, "breach."+b.Rule) + " " + b.Phrase
		if b.Most > 0 {
			text += strconv.Itoa(b.Most)
		}
		return text
	},
	"keyed":   keyedText,
	"met":     func(lang string, v creditView, name string) string { return v.met(lang, name) },
	"decimal": decimalText,
	"float":   func(n int64) float64 { return float64(n) },
	"concern": func(lang string, c engine.Concern, v evidenceView) string {
		return tied(lang, c.In(lang, v.nameOf(lang, c.Content)))
	},
	"number": numberText,
	"percents": func(lang string, from, to float64) string {
		sign := "%"
		if lang == "fr" {
			sign = "\u00a0%"
		}
		return countText(lang, int64(math.Round(100*from))) + "–" + countText(lang, int64(math.Round(100*to))) + sign
	},
	"cell": func(lang string, c cellView, currency string) any {
		return struct {
			Lang     string
			Cell     cellView
			Currency string
		}{lang, c, currency}
	},
	"examples": func(lang string, rows []personRow) any {
		return struct {
			Lang string
			Rows []personRow
		}{lang, rows}
	},
	"reached": func(lang string, r *engine.Reach) any {
		return struct {
			Lang  string
			Reach *engine.Reach
		}{lang, r}
	},
	"exporting": func(lang, name, query string) any { return exportView{lang, name, query} },
	"percent1": func(lang string, part, whole int64) string {
		return printer(lang).Sprint(number.Percent(ratio(part, whole), number.MaxFractionDigits(0)))
	},
	"short":     shortText,
	"signed":    signedText,
	"who":       personOf,
	"hundredth": func(part, whole int64) float64 { return round1(100 * ratio(part, whole)) },

	"whole": func(n int) int64 { return int64(n) },
	"round": func(x float64) int64 { return int64(math.Round(x)) },

	"choice": func(lang, of string, v whatIfView) any { return choiceView{lang, of, v} },
	"answered": func(lang string, a *answerView) any {
		return struct {
			Lang   string
			Answer *answerView
		}{lang, a}
	},
	"drawn": func(lang string, c intervalChart, e measure.Estimate, currency string, zero bool) any {
		return drawnView{lang, c, e, currency, zero}
	},
	"cap": capText,

	"percent0": func(lang string, share float64) string {
		return printer(lang).Sprint(number.Percent(share, number.MaxFractionDigits(0)))
	},
	"halflife": func(lang string, d aparte.Duration) string {
		if days := d.Std().Hours() / 24; days >= 1 {
			return printer(lang).Sprint(number.Decimal(days, number.MaxFractionDigits(1))) + " " + word(lang, "value.days")
		}
		return printer(lang).Sprint(number.Decimal(d.Std().Hours(), number.MaxFractionDigits(1))) + " h"
	},
	"spoken": func(lang string, s *aparte.Score) any {
		return struct {
			Lang  string
			Score *aparte.Score
		}{lang, s}
	},

	"lastingField": func(lang, name, label string, d lastingDraft, wrong string) any {
		return lastingView{lang, name, label, d, wrong}
	},
	"edited": func(lang string, v *scenariosView, action string) any {
		return struct {
			Lang   string
			V      *scenariosView
			Action string
		}{lang, v, action}
	},
	"sub":         func(a, b int) int { return a - b },
	"action":      actionText,
	"coordinates": coordinatesText,
	"segments": func(lang string, n int) string {
		if n == 1 {
			return word(lang, "spoken.segment")
		}
		return countText(lang, int64(n)) + "\u00a0" + word(lang, "spoken.segments")
	},
	"tries": func(lang string, n int) string {
		if n == 1 {
			return word(lang, "tasks.tried.once")
		}
		return strings.ReplaceAll(word(lang, "tasks.tried.often"), "{times}", countText(lang, int64(n)))
	},
	"contentLines": func(lang string, lines []contentLine, linked bool) any {
		return struct {
			Lang   string
			Lines  []contentLine
			Linked bool
		}{lang, lines, linked}
	},

	"doubt": func(lang string, kind measure.DoubtKind) string { return tied(lang, engine.DoubtIn(kind, lang)) },
}

// exportView is the foot of a figure: its file, and how it is computed.
type exportView struct{ Lang, Name, Query string }

// How is the key of the words that say it.
func (v exportView) How() string { return "figures." + v.Name }

func numberText(lang string, x float64) string {
	return printer(lang).Sprint(number.Decimal(x, number.MinFractionDigits(2), number.MaxFractionDigits(2)))
}

// wordsText is what a brand says, in the reader's language.
func wordsText(lang string, w aparte.Words) string { return tied(lang, w.In(lang, "en")) }

// tied keeps French punctuation on the line of the word it belongs to.
func tied(lang, text string) string {
	if lang != "fr" {
		return text
	}
	return frenchTies.Replace(text)
}

var frenchTies = strings.NewReplacer(" :", "\u00a0:", " ;", "\u00a0;", " ?", "\u00a0?", " !", "\u00a0!", " %", "\u00a0%", "« ", "«\u00a0", " »", "\u00a0»")

func printer(lang string) *message.Printer {
	if lang == "fr" {
		return message.NewPrinter(tags.French)
	}
	return message.NewPrinter(tags.BritishEnglish)
}

func countText(lang string, n int64) string { return printer(lang).Sprint(number.Decimal(n)) }

// named is what the console calls one of the words a brand or an SDK may choose among others of its own:
// a kind, a channel, a purpose. Those of its own stay as they are.
func named(lang, family, name string) string {
	if _, known := words[family+"."+name]; known {
		return word(lang, family+"."+name)
	}
	return name
}

// keyedText is the word of a key, or a name where there is none.
func keyedText(lang, key, name string) string {
	if _, known := words[key]; known {
		return word(lang, key)
	}
	return name
}

// decimalText is a number with one decimal.
func decimalText(lang string, x float64) string {
	return printer(lang).Sprint(number.Decimal(x, number.MinFractionDigits(1), number.MaxFractionDigits(1)))
}

// percentText is a share with one decimal, or a dash where there is nothing to divide by.
func percentText(lang string, part, whole int64) string {
	if whole == 0 {
		return "–"
	}
	return shareText(lang, ratio(part, whole))
}

func shareText(lang string, share float64) string {
	return printer(lang).Sprint(number.Percent(share, number.MinFractionDigits(1), number.MaxFractionDigits(1)))
}

// probabilityText has four decimals: of a propensity they matter.
func probabilityText(lang string, p float64) string {
	return printer(lang).Sprint(number.Decimal(p, number.MinFractionDigits(4), number.MaxFractionDigits(4)))
}

// pvalueText is a p-value with its sign.
func pvalueText(lang string, p float64) string {
	if p < mismatch {
		return "p\u00a0<\u00a0" + printer(lang).Sprint(number.Decimal(mismatch))
	}
	return "p\u00a0=\u00a0" + printer(lang).Sprint(number.Decimal(p, number.MaxFractionDigits(3)))
}

var currencySigns = map[string]string{"GBP": "£", "EUR": "€", "USD": "$"}

func moneyText(lang string, m aparte.Money) string {
	digits := aparte.MinorDigits(m.Currency)
	amount := float64(m.Amount) / math.Pow10(digits)
	text := printer(lang).Sprint(number.Decimal(amount, number.MinFractionDigits(digits), number.MaxFractionDigits(digits)))
	sign, ok := currencySigns[m.Currency]
	if !ok {
		sign = m.Currency
	}
	minus := ""
	if after, negative := strings.CutPrefix(text, "-"); negative {
		minus, text = "−", after
	}
	if lang == "fr" || !ok {
		return minus + text + "\u00a0" + sign
	}
	return minus + sign + text
}

// shortText is an amount in whole units, where it has many of them.
func shortText(lang string, minor float64, currency string) string {
	unit := math.Pow10(aparte.MinorDigits(currency))
	if math.Abs(minor) < 100*unit {
		return moneyText(lang, aparte.Money{Amount: int64(math.Round(minor)), Currency: currency})
	}
	text := countText(lang, int64(math.Abs(math.Round(minor/unit))))
	sign, known := currencySigns[currency]
	if !known {
		sign = currency
	}
	if lang == "fr" || !known {
		text += "\u00a0" + sign
	} else {
		text = sign + text
	}
	if minor < 0 {
		text = "−" + text
	}
	return text
}

// signedText is by what share something became more or less.
func signedText(lang string, share float64) string {
	if share < 0 {
		return "−" + shareText(lang, -share)
	}
	return "+" + shareText(lang, share)
}

// agoText is how long ago something was, in one unit.
func agoText(lang string, now, at time.Time) string {
	if at.IsZero() {
		return "–"
	}
	since := max(now.Sub(at), 0)
	units := []struct {
		size   time.Duration
		en, fr string
	}{
		{365 * 24 * time.Hour, "y", "an"}, {30 * 24 * time.Hour, "mo", "mois"}, {24 * time.Hour, "d", "j"},
		{time.Hour, "h", "h"}, {time.Minute, "min", "min"}, {time.Second, "s", "s"},
	}
	for _, u := range units {
		if since >= u.size {
			n := int(since / u.size)
			if lang == "fr" {
				if u.fr == "an" && n > 1 {
					u.fr = "ans"
				}
				return fmt.Sprintf("il y a %d\u00a0%s", n, u.fr)
			}
			return fmt.Sprintf("%d\u00a0%s ago", n, u.en)
		}
	}
	if lang == "fr" {
		return "à l’instant"
	}
	return "just now"
}

func momentText(lang string, at time.Time) string {
	if lang == "fr" {
		return at.UTC().Format("02/01/2006 15:04:05") + " UTC"
	}
	return at.UTC().Format("2 Jan 2006 15:04:05") + " UTC"
}

// coordinatesText is a point as it is written on maps.
func coordinatesText(lang string, p aparte.Point) string {
	of := func(degrees float64, positive, negative string) string {
		if degrees < 0 {
			positive = negative
		}
		return printer(lang).Sprint(number.Decimal(math.Abs(degrees), number.MinFractionDigits(5), number.MaxFractionDigits(5))) + "°\u00a0" + word(lang, "places."+positive)
	}
	return of(p.Lat, "north", "south") + ", " + of(p.Lon, "east", "west")
}

// unaccented is a text without the accents of its letters.
func unaccented(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(text))
}
