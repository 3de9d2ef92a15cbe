package console

import (
	"context"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/learn/residual"
	"github.com/aparte-dev/aparte/measure"
)

// todayView is what matters today: what people are worth, what was added, whom it reached, and what needs somebody.
type todayView struct {
	Currency string
	Months   int64
	Value    *ltvView // nil: nothing has been reckoned yet
	Added    addedView
	Reached  engine.Reached
	Peace    int64 // people whom nothing reached this week
	Letters  float64
	Left     measure.Estimate // share of weeks with a message in which somebody left; N is how many weeks there were
	Weeks    int64
	Pulse    pulseView
	Beat     spark // decisions every ten seconds
	Needs    []needView
	Tree     *treeView // nil: nothing has been reckoned yet
	Trust    *trustView
}

// ltvView is what all people are still expected to bring, and how that changed.
type ltvView struct {
	Amount float64
	Change float64 // a share of what it was
	Since  time.Time
	Known  bool  // there is something to compare it with
	Line   spark // over time
}

// addedView is what being told things added, of everybody who is told.
type addedView struct {
	Key   string // of a word: what can be said
	Known bool
	Told  int64
	All   measure.Estimate // for any time of looking
	Each  measure.Estimate
	Days  int
}

// needView is something that needs somebody, and where it is mended.
type needView struct {
	Text string
	Href string // empty: not in the console
	Hot  bool   // what is said or learned is wrong until it is mended
}

// treeView is the value that people will bring, taken apart.
type treeView struct {
	Sum    float64
	Groups []treeGroup
}

// treeGroup is a branch of it: its factors make its value.
type treeGroup struct {
	Key     string // of a word
	Value   float64
	Factors []treeFactor
	Whole   bool
}

// treeFactor is a leaf: a number, how it is written, and where it says how it is computed.
type treeFactor struct {
	Key  string // of a word; with ".how", of how it is computed
	Kind string // count, share, number or money
	N    float64
	Note string // a word for what it does not tell; empty: nothing
}

// changeOver is over how long the change of the value is told.
const changeOver = 28 * 24 * time.Hour

func (s *console) today(w http.ResponseWriter, r *http.Request) {
	v, err := s.todayOf(r.Context(), language(r))
	if err != nil {
		s.Logger.ErrorContext(r.Context(), "console today", "error", err)
		s.problem(w, r, http.StatusInternalServerError, "problem.read")
		return
	}
	s.show(w, "today", "frame.html", s.view(r, "today", v))
}

// todayPulse is the part of the page that renews itself.
func (s *console) todayPulse(w http.ResponseWriter, r *http.Request) {
	v := todayView{}
	v.beat(s, language(r))
	s.show(w, "today", "beat", s.view(r, "today", v))
}

func (s *console) todayOf(ctx context.Context, lang string) (v todayView, err error) {
	v.beat(s, lang)
	if v.Reached, err = s.Engine.Reached(ctx); err != nil {
		return v, err
	}
	v.Peace = v.Reached.People - v.Reached.Week
	if v.Reached.People > 0 {
		v.Letters = float64(v.Reached.Sent) / float64(v.Reached.People)
	}
	doses, err := s.Engine.Doses(ctx, s.Now().Add(-changeOver), s.Now().Add(time.Hour))
	if err != nil {
		return v, err
	}
	v.left(doses)
	fit := s.Engine.Fit()
	if fit != nil && fit.Standing != nil && fit.Lifetime != nil {
		v.Currency, v.Months = fit.Lifetime.Terms.Currency, int64(math.Round(fit.Lifetime.Terms.Days/30.44))
		v.Value, v.Tree = ltvOf(s.Engine.ValueCourse(), fit), treeOf(fit)
	}
	plan := s.Engine.Plan()
	if plan == nil {
		v.Added.Key = "today.added.none"
		return v, nil
	}
	v.Currency = plan.Brand().Currency
	v.Trust = trustOf(fit, plan.Brand())
	worth, err := s.Engine.Worth(ctx)
	if err != nil {
		return v, err
	}
	v.Added = addedOf(&worth)
	v.Needs, err = s.needs(ctx, lang, &worth, v.Reached)
	return v, err
}

// beat takes in the last ten minutes.
func (v *todayView) beat(s *console, lang string) {
	v.Pulse = s.pulse(lang)
	p := s.Engine.Pulse()
	line := make([]float64, len(p.Steps))
	for i := range line {
		line[i] = float64(p.Silences[i])
		for _, c := range p.Contents {
			line[i] += float64(c.Chosen[i])
		}
	}
	v.Beat = sparkOf(line)
}

// left sums up in how many weeks with a message people left.
func (v *todayView) left(doses []engine.Dose) {
	gone := int64(0)
	for _, d := range doses {
		if d.Messages > 0 {
			v.Weeks, gone = v.Weeks+d.Weeks, gone+d.Departures
		}
	}
	v.Left = measure.Share(gone, v.Weeks, level)
}

