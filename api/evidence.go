package api

import (
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/measure"
)

// evidenceDocument is what the log proves of its own decisions.
type evidenceDocument struct {
	Looking bool           `json:"looking"` // the log is being read again; what was found is of the time before
	Done    float64        `json:"done"`    // how far that is, from 0 to 1
	Found   *foundDocument `json:"found"`   // null: nothing yet
}

// foundDocument is what was found.
type foundDocument struct {
	At        time.Time `json:"at"` // until when outcomes are known
	Since     time.Time `json:"since"`
	Until     time.Time `json:"until"` // of the decisions
	Level     float64   `json:"level"`
	People    int       `json:"people"`
	Sampled   bool      `json:"sampled"` // there are more people than were read
	LeftOut   int       `json:"leftOut"` // people whose histories are too long to be anybody's
	Decisions int       `json:"decisions"`
	Open      int       `json:"open"`    // of these, with a window that is not over
	Settled   int       `json:"settled"` // of these, with one thing only that could be done: they prove nothing

	Trust        engine.Trust         `json:"trust"` // fine, look or disbelieve
	Concerns     []concernDocument    `json:"concerns"`
	Propensities propensitiesDocument `json:"propensities"`
	LeastElse    float64              `json:"leastElse"` // only moments in which something else had this share at least count for what was earned
	Earned       []earnedDocument     `json:"earned"`
	Variety      []varietyDocument    `json:"variety"`
	Rates        []rateDocument       `json:"rates"`  // by channel
	Untold       bool                 `json:"untold"` // there are more layouts and variants than are told of
}

// rateDocument is how often something came of what was said on a channel, with what that is a share of, and what others had.
type rateDocument struct {
	Channel    aparte.Channel      `json:"channel"`
	Rate       measure.RateKind    `json:"rate"` // what is counted, and of what
	Part       int                 `json:"part"`
	Whole      int                 `json:"whole"`
	Share      float64             `json:"share"`
	Interval   [2]float64          `json:"interval"`   // for one look
	Benchmarks []benchmarkDocument `json:"benchmarks"` // others' figures, counted alike; empty: none are known
}

type benchmarkDocument struct {
	Sector  aparte.Words `json:"sector"`
	Share   float64      `json:"share"`
	Of      aparte.Words `json:"of"` // whose figures they are, and of what
	Year    int          `json:"year"`
	Source  string       `json:"source"`
	Licence string       `json:"licence"`
}

func rateOf(r engine.Rate) rateDocument {
	return rateDocument{
		Channel: r.Channel, Rate: r.Kind, Part: r.Part, Whole: r.Whole, Share: r.Share.Value, Interval: [2]float64{r.Share.Low, r.Share.High},
		Benchmarks: each(r.Others, func(b measure.Benchmark) benchmarkDocument {
			return benchmarkDocument{b.Sector, b.Value, b.Of, b.Year, b.Source, b.Licence}
		}),
	}
}

// varietyDocument is how different the things are that were said to people of one segment. Two are the same where content,
// channel and hour of the day are.
type varietyDocument struct {
	Segment  string  `json:"segment"` // a stage of life with the brand, as of the end of the evidence
	Said     int     `json:"said"`
	Distinct int     `json:"distinct"`
	Share    float64 `json:"share"`  // of distinct ones
	Differ   float64 `json:"differ"` // how likely two drawn by chance are not the same
}

type concernDocument struct {
	Kind    engine.ConcernKind `json:"kind"`
	Trust   engine.Trust       `json:"trust"`
	Content aparte.ContentID   `json:"content,omitzero"`
	P       float64            `json:"p"`
	Words   string             `json:"words"`
}

// propensitiesDocument says whether choices are drawn as logged. Weights are those of doing each thing that could be done
// equally often.
type propensitiesDocument struct {
	P            float64        `json:"p"`         // for any time of looking
	Weights      float64        `json:"weights"`   // their sum
	WeightsP     float64        `json:"weightsP"`  // of being as far from the number of decisions
	Effective    float64        `json:"effective"` // sample size
	LargestShare float64        `json:"largest"`   // share of the largest weight
	Sizes        []sizeDocument `json:"bySize"`    // of propensities
}

type sizeDocument struct {
	Above  float64 `json:"above"`
	UpTo   float64 `json:"upTo"`
	Stated float64 `json:"stated"` // how often something of such a propensity should have been chosen
	Chosen int     `json:"chosen"` // how often it was
	P      float64 `json:"p"`
}

