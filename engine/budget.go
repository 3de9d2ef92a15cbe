package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/store"
)

// What a brand's budgets give away is kept in the store's counters, under the hour in which it was said:
//
//	budget/spent/BUDGET     what it has cost: of discounts what orders say, of contents their own cost
//	budget/promised/BUDGET  what discounts that were said and not used yet are expected to take off orders
//	budget/asked/BUDGET     decisions in which the budget had a say
//	budget/refused/BUDGET   those of them in which too little was left of it
//	budget/price/BUDGET     the sum of its prices in those, in millionths
//
// A promise is a timer of the person it was made to: it becomes what the order says that uses its code, and lapses when
// the decision's last window closes. One content is promised once at a time.
//
// Owners decide at the same time: each sees what all others have given, but not what they are giving at that
// moment. So what was given, promises included, exceeds a budget by one decision a part at most. What is redeemed may be
// more than was expected; it is made up for by what is said afterwards.
//
// Of several engines, each may give as much of what is left as it has of the parts, and looks twice a second at what the others have given.
const budgetPrefix = "budget/"

// giving is what a budget gave in one hour.
type giving struct{ spent, promised, asked, refused int64 }

// budgets are those of all brands there were, as far back as the one before the current period of the longest kind.
type budgets struct {
	mu    sync.Mutex
	hours map[aparte.BudgetID]map[time.Time]giving

	share float64      // of what is left, that may be given here; 0: all of it
	plan  *decide.Plan // of whose budgets the rest is
	hour  time.Time
	funds []aparte.Fund
	began []time.Time // the current period of each
}

// rememberBudgets covers two of the longest periods.
const rememberBudgets = 63 * 24 * time.Hour

