package webpush

import (
	"crypto/ecdh"
	"encoding/base64"
	"net/url"
	"strings"

	"github.com/aparte-dev/aparte/channel"
)

// subscription is where a browser is reached and what for it alone can read.
type subscription struct {
	endpoint string
	origin   string          // of the endpoint: scheme and host
	host     string          // of the endpoint, with its port where it has one
	key      *ecdh.PublicKey // p256dh
	secret   []byte          // auth
}

// secretSize is how long a subscription's secret is (RFC 8291, section 3.2).
const secretSize = 16

// maxEndpoint bounds an endpoint, in bytes.
const maxEndpoint = 900

// parse reads an address: the endpoint, "#", the browser's public key, ".", its secret, both in base64url without padding.
func parse(address string) (*subscription, error) {
	endpoint, keys, ok := strings.Cut(address, "#")
	public, secret, ok2 := strings.Cut(keys, ".")
	if !ok || !ok2 {
		return nil, channel.Unsendable("the address is no subscription")
	}
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || len(endpoint) > maxEndpoint {
		return nil, channel.Unsendable("the subscription's endpoint is no https address")
	}
	s := &subscription{endpoint: endpoint, origin: "https://" + u.Host, host: u.Host}
	point, err := base64.RawURLEncoding.DecodeString(public)
	if err != nil {
		return nil, channel.Unsendable("the subscription's key is no base64url")
	}
	if s.key, err = ecdh.P256().NewPublicKey(point); err != nil {
		return nil, channel.Unsendable("the subscription's key is no point of P-256")
	}
	if s.secret, err = base64.RawURLEncoding.DecodeString(secret); err != nil || len(s.secret) != secretSize {
		return nil, channel.Unsendable("the subscription's secret is not of %d bytes", secretSize)
	}
	return s, nil
}
