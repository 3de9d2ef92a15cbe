package adplatform

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
)

// Request is one request to a platform's interface, without what shows who asks.
type Request struct {
	Method string
	Path   string     // behind the interface's address
	JSON   []byte     // the body; nil: Form
	Form   url.Values // the body
}

// Home is where a platform's interface is, with its version.
func Home(platform aparte.AdPlatform) string {
	switch platform {
	case aparte.GoogleAds:
		return "https://datamanager.googleapis.com/v1"
	case aparte.MetaAds:
		return "https://graph.facebook.com/v25.0"
	case aparte.TikTokAds:
		return "https://business-api.tiktok.com/open_api/v1.3"
	}
	return ""
}

// TakesLists reports whether customers can be put on a platform's lists from here.
func TakesLists(platform aparte.AdPlatform) bool {
	return platform == aparte.GoogleAds || platform == aparte.MetaAds
}

// Member asks for somebody to be on lists of an account, or not to be any more. There is nothing to ask where the platform
// cannot find them.
func Member(a *aparte.AdAccount, lists []string, on bool, c *Contact) []Request {
	if !c.Reachable() || len(lists) == 0 {
		return nil
	}
	lists = slices.Compact(slices.Sorted(slices.Values(lists)))
	switch a.Platform {
	case aparte.GoogleAds:
		return []Request{googleMember(a, lists, on, c)}
	case aparte.MetaAds:
		var all []Request
		for _, list := range lists {
			all = append(all, metaMember(list, on, c))
		}
		return all
	}
	return nil
}

// Google's Data Manager API: google/ads/datamanager/v1 in https://github.com/googleapis/googleapis.

type googleAccount struct {
	Type string `json:"accountType"`
	ID   string `json:"accountId"`
}

type googleDestination struct {
	Account googleAccount  `json:"operatingAccount"`
	Login   *googleAccount `json:"loginAccount,omitempty"`
	To      string         `json:"productDestinationId"`
}

type googleIdentifier struct {
	Email string `json:"emailAddress,omitempty"`
	Phone string `json:"phoneNumber,omitempty"`
}

type googleUser struct {
	Identifiers []googleIdentifier `json:"userIdentifiers"`
}

type googleConsent struct {
	UserData        string `json:"adUserData"`
	Personalisation string `json:"adPersonalization"`
}

var googleGranted = &googleConsent{"CONSENT_GRANTED", "CONSENT_GRANTED"}

func googleTo(a *aparte.AdAccount, to ...string) (all []googleDestination) {
	for _, id := range to {
		d := googleDestination{Account: googleAccount{"GOOGLE_ADS", a.Account}, To: id}
		if a.Login != "" {
			d.Login = &googleAccount{"GOOGLE_ADS", a.Login}
		}
		all = append(all, d)
	}
	return all
}

func googleUserOf(c *Contact) *googleUser {
	if !c.Reachable() {
		return nil
	}
	var u googleUser
	for _, x := range c.Emails {
		u.Identifiers = append(u.Identifiers, googleIdentifier{Email: x})
	}
	for _, x := range c.Phones {
		u.Identifiers = append(u.Identifiers, googleIdentifier{Phone: x})
	}
	return &u
}

func googleMember(a *aparte.AdAccount, lists []string, on bool, c *Contact) Request {
	type member struct {
		User *googleUser `json:"userData"`
	}
	type terms struct {
		Status string `json:"customerMatchTermsOfServiceStatus"`
	}
	body := struct {
		To       []googleDestination `json:"destinations"`
		Members  []member            `json:"audienceMembers"`
		Consent  *googleConsent      `json:"consent,omitempty"`
		Encoding string              `json:"encoding"`
		Terms    *terms              `json:"termsOfService,omitempty"`
	}{To: googleTo(a, lists...), Members: []member{{googleUserOf(c)}}, Encoding: "HEX"}
	if !on {
		return Request{Method: "POST", Path: "/audienceMembers:remove", JSON: encode(body)}
	}
	body.Consent, body.Terms = googleGranted, &terms{"ACCEPTED"}
	return Request{Method: "POST", Path: "/audienceMembers:ingest", JSON: encode(body)}
}

