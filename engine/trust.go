package engine

import (
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/measure"
)

// Trust is how far evidence is to be believed.
type Trust string

// From best to worst.
const (
	Fine       Trust = "fine"
	LookAt     Trust = "look"       // something is unusual, or little is known
	Disbelieve Trust = "disbelieve" // before it is known why
)

// Concern is a reason not to trust evidence.
type Concern struct {
	Trust
	Kind    ConcernKind
	Content aparte.ContentID // of whose draws it is
	P       float64          // the evidence for it, as a p-value
	Count   int              // how many there are, of what it is about
	Want    float64          // how many there should be
}

// ConcernKind is what is wrong.
type ConcernKind string

// What may be wrong.
const (
	FewDecisions ConcernKind = "few_decisions" // to check anything with
	WrongDraws   ConcernKind = "draws"         // choices are not drawn by their propensities
	WrongContent ConcernKind = "content"       // nor is a content
	WrongWeights ConcernKind = "weights"       // inverse propensities do not add up
	OneWeight    ConcernKind = "one_weight"    // or one of them carries the sum
	WrongSplit   ConcernKind = "split"         // people are not held out as stated
)

// What is unusual, and what is too much of it.
const (
	unusual       = 0.01
	impossible    = 0.001
	mostLeverage  = 0.05
	fewestToCheck = 100
)

// Trust says how far evidence, and comparisons with people who are held out, are to be believed, and why not.
func (v *Evidence) Trust(compared []Compared) (Trust, []Concern) {
	var all []Concern
	doubt := func(p float64, c Concern) {
		c.P = p
		switch {
		case p < impossible:
			c.Trust = Disbelieve
		case p < unusual:
			c.Trust = LookAt
		default:
			return
		}
		all = append(all, c)
	}
	for i := range compared {
		if c := &compared[i]; c.Objective == c.Holdout {
			entered := float64(c.EnteredTreated + c.EnteredHeld)
			doubt(c.Mismatch(), Concern{Kind: WrongSplit, Count: int(c.EnteredHeld), Want: c.Share * entered})
		}
	}
	doubt(v.Truth.P(), Concern{Kind: WrongDraws, Count: v.Truth.Rows()})
	contents := 0
	for i := range v.Earned {
		if v.Earned[i].Whole() {
			contents++
		}
	}
	for i := range v.Earned { // of many contents, one is unusual by chance (Bonferroni)
		if e := &v.Earned[i]; e.Whole() {
			doubt(min(1, e.Draws.P()*float64(contents)), Concern{Kind: WrongContent, Content: e.Content, Count: e.Draws.Happened(), Want: e.Draws.Expected()})
		}
	}
	weights := v.Truth.Diagnose()
	switch {
	case v.Truth.Rows() < fewestToCheck:
		all = append(all, Concern{Trust: LookAt, Kind: FewDecisions, Count: v.Truth.Rows()})
	case weights.Leverage > mostLeverage: // their sum is not normally distributed
		all = append(all, Concern{Trust: LookAt, Kind: OneWeight, Count: weights.Rows, Want: weights.MaxWeight})
	default:
		doubt(weights.P, Concern{Kind: WrongWeights, Count: int(weights.MeanWeight*float64(weights.Rows) + 0.5), Want: float64(weights.Rows)})
	}
	worst := Fine
	for _, c := range all {
		if worst == Fine || c.Trust == Disbelieve {
			worst = c.Trust
		}
	}
	return worst, all
}

// In says it in English or, where lang is "fr", in French. name is what the content is called there.
func (c *Concern) In(lang, name string) string {
	words := concernWords[c.Kind]
	text, as := words[0], message.NewPrinter(language.BritishEnglish)
	if lang == "fr" {
		text, as = words[1], message.NewPrinter(language.French)
	}
	p := as.Sprintf("p\u00a0=\u00a0%v", number.Decimal(c.P, number.Precision(1)))
	if c.P < impossible {
		p = as.Sprintf("p\u00a0<\u00a0%v", number.Decimal(impossible))
	}
	return strings.NewReplacer("{n}", as.Sprint(number.Decimal(c.Count)), "{want}", as.Sprint(number.Decimal(c.Want, number.MaxFractionDigits(0))), "{p}", p, "{name}", name).Replace(text)
}

var concernWords = map[ConcernKind][2]string{
	FewDecisions: {"There are {n} decisions so far: too few to check much with.", "Il n’y a que {n} décisions\u00a0: trop peu pour vérifier grand-chose."},
	WrongDraws:   {"Choices do not fall as the propensities in the log have it ({p}).", "Les choix ne tombent pas comme le veulent les propensions du journal ({p})."},
	WrongContent: {"“{name}” was said {n} times, where its propensities make {want} ({p}).", "«\u00a0{name}\u00a0» a été dit {n} fois, là où ses propensions en prévoient {want} ({p})."},
	WrongWeights: {"Inverse propensities add up to {n}, where right ones add up to about {want} ({p}).", "Les inverses des propensions font {n} en tout, là où des propensions justes feraient environ {want} ({p})."},
	OneWeight:    {"One decision counts for {want} of {n}: the sum of weights cannot tell yet.", "Une décision compte pour {want} sur {n}\u00a0: la somme des poids ne dit encore rien."},
	WrongSplit:   {"{n} people are held out, where the stated share makes {want} ({p}).", "{n} personnes sont tenues à l’écart, là où la part annoncée en prévoit {want} ({p})."},
}

// DoubtIn says why there is no figure, in English or, where lang is "fr", in French.
func DoubtIn(kind measure.DoubtKind, lang string) string {
	words := doubtWords[kind]
	if lang == "fr" {
		return words[1]
	}
	return words[0]
}

// NoChoice is the doubt about what was never weighed against anything else.
const NoChoice measure.DoubtKind = "no_choice"

var doubtWords = map[measure.DoubtKind][2]string{
	NoChoice:           {"never in doubt: nothing to compare with", "aucun choix\u00a0: rien à comparer"},
	measure.FewWeights: {"a few decisions would carry all", "tout reposerait sur quelques décisions"},
	measure.OneRow:     {"one decision would carry all", "tout reposerait sur une décision"},
	measure.FewRewards: {"too few outcomes yet", "encore trop peu de résultats"},
	measure.FewPeople:  {"too few people yet", "encore trop peu de personnes"},
	measure.NeverDone:  {"never done there", "jamais fait à ces moments"},
	measure.Misweighed: {"the weights do not add up", "le total des poids n’est pas juste"},
}

// Figure is what something earned each time it was said, for any time of looking, or why that is not told: there is none
// without its interval, and no interval where a few carry all. c is e.All or one of e.By.
func (e *Earned) Figure(c *measure.Change, level float64) (anytime, oneLook measure.Estimate, doubt measure.DoubtKind) {
	if c.Changed() == 0 && e.Open > 0 { // there was a choice: what followed is not known yet
		return anytime, oneLook, measure.FewRewards
	}
	if c.Changed() == 0 {
		return anytime, oneLook, NoChoice
	}
	if c.Dropped() == 0 {
		return anytime, oneLook, measure.FewPeople
	}
	if doubts := c.Doubted(); len(doubts) > 0 {
		for _, d := range doubts { // of little, a few parts are always much
			if d.Kind == measure.FewPeople || d.Kind == measure.FewRewards {
				return anytime, oneLook, d.Kind
			}
		}
		return anytime, oneLook, doubts[0].Kind
	}
	oneLook = c.Earned(level)
	return c.Anytime(oneLook, level), oneLook, ""
}
