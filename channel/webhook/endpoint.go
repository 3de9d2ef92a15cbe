package webhook

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel/account"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/exchange/adplatform"
)

// Bounds of what can be declared.
const (
	maxEndpoints = 16
	maxURL       = 2048
)

// ErrEndpoint is an endpoint that cannot be. The text behind it begins with the JSON pointer of what is wrong.
var ErrEndpoint = errors.New("webhook")

// Endpoint is somebody who is told of what happens.
type Endpoint struct {
	ID          string              `json:"id"`
	URL         string              `json:"url"`
	Kinds       []aparte.NoticeKind `json:"types"`
	Identifiers bool                `json:"identifiers"` // with what names or locates people: userId, e-mail, names; else they are told by their p_… alone
	Enabled     bool                `json:"enabled"`

	// Where is a condition in CEL on what is told, type and data as the message has them: what it does not hold for is not told. Empty:
	// all is. It goes by what the message says, which names nobody without Identifiers.
	Where string `json:"where,omitempty"`

	// Ads makes the endpoint an account at an advertising platform, which is told in that platform's own words, and of what it
	// needs to know alone: Kinds and Identifiers are not asked. An empty URL is that of the platform.
	Ads *aparte.AdAccount `json:"ads,omitempty"`
	// Token shows the platform who asks: of Google the file of a service account, of others an access token. It is taken, kept
	// and never told; where it is empty, the one that is kept stays.
	Token string `json:"token,omitempty"`
}

// filter compiles what an endpoint wants to be told of; nil: everything.
func (e *Endpoint) filter() (*decide.Condition, error) {
	if e.Where == "" {
		return nil, nil
	}
	language, err := decide.NewNoticeConditions()
	if err != nil {
		return nil, err
	}
	return language.Compile(e.Where)
}

// stop is why an endpoint is told nothing any more, though it is enabled.
type stop string

// The reasons.
const (
	gone    stop = "gone"    // it answered 410
	failing stop = "failing" // it took nothing for three days
	full    stop = "full"    // more waits for it than is kept
	unread  stop = "filter"  // what it wants to be told of cannot be read any more
)

// kept is an endpoint as it is kept.
type kept struct {
	Endpoint
	Secret      string    `json:"secret,omitempty"`
	Former      string    `json:"former,omitempty"` // signs, too, until
	FormerUntil time.Time `json:"formerUntil,omitzero"`
	Record      record    `json:"record"`

	wants *decide.Condition // Where; nil: everything
}

// record is what became of deliveries.
type record struct {
	Stopped      stop      `json:"stopped,omitempty"`
	StoppedAt    time.Time `json:"stoppedAt,omitzero"`
	FailingSince time.Time `json:"failingSince,omitzero"` // zero: the last attempt was taken
	Delivered    int64     `json:"delivered"`
	Failed       int64     `json:"failed"`              // attempts
	PassedOver   int64     `json:"passedOver,omitzero"` // what Where did not hold for
	Withheld     int64     `json:"withheld,omitzero"`   // what the grant, or the person's answers, kept from being told
	DeliveredAt  time.Time `json:"deliveredAt,omitzero"`
	FailedAt     time.Time `json:"failedAt,omitzero"`
	FailedWith   string    `json:"failedWith,omitempty"` // a status, or why there was none
}

// secrets are those that sign at a time, the newest first.
func (k *kept) secrets(now time.Time) []string {
	if k.Former != "" && now.Before(k.FormerUntil) {
		return []string{k.Secret, k.Former}
	}
	return []string{k.Secret}
}

var endpointID = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)

// maxToken bounds a token: a service account's file has about 2,400 bytes.
const maxToken = 8 << 10

func wrong(pointer, reason string) error {
	return fmt.Errorf("%w: %s: %s", ErrEndpoint, pointer, reason)
}

// settle fills in what an account at a platform leaves out, and says what is wrong with it.
func (e *Endpoint) settle() error {
	if pointer, reason := adplatform.Check(e.Ads); reason != "" {
		return wrong("/ads"+pointer, reason)
	}
	switch {
	case len(e.Token) > maxToken || strings.ContainsFunc(e.Token, func(r rune) bool { return r > '~' || r < ' ' && e.Ads.Platform != aparte.GoogleAds }):
		return wrong("/token", "cannot be one")
	case e.Ads.Platform == aparte.GoogleAds && e.Token != "":
		if _, err := account.Parse([]byte(e.Token)); err != nil {
			return wrong("/token", err.Error())
		}
	}
	if e.URL == "" {
		e.URL = adplatform.Home(e.Ads.Platform)
	}
	e.Kinds, e.Identifiers = adplatform.Kinds(e.Ads), false
	return nil
}

// check says what is wrong with an endpoint.
func (e *Endpoint) check(private bool) error {
	if e.Ads != nil {
		if e.Where != "" {
			return wrong("/where", "goes without ads: a platform is told of its audiences and events")
		}
		if err := e.settle(); err != nil {
			return err
		}
	} else if e.Token != "" {
		return wrong("/token", "goes with ads: others are shown a signature")
	}
	if !endpointID.MatchString(e.ID) {
		return wrong("/id", "must be 1 to 64 of a-z, 0-9 and -")
	}
	u, err := url.Parse(e.URL)
	switch {
	case err != nil || len(e.URL) > maxURL || u.Host == "" || u.Opaque != "":
		return wrong("/url", "must be an address such as https://crm.example.com/aparte")
	case u.Scheme != "https" && (u.Scheme != "http" || !private):
		return wrong("/url", "must begin with https://")
	case u.User != nil:
		return wrong("/url", "must not hold a password: the signature tells who sends")
	case u.Fragment != "":
		return wrong("/url", "must not have a fragment")
	case len(e.Kinds) == 0:
		return wrong("/types", "must name what it is told of")
	}
	for i, kind := range e.Kinds {
		if !slices.Contains(aparte.NoticeKinds, kind) {
			return wrong(fmt.Sprintf("/types/%d", i), "is none that there is")
		}
		if slices.Contains(e.Kinds[:i], kind) {
			return wrong(fmt.Sprintf("/types/%d", i), "stands there twice")
		}
	}
	if _, err := e.filter(); err != nil {
		return wrong("/where", err.Error())
	}
	return nil
}
