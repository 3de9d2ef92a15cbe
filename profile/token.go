package profile

import (
	"errors"
	"strings"
)

// token is the normal form of a device's token.
func token(value string) (string, error) {
	switch {
	case strings.HasPrefix(value, "{"):
		return subscription(value)
	case strings.HasPrefix(value, "https://"):
		endpoint, keys, ok := strings.Cut(value, "#")
		public, secret, ok2 := strings.Cut(keys, ".")
		if !ok || !ok2 || !isSubscription(endpoint, public, secret) {
			return "", errNoSubscription
		}
	case len(value) >= 32 && strings.Trim(value, "0123456789abcdefABCDEF") == "":
		return strings.ToLower(value), nil
	}
	return value, nil
}

var errNoSubscription = errors.New("is no push subscription: want endpoint, keys.p256dh and keys.auth")

// subscription is the normal form of what a browser subscribes with: the JSON of a PushSubscription
// (https://www.w3.org/TR/push-api/#pushsubscription-interface).
func subscription(text string) (string, error) {
	var endpoint, public, secret string
	var r reader
	if !r.open([]byte(text)) {
		return "", errNoSubscription
	}
	for {
		name, ok := r.next()
		if !ok {
			break
		}
		switch string(name) {
		case "endpoint":
			endpoint = r.text(maxToken)
		case "keys":
			public, secret = subscriptionKeys(&r)
		default:
			r.skip()
		}
	}
	if !isSubscription(endpoint, public, secret) {
		return "", errNoSubscription
	}
	return endpoint + "#" + public + "." + secret, nil
}

func subscriptionKeys(r *reader) (public, secret string) {
	if !r.enter('{') {
		return "", ""
	}
	for {
		name, ok := r.next()
		if !ok {
			return public, secret
		}
		switch string(name) {
		case "p256dh":
			public = strings.TrimRight(r.text(maxIdentifier), "=")
		case "auth":
			secret = strings.TrimRight(r.text(maxIdentifier), "=")
		default:
			r.skip()
		}
	}
}

// isSubscription reports whether an endpoint is an https address, and the keys are base64url of 65 and of 16 bytes.
func isSubscription(endpoint, public, secret string) bool {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return strings.HasPrefix(endpoint, "https://") && !strings.ContainsAny(endpoint, "# ") &&
		len(public) == 87 && strings.Trim(public, letters) == "" && len(secret) == 22 && strings.Trim(secret, letters) == ""
}
