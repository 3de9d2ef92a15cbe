package api

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/measure"
)

// attributesDocument is what is kept of people beyond what they did.
type attributesDocument struct {
	At         time.Time           `json:"at,omitzero"` // when people were counted
	People     int                 `json:"people"`      // who were
	Decisions  int                 `json:"decisions"`   // that were read, of the last four weeks
	DecidedFor int                 `json:"decidedFor"`  // people of whom
	Looking    bool                `json:"looking"`     // decisions are being read; what is told is of the time before
	Level      float64             `json:"level"`       // of intervals
	Attributes []attributeDocument `json:"attributes"`
	More       int                 `json:"more"` // that are kept and not told of
	Forgetting forgettingDocument  `json:"forgetting"`
}

type attributeDocument struct {
	Name   string         `json:"name"`
	People int            `json:"people"`
	From   map[string]int `json:"from"` // of these, by provenance
	Oldest time.Time      `json:"oldest,omitzero"`
	Newest time.Time      `json:"newest,omitzero"`

	Uses       []useDocument     `json:"uses"`       // empty: nothing reads it
	Could      int               `json:"could"`      // decisions that could use it
	Foretells  []lostDocument    `json:"foretells"`  // by objective: AUC that the learned score loses without it
	Decides    *estimateDocument `json:"decides"`    // share of what follows decisions that is foretold by its help alone; null: they do not learn from it
	Measurable bool              `json:"measurable"` // one of these intervals lies above 0

	Keep   *aparte.Duration `json:"keep"`   // null: as long as the person
	ByRule string           `json:"byRule"` // the trait of the retention that says so: itself, or what it is below
	Unkept int64            `json:"unkept"` // times it was told in the last 28 days and not taken in
	Forgot int64            `json:"forgot"` // times it was taken out of records and entries in the last 28 days
}

type useDocument struct {
	By decide.UseKind `json:"by"`
	ID string         `json:"id,omitzero"`
}

type lostDocument struct {
	Objective aparte.ObjectiveID `json:"objective"`
	People    int                `json:"people"`
	estimateDocument
}

type forgettingDocument struct {
	Complete bool      `json:"complete"` // what is not kept any more is gone
	At       time.Time `json:"at,omitzero"`
	Passing  bool      `json:"passing"`
	Done     float64   `json:"done"`
}

// provenances are those, by number.
var provenances = [...]string{aparte.Declared: "declared", aparte.Observed: "observed", aparte.Inferred: "inferred", aparte.BoughtIn: "bought_in"}

// attributes answers GET /v1/admin/attributes.
func (s *server) attributes(w http.ResponseWriter, r *http.Request) error {
	a, err := s.engine.Attributes(r.Context(), patience)
	if err != nil {
		return err
	}
	doc := attributesDocument{
		At: a.At, People: a.People, Looking: a.Sight.Looking, Level: level, More: a.More, Attributes: each(a.All, s.attributeOf),
		Forgetting: forgettingDocument{a.Forgetting.Complete, a.Forgetting.At, a.Forgetting.Passing, a.Forgetting.Done},
	}
	if v := a.Sight.Evidence; v != nil {
		doc.Decisions, doc.DecidedFor = v.Decisions, v.People
	}
	s.json(w, http.StatusOK, doc)
	return nil
}

func (s *server) attributeOf(a engine.Attribute) attributeDocument {
	estimate := func(e measure.Estimate) estimateDocument { return estimateDocument{e.Value, e.Low, e.High} }
	doc := attributeDocument{
		Name: a.Name, People: a.People, From: map[string]int{}, Oldest: a.Oldest, Newest: a.Newest, Could: a.Could,
		Uses:       each(a.Uses, func(u decide.Use) useDocument { return useDocument{u.By, u.ID} }),
		Foretells:  each(a.Lost, func(l engine.ObjectiveLost) lostDocument { return lostDocument{l.Objective, l.People, estimate(l.AUC)} }),
		Measurable: a.Measurable(), Unkept: a.Unkept, Forgot: a.Forgot,
	}
	for i, n := range a.From {
		if n > 0 {
			doc.From[provenances[i]] = n
		}
	}
	if a.Decide != nil {
		one := estimate(*a.Decide)
		doc.Decides = &one
	}
	if a.Keep != nil {
		doc.Keep, doc.ByRule = &a.Keep.For, a.Keep.Trait
	}
	return doc
}

// maxKeep bounds the body of a retention.
const maxKeep = 1 << 10

// keep answers PUT /v1/admin/attributes/{name} with {"keep": "90d"}, "0s" for not at all, or null for as long as the person: a new
// version of the brand. Where something reads what would not be kept at all, that is 422, and nothing changes.
func (s *server) keep(w http.ResponseWriter, r *http.Request) error {
	body, held, err := s.bodies.read(r, maxKeep)
	if err != nil {
		return err
	}
	defer s.bodies.release(held)
	var asked struct {
		Keep json.RawMessage `json:"keep"`
	}
	if err := json.Unmarshal(body, &asked); err != nil || asked.Keep == nil {
		return &problem{wholeRequest, "keep", `must be how long, such as "90d", "0s" for not at all, or null for as long as the person`}
	}
	var how *aparte.Duration
	if err := json.Unmarshal(asked.Keep, &how); err != nil {
		return &problem{wholeRequest, "keep", err.Error()}
	}
	version, err := s.engine.Keep(r.Context(), r.PathValue("name"), how)
	if err != nil {
		if faults := faultsIn(err); len(faults) > 0 {
			return s.faulty(w, faults)
		}
		return err
	}
	s.json(w, http.StatusOK, map[string]any{"success": true, "version": version})
	return nil
}
