package engine_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store"
)

// openGenerous is a brand that welcomes with a tenth off an order, which is usually worth 2500, and has an amount a day for it.
func openGenerous(t *testing.T, amount int64) *stepped {
	t.Helper()
	h := openStepped(t)
	b := brand()
	welcome := &b.Contents[0]
	welcome.Kind, welcome.Incentive = "incentive", aparte.Incentive{Percent: 10, Code: "TEN"}
	b.Objectives = []aparte.Objective{{ID: "order", Event: "Order Completed", Value: "minor(properties.revenue)", Window: aparte.Duration(3 * time.Hour)}}
	b.Budgets = []aparte.Budget{{ID: "gifts", Name: aparte.Words{"en": "Gifts"}, Kinds: []string{"incentive"}, Amount: amount, Per: aparte.PerDay}}
	b.Explore = aparte.Exploration{Way: aparte.EpsilonGreedy, Epsilon: 1} // the toss of a coin
	_, err := h.Publish(t.Context(), b)
	h.check(err)
	return h
}

// told is what the budget shows: spent, promised, left.
func (h *stepped) told() (budget [3]int64) {
	h.t.Helper()
	h.pass(time.Second) // what was decided is committed
	all, err := engine.Budgets(h.t.Context(), h, h.Plan(), *h.now.Load())
	h.check(err)
	if len(all) != 1 {
		h.t.Fatalf("%d budgets are told of, want 1", len(all))
	}
	return [3]int64{all[0].Spent, all[0].Promised, all[0].Left}
}

// welcomed asks for people one after the other until one is given the discount.
func (h *stepped) welcomed(prefix string) (user string, given engine.Answer) {
	h.t.Helper()
	for i := range 100 {
		user = fmt.Sprint(prefix, i)
		if given = h.ask(user); given.Decision.Action.Content == "welcome" {
			return user, given
		}
	}
	h.t.Fatal("nobody was welcomed")
	return "", given
}

func (h *stepped) buysWith(user, code, discount string) {
	h.t.Helper()
	h.tell(event("Order Completed", user, "", map[string]any{
		"order_id": user, "revenue": "20.00", "currency": "EUR", "coupon": code, "discount": discount,
	}))
}

// A tenth of 2500 with a chance of two in a hundred.
func TestADiscountIsPromisedThenSpentOrReleased(t *testing.T) {
	h := openGenerous(t, 10_000)
	buyer, first := h.welcomed("buyer")
	if got, want := first.Decision.Funds, []aparte.Fund{{Budget: "gifts", Left: 10_000}}; !cmp.Equal(got, want) {
		t.Errorf("the decision found %v, want %v", got, want)
	}
	if got := h.told(); got != [3]int64{0, 5, 9995} {
		t.Errorf("promised: %v", got)
	}
	leaver, _ := h.welcomed("leaver")
	if leaver == buyer {
		t.Fatal("they are one")
	}
	h.reopen()
	if got := h.told(); got != [3]int64{0, 10, 9990} {
		t.Errorf("after a restart: %v", got)
	}
	h.buysWith(buyer, "TEN", "2.00")
	h.buysWith(buyer, "TEN", "2.00") // told twice
	if got := h.told(); got != [3]int64{200, 5, 9795} {
		t.Errorf("redeemed: %v", got)
	}
	h.buysWith("stranger", "TEN", "1.50")
	h.buysWith("other", "ANOTHER", "1.50")
	if got := h.told(); got != [3]int64{350, 5, 9645} {
		t.Errorf("redeemed by who was told by somebody else: %v", got)
	}
	h.pass(3 * time.Hour)
	if got := h.told(); got != [3]int64{350, 0, 9650} {
		t.Errorf("after the window: %v", got)
	}
}

func TestAPromiseToWhoIsErasedIsReleased(t *testing.T) {
	h := openGenerous(t, 10_000)
	user, _ := h.welcomed("u")
	if got := h.told(); got != [3]int64{0, 5, 9995} {
		t.Fatalf("promised: %v", got)
	}
	id, err := h.Find(t.Context(), aparte.Identifier{Kind: aparte.KindUserID, Value: user})
	h.check(err)
	h.check(h.Erase(t.Context(), id))
	if got := h.told(); got != [3]int64{0, 0, 10_000} {
		t.Errorf("after erasure: %v", got)
	}
}

