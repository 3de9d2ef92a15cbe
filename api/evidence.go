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
	Made         madeDocument         `json:"made"`
	Magnets      magnetsDocument      `json:"magnets"`
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

// madeDocument is what was seen of what was made by hand: assets, and the words of variants.
type madeDocument struct {
	Exposures int             `json:"exposures"` // decisions that were seen, each once
	Creatives int             `json:"creatives"` // different ones among them
	Made      int             `json:"made"`      // pieces of which they were made
	PerPiece  float64         `json:"perPiece"`  // creatives for each of these
	Pieces    []pieceDocument `json:"pieces"`    // the first thousand, of what was served in most creatives first
	Untold    bool            `json:"untold"`    // there are more creatives than are told apart
}

type pieceDocument struct {
	Asset     string           `json:"asset,omitzero"` // else the words of a variant
	Content   aparte.ContentID `json:"content,omitzero"`
	Element   string           `json:"element,omitzero"`
	Variant   string           `json:"variant,omitzero"`
	Exposures int              `json:"exposures"`
	Creatives int              `json:"creatives"`
	First     time.Time        `json:"first"`             // when it was first seen
	Uploaded  time.Time        `json:"uploaded,omitzero"` // where that was in the period
	Minutes   *float64         `json:"minutes,omitempty"` // from then to the first exposure
}

// magnetsDocument is what was collected by contents that ask for an address: by those for whom something says they fit, and by those
// that are offered to anybody.
type magnetsDocument struct {
	Relevant collectionDocument `json:"relevant"`
	Generic  collectionDocument `json:"generic"`
	Each     []magnetDocument   `json:"each"`
	Uplift   *upliftDocument    `json:"uplift"` // null: nobody was where either could have been asked
}

type collectionDocument struct {
	Asked int64          `json:"asked"` // that were seen
	Given int64          `json:"given"` // to which an address was given
	Rate  *shareDocument `json:"rate"`  // null where nobody was asked
}

type shareDocument struct {
	Value    float64    `json:"value"`
	Interval [2]float64 `json:"interval"`
}

type magnetDocument struct {
	Content  aparte.ContentID `json:"content"`
	Relevant bool             `json:"relevant"`
	collectionDocument
}

// upliftDocument compares the two where a draw decided which was asked.
type upliftDocument struct {
	People   int         `json:"people"`
	Relevant float64     `json:"relevant"` // rate, had all been asked by a relevant one
	Generic  float64     `json:"generic"`
	Value    float64     `json:"value"`   // the first less the second
	OneLook  *[2]float64 `json:"oneLook"` // null: too few people
	Anytime  *[2]float64 `json:"anytime"`
}

func magnetsOf(m *engine.Magnets) magnetsDocument {
	doc := magnetsDocument{Relevant: collectionOf(m.Relevant), Generic: collectionOf(m.Generic), Each: []magnetDocument{}}
	for i := range m.Each {
		doc.Each = append(doc.Each, magnetDocument{m.Each[i].Content, m.Each[i].Relevant, collectionOf(m.Each[i].Collection)})
	}
	if m.Uplift.N > 0 {
		doc.Uplift = &upliftDocument{People: m.Uplift.N, Relevant: m.Fair.Relevant.Value(), Generic: m.Fair.Generic.Value(), Value: m.Uplift.Value()}
		if m.Uplift.N > 1 {
			one, any := m.Uplift.Estimate(level), m.Uplift.Anytime(level)
			doc.Uplift.OneLook, doc.Uplift.Anytime = &[2]float64{one.Low, one.High}, &[2]float64{any.Low, any.High}
		}
	}
	return doc
}

func collectionOf(c engine.Collection) collectionDocument {
	doc := collectionDocument{Asked: c.Asked, Given: c.Given}
	if c.Asked > 0 {
		rate := c.Rate(level)
		doc.Rate = &shareDocument{rate.Value, [2]float64{rate.Low, rate.High}}
	}
	return doc
}

// mostPieces bounds how many pieces the door tells of.
const mostPieces = 1000

func madeOf(m *engine.Made) madeDocument {
	doc := madeDocument{Exposures: m.Exposures, Creatives: m.Creatives, Made: len(m.Pieces), PerPiece: m.PerPiece(), Untold: m.Untold, Pieces: []pieceDocument{}}
	for i := range m.Pieces[:min(len(m.Pieces), mostPieces)] {
		p := &m.Pieces[i]
		piece := pieceDocument{
			Asset: p.Asset, Content: p.Content, Element: p.Element, Variant: p.Variant,
			Exposures: p.Exposures, Creatives: p.Creatives, First: p.First, Uploaded: p.Uploaded,
		}
		if wait, known := p.Wait(); known {
			minutes := wait.Minutes()
			piece.Minutes = &minutes
		}
		doc.Pieces = append(doc.Pieces, piece)
	}
	return doc
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
	doc.Found.Made, doc.Found.Magnets = madeOf(&v.Made), magnetsOf(&v.Magnets)
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
