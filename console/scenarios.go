package console

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/playbook"
)

// scenariosView is the page of all scenarios, that of one, or that of a play of the playbook.
type scenariosView struct {
	Done string // what was done, a word; empty: nothing
	Rows []scenarioRow
	Hand []playRow // of the playbook, those that are not on

	One      *scenarioRow
	New      bool // it is the page of one that is not there yet
	Draft    scenarioDraft
	Text     string // the same, written down
	ByText   bool   // that is what was sent
	Wrong    []faultView
	Kinds    []string
	Events   []string // that are known here, to choose from
	Audience []namedID
	Goals    []namedID
	Channels []aparte.Channel
	Play     *playRow // whose page it is
	Faults   []string
	Version  uint64 // of the brand the page was made of
	Changed  bool   // it is another by now: nothing was saved

	Test     string // address at which it is tested; empty: it is not asked for
	Busy     bool   // another one is being tested
	Rehearse *rehearsedView
}

// namedID is something of the brand by its id and its name.
type namedID struct{ ID, Name string }

// scenarioRow is one scenario with what it did lately.
type scenarioRow struct {
	*aparte.Scenario
	Name     string
	Says     string // in words
	Limits   string
	Moments  int64 // in the last four weeks
	Spoke    int64
	Earned   aparte.Money // by what is said at its moments alone
	Contents []contentLine
	Line     spark // moments a day
}

type contentLine struct {
	ID       aparte.ContentID
	Name     string
	Headline string   // the first way to say it
	Rules    []string // by name
}

// playRow is one play of the playbook.
type playRow struct {
	playbook.Play
	Says     []string // its scenarios in words
	Contents []contentLine
	On       bool
}

// scenarioDays is how far back what scenarios did is told.
const scenarioDays = 28

// scenarios lists what the brand's scenarios did, and what could be switched on.
func (s *console) scenarios(w http.ResponseWriter, r *http.Request) {
	if v, ok := s.scenariosView(w, r); ok {
		s.showScenarios(w, r, v)
	}
}

// oneScenario is one scenario, to be changed, and tested before.
func (s *console) oneScenario(w http.ResponseWriter, r *http.Request) {
	v, ok := s.scenariosView(w, r)
	if !ok || !s.chooseScenario(w, r, v) {
		return
	}
	q := r.URL.Query()
	v.Draft.turn(q)
	if q.Has("try") {
		s.tryScenario(r, v, q, "/console/scenarios/"+url.PathEscape(string(v.One.ID))+"/test?")
	}
	s.showScenarios(w, r, v)
}

func (s *console) chooseScenario(w http.ResponseWriter, r *http.Request, v *scenariosView) bool {
	id := aparte.ScenarioID(r.PathValue("id"))
	i := slices.IndexFunc(v.Rows, func(row scenarioRow) bool { return row.ID == id })
	if i < 0 {
		s.problem(w, r, http.StatusNotFound, "problem.scenario")
		return false
	}
	v.One, v.Draft = &v.Rows[i], draftOfScenario(v.Rows[i].Scenario)
	v.Text = textOf(v.One.Scenario)
	return true
}

// onePlay is a play of the playbook, before it is switched on: what it would have raised is worked out when the page is there.
func (s *console) onePlay(w http.ResponseWriter, r *http.Request) {
	v, ok := s.scenariosView(w, r)
	if !ok || !s.choosePlay(w, r, v) {
		return
	}
	if len(v.Play.Scenarios) > 0 {
		v.Test = "/console/playbook/" + v.Play.ID + "/test"
	}
	s.showScenarios(w, r, v)
}

func (s *console) choosePlay(w http.ResponseWriter, r *http.Request, v *scenariosView) bool {
	p, err := playbook.Find(r.PathValue("id"))
	if err != nil {
		s.problem(w, r, http.StatusNotFound, "problem.scenario")
		return false
	}
	row := s.playRow(language(r), p)
	v.Play = &row
	return true
}

func (s *console) scenariosView(w http.ResponseWriter, r *http.Request) (*scenariosView, bool) {
	plan := s.plan(r)
	if plan == nil {
		s.problem(w, r, http.StatusNotFound, "problem.brand")
		return nil, false
	}
	plays, err := playbook.All()
	if err != nil {
		s.Logger.ErrorContext(r.Context(), "console playbook", "error", err)
		s.problem(w, r, http.StatusInternalServerError, "problem.read")
		return nil, false
	}
	lang, b := language(r), plan.Brand()
	v := &scenariosView{Done: r.URL.Query().Get("done"), Version: plan.Version(), Channels: scenarioChannels, Kinds: kinds, Events: knownEvents(b)}
	for i := range b.Audiences {
		v.Audience = append(v.Audience, namedID{string(b.Audiences[i].ID), audienceName(lang, &b.Audiences[i])})
	}
	for i := range b.Objectives {
		v.Goals = append(v.Goals, namedID{string(b.Objectives[i].ID), wordsText(lang, b.Objectives[i].Name)})
	}
	if !slices.Contains([]string{"saved", "removed", "on"}, v.Done) {
		v.Done = ""
	}
	moments, spoke, earned := s.byDay(r, "moment/"), s.byDay(r, "spoke/"), s.byDay(r, "earned/")
	for i := range b.Scenarios {
		sc := &b.Scenarios[i]
		row := scenarioRow{
			Scenario: sc, Name: scenarioName(lang, sc.ID, b), Says: sentence(lang, sc, b), Limits: limits(lang, sc, b), Earned: aparte.Money{Currency: b.Currency},
			Moments: whole(moments[string(sc.ID)]), Spoke: whole(spoke[string(sc.ID)]), Line: sparkOf(padded(moments[string(sc.ID)])),
		}
		for j := range b.Contents {
			c := &b.Contents[j]
			if !slices.Contains(c.Scenarios, sc.ID) {
				continue
			}
			row.Contents = append(row.Contents, s.contentLine(lang, c, b.Rules))
			if len(c.Scenarios) == 1 {
				row.Earned.Amount += whole(earned[string(c.ID)])
			}
		}
		v.Rows = append(v.Rows, row)
	}
	for i := range plays {
		if !plays[i].In(b) {
			v.Hand = append(v.Hand, s.playRow(lang, &plays[i]))
		}
	}
	return v, true
}

