package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/learn/lookalike"
)

// Liked is what a fit learned of who resembles the seeds of a look-alike.
type Liked struct {
	ID    aparte.LookalikeID `json:"id"`
	Seed  string             `json:"seed"`
	Value string             `json:"value,omitempty"`
	At    time.Time          `json:"at"`             // when it was learned
	Lack  string             `json:"lack,omitempty"` // why nothing was

	People    int            `json:"people"` // when it was learned
	Seeds     int            `json:"seeds"`
	Others    int            `json:"others"`
	Objecting int            `json:"objecting"`
	AUC       float64        `json:"auc"`
	Sizes     []AudienceSize `json:"sizes,omitempty"`
	Model     uint64         `json:"model,omitempty"` // version of the document that has it; 0: there is none
	Ranks     []float64      `json:"ranks,omitempty"` // the scores of everybody else at each of likeRanks shares of them, as of the fit

	model    *likedModel
	likeness *decide.Likeness
}

// likedModel is what scores people, as it is kept: a document of its own, which fits share.
type likedModel struct {
	Columns []string         `json:"columns"`
	Model   *lookalike.Model `json:"model"`
}

const likedDocument = "alike"

// When likes are learned again: after a week, or when there are a quarter more people or fewer. Everybody is ranked anew by each fit, as what
// fades with time fades for everybody.
const (
	likeSeldom = 7 * 24 * time.Hour
	likeGrown  = 1.25
	likeRanks  = 200
	likeScores = 1_000_000 // of everybody else, of whom ranks are made
)

// Alike is how like the seeds of a look-alike people are.
func (f *Fit) Alike(id aparte.LookalikeID) *decide.Likeness {
	if l := f.Liked(id); l != nil {
		return l.likeness
	}
	return nil
}

// Liked is what was learned of a look-alike; nil: nothing was tried. Of a nil fit too.
func (f *Fit) Liked(id aparte.LookalikeID) *Liked {
	if f == nil {
		return nil
	}
	for i := range f.Likes {
		if f.Likes[i].ID == id {
			return &f.Likes[i]
		}
	}
	return nil
}

// likesEdition names the fit, where it knows of look-alikes; empty where it does not.
func (f *Fit) likesEdition() string {
	if f == nil {
		return ""
	}
	for i := range f.Likes {
		if f.Likes[i].Model != 0 {
			return fmt.Sprintf(" alike:%d", f.Version)
		}
	}
	return ""
}

// asks reports whether it is what a brand asks for.
func (l *Liked) asks(x *aparte.Lookalike) bool {
	return l.ID == x.ID && l.Seed == x.Seed && l.Value == x.Value
}

// knows reports whether a fit tried all that a brand asks for, and counted who is of each persona it declares.
func (f *Fit) knows(b *aparte.Brand) bool {
	counted := func(p aparte.Persona) bool {
		return p.When == "" || slices.ContainsFunc(f.Path, func(r PathRow) bool { return r.Persona == p.ID })
	}
	return !slices.ContainsFunc(b.Personas, func(p aparte.Persona) bool { return !counted(p) }) && !slices.ContainsFunc(b.Lookalikes, func(x aparte.Lookalike) bool {
		l := f.Liked(x.ID)
		return l == nil || !l.asks(&x)
	})
}

// likes learns who resembles the seeds of the brand's look-alikes. Where the fit before did so a short time ago, among about as many
// people, that stands.
func (e *Engine) likes(ctx context.Context, f, before *Fit, now *live) error {
	for i := range now.plan.Brand().Lookalikes {
		x := &now.plan.Brand().Lookalikes[i]
		if last := before.Liked(x.ID); last != nil && last.asks(x) && f.At.Sub(last.At) < likeSeldom &&
			float64(max(f.People, last.People)) <= likeGrown*float64(min(f.People, last.People)) {
			kept := *last
			if err := e.rankAgain(ctx, f, now, &kept); err != nil {
				return fmt.Errorf("look-alike %s: %w", x.ID, err)
			}
			f.Likes = append(f.Likes, kept)
			continue
		}
		learned, err := e.like(ctx, f, now, x)
		if err != nil {
			return fmt.Errorf("look-alike %s: %w", x.ID, err)
		}
		f.Likes = append(f.Likes, learned)
	}
	return nil
}