// metaMember is a request of Meta's custom audiences: https://developers.facebook.com/docs/marketing-api/reference/custom-audience/users/.
func metaMember(list string, on bool, c *Contact) Request {
	payload := struct {
		Schema []string    `json:"schema"`
		Data   [][2]string `json:"data"`
	}{[]string{"EMAIL", "PHONE"}, pairs(c)}
	method := "POST"
	if !on {
		method = "DELETE"
	}
	return Request{Method: method, Path: "/" + url.PathEscape(list) + "/users", Form: url.Values{"payload": {string(encode(payload))}}}
}

// pairs are addresses and numbers side by side, the shorter column filled up with nothing.
func pairs(c *Contact) [][2]string {
	all := make([][2]string, max(len(c.Emails), len(c.Phones)))
	for i, x := range c.Emails {
		all[i][0] = x
	}
	for i, x := range c.Phones {
		all[i][1] = x
	}
	return all
}

// Conversion is something that somebody did and a platform is told of.
type Conversion struct {
	Action    string // Google: a conversion action's id; else an event's name
	ID        string // the same each time it is told
	At        time.Time
	Value     *aparte.Money // nil: it is not said
	Order     string        // the brand's own number; may be empty
	Page      string        // on which it happened; may be empty
	UserAgent string        // of the device; may be empty
	Contact   Contact
}

// metaLate is how old a conversion may be for Meta, which refuses older ones
// (https://developers.facebook.com/docs/marketing-api/conversions-api/parameters/server-event, event_time).
const metaLate = 7 * 24 * time.Hour

// Converted tells a platform of a conversion. There is nothing to tell where it cannot say whose it is, nor what is too old
// for it.
func Converted(a *aparte.AdAccount, c *Conversion, now time.Time) []Request {
	event := Event(a.Platform, c, now)
	if event == nil {
		return nil
	}
	switch a.Platform {
	case aparte.GoogleAds:
		return []Request{{Method: "POST", Path: "/events:ingest", JSON: encode(struct {
			To       []googleDestination `json:"destinations"`
			Events   []any               `json:"events"`
			Consent  *googleConsent      `json:"consent"`
			Encoding string              `json:"encoding"`
		}{googleTo(a, c.Action), []any{event}, googleGranted, "HEX"})}}
	case aparte.MetaAds:
		return []Request{{Method: "POST", Path: "/" + url.PathEscape(a.Account) + "/events", Form: url.Values{"data": {string(encode([]any{event}))}}}}
	}
	return []Request{{Method: "POST", Path: "/event/track/", JSON: encode(struct {
		Source string `json:"event_source"`
		ID     string `json:"event_source_id"`
		Data   []any  `json:"data"`
	}{"web", a.Account, []any{event}})}}
}

// Event is a conversion as a platform words it, nil where there is nothing to tell.
func Event(platform aparte.AdPlatform, c *Conversion, now time.Time) any {
	var event any
	known := c.Contact.Reachable()
	switch platform {
	case aparte.GoogleAds:
		e := googleEventOf(c)
		known = known || e.Ads != nil
		event = e
	case aparte.MetaAds:
		e := metaEventOf(c)
		known = (known || e.User.Click != "") && now.Sub(c.At) < metaLate
		event = e
	case aparte.TikTokAds:
		e := tiktokEventOf(c)
		known = known || e.User.Click != ""
		event = e
	}
	if !known {
		return nil
	}
	return event
}

type googleAds struct {
	Click string `json:"gclid,omitempty"`
	G     string `json:"gbraid,omitempty"`
	W     string `json:"wbraid,omitempty"`
}

// googleEvent is the Event of event.proto.
type googleEvent struct {
	ID       string      `json:"transactionId"`
	At       string      `json:"eventTimestamp"`
	Source   string      `json:"eventSource"`
	Ads      *googleAds  `json:"adIdentifiers,omitempty"`
	User     *googleUser `json:"userData,omitempty"`
	Currency string      `json:"currency,omitempty"`
	Value    json.Number `json:"conversionValue,omitempty"`
}

