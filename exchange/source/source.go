package source

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/exchange/form"
	"github.com/aparte-dev/aparte/exchange/load"
)

// Kind is what the rows of a source are about.
type Kind string

// The kinds. The first three are those of a load.
const (
	Events     = Kind(load.Events)
	People     = Kind(load.People)
	Attributes = Kind(load.Attributes)
	Costs      = Kind("costs")     // what advertising elsewhere has cost; read whole
	Catalogue  = Kind("catalogue") // items; read whole
)

// Kinds are all kinds.
var Kinds = []Kind{People, Events, Attributes, Costs, Catalogue}

// whole reports whether rows of a kind are all read each time: they make way for what was said before of the same thing.
func (k Kind) whole() bool { return k == Costs || k == Catalogue }

// Bounds of what can be declared.
const (
	maxSources = 16
	maxQuery   = 16 << 10
	maxMap     = 64 << 10
	maxCursor  = 63 // bytes of a name in PostgreSQL
	minEvery   = time.Minute
	maxEvery   = 31 * 24 * time.Hour
)

// ErrSource is a source that cannot be. The text behind it begins with the JSON pointer of what is wrong.
var ErrSource = errors.New("source")

// Source is a query that is asked again and again.
type Source struct {
	ID string `json:"id"`

	// Address names the secret that is the database's address: env:APARTE_SOURCE_… a variable of the environment, file:… a file of the
	// directory that the server was started with (see Addresses). It is read at each run.
	Address string `json:"address"`

	Query  string `json:"query"`
	Brings Kind   `json:"brings"`

	// Cursor is a column of the query that grows as rows are written, such as updated_at: what was read before is left out. People,
	// events and attributes need one; what is read whole has none.
	Cursor string `json:"cursor,omitzero"`

	// Map says what the columns are, as the file of aparte import --map does; empty: by their names.
	Map json.RawMessage `json:"map,omitempty"`

	Every aparte.Duration `json:"every,omitzero"` // from the beginning of a run to the next, or
	At    string          `json:"at,omitzero"`    // each day at an hour, such as 03:30,
	Zone  string          `json:"zone,omitzero"`  // of a time zone, such as Europe/Paris; empty: UTC

	Enabled bool `json:"enabled"`
}

// From is what events of a source say that they come from.
func From(id string) string { return "query/" + id }

var sourceID = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)

func wrong(pointer, reason string) error { return fmt.Errorf("%w: %s: %s", ErrSource, pointer, reason) }

// check says what is wrong with a source.
func (s *Source) check() error {
	switch {
	case !sourceID.MatchString(s.ID):
		return wrong("/id", "must be 1 to 64 of a-z, 0-9 and -")
	case !named(s.Address):
		return wrong("/address", "must name a secret: env:"+variables+"… or file:…")
	case strings.TrimRight(s.Query, "; \t\r\n") == "" || len(s.Query) > maxQuery:
		return wrong("/query", fmt.Sprintf("must be a query of at most %d bytes", maxQuery))
	}
	switch known := s.Brings; {
	case known != People && known != Events && known != Attributes && !known.whole():
		return wrong("/brings", "must be people, events, attributes, costs or catalogue")
	case known.whole() && s.Cursor != "":
		return wrong("/cursor", "is not for "+string(known)+": they are read whole")
	case !known.whole() && (s.Cursor == "" || len(s.Cursor) > maxCursor):
		return wrong("/cursor", "must name a column that grows as rows are written, such as updated_at: all rows would come again each time")
	case known == Costs && len(s.Map) > 0:
		return wrong("/map", "is not for costs: name the columns in the query, day, channel, campaign, amount, currency")
	}
	if _, _, err := s.form(); err != nil {
		return wrong("/map", err.Error())
	}
	return s.checkTime()
}

func (s *Source) checkTime() error {
	switch every := s.Every.Std(); {
	case (every == 0) == (s.At == ""):
		return wrong("/every", "goes without at: say either how often or at which hour")
	case s.At == "" && s.Zone != "":
		return wrong("/zone", "goes with at")
	case s.At == "" && (every < minEvery || every > maxEvery):
		return wrong("/every", "must be from 1m to 31d")
	case s.At == "":
		return nil
	}
	if _, err := time.Parse("15:04", s.At); err != nil || len(s.At) != 5 {
		return wrong("/at", "must be an hour such as 03:30")
	}
	if _, err := time.LoadLocation(s.Zone); err != nil || s.Zone == "Local" {
		return wrong("/zone", "must be a time zone such as Europe/Paris")
	}
	return nil
}

// form is what the rows become; nil: what is usual. lenient are the columns that may be missing though it asks for them.
func (s *Source) form() (f *form.Form, lenient []string, err error) {
	if len(s.Map) == 0 {
		if s.Brings.whole() {
			return nil, nil, nil
		}
		f = load.Usual(load.Kind(s.Brings))
		return f, f.Columns(), nil
	}
	if len(s.Map) > maxMap {
		return nil, nil, fmt.Errorf("has more than %d bytes", maxMap)
	}
	f, err = form.Parse(s.Map)
	return f, nil, err
}

// asks reports whether two sources ask the same: where one is, the other goes on.
func (s *Source) asks(o *Source) bool {
	return s.Query == o.Query && s.Cursor == o.Cursor && s.Brings == o.Brings && s.Address == o.Address
}