// open reads what all have given. share is what of the rest may be given here.
func (b *budgets) open(ctx context.Context, s store.Reader, now time.Time, share float64) error {
	counters, err := s.Counters(ctx, budgetPrefix, now.Add(-rememberBudgets), now.Add(time.Hour))
	if err != nil {
		return fmt.Errorf("read budgets: %w", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fill(counters)
	b.share, b.plan = share, nil
	return nil
}

func (b *budgets) fill(counters []store.Counter) {
	b.hours = map[aparte.BudgetID]map[time.Time]giving{}
	for _, c := range counters {
		what, id, _ := strings.Cut(strings.TrimPrefix(c.Key, budgetPrefix), "/")
		switch what {
		case "spent":
			b.note(aparte.BudgetID(id), c.Hour, giving{spent: c.N})
		case "promised":
			b.note(aparte.BudgetID(id), c.Hour, giving{promised: c.N})
		case "asked":
			b.note(aparte.BudgetID(id), c.Hour, giving{asked: c.N})
		case "refused":
			b.note(aparte.BudgetID(id), c.Hour, giving{refused: c.N})
		}
	}
}

// note adds to what a budget gave in an hour.
func (b *budgets) note(id aparte.BudgetID, hour time.Time, g giving) {
	hour = hour.UTC()
	of := b.hours[id]
	if of == nil {
		of = map[time.Time]giving{}
		b.hours[id] = of
	}
	was := of[hour]
	of[hour] = giving{was.spent + g.spent, was.promised + g.promised, was.asked + g.asked, was.refused + g.refused}
}

// add is note while decisions are taken.
func (b *budgets) add(id aparte.BudgetID, hour time.Time, g giving) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.note(id, hour, g)
	for i := range b.funds {
		if f := &b.funds[i]; f.Budget == id && !hour.Before(b.began[i]) {
			f.Left -= g.spent + g.promised
		}
	}
}

// now is what a plan's budgets have left at a time, and their prices; nil where it has none.
func (b *budgets) now(plan *decide.Plan, at time.Time) []aparte.Fund {
	if len(plan.Brand().Budgets) == 0 {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if hour := at.UTC().Truncate(time.Hour); b.plan != plan || !b.hour.Equal(hour) {
		b.reckon(plan, hour)
	}
	return slices.Clone(b.funds)
}

// reckon finds what is left in an hour, and at which price, and forgets what was long ago.
func (b *budgets) reckon(plan *decide.Plan, hour time.Time) {
	b.plan, b.hour, b.funds, b.began = plan, hour, nil, nil
	for _, of := range b.hours {
		maps.DeleteFunc(of, func(h time.Time, _ giving) bool { return hour.Sub(h) > rememberBudgets })
	}
	for i := range plan.Brand().Budgets {
		one := &plan.Brand().Budgets[i]
		from, _ := decide.PeriodOf(one.Per, hour, plan.Zone())
		before, _ := decide.PeriodOf(one.Per, from.Add(-time.Hour), plan.Zone())
		left := one.Amount
		var given []decide.Given
		for _, h := range slices.SortedFunc(maps.Keys(b.hours[one.ID]), time.Time.Compare) {
			g := b.hours[one.ID][h]
			if !h.Before(before) {
				given = append(given, decide.Given{Hour: h, Asked: g.asked, Refused: g.refused, Amount: g.spent + g.promised})
			}
			if !h.Before(from) {
				left -= g.spent + g.promised
			}
		}
		if 0 < b.share && b.share < 1 && left > 0 {
			left = int64(float64(left) * b.share)
		}
		b.began = append(b.began, from)
		b.funds = append(b.funds, aparte.Fund{Budget: one.ID, Left: left, Price: decide.Pace(one, given, hour, plan.Zone())})
	}
}

// given is something a turn has given, to be taken back if its batch is not written.
type given struct {
	budget aparte.BudgetID
	hour   time.Time
	giving
}

// give counts what a budget gives.
func (t *turn) give(g given) {
	key := string(g.budget)
	t.countAt(budgetPrefix+"spent/"+key, g.hour, g.spent)
	t.countAt(budgetPrefix+"promised/"+key, g.hour, g.promised)
	t.countAt(budgetPrefix+"asked/"+key, g.hour, g.asked)
	t.countAt(budgetPrefix+"refused/"+key, g.hour, g.refused)
	t.given = append(t.given, g)
	t.owner.engine.budgets.add(g.budget, g.hour, g.giving)
}

// takeBack undoes what a turn that was not written has given.
func (t *turn) takeBack() {
	for _, g := range t.given {
		t.owner.engine.budgets.add(g.budget, g.hour, giving{-g.spent, -g.promised, -g.asked, -g.refused})
	}
	t.given = t.given[:0]
}

// promise counts what a decision costs its budget: what it says by itself at once, its discount as far as it is expected
// to be used. Whether that sets a timer is returned.
func (t *turn) promise(now *live, p *aparte.Person, d *aparte.Decision) (changed bool) {
	hour := d.At.UTC().Truncate(time.Hour)
	for _, f := range d.Funds {
		t.give(given{f.Budget, hour, giving{asked: 1, refused: refusals(now, d, f.Budget)}})
		t.countAt(budgetPrefix+"price/"+string(f.Budget), hour, int64(math.Round(f.Price*1e6)))
	}
	budget := now.plan.BudgetOf(d.Action.Content)
	content, known := now.plan.Content(d.Action.Content)
	if budget == nil || !known {
		return false
	}
	if content.Cost > 0 {
		t.give(given{budget.ID, hour, giving{spent: content.Cost}})
	}
	next := promised{hour, int64(math.Ceil(d.Incentive)), budget.ID, content.ID}
	if next.amount <= 0 {
		return false
	}
	if open, found := findPromise(p, func(x promised) bool { return x.content == content.ID }); found {
		if open.hour.Equal(hour) && open.budget == budget.ID {
			return false
		}
		t.release(open)
		t.clearTimer(p, open.name())
	}
	t.give(given{budget.ID, hour, giving{promised: next.amount}})
	t.setTimer(p, next.name(), d.At.Add(longestWindow(now.plan.Brand())))
	return true
}

// refusals is 1 where a decision left something out because a budget had too little left.
func refusals(now *live, d *aparte.Decision, id aparte.BudgetID) int64 {
	for i := len(d.Candidates) - 1; i >= 0 && d.Candidates[i].Excluded != ""; i-- { // they are the last
		if d.Candidates[i].Excluded != aparte.BudgetSpent {
			continue
		}
		if b := now.plan.BudgetOf(d.Candidates[i].Action.Content); b != nil && b.ID == id {
			return 1
		}
	}
	return 0
}

func longestWindow(b *aparte.Brand) (window time.Duration) {
	for i := range b.Objectives {
		window = max(window, b.Objectives[i].Window.Std())
	}
	return window
}

// release takes a promise off what was promised.
func (t *turn) release(x promised) { t.give(given{x.budget, x.hour, giving{promised: -x.amount}}) }

// lapse is a promise that was not used.
func (t *turn) lapse(name string) error {
	x, err := parsePromise(name)
	if err != nil {
		return err
	}
	t.release(x)
	return nil
}

// withdraw releases a promise, where a timer is one.
func (t *turn) withdraw(name string) {
	if x, err := parsePromise(name); err == nil {
		t.release(x)
	}
}

// lapseAll is what becomes of promises to somebody who is no more.
func (t *turn) lapseAll(p *aparte.Person) {
	for _, timer := range p.Timers {
		t.withdraw(timer.Name)
	}
}

// redeem counts what an order took off with the code of something that a budget pays for, under the hour in which that was
// said to the person; the order's own where it was not, as somebody else told them. An order in another currency is not counted:
// money is never converted.
func (t *turn) redeem(now *live, p *aparte.Person, event *aparte.Event) {
	code := couponOf(event)
	if code == "" {
		return
	}
	var budget *aparte.Budget
	var content aparte.ContentID
	for i := range now.plan.Brand().Contents {
		c := &now.plan.Brand().Contents[i]
		if c.Incentive.Code != code {
			continue
		}
		if budget = now.plan.BudgetOf(c.ID); budget != nil {
			content = c.ID
			break
		}
	}
	if budget == nil {
		return
	}
	amount, err := now.plan.Discount(event)
	if err != nil {
		t.count("budget-error/"+string(budget.ID), 1)
		return
	}
	used := given{budget.ID, earlier(event.Timestamp, t.now).UTC().Truncate(time.Hour), giving{spent: amount}}
	if open, found := findPromise(p, func(x promised) bool {
		c, known := now.plan.Content(x.content)
		return known && c.Incentive.Code == code && !x.hour.After(used.hour)
	}); found {
		t.release(open)
		t.clearTimer(p, open.name())
		used.budget, used.hour, content = open.budget, open.hour, open.content
	}
	t.pay(p, lastSaidOn(p, content), content, amount)
	t.give(used)
}

// promised is a promise: what was expected when it was made, and whose it is.
type promised struct {
	hour    time.Time
	amount  int64
	budget  aparte.BudgetID
	content aparte.ContentID
}

const promiseTimer = "promise"

// name is promise:HOUR:AMOUNT:BUDGET:CONTENT, from which the promise can be read.
func (x promised) name() string {
	return fmt.Sprintf("%s:%d:%d:%s:%s", promiseTimer, x.hour.Unix()/3600, x.amount, url.QueryEscape(string(x.budget)), url.QueryEscape(string(x.content)))
}

func parsePromise(name string) (x promised, err error) {
	parts := strings.Split(name, ":")
	if len(parts) != 5 || parts[0] != promiseTimer {
		return x, fmt.Errorf("timer %q is no promise", kindOf(name))
	}
	hour, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return x, fmt.Errorf("timer %q: hour is no number", kindOf(name))
	}
	if x.amount, err = strconv.ParseInt(parts[2], 10, 64); err != nil {
		return x, fmt.Errorf("timer %q: amount is no number", kindOf(name))
	}
	budget, err1 := url.QueryUnescape(parts[3])
	content, err2 := url.QueryUnescape(parts[4])
	if err1 != nil || err2 != nil {
		return x, fmt.Errorf("timer %q: malformed", kindOf(name))
	}
	x.hour, x.budget, x.content = time.Unix(3600*hour, 0).UTC(), aparte.BudgetID(budget), aparte.ContentID(content)
	return x, nil
}

// findPromise is the latest promise to somebody that is wanted.
func findPromise(p *aparte.Person, wanted func(promised) bool) (latest promised, found bool) {
	for _, timer := range p.Timers {
		if !strings.HasPrefix(timer.Name, promiseTimer+":") {
			continue
		}
		x, err := parsePromise(timer.Name)
		if err == nil && wanted(x) && (!found || x.hour.After(latest.hour)) {
			latest, found = x, true
		}
	}
	return latest, found
}

// couponOf is the code that an order names; empty: none.
func couponOf(event *aparte.Event) string {
	var order struct {
		Coupon string `json:"coupon"`
	}
	if event.Type != aparte.Track || event.Name != orderCompleted || json.Unmarshal(event.Properties, &order) != nil {
		return ""
	}
	return order.Coupon
}
