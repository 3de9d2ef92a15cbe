package apns

import (
	"encoding/json"
	"net/http"

	"github.com/aparte-dev/aparte/channel"
)

// reasons are the words of Apple's that are shown to operators: others are not repeated, as they might hold anything
// (https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns).
var reasons = map[string]string{
	"BadCollapseId":               "the collapse id is refused",
	"BadDeviceToken":              "the token is none of this host: is the app one of the sandbox?",
	"BadExpirationDate":           "the expiration is refused",
	"BadTopic":                    "the bundle id is refused",
	"DeviceTokenNotForTopic":      "the token is of another app",
	"ExpiredProviderToken":        "our token has expired: is the clock right?",
	"ExpiredToken":                "the device's token has expired",
	"Forbidden":                   "we may not do that",
	"InternalServerError":         "Apple's server failed",
	"InvalidProviderToken":        "our token is refused: are key, key id and team those of one account?",
	"MissingProviderToken":        "our token is missing",
	"PayloadTooLarge":             "the notification is too large",
	"ServiceUnavailable":          "Apple's server is not available",
	"Shutdown":                    "Apple's server is shutting down",
	"TooManyProviderTokenUpdates": "our token was signed too often",
	"TooManyRequests":             "the device was told too much",
	"TopicDisallowed":             "notifications for this app are not allowed",
	"Unregistered":                "the app is gone from the device",
}

// judge is what an answer of Apple's means.
func (s *Sender) judge(a *channel.Answer) error {
	if a.Status == http.StatusOK {
		return nil
	}
	var said struct {
		Reason string `json:"reason"`
	}
	_ = json.Unmarshal(a.Body, &said) // what cannot be read gives no reason
	f := &channel.Failure{Code: a.Status, After: a.After, Reason: reasons[said.Reason]}
	if f.Reason == "" {
		f.Reason = "Apple refused the notification"
	}
	switch {
	case a.Status == http.StatusGone:
		f.Suppress = true
	case a.Status == http.StatusForbidden && said.Reason == "ExpiredProviderToken":
		s.forget()
		f.Temporary = true
	case a.Status == http.StatusForbidden: // of the configuration, which can be put right
		f.Temporary = true
	case a.Status == http.StatusTooManyRequests:
		f.Temporary = true
	case a.Status >= 500:
		f.Temporary = true
		s.provider.Rest(s.Host, a.After)
	}
	return f
}

// forget has the next request sign a token anew.
func (s *Sender) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.token = ""
}
