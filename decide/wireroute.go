package decide

import "github.com/aparte-dev/aparte"

// routes writes the candidates' channels, if any has one.
func (w *writer) routes(all []aparte.Candidate) {
	b, any := w.part[:0], false
	for i := range all {
		any = any || all[i].Action.Channel != ""
	}
	if !any {
		return
	}
	for i := range all {
		b = w.index(b, string(all[i].Action.Channel))
	}
	w.bytes(fieldRoutes, b)
}

// readRoutes reads what routes wrote.
func (r *reader) readRoutes(b []byte) error {
	c := cursor{b: b}
	for i := range r.d.Candidates {
		r.d.Candidates[i].Action.Channel = aparte.Channel(r.text(&c))
	}
	return c.end()
}
