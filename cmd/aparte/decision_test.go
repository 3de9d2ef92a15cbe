package main

import (
	"bytes"
	"fmt"
	"html"
	"image/png"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/aparte-dev/aparte"
)

// said is what a decision door answers for one slot.
type said struct {
	ID         string            `json:"id"`
	Silent     bool              `json:"silent"`
	Content    string            `json:"content"`
	Layout     string            `json:"layout"`
	Item       string            `json:"item"`
	Elements   map[string]string `json:"elements"`
	HTML       string            `json:"html"`
	Image      string            `json:"image"`
	Link       string            `json:"link"`
	Propensity float64           `json:"propensity"`
	Why        []string          `json:"why"`
}

// toldDecision is a decision as the admin door tells it.
type toldDecision struct {
	ID         string    `json:"id"`
	Trigger    string    `json:"trigger"`
	Slot       string    `json:"slot"`
	Content    string    `json:"content"`
	Propensity float64   `json:"propensity"`
	Why        []string  `json:"why"`
	Reasons    []reason  `json:"reasons"`
	Candidates []outcome `json:"candidates"`
	Outcomes   []outcome `json:"outcomes"`
}

type reason struct {
	Code string `json:"code"`
}

// outcome is one of a decision's outcomes or candidates.
type outcome struct {
	Event      string  `json:"event"`
	Objective  string  `json:"objective"`
	Value      float64 `json:"value"`
	Content    string  `json:"content"`
	Propensity float64 `json:"propensity"`
	Excluded   string  `json:"excluded"`
}

func (c child) decisions(who string) []toldDecision {
	c.t.Helper()
	return read[struct {
		Decisions []toldDecision `json:"decisions"`
	}](c, demoSecretKey, "/v1/admin/people/"+who+"/decisions?limit=500&lang=en").Decisions
}

// spoken asks what to say until it is something whose link can be told from the brand alone: silence is
// a choice too.
func spoken(c child, b *aparte.Brand, who string) (said, string) {
	c.t.Helper()
	for range 200 {
		body := fmt.Appendf(nil, `{"person":{"userId":%q},"slots":["hero"],"context":{"locale":"en-GB"},"explain":true}`, who)
		d := decoded[struct {
			Decisions []said `json:"decisions"`
		}](c.t, c.must(http.StatusOK, "POST", "/v1/decide", demoWriteKey, body).body).Decisions[0]
		if leads := destination(b, &d); !d.Silent && leads != "" {
			return d, leads
		}
	}
	c.t.Fatal("in 200 decisions: never something with a plain link")
	return said{}, ""
}

// destination is where the brand says a click leads; empty where only a template knows.
func destination(b *aparte.Brand, d *said) string {
	link := ""
	for i := range b.Contents {
		if string(b.Contents[i].ID) == d.Content {
			link = b.Contents[i].Link
		}
	}
	for i := range b.Items {
		if link == "" && string(b.Items[i].ID) == d.Item {
			link = b.Items[i].Link
		}
	}
	if link == "" || strings.Contains(link, "{{") {
		return ""
	}
	return strings.TrimSuffix(b.Home, "/shop/") + link // links of the furnished brand begin with /shop/
}

