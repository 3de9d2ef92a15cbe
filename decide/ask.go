package decide

import (
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
)

// unanswered is how long a question that was seen keeps others from being asked: one at a time.
const unanswered = 24 * time.Hour

// confirmable is how long an address that was given waits to be confirmed; then it may be asked for again. It is a little
// longer than the link in the mail holds, so that nobody is asked while they can still follow it.
const confirmable = 3 * 24 * time.Hour

// answerChance is that what is asked of somebody is answered, before an objective counts answers: a starting point,
// as those of cost.go.
const answerChance = 0.02

// unwelcome is why the question of a content is not asked now, of no item in particular, or nothing.
func (d *deliberation) unwelcome(c *content) aparte.ReasonCode {
	if !d.mayAskOf(c) {
		return aparte.OneQuestion
	}
	if c.Items != aparte.NoItems {
		return "" // each item has an answer of its own: see unwelcomeOf
	}
	return d.answeredBy(c.Ask, "")
}

// unwelcomeOf is why the question of a content is not asked of an item, or nothing.
func (d *deliberation) unwelcomeOf(c *content, item *aparte.Item) aparte.ReasonCode {
	if c.Ask.Restock && item.Stock > 0 {
		return aparte.InStock
	}
	return d.answeredBy(c.Ask, item.ID)
}

// answeredBy is what the person's answer so far says against asking: that there is one, or that they would rather not.
func (d *deliberation) answeredBy(a *aparte.Ask, item aparte.ItemID) aparte.ReasonCode {
	t, told := d.person.Trait(a.TraitOf(item))
	old := d.now.Sub(t.At)
	switch {
	case told && t.Provenance == aparte.Declared && t.Value.Kind == aparte.Null:
		if a.Rest == 0 || old < a.Rest.Std() {
			return aparte.RatherNot
		}
		return ""
	case told && t.Value.Str == aparte.AskPending && a.Kind == aparte.AskAddress:
		if old < confirmable {
			return aparte.AlreadyKnown
		}
	case told && t.Value.Kind != aparte.Null && t.Provenance <= aparte.Observed:
		if a.Again == 0 || old < a.Again.Std() {
			return aparte.AlreadyKnown
		}
	}
	if a.Kind == aparte.AskAddress && d.writtenTo(a.Consent) {
		return aparte.AlreadyKnown
	}
	return ""
}

// writtenTo reports whether the person has an address, and has said whether they want to be written to for a purpose. What
// they asked for themselves needs no more than the address.
func (d *deliberation) writtenTo(purpose aparte.Purpose) bool {
	_, addressed := d.person.Identifier(aparte.KindEmail)
	_, told := d.person.Consented(purpose, aparte.Email)
	return addressed && (told || purpose == aparte.Service)
}

// mayAskOf reports whether no other question is being asked: in another slot of the page, or in the last while, not
// answered since.
func (d *deliberation) mayAskOf(c *content) bool {
	for _, id := range d.q.Except {
		if other, ok := d.plan.byContent[id]; ok && d.plan.contents[other].Ask != nil {
			return false
		}
	}
	for i := len(d.person.Said) - 1; i >= 0; i-- {
		s := &d.person.Said[i]
		if d.now.Sub(s.At) >= unanswered {
			break // oldest first
		}
		if s.Content == c.ID || s.Seen == 0 {
			continue
		}
		if other, ok := d.plan.byContent[s.Content]; ok && d.waitsFor(&d.plan.contents[other], s) {
			return false
		}
	}
	return true
}

// waitsFor reports whether a content that was said asked something that was not answered since.
func (d *deliberation) waitsFor(c *content, s *aparte.Said) bool {
	if c.Ask == nil {
		return false
	}
	t, told := d.person.Trait(c.Ask.TraitOf(s.Item))
	return !told || t.Provenance != aparte.Declared || t.At.Before(s.At)
}

// promise is what asking is worth by what the brand says an answer is: all of it, times the chance of one. An objective that
// counts answers learns both, and takes its place. An address is worth most of who is not known by name: of who is, it
// only brings the consent.
func (d *deliberation) promise(c *content) float64 {
	if c.Ask == nil || d.plan.answers {
		return 0
	}
	worth := float64(c.Ask.Worth) * answerChance
	if c.Ask.Kind == aparte.AskAddress && d.known() {
		worth /= 2
	}
	return worth
}

// describeAnswers adds what the person has answered to the brand's questions, where there are few answers to tell apart.
func (d *deliberation) describeAnswers(s *sheet) {
	for _, at := range d.plan.asks {
		a := d.plan.contents[at].Ask
		t, told := d.person.Trait(a.Trait)
		if !told || t.Provenance != aparte.Declared || t.Value.Kind == aparte.Null {
			continue
		}
		if answer, ok := telling(a, t.Value); ok {
			s.add(answerFeature(a, answer), 1)
		}
	}
}

func answerFeature(a *aparte.Ask, answer string) hashed {
	return feature("answer", a.Trait+": "+answer)
}

// The words that answers are told by, where they are not options.
var (
	yesNo  = [...]string{"no", "yes"}
	thirds = [...]string{"low", "middle", "high"}
)

// telling is an answer as a word, where it is one of few.
func telling(a *aparte.Ask, v aparte.Value) (string, bool) {
	switch {
	case a.Kind == aparte.AskChoice && v.Kind == aparte.Text:
		return v.Str, slices.ContainsFunc(a.Options, func(o aparte.Option) bool { return o.Key == v.Str })
	case a.Kind == aparte.AskYesNo && v.Kind == aparte.Bool:
		return yesNo[oneIf(v.Num != 0)], true
	case a.Kind == aparte.AskScale && v.Kind == aparte.Number && v.Num >= float64(a.Least) && v.Num <= float64(a.Most):
		third := (v.Num - float64(a.Least)) / float64(a.Most-a.Least+1) * 3
		return thirds[int(third)], true
	}
	return "", false
}
