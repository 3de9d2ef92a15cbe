package console

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/aparte-dev/aparte"
)

// phrase is one row of a rule in words: what is looked at, how it is compared, and with what.
type phrase struct{ Field, Sign, Value string }

// field is something that a rule in words can speak of.
type field struct {
	Key   string // as forms have it
	Group string // who, what or when
	Label string // in the reader's language
	cel   string // how rules call it; of a truth, what holds where it is so
	kind  fieldKind
	among string // family of words its values are called by; empty: they are what they are
}

type fieldKind uint8

const (
	ofText fieldKind = iota
	ofNumber
	ofShare // shown as percent
	ofTruth
)

// ruleSigns are the comparisons, in the order in which forms have them.
var ruleSigns = []string{"==", "!=", ">=", "<=", ">", "<"}

// plainFields are those that every brand has.
var plainFields = []field{
	{Key: "stage", Group: "who", cel: "person.lifecycle", among: "stage"},
	{Key: "known", Group: "who", cel: "person.known", kind: ofTruth},
	{Key: "orders", Group: "who", cel: "person.orders", kind: ofNumber},
	{Key: "since_order", Group: "who", cel: "person.days_since_order", kind: ofNumber},
	{Key: "since_seen", Group: "who", cel: "person.days_since_seen", kind: ofNumber},
	{Key: "revenue", Group: "who", cel: "person.revenue", kind: ofNumber},
	{Key: "sessions", Group: "who", cel: "person.sessions", kind: ofNumber},
	{Key: "locale", Group: "who", cel: "person.locale"},
	{Key: "order_due", Group: "who", cel: "person.order_due", kind: ofShare},
	{Key: "churn", Group: "who", cel: "person.churn", kind: ofShare},
	{Key: "cart_lines", Group: "what", cel: "cart.lines", kind: ofNumber},
	{Key: "cart_value", Group: "what", cel: "cart.value", kind: ofNumber},
	{Key: "content_kind", Group: "what", cel: "content.kind", among: "kind"},
	{Key: "content_said", Group: "what", cel: "content.said", kind: ofNumber},
	{Key: "item_category", Group: "what", cel: "item.category"},
	{Key: "item_price", Group: "what", cel: "item.price", kind: ofNumber},
	{Key: "item_stock", Group: "what", cel: "item.stock", kind: ofNumber},
	{Key: "channel", Group: "when", cel: "moment.channel", among: "channel"},
	{Key: "device", Group: "when", cel: "moment.device", among: "device"},
	{Key: "country", Group: "when", cel: "moment.country"},
	{Key: "hour", Group: "when", cel: "moment.hour", kind: ofNumber},
	{Key: "weekday", Group: "when", cel: "moment.weekday", kind: ofNumber},
	{Key: "visiting", Group: "when", cel: "session.active", kind: ofTruth},
}

// fieldsOf are all that a rule of a brand can speak of in words.
func fieldsOf(lang string, b *aparte.Brand) []field {
	all := slices.Clone(plainFields)
	for i := range all {
		all[i].Label = word(lang, "phrase."+all[i].Key)
	}
	add := func(key, id, name, cel string, kind fieldKind) {
		all = append(all, field{Key: key + ":" + id, Group: "who", Label: strings.ReplaceAll(word(lang, "phrase."+key), "{name}", name), cel: cel, kind: kind})
	}
	for i := range b.Audiences {
		a := &b.Audiences[i]
		add("audience", string(a.ID), audienceName(lang, a), strconv.Quote(string(a.ID))+" in audiences", ofTruth)
	}
	for i := range b.Lookalikes {
		l := &b.Lookalikes[i]
		name := string(l.ID)
		if called := wordsText(lang, l.Name); called != "" {
			name = called
		}
		add("alike", string(l.ID), name, "alike["+strconv.Quote(string(l.ID))+"]", ofShare)
	}
	for i := range b.Scores {
		name := string(b.Scores[i].Objective)
		for j := range b.Objectives {
			if b.Objectives[j].ID == b.Scores[i].Objective {
				name = wordsText(lang, b.Objectives[j].Name)
			}
		}
		add("score", string(b.Scores[i].Objective), name, "score["+strconv.Quote(string(b.Scores[i].Objective))+"]", ofShare)
	}
	for _, category := range categoriesOf(b) {
		add("affinity", category, b.CategoryName(category, lang), "affinity.category["+strconv.Quote(category)+"]", ofShare)
	}
	for i := range b.Personas {
		p := &b.Personas[i]
		add("persona", string(p.ID), wordsText(lang, p.Name), "persona == "+strconv.Quote(string(p.ID)), ofTruth)
	}
	return append(all, field{Key: "trait", Group: "who", Label: word(lang, "phrase.trait"), cel: "traits"})
}

