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
type phrase struct {
	Field, Sign, Value string
	Or                 bool // this, or what the row before says; else this too
}

// phrasing is a rule in rows. Rows are groups: where Any is false, rows joined by "or" are one, and all groups must hold, as in "(a or b) and c"; where
// it is true, rows joined by "and" are one, and any group is enough, as in "a and b, or c". Where all rows are joined alike it makes no difference.
type phrasing struct {
	Rows []phrase
	Any  bool
}

// field is something that a rule in words can speak of.
type field struct {
	Key   string // as forms have it
	Group string // who, what or when
	Label string // in the reader's language
	cel   string // how rules call it; of a truth, what holds where it is so
	kind  fieldKind
	among string // family of words its values are called by; empty: they are what they are

	currency string // of an amount, which rules have in its minor units
	real     bool   // a number that need not be whole: rules tell the two apart where they ask whether they are equal
}

type fieldKind uint8

const (
	ofText fieldKind = iota
	ofNumber
	ofShare // shown as percent
	ofMoney // shown in the currency's units
	ofTruth
)

// ruleSigns are the comparisons, in the order in which forms have them.
var ruleSigns = []string{"==", "!=", ">=", "<=", ">", "<"}

// plainFields are those that every brand has.
var plainFields = []field{
	{Key: "stage", Group: "who", cel: "person.lifecycle", among: "stage"},
	{Key: "known", Group: "who", cel: "person.known", kind: ofTruth},
	{Key: "orders", Group: "who", cel: "person.orders", kind: ofNumber},
	{Key: "since_order", Group: "who", cel: "person.days_since_order", kind: ofNumber, real: true},
	{Key: "since_seen", Group: "who", cel: "person.days_since_seen", kind: ofNumber, real: true},
	{Key: "revenue", Group: "who", cel: "person.revenue", kind: ofMoney},
	{Key: "sessions", Group: "who", cel: "person.sessions", kind: ofNumber},
	{Key: "locale", Group: "who", cel: "person.locale"},
	{Key: "order_due", Group: "who", cel: "person.order_due", kind: ofShare},
	{Key: "churn", Group: "who", cel: "person.churn", kind: ofShare},
	{Key: "cart_lines", Group: "what", cel: "cart.lines", kind: ofNumber},
	{Key: "cart_value", Group: "what", cel: "cart.value", kind: ofMoney},
	{Key: "content_kind", Group: "what", cel: "content.kind", among: "kind"},
	{Key: "content_said", Group: "what", cel: "content.said", kind: ofNumber},
	{Key: "item_category", Group: "what", cel: "item.category"},
	{Key: "item_price", Group: "what", cel: "item.price", kind: ofMoney},
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
		if all[i].kind == ofMoney {
			all[i].currency = b.Currency
			all[i].Label += " (" + b.Currency + ")"
		}
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

var traitValue = regexp.MustCompile(`(?s)^([A-Za-z_][A-Za-z0-9_.]*)\s*=\s*(.+)$`)

// condition is rows in words as a rule has them. Rows without a field say nothing.
func condition(lang string, fields []field, said phrasing) (string, error) {
	var groups [][]string
	for i, row := range said.Rows {
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
		if last := len(groups) - 1; last >= 0 && row.Or != said.Any {
			groups[last] = append(groups[last], one)
		} else {
			groups = append(groups, []string{one})
		}
	}
	all := make([]string, len(groups))
	for i, group := range groups {
		if said.Any {
			all[i] = strings.Join(group, " && ") // which binds closer
			continue
		}
		if all[i] = strings.Join(group, " || "); len(group) > 1 && len(groups) > 1 {
			all[i] = "(" + all[i] + ")"
		}
	}
	if said.Any {
		return strings.Join(all, " || "), nil
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
	case f.kind == ofMoney:
		minor, ok := minorOf(value, f.currency)
		if !ok {
			return "", "phrase.wrong.money"
		}
		return f.cel + " " + row.Sign + " " + strconv.FormatInt(minor, 10), ""
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
		text := strconv.FormatFloat(number, 'f', -1, 64)
		switch whole := !strings.Contains(text, "."); {
		case equal && whole && (f.real || f.kind == ofShare):
			text += ".0"
		case equal && !whole && !f.real && f.kind == ofNumber:
			return "", "phrase.wrong.whole"
		}
		return f.cel + " " + row.Sign + " " + text, ""
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

var written = regexp.MustCompile(`^(-?)([0-9]{1,15})(?:[.,]([0-9]{1,3}))?$`)

// minorOf is an amount as people write it, such as 12.50, 12,50 € or 1 250, in minor units of a currency, and whether it is one: no digit is lost.
func minorOf(text, currency string) (int64, bool) {
	text = strings.TrimSpace(strings.NewReplacer(currency, "", currencySigns[currency], "").Replace(text))
	m := written.FindStringSubmatch(strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", "−", "-").Replace(text))
	digits := aparte.MinorDigits(currency)
	if m == nil || len(m[3]) > digits {
		return 0, false
	}
	minor, err := strconv.ParseInt(m[1]+m[2]+m[3]+strings.Repeat("0", digits-len(m[3])), 10, 64)
	return minor, err == nil
}

// majorOf is an amount of minor units as a form has it.
func majorOf(lang string, minor int64, currency string) string {
	text, _, _ := strings.Cut(aparte.Money{Amount: minor, Currency: currency}.String(), " ")
	if lang == "fr" {
		text = strings.Replace(text, ".", ",", 1)
	}
	return text
}

// phrases are the rows that say a rule in words, and whether there are such: rows say exactly what the rule does, or it is not
// shown in words at all.
func phrases(lang string, fields []field, when string) (phrasing, bool) {
	canonical := spaced(when)
	if canonical == "" {
		return phrasing{}, true
	}
	var said phrasing
	outer, inner := apart(canonical, "||"), "&&"
	if said.Any = len(outer) > 1; !said.Any {
		outer, inner = apart(canonical, "&&"), "||"
	}
	mixed := false
	for _, group := range outer {
		if bare, bracketed := unbracketed(group); bracketed && !said.Any {
			group = bare
		}
		for j, one := range apart(group, inner) {
			row, ok := phraseOf(lang, fields, one)
			if !ok {
				return phrasing{}, false
			}
			row.Or = len(said.Rows) > 0 && (j > 0) != said.Any
			said.Rows = append(said.Rows, row)
			mixed = mixed || j > 0
		}
	}
	said.Any = said.Any && mixed
	if again, err := condition(lang, fields, said); err != nil || again != canonical {
		return phrasing{}, false
	}
	return said, true
}

// spaced is a condition on one line, with single spaces and double quotes outside of its texts.
func spaced(when string) string {
	var out strings.Builder
	gap := false
	for i := 0; i < len(when); {
		switch c := when[i]; {
		case c == '"' || c == '\'':
			end := textEnd(when, i)
			text := when[i:end]
			if gap && out.Len() > 0 {
				out.WriteByte(' ')
			}
			if gap = false; c == '\'' && !strings.ContainsAny(text, `"\`) {
				text = `"` + strings.Trim(text, "'") + `"`
			}
			out.WriteString(text)
			i = end
			continue
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			gap = true
		default:
			if gap && out.Len() > 0 {
				out.WriteByte(' ')
			}
			gap = false
			out.WriteByte(c)
		}
		i++
	}
	return out.String()
}

// textEnd is where the text ends that begins with a quote at start.
func textEnd(when string, start int) int {
	for i := start + 1; i < len(when); i++ {
		switch when[i] {
		case '\\':
			i++
		case when[start]:
			return i + 1
		}
	}
	return len(when)
}

// apart are the parts of a condition between signs that stand in no text and no bracket.
func apart(when, sign string) (parts []string) {
	depth, from := 0, 0
	sign = " " + sign + " "
	for i := 0; i < len(when); i++ {
		switch c := when[i]; {
		case c == '"' || c == '\'':
			i = textEnd(when, i) - 1
		case c == '(' || c == '[' || c == '{':
			depth++
		case c == ')' || c == ']' || c == '}':
			depth--
		case depth == 0 && strings.HasPrefix(when[i:], sign):
			parts = append(parts, when[from:i])
			from = i + len(sign)
			i = from - 1
		}
	}
	return append(parts, when[from:])
}

// conjuncts are the parts of a condition that must all hold.
func conjuncts(when string) []string {
	canonical := spaced(when)
	if len(apart(canonical, "||")) > 1 {
		return []string{canonical}
	}
	return apart(canonical, "&&")
}

// unbracketed is what stands in the brackets that are all of a condition, and whether there are such.
func unbracketed(when string) (string, bool) {
	if !strings.HasPrefix(when, "(") || !strings.HasSuffix(when, ")") {
		return when, false
	}
	depth := 0
	for i := 0; i < len(when); i++ {
		switch c := when[i]; c {
		case '"', '\'':
			i = textEnd(when, i) - 1
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 && i < len(when)-1 {
				return when, false
			}
		}
	}
	return when[1 : len(when)-1], depth == 0
}

func phraseOf(lang string, fields []field, one string) (phrase, bool) {
	for i := range fields {
		if f := &fields[i]; f.kind == ofTruth {
			switch one {
			case f.cel:
				return phrase{Field: f.Key, Sign: "=="}, true
			case "!(" + f.cel + ")":
				return phrase{Field: f.Key, Sign: "!="}, true
			}
		}
	}
	for i := range fields {
		f := &fields[i]
		rest, of := strings.CutPrefix(one, f.cel)
		if f.kind == ofTruth || !of {
			continue
		}
		name := ""
		if f.Key == "trait" {
			if rest, of = strings.CutPrefix(rest, "."); of {
				name, rest, of = strings.Cut(rest, " ")
				rest = " " + rest
			}
		}
		sign, value, compared := strings.Cut(strings.TrimPrefix(rest, " "), " ")
		if !of || !strings.HasPrefix(rest, " ") || !compared || !slices.Contains(ruleSigns, sign) {
			continue
		}
		if value, of = f.shown(lang, value); name != "" {
			value = name + " = " + value
		}
		return phrase{Field: f.Key, Sign: sign, Value: value}, of
	}
	return phrase{}, false
}

// shown is a value of a rule as a row has it, and whether a row can have it.
func (f *field) shown(lang, value string) (string, bool) {
	switch f.kind {
	case ofShare:
		share, err := strconv.ParseFloat(value, 64)
		for digits := 6; err == nil && digits <= 17; digits++ { // as short as it can be without being another
			value = strconv.FormatFloat(100*share, 'f', -1, 64)
			if short, _ := strconv.ParseFloat(strconv.FormatFloat(100*share, 'g', digits, 64), 64); short/100 == share {
				return strconv.FormatFloat(short, 'f', -1, 64), true
			}
		}
		return value, err == nil
	case ofMoney:
		minor, err := strconv.ParseInt(value, 10, 64)
		return majorOf(lang, minor, f.currency), err == nil
	case ofText:
		text, err := strconv.Unquote(value)
		if f.among != "" {
			text = named(lang, f.among, text)
		}
		return text, err == nil
	}
	if f.real {
		value = strings.TrimSuffix(value, ".0")
	}
	return value, true
}

// inWords is a rule as a sentence: "the stage is active, and orders are at least 3"; empty where it can only be shown as it is.
func inWords(lang string, fields []field, when string) string {
	said, ok := phrases(lang, fields, when)
	if !ok || len(said.Rows) == 0 {
		return ""
	}
	mixed := slices.ContainsFunc(said.Rows[1:], func(p phrase) bool { return p.Or != said.Rows[len(said.Rows)-1].Or })
	var all strings.Builder
	for i, row := range said.Rows {
		join := "and"
		if row.Or {
			join = "or"
		}
		if mixed && row.Or != said.Any { // within a group
			join += ".within"
		}
		if i > 0 {
			all.WriteString(word(lang, "phrase."+join))
		}
		f := fieldOf(fields, row.Field)
		sign := word(lang, "phrase.sign."+signKey(row.Sign))
		switch {
		case f.kind == ofTruth && row.Sign == "==":
			all.WriteString(f.Label)
			continue
		case f.kind == ofTruth:
			all.WriteString(word(lang, "phrase.not") + " " + f.Label)
			continue
		}
		fmt.Fprintf(&all, "%s %s %s", f.Label, sign, row.Value)
		if f.kind == ofShare {
			all.WriteString(" %")
		}
	}
	return tied(lang, upper(all.String())+".")
}

// signKey is what words call a comparison.
func signKey(sign string) string {
	return map[string]string{"==": "is", "!=": "isnot", ">=": "least", "<=": "most", ">": "more", "<": "less"}[sign]
}
