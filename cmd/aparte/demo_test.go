package main

import (
	"fmt"
	"net/http"
	"os"
	"regexp"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/demo/brand"
	"github.com/aparte-dev/aparte/demo/history"
)

// TestADayInTheDemo is the demo as somebody meets it who has just started it: through its doors and its
// console.
func TestADayInTheDemo(t *testing.T) {
	t.Parallel()
	temporary := t.TempDir()
	c := run(t, temporary, "demo", "--quiet-world", "--addr=127.0.0.1:0")
	furnished, past := furniture(c)

	t.Run("the people of the history are there", func(t *testing.T) { thePeopleAreThere(c.in(t), past) })
	t.Run("what an SDK sent is taken once", func(t *testing.T) { recordingsAreTaken(c.in(t)) })

	// From here on nobody is in the holdout, no hour is quiet, and a basket is left after a second.
	furnished.Holdout, furnished.Pressure.QuietFrom, furnished.Pressure.QuietUntil = 0, 0, 0
	furnished.Scenarios[0].Delay = aparte.Duration(time.Second)
	inMail(furnished, "welcome-offer", "looked-at")
	publish(c, furnished)

	t.Run("a decision is told with its reasons and what followed", func(t *testing.T) { aDecisionIsTold(c.in(t), furnished, past.People()[0].UserID) })
	t.Run("a welcome ends with the first order", func(t *testing.T) { aWelcomeEnds(c.in(t)) })
	t.Run("a basket that was left is written about", func(t *testing.T) { aBasketIsLeft(c.in(t), furnished) })

	c.interrupt()
	if left, err := os.ReadDir(temporary); err != nil || len(left) > 0 {
		t.Errorf("the demo left %v behind (%v)", left, err)
	}
}

// furniture is the brand as the demo publishes it, and the history of its people.
func furniture(c child) (*aparte.Brand, *history.History) {
	c.t.Helper()
	furnished, err := brand.Brand()
	if err != nil {
		c.t.Fatal(err)
	}
	furnished.Home = c.base + "/shop/"
	past, err := history.Open(furnished.Items)
	if err != nil {
		c.t.Fatal(err)
	}
	return furnished, past
}

func publish(c child, b *aparte.Brand) {
	c.t.Helper()
	body, err := json.Marshal(b)
	if err != nil {
		c.t.Fatal(err)
	}
	c.must(http.StatusOK, "PUT", "/v1/admin/brand", demoSecretKey, body)
}

// personSeen is what the tests read of a person.
type personSeen struct {
	ID     string `json:"id"`
	Orders struct {
		Count   int `json:"count"`
		Revenue struct {
			Amount   int64  `json:"amount"`
			Currency string `json:"currency"`
		} `json:"revenue"`
	} `json:"orders"`
	Consents []struct {
		Purpose string `json:"purpose"`
		Channel string `json:"channel"`
		Granted bool   `json:"granted"`
	} `json:"consents"`
}

func (c child) person(who string) personSeen {
	c.t.Helper()
	return read[personSeen](c, demoSecretKey, "/v1/admin/people/"+who)
}

// The figures of demo/history/SOURCE.md.
const (
	historyPeople   = 495
	historyEvents   = 2884
	historyOrders   = 2177
	historyPence    = 24231070
	historyRefunded = 338651
)

func thePeopleAreThere(c child, past *history.History) {
	if listed := listedInConsole(c); len(listed) != historyPeople {
		c.t.Errorf("the console lists %d people, want %d", len(listed), historyPeople)
	}
	orders, pence := 0, int64(0)
	ids := map[string]bool{}
	for _, p := range past.People() {
		got := c.person(p.UserID)
		if byMail := c.person("email:" + p.Email); byMail.ID != got.ID || got.Orders.Count != p.Orders || got.Orders.Revenue.Currency != "GBP" {
			c.t.Errorf("person %s: %+v, by e-mail %s, want %d orders", p.UserID, got, byMail.ID, p.Orders)
		}
		ids[got.ID] = true
		orders, pence = orders+got.Orders.Count, pence+got.Orders.Revenue.Amount
	}
	if len(ids) != historyPeople || orders != historyOrders || pence != historyPence-historyRefunded {
		c.t.Errorf("%d people with %d orders for %d pence, want %d with %d for %d",
			len(ids), orders, pence, historyPeople, historyOrders, historyPence-historyRefunded)
	}
	if n := eventsFrom(c, history.Source); n != historyEvents {
		c.t.Errorf("%d events were counted, want %d", n, historyEvents)
	}
}

var (
	personLink = regexp.MustCompile(`/console/people/(p_[0-9a-f]+)`)
	nextLink   = regexp.MustCompile(`\?after=(p_[0-9a-f]+)`)
)

// listedInConsole are the people on all pages of the console's list.
func listedInConsole(c child) map[string]bool {
	listed := map[string]bool{}
	for path := "/console/people"; path != ""; {
		page := c.must(http.StatusOK, "GET", path, "", nil).body
		for _, m := range personLink.FindAllSubmatch(page, -1) {
			listed[string(m[1])] = true
		}
		path = ""
		if m := nextLink.FindSubmatch(page); m != nil {
			path = "/console/people?after=" + string(m[1])
		}
	}
	return listed
}

// eventsFrom is how many events of a source were counted.
func eventsFrom(c child, source string) int {
	c.t.Helper()
	return read[struct {
		Events map[string]int `json:"events"`
	}](c, demoSecretKey, "/v1/admin/results").Events[source]
}

func aWelcomeEnds(c child) {
	const who = "newcomer"
	page := func(n int) string {
		c.must(http.StatusOK, "POST", "/v1/moment", demoWriteKey, fmt.Appendf(nil,
			`{"event":{"type":"page","userId":%q,"messageId":"newcomer-page-%d"},"slots":["hero"]}`, who, n))
		for _, candidate := range c.decisions(who)[0].Candidates {
			if candidate.Content == "welcome-offer" {
				return candidate.Excluded
			}
		}
		return "not a candidate"
	}
	if excluded := page(1); excluded != "" {
		c.t.Errorf("before the first order, the welcome is excluded by %q", excluded)
	}
	c.order(who, "newcomer-order")
	for n := 2; n < 6; n++ {
		if excluded := page(n); excluded != string(aparte.RuleSaidNo) {
			c.t.Errorf("page %d, after the first order: the welcome is excluded by %q", n, excluded)
		}
	}
}
