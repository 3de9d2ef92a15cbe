package console

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
)

// sentence is a scenario in words: "1 hour after an article was put into the basket, unless an order was placed: by e-mail."
func sentence(lang string, s *aparte.Scenario, b *aparte.Brand) string {
	text := after(lang, s.Delay.Std(), did(lang, s.After, s, b))
	if len(s.Unless) > 0 {
		ends := make([]string, len(s.Unless))
		for i, event := range s.Unless {
			ends[i] = did(lang, event, s, b)
		}
		text += word(lang, "scenarios.unless") + listed(lang, ends)
	}
	ways := make([]string, 0, 1+len(s.Also))
	for _, c := range append([]aparte.Channel{s.Channel}, s.Also...) {
		ways = append(ways, named(lang, "by", string(c)))
	}
	return tied(lang, upper(text)+word(lang, "scenarios.colon")+listed(lang, ways)+".")
}

// limits are in words how long it may wait, and how long it rests.
func limits(lang string, s *aparte.Scenario) string {
	var all []string
	if s.Within > 0 {
		all = append(all, strings.ReplaceAll(word(lang, "scenarios.waits"), "{time}", lasting(lang, s.Within.Std())))
	}
	if s.Rest > 0 {
		all = append(all, strings.ReplaceAll(word(lang, "scenarios.rests"), "{time}", lasting(lang, s.Rest.Std())))
	}
	return tied(lang, strings.Join(all, " "))
}

func after(lang string, delay time.Duration, happened string) string {
	if delay == 0 {
		return word(lang, "scenarios.assoon") + elided(lang, happened)
	}
	return lasting(lang, delay) + word(lang, "scenarios.after") + elided(lang, happened)
}

// elided is what French says after "que": "qu’un article", "que le prix".
func elided(lang, clause string) string {
	switch {
	case lang != "fr":
		return " " + clause
	case strings.ContainsAny(clause[:1], "aeiou"):
		return "’" + clause
	}
	return "e " + clause
}

// did is an event of a scenario as a clause.
func did(lang, event string, s *aparte.Scenario, b *aparte.Brand) string {
	if event == aparte.EventEntered || event == aparte.EventExited {
		name := string(s.Audience)
		for i := range b.Audiences {
			if b.Audiences[i].ID == s.Audience {
				name = audienceName(lang, &b.Audiences[i])
			}
		}
		return strings.ReplaceAll(word(lang, "did."+event), "{name}", name)
	}
	if _, known := words["did."+event]; known {
		return word(lang, "did."+event)
	}
	return strings.ReplaceAll(word(lang, "did.other"), "{name}", event)
}

func listed(lang string, all []string) string {
	if len(all) < 2 {
		return strings.Join(all, "")
	}
	last := len(all) - 1
	return strings.Join(all[:last], ", ") + " " + word(lang, "scenarios.or") + " " + all[last]
}

func upper(text string) string {
	first := []rune(text)
	first[0] = []rune(strings.ToUpper(string(first[:1])))[0]
	return string(first)
}

// unit is one in which a marketer says how long something lasts.
type unit struct {
	Key  string
	Size time.Duration
}

// units are the largest first; what is no whole number of any is told in the smallest.
var units = []unit{{"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}}

// inUnits is a duration as a number of the largest unit that it is a whole number of.
func inUnits(d time.Duration) (n int64, u unit) {
	i := slices.IndexFunc(units, func(u unit) bool { return d > 0 && d%u.Size == 0 })
	if i < 0 {
		i = 1 // hours: of none, and of fractions that no form makes
	}
	return int64(d / units[i].Size), units[i]
}

// lasting is a duration in words.
func lasting(lang string, d time.Duration) string {
	n, u := inUnits(d)
	if n != 1 {
		return countText(lang, n) + "\u00a0" + word(lang, "scenarios.many."+u.Key)
	}
	return strconv.FormatInt(n, 10) + "\u00a0" + word(lang, "scenarios.one."+u.Key)
}
