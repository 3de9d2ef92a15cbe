package adplatform

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
)

var noon = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

// TestHashesAreThoseThatThePlatformsPublish: Meta's documentation gives the hashes of its examples; Google's and TikTok's give the normal
// forms (sources: contact.go).
func TestHashesAreThoseThatThePlatformsPublish(t *testing.T) {
	for _, c := range []struct {
		platform       aparte.AdPlatform
		email, address string
		want           string
	}{
		{aparte.MetaAds, " John_Smith@gmail.com ", "john_smith@gmail.com", "62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f"},
		{aparte.GoogleAds, "cloudy.SanFrancisco+shopping@gmail.com", "cloudysanfrancisco@gmail.com", ""},
		{aparte.GoogleAds, "user.name+NYC@Example.com", "user.name+nyc@example.com", ""},
		{aparte.GoogleAds, "a.b@googlemail.com", "ab@googlemail.com", ""},
		{aparte.TikTokAds, "Jane Doe@gmail.com", "janedoe@gmail.com", ""},
		{aparte.MetaAds, "a.b+c@gmail.com", "a.b+c@gmail.com", ""},
	} {
		got := Email(c.platform, c.email)
		if got != c.address || c.want != "" && hash(got) != c.want {
			t.Errorf("%s %s is %q, %s", c.platform, c.email, got, hash(got))
		}
	}
	if got := Phone(aparte.MetaAds, "+16505551212"); got != "16505551212" || hash(got) != "e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176" {
		t.Errorf("at Meta a number is %q, %s", got, hash(got))
	}
	for _, platform := range []aparte.AdPlatform{aparte.GoogleAds, aparte.TikTokAds} {
		if got := Phone(platform, "+18005550100"); got != "+18005550100" {
			t.Errorf("at %s a number is %q", platform, got)
		}
	}
}

func ada() *aparte.Person {
	return &aparte.Person{
		Identifiers: []aparte.Identifier{
			{Kind: aparte.KindUserID, Value: "u-ada"}, {Kind: aparte.KindEmail, Value: "john_smith@gmail.com"}, {Kind: aparte.KindPhone, Value: "+16505551212"},
		},
		Traits: []aparte.Trait{
			{Name: "city", Value: aparte.TextValue("Bath"), At: noon},
			{Name: "click.fbclid", Value: aparte.TextValue("IwAR2F4-dbP0l7Mn1IawQQGCINEz7PYXQvwjNwB_qa2ofrHyiLjcbCRxTDMgk"), At: noon.Add(-time.Hour)},
			{Name: "click.gclid", Value: aparte.TextValue("Cj0KCQ"), At: noon.Add(-89 * 24 * time.Hour)},
			{Name: "click.ttclid", Value: aparte.TextValue("E.C.P.old"), At: noon.Add(-91 * 24 * time.Hour)},
		},
	}
}

const (
	johnAtMeta   = "62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f"
	numberAtMeta = "e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176"
)

func order(platform aparte.AdPlatform) *Conversion {
	return &Conversion{
		Action: "123", ID: "m-1:order", At: noon, Value: &aparte.Money{Amount: 12950, Currency: "EUR"}, Order: "1001",
		Page: "https://shop.example/thanks", UserAgent: "Mozilla/5.0", Contact: Of(ada(), platform, noon),
	}
}

func TestConversionsAreWordedAsEachPlatformHasThem(t *testing.T) {
	googleAda, googleNumber := hash("john_smith@gmail.com"), hash("+16505551212")
	for platform, want := range map[aparte.AdPlatform]string{
		aparte.GoogleAds: `POST /events:ingest {
			"destinations": [{"operatingAccount": {"accountType": "GOOGLE_ADS", "accountId": "77"}, "productDestinationId": "123"}],
			"events": [{"transactionId": "order-1001", "eventTimestamp": "2026-11-27T12:00:00Z", "eventSource": "WEB", "adIdentifiers": {"gclid": "Cj0KCQ"},
				"userData": {"userIdentifiers": [{"emailAddress": "` + googleAda + `"}, {"phoneNumber": "` + googleNumber + `"}]}, "currency": "EUR", "conversionValue": 129.50}],
			"consent": {"adUserData": "CONSENT_GRANTED", "adPersonalization": "CONSENT_GRANTED"}, "encoding": "HEX"}`,
		aparte.MetaAds: `POST /77/events [{"event_name": "123", "event_time": 1795780800, "event_id": "m-1:order", "action_source": "website",
			"event_source_url": "https://shop.example/thanks", "user_data": {"em": ["` + johnAtMeta + `"], "ph": ["` + numberAtMeta + `"],
			"fbc": "fb.1.1795777200000.IwAR2F4-dbP0l7Mn1IawQQGCINEz7PYXQvwjNwB_qa2ofrHyiLjcbCRxTDMgk", "client_user_agent": "Mozilla/5.0"},
			"custom_data": {"currency": "EUR", "value": 129.50, "order_id": "1001"}}]`,
		aparte.TikTokAds: `POST /event/track/ {"event_source": "web", "event_source_id": "77", "data": [{"event": "123", "event_time": 1795780800, "event_id": "m-1:order",
			"user": {"email": "` + hash("john_smith@gmail.com") + `", "phone": "` + googleNumber + `", "user_agent": "Mozilla/5.0"}, "page": {"url": "https://shop.example/thanks"},
			"properties": {"currency": "EUR", "value": 129.50, "order_id": "1001"}}]}`,
	} {
		said := Converted(&aparte.AdAccount{Platform: platform, Account: "77"}, order(platform), noon)
		if len(said) != 1 {
			t.Fatalf("%s is told %d things", platform, len(said))
		}
		compare(t, string(platform), want, said[0], "data")
	}
}

