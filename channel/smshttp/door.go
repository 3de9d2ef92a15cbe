package smshttp

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel"
)

// Door is where the provider tells what became of messages and what people write. All that it tells may be told any number of times.
//
// It answers 200 when everything is noted, 401 without a proof, 400 where a thing told cannot be read (the others are noted), and
// 503 where it is to be told again.
type Door struct {
	inbound  *Inbound
	listener channel.Listener
	now      func() time.Time
	log      *slog.Logger
}

// Bounds of what is told at once.
const (
	maxTold     = 256 << 10
	mostTold    = 500
	tellTimeout = 20 * time.Second
)

// NewDoor is the door of a Config that Parse returned and that has Inbound. now nil: time.Now; a nil log logs nothing.
func NewDoor(c *Config, to channel.Listener, now func() time.Time, log *slog.Logger) *Door {
	if now == nil {
		now = time.Now
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Door{inbound: c.Inbound, listener: to, now: now, log: log}
}

// ServeHTTP takes one request of the provider's.
func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "want POST", http.StatusMethodNotAllowed)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxTold))
	if err != nil {
		http.Error(w, "the body cannot be read, or is too long", http.StatusRequestEntityTooLarge)
		return
	}
	if !d.inbound.Proof.holds(r.Header, body) {
		http.Error(w, "the proof is missing or wrong", http.StatusUnauthorized)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), tellTimeout)
	defer cancel()
	d.answer(w, d.take(ctx, r.Header.Get("Content-Type"), body))
}

// errUnread is a thing told that makes no sense, and never will.
var errUnread = errors.New("cannot be read")

func (d *Door) answer(w http.ResponseWriter, err error) {
	switch {
	case err == nil:
		w.WriteHeader(http.StatusOK)
	case errors.Is(err, errUnread):
		d.log.Warn("what the provider of texts tells cannot be read", "error", err)
		http.Error(w, err.Error(), http.StatusBadRequest)
	default:
		if !errors.Is(err, channel.ErrEarly) {
			d.log.Error("what the provider of texts told could not be noted: it is asked to tell it again", "error", err)
		}
		w.Header().Set("Retry-After", "5")
		http.Error(w, "tell it again in a moment", http.StatusServiceUnavailable)
	}
}

// take notes everything that a body tells. Where something is to be told again, all of it is: that is the error which stays.
func (d *Door) take(ctx context.Context, kind string, body []byte) error {
	told, err := d.told(kind, body)
	if err != nil {
		return err
	}
	var unread error
	for i, one := range told {
		switch err := d.tell(ctx, one); {
		case errors.Is(err, errUnread):
			unread = fmt.Errorf("thing %d: %w", i, err)
		case err != nil:
			return err
		}
	}
	return unread
}

// told are the things in a body, each a JSON document.
func (d *Door) told(kind string, body []byte) ([]jsontext.Value, error) {
	if media, _, _ := mime.ParseMediaType(kind); media == "application/x-www-form-urlencoded" {
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return nil, fmt.Errorf("form %w", errUnread)
		}
		fields := map[string]string{}
		for name := range form {
			fields[name] = strings.ToValidUTF8(form.Get(name), "\ufffd")
		}
		one, err := json.Marshal(fields)
		if err != nil {
			return nil, fmt.Errorf("form %w", errUnread)
		}
		return []jsontext.Value{one}, nil
	}
	document := jsontext.Value(body)
	if !document.IsValid() {
		return nil, fmt.Errorf("JSON %w", errUnread)
	}
	if d.inbound.Each == "" {
		return []jsontext.Value{document}, nil
	}
	var told []jsontext.Value
	if list, ok := walk(document, d.inbound.Each); !ok || json.Unmarshal(list, &told) != nil || len(told) > mostTold {
		return nil, fmt.Errorf("%s: %w: want an array of up to %d", d.inbound.Each, errUnread, mostTold)
	}
	return told, nil
}

// tell tells the listener of one thing: a receipt where its state is one that the Config names, else a reply where there is a text.
// Anything else is none of our business.
func (d *Door) tell(ctx context.Context, one jsontext.Value) error {
	form := &d.inbound.Receipt
	state, _ := find(one, form.State)
	switch {
	case slices.Contains(form.Underway, state):
		return nil
	case slices.Contains(form.Delivered, state):
		return d.report(ctx, one, channel.Delivered)
	case slices.Contains(form.Undelivered, state):
		return d.report(ctx, one, channel.Undelivered)
	}
	if text, _ := find(one, d.inbound.Reply.Text); strings.TrimSpace(text) != "" {
		return d.reply(ctx, one, text)
	}
	d.log.Info("the provider of texts tells what is neither a receipt nor a reply")
	return nil
}

func (d *Door) report(ctx context.Context, one jsontext.Value, fate channel.Fate) error {
	form := &d.inbound.Receipt
	r := channel.Report{Channel: aparte.SMS, Fate: fate, At: d.now().UTC()}
	r.Key, _ = find(one, form.Key)
	if r.Key == "" {
		address, _ := find(one, form.Address)
		r.Address = number(address)
		r.Reference, _ = find(one, form.Reference)
		if r.Address == "" || !isReference(r.Reference) {
			return fmt.Errorf("receipt %w: it names no message", errUnread)
		}
	}
	if fate == channel.Undelivered {
		code, _ := find(one, form.Code)
		r.Code, _ = strconv.Atoi(code)
		r.Reason, r.Suppress = "it cannot be delivered", slices.Contains(form.DeadCodes, code)
	}
	return d.listener.Reported(ctx, &r)
}

func (d *Door) reply(ctx context.Context, one jsontext.Value, text string) error {
	form := &d.inbound.Reply
	id, _ := find(one, form.ID)
	from, _ := find(one, form.From)
	if !isReference(id) || from == "" {
		return fmt.Errorf("reply %w: it has no id of visible ASCII, or no sender", errUnread)
	}
	to, _ := find(one, form.To)
	return d.listener.Replied(ctx, &channel.Reply{Channel: aparte.SMS, ID: id, From: number(from), To: to, Text: text, At: d.now().UTC()})
}

// number is a number as people have them: providers leave the plus sign out.
func number(s string) string {
	if isDigits(s) {
		return "+" + s
	}
	return s
}

// holds reports whether a request is the provider's, in a time that does not tell where it is not.
func (p *Proof) holds(h http.Header, body []byte) bool {
	given, ok := strings.CutPrefix(h.Get(p.Header), p.Prefix)
	if !ok {
		return false
	}
	if p.HMAC == "" {
		want, got := sha256.Sum256([]byte(p.Secret)), sha256.Sum256([]byte(given))
		return hmac.Equal(want[:], got[:])
	}
	var signature []byte
	var err error
	if p.Encoding == "base64" {
		signature, err = base64.StdEncoding.DecodeString(given)
	} else {
		signature, err = hex.DecodeString(given)
	}
	if err != nil {
		return false
	}
	mac := hmac.New(p.hash(), []byte(p.Secret))
	mac.Write(body)
	return hmac.Equal(mac.Sum(nil), signature)
}

func (p *Proof) hash() func() hash.Hash {
	if p.HMAC == "sha512" {
		return sha512.New
	}
	return sha256.New
}
