package api

import (
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/measure/attribution"
)

// attributionAsked are the names of what touches are told apart by.
var attributionAsked = map[string]attribution.By{
	"": attribution.ByChannel, "channel": attribution.ByChannel, "content": attribution.ByContent, "device": attribution.ByDevice,
	"persona": attribution.ByPersona, "element": attribution.ByElement,
}

// attributionNames are those names, by number.
var attributionNames = [...]string{
	attribution.ByChannel: "channel", attribution.ByContent: "content", attribution.ByDevice: "device",
	attribution.ByPersona: "persona", attribution.ByElement: "element",
}

// Bounds of a question about attribution.
const (
	pathsTold = 30
	mostSpent = 64
	maxSpent  = 1e15 // minor units
)

// attribution answers GET /v1/admin/attribution?objective=&by=&element=&order=&since=&spent=NAME=AMOUNT: what is owed to what was met on
// the way, by all models side by side, beside what was measured.
func (s *server) attribution(w http.ResponseWriter, r *http.Request) error {
	asked, err := creditAsked(r)
	if err != nil {
		return err
	}
	c, err := s.engine.Credit(r.Context(), asked, patience)
	if errors.Is(err, engine.ErrNoObjective) {
		return &problem{wholeRequest, "objective", "is no objective of the brand"}
	}
	if err != nil {
		return err
	}
	s.json(w, http.StatusOK, creditOf(c, s.engine.Plan().Brand(), languageAsked(r)))
	return nil
}

func creditAsked(r *http.Request) (a engine.CreditAsked, err error) {
	query := r.URL.Query()
	by, known := attributionAsked[query.Get("by")]
	if !known {
		return a, &problem{wholeRequest, "by", "must be channel, content, element, persona or device"}
	}
	a.Asked = attribution.Asked{Objective: query.Get("objective"), By: by, Element: query.Get("element"), Order: 1, Paths: pathsTold}
	if (by == attribution.ByElement) != (a.Element != "") {
		return a, &problem{wholeRequest, "element", "goes with by=element, and names which one, such as headline"}
	}
	if text := query.Get("order"); text != "" {
		if a.Order, err = strconv.Atoi(text); err != nil || a.Order < 1 || a.Order > attribution.MaxOrder {
			return a, &problem{wholeRequest, "order", "must be 1, 2, 3 or 4"}
		}
	}
	if a.Since, err = timeAsked(r, "since", time.Time{}); err != nil {
		return a, err
	}
	if len(query["spent"]) > mostSpent {
		return a, &problem{wholeRequest, "spent", "names too many"}
	}
	a.Spent = map[string]int64{}
	for _, text := range query["spent"] {
		at := strings.LastIndex(text, "=")
		amount, err := strconv.ParseInt(text[at+1:], 10, 64)
		if at < 1 || err != nil || amount < 0 || amount > maxSpent {
			return a, &problem{wholeRequest, "spent", "must be NAME=AMOUNT, in minor units"}
		}
		a.Spent[text[:at]] = amount
	}
	return a, nil
}

// creditDocument is what is attributed, beside what was measured.
type creditDocument struct {
	Objective aparte.ObjectiveID `json:"objective"`
	By        string             `json:"by"`
	Element   string             `json:"element,omitzero"` // by which
	Elements  []string           `json:"elements"`         // that can be asked for
	Since     time.Time          `json:"since"`            // first moment of the first week
	Currency  string             `json:"currency"`

	Journeys    float64 `json:"journeys"` // that have ended
	Conversions float64 `json:"conversions"`
	Value       float64 `json:"value"`    // in minor units
	Cut         float64 `json:"cut"`      // journeys of which only the last touch is kept
	HalfLife    int     `json:"halfLife"` // in days, of timeDecay

	Rows           []creditedDocument    `json:"rows"`
	CostElsewhere  int64                 `json:"costElsewhere"` // spent in the period on what is in no row, in minor units
	Chains         []chainDocument       `json:"chains"`        // by order, from 1
	Paths          []pathDocument        `json:"paths"`
	DifferentPaths int                   `json:"differentPaths"`
	Sales          []saleDocument        `json:"sales"` // by the device on which they were made
	Across         *float64              `json:"acrossDevices,omitempty"`
	Held           *comparisonDocument   `json:"holdout"` // null: nobody is held out
	Families       []incrementalDocument `json:"families"`
	Audiences      []audienceReturn      `json:"audiences"` // of what was said to people while they were in each; they overlap, and do not add up
	Evidence       sightDocument         `json:"evidence"`
}

