package profile

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
)

func TestNormalize(t *testing.T) {
	for _, c := range []struct {
		kind          aparte.IdentifierKind
		value, region string
		want          string // empty: none
	}{
		{aparte.KindEmail, "  Ann.Example+Tag@EXAMPLE.com ", "", "ann.example+tag@example.com"},
		{aparte.KindEmail, "ÉVA@Bücher.example", "", "éva@xn--bcher-kva.example"},
		{aparte.KindEmail, "e\u0301va@example.com", "", "éva@example.com"},
		{aparte.KindEmail, "a@example.com.", "", "a@example.com"},
		{aparte.KindEmail, "a@b@example.com", "", ""},
		{aparte.KindEmail, "@example.com", "", ""},
		{aparte.KindEmail, "a@", "", ""},
		{aparte.KindEmail, "a", "", ""},
		{aparte.KindEmail, "a@localhost", "", ""},
		{aparte.KindEmail, "a@127.0.0.1", "", ""},
		{aparte.KindEmail, "a b@example.com", "", ""},
		{aparte.KindEmail, ".a@example.com", "", ""},
		{aparte.KindEmail, "a@exa mple.com", "", ""},
		{aparte.KindEmail, "a@-example-.com", "", ""},
		{aparte.KindEmail, "Ann <a@example.com>", "", ""},
		{aparte.KindEmail, "a@example.com\r\nBcc: b@example.com", "", ""},
		{aparte.KindEmail, strings.Repeat("a", 65) + "@example.com", "", ""},
		{aparte.KindPhone, "+33 6 12 34 56 78", "", "+33612345678"},
		{aparte.KindPhone, "06 12 34 56 78", "fr", "+33612345678"},
		{aparte.KindPhone, "06 12 34 56 78", "", ""},
		{aparte.KindPhone, "(415) 555-2671", "US", "+14155552671"},
		{aparte.KindPhone, "123", "US", ""},
		{aparte.KindPhone, "call me", "US", ""},
		{aparte.KindPhone, "+" + strings.Repeat("1", 60), "", ""},
		{aparte.KindUserID, " Ann-1 ", "", "Ann-1"},
		{aparte.KindUserID, "", "", ""},
		{aparte.KindUserID, "undefined", "", ""},
		{aparte.KindUserID, "NULL", "", ""},
		{aparte.KindUserID, "a\x00b", "", ""},
		{aparte.KindUserID, "a\xff", "", ""},
		{aparte.KindUserID, strings.Repeat("x", 256), "", strings.Repeat("x", 256)},
		{aparte.KindUserID, strings.Repeat("x", 257), "", ""},
		{aparte.KindAnonymousID, "00000000-0000-0000-0000-000000000000", "", ""},
		{aparte.KindDeviceToken, "dGhpcyBpcw:APA91b", "", "dGhpcyBpcw:APA91b"},
		{aparte.KindDeviceToken, strings.Repeat("AB12", 16), "", strings.Repeat("ab12", 16)},
		{aparte.KindDeviceToken, strings.Repeat("x", 1025), "", ""},
		{aparte.KindDeviceToken, subscribed, "", subscribedAs},
		{aparte.KindDeviceToken, strings.Replace(subscribed, `"`+secret+`"`, `"`+secret+`=="`, 1), "", subscribedAs},
		{aparte.KindDeviceToken, strings.Replace(subscribed, "https", "http", 1), "", ""},
		{aparte.KindDeviceToken, strings.Replace(subscribed, secret, "short", 1), "", ""},
		{aparte.KindDeviceToken, strings.Replace(subscribed, "push.example", "push\\u000a.example", 1), "", ""},
		{aparte.KindDeviceToken, `{"endpoint": "https://push.example/1"}`, "", ""},
		{aparte.KindDeviceToken, `{"endpoint":`, "", ""},
		{aparte.KindDeviceToken, "https://push.example/1", "", ""},
		{"shoeSize", "42", "", ""},
	} {
		got, err := Normalize(c.kind, c.value, c.region)
		if got.Value != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s %q = %q, %v, want %q", c.kind, c.value, got.Value, err, c.want)
		}
		if err != nil && len(c.value) > 4 && strings.Contains(err.Error(), c.value) {
			t.Errorf("error repeats personal data: %v", err)
		}
		if err == nil {
			if again, err := Normalize(got.Kind, got.Value, ""); err != nil || again != got {
				t.Errorf("%q is not its own normal form: %q, %v", got.Value, again.Value, err)
			}
		}
	}
}

// What a browser subscribes with, as it tells it, and its normal form.
const (
	public       = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
	secret       = "BTBZMqHH6r4Tts7J_aSIgg"
	subscribed   = `{"endpoint": "https://push.example/1", "expirationTime": null, "keys": {"p256dh": "` + public + `", "auth": "` + secret + `"}}`
	subscribedAs = "https://push.example/1#" + public + "." + secret
)

