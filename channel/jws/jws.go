// Package jws signs JSON Web Tokens (RFC 7519) in the compact form of JSON Web Signatures (RFC 7515), by which push providers know
// who speaks. It knows the two algorithms that they take (RFC 7518, sections 3.3 and 3.4) and the files that their keys come in.
// It verifies nothing: nobody sends tokens to us.
package jws

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
)

// Key is a private key that signs: ECDSA on P-256 (ES256), or RSA of at least 2048 bits (RS256).
type Key struct {
	id     string // told as kid; empty: not told
	signer crypto.Signer
}

// ParseKey reads a private key as providers hand it out: PEM, in PKCS #8 or the older form of its kind. Errors do not repeat it.
func ParseKey(id string, text []byte) (*Key, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("is no PEM: want a file that begins with -----BEGIN PRIVATE KEY-----")
	}
	var key any
	var err error
	switch block.Type {
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	default:
		return nil, fmt.Errorf("is PEM of a %.40q, want a private key", block.Type)
	}
	if err != nil {
		return nil, errors.New("is no private key that can be read")
	}
	switch k := key.(type) {
	case *ecdsa.PrivateKey:
		if k.Curve == elliptic.P256() {
			return &Key{id, k}, nil
		}
		return nil, errors.New("is a key on another curve than P-256")
	case *rsa.PrivateKey:
		if k.N.BitLen() >= 2048 {
			return &Key{id, k}, nil
		}
		return nil, errors.New("is an RSA key of less than 2048 bits")
	}
	return nil, errors.New("is a key of another kind than ECDSA and RSA")
}

// NewKey is a key of the curve P-256.
func NewKey(id string, key *ecdsa.PrivateKey) *Key { return &Key{id, key} }

// Elliptic reports whether the key signs with ES256, else it does with RS256.
func (k *Key) Elliptic() bool {
	_, ok := k.signer.(*ecdsa.PrivateKey)
	return ok
}

// Sign is the token that makes the claims, which must be what encoding/json can write.
func (k *Key) Sign(claims any) (string, error) {
	header := struct {
		Algorithm string `json:"alg"`
		Type      string `json:"typ"`
		KeyID     string `json:"kid,omitempty"`
	}{"RS256", "JWT", k.id}
	if k.Elliptic() {
		header.Algorithm = "ES256"
	}
	head, err := json.Marshal(header)
	if err != nil {
		return "", fmt.Errorf("sign a token: %w", err)
	}
	body, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("sign a token: %w", err)
	}
	signed := base64.RawURLEncoding.EncodeToString(head) + "." + base64.RawURLEncoding.EncodeToString(body)
	signature, err := k.sign([]byte(signed))
	if err != nil {
		return "", fmt.Errorf("sign a token: %w", err)
	}
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}

func (k *Key) sign(text []byte) ([]byte, error) {
	digest := sha256.Sum256(text)
	switch key := k.signer.(type) {
	case *ecdsa.PrivateKey:
		r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
		if err != nil {
			return nil, err
		}
		signature := make([]byte, 64) // both numbers at full length (RFC 7518, section 3.4)
		r.FillBytes(signature[:32])
		s.FillBytes(signature[32:])
		return signature, nil
	case *rsa.PrivateKey:
		return rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
	}
	return nil, errors.New("no such key") // never: ParseKey and NewKey make no other
}
