package channel

import (
	"crypto/tls"
	"net"
	"net/http"
	"time"
)

// NewClient is a client that follows no redirect and, unless private addresses are allowed, connects to public ones only. What
// is checked is the address that is connected to, after every resolution of a name. It keeps up to width connections to a host open.
func NewClient(private bool, within time.Duration, encrypted *tls.Config, width int) *http.Client {
	dialer := net.Dialer{Timeout: 5 * time.Second}
	if !private {
		dialer.Control = Public
	}
	if encrypted = encrypted.Clone(); encrypted == nil {
		encrypted = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	return &http.Client{
		Timeout: within,
		Transport: &http.Transport{
			DialContext: dialer.DialContext, TLSClientConfig: encrypted, TLSHandshakeTimeout: 5 * time.Second,
			MaxIdleConnsPerHost: width, IdleConnTimeout: time.Minute, ForceAttemptHTTP2: true, MaxResponseHeaderBytes: 16 << 10,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