// categoriesOf are those of a brand's items, in their order.
func categoriesOf(b *aparte.Brand) (all []string) {
	const most = 40 // a form of more cannot be read
	for i := range b.Items {
		if c := b.Items[i].Category; c != "" && !slices.Contains(all, c) {
			if all = append(all, c); len(all) == most {
				break
			}
		}
	}
	slices.Sort(all)
	return all
}

// valuesOf are what a field's values can be, as they are called; nil: anything.
func valuesOf(f *field) []string {
	switch f.among {
	case "stage":
		return []string{"prospect", "new", "active", "at_risk", "dormant", "lost", "won_back"}
	case "channel":
		return []string{"web", "email", "mobile_push", "web_push", "sms", "in_app", "ads", "human"}
	case "device":
		return []string{"mobile", "desktop", "tablet"}
	case "kind":
		return []string{"product", "incentive", "reminder", "article", "video", "service", "question", "capture", "seasonal", "story"}
	}
	return nil
}

// misphrased is what is wrong with a row, a key of words.
type misphrased struct {
	Row int
	Key string
}

func (m *misphrased) Error() string { return m.Key }

var traitValue = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_.]*)\s*=\s*(.+)$`)

// condition is rows in words as a rule has them. All must hold; rows without a field say nothing.
func condition(lang string, fields []field, rows []phrase) (string, error) {
	var all []string
	for i, row := range rows {
		if row.Field == "" {
			continue
		}
		f := fieldOf(fields, row.Field)
		if f == nil || !slices.Contains(ruleSigns, row.Sign) {
			return "", &misphrased{i, "phrase.wrong.field"}
		}
		one, wrong := f.says(lang, row)
		if wrong != "" {
			return "", &misphrased{i, wrong}
		}
		all = append(all, one)
	}
	return strings.Join(all, " && "), nil
}

func fieldOf(fields []field, key string) *field {
	if i := slices.IndexFunc(fields, func(f field) bool { return f.Key == key }); i >= 0 {
		return &fields[i]
	}
	return nil
}

// says is a row as a rule has it, or what is wrong with it.
func (f *field) says(lang string, row phrase) (cel, wrong string) {
	value := strings.TrimSpace(row.Value)
	equal := row.Sign == "==" || row.Sign == "!="
	switch {
	case f.kind == ofTruth && row.Sign == "==":
		return f.cel, ""
	case f.kind == ofTruth && row.Sign == "!=":
		return "!(" + f.cel + ")", ""
	case f.kind == ofTruth:
		return "", "phrase.wrong.sign"
	case value == "":
		return "", "phrase.wrong.value"
	case f.kind == ofNumber || f.kind == ofShare:
		number, err := strconv.ParseFloat(strings.Replace(strings.TrimRight(value, " %\u00a0"), ",", ".", 1), 64)
		if err != nil || number != number || number > 1e15 || number < -1e15 {
			return "", "phrase.wrong.number"
		}
		if f.kind == ofShare {
			if number < 0 || number > 100 {
				return "", "phrase.wrong.share"
			}
			number /= 100
		}
		return f.cel + " " + row.Sign + " " + strconv.FormatFloat(number, 'f', -1, 64), ""
	case !equal:
		return "", "phrase.wrong.sign"
	case f.Key == "trait":
		m := traitValue.FindStringSubmatch(value)
		if m == nil {
			return "", "phrase.wrong.trait"
		}
		return "traits." + m[1] + " " + row.Sign + " " + strconv.Quote(strings.TrimSpace(m[2])), ""
	}
	if among := valuesOf(f); among != nil {
		i := slices.IndexFunc(among, func(v string) bool {
			return strings.EqualFold(v, value) || strings.EqualFold(named(lang, f.among, v), value) || strings.EqualFold(named("en", f.among, v), value) || strings.EqualFold(named("fr", f.among, v), value)
		})
		if i < 0 && f.among != "kind" { // brands may have kinds of their own
			return "", "phrase.wrong.among"
		} else if i >= 0 {
			value = among[i]
		}
	}
	return f.cel + " " + row.Sign + " " + strconv.Quote(value), ""
}

var (
	comparedWith = regexp.MustCompile(`^(.+?) (==|!=|>=|<=|>|<) (.+)$`)
	singleQuoted = regexp.MustCompile(`'([^'"\\]*)'`)
)