// However many identifiers somebody has, and however long the tokens of their devices, they fit where as many of the longest
// others would; what goes is of the weakest kind.
func TestIdentifiersStayWithinTheRoomThatTheyHave(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var list []aparte.Identifier
		for range rapid.IntRange(1, 6).Draw(t, "events") {
			more := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) aparte.Identifier {
				kind := rapid.SampledFrom([]aparte.IdentifierKind{aparte.KindUserID, aparte.KindDeviceToken, aparte.KindDeviceToken, aparte.KindAnonymousID}).Draw(t, "kind")
				most := maxIdentifier
				if kind == aparte.KindDeviceToken {
					most = maxToken
				}
				return aparte.Identifier{Kind: kind, Value: strings.Repeat("x", rapid.IntRange(1, most).Draw(t, "length"))}
			}), 0, 40).Draw(t, "identifiers")
			before := append(slices.Clone(list), more...)
			list = identified(list, more)
			if len(list) > aparte.MaxIdentifiers || bytesOf(list) > aparte.MaxIdentifiers*maxIdentifier {
				t.Fatalf("%d identifiers of %d bytes", len(list), bytesOf(list))
			}
			for _, id := range before {
				weaker := func(kept aparte.Identifier) bool { return strength(kept.Kind) < strength(id.Kind) }
				if !slices.Contains(list, id) && slices.ContainsFunc(list, weaker) {
					t.Fatalf("a %s went, and weaker ones stayed", id.Kind)
				}
			}
		}
	})
}

func TestIdentifiersOfAnEvent(t *testing.T) {
	raw := func(s string) json.RawMessage { return json.RawMessage(s) }
	for _, c := range []struct {
		name  string
		event aparte.Event
		want  string
	}{
		{"all of them", aparte.Event{
			Type: aparte.Identify, UserID: "u-1", AnonymousID: "anon-1", Traits: raw(`{"email": "Ann@Example.com", "phone": "+33612345678"}`),
			Context: raw(`{"device": {"token": "tok"}}`),
		}, "userId:u-1 email:ann@example.com phone:+33612345678 deviceToken:tok anonymousId:anon-1"},
		{"in the country of the address", aparte.Event{Type: aparte.Identify, UserID: "u-1", Traits: raw(`{"phone": "0612345678", "address": {"city": "Lyon", "country": "FR"}}`)}, "userId:u-1 phone:+33612345678"},
		{"in a country that is no code", aparte.Event{Type: aparte.Identify, UserID: "u-1", Traits: raw(`{"phone": "0612345678", "address": {"country": "France"}}`)}, "userId:u-1"},
		{"of the context", aparte.Event{Type: aparte.Track, AnonymousID: "anon-1", Context: raw(`{"traits": {"email": "a@example.com"}, "device": {"token": null}}`)}, "email:a@example.com anonymousId:anon-1"},
		{"its own before its context's", aparte.Event{Type: aparte.Identify, UserID: "u", Traits: raw(`{"email": "a@example.com"}`), Context: raw(`{"traits": {"email": "b@example.com"}}`)}, "userId:u email:a@example.com"},
		{"a track's properties say nothing of it", aparte.Event{Type: aparte.Track, UserID: "u", Properties: raw(`{"email": "a@example.com"}`)}, "userId:u"},
		{"misspelt", aparte.Event{Type: aparte.Identify, UserID: " u ", AnonymousID: "null", Traits: raw(`{"email": "ann at example", "phone": 3}`)}, "userId:u"},
		{"a group's traits are the group's", aparte.Event{Type: aparte.Group, UserID: "u", Traits: raw(`{"email": "info@example.com"}`), Context: raw(`{"traits": {"email": "info@example.com"}}`)}, "userId:u"},
		{"an alias", aparte.Event{Type: aparte.Alias, UserID: "u", PreviousID: "anon-1", AnonymousID: "anon-2"}, "userId:u anonymousId:anon-1"},
		{"a browser's subscription", aparte.Event{Type: aparte.Track, AnonymousID: "anon-1", Context: raw(`{"device": {"type": "web", "token": ` + strconv.Quote(subscribed) + `}}`)}, "deviceToken:" + subscribedAs + " anonymousId:anon-1"},
		{"nobody", aparte.Event{Type: aparte.Page, Context: raw(`{"traits": 3, "token": 1`)}, ""},
	} {
		got := []string{}
		for _, id := range Identifiers(&c.event) {
			got = append(got, id.String())
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: %s, want %s", c.name, s, c.want)
		}
	}
}
