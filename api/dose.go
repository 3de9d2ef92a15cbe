package api

import (
	"context"
	"math"
	"time"

	"github.com/aparte-dev/aparte/engine"
)

// doseDocument is what followed in weeks with so many messages that reached out: weeks that began with something that was seen, and
// ended within the period.
type doseDocument struct {
	Messages   int         `json:"messages"` // so many; 10 stands for more, too
	Weeks      int64       `json:"weeks"`
	Departures shareOf     `json:"departures"` // people who refused, complained or fell silent in such a week
	Value      *meanOfThem `json:"value"`      // that objectives brought in such a week, in minor units; null: too few weeks
}

type shareOf struct {
	People   int64      `json:"people"`
	Share    float64    `json:"share"`
	Interval [2]float64 `json:"interval"` // for one look
}

type meanOfThem struct {
	Mean     float64    `json:"mean"`
	Interval [2]float64 `json:"interval"` // for one look
}

// dosesOf is the part of results that says what goes with how many messages. It compares no causes: who is written to more is
// somebody else.
func dosesOf(ctx context.Context, l Ledger, from, to time.Time) ([]doseDocument, error) {
	counters, err := l.Counters(ctx, "dose/", from, to)
	if err != nil {
		return nil, err
	}
	doses := []doseDocument{}
	for _, x := range engine.DosesOf(counters) {
		d := doseDocument{Messages: x.Messages, Weeks: x.Weeks, Departures: shareOf{People: x.Departures, Interval: [2]float64{x.Gone.Low, x.Gone.High}}}
		if x.Weeks > 0 {
			d.Departures.Share = x.Gone.Value
		}
		if !math.IsNaN(x.Value.Low) {
			d.Value = &meanOfThem{x.Value.Value, [2]float64{x.Value.Low, x.Value.High}}
		}
		doses = append(doses, d)
	}
	return doses, nil
}
