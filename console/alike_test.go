package console_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
)

func TestWhoIsLikeAnAudienceIsShownWithHowGoodThatIsAndWhy(t *testing.T) {
	s := open(t)
	const page = "/console/audiences/regulars/alike"
	if _, said := s.send(page, url.Values{}); !strings.Contains(said, "50 of each are needed") {
		t.Error("it is not said that people are too few")
	}
	if _, said := s.send(page, url.Values{"value": {"person.orders >"}}); !strings.Contains(said, `role="alert"`) {
		t.Error("it is not said that the value cannot be")
	}
	// Regulars come by telephone; so do some of the others, who are the ones to be found.
	now := time.Now()
	var events []aparte.Event
	add := func(user, name, properties, agent string, at time.Time) {
		e := aparte.Event{
			Type: aparte.Track, Name: name, UserID: user, MessageID: aparte.MessageID(fmt.Sprint("alike-", len(events))), Source: "web", Timestamp: at, ReceivedAt: at,
			Properties: []byte(properties), Context: []byte(fmt.Sprintf(`{"userAgent":%q}`, agent)),
		}
		events = append(events, e)
	}
	const phone, desk = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
	for i := range 300 {
		user, agent := fmt.Sprint("one-", i), desk
		if i%3 == 0 || i%7 == 0 {
			agent = phone
		}
		if i%3 == 0 {
			for n := 5; n >= 0; n-- {
				add(user, "Order Completed", fmt.Sprintf(`{"order_id":"o-%d-%d","revenue":20,"currency":"GBP","products":[{"product_id":"x"}]}`, i, n), agent, now.Add(-time.Duration(5+20*n)*24*time.Hour))
			}
		}
		add(user, "Page Looked At", `{}`, agent, now.Add(-time.Hour))
	}
	if err := s.engine.Accept(t.Context(), events); err != nil {
		t.Fatal(err)
	}
	_, said := s.send(page, url.Values{})
	for _, want := range []string{`<polyline points="0,100 `, `role="img" aria-label="Share of the people held out`, "<td class=\"num\">20%</td>", "Device last used = mobile", "aparte lookalike"} {
		if !strings.Contains(said, want) {
			t.Errorf("the page has no %q", want)
		}
	}
	if _, french, _ := s.get(page, "fr"); !strings.Contains(french, "Trouver qui leur ressemble") {
		t.Error("the page is not in French")
	}
	if status, _, _ := s.get("/console/audiences/none/alike", "en"); status != 404 {
		t.Errorf("of no audience: %d", status)
	}
}