func aDecisionIsTold(c child, b *aparte.Brand, who string) {
	before := c.person(who).Orders.Count
	d, leads := spoken(c, b, who)
	if d.Propensity <= 0 || d.Propensity > 1 || len(d.Why) == 0 || d.HTML == "" || d.Elements["headline"] == "" {
		c.t.Fatalf("decided %+v", d)
	}
	for i := range b.Layouts {
		if l := &b.Layouts[i]; string(l.ID) == d.Layout {
			pictureOf(c, d.Image, l.Banner.Width, l.Banner.Height)
		}
	}
	if a := c.must(http.StatusFound, "GET", d.Link, "", nil); a.header.Get("Location") != leads {
		c.t.Errorf("the click on %q leads to %q, want %q", d.Content, a.header.Get("Location"), leads)
	}
	c.must(http.StatusOK, "GET", leads, "", nil)
	c.order(who, "story-order")

	if after := c.person(who).Orders.Count; after != before+1 {
		c.t.Errorf("orders went from %d to %d", before, after)
	}
	i := slices.IndexFunc(c.decisions(who), func(one toldDecision) bool { return one.ID == d.ID })
	if i < 0 {
		c.t.Fatal("the decision is not told")
	}
	one := c.decisions(who)[i]
	if one.Propensity != d.Propensity || one.Content != d.Content || !slices.Equal(one.Why, d.Why) || len(one.Reasons) == 0 {
		c.t.Errorf("answered %+v, told %+v", d, one)
	}
	followed := map[string]float64{}
	for _, o := range one.Outcomes {
		followed[o.Event+"/"+o.Objective] = o.Value
	}
	for _, want := range []string{aparte.EventExposed + "/", aparte.EventClicked + "/", aparte.EventClicked + "/click", "Order Completed/order"} {
		if _, ok := followed[want]; !ok {
			c.t.Errorf("of what followed, %q is not told: %v", want, followed)
		}
	}
	if followed["Order Completed/order"] != 1650 { // 55 % of £30.00
		c.t.Errorf("the order was worth %v", followed["Order Completed/order"])
	}
	theEventsAreTold(c, who)
	theConsoleShows(c, who, b, &d)
}

// pictureOf fetches a picture and checks that it is one, of this size.
func pictureOf(c child, address string, width, height int) []byte {
	c.t.Helper()
	a := c.must(http.StatusOK, "GET", address, "", nil)
	p, err := png.Decode(bytes.NewReader(a.body))
	if err != nil {
		c.t.Fatalf("the picture (%s, %d bytes): %v", a.header.Get("Content-Type"), len(a.body), err)
	}
	if s := p.Bounds().Size(); s.X != width || s.Y != height {
		c.t.Errorf("the picture has %d × %d pixels, want %d × %d", s.X, s.Y, width, height)
	}
	return a.body
}

// order tells an order for £30.00.
func (c child) order(who, id string) {
	c.t.Helper()
	c.must(http.StatusOK, "POST", "/v1/track", demoWriteKey, fmt.Appendf(nil,
		`{"userId":%q,"messageId":%q,"event":"Order Completed","properties":{"order_id":%q,"revenue":30,"currency":"GBP"}}`, who, id, id))
}

func theEventsAreTold(c child, who string) {
	c.t.Helper()
	told := map[string]int{}
	for _, e := range read[struct {
		Events []struct {
			Event string `json:"event"`
			ID    string `json:"messageId"`
		} `json:"events"`
	}](c, demoSecretKey, "/v1/admin/people/"+who+"/events?limit=500").Events {
		told[e.Event]++
		told[e.ID]++
	}
	if told[aparte.EventExposed] == 0 || told[aparte.EventClicked] != 1 || told["story-order"] != 1 {
		c.t.Errorf("the events told are %v", slices.Sorted(maps.Keys(told)))
	}
}

func theConsoleShows(c child, who string, b *aparte.Brand, d *said) {
	c.t.Helper()
	found := c.must(http.StatusSeeOther, "POST", "/console/people/find", "", []byte("q="+who), "Content-Type", "application/x-www-form-urlencoded")
	page := string(c.must(http.StatusOK, "GET", found.header.Get("Location"), "", nil, "Accept-Language", "en").body)
	wanted := []string{"Order Completed", "Clicked", "Saw", fmt.Sprintf("%.4f", d.Propensity)}
	for i := range b.Contents {
		if string(b.Contents[i].ID) == d.Content {
			wanted = append(wanted, b.Contents[i].Name["en"])
		}
	}
	for _, want := range append(wanted, d.Why...) {
		if !strings.Contains(html.UnescapeString(page), want) {
			c.t.Errorf("the person's page does not show %q", want)
		}
	}
}
