package compose

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// calendar is how a language writes dates: its names, and a pattern for each style. Names are those
// of CLDR 44, in the form used inside a date.
type calendar struct {
	months, shortMonths string // twelve, separated by spaces
	days, shortDays     string // seven from Sunday, separated by spaces
	full, long, medium  string
	short, day, clock   string
}

func calendarOf(t *tongue) calendar {
	switch {
	case t.american:
		c := english
		c.full, c.long, c.medium = "%A, %B %e, %Y", "%B %e, %Y", "%b %e, %Y"
		c.short, c.day, c.clock = "%m/%d/%Y", "%B %e", "%l:%M %p"
		return c
	case t.base == "en":
		return english
	case t.base == "fr":
		return calendar{
			months:      "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
			shortMonths: "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
			days:        "dimanche lundi mardi mercredi jeudi vendredi samedi",
			shortDays:   "dim. lun. mar. mer. jeu. ven. sam.",
			full:        "%A %o %B %Y", long: "%o %B %Y", medium: "%o %b %Y", short: "%d/%m/%Y", day: "%o %B", clock: "%H:%M",
		}
	case t.base == "de":
		return calendar{
			months:      "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
			shortMonths: "Jan. Feb. März Apr. Mai Juni Juli Aug. Sept. Okt. Nov. Dez.",
			days:        "Sonntag Montag Dienstag Mittwoch Donnerstag Freitag Samstag",
			shortDays:   "So. Mo. Di. Mi. Do. Fr. Sa.",
			full:        "%A, %e. %B %Y", long: "%e. %B %Y", medium: "%e. %b %Y", short: "%d.%m.%Y", day: "%e. %B", clock: "%H:%M",
		}
	case t.base == "es":
		return calendar{
			months:      "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
			shortMonths: "ene feb mar abr may jun jul ago sept oct nov dic",
			days:        "domingo lunes martes miércoles jueves viernes sábado",
			shortDays:   "dom lun mar mié jue vie sáb",
			full:        "%A, %e de %B de %Y", long: "%e de %B de %Y", medium: "%e %b %Y", short: "%d/%m/%Y", day: "%e de %B", clock: "%H:%M",
		}
	case t.base == "it":
		return calendar{
			months:      "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
			shortMonths: "gen feb mar apr mag giu lug ago set ott nov dic",
			days:        "domenica lunedì martedì mercoledì giovedì venerdì sabato",
			shortDays:   "dom lun mar mer gio ven sab",
			full:        "%A %e %B %Y", long: "%e %B %Y", medium: "%e %b %Y", short: "%d/%m/%Y", day: "%e %B", clock: "%H:%M",
		}
	case t.base == "nl":
		return calendar{
			months:      "januari februari maart april mei juni juli augustus september oktober november december",
			shortMonths: "jan. feb. mrt. apr. mei jun. jul. aug. sep. okt. nov. dec.",
			days:        "zondag maandag dinsdag woensdag donderdag vrijdag zaterdag",
			shortDays:   "zo ma di wo do vr za",
			full:        "%A %e %B %Y", long: "%e %B %Y", medium: "%e %b %Y", short: "%d-%m-%Y", day: "%e %B", clock: "%H:%M",
		}
	case t.base == "pt":
		return calendar{
			months:      "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
			shortMonths: "jan. fev. mar. abr. mai. jun. jul. ago. set. out. nov. dez.",
			days:        "domingo segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado",
			shortDays:   "dom. seg. ter. qua. qui. sex. sáb.",
			full:        "%A, %e de %B de %Y", long: "%e de %B de %Y", medium: "%e de %b de %Y", short: "%d/%m/%Y", day: "%e de %B", clock: "%H:%M",
		}
	}
	c := english // names of a language not listed are not guessed: its dates are written in figures
	c.full, c.long, c.medium, c.short, c.day, c.clock = "%Y-%m-%d", "%Y-%m-%d", "%Y-%m-%d", "%Y-%m-%d", "%m-%d", "%H:%M"
	return c
}

var english = calendar{
	months:      "January February March April May June July August September October November December",
	shortMonths: "Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec",
	days:        "Sunday Monday Tuesday Wednesday Thursday Friday Saturday",
	shortDays:   "Sun Mon Tue Wed Thu Fri Sat",
	full:        "%A %e %B %Y", long: "%e %B %Y", medium: "%e %b %Y", short: "%d/%m/%Y", day: "%e %B", clock: "%H:%M",
}

