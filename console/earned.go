package console

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/measure"
)

// evidenceView is what the log proves of its own decisions, in words.
type evidenceView struct {
	Looking   bool
	Done      int64 // of a hundred
	Found     *engine.Evidence
	Settled   int64
	Trust     string // key of a word
	Good      bool
	Concerns  []engine.Concern
	Weights   measure.Diagnosis
	Sum       int64 // of the weights
	P         float64
	Contents  []earnedRow
	Ways      []earnedRow
	League    []earnedRow // the ways of which most can be said, the best first
	Purposes  []earnedRow // contents by objective
	Objective int         // how many there are

	Pieces    []pieceRow // of what was made by hand, those served in most creatives
	Collected []collectedRow
	Uplift    measure.Estimate // of relevant magnets over generic ones, in points; for any time of looking
	Lifts     bool             // it is known
}

// pieceRow is one thing that was made by hand.
type pieceRow struct{ engine.Piece }

// Waited is how long it took until somebody saw it, 0 where that is not known.
func (r pieceRow) Waited() time.Duration {
	wait, _ := r.Wait()
	return wait
}

// piecesShown is how many of them the page tells of.
const piecesShown = 20

// collectedRow is what was collected by one magnet, or by all of a kind, which Key names.
type collectedRow struct {
	Key     string
	Content aparte.ContentID
	engine.Collection
	Rate measure.Estimate
}

// gathered tells what was made of what was made by hand, and what magnets collected.
func (v *evidenceView) gathered() {
	for i := range v.Found.Made.Pieces[:min(piecesShown, len(v.Found.Made.Pieces))] {
		v.Pieces = append(v.Pieces, pieceRow{v.Found.Made.Pieces[i]})
	}
	m := &v.Found.Magnets
	v.Collected = []collectedRow{
		{Key: "magnets.relevant", Collection: m.Relevant, Rate: m.Relevant.Rate(level)}, {Key: "magnets.generic", Collection: m.Generic, Rate: m.Generic.Rate(level)},
	}
	for i := range m.Each {
		v.Collected = append(v.Collected, collectedRow{Content: m.Each[i].Content, Collection: m.Each[i].Collection, Rate: m.Each[i].Rate(level)})
	}
	if v.Lifts = m.Uplift.N > 1; v.Lifts {
		v.Uplift = m.Uplift.Anytime(level)
		v.Uplift.Value, v.Uplift.Low, v.Uplift.High = 100*v.Uplift.Value, 100*v.Uplift.Low, 100*v.Uplift.High
	}
}

// earnedRow is what something earned each time it was said. There is an interval or a doubt.
type earnedRow struct {
	engine.Way
	Name      aparte.Words
	Objective aparte.Words
	Said      int64
	Open      float64 // share of these in which something else might well have been
	Doubt     measure.DoubtKind
	Each      measure.Estimate // for any time of looking
	Sure      bool             // none is not in the interval
	Chart     intervalChart
	Currency  string
}

func evidenceOf(s *engine.Sight, compared []engine.Compared, b *aparte.Brand) evidenceView {
	v := evidenceView{Looking: s.Looking, Done: int64(100 * s.Done), Found: s.Evidence, Objective: len(b.Objectives)}
	if v.Found == nil {
		return v
	}
	trust, concerns := v.Found.Trust(compared)
	v.Trust, v.Good, v.Concerns, v.Weights, v.P = "trust."+string(trust), trust == engine.Fine, concerns, v.Found.Truth.Diagnose(), v.Found.Truth.P()
	v.Sum = int64(math.Round(v.Weights.MeanWeight * float64(v.Weights.Rows)))
	v.gathered()
	v.Settled = int64(v.Found.Truth.Settled())
	for i := range v.Found.Earned {
		e := &v.Found.Earned[i]
		row := earnedOf(e, e.All, b)
		switch {
		case e.Whole():
			v.Contents = append(v.Contents, row)
			for j, id := range v.Found.Objectives {
				part := earnedOf(e, e.By[j], b)
				if part.Objective = objectiveName(b, id); part.Doubt == "" && len(v.Found.Objectives) > 1 {
					v.Purposes = append(v.Purposes, part)
				}
			}
		case row.Doubt != engine.NoChoice:
			v.Ways = append(v.Ways, row)
		}
	}
	scaleEarned(v.Contents)
	scaleEarned(v.Ways)
	scaleEarned(v.Purposes)
	v.League = leagueOf(v.Ways)
	return v
}

// leagueShown is how many rows the table has.
const leagueShown = 40

// leagueOf sorts ways of saying things by the least that they earn, so that what is merely uncertain does not lead; those of which
// nothing can be said yet come last, what was said most first.
func leagueOf(ways []earnedRow) []earnedRow {
	rows := slices.Clone(ways)
	slices.SortStableFunc(rows, func(a, b earnedRow) int {
		switch {
		case (a.Doubt == "") != (b.Doubt == "") && a.Doubt == "":
			return -1
		case (a.Doubt == "") != (b.Doubt == ""):
			return 1
		case a.Doubt != "":
			return cmp.Compare(b.Said, a.Said)
		}
		return cmp.Compare(b.Each.Low, a.Each.Low)
	})
	return rows[:min(leagueShown, len(rows))]
}

// nameOf is what a content is called.
func (v *evidenceView) nameOf(lang string, id aparte.ContentID) string {
	for i := range v.Contents {
		if v.Contents[i].Content == id {
			return wordsText(lang, v.Contents[i].Name)
		}
	}
	return string(id)
}

func earnedOf(e *engine.Earned, c *measure.Change, b *aparte.Brand) earnedRow {
	row := earnedRow{Way: e.Way, Name: aparte.Words{"en": string(e.Content)}, Said: int64(e.Said), Open: float64(e.Open) / float64(max(e.Said, 1)), Currency: b.Currency}
	for i := range b.Contents {
		if b.Contents[i].ID == e.Content {
			row.Name = b.Contents[i].Name
		}
	}
	row.Each, _, row.Doubt = e.Figure(c, level)
	row.Sure = row.Doubt == "" && !row.Each.Contains(0)
	return row
}

// scaleEarned draws rows side by side, on one line from the lowest end of an interval to the highest.
func scaleEarned(rows []earnedRow) {
	from, to := 0.0, 0.0
	for i := range rows {
		if rows[i].Doubt == "" {
			from, to = min(from, rows[i].Each.Low), max(to, rows[i].Each.High)
		}
	}
	for i := range rows {
		e := &rows[i].Each
		rows[i].Chart = chartOf(e.Low, e.High, e.Value, from, to)
	}
}