func ltvOf(course []engine.ValuePoint, fit *engine.Fit) *ltvView {
	v := &ltvView{Amount: fit.Standing.Customers.Value + fit.Standing.Prospects.Value}
	var line []float64
	for _, p := range course {
		if p.Currency != fit.Lifetime.Terms.Currency || p.At.Before(fit.At.Add(-changeOver)) {
			continue
		}
		if line = append(line, p.Value); len(line) == 1 && p.Value > 0 && p.At.Before(fit.At) {
			v.Known, v.Since, v.Change = true, p.At, v.Amount/p.Value-1
		}
	}
	if len(line) > 1 {
		v.Line = sparkOf(line)
	}
	return v
}

// addedOf is what a trial shows of all objectives together.
func addedOf(w *engine.Worth) addedView {
	v := addedView{Key: "today.added.none", Days: int(w.Window.Hours() / 24)}
	for i := range w.Compared {
		c := &w.Compared[i]
		if c.Holdout != "" || c.Objective != "" {
			continue
		}
		v.Key, v.Told = "today.added.early", c.Treated.People
		each := c.Anytime(level)
		if v.Known = c.Enough() && !math.IsNaN(each.Low) && !math.IsNaN(each.High); !v.Known {
			return v
		}
		n := float64(v.Told)
		v.Each, v.All = each, measure.Estimate{Value: n * each.Value, Interval: measure.Interval{Low: n * each.Low, High: n * each.High}}
		switch {
		case each.Low > 0:
			v.Key = "results.more"
		case each.High < 0:
			v.Key = "results.less"
		default:
			v.Key = "results.open"
		}
		return v
	}
	return v
}

// aliveNote says that the share of those who are customers still tells little: the model ran into its bound, as hardly anybody was seen to
// leave.
func aliveNote(fit *engine.Fit, alive float64) string {
	if fit.Lifetime != nil && slices.Contains(fit.Lifetime.Notes, residual.AtBound) && alive > 0.995 {
		return "tree.alive.bound"
	}
	return ""
}

func treeOf(fit *engine.Fit) *treeView {
	v := &treeView{}
	customers, whole := engine.TreeOf(&fit.Standing.Customers)
	branch := treeGroup{Key: "value.customers", Value: customers.Value, Whole: whole}
	if branch.Factors = []treeFactor{{Key: "tree.people", Kind: "count", N: float64(customers.People)}}; whole {
		branch.Factors = append(branch.Factors,
			treeFactor{"tree.alive", "share", customers.Alive, aliveNote(fit, customers.Alive)}, treeFactor{Key: "tree.orders", Kind: "number", N: customers.Orders}, treeFactor{Key: "tree.amount", Kind: "money", N: customers.Amount})
	}
	v.Groups = append(v.Groups, branch)
	of := &fit.Standing.Prospects
	if v.Sum = customers.Value + of.Value; of.People == 0 {
		return v
	}
	branch = treeGroup{Key: "value.prospects", Value: of.Value, Whole: of.People > 0 && of.Orders > 0, Factors: []treeFactor{{Key: "tree.people", Kind: "count", N: float64(of.People)}}}
	if branch.Whole {
		branch.Factors = append(branch.Factors, treeFactor{Key: "tree.first", Kind: "number", N: of.Orders / float64(of.People)}, treeFactor{Key: "tree.amount", Kind: "money", N: of.Value / of.Orders})
	}
	v.Groups = append(v.Groups, branch)
	return v
}

// Of what needs somebody.
const (
	fitStale     = 2 * 24 * time.Hour  // a fit is made once a day at least
	quietSince   = 7 * 24 * time.Hour  // without a moment, where there were moments before
	momentsSince = 28 * 24 * time.Hour // how far back these are looked for
	shutFor      = 24 * time.Hour      // a rule may speak of the hour
	needsOfKind  = 5                   // of one kind are told one by one
)

// needs is what needs somebody, the gravest first; nothing where all is well.
func (s *console) needs(ctx context.Context, lang string, worth *engine.Worth, reached engine.Reached) (all []needView, err error) {
	add := func(hot bool, href, key string, pairs ...string) {
		all = append(all, needView{filled(lang, key, pairs...), href, hot})
	}
	now := s.Now().UTC()
	if err := s.Engine.Writable(ctx); err != nil {
		add(true, "", "need.full")
	}
	for _, d := range reached.Dead {
		add(true, "/console/letters", "need.dead", "{n}", countText(lang, d.N), "{channel}", named(lang, "channel", string(d.Channel)))
	}
	if fit := s.Engine.Fit(); fit != nil && now.Sub(fit.At) > fitStale {
		add(true, "/console/value", "need.fit", "{ago}", agoText(lang, now, fit.At))
	}
	if sight, err := s.Engine.Evidence(ctx, 0); err == nil && sight.Evidence != nil {
		if trust, _ := sight.Evidence.Trust(worth.Compared); trust == engine.Disbelieve {
			add(true, "/console/results#evidence", "need.trust")
		}
		s.shutContents(lang, sight.Evidence, add)
	}
	if err := s.quietScenarios(ctx, lang, now, add); err != nil {
		return nil, err
	}
	audiences, err := s.Engine.Audiences(ctx)
	if err != nil {
		return nil, err
	}
	for i := range audiences.Audiences {
		if a := &audiences.Audiences[i]; a.People == 0 && slices.Max(a.Course) > 0 {
			name := wordsText(lang, a.Name)
			if name == "" {
				name = string(a.ID)
			}
			add(false, "/console/audiences/"+url.PathEscape(string(a.ID)), "need.audience", "{name}", name)
		}
	}
	s.dataNeeds(lang, now, add)
	slices.SortStableFunc(all, func(a, b needView) int {
		switch {
		case a.Hot == b.Hot:
			return 0
		case a.Hot:
			return -1
		}
		return 1
	})
	return all, nil
}

