package learn

import "github.com/aparte-dev/aparte"

// Contributions fills amounts, which has one place for each feature of context and then of action, with
// what each feature adds to the action's score, in minor units: an action's feature by itself and with all
// of the situation's, a feature of the situation with all of the action's. A pair counts for both its
// features, so they do not add up to the score; those of the action alone add up to what sets it apart
// from silence. What the situation is worth by itself speaks for no action, and is left out. It allocates
// nothing.
func (l *Linear) Contributions(context, action []aparte.Feature, amounts []float64) {
	clear(amounts[:len(context)+len(action)])
	l.contribute(context, action, 1, amounts)
}

// Contributions are those of a linear model.
func (e *Effect) Contributions(context, action []aparte.Feature, amounts []float64) {
	clear(amounts[:len(context)+len(action)])
	e.contribute(context, action, 1, amounts)
}

// Contributions are those of the objectives that count, added up.
func (e *Ensemble) Contributions(context, action []aparte.Feature, amounts []float64) {
	clear(amounts[:len(context)+len(action)])
	if e.sum.weights != nil {
		e.sum.contribute(context, action, 1, amounts)
	}
	for i := range e.members {
		m := &e.members[i]
		switch e.lesson(m) {
		case aparte.LearnReward:
			if e.sum.weights == nil {
				m.model.shared.contribute(context, action, 1, amounts)
			}
			m.model.contributeOwn(context, action, amounts)
		case aparte.LearnEffect:
			m.effect.contribute(context, action, 1, amounts)
		case aparte.LearnHurdle:
			m.hurdle.contribute(context, action, amounts)
		}
	}
}

// Contributions are those of a linear model for what contents share. What a content's own regression says
// is set against what is usual in the situation, feature by feature.
func (h *Hybrid) Contributions(context, action []aparte.Feature, amounts []float64) {
	clear(amounts[:len(context)+len(action)])
	h.shared.contribute(context, action, 1, amounts)
	h.contributeOwn(context, action, amounts)
}

// contributeOwn adds to amounts what the content's own regression says.
func (h *Hybrid) contributeOwn(context, action []aparte.Feature, amounts []float64) {
	if h.plain || len(action) == 0 {
		return
	}
	var s situation
	s.sees(&h.places, context)
	b, v, beyond := new(block), s.norm, s.beyond()
	if n := h.contents.find(action[0].Hash); n != 0 {
		b = h.blocks[n-1]
		_, v = b.predict(&s)
	} else if len(h.blocks) == MaxContents {
		beyond = beyondAll(context)
	}
	h.shared.contributeTogether(context, beyond, action[0], amounts)
	replaced, said := 1-s.left(v), amounts[len(context):]
	said[0] += float64(b.weight(0)) - float64(replaced*float64(h.usual.weight(0)))
	for i, c := range context {
		if place := h.places.find(c.Hash); place != 0 && matters(c.Value) {
			amount := float64(s.x[place]) * (float64(b.weight(place)) - float64(replaced*float64(h.usual.weight(place))))
			amounts[i] += amount
			said[0] += amount
		}
	}
}

func (b *block) weight(place int) float32 {
	if place < len(b.weights) {
		return b.weights[place]
	}
	return 0
}

// contributeTogether adds what a content says with some features of the situation.
func (t *table) contributeTogether(context []aparte.Feature, which []uint8, content aparte.Feature, amounts []float64) {
	for _, i := range which {
		amount := t.together(context, []uint8{i}, content)
		amounts[i] += amount
		amounts[len(context)] += amount
	}
}

// contribute adds a table's contributions, so many times each, to amounts.
func (t *table) contribute(context, action []aparte.Feature, times float64, amounts []float64) {
	situation, said := amounts[:len(context)], amounts[len(context):]
	if t.aside && len(action) > 0 {
		action, said = action[1:], said[1:]
	}
	var room [MaxFeatures]uint32
	mixed := room[:0]
	for j, a := range action {
		mixed = append(mixed, mixAction(a.Hash))
		said[j] += float64(float64(times*float64(a.Value)) * float64(t.weights[t.alone(mixed[j])]))
	}
	if !t.crosses {
		return
	}
	for i, c := range context {
		with := mixContext(c.Hash)
		for j, a := range action {
			weight := float64(t.weights[t.crossed(with, mixed[j])])
			amount := float64(float64(c.Value) * float64(times*float64(a.Value)) * weight)
			situation[i] += amount
			said[j] += amount
		}
	}
}
