package fcm

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"time"

	"github.com/aparte-dev/aparte/channel"
)

// Bounds of Google's: of what is said, in bytes, and of how long it keeps it.
const (
	maxPayload = 4096
	maxTTL     = 28 * 24 * time.Hour
	defaultTTL = 24 * time.Hour
	maxTag     = 64 // Apple's, of a collapse id: a token may be of one of its devices
)

// request is a message in Google's form. Data is what the app gets beside the notification: where a tap leads and where it reports to.
type request struct {
	Message message `json:"message"`
}

type message struct {
	Token        string            `json:"token"`
	Notification notification      `json:"notification"`
	Data         map[string]string `json:"data,omitempty"`
	Android      android           `json:"android"`
	Apple        apple             `json:"apns"`
}

type notification struct {
	Title string `json:"title,omitempty"`
	Body  string `json:"body"`
	Image string `json:"image,omitempty"`
}

type android struct {
	CollapseKey  string `json:"collapse_key"`
	TTL          string `json:"ttl"`
	Notification struct {
		Tag string `json:"tag"`
	} `json:"notification"`
}

// apple is how Google passes it on to one of Apple's devices.
type apple struct {
	Headers map[string]string `json:"headers"`
	Payload struct {
		APS struct {
			Sound   string `json:"sound"`
			Mutable int    `json:"mutable-content,omitempty"`
		} `json:"aps"`
	} `json:"payload"`
}

func write(m *channel.Message, now time.Time) ([]byte, error) {
	if m.Text == "" {
		return nil, channel.Unsendable("notification has no text")
	}
	ttl := m.TTL
	if ttl <= 0 {
		ttl = defaultTTL
	}
	ttl = min(ttl, maxTTL)
	r := request{message{Token: m.To, Notification: notification{m.Subject, m.Text, m.Image}, Data: map[string]string{"aparte_key": m.Key}}}
	for name, value := range map[string]string{"aparte_link": m.Link, "aparte_report": m.Report} {
		if value != "" {
			r.Message.Data[name] = value
		}
	}
	tag := tagOf(m)
	r.Message.Android.CollapseKey, r.Message.Android.Notification.Tag = tag, tag
	r.Message.Android.TTL = strconv.FormatInt(int64(ttl/time.Second), 10) + "s"
	r.Message.Apple.Headers = map[string]string{"apns-collapse-id": tag, "apns-expiration": strconv.FormatInt(now.Add(ttl).Unix(), 10)}
	r.Message.Apple.Payload.APS.Sound = "default"
	if m.Image != "" {
		r.Message.Apple.Payload.APS.Mutable = 1
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(r); err != nil {
		return nil, channel.Unsendable("notification cannot be encoded")
	}
	body := bytes.TrimSpace(out.Bytes())
	if len(body)-len(m.To) > maxPayload {
		return nil, channel.Unsendable("notification is over %d bytes", maxPayload)
	}
	return body, nil
}

// tagOf is the name under which one notification takes the place of another on the device.
func tagOf(m *channel.Message) string {
	name := m.Collapse
	if name == "" {
		name = m.Key
	}
	if len(name) <= maxTag {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:16])
}
