package api

import (
	"net/http"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/learn/score"
	"github.com/aparte-dev/aparte/measure"
)

// maturityDocument is how near somebody is to an objective.
type maturityDocument struct {
	Objective aparte.ObjectiveID    `json:"objective"`
	Score     float64               `json:"score"`            // in [0, 1]
	Learned   bool                  `json:"learned"`          // it is the probability that was learned; else the points' share of their level
	Points    *float64              `json:"points,omitempty"` // left out where none are declared
	Days      float64               `json:"days,omitempty"`   // of a learned score: within which it is foretold
	Fit       uint64                `json:"fit,omitempty"`    // which tells so
	Like      *calibrationDocument  `json:"like,omitempty"`   // people held out to whom about as much was foretold, and what came of it
	Reasons   []scoreReasonDocument `json:"reasons,omitempty"`
}

// scoreReasonDocument is what one thing adds to the log odds of somebody's score, compared with who is usual in it.
type scoreReasonDocument struct {
	What  string       `json:"what"`
	Words aparte.Words `json:"words"`
	Adds  float64      `json:"adds"`
}

// calibrationDocument is some people of like scores.
type calibrationDocument struct {
	People   int     `json:"people"`
	Foretold float64 `json:"foretold"` // on average
	Came     float64 `json:"came"`     // to what share of them
	Low      float64 `json:"low"`      // 95 % interval of that
	High     float64 `json:"high"`
}

// mostReasons are told of a score.
const mostReasons = 6

func maturityDocumentsOf(p *aparte.Person, plan *decide.Plan, fit *engine.Fit, now time.Time) []maturityDocument {
	docs := []maturityDocument{}
	for _, m := range maturities(p, plan, fit, now) {
		doc := maturityDocument{Objective: m.Objective, Score: m.Score, Learned: m.Learned}
		if m.Declared {
			doc.Points = &m.Points
		}
		if m.Learned {
			s := fit.Scoring(m.Objective)
			doc.Days, doc.Fit = s.Horizon.Std().Hours()/24, fit.Version
			if like, ok := s.Proof.Like(m.Score); ok {
				told := calibrationDocumentOf(like)
				doc.Like = &told
			}
			reasons := fit.ScoreReasons(m.Objective, p, now)
			doc.Reasons = each(reasons[:min(mostReasons, len(reasons))], func(r score.Reason) scoreReasonDocument {
				return scoreReasonDocument{r.Column, r.Words, r.Adds}
			})
		}
		docs = append(docs, doc)
	}
	return docs
}

// maturities are nobody's where there is no brand.
func maturities(p *aparte.Person, plan *decide.Plan, fit *engine.Fit, now time.Time) []decide.Maturity {
	switch {
	case plan == nil:
		return nil
	case fit == nil:
		return plan.Maturities(p, nil, now)
	}
	return plan.Maturities(p, fit, now)
}

func exportedScores(p *aparte.Person, plan *decide.Plan, fit *engine.Fit, now time.Time) (scores, points map[string]float64) {
	for _, m := range maturities(p, plan, fit, now) {
		if scores == nil {
			scores, points = map[string]float64{}, map[string]float64{}
		}
		scores[string(m.Objective)] = m.Score
		if m.Declared {
			points[string(m.Objective)] = m.Points
		}
	}
	return scores, points
}

func calibrationDocumentOf(c measure.Calibration) calibrationDocument {
	return calibrationDocument{c.People, c.Predicted, c.Observed, c.Low, c.High}
}

// scoresDocument is what was learned of how near people are to objectives.
type scoresDocument struct {
	Fit    uint64            `json:"fit"` // 0: there is none yet
	Scores []scoringDocument `json:"scores"`
}

type scoringDocument struct {
	Objective aparte.ObjectiveID `json:"objective"`
	Days      float64            `json:"days"` // within which it is foretold whether they reach it
	At        time.Time          `json:"at"`
	Lack      score.Lack         `json:"lack,omitempty"` // why nothing was learned
	People    int                `json:"people"`         // of whom there were landmarks
	Reached   int                `json:"reached"`        // of these, those who reached it after one
	Landmarks int                `json:"landmarks"`
	Proof     *proofDocument     `json:"proof,omitempty"`
	Weighs    []weightDocument   `json:"weighs,omitempty"`  // the most first
	Chances   []int              `json:"chances,omitempty"` // people by their chance now, in bands of equal width
}

// proofDocument is how a score did with people held out, at one landmark each.
type proofDocument struct {
	People      int                   `json:"people"`
	Reached     int                   `json:"reached"`
	Reliability []calibrationDocument `json:"reliability"`
	AUC         estimateDocument      `json:"auc"`
	Behaviour   estimateDocument      `json:"behaviour"` // of what people do alone
	Traits      *estimateDocument     `json:"traits"`    // of who they are alone; null: nothing is known of that
	Gain        *estimateDocument     `json:"gain"`      // auc less that of traits
}

type estimateDocument struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"` // 95 % interval
	High  float64 `json:"high"`
}

// weightDocument is what one standard deviation of a thing adds to the log odds.
type weightDocument struct {
	What   string       `json:"what"`
	Words  aparte.Words `json:"words"`
	Weighs float64      `json:"weighs"`
}

// scores answers GET /v1/admin/scores.
func (s *server) scores(w http.ResponseWriter, _ *http.Request) error {
	doc := scoresDocument{Scores: []scoringDocument{}}
	if fit := s.engine.Fit(); fit != nil {
		doc.Fit, doc.Scores = fit.Version, each(fit.Scores, scoringDocumentOf)
	}
	s.json(w, http.StatusOK, doc)
	return nil
}

func scoringDocumentOf(s engine.Scoring) scoringDocument {
	doc := scoringDocument{
		Objective: s.Objective, Days: s.Horizon.Std().Hours() / 24, At: s.At, Lack: s.Lack, People: s.People, Reached: s.Reached,
		Landmarks: s.Rows, Chances: s.Chances,
	}
	if s.Model == nil {
		return doc
	}
	doc.Weighs = each(s.Model.Weightiest(), func(c score.Column) weightDocument {
		return weightDocument{c.Name(), c.Words(), c.Weighs()}
	})
	estimate := func(e measure.Estimate) *estimateDocument { return &estimateDocument{e.Value, e.Low, e.High} }
	p := s.Proof
	doc.Proof = &proofDocument{
		People: p.People, Reached: p.Reached, Reliability: each(p.Reliability, calibrationDocumentOf), AUC: *estimate(p.AUC), Behaviour: *estimate(p.Behaviour),
	}
	if s.Traits > 0 {
		doc.Proof.Traits, doc.Proof.Gain = estimate(p.Traits), estimate(p.Gain)
	}
	return doc
}
