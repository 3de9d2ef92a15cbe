package decide

import (
	"slices"
	"strings"
	"unicode"

	"github.com/aparte-dev/aparte"
)

// Explain answers "why did I get this?" for the person themselves: plain sentences, in French where lang
// begins with "fr" and in English otherwise, the most telling first. They say what the person did and
// what the brand decided; no number of the model, and nothing that was inferred or bought in, is told.
func Explain(d *aparte.Decision, b *aparte.Brand, lang string) []string {
	e := explanation{d: d, b: b, lang: lang}
	for _, c := range b.Contents {
		if c.ID == d.Action.Content {
			e.source(c.Items, d.Action.Item)
			e.source(c.Companion, d.Companion)
		}
	}
	for _, r := range d.Reasons {
		e.reason(r)
	}
	return e.told
}

// ExplainReason is a reason in one line for the marketer, in French where lang begins with "fr" and in
// English otherwise. It names rules, features and what they were worth; it is not for the person.
func ExplainReason(r aparte.Reason, b *aparte.Brand, lang string) string {
	words, known := toMarketer[r.Code]
	if !known {
		return string(r.Code)
	}
	said := words.in(lang)
	if r.Detail == "" {
		return said
	}
	detail := r.Detail
	switch rule := ruleOf(b, r.Detail); {
	case r.Code == aparte.FeatureSpoke:
		detail = featureIn(r.Detail, b, lang)
	case r.Code == aparte.GivesAway || r.Code == aparte.ShadowPrice || r.Code == aparte.BudgetSpent:
		detail = budgetIn(r.Detail, b, lang)
	case r.Code == aparte.InHoldout:
		detail = objectiveIn(r.Detail, b, lang)
	case rule != nil && len(rule.Name) > 0:
		detail = rule.Name.In(lang, b.Locale)
	}
	said += colon.in(lang) + detail
	if r.Amount != 0 {
		said += " (" + worthIn(r.Amount, b.Currency, lang) + ")"
	}
	return said
}

// ExplainFate is what became of a decision's i-th candidate, in one line for the marketer: that it was chosen,
// that it could have been, or why it could not.
func ExplainFate(d *aparte.Decision, i int, lang string) string {
	excluded := d.Candidates[i].Excluded
	words, known := toMarketer[excluded]
	switch {
	case i == d.Chosen:
		return fateChosen.in(lang)
	case excluded == "":
		return fateEligible.in(lang)
	case !known:
		return string(excluded)
	}
	return words.in(lang)
}

// explanation is what the person is told, as it grows.
type explanation struct {
	d    *aparte.Decision
	b    *aparte.Brand
	lang string
	told []string
}

// say adds a sentence about a thing, unless there is no thing to speak of or it was said already.
func (e *explanation) say(words sentence, thing string) {
	said := words.in(e.lang)
	if strings.Contains(said, "{}") {
		if thing == "" {
			return
		}
		said = strings.ReplaceAll(said, "{}", thing)
	}
	if !slices.Contains(e.told, said) {
		e.told = append(e.told, said)
	}
}

// source tells what an item source says of the person by itself.
func (e *explanation) source(s aparte.ItemSource, id aparte.ItemID) {
	if words, known := sources[s]; known && id != "" {
		e.say(words, e.nameOf(id))
	}
}

func (e *explanation) reason(r aparte.Reason) {
	switch r.Code {
	case aparte.FeatureSpoke:
		if words, known := facts[r.Detail]; known {
			thing := e.item()
			if r.Detail == featureInIntent || r.Detail == featureCategoryFit {
				thing = e.category()
			}
			e.say(words, thing)
		}
	case aparte.RuleHeld:
		if rule := ruleOf(e.b, r.Detail); rule != nil && tellable(e.b, rule) {
			e.say(meantFor, rule.Name.In(e.lang, e.b.Locale))
		}
	default:
		if r.Code == aparte.InHoldout && r.Detail != "" {
			e.say(heldOutOfSome, "")
		} else if words, known := toPerson[r.Code]; known {
			e.say(words, "")
		}
	}
}

// tellable reports whether a rule may be named to the person: it has a name, and it speaks of nothing
// that was inferred, foretold or bought in, nor of what the policy calls sensitive. A word in a text of the
// rule that is one of these keeps it unnamed too.
func tellable(b *aparte.Brand, r *aparte.Rule) bool {
	if len(r.Name) == 0 {
		return false
	}
	words := strings.FieldsFunc(r.When, func(c rune) bool {
		return c != '_' && c != '.' && c != '-' && !unicode.IsLetter(c) && !unicode.IsDigit(c)
	})
	return !slices.ContainsFunc(words, func(word string) bool {
		root, _, _ := strings.Cut(word, ".")
		return slices.Contains(guessed, word) || slices.Contains(guessed, root) || b.Policy.Unsaid(strings.TrimPrefix(word, "traits."))
	})
}

// guessed are the variables of rules that were worked out of somebody, or foretold: what steers is not told.
var guessed = []string{
	"inferred", "persona", "personas", "score", "points", "alike", "audiences",
	"person.lifecycle", "person.days_in_stage", "person.order_due", "person.churn", "person.alive", "person.ltv", "person.orders_ahead",
}

func (e *explanation) item() string { return e.nameOf(e.d.Action.Item) }

func (e *explanation) nameOf(id aparte.ItemID) string {
	if i := e.find(id); i != nil {
		return i.Name.In(e.lang, e.b.Locale)
	}
	return ""
}

func (e *explanation) category() string {
	if i := e.find(e.d.Action.Item); i != nil {
		return e.b.CategoryName(i.Category, e.lang)
	}
	return ""
}

func (e *explanation) find(id aparte.ItemID) *aparte.Item {
	if id == "" {
		return nil
	}
	for i := range e.b.Items {
		if e.b.Items[i].ID == id {
			return &e.b.Items[i]
		}
	}
	return nil
}

func ruleOf(b *aparte.Brand, id string) *aparte.Rule {
	for i := range b.Rules {
		if string(b.Rules[i].ID) == id {
			return &b.Rules[i]
		}
	}
	return nil
}

func budgetIn(id string, b *aparte.Brand, lang string) string {
	for i := range b.Budgets {
		if x := &b.Budgets[i]; string(x.ID) == id && len(x.Name) > 0 {
			return x.Name.In(lang, b.Locale)
		}
	}
	return id
}

func objectiveIn(id string, b *aparte.Brand, lang string) string {
	for i := range b.Objectives {
		if o := &b.Objectives[i]; string(o.ID) == id && len(o.Name) > 0 {
			return o.Name.In(lang, b.Locale)
		}
	}
	return id
}
