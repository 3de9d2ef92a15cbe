package api

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel/webhook"
	"github.com/aparte-dev/aparte/compose"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store/pebble"
)

// platform is Google's and Meta's end: it knows who asks, reads what they document, keeps lists and conversions, and refuses what
// is not as documented.
type platform struct {
	*httptest.Server
	mu          sync.Mutex
	down        int // requests still to be refused
	lists       map[string]map[string]bool
	conversions []string // whose, by which click, worth what
	seen        string   // all that came, but for tokens
	wrong       []string
}

func newPlatform(t *testing.T) *platform {
	p := &platform{lists: map[string]map[string]bool{}}
	p.Server = httptest.NewTLSServer(http.HandlerFunc(p.serve))
	t.Cleanup(p.Close)
	return p
}

func (p *platform) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	p.mu.Lock()
	defer p.mu.Unlock()
	if err == nil && r.URL.Path == "/token" {
		_, _ = io.WriteString(w, `{"access_token":"google-access","expires_in":3600}`)
		return
	}
	p.seen += r.URL.String() + string(body) + "\n"
	if p.down > 0 {
		p.down--
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	if strings.HasPrefix(r.URL.Path, "/google/") {
		err = p.google(r, body)
	} else {
		r.Body = io.NopCloser(bytes.NewReader(body))
		err = p.meta(r)
	}
	if err != nil {
		p.wrong = append(p.wrong, err.Error())
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	_, _ = io.WriteString(w, `{"requestId":"r-1"}`)
}

func (p *platform) put(list string, member string, on bool) {
	if p.lists[list] == nil {
		p.lists[list] = map[string]bool{}
	}
	if on {
		p.lists[list][member] = true
	} else {
		delete(p.lists[list], member)
	}
}

func (p *platform) google(r *http.Request, body []byte) error {
	type user struct {
		UserIdentifiers []struct {
			EmailAddress string `json:"emailAddress,omitempty"`
			PhoneNumber  string `json:"phoneNumber,omitempty"`
		} `json:"userIdentifiers"`
	}
	var asked struct {
		Destinations []struct {
			OperatingAccount struct {
				AccountType string `json:"accountType"`
				AccountID   string `json:"accountId"`
			} `json:"operatingAccount"`
			ProductDestinationID string `json:"productDestinationId"`
		} `json:"destinations"`
		AudienceMembers []struct {
			UserData user `json:"userData"`
		} `json:"audienceMembers"`
		Events []struct {
			TransactionID   string            `json:"transactionId"`
			EventTimestamp  time.Time         `json:"eventTimestamp"`
			EventSource     string            `json:"eventSource"`
			AdIdentifiers   map[string]string `json:"adIdentifiers"`
			UserData        user              `json:"userData"`
			Currency        string            `json:"currency"`
			ConversionValue float64           `json:"conversionValue"`
		} `json:"events"`
		Consent        map[string]string `json:"consent"`
		Encoding       string            `json:"encoding"`
		TermsOfService map[string]string `json:"termsOfService"`
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&asked); err != nil {
		return err
	}
	method := r.Method + " " + strings.TrimPrefix(r.URL.Path, "/google/v1")
	granted := asked.Consent["adUserData"] == "CONSENT_GRANTED" && asked.Consent["adPersonalization"] == "CONSENT_GRANTED"
	switch {
	case r.Header.Get("Authorization") != "Bearer google-access" || r.Header.Get("Content-Type") != "application/json":
		return fmt.Errorf("not authorised: %v", r.Header)
	case asked.Encoding != "HEX" || len(asked.Destinations) == 0 || asked.Destinations[0].OperatingAccount.AccountType != "GOOGLE_ADS" || asked.Destinations[0].OperatingAccount.AccountID != "77":
		return fmt.Errorf("destination or encoding: %s", body)
	case method != "POST /audienceMembers:remove" && !granted:
		return fmt.Errorf("without consent: %s", body)
	case method == "POST /audienceMembers:ingest" && asked.TermsOfService["customerMatchTermsOfServiceStatus"] != "ACCEPTED":
		return fmt.Errorf("terms: %s", body)
	}
	switch method {
	case "POST /audienceMembers:ingest", "POST /audienceMembers:remove":
		for _, to := range asked.Destinations {
			for _, m := range asked.AudienceMembers {
				for _, id := range m.UserData.UserIdentifiers {
					p.put(to.ProductDestinationID, id.EmailAddress+id.PhoneNumber, strings.HasSuffix(method, "ingest"))
				}
			}
		}
	case "POST /events:ingest":
		for _, e := range asked.Events {
			p.conversions = append(p.conversions, fmt.Sprintf("google %s %s %s %.2f %s", e.TransactionID, e.AdIdentifiers["gclid"], e.UserData.UserIdentifiers[0].EmailAddress[:8], e.ConversionValue, e.Currency))
		}
	default:
		return fmt.Errorf("there is no %s", method)
	}
	return nil
}

func (p *platform) meta(r *http.Request) error {
	body, _ := io.ReadAll(r.Body)
	post := r.Clone(r.Context())
	post.Method, post.Body = http.MethodPost, io.NopCloser(bytes.NewReader(body)) // a form's body is read of a POST alone
	if err := post.ParseForm(); err != nil {
		return err
	}
	if post.PostForm.Get("access_token") != "meta-token" || r.URL.RawQuery != "" {
		return fmt.Errorf("not authorised: %s", r.URL)
	}
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/meta/v25.0/"), "/")
	if len(parts) != 2 {
		return fmt.Errorf("there is no %s", r.URL.Path)
	}
	switch parts[1] {
	case "users":
		var payload struct {
			Schema []string    `json:"schema"`
			Data   [][2]string `json:"data"`
		}
		if err := json.Unmarshal([]byte(post.PostForm.Get("payload")), &payload); err != nil || !slices.Equal(payload.Schema, []string{"EMAIL", "PHONE"}) {
			return fmt.Errorf("payload %q: %v", post.PostForm.Get("payload"), err)
		}
		for _, row := range payload.Data {
			p.put(parts[0], row[0], r.Method == http.MethodPost)
		}
	case "events":
		var events []struct {
			Name   string `json:"event_name"`
			Time   int64  `json:"event_time"`
			Source string `json:"action_source"`
			User   struct {
				Emails []string `json:"em"`
				Click  string   `json:"fbc"`
			} `json:"user_data"`
			Custom struct {
				Value    float64 `json:"value"`
				Currency string  `json:"currency"`
			} `json:"custom_data"`
		}
		if err := json.Unmarshal([]byte(post.PostForm.Get("data")), &events); err != nil || len(events) != 1 || events[0].Time == 0 || events[0].Source == "" {
			return fmt.Errorf("data %q: %v", post.PostForm.Get("data"), err)
		}
		e := events[0]
		p.conversions = append(p.conversions, fmt.Sprintf("meta %s %s %s %.2f %s", e.Name, e.User.Click[strings.LastIndex(e.User.Click, ".")+1:], e.User.Emails[0][:8], e.Custom.Value, e.Custom.Currency))
	default:
		return fmt.Errorf("there is no %s", r.URL.Path)
	}
	return nil
}

// whole is which of the people are on which list.
func (p *platform) whole(names map[string]string) map[string][]string {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := map[string][]string{}
	for list, members := range p.lists {
		for hash := range maps.Keys(members) {
			name := names[hash]
			if name == "" {
				name = "somebody unknown: " + hash
			}
			all[list] = append(all[list], name)
		}
		slices.Sort(all[list])
	}
	return all
}

func sha(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// serviceAccount is a file as Google makes it.
func serviceAccount(t *testing.T, asks string) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	file, err := json.Marshal(map[string]string{
		"type": "service_account", "project_id": "shop-1234", "private_key_id": "key-1", "client_email": "ads@shop-1234.iam.gserviceaccount.com",
		"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), "token_uri": asks,
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(file)
}

// TestPlatformsFollowAudiencesOfThoseWhoAgreed: a live audience of people who have not bought, at two platforms over HTTPS, from consent to
// order and withdrawal.
func TestPlatformsFollowAudiencesOfThoseWhoAgreed(t *testing.T) {
	p := newPlatform(t)
	s, err := pebble.Open(t.TempDir(), pebble.Options{})
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(p.Certificate())
	var log bytes.Buffer
	now := time.Now()
	hooks, err := webhook.Open(t.Context(), webhook.Config{
		Documents: s, Private: true, Stepped: true, Now: func() time.Time { return now }, TLS: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	composer, err := compose.New(fstest.MapFS{})
	if err != nil {
		t.Fatal(err)
	}
	e, err := engine.Open(t.Context(), engine.Config{Store: s, Composer: composer, BaseURL: "http://aparte.example", Outbox: hooks})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, err := range []error{hooks.Close(), e.Close(), s.Close()} {
			if err != nil {
				t.Error(err)
			}
		}
	})
	b := testBrand()
	b.Objectives[0].Value = "minor(properties.revenue)"
	b.Audiences = []aparte.Audience{{ID: "prospects", Name: aparte.Words{"en": "Prospects"}, When: `person.orders == 0 && traits["city"] == "Bath"`}}
	if _, err := e.Publish(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	if err := hooks.Start(t.Context(), e, Noticed(e, time.Now), Advertised(e, time.Now)); err != nil {
		t.Fatal(err)
	}
	h, err := New(Config{Engine: e, Webhooks: hooks, Keys: testKeys})
	if err != nil {
		t.Fatal(err)
	}
	declare := func(id string, doc map[string]any) {
		t.Helper()
		body, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		if w := call(h, "PUT", "/v1/admin/webhooks/"+id, "sk", string(body)); w.Code != http.StatusOK || strings.Contains(w.Body.String(), "token") || strings.Contains(w.Body.String(), "PRIVATE") {
			t.Fatalf("declared: %d %s", w.Code, w.Body)
		}
	}
	declare("google-ads", map[string]any{"url": p.URL + "/google/v1", "token": serviceAccount(t, p.URL+"/token"), "ads": map[string]any{
		"platform": "google", "account": "77", "lists": map[string]any{"prospects": "501"}, "conversions": map[string]any{"order": map[string]any{"action": "900"}},
	}})
	declare("meta-ads", map[string]any{"url": p.URL + "/meta/v25.0", "token": "meta-token", "ads": map[string]any{
		"platform": "meta", "account": "88", "lists": map[string]any{"prospects": "601"}, "conversions": map[string]any{"order": map[string]any{"action": "Purchase"}},
	}})

	n := 0
	event := func(path, doc string) {
		t.Helper()
		n++
		if w := call(h, "POST", path, "sk", strings.Replace(doc, "{", fmt.Sprintf(`{"messageId":"m-%d",`, n), 1)); w.Code != http.StatusOK {
			t.Fatalf("%s: %d %s", doc, w.Code, w.Body)
		}
	}
	names := map[string]string{}
	person := func(name, consent string) {
		t.Helper()
		names[sha(name+"@example.com")] = name
		event("/v1/page", `{"anonymousId":"a-`+name+`","context":{"page":{"search":"?gclid=g-`+name+`&fbclid=f-`+name+`&q=shoes"}}}`)
		event("/v1/identify", `{"anonymousId":"a-`+name+`","userId":"`+name+`","traits":{"email":"`+name+`@example.com","city":"Bath"`+consent+`}}`)
	}
	agreed := `,"consents":[{"purpose":"marketing","channel":"ads","granted":true}]`
	follow := func(step string, want ...string) {
		t.Helper()
		hooks.Step(t.Context())
		if diff := cmp.Diff(map[string][]string{"501": want, "601": want}, p.whole(names)); diff != "" {
			t.Errorf("%s: lists (-want +got):\n%s", step, diff)
		}
	}
	person("ada", agreed)
	person("bob", "")                                                                       // who was never asked
	person("cyd", `,"consents":[{"purpose":"marketing","channel":"ads","granted":false}]`)  // who said no
	person("dee", `,"consents":[{"purpose":"marketing","channel":"email","granted":true}]`) // who agreed to something else
	person("eve", agreed)
	follow("after they came", "ada", "eve")
	event("/v1/track", `{"userId":"bob","event":"Aparte Resubscribed","properties":{"channel":"ads"}}`)
	follow("bob agrees later", "ada", "bob", "eve")

	p.mu.Lock()
	p.down = 2 // of each platform, the next request
	p.mu.Unlock()
	event("/v1/track", `{"userId":"ada","event":"Order Completed","properties":{"order_id":"A-7","revenue":49.5,"currency":"EUR"}}`)
	hooks.Step(t.Context())
	now = now.Add(time.Minute)
	follow("ada buys", "bob", "eve")
	event("/v1/track", `{"userId":"eve","event":"Aparte Unsubscribed","properties":{}}`)
	follow("eve wants no more of it", "bob")
	event("/v1/track", `{"userId":"eve","event":"Order Completed","properties":{"order_id":"E-1","revenue":10,"currency":"EUR"}}`)
	event("/v1/track", `{"userId":"cyd","event":"Order Completed","properties":{"order_id":"C-1","revenue":10,"currency":"EUR"}}`)
	follow("orders of who did not agree", "bob")

	// Who is erased is taken off, however long the platforms take over it; so is who withdrew just before. Nothing of them is left here but hashes.
	erase := func(name string) {
		t.Helper()
		id, err := e.Find(t.Context(), aparte.Identifier{Kind: aparte.KindUserID, Value: name})
		if err == nil {
			err = e.Erase(t.Context(), id)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	person("fay", agreed)
	person("gus", agreed)
	follow("more come", "bob", "fay", "gus")
	p.mu.Lock()
	p.down = 2
	p.mu.Unlock()
	erase("fay")
	event("/v1/track", `{"userId":"gus","event":"Aparte Unsubscribed","properties":{}}`)
	erase("gus")
	erase("cyd") // of whom nobody was told
	hooks.Step(t.Context())
	now = now.Add(time.Minute)
	follow("two are erased", "bob")
	forgotten := func() bool {
		for part := range e.Parts() {
			waiting, _, err := e.Notices(t.Context(), part, 0, 1000)
			if err != nil {
				t.Fatal(err)
			}
			if slices.ContainsFunc(waiting, func(n aparte.Notice) bool { return n.Erased != "" }) {
				return false
			}
		}
		return true
	}
	for late := time.After(5 * time.Minute); !forgotten(); { // it is settled a moment later
		select {
		case <-time.After(10 * time.Millisecond):
		case <-late:
			t.Fatal("hashes of who was erased are kept")
		}
	}

	export := func(of Exported) (rows string) {
		t.Helper()
		var b strings.Builder
		for of.Part = range e.Parts() {
			if err := WriteExport(t.Context(), e, of, &b); err != nil {
				t.Fatal(err)
			}
		}
		for line := range strings.Lines(b.String()) {
			if !strings.HasPrefix(line, `{"_end"`) {
				rows += line
			}
		}
		return rows
	}
	at := time.Now()
	if got, want := export(Exported{Kind: "customers", Audience: "prospects", Ads: AdsExport{Platform: aparte.MetaAds}, Now: at}), `{"email":"`+sha("bob@example.com")+`","phone":""}`+"\n"; got != want {
		t.Errorf("customers:\n%s, want\n%s", got, want)
	}
	orders := AdsExport{Platform: aparte.GoogleAds, Objective: "order", AdConversion: aparte.AdConversion{Action: "Sale"}}
	if got := export(Exported{Kind: "conversions", Ads: orders, Now: at}); strings.Count(got, "\n") != 1 || !strings.Contains(got, `"Google Click ID":"g-ada"`) || !strings.Contains(got, `"Conversion Value":"49.50"`) {
		t.Errorf("conversions:\n%s", got)
	}
	orders.Since = at.Add(time.Hour)
	if got := export(Exported{Kind: "conversions", Ads: orders, Now: at}); got != "" {
		t.Errorf("conversions of later:\n%s", got)
	}
	for field, of := range map[string]string{
		"platform": "customers?part=0&audience=prospects", "audience": "customers?part=0&platform=meta", "objective": "conversions?part=0&platform=meta&action=Sale",
		"action": "conversions?part=0&platform=meta&objective=order", "value": "conversions?part=0&platform=meta&objective=order&action=Sale&value=margin",
	} {
		if w := call(h, "GET", "/v1/admin/export/"+of, "sk", ""); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), `"`+field+`"`) {
			t.Errorf("%s: %d %s", of, w.Code, w.Body)
		}
	}

	p.mu.Lock()
	defer p.mu.Unlock()
	slices.Sort(p.conversions)
	want := []string{"google A-7 g-ada " + sha("ada@example.com")[:8] + " 49.50 EUR", "meta Purchase f-ada " + sha("ada@example.com")[:8] + " 49.50 EUR"}
	if diff := cmp.Diff(want, slices.Compact(p.conversions)); diff != "" {
		t.Errorf("conversions (-want +got):\n%s", diff)
	}
	if p.wrong != nil {
		t.Errorf("refused: %v", p.wrong)
	}
	for _, name := range []string{"cyd", "dee"} {
		if strings.Contains(p.seen, sha(name+"@example.com")) || strings.Contains(p.seen, "-"+name) {
			t.Errorf("the platforms were told of %s, who never agreed", name)
		}
	}
	for _, secret := range []string{"meta-token", "google-access", "PRIVATE KEY", "example.com", sha("ada@example.com"), "g-ada"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log has %q", secret)
		}
	}
	states, err := hooks.States(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, state := range states {
		if state.Waiting != 0 || state.Token != "" || state.Failed == 0 {
			t.Errorf("%+v", state)
		}
	}
	id, err := e.Find(t.Context(), aparte.Identifier{Kind: aparte.KindUserID, Value: "eve"})
	if err != nil {
		t.Fatal(err)
	}
	eve, err := e.Person(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if slices.ContainsFunc(eve.Traits, func(x aparte.Trait) bool { return strings.HasPrefix(x.Name, aparte.ClickTrait) }) {
		t.Errorf("eve's clicks are kept: %v", eve.Traits)
	}
}

// TestAConversionIsWorthWhatItsObjectiveCountsOrWhatIsStillExpected: the order's value or the residual lifetime value.
func TestAConversionIsWorthWhatItsObjectiveCountsOrWhatIsStillExpected(t *testing.T) {
	f := newFakeEngine(t)
	from := &foretelling{teller{plan: f.plan}, fitted()}
	from.person = aparte.Person{
		ID: aparte.PersonID{1}, FirstSeen: noon.AddDate(0, -3, 0), LastSeen: noon, Identifiers: []aparte.Identifier{{Kind: aparte.KindEmail, Value: "ada@example.com"}},
		Consents: []aparte.Consent{{Purpose: aparte.Marketing, Channel: aparte.Ads, Granted: true}},
		Orders:   aparte.Orders{Count: 3, Revenue: aparte.Money{Amount: 9000, Currency: "EUR"}, FirstAt: noon.AddDate(0, -3, 0), LastAt: noon},
	}
	from.entry = engine.StoryEntry{Seq: 7, At: noon, Event: &aparte.Event{Type: aparte.Track, Name: "Order Completed", MessageID: "m", UserID: "ada", Timestamp: noon}}
	say := Advertised(from, func() time.Time { return noon })
	told := func(value aparte.AdValue) string {
		t.Helper()
		said, err := say(t.Context(), aparte.Notice{Kind: aparte.ObjectiveReached, Person: aparte.PersonID{1}, Seq: 7}, &aparte.AdAccount{
			Platform: aparte.GoogleAds, Account: "7", Conversions: map[aparte.ObjectiveID]aparte.AdConversion{"order": {Action: "9", Value: value}},
		})
		if err != nil || len(said) != 1 {
			t.Fatalf("%d requests: %v", len(said), err)
		}
		return string(said[0].JSON)
	}
	ahead := lifetimeDocumentOf(&from.person, from.fit, noon)
	if ahead == nil || ahead.Value <= 0 {
		t.Fatalf("nothing is expected: %+v", ahead)
	}
	for value, want := range map[aparte.AdValue]int64{aparte.EventValue: 100, aparte.LifetimeValue: ahead.Value} {
		if got, want := told(value), fmt.Sprintf(`"conversionValue":%d.%02d`, want/100, want%100); !strings.Contains(got, want) {
			t.Errorf("%q: %s, want %s", value, got, want)
		}
	}
	from.person.Consents = append(from.person.Consents, aparte.Consent{Purpose: aparte.Profiling})
	if got := told(aparte.LifetimeValue); strings.Contains(got, "conversionValue") {
		t.Errorf("of who objects to profiling: %s", got)
	}
}

// foretelling tells what people are still expected to bring.
type foretelling struct {
	teller
	fit *engine.Fit
}

func (v *foretelling) Fit() *engine.Fit { return v.fit }
