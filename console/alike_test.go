package console_test

import (
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
)

var likedKey = regexp.MustCompile(`>\s*(liked|alike)\.[a-z.]+`)

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
	version := fmt.Sprint(s.engine.Plan().Version())
	make := url.Values{"version": {version}, "percent": {"10"}, "id": {"like-regulars"}, "english": {"Like regulars"}, "french": {"Comme les habitués"}}
	for wants, change := range map[string][2]string{
		"must be from 1 to 20": {"percent", "21"}, "has this id already": {"id", "regulars"}, "changed meanwhile": {"version", "0"},
	} {
		wrong := maps.Clone(make)
		wrong[change[0]] = []string{change[1]}
		if _, said := s.send(page+"/audience", wrong); !strings.Contains(strings.ToLower(said), wants) {
			t.Errorf("with %v it is not said: %s", change, wants)
		}
	}
	if status, said := s.post(page+"/audience", make); status != 200 || !strings.Contains(said, "A look-alike audience") || !strings.Contains(said, "10%</") && !strings.Contains(said, "10% of everybody else") {
		t.Errorf("made: %d\n%s", status, said)
	}
	if b := s.engine.Plan().Brand(); len(b.Lookalikes) != 1 || b.Audiences[len(b.Audiences)-1].When != `alike["like-regulars"] >= 0.9 && !(`+b.Lookalikes[0].Seed+`)` {
		t.Errorf("the brand has %v and %v", b.Lookalikes, b.Audiences)
	}
	if _, err := s.engine.Refit(t.Context()); err != nil {
		t.Fatal(err)
	}
	for lang, want := range map[string]string{"en": "Of the people held out", "fr": "Parmi les personnes mises à part"} {
		if _, said, _ := s.get("/console/audiences/like-regulars", lang); !strings.Contains(said, want) || likedKey.MatchString(said) {
			t.Errorf("in %s the page of the audience lacks %q, or shows %q\n%s", lang, want, likedKey.FindString(said), said)
		}
	}
	if status, said := s.post("/console/audiences/like-regulars/delete", url.Values{"version": {fmt.Sprint(s.engine.Plan().Version())}}); status != 200 || len(s.engine.Plan().Brand().Lookalikes) != 0 {
		t.Errorf("removed: %d, %v\n%s", status, s.engine.Plan().Brand().Lookalikes, said)
	}
	if _, french, _ := s.get(page, "fr"); !strings.Contains(french, "Trouver qui leur ressemble") {
		t.Error("the page is not in French")
	}
	if status, _, _ := s.get("/console/audiences/none/alike", "en"); status != 404 {
		t.Errorf("of no audience: %d", status)
	}
}
