package console

import (
	"fmt"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/learn/score"
	"github.com/aparte-dev/aparte/measure"
)

// scoresView is how near people are to each objective, as far as that was learned or declared.
type scoresView struct {
	Objectives []scoringView
	Fitted     bool // there is a fit
}

// scoringView is one objective's.
type scoringView struct {
	*engine.Scoring // nil: not tried yet
	ID              aparte.ObjectiveID
	Name            aparte.Words
	Days            int64
	Curve           curveView
	Bands           []bandOfChance
	Looked          int64 // people in the bands
	Weighs          []weighView
	Known           []knownView
	Gain            measure.Estimate
	Declared        *aparte.Score // nil: no points are
}

// curveView is a reliability curve on a square of 100, what was foretold from left to right, what came upwards.
type curveView struct {
	Most   string // what both ends stand for, as a share
	Dots   []dotView
	Points string // of the line through them
}

// dotView is some people of like scores.
type dotView struct {
	measure.Calibration
	X, Y, Low, High float64
}

// bandOfChance is people whose chance is now in a band.
type bandOfChance struct {
	From, To float64
	People   int64
	Width    float64 // of its bar, in per cent
}

// weighView is what makes people's scores differ.
type weighView struct {
	Words aparte.Words
	Up    bool
	Width float64
}

// knownView is how well people are told apart by what is known of them.
type knownView struct {
	Key   string // of a word
	AUC   measure.Estimate
	Chart intervalChart
}

func (s *console) scores(w http.ResponseWriter, r *http.Request) {
	var v scoresView
	fit := s.Engine.Fit()
	v.Fitted = fit != nil
	if plan := s.Engine.Plan(); plan != nil {
		b := plan.Brand()
		for i := range b.Objectives {
			v.Objectives = append(v.Objectives, scoringOf(b, &b.Objectives[i], fit, language(r)))
		}
	}
	s.show(w, "scores", "frame.html", s.view(r, "scores", v))
}

func scoringOf(b *aparte.Brand, o *aparte.Objective, fit *engine.Fit, lang string) scoringView {
	v := scoringView{ID: o.ID, Name: o.Name, Days: int64(math.Round(b.HorizonOf(o.ID).Hours() / 24))}
	if len(v.Name) == 0 {
		v.Name = aparte.Words{"en": string(o.ID)}
	}
	if declared, ok := b.ScoreOf(o.ID); ok && len(declared.Points) > 0 {
		v.Declared = declared
	}
	if fit == nil {
		return v
	}
	if v.Scoring = fit.Scoring(o.ID); v.Scoring == nil || v.Model == nil {
		return v
	}
	v.Days = int64(math.Round(v.Horizon.Std().Hours() / 24))
	v.Curve = curveOf(v.Proof.Reliability, lang)
	v.Bands, v.Looked = bandsOf(v.Chances)
	v.Weighs = weighsOf(v.Model)
	v.Known, v.Gain = []knownView{knownOf("scores.known.both", v.Proof.AUC), knownOf("scores.known.behaviour", v.Proof.Behaviour)}, v.Proof.Gain
	if v.Traits > 0 {
		v.Known = append(v.Known, knownOf("scores.known.traits", v.Proof.Traits))
	}
	return v
}

// curveOf draws a curve up to a round share that holds all of it.
func curveOf(reliability []measure.Calibration, lang string) (v curveView) {
	most := 0.05
	for _, c := range reliability {
		most = max(most, c.High, c.Predicted)
	}
	most = min(1, math.Ceil(most*20)/20)
	v.Most = shareText(lang, most)
	var points []string
	for i := len(reliability) - 1; i >= 0; i-- {
		c := reliability[i]
		d := dotView{c, round1(100 * c.Predicted / most), round1(100 - 100*c.Observed/most), round1(100 - 100*c.Low/most), round1(100 - 100*c.High/most)}
		v.Dots = append(v.Dots, d)
		points = append(points, fmt.Sprint(d.X, ",", d.Y))
	}
	v.Points = strings.Join(points, " ")
	return v
}

// bandsOf are those up to the last that anybody is in.
func bandsOf(chances []int) (bands []bandOfChance, looked int64) {
	most, last := 1, 0
	for i, n := range chances {
		looked += int64(n)
		if most = max(most, n); n > 0 {
			last = i
		}
	}
	for i := range min(last+1, len(chances)) {
		n, wide := chances[i], 1/float64(len(chances))
		bands = append(bands, bandOfChance{float64(i) * wide, float64(i+1) * wide, int64(n), round1(100 * float64(n) / float64(most))})
	}
	return bands, looked
}

// mostWeighs are shown.
const mostWeighs = 10

func weighsOf(m *score.Model) (all []weighView) {
	columns := m.Weightiest()
	for _, c := range columns[:min(mostWeighs, len(columns))] {
		if by := c.Weighs(); math.Abs(by) >= 0.01 {
			all = append(all, weighView{c.Words(), by > 0, round1(100 * math.Abs(by) / math.Abs(columns[0].Weighs()))})
		}
	}
	return all
}

// knownOf draws an AUC between 0.5, which chance has, and 1.
func knownOf(key string, e measure.Estimate) knownView {
	return knownView{key, e, chartOf(e.Low, e.High, e.Value, 0.5, 1)}
}

// maturityView is how near somebody is to an objective.
type maturityView struct {
	decide.Maturity
	Name    aparte.Words
	Width   float64
	Days    int64
	Like    *measure.Calibration // people to whom about as much was foretold
	Reasons []weighView
}

// mostReasons are shown of a person's score.
const mostReasons = 5

func (s *console) maturities(p *aparte.Person, now time.Time) (all []maturityView) {
	plan, fit := s.Engine.Plan(), s.Engine.Fit()
	if plan == nil {
		return nil
	}
	var asked decide.Fit
	if fit != nil {
		asked = fit
	}
	for _, m := range plan.Maturities(p, asked, now) {
		v := maturityView{Maturity: m, Name: objectiveName(plan.Brand(), m.Objective), Width: round1(100 * m.Score)}
		if m.Learned {
			of := fit.Scoring(m.Objective)
			v.Days = int64(math.Round(of.Horizon.Std().Hours() / 24))
			if like, ok := of.Proof.Like(m.Score); ok {
				v.Like = &like
			}
			reasons := fit.ScoreReasons(m.Objective, p, now)
			for _, r := range reasons[:min(mostReasons, len(reasons))] {
				v.Reasons = append(v.Reasons, weighView{r.Words, r.Adds > 0, round1(100 * math.Abs(r.Adds) / math.Abs(reasons[0].Adds))})
			}
		}
		all = append(all, v)
	}
	return all
}
