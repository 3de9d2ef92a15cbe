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
	text := beginning(lang, s, b)
	if len(s.Unless) > 0 {
		text += word(lang, "scenarios.unless") + listed(lang, clauses(lang, s.Unless, s, b))
	}
	ways := make([]string, 0, 1+len(s.Also))
	for _, c := range append([]aparte.Channel{s.Channel}, s.Also...) {
		ways = append(ways, named(lang, "by", string(c)))
	}
	return tied(lang, upper(text)+word(lang, "colon")+listed(lang, ways)+".")
}

// beginning is in words what a scenario begins with.
func beginning(lang string, s *aparte.Scenario, b *aparte.Brand) string {
	switch {
	case s.On != nil:
		return onDay(lang, s.On, b)
	case s.Every > 0:
		return strings.ReplaceAll(word(lang, "scenarios.every"), "{time}", lasting(lang, s.Every.Std()))
	case len(s.Absent) > 0:
		nothing := word(lang, "scenarios.absent.anything")
		if s.Absent[0] != aparte.Anything {
			nothing = strings.ReplaceAll(word(lang, "scenarios.absent"), "{events}", listed(lang, clauses(lang, s.Absent, s, b)))
		}
		return strings.ReplaceAll(nothing, "{time}", lasting(lang, s.Delay.Std()))
	}
	happened := where(lang, did(lang, s.After, s, b), s.Where)
	for i := range s.Then {
		happened += word(lang, "scenarios.then") + where(lang, did(lang, s.Then[i].Event, s, b), s.Then[i].Where)
	}
	if len(s.Then) > 0 {
		happened += strings.ReplaceAll(word(lang, "scenarios.window"), "{time}", lasting(lang, s.Window.Std()))
	}
	return after(lang, s.Delay.Std(), happened)
}

// where adds the condition on an event, as it is written.
func where(lang, clause, condition string) string {
	if condition == "" {
		return clause
	}
	return clause + " (" + word(lang, "scenarios.where") + " " + condition + ")"
}

func clauses(lang string, events []string, s *aparte.Scenario, b *aparte.Brand) []string {
	all := make([]string, len(events))
	for i, event := range events {
		all[i] = did(lang, event, s, b)
	}
	return all
}

// onDay is in words on which day a moment falls.
func onDay(lang string, d *aparte.Day, b *aparte.Brand) string {
	key, name := "scenarios.on.trait", keyedText(lang, "trait."+d.Trait, d.Trait)
	switch {
	case d.Buying == aparte.Anything:
		key = "scenarios.on.buying"
	case d.Buying != "":
		key, name = "scenarios.on.category", b.CategoryName(d.Buying, lang)
	case d.Yearly:
		key = "scenarios.on.yearly"
	}
	text := strings.ReplaceAll(word(lang, key), "{name}", name)
	switch {
	case d.Days < 0:
		text = strings.ReplaceAll(word(lang, "scenarios.days.before"), "{time}", lasting(lang, time.Duration(-d.Days)*24*time.Hour)) + " " + text
	case d.Days > 0:
		text = strings.ReplaceAll(word(lang, "scenarios.days.later"), "{time}", lasting(lang, time.Duration(d.Days)*24*time.Hour)) + " " + text
	}
	if d.At != "" {
		text += " " + word(lang, "scenarios.at") + " " + d.At
	}
	return text
}

// limits are in words how long it may wait, how long it rests, how often it may speak, and what ends it.
func limits(lang string, s *aparte.Scenario, b *aparte.Brand) string {
	var all []string
	if s.Within > 0 {
		all = append(all, strings.ReplaceAll(word(lang, "scenarios.waits"), "{time}", lasting(lang, s.Within.Std())))
	}
	if s.Rest > 0 {
		all = append(all, strings.ReplaceAll(word(lang, "scenarios.rests"), "{time}", lasting(lang, s.Rest.Std())))
	}
	if s.Most.Times > 0 {
		most := strings.ReplaceAll(word(lang, "scenarios.most"), "{times}", countText(lang, int64(s.Most.Times)))
		if s.Most.Per > 0 {
			most = strings.NewReplacer("{times}", countText(lang, int64(s.Most.Times)), "{time}", lasting(lang, s.Most.Per.Std())).Replace(word(lang, "scenarios.most.per"))
		}
		all = append(all, most)
	}
	if len(s.Until) > 0 {
		ends := make([]string, len(s.Until))
		for i, x := range s.Until {
			if ends[i] = where(lang, did(lang, x.Event, s, b), x.Where); x.Objective != "" {
				ends[i] = strings.ReplaceAll(word(lang, "scenarios.objective"), "{name}", wordsText(lang, objectiveName(b, x.Objective)))
			}
		}
		all = append(all, strings.ReplaceAll(word(lang, "scenarios.until"), "{events}", listed(lang, ends)))
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
	case clause != "" && strings.ContainsAny(clause[:1], "aeiou"):
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
