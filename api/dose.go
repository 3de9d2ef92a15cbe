package api

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aparte-dev/aparte/measure"
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
	by := map[int]map[string]int64{}
	for _, c := range counters {
		count, what, _ := strings.Cut(strings.TrimPrefix(c.Key, "dose/"), "/")
		messages, err := strconv.Atoi(count)
		if err != nil {
			continue // not one of those: see engine/departures.go
		}
		if by[messages] == nil {
			by[messages] = map[string]int64{}
		}
		by[messages][what] += c.N
	}
	doses := []doseDocument{}
	for messages, sums := range by {
		doses = append(doses, doseOf(messages, sums))
	}
	slices.SortFunc(doses, func(a, b doseDocument) int { return a.Messages - b.Messages })
	return doses, nil
}

func doseOf(messages int, sums map[string]int64) doseDocument {
	d := doseDocument{Messages: messages, Weeks: sums["weeks"]}
	share := measure.Share(sums["departures"], d.Weeks, level)
	d.Departures = shareOf{People: sums["departures"], Interval: [2]float64{share.Low, share.High}}
	if d.Weeks > 0 {
		d.Departures.Share = share.Value
	}
	if mean := measure.MeanOf(d.Weeks, float64(sums["value"]), float64(sums["squares"]), level); !math.IsNaN(mean.Low) {
		d.Value = &meanOfThem{mean.Value, [2]float64{mean.Low, mean.High}}
	}
	return d
}
