package apns

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/aparte-dev/aparte/channel"
)

// Bounds of Apple's: of the payload of an alert, and of a collapse id, in bytes.
const (
	maxPayload  = 4096
	maxCollapse = 64
)

// payload is what the device gets. Beside Apple's own "aps" stands what the app needs: where a tap leads, the picture that its
// service extension fetches, and where it reports to.
type payload struct {
	APS    aps    `json:"aps"`
	Aparte extras `json:"aparte"`
}

type aps struct {
	Alert   alert  `json:"alert"`
	Sound   string `json:"sound"`
	Mutable int    `json:"mutable-content,omitempty"` // 1: the app's service extension may add the picture
}

type alert struct {
	Title string `json:"title,omitempty"`
	Body  string `json:"body"`
}

type extras struct {
	Link   string `json:"link,omitempty"`
	Image  string `json:"image,omitempty"`
	Report string `json:"report,omitempty"`
}

func write(m *channel.Message) ([]byte, error) {
	if m.Text == "" {
		return nil, channel.Unsendable("notification has no text")
	}
	p := payload{aps{alert{m.Subject, m.Text}, "default", 0}, extras{m.Link, m.Image, m.Report}}
	if m.Image != "" {
		p.APS.Mutable = 1
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(p); err != nil {
		return nil, channel.Unsendable("notification cannot be encoded")
	}
	body := bytes.TrimSpace(out.Bytes())
	if len(body) > maxPayload {
		return nil, channel.Unsendable("notification is over %d bytes", maxPayload)
	}
	return body, nil
}

// identity is a UUID that a key always becomes (RFC 9562, version 8: by a rule of one's own).
func identity(key string) string {
	sum := sha256.Sum256([]byte(key))
	b := sum[:16]
	b[6], b[8] = b[6]&0x0f|0x80, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// collapse is the name under which one notification takes the place of another on the device.
func collapse(m *channel.Message) string {
	name := m.Collapse
	if name == "" {
		name = m.Key
	}
	if len(name) <= maxCollapse {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:16])
}

// defaultLifetime is how long Apple keeps a notification for a device that is off, where the message does not say.
const defaultLifetime = 24 * time.Hour

func lifetime(m *channel.Message) time.Duration {
	if m.TTL > 0 {
		return m.TTL
	}
	return defaultLifetime
}
