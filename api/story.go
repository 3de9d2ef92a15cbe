package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/go-json-experiment/json/jsontext"
)

// events answers GET /v1/admin/people/{id}/events, newest first.
func (s *server) events(w http.ResponseWriter, r *http.Request) error {
	p, err := s.storyPage(r, func(e *engine.StoryEntry) bool { return e.Event != nil })
	if err != nil {
		return err
	}
	s.json(w, http.StatusOK, struct {
		Events []eventDocument `json:"events"`
		Next   time.Time       `json:"next,omitzero"`
	}{each(p.entries, func(e engine.StoryEntry) eventDocument { return eventDocumentOf(&e) }), p.next})
	return nil
}

// eventDocument is an event under the names it came by, as far as Segment has one.
type eventDocument struct {
	Seq               uint64           `json:"seq"`
	Type              aparte.EventType `json:"type"`
	MessageID         aparte.MessageID `json:"messageId"`
	UserID            string           `json:"userId,omitempty"`
	AnonymousID       string           `json:"anonymousId,omitempty"`
	PreviousID        string           `json:"previousId,omitempty"`
	GroupID           string           `json:"groupId,omitempty"`
	Event             string           `json:"event,omitempty"`
	Name              string           `json:"name,omitempty"`
	Properties        jsontext.Value   `json:"properties,omitempty"`
	Traits            jsontext.Value   `json:"traits,omitempty"`
	Context           jsontext.Value   `json:"context,omitempty"`
	Timestamp         time.Time        `json:"timestamp"`
	OriginalTimestamp time.Time        `json:"originalTimestamp"`
	SentAt            time.Time        `json:"sentAt,omitzero"`
	ReceivedAt        time.Time        `json:"receivedAt"`
	Source            string           `json:"source"`
}

func eventDocumentOf(entry *engine.StoryEntry) eventDocument {
	e := entry.Event
	d := eventDocument{
		Seq: entry.Seq, Type: e.Type, MessageID: e.MessageID,
		UserID: e.UserID, AnonymousID: e.AnonymousID, PreviousID: e.PreviousID, GroupID: e.GroupID,
		Properties: jsontext.Value(e.Properties), Traits: jsontext.Value(e.Traits), Context: jsontext.Value(e.Context),
		Timestamp: e.Timestamp, OriginalTimestamp: e.OriginalTimestamp, SentAt: e.SentAt, ReceivedAt: e.ReceivedAt,
		Source: e.Source,
	}
	if e.Type == aparte.Track {
		d.Event = e.Name
	} else {
		d.Name = e.Name
	}
	return d
}

// page is a piece of a story.
type page struct {
	person  aparte.PersonID
	entries []engine.StoryEntry
	next    time.Time // what "before" asks for what is older; zero: this is the end
}

// How much of a story is read for one page.
const (
	usualPage   = 50
	largestPage = 500
	deepestRead = 1 << 14
)

// storyPage reads the page of a story that a request asks for: ?limit= entries that keep wants, from
// before ?before=. Pages are cut between instants, so that what happened at the same one stays together
// and nothing is lost from one page to the next; a page may be a little longer than its limit for it.
func (s *server) storyPage(r *http.Request, keep func(*engine.StoryEntry) bool) (page, error) {
	limit, before, err := pageAsked(r)
	if err != nil {
		return page{}, err
	}
	id, err := s.whom(r.Context(), r.PathValue("id"))
	if err != nil {
		return page{}, err
	}
	p, err := s.readPage(r.Context(), id, before, limit, keep)
	return p, unknownPerson(err)
}

func (s *server) readPage(ctx context.Context, id aparte.PersonID, before time.Time, limit int, keep func(*engine.StoryEntry) bool) (page, error) {
	for read := 4 * limit; ; read *= 4 {
		read = min(read, deepestRead)
		entries, err := s.engine.Story(ctx, id, before, read)
		if err != nil {
			return page{}, err
		}
		kept, next, full := cutPage(entries, len(entries) == read, limit, keep)
		if full || read == deepestRead {
			return page{id, kept, next}, nil
		}
	}
}

// cutPage keeps what is wanted of entries, up to the instant at which there are limit of them. next is
// that instant where something older remains; more says that something does beyond entries. A page is
// full unless reading further could put more into it.
func cutPage(entries []engine.StoryEntry, more bool, limit int, keep func(*engine.StoryEntry) bool) (kept []engine.StoryEntry, next time.Time, full bool) {
	for i := range entries {
		if len(kept) >= limit && !entries[i].At.Equal(entries[i-1].At) {
			return kept, entries[i-1].At, true
		}
		if keep(&entries[i]) {
			kept = append(kept, entries[i])
		}
	}
	if !more {
		return kept, time.Time{}, true
	}
	// The last instant read may go on beyond what was read: leave it to the next page, unless it is all
	// there is.
	last := entries[len(entries)-1].At
	if entries[0].At.Equal(last) {
		return kept, last, false
	}
	for len(kept) > 0 && kept[len(kept)-1].At.Equal(last) {
		kept = kept[:len(kept)-1]
	}
	return kept, last.Add(1), len(kept) >= limit
}

// pageAsked reads ?limit= and ?before=.
func pageAsked(r *http.Request) (limit int, before time.Time, err error) {
	limit = usualPage
	query := r.URL.Query()
	if text := query.Get("limit"); text != "" {
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 {
			return 0, before, &problem{wholeRequest, "limit", "must be a whole number from 1"}
		}
		limit = min(limit, largestPage)
	}
	if text := query.Get("before"); text != "" {
		var ok bool
		if before, ok = parseTime([]byte(text)); !ok {
			return 0, before, &problem{wholeRequest, "before", "must be a time in ISO 8601"}
		}
	}
	return limit, before, nil
}
