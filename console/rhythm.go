package console

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/measure"
)

// rhythmView is when what is said is answered, and what goes with how much of it.
type rhythmView struct {
	Looking  bool
	Done     int64
	Hours    []int // 0 to 23
	Heat     []heatRow
	Best     float64 // the rate that is drawn strongest
	Doses    []doseRow
	Pressure pressureView
	Currency string
}

// heatRow is one channel by the hour.
type heatRow struct {
	Channel  aparte.Channel
	Cells    [24]heatCell
	Said     int64
	Answered int64
}

// heatCell is an hour of it: Shade is 0 where too little was said, else 1 to 5.
type heatCell struct {
	Hour           int
	Said, Answered int64
	Shade          int
}

// leastHeat is how much must have been said in an hour for its rate to be drawn.
const leastHeat = 20

// doseRow is what went with so many messages a week.
type doseRow struct {
	engine.Dose
	More   bool // so many, or more
	Valued bool
}

// pressureView is the share of departures by how many messages, on a field of 600 × 160.
type pressureView struct {
	Line, Band string
	Dots       []dotView
	Most       float64
}

// leastWeeks is how many weeks a number of messages must have for its share to be drawn.
const leastWeeks = 20

// dosesOver is over how long weeks are looked at.
const dosesOver = 91 * 24 * time.Hour

// mostDose stands for more messages, too.
const mostDose = 10

func (s *console) doses(ctx context.Context) ([]engine.Dose, error) {
	return s.Engine.Doses(ctx, s.Now().Add(-dosesOver).Truncate(time.Hour), s.Now().Add(time.Hour))
}

func (s *console) rhythm(w http.ResponseWriter, r *http.Request) {
	plan := s.Engine.Plan()
	if plan == nil {
		s.problem(w, r, http.StatusNotFound, "problem.brand")
		return
	}
	doses, err := s.doses(r.Context())
	if err != nil {
		s.Logger.ErrorContext(r.Context(), "console rhythm", "error", err)
		s.problem(w, r, http.StatusInternalServerError, "problem.read")
		return
	}
	v := rhythmView{Currency: plan.Brand().Currency, Pressure: pressureOf(doses)}
	for _, d := range doses {
		v.Doses = append(v.Doses, doseRow{d, d.Messages >= mostDose, !math.IsNaN(d.Value.Low)})
	}
	sight, err := s.Engine.Evidence(r.Context(), s.Patience)
	if err != nil {
		s.Logger.ErrorContext(r.Context(), "console rhythm", "error", err)
	}
	if v.Looking, v.Done = sight.Looking, int64(100*sight.Done); sight.Evidence != nil {
		v.heat(sight.Evidence.Hours)
	}
	s.show(w, "rhythm", "frame.html", s.view(r, "rhythm", v))
}

// heat sorts what is known of hours by channel, and shades what was answered more often the stronger.
func (v *rhythmView) heat(hours []engine.HourRate) {
	for i := range 24 {
		v.Hours = append(v.Hours, i)
	}
	for _, h := range hours {
		if n := len(v.Heat); n == 0 || v.Heat[n-1].Channel != h.Channel {
			row := heatRow{Channel: h.Channel}
			for i := range row.Cells {
				row.Cells[i].Hour = i
			}
			v.Heat = append(v.Heat, row)
		}
		row := &v.Heat[len(v.Heat)-1]
		c := &row.Cells[h.Hour]
		c.Said, c.Answered = int64(h.Said), int64(h.Answered)
		row.Said, row.Answered = row.Said+c.Said, row.Answered+c.Answered
		if c.Said >= leastHeat {
			v.Best = max(v.Best, ratio(c.Answered, c.Said))
		}
	}
	for i := range v.Heat {
		for k := range v.Heat[i].Cells {
			c := &v.Heat[i].Cells[k]
			if c.Said >= leastHeat {
				c.Shade = 1
				if v.Best > 0 {
					c.Shade = 1 + int(math.Round(4*ratio(c.Answered, c.Said)/v.Best))
				}
			}
		}
	}
}

// pressureOf draws departures by how many messages, those of which enough is known.
func pressureOf(doses []engine.Dose) (v pressureView) {
	var known []engine.Dose
	for _, d := range doses {
		if d.Weeks >= leastWeeks {
			known = append(known, d)
			v.Most = max(v.Most, d.Gone.High)
		}
	}
	if len(known) < 2 || v.Most == 0 {
		return v
	}
	from, to := known[0].Messages, known[len(known)-1].Messages
	x := func(n int) float64 { return round1(20 + 560*float64(n-from)/float64(to-from)) }
	y := func(share float64) float64 { return round1(overTimeHigh - (overTimeHigh-10)*share/v.Most) }
	var line, upper, lower []string
	for _, d := range known {
		line = append(line, fmt.Sprint(x(d.Messages), ",", y(d.Gone.Value)))
		upper = append(upper, fmt.Sprint(x(d.Messages), ",", y(d.Gone.High)))
		lower = append([]string{fmt.Sprint(x(d.Messages), ",", y(d.Gone.Low))}, lower...)
		v.Dots = append(v.Dots, dotView{measure.Calibration{}, x(d.Messages), y(d.Gone.Value), y(d.Gone.Low), y(d.Gone.High)})
	}
	v.Line, v.Band = strings.Join(line, " "), strings.Join(append(upper, lower...), " ")
	return v
}
