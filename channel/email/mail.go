package email

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"net/url"
	"strings"
	"time"

	"github.com/aparte-dev/aparte/channel"
)

// letter is a mail ready for the wire: its envelope, and header and body as one.
type letter struct {
	from string
	to   string
	data []byte
}

// write makes a mail of a message. The same message at the same time gives the same bytes, but for signatures. Errors
// are permanent failures.
func (s *settings) write(m *channel.Message) (*letter, error) {
	if err := m.Check(); err != nil {
		return nil, err
	}
	if err := checkAddress(m.To); err != nil {
		return nil, &channel.Failure{Suppress: true, EnhancedCode: "5.1.3", Reason: "to: " + err.Error()}
	}
	from := s.envelopeFrom
	if m.ReturnPath != "" {
		if err := checkAddress(m.ReturnPath); err != nil {
			return nil, channel.Unsendable("return path: %v", err)
		}
		from = m.ReturnPath
	}
	var b bytes.Buffer
	b.Grow(1024 + len(m.Text) + len(m.HTML) + (len(m.Text)+len(m.HTML))/8)
	if err := s.writeHeader(&b, m); err != nil {
		return nil, err
	}
	if err := writeBody(&b, m); err != nil {
		return nil, channel.Unsendable("body: %v", err)
	}
	data, err := s.sign(b.Bytes())
	if err != nil {
		return nil, err
	}
	return &letter{from: from, to: m.To, data: data}, nil
}

func (s *settings) writeHeader(b *bytes.Buffer, m *channel.Message) error {
	from, replyTo, err := s.speakers(m)
	if err != nil {
		return err
	}
	writeField(b, "Date", s.Now().UTC().Format(time.RFC1123Z))
	writeField(b, "From", encodeMailbox(from))
	writeField(b, "To", m.To)
	if replyTo != nil {
		writeField(b, "Reply-To", encodeMailbox(replyTo))
	}
	writeField(b, "Subject", encodeText(m.Subject))
	writeField(b, "Message-ID", "<"+messageID(m.Key, s.Domain)+">")
	// RFC 3834 section 5: nobody typed this, so absence notices should not answer it.
	writeField(b, "Auto-Submitted", "auto-generated")
	if err := writeUnsubscribe(b, m.Unsubscribe); err != nil {
		return err
	}
	for _, h := range m.Headers {
		if !mayAdd(h.Name) {
			return channel.Unsendable("header name is not one that a message may add")
		}
		writeField(b, h.Name, encodeText(h.Value))
	}
	return nil
}

// speakers are who speaks and who gets the answers (nil: whoever speaks).
func (s *settings) speakers(m *channel.Message) (from, replyTo *mail.Address, err error) {
	from, replyTo = s.from, s.replyTo
	if m.From != "" {
		if from, err = parseMailbox(m.From); err != nil {
			return nil, nil, channel.Unsendable("from: %v", err)
		}
	}
	if m.ReplyTo != "" {
		if replyTo, err = parseMailbox(m.ReplyTo); err != nil {
			return nil, nil, channel.Unsendable("reply-to: %v", err)
		}
	}
	return from, replyTo, nil
}

// messageID is the key itself where it can stand before the "@", so that bounces, complaints and
// replies name what they are about; a hash of it otherwise.
func messageID(key, domain string) string {
	if !isDotAtom(key) {
		sum := sha256.Sum256([]byte(key))
		key = "h." + hex.EncodeToString(sum[:16])
	}
	return key + "@" + domain
}

// writeUnsubscribe writes List-Unsubscribe (RFC 2369) and, where the URL is fit for it, the header
// that lets a mail program post to it in one click (RFC 8058: HTTPS only; this machine's own
// addresses are taken as well, for there is nobody in between).
func writeUnsubscribe(b *bytes.Buffer, address string) error {
	if address == "" {
		return nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return channel.Unsendable("unsubscribe is not an absolute https URL")
	}
	escaped := u.String() // whatever could end the brackets is
	if len(escaped) > channel.MaxURL {
		return channel.Unsendable("unsubscribe is over %d bytes", channel.MaxURL)
	}
	writeField(b, "List-Unsubscribe", "<"+escaped+">")
	if u.Scheme == "https" || isLoopback(u.Hostname()) {
		writeField(b, "List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
	}
	return nil
}

// mayAdd reports whether a message may bring a header of that name: those that mean nothing to a mail
// server or only say what the mail is about.
func mayAdd(name string) bool {
	switch strings.ToLower(name) {
	case "feedback-id", "in-reply-to", "references":
		return true
	}
	rest, ok := strings.CutPrefix(strings.ToLower(name), "x-")
	if !ok || rest == "" || len(name) > 60 {
		return false
	}
	for i := range len(rest) {
		if !isAlphanumeric(rest[i]) && rest[i] != '-' {
			return false
		}
	}
	return true
}

// writeBody writes the MIME header and the text, the HTML, or both as alternatives, the richer last
// (RFC 2046 section 5.1.4).
func writeBody(b *bytes.Buffer, m *channel.Message) error {
	writeField(b, "MIME-Version", "1.0")
	if m.Text == "" || m.HTML == "" {
		kind, body := "text/plain", m.Text
		if m.HTML != "" {
			kind, body = "text/html", m.HTML
		}
		writeField(b, "Content-Type", kind+"; charset=utf-8")
		writeField(b, "Content-Transfer-Encoding", "quoted-printable")
		b.WriteString("\r\n")
		return writeQuoted(b, body)
	}
	parts := multipart.NewWriter(b)
	if err := parts.SetBoundary(boundary(m.Key)); err != nil {
		return err
	}
	writeField(b, "Content-Type", `multipart/alternative; boundary="`+parts.Boundary()+`"`)
	b.WriteString("\r\n")
	for _, part := range [...]struct{ kind, body string }{{"text/plain", m.Text}, {"text/html", m.HTML}} {
		w, err := parts.CreatePart(textproto.MIMEHeader{
			"Content-Type":              {part.kind + "; charset=utf-8"},
			"Content-Transfer-Encoding": {"quoted-printable"},
		})
		if err != nil {
			return err
		}
		if err := writeQuoted(w, part.body); err != nil {
			return err
		}
	}
	return parts.Close()
}

// boundary separates the parts. "=_" never occurs in quoted-printable text (RFC 2045 section 6.7).
func boundary(key string) string {
	sum := sha256.Sum256([]byte("boundary " + key))
	return "=_" + hex.EncodeToString(sum[:12])
}

// lineEnds makes every end of a line the one that the writer of quoted-printable takes for one: of a carriage return alone
// it remembers too long that there was one.
var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

func writeQuoted(w io.Writer, body string) error {
	q := quotedprintable.NewWriter(w)
	if _, err := io.WriteString(q, lineEnds.Replace(strings.ToValidUTF8(body, "\uFFFD"))); err != nil {
		return err
	}
	return q.Close()
}
