package engine

import (
	"context"
	"errors"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/learn/persona"
)

// Personas are the behavioural types that were found.
func (f *Fit) Personas() []aparte.PersonaID {
	if f.Types == nil {
		return nil
	}
	return f.Types.IDs()
}

// Grades is how much somebody is of each.
func (f *Fit) Grades(dst []float64, p *aparte.Person, local time.Time) []float64 {
	if f.Types == nil {
		return dst
	}
	return f.Types.Grades(dst, p, local)
}

// crowdAfter is nobody yet, of whom others are drawn than for the fit before.
func crowdAfter(before *Fit) *persona.Crowd {
	if before == nil {
		return persona.NewCrowd(0)
	}
	return persona.NewCrowd(before.Version)
}

// findTypes finds types among those who were looked at; those that the fit before had are recognised.
func (f *Fit) findTypes(ctx context.Context, crowd *persona.Crowd, before *Fit, b *aparte.Brand) (err error) {
	var known *persona.Types
	seed := uint64(0)
	if before != nil {
		known, seed = before.Types, before.Version
	}
	f.Types, err = persona.Find(ctx, crowd, known, f.At, seed, CalledBy(b))
	if errors.Is(err, persona.ErrNobody) {
		return nil
	}
	return err
}

// CalledBy is what a brand calls categories and brands.
func CalledBy(b *aparte.Brand) persona.Called {
	return func(kind aparte.AffinityKind, key, lang string) string {
		if kind == aparte.CategoryAffinity {
			return b.CategoryName(key, lang)
		}
		return key
	}
}

// PersonaName is what a persona is called: as the brand names it, else as it was named when it was found. A fit may be nil.
func (f *Fit) PersonaName(b *aparte.Brand, id aparte.PersonaID) aparte.Words {
	if p, known := b.Persona(id); known {
		return p.Name
	}
	if f != nil && f.Types != nil {
		if t, known := f.Types.Type(id); known {
			return t.Name
		}
	}
	return nil
}

// persona is the one that comes first with somebody at a time; empty where none does, or where they object to being sorted.
func (t *turn) persona(p *aparte.Person, at time.Time) string {
	if objects(p) {
		return ""
	}
	var first decide.Graded
	for _, g := range Personas(t.owner.engine.brand.Load().plan, t.owner.engine.Fit(), p, at) {
		if g.Grade > first.Grade {
			first = g
		}
	}
	return string(first.ID)
}

// Personas are those somebody is of at a time. A fit may be nil.
func Personas(plan *decide.Plan, fit *Fit, p *aparte.Person, at time.Time) []decide.Graded {
	if fit == nil {
		return plan.Personas(p, nil, at)
	}
	return plan.Personas(p, fit, at)
}