// pattern is what a style of the date filter stands for: a name, or a pattern of strftime's letters.
func (c calendar) pattern(style string) (string, error) {
	switch style {
	case "full":
		return c.full, nil
	case "long", "":
		return c.long, nil
	case "medium":
		return c.medium, nil
	case "short":
		return c.short, nil
	case "day":
		return c.day, nil
	case "time":
		return c.clock, nil
	case "weekday":
		return "%A", nil
	case "month":
		return "%B", nil
	case "year":
		return "%Y", nil
	}
	return style, checkPattern(style)
}

func checkPattern(pattern string) error {
	if !strings.Contains(pattern, "%") {
		return fmt.Errorf("date style %q is none of full, long, medium, short, day, time, weekday, month, year, and is no %% pattern", pattern)
	}
	_, err := english.format(time.Time{}, pattern)
	return err
}

func (c calendar) format(t time.Time, pattern string) (string, error) {
	var b strings.Builder
	for rest := pattern; rest != ""; {
		literal, after, found := strings.Cut(rest, "%")
		b.WriteString(literal)
		if !found {
			break
		}
		padded := !strings.HasPrefix(after, "-")
		after = strings.TrimPrefix(after, "-")
		if after == "" {
			return "", errors.New("a date pattern ends with %")
		}
		s, err := c.field(t, after[0], padded)
		if err != nil {
			return "", err
		}
		b.WriteString(s)
		rest = after[1:]
	}
	return b.String(), nil
}

// field is one letter of a pattern, as strftime names them, but %e, which is never padded, and %o,
// the day with the French ordinal of the first.
func (c calendar) field(t time.Time, letter byte, padded bool) (string, error) {
	name := func(list string, i int) string {
		for range i {
			_, list, _ = strings.Cut(list, " ")
		}
		first, _, _ := strings.Cut(list, " ")
		return first
	}
	two := func(n int) string {
		if padded && n < 10 {
			return "0" + strconv.Itoa(n)
		}
		return strconv.Itoa(n)
	}
	switch letter {
	case 'A':
		return name(c.days, int(t.Weekday())), nil
	case 'a':
		return name(c.shortDays, int(t.Weekday())), nil
	case 'B':
		return name(c.months, int(t.Month())-1), nil
	case 'b':
		return name(c.shortMonths, int(t.Month())-1), nil
	case 'd':
		return two(t.Day()), nil
	case 'e':
		return strconv.Itoa(t.Day()), nil
	case 'o':
		if t.Day() == 1 {
			return "1er", nil
		}
		return strconv.Itoa(t.Day()), nil
	case 'm':
		return two(int(t.Month())), nil
	case 'Y':
		return strconv.Itoa(t.Year()), nil
	case 'y':
		return two(t.Year() % 100), nil
	case 'H':
		return two(t.Hour()), nil
	case 'I':
		return two((t.Hour()+11)%12 + 1), nil
	case 'l':
		return strconv.Itoa((t.Hour()+11)%12 + 1), nil
	case 'M':
		return two(t.Minute()), nil
	case 'p':
		return t.Format("PM"), nil
	case '%':
		return "%", nil
	}
	return "", fmt.Errorf("a date pattern has no %%%c", letter)
}

// readTime reads what a trait or a variable says about a time: RFC 3339, a date alone (which stays
// that date in every zone), or seconds since 1970.
func readTime(v any, zone *time.Location) (time.Time, error) {
	switch v := v.(type) {
	case time.Time:
		return v.In(zone), nil
	case int:
		return time.Unix(int64(v), 0).In(zone), nil
	case float64:
		if v > -1e11 && v < 1e11 {
			return time.Unix(int64(v), 0).In(zone), nil
		}
	case string:
		if t, err := time.Parse(time.RFC3339, v); err == nil {
			return t.In(zone), nil
		}
		for _, layout := range []string{time.DateOnly, "2006-01-02T15:04:05", time.DateTime} {
			if t, err := time.ParseInLocation(layout, v, zone); err == nil {
				return t, nil
			}
		}
	}
	return time.Time{}, errors.New("date takes a date such as 2026-12-24, a time of RFC 3339 or seconds since 1970")
}
