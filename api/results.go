package api

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store"
	"github.com/go-json-experiment/json"
)

// usualPeriod is what results cover where the asker names no beginning.
const usualPeriod = 7 * 24 * time.Hour

// results answers GET /v1/admin/results?from=&to=: what was said, what came of it, and what it was
// worth, by whole hours.
func (s *server) results(w http.ResponseWriter, r *http.Request) error {
	from, to, err := s.period(r)
	if err != nil {
		return err
	}
	doc, compared, err := resultsOf(r.Context(), s.engine, from, to)
	if err != nil {
		return err
	}
	sight, err := s.engine.Evidence(r.Context(), patience)
	if err == nil {
		doc.Evidence = evidenceOf(&sight, s.engine.Plan(), compared, languageAsked(r))
	} else if !errors.Is(err, engine.ErrNoBrand) {
		return err
	}
	s.json(w, http.StatusOK, doc)
	return nil
}

// patience is how long results wait for evidence that is being looked for.
const patience = 3 * time.Second

// Ledger is what results are told from: an engine at work, or its archive.
type Ledger interface {
	Plan() *decide.Plan
	Worth(ctx context.Context) (engine.Worth, error)
	Counters(ctx context.Context, prefix string, from, to time.Time) ([]store.Counter, error)
}

// EncodeResults are the results of a period as the door answers them, with the evidence that was found and words in English
// or, where lang is "fr", in French.
func EncodeResults(ctx context.Context, l Ledger, found *engine.Evidence, from, to time.Time, lang string) ([]byte, error) {
	doc, compared, err := resultsOf(ctx, l, from, to)
	if err != nil {
		return nil, err
	}
	doc.Evidence = evidenceOf(&engine.Sight{Evidence: found}, l.Plan(), compared, lang)
	return json.Marshal(doc)
}

func resultsOf(ctx context.Context, l Ledger, from, to time.Time) (doc resultsDocument, compared []engine.Compared, err error) {
	sums := map[string]map[string]int64{}
	for _, what := range [...]string{"events", "chosen", "exposed", "clicked", "silent", "value", "sent", "other-currency"} {
		counters, err := l.Counters(ctx, what+"/", from, to)
		if err != nil {
			return doc, nil, err
		}
		sum := map[string]int64{}
		for _, c := range counters {
			sum[strings.TrimPrefix(c.Key, what+"/")] += c.N
		}
		sums[what] = sum
	}
	doc = resultsDocument{From: from, To: to, Events: sums["events"], Silences: sums["silent"], Sent: sums["sent"], Value: sums["value"], OtherCurrency: sums["other-currency"]}
	doc.Contents = map[string]contentResults{}
	for id, n := range sums["chosen"] {
		doc.Contents[id] = contentResults{Chosen: n, Exposed: sums["exposed"][id], Clicked: sums["clicked"][id]}
	}
	if plan := l.Plan(); plan != nil {
		doc.Currency = plan.Brand().Currency
	}
	if doc.Worth, compared, err = worthOf(ctx, l); err != nil {
		return doc, nil, err
	}
	if doc.Budgets, err = budgetsOf(ctx, l, to); err != nil {
		return doc, nil, err
	}
	doc.Doses, err = dosesOf(ctx, l, from, to)
	return doc, compared, err
}

// resultsDocument are sums over a period.
type resultsDocument struct {
	From     time.Time                 `json:"from"`
	To       time.Time                 `json:"to"`
	Contents map[string]contentResults `json:"contents"` // by content
	Silences map[string]int64          `json:"silences"` // by slot
	Sent     map[string]int64          `json:"sent"`     // by channel
	Value    map[string]int64          `json:"value"`    // by objective, in minor units of Currency
	Currency string                    `json:"currency"`

	OtherCurrency map[string]int64 `json:"otherCurrency"` // by objective: events in another currency, of which nothing is in Value

	Events map[string]int64 `json:"events"` // by source
	Doses  []doseDocument   `json:"doses"`  // by how many messages a week
	Worth  worthDocument    `json:"worth"`  // since the trial began, whatever the period

	Budgets []budgetDocument `json:"budgets,omitempty"` // in their periods that the end of this one is in

	Evidence *evidenceDocument `json:"evidence"` // of the last four weeks, whatever the period; null: there is no brand yet
}

// contentResults is what one content did.
type contentResults struct {
	Chosen  int64 `json:"chosen"`
	Exposed int64 `json:"exposed"`
	Clicked int64 `json:"clicked"`
}

// period reads ?from= and ?to=; the whole hours they touch count.
func (s *server) period(r *http.Request) (from, to time.Time, err error) {
	now := s.now().UTC()
	if to, err = timeAsked(r, "to", now); err != nil {
		return from, to, err
	}
	if from, err = timeAsked(r, "from", to.Add(-usualPeriod)); err != nil {
		return from, to, err
	}
	if !from.Before(to) {
		return from, to, &problem{wholeRequest, "from", "must be before to"}
	}
	return from.Truncate(time.Hour), to.Add(time.Hour - 1).Truncate(time.Hour), nil
}

func timeAsked(r *http.Request, name string, usual time.Time) (time.Time, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return usual, nil
	}
	at, ok := parseTime([]byte(text))
	if !ok {
		return at, &problem{wholeRequest, name, "must be a time in ISO 8601"}
	}
	return at, nil
}
