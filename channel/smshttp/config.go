package smshttp

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/net/http/httpguts"

	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/gsm"
)

// Config says how a provider is spoken to. It is read by [Parse]; texts in it may hold variables, see template.
type Config struct {
	URL     string            `json:"url"`     // https, or http where Private; required. Of variables only env.…: a number in a URL ends in logs
	Method  string            `json:"method"`  // default POST
	Headers map[string]string `json:"headers"` // of variables env.… and key
	JSON    jsontext.Value    `json:"json"`    // the body: variables stand in its strings; or:
	Form    map[string]string `json:"form"`    // the body as a form

	From     string `json:"from"`     // who speaks where the message does not say; empty: the provider knows
	Segments int    `json:"segments"` // of a message, at most; default 6, 255 at most
	Rate     int    `json:"rate"`     // requests a second, at most; 0: no bound
	Private  bool   `json:"private"`  // it is in a private network, this host included

	Answer  Answers  `json:"answer"`
	Inbound *Inbound `json:"inbound"` // nil: nothing is heard
}

// Answers say what the provider's answers mean. Without any, 2xx has taken the message, 401, 403, 408, 425, 429 and 5xx are
// temporary failures (the account can be put right), all else is permanent.
type Answers struct {
	ID        jsontext.Pointer `json:"id"`        // in a JSON answer: the provider's name for the message; empty: none
	Temporary []int            `json:"temporary"` // statuses that are temporary failures, and
	Permanent []int            `json:"permanent"` // those that are permanent, whatever they usually are

	Code           jsontext.Pointer `json:"code"`       // in a JSON answer: the provider's own code
	TakenCodes     []string         `json:"takenCodes"` // where not empty, a 2xx with another code, or none, was refused
	TemporaryCodes []string         `json:"temporaryCodes"`
	DeadCodes      []string         `json:"deadCodes"` // nobody has the number
}

// Inbound says how what the provider tells is verified and read. Pointers are into each thing told: a JSON document, or a form as
// an object.
type Inbound struct {
	Proof   Proof            `json:"proof"`
	Each    jsontext.Pointer `json:"each"` // to an array of things told at once; empty: the body is one
	Reply   ReplyForm        `json:"reply"`
	Receipt ReceiptForm      `json:"receipt"`
}

// Proof is by what the provider is known: a header that is the secret or, with HMAC, the signature of the body by it.
type Proof struct {
	Header   string `json:"header"`   // required
	Secret   string `json:"secret"`   // required, of at least 16 bytes; {{ env.… }}
	HMAC     string `json:"hmac"`     // sha256 or sha512; empty: the header is the secret
	Encoding string `json:"encoding"` // of the signature: hex, the default, or base64
	Prefix   string `json:"prefix"`   // before it, such as "sha256="
}

// ReplyForm is where the parts of what somebody wrote stand.
type ReplyForm struct {
	ID   jsontext.Pointer `json:"id"` // required where any of it is: the same when it is told again
	From jsontext.Pointer `json:"from"`
	To   jsontext.Pointer `json:"to"`
	Text jsontext.Pointer `json:"text"`
}

// ReceiptForm is where the parts of a receipt stand. A thing told is a receipt where State points to one of the words.
type ReceiptForm struct {
	Key         jsontext.Pointer `json:"key"`       // the message's Key, where the provider gives it back; or:
	Reference   jsontext.Pointer `json:"reference"` // its own name for the message, and
	Address     jsontext.Pointer `json:"address"`   // the number that it went to
	State       jsontext.Pointer `json:"state"`
	Delivered   []string         `json:"delivered"`   // states
	Undelivered []string         `json:"undelivered"` // states
	Underway    []string         `json:"underway"`    // states that say nothing of an end
	Code        jsontext.Pointer `json:"code"`
	DeadCodes   []string         `json:"deadCodes"` // of an undelivered one: nobody has the number
}

// MaxConfig bounds a document, in bytes.
const MaxConfig = 64 << 10