// shutContents tells which contents could not be said to anybody: one line where it is all of them.
func (s *console) shutContents(lang string, found *engine.Evidence, add func(hot bool, href, key string, pairs ...string)) {
	if found.Until.Sub(found.Since) < shutFor {
		return
	}
	var shut []int
	for i := range found.Barred {
		if by, yes := found.Barred[i].Shut(); yes && alarming(by.Reason) {
			shut = append(shut, i)
		}
	}
	if len(shut) > 1 && len(shut) == len(found.Barred) {
		by, _ := found.Barred[shut[0]].Shut()
		add(true, "/console/contents", "need.allshut", "{why}", word(lang, "fate."+string(by.Reason)))
		return
	}
	for _, i := range shut[:min(needsOfKind, len(shut))] {
		b := &found.Barred[i]
		by, _ := b.Shut()
		add(false, "/console/contents/"+url.PathEscape(string(b.Content)), "need.shut", "{name}", wordsText(lang, s.contentName(b.Content)), "{n}", countText(lang, int64(b.Looked)), "{why}", word(lang, "fate."+string(by.Reason)))
	}
}

// alarming reports whether it is odd that a reason keeps a content from everybody. A content that is not valid now is meant not to
// be said, and where nothing sends, the page says so anyway.
func alarming(r aparte.ReasonCode) bool {
	return !slices.Contains([]aparte.ReasonCode{aparte.OutsideValid, aparte.NoSender, aparte.AlreadyKnown, aparte.RatherNot, aparte.OneQuestion}, r)
}

// quietScenarios tells which scenarios raise no moments any more.
func (s *console) quietScenarios(ctx context.Context, lang string, now time.Time, add func(hot bool, href, key string, pairs ...string)) error {
	rows, err := s.Engine.Counters(ctx, "moment/", now.Add(-momentsSince).Truncate(time.Hour), now.Add(time.Hour))
	if err != nil {
		return err
	}
	last := map[aparte.ScenarioID]time.Time{}
	for _, row := range rows {
		id := aparte.ScenarioID(strings.TrimPrefix(row.Key, "moment/"))
		if row.N > 0 && row.Hour.After(last[id]) {
			last[id] = row.Hour
		}
	}
	course := s.Engine.ValueCourse()
	young := len(course) == 0 || now.Sub(course[0].At) < momentsSince // who has been at work for less has seen too little
	b := s.Engine.Plan().Brand()
	told := 0
	for i := range b.Scenarios {
		id := b.Scenarios[i].ID
		at, ever := last[id]
		if ever && now.Sub(at) <= quietSince || !ever && young || told == needsOfKind {
			continue
		}
		told++
		key, pairs := "need.scenario.never", []string{"{name}", scenarioName(lang, id, b)}
		if ever {
			key, pairs = "need.scenario", append(pairs, "{ago}", agoText(lang, now, at))
		}
		add(false, "/console/scenarios/"+url.PathEscape(string(id)), key, pairs...)
	}
	return nil
}

// dataNeeds tells what is odd about what comes in.
func (s *console) dataNeeds(lang string, now time.Time, add func(hot bool, href, key string, pairs ...string)) {
	if s.Quality != nil {
		report := s.Quality.Report()
		for i := range report.Sources {
			if x := &report.Sources[i]; x.Stale(now) {
				add(true, "/console/data", "need.silent", "{name}", x.Name, "{ago}", agoText(lang, now, x.Last))
			}
		}
		broken := int64(0)
		for i := range report.Violations {
			if v := &report.Violations[i]; now.Sub(v.Last) < 24*time.Hour {
				broken++
			}
		}
		if broken > 0 {
			add(false, "/console/data", "need.schema", "{n}", countText(lang, broken))
		}
		kept := int64(0)
		for _, k := range s.Quality.Kept() {
			kept += int64(k.Records)
		}
		if kept > 0 {
			add(false, "/console/data/aside", "need.aside", "{n}", countText(lang, kept))
		}
	}
	if s.Sources != nil {
		for _, x := range s.Sources.States() {
			if x.Failures > 0 {
				add(true, "/console/data/sources", "need.source", "{name}", x.ID, "{ago}", agoText(lang, now, x.RefusedAt))
			}
		}
	}
}

// filled is a sentence with names and numbers in their places.
func filled(lang, key string, pairs ...string) string {
	return strings.NewReplacer(pairs...).Replace(word(lang, key))
}
