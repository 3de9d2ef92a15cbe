package engine_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
)

// shoppers has so many people order now and then over the last year, the more often the lower their number.
func (n *town) shoppers(people int) {
	lots, now := rand.New(rand.NewPCG(3, 4)), *n.now.Load()
	var events []aparte.Event
	for i := range people {
		user, every := fmt.Sprint("shopper-", i), 10+float64(i)
		for at := 300 * lots.Float64(); at > 0; at -= every * lots.ExpFloat64() {
			e := order(user, "thing-1", fresh("s"), 5+lots.Float64()*40)
			e.ReceivedAt, e.Timestamp = now, now.Add(-time.Duration(at*24)*time.Hour)
			events = append(events, e)
		}
	}
	n.check(n.Accept(n.t.Context(), events))
}

func TestDecisionsAreTakenWithWhatIsKnownOfPeopleAllTogether(t *testing.T) {
	t.Parallel()
	n := newTown(t)
	before := n.ask("shopper-1").Decision
	if n.Fit() != nil || before.Fit != 0 {
		t.Fatalf("a fit before there was anybody: %+v, %d", n.Fit(), before.Fit)
	}
	n.shoppers(150)
	n.pass(time.Second)
	first := n.Fit()
	if first == nil || first.Number() != 1 || first.People != 150 || first.Lifetime.Pareto == nil {
		t.Fatalf("first fit %+v", first)
	}
	b := brand()
	b.Rules = append(b.Rules, aparte.Rule{ID: "worthy", When: "person.ltv > 0.0 && person.orders_ahead > 0.0 && person.alive > 0.01", Everywhere: true})
	_, err := n.Publish(t.Context(), b)
	n.check(err)
	then := n.ask("shopper-1").Decision
	if then.Fit != 1 {
		t.Errorf("decided with fit %d", then.Fit)
	}
	for _, c := range then.Candidates {
		if c.Excluded == aparte.RuleSaidNo || c.Excluded == aparte.RuleFailed {
			t.Errorf("%s: %s", c.Action.Content, c.Excluded)
		}
	}
	n.pass(time.Second)
	if n.Fit() != first {
		t.Error("another fit at once")
	}
	n.pass(time.Hour)
	if n.Fit().Number() != 2 {
		t.Errorf("an hour later it is fit %d", n.Fit().Number())
	}
	n.reopen()
	if n.Fit() == nil || n.Fit().Number() != 2 {
		t.Errorf("after a restart: %+v", n.Fit())
	}
	for _, d := range []aparte.Decision{before, then, n.ask("shopper-1").Decision} {
		r, err := n.Replay(t.Context(), d.ID)
		if err != nil || !r.Same {
			t.Errorf("taken again with fit %d: same %v, %v; %+v", d.Fit, r.Same, err, r.Differences)
		}
	}
}

func TestWhatASingleFitCannotTellItSays(t *testing.T) {
	n := newTown(t)
	n.shoppers(20)
	n.pass(time.Second)
	if f := n.Fit(); f == nil || f.Lifetime == nil || len(f.Lifetime.Notes) == 0 {
		t.Fatalf("%+v", f)
	}
	if n.ask("shopper-1").Decision.Fit != 1 {
		t.Error("decided without the fit")
	}
	if f, err := n.Refit(t.Context()); err != nil || f.Number() != 2 {
		t.Errorf("asked for another: %+v, %v", f, err)
	}
}

func TestWhatIsStillExpectedIsComparedWithTheHoldout(t *testing.T) {
	skipUnderRace(t)
	t.Parallel()
	n := newTown(t) // a fifth of people are held out of everything
	n.shoppers(150)
	for i := range 150 {
		n.ask(fmt.Sprint("shopper-", i))
	}
	n.pass(time.Minute)
	f, err := n.Refit(t.Context())
	n.check(err)
	a := f.Ahead
	if a == nil || a.Treated < 90 || a.Held < 10 || a.Treated+a.Held != f.Standing.Customers.People {
		t.Fatalf("%+v of %+v", a, f.Standing)
	}
	all := f.Standing.Customers.Value / float64(f.Standing.Customers.People)
	mean := (a.Mean[0]*float64(a.Treated) + a.Mean[1]*float64(a.Held)) / float64(a.Treated+a.Held)
	if a.Enough || mean < 0.999*all || mean > 1.001*all {
		t.Errorf("%+v, everybody's mean is %v", a, all)
	}
}

func TestWhoObjectsToProfilingIsNotForetold(t *testing.T) {
	skipUnderRace(t)
	n := newTown(t)
	n.shoppers(150)
	n.pass(time.Second)
	id, err := n.Find(t.Context(), aparte.Identifier{Kind: aparte.KindUserID, Value: "shopper-1"})
	n.check(err)
	told := func() bool {
		p, err := n.Person(t.Context(), id)
		n.check(err)
		_, told := n.Fit().Residual(&p, *n.now.Load())
		return told
	}
	if !told() {
		t.Fatal("nothing is told of a customer")
	}
	n.hear(0, identify("shopper-1", "", map[string]any{"consents": []map[string]any{{"purpose": "profiling", "granted": false, "source": "test"}}}))
	if told() {
		t.Error("who objects is foretold")
	}
}

func TestAFitTellsHowFarPeopleAreAndWhatTheirMonthsBrought(t *testing.T) {
	t.Parallel()
	n := newTown(t)
	n.shoppers(150)
	n.pass(time.Second)
	f := n.Fit()
	people, customers, prospects := 0, 0, 0
	for i := range f.Path {
		people += f.Path[i].People
		prospects += f.Path[i].Now[0]
	}
	revenue, ahead := int64(0), 0.0
	for i, c := range f.Cohorts {
		customers, revenue, ahead = customers+c.People, revenue+c.Revenue, ahead+c.Ahead
		if i > 0 && c.Month <= f.Cohorts[i-1].Month {
			t.Errorf("%s comes after %s", c.Month, f.Cohorts[i-1].Month)
		}
	}
	all := &f.Standing.Customers
	if people != f.People || prospects != f.People-all.People || customers != all.People || len(f.Cohorts) < 3 {
		t.Errorf("%d people on the path, %d in cohorts, of %d with %d customers", people, customers, f.People, all.People)
	}
	if revenue <= 0 || ahead < 0.999*all.Value || ahead > 1.001*all.Value {
		t.Errorf("months brought %d and will bring %v; all will bring %v", revenue, ahead, all.Value)
	}
	tree, whole := engine.TreeOf(all)
	if product := float64(tree.People) * tree.Alive * tree.Orders * tree.Amount; !whole || product < 0.999*all.Value || product > 1.001*all.Value {
		t.Errorf("%+v makes %v", tree, product)
	}
	months := 0
	for _, m := range f.Lifetime.Check.Months {
		months += m.People
	}
	if c := f.Lifetime.Check; months != c.People {
		t.Errorf("%d of %d people whose orders were foretold are in a month", months, c.People)
	}
	course := n.ValueCourse()
	if len(course) != 1 || course[0].People != f.People || course[0].Value != all.Value+f.Standing.Prospects.Value {
		t.Errorf("%+v", course)
	}
	n.reopen()
	if diff := cmp.Diff(course, n.ValueCourse()); diff != "" {
		t.Error(diff)
	}
}
