package decide

import (
	"fmt"
	"maps"
	"regexp"
	"slices"

	"github.com/aparte-dev/aparte"
)

// Bounds of a question.
const (
	MinOptions = 2
	MaxOptions = 12
	MaxScale   = 11 // numbers of a scale
	maxOwnWord = 64 // bytes of a trait asked for, and of a wording
)

// askable are the names of traits that can be asked for: a rule writes them traits.NAME.
var askable = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,63}$`)

// question checks what a content asks.
func (a *audit) question(c *aparte.Content, content string) {
	q, at := c.Ask, content+"/ask"
	if a.check(askable.MatchString(q.Trait), at+"/trait", "%q is no name of a trait: a letter, then letters, digits and _, at most %d", clip(q.Trait), maxOwnWord) {
		a.check(q.Trait != "email" && q.Trait != "phone" && q.Trait != "consents", at+"/trait", "%q is no trait to be answered: an address is asked for with the kind %q", q.Trait, aparte.AskAddress)
		a.check(!a.brand.Policy.ForbidsName(q.Trait), at+"/trait", "the policy forbids to use %q: what may not be used is not asked for", q.Trait)
	}
	switch q.Kind {
	case aparte.AskChoice, aparte.AskScale, aparte.AskYesNo, aparte.AskText, aparte.AskDate, aparte.AskAddress:
	default:
		a.fail(at+"/kind", "%q is none of %q, %q, %q, %q, %q and %q", clip(string(q.Kind)), aparte.AskChoice, aparte.AskScale, aparte.AskYesNo, aparte.AskText, aparte.AskDate, aparte.AskAddress)
	}
	a.options(q, at)
	a.scale(q, at)
	a.address(q, at)
	a.words(q.Privacy, at+"/privacy")
	a.check(q.Again >= 0, at+"/again", "is negative")
	a.check(q.Rest >= 0, at+"/rest", "is negative")
	a.check(q.Worth >= 0 && q.Worth <= maxPostage, at+"/worth", "%d is not in [0, %d]", q.Worth, int64(maxPostage))
	a.check(!q.Restock || c.Items != aparte.NoItems && c.Items != aparte.Recommended, at+"/restock", "the content speaks of no item that may be out of stock")
	for i, ch := range c.Channels {
		a.check(drawn(ch), fmt.Sprintf("%s/channels/%d", content, i), "nothing can be answered on %q", clip(string(ch)))
	}
	a.check(slices.ContainsFunc(c.Elements, func(e aparte.Element) bool { return e.Name == "headline" }), content+"/elements", "what is asked is the element headline, and there is none")
}

func (a *audit) options(q *aparte.Ask, at string) {
	if q.Kind != aparte.AskChoice {
		a.check(len(q.Options) == 0, at+"/options", "have no meaning for %q", clip(string(q.Kind)))
		return
	}
	a.check(len(q.Options) >= MinOptions && len(q.Options) <= MaxOptions, at+"/options", "%d of them: a choice has %d to %d", len(q.Options), MinOptions, MaxOptions)
	for i, o := range q.Options {
		pointer := fmt.Sprintf("%s/options/%d", at, i)
		a.check(isID(o.Key) && len(o.Key) <= maxOwnWord, pointer+"/key", "%q is no key: 1 to %d bytes of printable text", clip(o.Key), maxOwnWord)
		a.check(!slices.ContainsFunc(q.Options[:i], func(x aparte.Option) bool { return x.Key == o.Key }), pointer+"/key", "%q is there twice", clip(o.Key))
		a.words(o.Words, pointer+"/words")
	}
}

func (a *audit) scale(q *aparte.Ask, at string) {
	if q.Kind != aparte.AskScale {
		a.check(q.Least == 0 && q.Most == 0, at+"/most", "has no meaning for %q", clip(string(q.Kind)))
		a.check(q.Ends[0] == nil && q.Ends[1] == nil, at+"/ends", "have no meaning for %q", clip(string(q.Kind)))
		return
	}
	a.check(q.Least >= 0 && q.Most <= 100 && q.Least < q.Most && q.Most-q.Least < MaxScale, at+"/most", "a scale goes from one number to a larger one within 0 to 100, and has at most %d", MaxScale)
	a.words(q.Ends[0], at+"/ends/0")
	a.words(q.Ends[1], at+"/ends/1")
}

func (a *audit) address(q *aparte.Ask, at string) {
	if q.Kind != aparte.AskAddress {
		a.check(q.Consent == "", at+"/consent", "has no meaning for %q: only an address is written to", clip(string(q.Kind)))
		a.check(q.Wording == "", at+"/wording", "has no meaning for %q", clip(string(q.Kind)))
		return
	}
	a.check(q.Consent == aparte.Marketing || q.Consent == aparte.Service, at+"/consent", "%q is neither %q nor %q", clip(string(q.Consent)), aparte.Marketing, aparte.Service)
	a.check(isID(q.Wording) && len(q.Wording) <= maxOwnWord, at+"/wording", "names no version of the text that is agreed to: 1 to %d bytes", maxOwnWord)
	if w := a.brand.Wording(q.Wording); w != nil { // else its text is kept elsewhere
		a.check(w.Purpose == q.Consent && (w.Channel == "" || w.Channel == aparte.Email), at+"/wording", "%q asks for something else than %q by e-mail", clip(q.Wording), q.Consent)
	}
}

// Bounds of wordings.
const (
	maxWordings = 256
	maxWording  = 8 << 10 // bytes, in a language
)

// wordings checks the texts by which consents are asked for.
func (a *audit) wordings() {
	all := a.brand.Wordings
	a.bounded("/wordings", len(all), maxWordings)
	for i := range all {
		w, at := &all[i], fmt.Sprintf("/wordings/%d", i)
		a.check(isID(w.ID) && len(w.ID) <= maxOwnWord, at+"/id", "%q is no name of a version: 1 to %d bytes", clip(w.ID), maxOwnWord)
		a.check(!slices.ContainsFunc(all[:i], func(x aparte.Wording) bool { return x.ID == w.ID }), at+"/id", "%q is there twice", clip(w.ID))
		switch w.Purpose {
		case aparte.Marketing, aparte.Service, aparte.Profiling, aparte.Location:
		default:
			a.fail(at+"/purpose", "%q is no purpose", clip(string(w.Purpose)))
		}
		a.check(w.Channel == "" || isChannel(w.Channel), at+"/channel", "%q is not a channel", clip(string(w.Channel)))
		a.words(w.Text, at+"/text")
		for lang, text := range w.Text {
			a.check(len(text) <= maxWording, at+"/text/"+clip(lang), "has over %d bytes", maxWording)
		}
	}
}

func (a *audit) words(w aparte.Words, pointer string) {
	a.check(len(w) > 0, pointer, "has no words")
	for _, lang := range slices.Sorted(maps.Keys(w)) {
		a.check(isLanguage(lang), pointer, "%q is not a BCP 47 language", clip(lang))
		a.check(w[lang] != "", pointer, "has no words in %q", clip(lang))
	}
}
