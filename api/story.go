package api

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/go-json-experiment/json/jsontext"
)

// events answers GET /v1/admin/people/{id}/events, newest first.
func (s *server) events(w http.ResponseWriter, r *http.Request) error {
	p, err := s.storyPage(r, wanted{at: func(e *engine.StoryEntry) (time.Time, bool) {
		if e.Event == nil {
			return time.Time{}, false
		}
		return e.Event.Timestamp, true
	}})
	if err != nil {
		return err
	}
	s.json(w, http.StatusOK, struct {
		Events []eventDocument `json:"events"`
		Next   string          `json:"next,omitempty"`
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
	next    string // what "before" asks for what is older; empty: this is the end
}

// How much of a story is read for one page.
const (
	usualPage   = 50
	largestPage = 500
	deepestRead = 1 << 14
)

// wanted says what of a story a door tells.
type wanted struct {
	at       func(*engine.StoryEntry) (happened time.Time, ok bool) // not ok: it is passed over
	together func(a, b *engine.StoryEntry) bool                     // two neighbours count as one; nil: none do
}

// storyPage reads the page of a story that a request asks for: ?limit= of what is wanted, from ?before= on.
func (s *server) storyPage(r *http.Request, w wanted) (page, error) {
	limit, err := limitAsked(r)
	if err != nil {
		return page{}, err
	}
	from, err := bookmarkAsked(r)
	if err != nil {
		return page{}, err
	}
	id, err := s.whom(r.Context(), r.PathValue("id"))
	if err != nil {
		return page{}, err
	}
	for read := 4 * limit; ; read *= 4 {
		read = min(read, deepestRead)
		entries, err := s.engine.Story(r.Context(), id, from.place, read)
		if err != nil {
			return page{}, unknownPerson(err)
		}
		kept, rest := w.cut(entries, limit, from.happened)
		switch {
		case rest < len(entries): // something wanted is left
		case len(entries) < read:
			return page{id, kept, ""}, nil
		case read < deepestRead:
			continue
		}
		return page{id, kept, from.beyond(entries[:rest])}, nil
	}
}

// cut takes up to limit of what is wanted and happened before a time (zero: any) out of entries. rest is the
// first wanted entry that is left, or how many there are.
func (w wanted) cut(entries []engine.StoryEntry, limit int, before time.Time) (kept []engine.StoryEntry, rest int) {
	n := 0
	for i := range entries {
		e := &entries[i]
		if at, ok := w.at(e); !ok || !before.IsZero() && !at.Before(before) {
			continue
		}
		if len(kept) == 0 || w.together == nil || !w.together(&kept[len(kept)-1], e) {
			if n == limit {
				return kept, i
			}
			n++
		}
		kept = append(kept, *e)
	}
	return kept, len(entries)
}

// bookmark is where a page begins.
type bookmark struct {
	place    engine.StoryPlace
	happened time.Time // only what happened before; zero: whenever
}

func (b bookmark) beyond(read []engine.StoryEntry) string {
	text := b.place.Beyond(read).String()
	if !b.happened.IsZero() {
		text += "~" + b.happened.Format(time.RFC3339Nano)
	}
	return text
}

// bookmarkAsked reads ?before=: a time, or the "next" of the page before.
func bookmarkAsked(r *http.Request) (b bookmark, err error) {
	text := r.URL.Query().Get("before")
	if text == "" {
		return b, nil
	}
	ok := true
	if parts := strings.SplitN(text, "~", 3); len(parts) > 1 {
		b.place, ok = engine.ParseStoryPlace(parts[0] + "~" + parts[1])
		text = strings.Join(parts[2:], "")
	}
	if ok && text != "" {
		b.happened, ok = parseTime([]byte(text))
	}
	if !ok {
		return b, &problem{wholeRequest, "before", "must be a time in ISO 8601, or the next of the page before"}
	}
	return b, nil
}

// limitAsked reads ?limit=.
func limitAsked(r *http.Request) (int, error) {
	text := r.URL.Query().Get("limit")
	if text == "" {
		return usualPage, nil
	}
	limit, err := strconv.Atoi(text)
	if err != nil || limit < 1 {
		return 0, &problem{wholeRequest, "limit", "must be a whole number from 1"}
	}
	return min(limit, largestPage), nil
}
