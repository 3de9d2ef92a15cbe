package console

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/exchange/record"
	"github.com/aparte-dev/aparte/measure/attribution"
)

// figure is the numbers of one figure, as a file has them.
type figure struct {
	columns []record.Column
	rows    [][]any
}

// figureOf is an empty figure of columns: a name, with #, of a whole number; with ~, of any other.
func figureOf(columns ...string) *figure {
	f := &figure{}
	for _, name := range columns {
		c := record.Column{Name: strings.TrimRight(name, "#~")}
		switch {
		case strings.HasSuffix(name, "#"):
			c.Kind = record.Whole
		case strings.HasSuffix(name, "~"):
			c.Kind = record.Number
		}
		f.columns = append(f.columns, c)
	}
	return f
}

func (f *figure) add(cells ...any) { f.rows = append(f.rows, cells) }

// csv is the file: texts that a spreadsheet would take for formulas are made none.
func (f *figure) csv() ([]byte, error) {
	var out bytes.Buffer
	w, err := record.NewWriter(&out, record.CSV, f.columns)
	if err != nil {
		return nil, err
	}
	for _, row := range f.rows {
		cells := make([]jsontext.Value, len(row))
		for i, x := range row {
			if n, ok := x.(float64); ok && (math.IsNaN(n) || math.IsInf(n, 0)) {
				continue // it is not known
			}
			if cells[i], err = json.Marshal(x); err != nil {
				return nil, err
			}
		}
		if err := w.Write(cells); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

var errNoFigure = errors.New("there is no such figure")

// exported answers a figure as a file.
func (s *console) exported(w http.ResponseWriter, r *http.Request) {
	name, isCSV := strings.CutSuffix(r.PathValue("name"), ".csv")
	f, err := s.figure(r, name)
	if errors.Is(err, errNoFigure) || !isCSV || errors.Is(err, engine.ErrNoObjective) {
		s.problem(w, r, http.StatusNotFound, "problem.nowhere")
		return
	}
	var body []byte
	if err == nil {
		body, err = f.csv()
	}
	if err != nil {
		s.Logger.ErrorContext(r.Context(), "console figure", "figure", name, "error", err)
		s.problem(w, r, http.StatusInternalServerError, "problem.read")
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="aparte-`+name+`.csv"`)
	h.Set("Cache-Control", "no-store")
	if _, err := w.Write(body); err != nil {
		s.Logger.DebugContext(r.Context(), "figure not read to its end")
	}
}

// figure finds the numbers of a figure. Money is in minor units of the currency beside it.
func (s *console) figure(r *http.Request, name string) (*figure, error) {
	plan := s.Engine.Plan()
	if plan == nil {
		return nil, errNoFigure
	}
	b, lang := plan.Brand(), language(r)
	switch name {
	case "over-time":
		f := figureOf("at", "trial#", "told#", "held#", "added_each~", "low~", "high~", "people#", "value_to_come~", "currency")
		for _, p := range s.Engine.ValueCourse() {
			added := [3]float64{p.More, p.Low, p.High}
			if !p.Known {
				added = [3]float64{math.NaN(), math.NaN(), math.NaN()}
			}
			f.add(p.At, p.Trial, p.Told, p.Held, added[0], added[1], added[2], p.People, p.Value, p.Currency)
		}
		return f, nil
	case "work":
		weeks, err := s.Engine.Work(r.Context())
		if err != nil {
			return nil, err
		}
		f := figureOf("week", "minutes~", "saves#", "people#", "minutes_per_thousand~")
		for _, w := range weeks {
			per, told := w.PerThousand()
			if !told {
				per = math.NaN()
			}
			f.add(w.From.Format("2006-01-02"), w.Worked.Minutes(), w.Saves, w.People, per)
		}
		return f, nil
	case "trust":
		return trustFigure(s.Engine.Fit(), b, lang), nil
	case "upkeep":
		f := figureOf("at", "objects#", "people#", "items#")
		for _, p := range counted(s.Engine.ValueCourse()) {
			f.add(p.At, p.Objects, p.People, p.Items)
		}
		return f, nil
	case "worth":
		return s.worthFigure(r, b, lang)
	case "earned", "league":
		return s.earnedFigure(r, b, lang, name)
	case "rates", "clicks":
		return s.ratesFigure(r, b, lang, name)
	case "hours", "pressure", "path":
		return s.crowdFigure(r, b, lang, name)
	case "cohorts", "calibration", "months", "tenths", "tree":
		return lifetimeFigure(s.Engine.Fit(), name)
	case "attribution":
		asked, _ := s.creditAsked(r.URL.Query(), b)
		c, err := s.Engine.Credit(r.Context(), asked, s.Patience)
		if err != nil {
			return nil, err
		}
		return attributionFigure(c, b, s.Engine.Fit(), lang), nil
	}
	return nil, errNoFigure
}

func (s *console) worthFigure(r *http.Request, b *aparte.Brand, lang string) (*figure, error) {
	worth, err := s.Engine.Worth(r.Context())
	if err != nil {
		return nil, err
	}
	f := figureOf("objective", "held_out_of", "share_held_out~", "told#", "held#", "added_each~", "low~", "high~", "currency")
	for i := range worth.Compared {
		c := comparison(&worth.Compared[i], b)
		d := c.Difference
		if !c.Shown {
			d.Value, d.Low, d.High = math.NaN(), math.NaN(), math.NaN()
		}
		f.add(wordsText(lang, c.Of), wordsText(lang, c.From), worth.Compared[i].Share, c.Treated.People, c.Held.People, d.Value, d.Low, d.High, c.Currency)
	}
	return f, nil
}

func (s *console) earnedFigure(r *http.Request, b *aparte.Brand, lang, name string) (*figure, error) {
	sight, err := s.Engine.Evidence(r.Context(), s.Patience)
	if err != nil {
		return nil, err
	}
	v := evidenceOf(&sight, nil, b)
	f := figureOf("content", "name", "objective", "layout", "element", "variant", "said#", "undecided_share~", "earned_each~", "low~", "high~", "not_known_because", "currency")
	all := [][]earnedRow{v.Contents, v.Purposes, v.Ways}
	if name == "league" {
		all = [][]earnedRow{v.League}
	}
	for _, rows := range all {
		for i := range rows {
			e := &rows[i]
			value, low, high := e.Each.Value, e.Each.Low, e.Each.High
			if e.Doubt != "" {
				value, low, high = math.NaN(), math.NaN(), math.NaN()
			}
			f.add(e.Content, wordsText(lang, e.Name), wordsText(lang, e.Objective), e.Layout, e.Element, e.Variant, e.Said, e.Open, value, low, high, string(e.Doubt), e.Currency)
		}
	}
	return f, nil
}

func (s *console) ratesFigure(r *http.Request, b *aparte.Brand, lang, name string) (*figure, error) {
	if name == "clicks" {
		f := figureOf("content", "name", "seen#", "clicked#", "rate~", "low~", "high~")
		for _, c := range s.clicked(r.Context(), b) {
			low, high := c.Rate.Low, c.Rate.High
			if c.Few {
				low, high = math.NaN(), math.NaN()
			}
			f.add(c.ID, wordsText(lang, c.Name), c.Seen, c.Clicked, ratio(c.Clicked, c.Seen), low, high)
		}
		return f, nil
	}
	sight, err := s.Engine.Evidence(r.Context(), s.Patience)
	if err != nil {
		return nil, err
	}
	f := figureOf("channel", "rate", "part#", "whole#", "share~", "low~", "high~")
	if sight.Evidence != nil {
		for _, x := range sight.Evidence.Rates() {
			f.add(x.Channel, x.Kind, x.Part, x.Whole, x.Share.Value, x.Share.Low, x.Share.High)
		}
	}
	return f, nil
}

func (s *console) crowdFigure(r *http.Request, b *aparte.Brand, lang, name string) (*figure, error) {
	switch name {
	case "hours":
		sight, err := s.Engine.Evidence(r.Context(), s.Patience)
		if err != nil {
			return nil, err
		}
		f := figureOf("channel", "hour#", "said#", "answered#")
		if sight.Evidence != nil {
			for _, x := range sight.Evidence.Hours {
				f.add(x.Channel, x.Hour, x.Said, x.Answered)
			}
		}
		return f, nil
	case "pressure":
		doses, err := s.doses(r.Context())
		if err != nil {
			return nil, err
		}
		f := figureOf("messages_a_week#", "weeks#", "departures#", "share~", "low~", "high~", "value_a_week~", "value_low~", "value_high~", "currency")
		for _, d := range doses {
			f.add(d.Messages, d.Weeks, d.Departures, d.Gone.Value, d.Gone.Low, d.Gone.High, d.Value.Value, d.Value.Low, d.Value.High, b.Currency)
		}
		return f, nil
	}
	f := figureOf("persona", "persona_name", "stage", "now#", "four_weeks_ago#", "moved_on#", "moved_to", "moved_to_people#")
	fit := s.Engine.Fit()
	if fit == nil {
		return f, nil
	}
	for i := range fit.Path {
		row := &fit.Path[i]
		for at, stage := range engine.PathStages {
			then, moved := row.Then(at)
			f.add(row.Persona, wordsText(lang, fit.PersonaName(b, row.Persona)), stage, row.Now[at], then, moved, "", nil)
			for to, n := range row.Moved[at] {
				if to != at && n > 0 {
					f.add(row.Persona, wordsText(lang, fit.PersonaName(b, row.Persona)), stage, nil, nil, nil, engine.PathStages[to], n)
				}
			}
		}
	}
	return f, nil
}

// lifetimeFigure is one of what is expected of people.
func lifetimeFigure(fit *engine.Fit, name string) (*figure, error) {
	if fit == nil || fit.Lifetime == nil || fit.Standing == nil {
		return figureOf("nothing"), nil
	}
	currency := fit.Lifetime.Terms.Currency
	switch name {
	case "cohorts":
		f := figureOf("first_order", "people#", "still_customers~", "orders#", "revenue#", "value_to_come~", "currency")
		for _, c := range fit.Cohorts {
			f.add(c.Month, c.People, c.Alive, c.Orders, c.Revenue, c.Ahead, currency)
		}
		return f, nil
	case "tenths":
		f := figureOf("group", "tenth#", "mean_value~", "currency")
		for i, n := range fit.Standing.Customers.Tenths {
			f.add("customers", i+1, n, currency)
		}
		for i, n := range fit.Standing.Prospects.Tenths {
			f.add("prospects", i+1, n, currency)
		}
		return f, nil
	case "tree":
		f := figureOf("group", "node", "value~", "currency")
		for _, g := range treeOf(fit).Groups {
			of := strings.TrimPrefix(g.Key, "value.")
			f.add(of, "value", g.Value, currency)
			for _, x := range g.Factors {
				unit := ""
				if x.Kind == "money" {
					unit = currency
				}
				f.add(of, strings.TrimPrefix(x.Key, "tree."), x.N, unit)
			}
		}
		return f, nil
	}
	check := fit.Lifetime.Check
	if name == "months" {
		f := figureOf("first_order", "people#", "orders_foretold~", "orders_came~", "value_foretold~", "value_came~", "currency")
		if check != nil {
			for _, m := range check.Months {
				f.add(m.Month, m.People, m.Orders.Expected, m.Orders.Came, m.Value.Expected, m.Value.Came, currency)
			}
		}
		return f, nil
	}
	f := figureOf("people#", "orders_foretold_each~", "orders_came_each~", "low~", "high~")
	if check != nil {
		for _, x := range check.Bands {
			f.add(x.People, x.Expected, x.Came, x.Low, x.High)
		}
	}
	return f, nil
}

func attributionFigure(c *engine.Credit, b *aparte.Brand, fit *engine.Fit, lang string) *figure {
	v := creditOf(c, b, fit)
	f := figureOf("met", "name", "model", "conversions~", "value~", "currency", "measured_each~", "measured_low~", "measured_high~")
	for i := range v.Rows {
		row := &v.Rows[i]
		name := wordsText(lang, row.Label)
		if name == "" {
			name = keyedText(lang, row.Key, row.Name)
		}
		each := [3]float64{math.NaN(), math.NaN(), math.NaN()}
		if row.Measured && row.Doubt == "" {
			each = [3]float64{row.Each.Value, row.Each.Low, row.Each.High}
		}
		for _, m := range row.Credited.Models() {
			f.add(row.Name, name, m.Name, m.Conversions, m.Value, row.Currency, each[0], each[1], each[2])
		}
	}
	return f
}

// creditAsked reads what is asked of attribution, and which of the periods.
func (s *console) creditAsked(query url.Values, b *aparte.Brand) (asked engine.CreditAsked, period int) {
	asked = engine.CreditAsked{Asked: attribution.Asked{Objective: query.Get("objective"), Order: 1, Paths: pathsShown}}
	for _, x := range creditBys {
		if x.name == query.Get("by") {
			asked.By = x.by
		}
	}
	for i, x := range creditPeriods {
		if x.key == "credit."+query.Get("since") {
			period = i
		}
	}
	if days := creditPeriods[period].days; days > 0 {
		asked.Since = s.Now().AddDate(0, 0, -days)
	}
	if asked.By == attribution.ByElement {
		if asked.Element = query.Get("element"); asked.Element == "" {
			asked.Element = firstElement(b)
		}
		if asked.Element == "" {
			asked.By = attribution.ByContent
		}
	}
	return asked, period
}