func googleEventOf(c *Conversion) googleEvent {
	e := googleEvent{ID: c.transaction(), At: c.At.UTC().Format(time.RFC3339), Source: "WEB", User: googleUserOf(&c.Contact)}
	if c.Page == "" {
		e.Source = "OTHER"
	}
	// one alone: gclid says more than the other two, which stand for it where a device withholds it
	switch g, gb, w := c.Contact.click("gclid").ID, c.Contact.click("gbraid").ID, c.Contact.click("wbraid").ID; {
	case g != "":
		e.Ads = &googleAds{Click: g}
	case gb != "":
		e.Ads = &googleAds{G: gb}
	case w != "":
		e.Ads = &googleAds{W: w}
	}
	if c.Value != nil {
		e.Currency, e.Value = c.Value.Currency, major(*c.Value)
	}
	return e
}

// transaction is the order's number, which the brand's own tags tell as well; one of digits alone is taken for something else
// by some doors, and has a word before it.
func (c *Conversion) transaction() string {
	switch {
	case c.Order == "":
		return c.ID
	case strings.Trim(c.Order, "0123456789") == "":
		return "order-" + c.Order
	}
	return c.Order
}

type metaUser struct {
	Emails []string `json:"em,omitempty"`
	Phones []string `json:"ph,omitempty"`
	Click  string   `json:"fbc,omitempty"`
	Agent  string   `json:"client_user_agent,omitempty"`
}

type worth struct {
	Currency string      `json:"currency,omitempty"`
	Value    json.Number `json:"value,omitempty"`
	Order    string      `json:"order_id,omitempty"`
}

// metaEvent is an event of Meta's Conversions API:
// https://developers.facebook.com/docs/marketing-api/conversions-api/parameters.
type metaEvent struct {
	Name   string   `json:"event_name"`
	At     int64    `json:"event_time"`
	ID     string   `json:"event_id"`
	Source string   `json:"action_source"`
	Page   string   `json:"event_source_url,omitempty"`
	User   metaUser `json:"user_data"`
	Custom *worth   `json:"custom_data,omitempty"`
}

func metaEventOf(c *Conversion) metaEvent {
	e := metaEvent{Name: c.Action, At: c.At.Unix(), ID: c.ID, Source: "other", User: metaUser{Emails: c.Contact.Emails, Phones: c.Contact.Phones}, Custom: c.worth()}
	if c.Page != "" && c.UserAgent != "" { // what happened on a website must tell both
		e.Source, e.Page, e.User.Agent = "website", c.Page, c.UserAgent
	}
	if x := c.Contact.click("fbclid"); x.ID != "" { // "fbp and fbc parameters": version, subdomain index, when it was first seen, the id
		e.User.Click = fmt.Sprintf("fb.1.%d.%s", x.At.UnixMilli(), x.ID)
	}
	return e
}

func (c *Conversion) worth() *worth {
	w := worth{Order: c.Order}
	if c.Value != nil {
		w.Currency, w.Value = c.Value.Currency, major(*c.Value)
	}
	if w == (worth{}) {
		return nil
	}
	return &w
}

type tiktokUser struct {
	Email string `json:"email,omitempty"`
	Phone string `json:"phone,omitempty"`
	Click string `json:"ttclid,omitempty"`
	Agent string `json:"user_agent,omitempty"`
}

// tiktokEvent is an event of TikTok's Events API 2.0: https://business-api.tiktok.com/portal/docs ("Event API 2.0").
type tiktokEvent struct {
	Name       string            `json:"event"`
	At         int64             `json:"event_time"`
	ID         string            `json:"event_id"`
	User       tiktokUser        `json:"user"`
	Page       map[string]string `json:"page,omitempty"`
	Properties *worth            `json:"properties,omitempty"`
}

func tiktokEventOf(c *Conversion) tiktokEvent {
	e := tiktokEvent{Name: c.Action, At: c.At.Unix(), ID: c.ID, Properties: c.worth(), User: tiktokUser{Click: c.Contact.click("ttclid").ID, Agent: c.UserAgent}}
	if len(c.Contact.Emails) > 0 {
		e.User.Email = c.Contact.Emails[0]
	}
	if len(c.Contact.Phones) > 0 {
		e.User.Phone = c.Contact.Phones[0]
	}
	if c.Page != "" {
		e.Page = map[string]string{"url": c.Page}
	}
	return e
}

// major is an amount in major units, to the last minor one.
func major(m aparte.Money) json.Number {
	text, _, _ := strings.Cut(m.String(), " ")
	return json.Number(text)
}

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("adplatform: " + strconv.Quote(err.Error())) // strings, numbers and lists of them
	}
	return b
}
