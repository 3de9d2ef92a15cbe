package adplatform

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
	"unicode"

	"github.com/aparte-dev/aparte"
)

// Contact is how a platform knows one person again.
type Contact struct {
	Emails []string // SHA-256 of the platform's normal form, in hexadecimal digits
	Phones []string // the same
	Clicks []Click
}

// Click is a click id as the address of a page had it.
type Click struct {
	Name string // of the parameter: gclid, fbclid, …
	ID   string
	At   time.Time // when it was seen
}

const (
	// mostIdentifiers is how many of one kind are told: Google takes ten in all of one person
	// (google/ads/datamanager/v1/user_data.proto).
	mostIdentifiers = 5

	// clicksFor is how long a click can be converted. Google and Meta keep clicks for 90 days
	// (https://support.google.com/google-ads/answer/7014069, https://developers.facebook.com/docs/marketing-api/conversions-api/parameters/fbp-and-fbc).
	clicksFor = 90 * 24 * time.Hour
)

// Of is how a platform knows a person, with the clicks that something at a time may have followed. Nothing is asked about consent here.
func Of(p *aparte.Person, platform aparte.AdPlatform, at time.Time) (c Contact) {
	for _, id := range p.Identifiers {
		switch {
		case id.Kind == aparte.KindEmail && len(c.Emails) < mostIdentifiers:
			c.Emails = append(c.Emails, hash(Email(platform, id.Value)))
		case id.Kind == aparte.KindPhone && len(c.Phones) < mostIdentifiers:
			c.Phones = append(c.Phones, hash(Phone(platform, id.Value)))
		}
	}
	for _, t := range p.Traits {
		name, is := strings.CutPrefix(t.Name, aparte.ClickTrait)
		if since := at.Sub(t.At); is && t.Value.Kind == aparte.Text && t.Value.Str != "" && since >= 0 && since < clicksFor {
			c.Clicks = append(c.Clicks, Click{name, t.Value.Str, t.At})
		}
	}
	return c
}

// Reachable reports whether the platform can find somebody by an address or a number.
func (c *Contact) Reachable() bool { return len(c.Emails)+len(c.Phones) > 0 }

// click is the click id of a name, the zero Click where there is none.
func (c *Contact) click(name string) Click {
	for _, x := range c.Clicks {
		if x.Name == name {
			return x
		}
	}
	return Click{}
}

// Email is an address as a platform wants it before it is hashed: in small letters without space; at Google, of gmail.com and googlemail.com
// without dots and without what follows a plus. Sources:
// https://developers.google.com/data-manager/api/devguides/concepts/formatting,
// https://developers.facebook.com/docs/marketing-api/conversions-api/parameters/customer-information-parameters,
// https://ads.tiktok.com/help/ ("List of supported IDs and formats for a customer file").
func Email(platform aparte.AdPlatform, address string) string {
	address = strings.ToLower(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, address))
	box, domain, _ := strings.Cut(address, "@")
	if platform != aparte.GoogleAds || domain != "gmail.com" && domain != "googlemail.com" {
		return address
	}
	box, _, _ = strings.Cut(box, "+")
	return strings.ReplaceAll(box, ".", "") + "@" + domain
}

// Phone is a number in E.164 as a platform wants it before it is hashed: at Meta, its digits alone. Sources: as of Email.
func Phone(platform aparte.AdPlatform, number string) string {
	if platform == aparte.MetaAds {
		return strings.TrimLeft(number, "+0")
	}
	return number
}

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
