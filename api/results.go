package api

import (
	"net/http"
	"strings"
	"time"
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
	sums := map[string]map[string]int64{}
	for _, what := range [...]string{"events", "chosen", "exposed", "clicked", "silent", "value", "sent", "other-currency"} {
		counters, err := s.engine.Counters(r.Context(), what+"/", from, to)
		if err != nil {
			return err
		}
		sum := map[string]int64{}
		for _, c := range counters {
			sum[strings.TrimPrefix(c.Key, what+"/")] += c.N
		}
		sums[what] = sum
	}
	doc := resultsDocument{From: from, To: to, Events: sums["events"], Silences: sums["silent"], Sent: sums["sent"], Value: sums["value"], OtherCurrency: sums["other-currency"]}
	doc.Contents = map[string]contentResults{}
	for id, n := range sums["chosen"] {
		doc.Contents[id] = contentResults{Chosen: n, Exposed: sums["exposed"][id], Clicked: sums["clicked"][id]}
	}
	if plan := s.engine.Plan(); plan != nil {
		doc.Currency = plan.Brand().Currency
	}
	if doc.Worth, err = s.worth(r.Context()); err != nil {
		return err
	}
	if doc.Doses, err = s.doses(r.Context(), from, to); err != nil {
		return err
	}
	s.json(w, http.StatusOK, doc)
	return nil
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