// earnedDocument is what a content, or a way of saying it, has earned.
type earnedDocument struct {
	Content    aparte.ContentID                      `json:"content"`
	Element    string                                `json:"element,omitzero"`
	Variant    string                                `json:"variant,omitzero"`
	Layout     aparte.LayoutID                       `json:"layout,omitzero"`
	Said       int                                   `json:"said"`
	Open       int                                   `json:"open"`   // of these, where something else had the share of leastElse at least: what was earned is of them
	Chosen     int                                   `json:"chosen"` // of these, where something else could have been
	Stated     float64                               `json:"stated"` // how often that should have been
	P          float64                               `json:"p"`
	All        figureDocument                        `json:"all"` // objectives together
	Objectives map[aparte.ObjectiveID]figureDocument `json:"objectives"`
}

// figureDocument is a value each time something was said, in minor units; or why there is none.
type figureDocument struct {
	Each  *eachDocument     `json:"each"`
	Doubt measure.DoubtKind `json:"doubt,omitzero"`
	Words string            `json:"words,omitzero"`
}

type eachDocument struct {
	Value   float64    `json:"value"`
	OneLook [2]float64 `json:"oneLook"`
	Anytime [2]float64 `json:"anytime"`
}

func evidenceOf(s *engine.Sight, plan *decide.Plan, compared []engine.Compared, lang string) *evidenceDocument {
	doc := &evidenceDocument{Looking: s.Looking, Done: s.Done}
	v := s.Evidence
	if v == nil {
		return doc
	}
	trust, concerns := v.Trust(compared)
	weights := v.Truth.Diagnose()
	sum := weights.MeanWeight * float64(weights.Rows)
	doc.Found = &foundDocument{
		At: v.At, Since: v.Since, Until: v.Until, Level: level, People: v.People, Sampled: v.Sampled, LeftOut: v.LeftOut,
		Decisions: v.Decisions, Open: v.Open, Settled: v.Truth.Settled(), Trust: trust, Concerns: []concernDocument{}, LeastElse: engine.LeastElse, Earned: []earnedDocument{}, Untold: v.Untold,
		Propensities: propensitiesDocument{P: v.Truth.P(), Weights: sum, WeightsP: weights.P, Effective: weights.ESS, Sizes: []sizeDocument{}},
	}
	if sum > 0 {
		doc.Found.Propensities.LargestShare = weights.MaxWeight / sum
	}
	for i := range concerns {
		c := &concerns[i]
		name := string(c.Content)
		if content, known := plan.Content(c.Content); known {
			name = content.Name.In(lang, plan.Brand().Locale)
		}
		doc.Found.Concerns = append(doc.Found.Concerns, concernDocument{c.Kind, c.Trust, c.Content, c.P, c.In(lang, name)})
	}
	above := 0.5
	for i := range v.Truth.Sizes() {
		if d := v.Truth.Of(i); d.Rows() > 0 {
			size := sizeDocument{above, 2 * above, d.Expected(), d.Happened(), d.P()}
			if i == v.Truth.Sizes()-1 {
				size.Above = 0
			}
			doc.Found.Propensities.Sizes = append(doc.Found.Propensities.Sizes, size)
		}
		above /= 2
	}
	doc.Found.Variety = each(v.Variety, func(x engine.Variety) varietyDocument {
		return varietyDocument{x.Segment, x.Said, x.Distinct, x.Share(), x.Differ}
	})
	doc.Found.Rates = each(v.Rates(), rateOf)
	for i := range v.Earned {
		doc.Found.Earned = append(doc.Found.Earned, earnedOf(&v.Earned[i], v.Objectives, lang))
	}
	return doc
}

func earnedOf(e *engine.Earned, objectives []aparte.ObjectiveID, lang string) earnedDocument {
	doc := earnedDocument{
		Content: e.Content, Element: e.Element, Variant: e.Variant, Layout: e.Layout, Said: e.Said, Open: e.Open,
		Chosen: e.Draws.Happened(), Stated: e.Draws.Expected(), P: e.Draws.P(),
		All: figureOf(e, e.All, lang), Objectives: make(map[aparte.ObjectiveID]figureDocument, len(objectives)),
	}
	for i, id := range objectives {
		doc.Objectives[id] = figureOf(e, e.By[i], lang)
	}
	return doc
}

func figureOf(e *engine.Earned, c *measure.Change, lang string) figureDocument {
	anytime, oneLook, doubt := e.Figure(c, level)
	if doubt != "" {
		return figureDocument{Doubt: doubt, Words: engine.DoubtIn(doubt, lang)}
	}
	return figureDocument{Each: &eachDocument{oneLook.Value, [2]float64{oneLook.Low, oneLook.High}, [2]float64{anytime.Low, anytime.High}}}
}