// creditedDocument is one row: credits by each model, then what was measured.
type creditedDocument struct {
	Name      string                    `json:"name"`
	Own       bool                      `json:"own"`      // it is Aparté's
	Journeys  float64                   `json:"journeys"` // in which it was met
	Converted float64                   `json:"converted"`
	Credits   map[string]creditShare    `json:"credits"` // by model: first, last, linear, position, timeDecay, shapley, markov1 …
	Removal   []float64                 `json:"removal"` // by order, from 1
	Counts    map[string]int64          `json:"counts"`  // chosen, sent, exposed, clicked
	Cost      *int64                    `json:"cost"`    // in the period, in minor units; null: not known
	Return    map[string]returnDocument `json:"return"`  // by model; empty where it costs nothing or that is not known
	Measured  *incrementalDocument      `json:"measured"`
}

type creditShare struct {
	Conversions float64 `json:"conversions"`
	Value       float64 `json:"value"`
}

// returnDocument is what is brought for what is spent.
type returnDocument struct {
	ROAS float64 `json:"roas"` // value over cost
	ROI  float64 `json:"roi"`  // value less cost, over cost
}

// incrementalDocument is what was earned each time something was said, beyond what would have been earned without it.
type incrementalDocument struct {
	Family engine.Family   `json:"family,omitzero"`
	Said   int             `json:"said"`
	Open   int             `json:"open"` // of these, where it might as well not have been: what is measured is of them
	Figure figureDocument  `json:"figure"`
	Cost   float64         `json:"cost"`   // each time, in open moments, in minor units
	Return *returnDocument `json:"return"` // null: it costs nothing, or there is no figure
}

// audienceReturn is what saying things to people in an audience has cost and brought, as the decisions of evidence tell.
type audienceReturn struct {
	Audience   aparte.AudienceID         `json:"audience"`
	Cost       float64                   `json:"cost"`       // in minor units
	Attributed map[string]creditShare    `json:"attributed"` // by model: first, last, linear, among what was seen in the 30 days before
	Return     map[string]returnDocument `json:"return"`     // by model; empty where it cost nothing
	Measured   *incrementalDocument      `json:"measured"`
}

func audienceReturnOf(x *engine.AudienceReturn, lang string) audienceReturn {
	doc := audienceReturn{
		Audience: x.Audience, Cost: x.Cost, Attributed: map[string]creditShare{}, Return: map[string]returnDocument{}, Measured: incrementalOf(&x.Incremental, lang),
	}
	for name, c := range map[string]attribution.Credit{"first": x.Attributed.First, "last": x.Attributed.Last, "linear": x.Attributed.Linear} {
		doc.Attributed[name] = creditShare{c.Conversions, c.Value}
		if x.Cost > 0 {
			doc.Return[name] = returnOf(c.Value, x.Cost)
		}
	}
	return doc
}

type chainDocument struct {
	Order       int     `json:"order"`
	PConversion float64 `json:"pConversion"`
	States      int     `json:"states"`
	Converged   bool    `json:"converged"`
}

type pathDocument struct {
	Touches   []string `json:"touches"`
	Converted float64  `json:"converted"`
	Value     float64  `json:"value"`
	Lost      float64  `json:"lost"`
}