// like learns one look-alike.
func (e *Engine) like(ctx context.Context, f *Fit, now *live, x *aparte.Lookalike) (Liked, error) {
	l := Liked{ID: x.ID, Seed: x.Seed, Value: x.Value, At: f.At, People: f.People}
	r := &resembling{engine: e, asked: Likeness{Seed: x.Seed, Value: x.Value}, at: f.At, fit: f, survey: now.plan.Survey(), ranking: true}
	err := r.run(ctx, now.plan)
	l.Seeds, l.Others, l.Objecting = r.found.Seeds, r.found.Others, r.found.Objecting
	if min(r.found.JudgedSeeds, r.found.JudgedOthers) > 0 { // else nothing can be said of how good it is
		l.AUC, l.Sizes = r.found.AUC, r.found.Sizes
	}
	var few *TooAlike
	switch {
	case errors.As(err, &few):
		l.Lack = few.Error()
		return l, nil
	case errors.Is(err, lookalike.ErrOneKind):
		l.Lack = lookalike.ErrOneKind.Error()
		return l, nil
	case err != nil:
		return l, err
	case len(r.scores) == 0:
		l.Lack = (&TooAlike{l.Seeds, 0}).Error()
		return l, nil
	}
	l.model, l.Ranks = &likedModel{Model: r.model}, ranksOf(r.scores)
	for _, c := range r.portrait.Columns {
		l.model.Columns = append(l.model.Columns, c.Name)
	}
	body, err := json.Marshal(l.model)
	if err != nil {
		return l, err
	}
	if l.Model, err = e.store.PutDocument(ctx, likedDocument, body); err != nil {
		return l, err
	}
	return l, l.open()
}

// rankAgain ranks everybody else by what was learned before.
func (e *Engine) rankAgain(ctx context.Context, f *Fit, now *live, l *Liked) (err error) {
	if l.Model == 0 {
		return nil
	}
	r := &resembling{engine: e, at: f.At, fit: f, model: l.model.Model}
	if r.seed, err = now.plan.Audience(l.Seed); err != nil {
		return err
	}
	if r.portrait, err = now.plan.Portrait(l.model.Columns); err != nil {
		return err
	}
	err = r.everybody(ctx, func(p *aparte.Person, _ int) {
		if kind, _ := r.kindOf(p); kind == 0 && sampled(p.ID, l.Others) {
			r.scores = append(r.scores, r.model.ScoreOf(r.see(p)))
		}
	})
	if err != nil || len(r.scores) == 0 {
		return err
	}
	l.Ranks = ranksOf(r.scores)
	return l.open()
}

// ranksOf are the scores at each of likeRanks shares of people.
func ranksOf(scores []float64) []float64 {
	slices.Sort(scores)
	ranks := make([]float64, likeRanks)
	for i := range ranks {
		ranks[i] = scores[int(math.Ceil(float64(i+1)/likeRanks*float64(len(scores))))-1]
	}
	return ranks
}

// open makes what rules can ask.
func (l *Liked) open() (err error) {
	m, ranks := l.model.Model, l.Ranks
	l.likeness, err = decide.NewLikeness(l.model.Columns, func(values []aparte.Value) float64 {
		score := m.ScoreOf(m.See(values))
		n, _ := slices.BinarySearchFunc(ranks, score, func(rank, score float64) int { // how many are no more
			if rank <= score {
				return -1
			}
			return 1
		})
		return float64(n) / float64(len(ranks))
	})
	return err
}

// openLikes reads what scores people by the fit's look-alikes.
func (e *Engine) openLikes(ctx context.Context, f *Fit) error {
	for i := range f.Likes {
		l := &f.Likes[i]
		if l.Model == 0 {
			continue
		}
		doc, err := e.store.Document(ctx, likedDocument, l.Model)
		if err != nil {
			return fmt.Errorf("look-alike %s: %w", l.ID, err)
		}
		l.model = new(likedModel)
		err = json.Unmarshal(doc.Body, l.model)
		if m := l.model.Model; err == nil && (m == nil || len(l.Ranks) == 0 || m.Columns() != len(l.model.Columns)) {
			err = errors.New("damaged")
		}
		if err == nil {
			err = l.open()
		}
		if err != nil {
			return fmt.Errorf("look-alike %s, version %d: %w", l.ID, l.Model, err)
		}
	}
	return nil
}

// sampled reports whether the score of somebody is kept for ranks, of so many.
func sampled(id aparte.PersonID, of int) bool {
	return hashOf(id)%uint64(1+of/likeScores) == 0
}
