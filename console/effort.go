package console

import (
	"fmt"
	"math"
	"strings"

	"github.com/aparte-dev/aparte/engine"
)

// workView is what marketers worked for each thousand people reached, week by week.
type workView struct {
	Weeks []workRow // the newest first
	Line  string    // of minutes per thousand, on a field of overTimeWide × overTimeHigh; empty: too few weeks
	Most  float64   // what its upper edge stands for
	Now   *workRow  // the last whole week of which it can be said; nil: none
	Then  *workRow  // the first
}

type workRow struct {
	engine.WeekOfWork
	Per  float64 // minutes for each thousand
	Told bool
}

// Minutes is what was worked.
func (w workRow) Minutes() int64 { return int64(math.Round(w.Worked.Minutes())) }

// Less reports whether it takes less work than it used to.
func (v *workView) Less() bool { return v.Now != nil && v.Then != nil && v.Now.Per < v.Then.Per }

func workOf(weeks []engine.WeekOfWork) (v workView) {
	var told []workRow
	for i := range weeks {
		row := workRow{WeekOfWork: weeks[i]}
		row.Per, row.Told = weeks[i].PerThousand()
		v.Weeks = append([]workRow{row}, v.Weeks...)
		if row.Told && i < len(weeks)-1 { // the week under way is not whole
			told = append(told, row)
			v.Most = max(v.Most, row.Per)
		}
	}
	if len(told) > 0 {
		v.Then, v.Now = &told[0], &told[len(told)-1]
	}
	if len(told) < 2 || v.Most == 0 {
		return v
	}
	from, to := told[0].From, told[len(told)-1].From
	var line []string
	for i := range told {
		x := overTimeWide * told[i].From.Sub(from).Seconds() / math.Max(1, to.Sub(from).Seconds())
		line = append(line, fmt.Sprint(round1(x), ",", round1(overTimeHigh*(1-told[i].Per/v.Most))))
	}
	v.Line = strings.Join(line, " ")
	return v
}
