package webhook

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

// secretPrefix begins a secret as it is shown, so that tools recognise it where it does not belong.
const secretPrefix = "whsec_"

// newSecret makes a secret of 32 random bytes, as it is shown.
func newSecret() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	return secretPrefix + base64.StdEncoding.EncodeToString(b[:])
}

// sign is the header webhook-signature: "v1," and the base64 of HMAC-SHA256 over "id.timestamp.body", once for each secret
// with a space between (Standard Webhooks, "Signature scheme").
func sign(id string, at time.Time, body []byte, secrets []string) string {
	var out []string
	for _, secret := range secrets {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, secretPrefix))
		if err != nil {
			continue // never: it was made here
		}
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + "."))
		mac.Write(body)
		out = append(out, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	return strings.Join(out, " ")
}
