package api

import (
	"math"
	"net/http"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/learn/residual"
)

// lifetimeDocument is what somebody is still expected to bring.
type lifetimeDocument struct {
	Alive    float64 `json:"alive"`  // probability that they are still a customer; 0 of who never was
	Orders   float64 `json:"orders"` // expected within days
	Value    int64   `json:"value"`  // what will be spent on them, discounted to now, in minor units
	Currency string  `json:"currency"`
	Days     float64 `json:"days"`
	Range    []int   `json:"range,omitempty"` // between which orders lie, four times in five; of customers only
	Fit      uint64  `json:"fit"`             // which tells so
}

func lifetimeDocumentOf(p *aparte.Person, fit *engine.Fit, now time.Time) *lifetimeDocument {
	if fit == nil {
		return nil
	}
	r, ok := fit.Residual(p, now)
	if !ok {
		return nil
	}
	terms := &fit.Lifetime.Terms
	doc := &lifetimeDocument{Alive: r.Alive, Orders: r.Orders, Value: int64(math.Round(r.Value)), Currency: terms.Currency, Days: terms.Days, Fit: fit.Version}
	if low, high, told := fit.Lifetime.Range(p, now); told {
		doc.Range = []int{low, high}
	}
	return doc
}

// valueDocument is what all people are still expected to bring, how it is reckoned, and how well it foretold.
type valueDocument struct {
	Fit      uint64             `json:"fit"`
	At       time.Time          `json:"at,omitzero"`
	Brand    uint64             `json:"brand"`
	People   int                `json:"people"`
	Standing *residual.Standing `json:"standing"`
	Ahead    *engine.Ahead      `json:"ahead"` // what being told things adds; null: nobody is held out
	Model    *residual.Model    `json:"model"`
}

func valueDocumentOf(f *engine.Fit) valueDocument {
	if f == nil {
		return valueDocument{}
	}
	return valueDocument{f.Version, f.At, f.Brand, f.People, f.Standing, f.Ahead, f.Lifetime}
}

// lifetimeValue answers GET /v1/admin/lifetime.
func (s *server) lifetimeValue(w http.ResponseWriter, r *http.Request) error {
	s.json(w, http.StatusOK, valueDocumentOf(s.engine.Fit()))
	return nil
}

// refit answers POST /v1/admin/lifetime/refit: the same, reckoned again now.
func (s *server) refit(w http.ResponseWriter, r *http.Request) error {
	f, err := s.engine.Refit(r.Context())
	if err != nil {
		return err
	}
	s.json(w, http.StatusOK, valueDocumentOf(f))
	return nil
}
