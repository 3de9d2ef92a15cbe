package console_test

import (
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/playbook"
)

// hot has somebody be called, by a brand that has everybody called who puts something into a basket.
func (s *stage) hot() {
	s.t.Helper()
	play, err := playbook.Find("hot")
	if err != nil {
		s.t.Fatal(err)
	}
	b, err := play.Adopt(s.engine.Plan().Brand())
	if err != nil {
		s.t.Fatal(err)
	}
	b.Objectives = slices.Clone(b.Objectives)
	for i := range b.Scenarios {
		if x := &b.Scenarios[i]; x.Channel == aparte.Human {
			x.After, x.Unless, x.Audience, x.Delay, x.Rest = "Product Added", nil, "", 0, 0
		}
	}
	for i := range b.Contents {
		if c := &b.Contents[i]; len(c.Channels) == 1 && c.Channels[0] == aparte.Human {
			c.Purpose, c.Rules = aparte.Service, nil
		}
	}
	for i := range b.Objectives {
		b.Objectives[i].Value = "100000.0" // worth a call
	}
	b.Postage = nil
	b.Pressure.QuietFrom, b.Pressure.QuietUntil = 0, 0 // whenever the test is run
	if _, err := s.engine.Publish(s.t.Context(), b); err != nil {
		s.t.Fatal(err)
	}
	deadline := time.Now().Add(2 * time.Minute)
	for i := 0; time.Now().Before(deadline); i++ {
		now, user := time.Now().UTC(), fmt.Sprint("shopper-", i)
		events := []aparte.Event{
			{Type: aparte.Identify, MessageID: aparte.MessageID("i-" + user), UserID: user, Timestamp: now, ReceivedAt: now, Source: "test", Traits: []byte(`{"firstName": "Grace <b>", "phone": "+33612345678"}`)},
			{Type: aparte.Track, Name: "Product Viewed", MessageID: aparte.MessageID("v-" + user), UserID: user, Timestamp: now, ReceivedAt: now, Source: "test", Properties: []byte(`{"product_id": "85123A"}`)},
			{Type: aparte.Track, Name: "Product Added", MessageID: aparte.MessageID("a-" + user), UserID: user, Timestamp: now, ReceivedAt: now, Source: "test",
				Properties: []byte(`{"product_id": "85123A", "price": 25, "quantity": 1, "currency": "GBP"}`)},
		}
		if err := s.engine.Accept(s.t.Context(), events); err != nil {
			s.t.Fatal(err)
		}
		tasks, err := s.engine.Tasks(s.t.Context(), 10, "en")
		if err != nil {
			s.t.Fatal(err)
		}
		if len(tasks) > 0 {
			return
		}
	}
	s.t.Fatal("nobody is to be called")
}

func TestATaskIsTakenTriedAndDoneOnItsPage(t *testing.T) {
	s := open(t)
	if _, page, _ := s.get("/console/tasks", "fr"); !strings.Contains(page, "Personne à appeler") {
		t.Error("a house without tasks is not told so")
	}
	s.hot()
	_, page, _ := s.get("/console/tasks", "fr")
	for _, want := range []string{"Grace &lt;b&gt;", `href="tel:&#43;33612345678"`, "la décision est proche", "personne ne l’a prise", "A mis au panier", "Pourquoi", "La prendre"} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is not on the page", want)
		}
	}
	at := regexp.MustCompile(`action="(/console/tasks/[^/"]+)/take"`).FindStringSubmatch(page)
	if at == nil {
		t.Fatal("no task can be taken")
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	who := &http.Client{Jar: jar}
	say := func(do string, form url.Values) (int, string) {
		t.Helper()
		res, err := who.PostForm(s.server.URL+at[1]+"/"+do, form)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, html.UnescapeString(string(body))
	}
	if status, page := say("take", url.Values{"by": {" "}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "Say who takes it.") {
		t.Errorf("taken by nobody: %d", status)
	}
	if _, page := say("take", url.Values{"by": {"Léa"}}); !strings.Contains(page, "It is yours.") || !strings.Contains(page, "yours · ") {
		t.Error("taken, it is not told")
	}
	if _, page, _ := s.get("/console/tasks", "fr"); !strings.Contains(page, "prise par Léa") { // somebody else
		t.Error("others are not told who took it")
	}
	say("tried", url.Values{"by": {"Léa"}})
	if _, page := say("tried", url.Values{"by": {"Léa"}}); !strings.Contains(page, "not reached 2 times") || !strings.Contains(page, "yours · ") {
		t.Error("that nobody was reached is not told")
	}
	if _, page := say("done", nil); !strings.Contains(page, "Done: what they do next") || strings.Contains(page, at[1]) {
		t.Error("done, it is still there")
	}
	if _, page := say("done", nil); !strings.Contains(page, "has closed this task already") {
		t.Error("what is closed is closed again")
	}
	for _, none := range []string{"/console/tasks/none/done", at[1] + "/forget"} {
		if status, _ := s.send(none, nil); status != http.StatusNotFound {
			t.Errorf("%s: %d", none, status)
		}
	}
}
