package simulate

import (
	"context"
	"errors"
	"math"
	"net/http"

	"github.com/aparte-dev/aparte"
)

// Audit compares what the engine predicted with the truth, and reads who is held out. What an action is
// worth against silence within the window is compared for every letter that could be said.
type Audit struct {
	First int // day from which on decisions are looked at
	Every int // one in so many is

	n                                  float64
	predicted, truth, square, together float64
	truths                             float64 // Σ of their squares
}

// Calibration is how predictions and truths go together.
type Calibration struct {
	Pairs     int     `json:"pairs"`
	Predicted float64 `json:"predicted"` // mean, in minor units
	True      float64 `json:"true"`
	Slope     float64 `json:"slope"` // of the regression of the truth on the prediction; 1 where it is calibrated
	Correlate float64 `json:"correlation"`
}

func (x *Audit) wants(day, asked int) bool { return x != nil && day >= x.First && asked%x.Every == 0 }

func (x *Audit) add(predicted, truth float64) {
	x.n++
	x.predicted += predicted
	x.truth += truth
	x.square += predicted * predicted
	x.truths += truth * truth
	x.together += predicted * truth
}

// Calibration sums the audit up.
func (x *Audit) Calibration() Calibration {
	if x.n == 0 {
		return Calibration{}
	}
	p, t := x.predicted/x.n, x.truth/x.n
	covary, spread, spreadTrue := x.together/x.n-p*t, x.square/x.n-p*p, x.truths/x.n-t*t
	c := Calibration{Pairs: int(x.n), Predicted: p, True: t}
	if spread > 0 {
		c.Slope = covary / spread
	}
	if spread > 0 && spreadTrue > 0 {
		c.Correlate = covary / math.Sqrt(spread*spreadTrue)
	}
	return c
}

// log is what the admin door says of somebody's latest decision.
type log struct {
	Decisions []struct {
		ID         string `json:"id"`
		Candidates []struct {
			Content  aparte.ContentID  `json:"content"`
			Value    float64           `json:"value"`
			Excluded aparte.ReasonCode `json:"excluded"`
		} `json:"candidates"`
	} `json:"decisions"`
}

func (a *Aparte) latest(ctx context.Context, p *Stranger) (log, error) {
	var l log
	err := a.call(ctx, http.MethodGet, "/v1/admin/people/"+p.id()+"/decisions?limit=1", a.house.SecretKey, nil, &l)
	return l, err
}

func (a *Aparte) audit(ctx context.Context, m *Moment) error {
	l, err := a.latest(ctx, &m.Person)
	if err != nil {
		return err
	}
	if len(l.Decisions) != 1 || l.Decisions[0].ID != a.decision {
		return errors.New("the log has another decision last")
	}
	p, now := m.person, season(m.Day)
	for _, c := range l.Decisions[0].Candidates {
		said, err := actionOf(c.Content)
		if err != nil {
			return err
		}
		if said != Silence && c.Excluded == "" {
			truth := p.worth(said, m.missing, now) + letterCost - p.worth(Silence, m.missing, now) - leavingCosts*p.leaves(said, m.missing)
			a.Audit.add(c.Value, truth)
		}
	}
	return nil
}

// HeldOut reports whether somebody is kept in silence to measure by, as the log of their latest decision tells.
func (a *Aparte) HeldOut(ctx context.Context, p *Stranger) (bool, error) {
	l, err := a.latest(ctx, p)
	if err != nil {
		return false, err
	}
	for _, d := range l.Decisions {
		for _, c := range d.Candidates {
			if c.Excluded == aparte.InHoldout {
				return true, nil
			}
		}
	}
	return false, nil
}
