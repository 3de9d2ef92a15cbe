package grant

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
)

// Kind is a kind of destination.
type Kind string

// The kinds of destination.
const (
	Channel Kind = "channel" // the provider that a channel hands its messages to
	Webhook Kind = "webhook" // another system that is told what happens
	Ads     Kind = "ads"     // an account at an advertising platform
	File    Kind = "file"    // whoever takes exports, as a file or by the door
)

// The kinds in the order in which they are told.
var kinds = []Kind{Channel, Webhook, Ads, File}

// Field is a part of what is known of somebody, as far as destinations differ by it.
type Field string

// The fields.
const (
	Address     Field = "address"     // on the channel, and the message with what it says
	Identifiers Field = "identifiers" // what names or locates somebody; without it people go by their p_… alone
	People      Field = "people"      // traits, consents, what was bought, what was worked out
	Events      Field = "events"
	Decisions   Field = "decisions"
	Hashed      Field = "hashed" // hashes of addresses, click ids, and what was bought after them
)

// fields are those that a kind of destination can be granted.
var fields = map[Kind][]Field{
	Channel: {Address},
	Webhook: {People, Events, Decisions, Identifiers},
	Ads:     {Hashed},
	File:    {People, Events, Decisions, Hashed, Identifiers},
}

// Fields are those that a kind of destination can be granted.
func Fields(k Kind) []Field { return slices.Clone(fields[k]) }

// Grant lets personal data go to one destination.
type Grant struct {
	ID       string           `json:"id"`                // the kind, a colon, a name: webhook:crm
	Host     string           `json:"host"`              // the host it goes to; of files, who takes them, in words
	Purposes []aparte.Purpose `json:"purposes"`          // what it may be used for there: of whom their answers to any of these keep it, nothing goes
	Channel  aparte.Channel   `json:"channel,omitempty"` // on which it will be used for that; empty: on none of these
	Fields   []Field          `json:"fields"`
	By       string           `json:"by"` // who gave it
	Since    time.Time        `json:"since"`
	Until    time.Time        `json:"until,omitzero"` // zero: until it is taken back

	Revoked   time.Time `json:"revoked,omitzero"` // zero: it was not
	RevokedBy string    `json:"revokedBy,omitempty"`

	Uses int64     `json:"uses"` // since it was first given: messages, notices, requests, exports
	Used time.Time `json:"used,omitzero"`
}

// Kind is what sort of destination it is.
func (g *Grant) Kind() Kind {
	kind, _, _ := strings.Cut(g.ID, ":")
	return Kind(kind)
}

// Name is what the destination is called among those of its kind.
func (g *Grant) Name() string {
	_, name, _ := strings.Cut(g.ID, ":")
	return name
}

// InForce reports whether it holds at a time.
func (g *Grant) InForce(now time.Time) bool {
	return g.Revoked.IsZero() && (g.Until.IsZero() || now.Before(g.Until))
}

// Covers reports whether it lets fields go.
func (g *Grant) Covers(all ...Field) bool {
	for _, f := range all {
		if !slices.Contains(g.Fields, f) {
			return false
		}
	}
	return true
}

// ErrNotGranted: nothing may go there, or not that.
var ErrNotGranted = errors.New("not granted")

// Flaw is what is wrong with a grant that is asked for.
type Flaw struct{ Pointer, Reason string }

func (f *Flaw) Error() string { return f.Pointer + ": " + f.Reason }

var name = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)

const maxHost = 253 // bytes, of a host's name (RFC 1035)

func (g *Grant) check(now time.Time) error {
	may := fields[g.Kind()]
	switch {
	case may == nil || !name.MatchString(g.Name()):
		return &Flaw{"/id", "must be channel, webhook, ads or file, a colon, and a name of a-z, 0-9, - and _"}
	case g.Host == "" || len(g.Host) > maxHost || strings.ContainsFunc(g.Host, func(r rune) bool { return r < ' ' }):
		return &Flaw{"/host", fmt.Sprintf("must say where it goes, in 1 to %d bytes", maxHost)}
	case len(g.Purposes) == 0:
		return &Flaw{"/purposes", "must name what it is used for there"}
	case len(g.Fields) == 0:
		return &Flaw{"/fields", "must name what may go"}
	case !g.Until.IsZero() && !g.Until.After(now):
		return &Flaw{"/until", "must be in the future"}
	}
	for i, p := range g.Purposes {
		if p != aparte.Marketing && p != aparte.Service && p != aparte.Profiling && p != aparte.Location || slices.Contains(g.Purposes[:i], p) {
			return &Flaw{fmt.Sprintf("/purposes/%d", i), "must be marketing, service, profiling or location, each once"}
		}
	}
	for i, f := range g.Fields {
		if !slices.Contains(may, f) || slices.Contains(g.Fields[:i], f) {
			return &Flaw{fmt.Sprintf("/fields/%d", i), fmt.Sprintf("must be one of %v, each once", may)}
		}
	}
	switch {
	case g.Channel != "" && !slices.Contains(channels, g.Channel):
		return &Flaw{"/channel", "is no channel"}
	case g.Kind() == Ads && (g.Channel != aparte.Ads || !slices.Equal(g.Purposes, []aparte.Purpose{aparte.Marketing})):
		return &Flaw{"/purposes", "must be marketing, and the channel ads: that is what platforms are told for"}
	}
	return nil
}

var channels = []aparte.Channel{
	aparte.Web, aparte.Email, aparte.MobilePush, aparte.WebPush, aparte.SMS, aparte.InApp, aparte.Ads, aparte.Human, aparte.Webhook,
}