// knownEvents are names of events that a scenario may come after: those that have words here, and those that the brand speaks of.
func knownEvents(b *aparte.Brand) []string {
	var all []string
	for key := range words {
		if name, ok := strings.CutPrefix(key, "did."); ok && name != "other" {
			all = append(all, name)
		}
	}
	for i := range b.Objectives {
		all = append(all, b.Objectives[i].Event)
	}
	for i := range b.Scenarios {
		s := &b.Scenarios[i]
		all = append(append(append(all, s.After), s.Unless...), s.Absent...)
	}
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(name string) bool { return name == "" || name == aparte.Anything })
}

func (s *console) playRow(lang string, p *playbook.Play) playRow {
	b := s.Engine.Plan().Brand()
	of := &aparte.Brand{Audiences: p.Audiences}
	row := playRow{Play: *p, On: p.In(b)}
	for i := range p.Scenarios {
		row.Says = append(row.Says, sentence(lang, &p.Scenarios[i], of))
	}
	for i := range p.Contents {
		row.Contents = append(row.Contents, s.contentLine(lang, &p.Contents[i], p.Rules))
	}
	return row
}

func (s *console) contentLine(lang string, c *aparte.Content, rules []aparte.Rule) contentLine {
	line := contentLine{ID: c.ID, Name: wordsText(lang, c.Name)}
	for i := range c.Elements {
		if e := &c.Elements[i]; e.Name == "headline" && len(e.Variants) > 0 {
			line.Headline = unfilled(wordsText(lang, e.Variants[0].Words), c)
		}
	}
	for _, id := range c.Rules {
		if i := slices.IndexFunc(rules, func(r aparte.Rule) bool { return r.ID == id }); i >= 0 {
			line.Rules = append(line.Rules, wordsText(lang, rules[i].Name))
		}
	}
	return line
}

// hole is what a text leaves to be filled for each person.
var hole = regexp.MustCompile(`{{.*?}}`)

// unfilled is a text as it can be shown of nobody in particular.
func unfilled(text string, c *aparte.Content) string {
	percent := strconv.FormatFloat(c.Incentive.Percent, 'g', -1, 64) + "\u00a0%"
	text = strings.NewReplacer("{{ incentive.percent }}", percent, "{{ incentive.code }}", c.Incentive.Code).Replace(text)
	return hole.ReplaceAllString(text, "…")
}

// byDay are counters of the last four weeks, a day each, by what follows the prefix.
func (s *console) byDay(r *http.Request, prefix string) map[string][]int64 {
	today := s.Now().UTC().Truncate(24 * time.Hour)
	from := today.AddDate(0, 0, 1-scenarioDays)
	counters, err := s.Engine.Counters(r.Context(), prefix, from, today.AddDate(0, 0, 1))
	if err != nil {
		s.Logger.ErrorContext(r.Context(), "console counters", "prefix", prefix, "error", err)
		return nil
	}
	days := map[string][]int64{}
	for _, c := range counters {
		key := strings.TrimPrefix(c.Key, prefix)
		if days[key] == nil {
			days[key] = make([]int64, scenarioDays)
		}
		if day := int(c.Hour.Sub(from) / (24 * time.Hour)); day >= 0 && day < scenarioDays {
			days[key][day] += c.N
		}
	}
	return days
}

func padded(days []int64) []float64 {
	line := make([]float64, scenarioDays)
	for i, n := range days {
		line[i] = float64(n)
	}
	return line
}

// scenarioChannels are those a scenario may speak on, as a form lists them.
var scenarioChannels = []aparte.Channel{
	aparte.Email, aparte.MobilePush, aparte.WebPush, aparte.SMS, aparte.InApp, aparte.Web, aparte.Human, aparte.Ads, aparte.Webhook,
}

func (s *console) showScenarios(w http.ResponseWriter, r *http.Request, v *scenariosView) {
	page := s.view(r, "scenarios", v)
	page.Here = r.URL.RequestURI()
	if r.Method != http.MethodGet {
		page.Here = strings.TrimSuffix(r.URL.Path, "/test")
	}
	if v.New && v.Text == "" {
		fresh, _ := v.Draft.of(&aparte.Scenario{})
		v.Text = textOf(&fresh)
	}
	switch {
	case v.New:
		page.Title = word(page.Lang, "scenarios.new")
	case v.One != nil:
		page.Title = v.One.Name
	case v.Play != nil:
		page.Title = wordsText(page.Lang, v.Play.Name)
	}
	s.show(w, "scenarios", "frame.html", page)
}

func whole(days []int64) int64 { return total(days) }

// mostOfUnit bounds the number of a duration in a form: so many days are one still.
const mostOfUnit = 100_000

// numberOf reads a number of a form.
func numberOf(text string) (int64, bool) {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 32)
	return n, err == nil && n >= 0 && n <= mostOfUnit
}
