package decide

import (
	"fmt"
	"time"

	"github.com/aparte-dev/aparte"
)

// compileShots compiles the conditions of films: by layout, one a shot, nil where it is for everybody.
func (a *audit) compileShots(words language) map[aparte.LayoutID][]*rule {
	all := make(map[aparte.LayoutID][]*rule)
	for i := range a.brand.Layouts {
		l := &a.brand.Layouts[i]
		if l.Video == nil {
			continue
		}
		shots := make([]*rule, len(l.Video.Shots))
		for j := range l.Video.Shots {
			when := l.Video.Shots[j].When
			if when == "" {
				continue
			}
			r, err := words.audience(when)
			if err != nil {
				a.fail(fmt.Sprintf("/layouts/%d/video/shots/%d/when", i, j), "%w", err)
				continue
			}
			shots[j] = r
		}
		all[l.ID] = shots
	}
	return all
}

// Shots are the shots of a layout's film that somebody is shown at a time, by their places. One whose condition cannot be answered
// for them they are not shown. A nil fit knows nothing.
func (p *Plan) Shots(layout aparte.LayoutID, person *aparte.Person, fit Fit, at time.Time) (shown []int) {
	shots := p.shots[layout]
	if len(shots) == 0 {
		return nil
	}
	d := p.openOn(person, fit, at)
	defer p.close(d)
	for i, r := range shots {
		if r == nil || d.ask(r) == holds {
			shown = append(shown, i)
		}
	}
	return shown
}