// Parse reads a Config. Secrets come from the environment, by env; an error begins with the JSON pointer of what is wrong, and
// repeats no value.
func Parse(text []byte, env func(name string) (string, bool)) (*Config, error) {
	if len(text) > MaxConfig {
		return nil, fmt.Errorf("has more than %d bytes", MaxConfig)
	}
	var c Config
	if err := json.Unmarshal(text, &c, json.RejectUnknownMembers(true)); err != nil {
		return nil, unread(err)
	}
	if err := c.expand(env); err != nil {
		return nil, err
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	return &c, nil
}

// unread is why a document is no Config.
func unread(err error) error {
	var meaning *json.SemanticError
	var syntax *jsontext.SyntacticError
	switch {
	case errors.As(err, &meaning) && errors.Is(err, json.ErrUnknownName):
		return fmt.Errorf("%s: is not known here", meaning.JSONPointer)
	case errors.As(err, &meaning) && meaning.JSONPointer != "":
		return fmt.Errorf("%s: is not of the right type", meaning.JSONPointer)
	case errors.As(err, &syntax) && syntax.JSONPointer != "":
		return fmt.Errorf("%s: is not JSON", syntax.JSONPointer)
	}
	return errors.New("is no JSON object")
}

func (c *Config) check() error {
	u, err := url.Parse(c.URL)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && (u.Scheme != "http" || !c.Private):
		return errors.New("/url: want https://HOST/PATH, without a password; http only with private")
	case (c.JSON == nil) == (c.Form == nil):
		return errors.New("/json: is required, or /form")
	case c.Segments < 0 || c.Segments > gsm.MaxSegments:
		return fmt.Errorf("/segments: want up to %d", gsm.MaxSegments)
	case c.Rate < 0:
		return errors.New("/rate: is below zero")
	case len(c.From) > channel.MaxLine || strings.ContainsAny(c.From, "\r\n\x00"):
		return errors.New("/from: is too long, or holds a line break")
	}
	for name, value := range c.Headers {
		if !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value) {
			return fmt.Errorf("/headers/%s: is no header", strings.ToValidUTF8(name, "?"))
		}
	}
	if c.Method == "" {
		c.Method = http.MethodPost
	}
	if c.Method != http.MethodPost && c.Method != http.MethodPut {
		return errors.New("/method: want POST or PUT")
	}
	if c.Segments == 0 {
		c.Segments = 6
	}
	if err := c.Answer.check(); err != nil {
		return err
	}
	if c.Inbound == nil {
		return nil
	}
	return c.Inbound.check()
}

func (a *Answers) check() error {
	for name, p := range map[string]jsontext.Pointer{"id": a.ID, "code": a.Code} {
		if p != "" && !p.IsValid() {
			return fmt.Errorf("/answer/%s: is no JSON pointer", name)
		}
	}
	if a.Code == "" && len(a.TakenCodes)+len(a.TemporaryCodes)+len(a.DeadCodes) > 0 {
		return errors.New("/answer/code: is required with codes")
	}
	return nil
}

// minSecret is the least length of a secret: a machine makes it.
const minSecret = 16

func (in *Inbound) check() error {
	p := &in.Proof
	switch {
	case p.Header == "":
		return errors.New("/inbound/proof/header: is required")
	case len(p.Secret) < minSecret:
		return fmt.Errorf("/inbound/proof/secret: want at least %d bytes", minSecret)
	case p.HMAC != "" && p.HMAC != "sha256" && p.HMAC != "sha512":
		return errors.New("/inbound/proof/hmac: want sha256 or sha512")
	case p.Encoding != "" && p.Encoding != "hex" && p.Encoding != "base64":
		return errors.New("/inbound/proof/encoding: want hex or base64")
	}
	for _, at := range []struct {
		name    string
		pointer jsontext.Pointer
	}{
		{"each", in.Each}, {"reply/id", in.Reply.ID}, {"reply/from", in.Reply.From}, {"reply/to", in.Reply.To}, {"reply/text", in.Reply.Text},
		{"receipt/key", in.Receipt.Key}, {"receipt/reference", in.Receipt.Reference}, {"receipt/address", in.Receipt.Address},
		{"receipt/state", in.Receipt.State}, {"receipt/code", in.Receipt.Code},
	} {
		if at.pointer != "" && !at.pointer.IsValid() {
			return fmt.Errorf("/inbound/%s: is no JSON pointer", at.name)
		}
	}
	reply, receipt := in.Reply, in.Receipt
	switch {
	case reply == (ReplyForm{}) && receipt.State == "":
		return errors.New("/inbound: says of neither replies nor receipts where they stand")
	case reply != (ReplyForm{}) && (reply.ID == "" || reply.From == "" || reply.Text == ""):
		return errors.New("/inbound/reply: id, from and text are required")
	case receipt.State != "" && receipt.Key == "" && (receipt.Reference == "" || receipt.Address == ""):
		return errors.New("/inbound/receipt: key is required, or reference and address")
	case receipt.State != "" && len(receipt.Delivered)+len(receipt.Undelivered) == 0:
		return errors.New("/inbound/receipt: which states are delivered and undelivered is required")
	}
	return nil
}