func TestOnePersonIsPromisedOneDiscountAtATime(t *testing.T) {
	h := openGenerous(t, 10_000)
	user, _ := h.welcomed("u")
	for range 20 {
		h.ask(user)
		h.pass(10 * time.Minute)
	}
	if got := h.told(); got != [3]int64{0, 5, 9995} {
		t.Errorf("after twenty-one occasions: %v", got)
	}
}

// Where one more could cost more than is left, none is said, until the next period.
func TestNothingIsSaidThatCouldCostMoreThanIsLeft(t *testing.T) {
	h := openGenerous(t, 500) // a discount may come to 250
	said := 0
	for i := range 400 {
		a := h.ask(fmt.Sprint("u", i))
		if a.Decision.Action.Content != "welcome" {
			continue
		}
		said++
		if left := a.Decision.Funds[0].Left; left < 250 {
			t.Fatalf("it was said with %d left", left)
		}
	}
	got := h.told()
	if got[2] >= 250 || got[2] < 0 || int64(said)*5 != got[1] || said < 50 {
		t.Errorf("%d were welcomed, spent, promised and left are %v", said, got)
	}
	d := h.last("u399")
	if c := d.Candidates[len(d.Candidates)-1]; c.Action.Content != "welcome" || c.Excluded != aparte.BudgetSpent {
		t.Errorf("the last was silent as welcome was %q", c.Excluded)
	}
	h.until(at(2, 0, 0))
	if got := h.told(); got != [3]int64{0, 0, 500} {
		t.Errorf("the next day: %v", got)
	}
}

// last is the newest decision about somebody.
func (h *stepped) last(user string) aparte.Decision {
	h.t.Helper()
	for _, s := range h.story(user) {
		if s.Decision != nil {
			return *s.Decision
		}
	}
	h.t.Fatalf("nothing was decided about %s", user)
	return aparte.Decision{}
}

func TestADecisionUnderABudgetIsTakenAgainToTheSameBytes(t *testing.T) {
	h := openGenerous(t, 300)
	priced := 0
	for hour := range 12 {
		for i := range 40 {
			h.ask(fmt.Sprint("u", hour, "-", i))
		}
		h.pass(time.Hour)
		for _, i := range []int{0, 39} {
			d := h.last(fmt.Sprint("u", hour, "-", i))
			if len(d.Funds) == 1 && d.Funds[0].Price > 0 {
				priced++
			}
			r, err := h.Replay(t.Context(), d.ID)
			h.check(err)
			if !r.Same {
				t.Errorf("hour %d: %v", hour, r.Differences)
			}
		}
	}
	if priced == 0 {
		t.Error("no decision had a price: nothing was tried")
	}
}

// refusing refuses batches while it is told to.
type refusing struct {
	store.Store
	no atomic.Bool
}

func (r *refusing) Commit(ctx context.Context, b *store.Batch) error {
	if r.no.Load() {
		return errors.New("no")
	}
	return r.Store.Commit(ctx, b)
}

func TestWhatWasNeverWrittenDownCostsNothing(t *testing.T) {
	h := openGenerous(t, 10_000)
	r := &refusing{Store: h.store}
	h.store = r
	h.reopen()
	h.welcomed("u")
	r.no.Store(true)
	h.set(h.now.Load().Add(time.Second))
	if err := h.Step(t.Context()); err == nil {
		t.Fatal("the batch was written")
	}
	r.no.Store(false)
	_, given := h.welcomed("v")
	if got := given.Decision.Funds[0].Left; got != 10_000 {
		t.Errorf("%d are left after a promise that was lost, want 10000", got)
	}
}

func TestOfTwoWhoProveToBeOneEachPromiseIsReleasedOnce(t *testing.T) {
	h := openGenerous(t, 10_000)
	one, _ := h.welcomed("a")
	two, _ := h.welcomed("b")
	if got := h.told(); got != [3]int64{0, 10, 9990} {
		t.Fatalf("promised: %v", got)
	}
	find := func(user string) aparte.PersonID {
		id, err := h.Find(t.Context(), aparte.Identifier{Kind: aparte.KindUserID, Value: user})
		h.check(err)
		return id
	}
	h.check(h.Merge(t.Context(), find(one), find(two)))
	h.pass(4 * time.Hour)
	if got := h.told(); got != [3]int64{0, 0, 10_000} {
		t.Errorf("after the merge and the window: %v", got)
	}
}
