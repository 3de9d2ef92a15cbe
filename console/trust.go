package console

import (
	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
)

// trustView is what shows of the trust of all people, and the contents that lose it.
type trustView struct {
	engine.Trusting
	Lines []trustLine
	Costs []trustCost
}

// trustLine is one sign of trust: how much of it there is.
type trustLine struct {
	Key string // of a word
	N   float64
	Hot bool
}

// trustCost is a content that loses trust oftener than others.
type trustCost struct {
	engine.Distrust
	Name aparte.Words
}

// trustOf is what the last fit saw; nil: nobody was looked at.
func trustOf(fit *engine.Fit, b *aparte.Brand) *trustView {
	if fit == nil || fit.Trusting.People == 0 {
		return nil
	}
	t := fit.Trusting
	v := &trustView{Trusting: t, Lines: []trustLine{
		{"trust.granted", float64(t.Granted), false}, {"trust.declared", float64(t.Declared), false}, {"trust.corrections", t.Corrections, false},
		{"trust.refusals", t.Refusals, t.Refusals > 0}, {"trust.withdrawals", t.Withdrawals, t.Withdrawals > 0}, {"trust.complaints", t.Complaints, t.Complaints > 0},
	}}
	const leastLost = 2 // one complaint is nobody's habit
	for _, d := range fit.Distrusts {
		for i := range b.Contents {
			if c := &b.Contents[i]; c.ID == d.Content && d.Lost >= leastLost {
				v.Costs = append(v.Costs, trustCost{d, c.Name})
			}
		}
	}
	return v
}

// trustFigure is the same as a file: what shows of everybody's trust, then contents.
func trustFigure(fit *engine.Fit, b *aparte.Brand, lang string) *figure {
	f := figureOf("sign", "content", "name", "people#", "n~", "said#", "excess~")
	v := trustOf(fit, b)
	if v == nil {
		return f
	}
	f.add("losing", "", word(lang, "trust.losing"), v.People, float64(v.Losing), nil, nil)
	for _, line := range v.Lines {
		f.add(line.Key[len("trust."):], "", word(lang, line.Key), v.People, line.N, nil, nil)
	}
	for _, c := range v.Costs {
		f.add("content", c.Content, wordsText(lang, c.Name), nil, float64(c.Lost), c.Said, c.Excess)
	}
	return f
}

// personTrust is what shows of one person's trust.
type personTrust struct {
	Left  float64 // in [0, 1]
	Lines []trustLine
}

func trustOfPerson(t aparte.Trust) personTrust {
	return personTrust{Left: 1 - t.Lost(), Lines: []trustLine{
		{"trust.granted", float64(t.Granted), false}, {"trust.denied", float64(t.Denied), false}, {"trust.declared", float64(t.Declared), false},
		{"trust.corrections", t.Corrections, false}, {"trust.refusals", t.Refusals, t.Refusals > 0.5}, {"trust.withdrawals", t.Withdrawals, t.Withdrawals > 0.5},
		{"trust.complaints", t.Complaints, t.Complaints > 0.5},
	}}
}