// phrases are the rows that say a rule in words, and whether there are such: rows say exactly what the rule does, or it is not
// shown in words at all.
func phrases(lang string, fields []field, when string) ([]phrase, bool) {
	if strings.TrimSpace(when) == "" {
		return nil, true
	}
	canonical := singleQuoted.ReplaceAllString(strings.Join(strings.Fields(when), " "), `"$1"`)
	var rows []phrase
	for _, one := range strings.Split(canonical, " && ") {
		row, ok := phraseOf(lang, fields, one)
		if !ok {
			return nil, false
		}
		rows = append(rows, row)
	}
	if again, err := condition(lang, fields, rows); err != nil || again != canonical {
		return nil, false
	}
	return rows, true
}

func phraseOf(lang string, fields []field, one string) (phrase, bool) {
	for i := range fields {
		if f := &fields[i]; f.kind == ofTruth {
			switch one {
			case f.cel:
				return phrase{f.Key, "==", ""}, true
			case "!(" + f.cel + ")":
				return phrase{f.Key, "!=", ""}, true
			}
		}
	}
	m := comparedWith.FindStringSubmatch(one)
	if m == nil {
		return phrase{}, false
	}
	for i := range fields {
		f := &fields[i]
		if name, of := strings.CutPrefix(m[1], "traits."); of && f.Key == "trait" {
			value, err := strconv.Unquote(m[3])
			return phrase{f.Key, m[2], name + " = " + value}, err == nil
		}
		if f.cel != m[1] || f.kind == ofTruth {
			continue
		}
		value := m[3]
		switch f.kind {
		case ofShare:
			share, err := strconv.ParseFloat(value, 64)
			if err != nil {
				return phrase{}, false
			}
			value = strconv.FormatFloat(100*share, 'g', 6, 64)
		case ofText:
			text, err := strconv.Unquote(value)
			if err != nil {
				return phrase{}, false
			}
			value = text
			if f.among != "" {
				value = named(lang, f.among, text)
			}
		}
		return phrase{f.Key, m[2], value}, true
	}
	return phrase{}, false
}

// inWords is a rule as a sentence: "the stage is active, and orders are at least 3"; empty where it can only be shown as it is.
func inWords(lang string, fields []field, when string) string {
	rows, ok := phrases(lang, fields, when)
	if !ok || len(rows) == 0 {
		return ""
	}
	all := make([]string, len(rows))
	for i, row := range rows {
		f := fieldOf(fields, row.Field)
		sign := word(lang, "phrase.sign."+signKey(row.Sign))
		switch {
		case f.kind == ofTruth && row.Sign == "==":
			all[i] = f.Label
		case f.kind == ofTruth:
			all[i] = word(lang, "phrase.not") + " " + f.Label
		case f.Key == "trait":
			name, value, _ := strings.Cut(row.Value, " = ")
			all[i] = fmt.Sprintf("%s %s %s", name, sign, value)
		default:
			all[i] = fmt.Sprintf("%s %s %s", f.Label, sign, row.Value)
			if f.kind == ofShare {
				all[i] += " %"
			}
		}
	}
	return tied(lang, upper(strings.Join(all, word(lang, "phrase.and")))+".")
}

// signKey is what words call a comparison.
func signKey(sign string) string {
	return map[string]string{"==": "is", "!=": "isnot", ">=": "least", "<=": "most", ">": "more", "<": "less"}[sign]
}