// compare checks a request against what it should be: method, path, and the JSON of its body or of a field of its form.
func compare(t *testing.T, name, want string, got Request, field string) {
	t.Helper()
	line := strings.SplitN(want, " ", 3)
	body := got.JSON
	if body == nil {
		body = []byte(got.Form.Get(field))
		if len(got.Form) != 1 {
			t.Errorf("%s: the form is %v", name, got.Form)
		}
	}
	if got.Method != line[0] || got.Path != line[1] {
		t.Errorf("%s: %s %s, want %s %s", name, got.Method, got.Path, line[0], line[1])
	}
	if diff := cmp.Diff(plainJSON(t, line[2]), plainJSON(t, string(body))); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func plainJSON(t *testing.T, text string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

func TestMembersAreWordedAsEachPlatformHasThem(t *testing.T) {
	google := &aparte.AdAccount{Platform: aparte.GoogleAds, Account: "77", Login: "88"}
	c := Of(ada(), aparte.GoogleAds, noon)
	to := func(id string) string {
		return `{"operatingAccount": {"accountType": "GOOGLE_ADS", "accountId": "77"}, "loginAccount": {"accountType": "GOOGLE_ADS", "accountId": "88"}, "productDestinationId": "` + id + `"}`
	}
	members := `"audienceMembers": [{"userData": {"userIdentifiers": [{"emailAddress": "` + hash("john_smith@gmail.com") + `"}, {"phoneNumber": "` + hash("+16505551212") + `"}]}}], "encoding": "HEX"`
	on := Member(google, []string{"2", "1", "2"}, true, &c)
	off := Member(google, []string{"1"}, false, &c)
	if len(on) != 1 || len(off) != 1 {
		t.Fatalf("Google is asked %d and %d times", len(on), len(off))
	}
	compare(t, "on", `POST /audienceMembers:ingest {"destinations": [`+to("1")+`, `+to("2")+`], `+members+
		`, "consent": {"adUserData": "CONSENT_GRANTED", "adPersonalization": "CONSENT_GRANTED"}, "termsOfService": {"customerMatchTermsOfServiceStatus": "ACCEPTED"}}`, on[0], "")
	compare(t, "off", `POST /audienceMembers:remove {"destinations": [`+to("1")+`], `+members+`}`, off[0], "")

	meta := &aparte.AdAccount{Platform: aparte.MetaAds, Account: "77"}
	c = Of(ada(), aparte.MetaAds, noon)
	payload := `{"schema": ["EMAIL", "PHONE"], "data": [["` + johnAtMeta + `", "` + numberAtMeta + `"]]}`
	on, off = Member(meta, []string{"2", "1"}, true, &c), Member(meta, []string{"1"}, false, &c)
	if len(on) != 2 || len(off) != 1 {
		t.Fatalf("Meta is asked %d and %d times", len(on), len(off))
	}
	compare(t, "on 1", "POST /1/users "+payload, on[0], "payload")
	compare(t, "on 2", "POST /2/users "+payload, on[1], "payload")
	compare(t, "off", "DELETE /1/users "+payload, off[0], "payload")
	if said := Member(meta, []string{"1"}, true, &Contact{Clicks: c.Clicks}); said != nil {
		t.Errorf("of whom nobody can find: %v", said)
	}
	if said := Member(&aparte.AdAccount{Platform: aparte.TikTokAds}, []string{"1"}, true, &c); said != nil {
		t.Errorf("TikTok is told %v", said)
	}
}

func TestWhatAPlatformCannotTakeIsNotTold(t *testing.T) {
	stranger := func(platform aparte.AdPlatform) *Conversion {
		c := order(platform)
		c.Contact = Contact{}
		return c
	}
	for _, platform := range []aparte.AdPlatform{aparte.GoogleAds, aparte.MetaAds, aparte.TikTokAds} {
		if said := Converted(&aparte.AdAccount{Platform: platform, Account: "77"}, stranger(platform), noon); said != nil {
			t.Errorf("%s is told of nobody: %v", platform, said)
		}
	}
	if said := Converted(&aparte.AdAccount{Platform: aparte.MetaAds, Account: "77"}, order(aparte.MetaAds), noon.Add(7*24*time.Hour)); said != nil {
		t.Errorf("Meta is told of what is a week old: %v", said)
	}
	c := order(aparte.MetaAds)
	c.Value, c.Page = nil, ""
	said := Converted(&aparte.AdAccount{Platform: aparte.MetaAds, Account: "77"}, c, noon)
	if data := said[0].Form.Get("data"); !strings.Contains(data, `"action_source":"other"`) || strings.Contains(data, "value") || strings.Contains(data, "user_agent") {
		t.Errorf("without a page and a value: %s", data)
	}
}

func TestRowsOfFiles(t *testing.T) {
	c := Of(ada(), aparte.GoogleAds, noon)
	c.Emails = append(c.Emails, "another")
	if diff := cmp.Diff([]map[string]string{{"Email": c.Emails[0], "Phone": c.Phones[0]}, {"Email": "another", "Phone": ""}}, ListRows(aparte.GoogleAds, &c)); diff != "" {
		t.Errorf("customers (-want +got):\n%s", diff)
	}
	want := map[string]string{
		"Google Click ID": "Cj0KCQ", "Conversion Name": "123", "Conversion Time": "2026-11-27 12:00:00+0000", "Conversion Value": "129.50", "Conversion Currency": "EUR",
		"Ad User Data": "Granted", "Ad Personalization": "Granted",
	}
	if diff := cmp.Diff(want, ClickRow(order(aparte.GoogleAds))); diff != "" {
		t.Errorf("conversion (-want +got):\n%s", diff)
	}
	o := order(aparte.GoogleAds)
	o.Contact.Clicks = nil
	if row := ClickRow(o); row != nil {
		t.Errorf("without a click: %v", row)
	}
}

func TestAnAccountSaysWhatIsWrongWithIt(t *testing.T) {
	sound := func() *aparte.AdAccount {
		return &aparte.AdAccount{
			Platform: aparte.GoogleAds, Account: "1234567890", Lists: map[aparte.AudienceID]string{"a": "1"}, Conversions: map[aparte.ObjectiveID]aparte.AdConversion{"order": {Action: "9"}},
		}
	}
	if pointer, reason := Check(sound()); reason != "" {
		t.Fatalf("a sound one: %s %s", pointer, reason)
	}
	for want, spoil := range map[string]func(*aparte.AdAccount){
		"/platform":                 func(a *aparte.AdAccount) { a.Platform = "bing" },
		"/account":                  func(a *aparte.AdAccount) { a.Account = "123-456" },
		"/login":                    func(a *aparte.AdAccount) { a.Login = "x" },
		"/lists":                    func(a *aparte.AdAccount) { a.Platform = aparte.TikTokAds },
		"/lists/a":                  func(a *aparte.AdAccount) { a.Lists["a"] = "1/../2" },
		"/conversions/order/action": func(a *aparte.AdAccount) { a.Conversions["order"] = aparte.AdConversion{Action: "Purchase"} },
		"/conversions/order/value":  func(a *aparte.AdAccount) { a.Conversions["order"] = aparte.AdConversion{Action: "9", Value: "margin"} },
		"":                          func(a *aparte.AdAccount) { a.Lists, a.Conversions = nil, nil },
	} {
		a := sound()
		spoil(a)
		if pointer, reason := Check(a); pointer != want || reason == "" {
			t.Errorf("want %q, got %q: %s", want, pointer, reason)
		}
	}
	for _, platform := range []aparte.AdPlatform{aparte.GoogleAds, aparte.MetaAds, aparte.TikTokAds} {
		if u, err := url.Parse(Home(platform)); err != nil || u.Scheme != "https" {
			t.Errorf("%s is at %q", platform, Home(platform))
		}
	}
}
