package adplatform

import (
	"fmt"

	"github.com/aparte-dev/aparte"
)

// Check says what is wrong with an account, as a JSON pointer and a reason; both are empty where nothing is.
func Check(a *aparte.AdAccount) (pointer, reason string) {
	switch {
	case Home(a.Platform) == "":
		return "/platform", "must be google, meta or tiktok"
	case !plain(a.Account) || a.Platform == aparte.GoogleAds && !digits(a.Account):
		return "/account", "must be the account's id: at Google Ads digits alone"
	case a.Login != "" && (a.Platform != aparte.GoogleAds || !digits(a.Login)):
		return "/login", "is a manager account of Google Ads, in digits"
	case len(a.Lists) > 0 && !TakesLists(a.Platform):
		return "/lists", "cannot be followed there: write a file by aparte export customers"
	case len(a.Lists)+len(a.Conversions) == 0:
		return "", "must have lists or conversions"
	case len(a.Lists) > aparte.MaxAudiences || len(a.Conversions) > maxConversions:
		return "", "has too many lists or conversions"
	}
	for audience, list := range a.Lists {
		if !plain(list) {
			return fmt.Sprintf("/lists/%.64s", audience), "must be the list's id there"
		}
	}
	for objective, conversion := range a.Conversions {
		if conversion.Action == "" || len(conversion.Action) > maxName || a.Platform == aparte.GoogleAds && !digits(conversion.Action) {
			return fmt.Sprintf("/conversions/%.64s/action", objective), "must be what it is called there: at Google Ads the conversion action's id, in digits"
		}
		if conversion.Value != aparte.EventValue && conversion.Value != aparte.LifetimeValue {
			return fmt.Sprintf("/conversions/%.64s/value", objective), "must be lifetime, or left out"
		}
	}
	return "", ""
}

const (
	maxConversions = 64
	maxName        = 128
)

func digits(s string) bool {
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return plain(s)
}

// plain reports whether s can be an id: letters, digits, - and _.
func plain(s string) bool {
	for _, r := range s {
		if (r|0x20 < 'a' || r|0x20 > 'z') && (r < '0' || r > '9') && r != '-' && r != '_' {
			return false
		}
	}
	return s != "" && len(s) <= 64
}

// Kinds are the notices that an account needs.
func Kinds(a *aparte.AdAccount) (kinds []aparte.NoticeKind) {
	if len(a.Lists) > 0 {
		kinds = append(kinds, aparte.AudienceEntered, aparte.AudienceExited, aparte.AdvertisingAllowed, aparte.AdvertisingEnded, aparte.PersonChanged)
	}
	if len(a.Conversions) > 0 {
		kinds = append(kinds, aparte.ObjectiveReached)
	}
	return kinds
}