type saleDocument struct {
	Device      string  `json:"device"`
	Conversions float64 `json:"conversions"`
	Value       float64 `json:"value"`
	Share       float64 `json:"share"` // of conversions
}

// sightDocument says of which decisions what was measured is.
type sightDocument struct {
	Looking   bool      `json:"looking"`
	Since     time.Time `json:"since"`
	Until     time.Time `json:"until"`
	People    int       `json:"people"`
	Decisions int       `json:"decisions"`
}

func creditOf(c *engine.Credit, b *aparte.Brand, lang string) creditDocument {
	r := c.Report
	doc := creditDocument{
		Objective: c.Objective, By: attributionNames[c.By], Element: c.Element, Elements: each(c.Elements, func(e string) string { return e }), Since: c.From, Currency: b.Currency,
		Journeys: r.All.Conversions + r.Lost, Conversions: r.All.Conversions, Value: r.All.Value, Cut: r.Cut, HalfLife: attribution.HalfLife,
		DifferentPaths: r.Different, CostElsewhere: c.Elsewhere,
		Rows: each(c.Rows, func(x engine.Credited) creditedDocument { return creditedOf(&x, lang) }),
		Paths: each(r.Paths, func(p attribution.Path) pathDocument {
			return pathDocument{p.Touches, p.Converted, p.Value, p.Lost}
		}),
		Sales: each(r.Sales, func(x attribution.Sale) saleDocument {
			return saleDocument{x.Device, x.Conversions, x.Value, x.Conversions / r.All.Conversions}
		}),
		Families:  each(c.Families, func(x engine.Incremental) incrementalDocument { return *incrementalOf(&x, lang) }),
		Audiences: each(c.Audiences, func(x engine.AudienceReturn) audienceReturn { return audienceReturnOf(&x, lang) }),
		Chains:    []chainDocument{},
		Evidence:  sightDocument{Looking: c.Sight.Looking},
	}
	for i, x := range r.Chains {
		doc.Chains = append(doc.Chains, chainDocument{i + 1, x.PConversion, x.States, x.Converged})
	}
	if c.By == attribution.ByDevice {
		doc.Across = &r.Across
	}
	if c.All != nil {
		one := compared(c.All)
		doc.Held = &one
	}
	if v := c.Sight.Evidence; v != nil {
		doc.Evidence = sightDocument{c.Sight.Looking, v.Since, v.Until, v.People, v.Decisions}
	}
	return doc
}

func creditedOf(x *engine.Credited, lang string) creditedDocument {
	doc := creditedDocument{
		Name: x.Name, Own: x.Own, Journeys: x.Journeys, Converted: x.Converted, Removal: x.Removal,
		Credits: map[string]creditShare{}, Counts: map[string]int64{}, Return: map[string]returnDocument{}, Measured: incrementalOf(&x.Incremental, lang),
	}
	for _, n := range x.Counts {
		doc.Counts[n.What] = n.N
	}
	if x.Known {
		doc.Cost = &x.Paid
	}
	for _, m := range x.Models() {
		doc.Credits[m.Name] = creditShare{m.Conversions, m.Value}
		if x.Known && x.Paid > 0 {
			doc.Return[m.Name] = returnOf(m.Value, float64(x.Paid))
		}
	}
	return doc
}

func returnOf(value, cost float64) returnDocument {
	return returnDocument{ROAS: value / cost, ROI: (value - cost) / cost}
}

// incrementalOf is nil where nothing was measured.
func incrementalOf(x *engine.Incremental, lang string) *incrementalDocument {
	if x.Earned == nil || x.At < 0 {
		return nil
	}
	e := x.Earned
	doc := &incrementalDocument{Family: e.Family, Said: e.Said, Open: e.Open, Figure: figureOf(e, e.By[x.At], lang), Cost: x.Cost()}
	if each := doc.Figure.Each; each != nil && doc.Cost > 0 && !math.IsNaN(each.Value) {
		back := returnOf(each.Value, doc.Cost)
		doc.Return = &back
	}
	return doc
}
