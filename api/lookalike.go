package api

import (
	"context"
	"encoding/hex"
	"errors"
	"net/http"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/grant"
)

// Lookalike is what makes people alike, how well it tells them apart, and who they are, as the door answers and the command prints it.
type Lookalike struct {
	At            time.Time       `json:"at"`
	Seeds         int             `json:"seeds"`
	Others        int             `json:"others"` // who are ranked
	Objecting     int             `json:"objecting"`
	Failed        int             `json:"failed"`
	LearnedSeeds  int             `json:"learnedSeeds"`
	LearnedOthers int             `json:"learnedOthers"`
	JudgedSeeds   int             `json:"judgedSeeds"`
	JudgedOthers  int             `json:"judgedOthers"`
	AUC           Figure          `json:"auc"`
	Sizes         []LookalikeSize `json:"sizes"`
	InCommon      []InCommon      `json:"inCommon"`
	Columns       []string        `json:"columns"`
	LeftOut       []string        `json:"leftOut"`
	Trees         int             `json:"trees"`
	Listed        int             `json:"listed"`
}

// LookalikeSize is how good an audience of a size is.
type LookalikeSize struct {
	Share  float64 `json:"share"`
	People int     `json:"people"`
	Score  Figure  `json:"score"` // of the last of them
	Found  Figure  `json:"found"` // share of seeds held out that are among so many
	Low    Figure  `json:"low"`   // of a 95 % interval
	High   Figure  `json:"high"`
	Lift   Figure  `json:"lift"`
}

// InCommon is something that more seeds than others have.
type InCommon struct {
	Column string       `json:"column"`
	Says   string       `json:"says"`
	Means  aparte.Words `json:"means"`
	Seeds  Figure       `json:"seeds"` // the share of whom it is said
	Others Figure       `json:"others"`
}

// LookalikePerson is somebody who is listed.
type LookalikePerson struct {
	ID      string   `json:"id"`
	Seed    bool     `json:"seed"`
	Score   Figure   `json:"score"`
	Value   Figure   `json:"value"` // of a seed, as asked for
	Reasons []string `json:"reasons"`
	Emails  []string `json:"emailsSha256,omitempty"`
}

// mostInCommon is of how many things it is told.
const mostInCommon = 10

// LookalikeOf is what was found.
func LookalikeOf(r *engine.Resemblance) Lookalike {
	return Lookalike{
		At: r.At, Seeds: r.Seeds, Others: r.Others, Objecting: r.Objecting, Failed: r.Failed, LearnedSeeds: r.LearnedSeeds, LearnedOthers: r.LearnedOthers,
		JudgedSeeds: r.JudgedSeeds, JudgedOthers: r.JudgedOthers, AUC: Figure(r.AUC), Columns: r.Columns, LeftOut: r.LeftOut, Trees: r.Trees, Listed: len(r.Listed),
		Sizes: each(r.Sizes, sizeOf),
		InCommon: each(r.InCommon[:min(len(r.InCommon), mostInCommon)], func(c engine.InCommon) InCommon {
			return InCommon{c.Column, c.Words, c.Meaning, Figure(c.Seeds), Figure(c.Others)}
		}),
	}
}

func sizeOf(s engine.AudienceSize) LookalikeSize {
	return LookalikeSize{s.Share, s.People, Figure(s.Score), Figure(s.Found), Figure(s.Interval.Low), Figure(s.Interval.High), Figure(s.Lift)}
}

// LookalikePersonOf is somebody of those who were found.
func LookalikePersonOf(a *engine.Alike) LookalikePerson {
	p := LookalikePerson{ID: a.ID.String(), Seed: a.Seed, Score: Figure(a.Score), Value: Figure(a.Weight), Reasons: []string{}}
	for _, reason := range a.Reasons {
		p.Reasons = append(p.Reasons, reason.Words)
	}
	for _, sum := range a.Emails {
		p.Emails = append(p.Emails, hex.EncodeToString(sum[:]))
	}
	return p
}

// LookalikeAsked is the body of the question.
type LookalikeAsked struct {
	Seed        string  `json:"seed"`
	Value       string  `json:"value,omitempty"`
	Size        float64 `json:"size,omitempty"`
	Seeds       bool    `json:"seeds,omitempty"`
	Identifiers bool    `json:"identifiers,omitempty"`
}

// lookalike answers POST /v1/admin/lookalike: who resembles the people for whom a condition holds. Who accepts application/x-ndjson is told
// how far it is, then everybody who is listed, a line each, and last what was found; others are told that alone.
func (s *server) lookalike(w http.ResponseWriter, r *http.Request) error {
	asked, err := s.likenessAsked(r)
	if err != nil {
		return err
	}
	if asked.Identifiers {
		if err := s.mayTake(r, grant.Hashed); err != nil {
			return err
		}
	}
	ctx, stop := context.WithTimeout(r.Context(), whatIfTimeout)
	defer stop()
	lines := s.progressOf(w, r, whatIfTimeout)
	found, err := s.engine.Resemble(ctx, asked, lines.tell)
	if err != nil {
		return s.end(r, lines, likenessRefused(err), nil)
	}
	for i := 0; lines.asked && i < len(found.Listed); i++ {
		if ctx.Err() != nil {
			return nil // who asked has gone
		}
		lines.line(map[string]any{"person": LookalikePersonOf(&found.Listed[i])})
	}
	return s.end(r, lines, nil, func() any { return LookalikeOf(found) })
}

// likenessAsked reads the question.
func (s *server) likenessAsked(r *http.Request) (l engine.Likeness, err error) {
	var asked LookalikeAsked
	release, err := s.bodies.decode(r, maxEvent, &asked)
	if err != nil {
		return l, err
	}
	defer release()
	if !(asked.Size >= 0 && asked.Size <= 0.2) {
		return l, refuse(http.StatusBadRequest, "/size", "must be from 0 to 0.2")
	}
	return engine.Likeness(asked), nil
}

// likenessRefused says where the question is wrong, where it is.
func likenessRefused(err error) error {
	var where *engine.BadCondition
	var value *engine.BadAmount
	var alike *engine.TooAlike
	switch {
	case errors.As(err, &where):
		return refuse(http.StatusBadRequest, "/seed", where.Error())
	case errors.As(err, &value):
		return refuse(http.StatusBadRequest, "/value", value.Error())
	case errors.As(err, &alike):
		return refuse(http.StatusUnprocessableEntity, "/seed", alike.Error())
	}
	return err
}
