package webpush

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/aparte-dev/aparte/channel/jws"
)

// Keys are a site's pair: browsers subscribe with the public one, and take what the private one signs.
type Keys struct {
	public string // base64url of the uncompressed point
	signs  *jws.Key
	secret string
}

// NewKeys makes a pair.
func NewKeys() (*Keys, error) {
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a pair of keys: %w", err)
	}
	return ParseKeys(base64.RawURLEncoding.EncodeToString(key.Bytes()))
}

// ParseKeys reads the private key of a pair, as [Keys.Private] writes it and other tools do: 32 bytes in base64url. The error does
// not repeat it.
func ParseKeys(private string) (*Keys, error) {
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(strings.TrimSpace(private), "="))
	if err != nil {
		return nil, errors.New("is no base64url of a private key")
	}
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), raw)
	if err != nil {
		return nil, errors.New("is no private key of P-256: want 32 bytes in base64url")
	}
	point, err := key.PublicKey.Bytes()
	if err != nil {
		return nil, errors.New("is no private key of P-256")
	}
	return &Keys{base64.RawURLEncoding.EncodeToString(point), jws.NewKey("", key), base64.RawURLEncoding.EncodeToString(raw)}, nil
}

// Public is the key that browsers subscribe with (applicationServerKey), in base64url.
func (k *Keys) Public() string { return k.public }

// Private is the key as ParseKeys reads it: a secret.
func (k *Keys) Private() string { return k.secret }

const (
	signedFor  = 12 * time.Hour // at most 24 h (RFC 8292, section 2)
	spare      = time.Hour      // before it ends, a token is signed anew
	maxOrigins = 64             // of which tokens are kept
)

// passes are tokens that tell push services who sends, one for each.
type passes struct {
	keys    *Keys
	contact string

	mu   sync.Mutex
	kept map[string]pass // by origin
}

type pass struct {
	header string
	until  time.Time
}

// header is the Authorization for a push service (RFC 8292, section 3).
func (p *passes) header(origin string, now time.Time) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if kept, ok := p.kept[origin]; ok && now.Before(kept.until.Add(-spare)) {
		return kept.header, nil
	}
	until := now.Add(signedFor)
	token, err := p.keys.signs.Sign(struct {
		Audience string `json:"aud"`
		Until    int64  `json:"exp"`
		Subject  string `json:"sub"`
	}{origin, until.Unix(), p.contact})
	if err != nil {
		return "", fmt.Errorf("web push: %w", err)
	}
	if len(p.kept) >= maxOrigins || p.kept == nil {
		p.kept = map[string]pass{}
	}
	made := pass{"vapid t=" + token + ", k=" + p.keys.public, until}
	p.kept[origin] = made
	return made.header, nil
}
