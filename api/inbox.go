package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/profile"
)

// Inboxes is the part of the engine that keeps what waits for people.
type Inboxes interface {
	Inbox(ctx context.Context, ids []aparte.Identifier, locale string) ([]engine.InboxMessage, error)
	FollowInbox(ctx context.Context, ids []aparte.Identifier) (changed <-chan struct{}, end func(), err error)
}

// How inboxes are followed.
const (
	inboxBeat  = 25 * time.Second // between two looks at an inbox of which nothing is told; proxies cut what is silent for longer
	inboxLife  = 15 * time.Minute // of one connection; the client comes back by itself and says what it has
	inboxWrite = 10 * time.Second // to one that does not read
	inboxRetry = "3000"           // milliseconds until the client comes back
)

// inboxDocument is a message as it waits.
type inboxDocument struct {
	ID       aparte.DecisionID `json:"id"`
	At       time.Time         `json:"at"`
	Until    time.Time         `json:"until"`
	Read     bool              `json:"read"`
	Content  aparte.ContentID  `json:"content"`
	Item     aparte.ItemID     `json:"item,omitempty"`
	Elements map[string]string `json:"elements"`
	HTML     string            `json:"html"`
	Image    string            `json:"image"`
	Link     string            `json:"link"`
}

// inbox answers GET /v1/inbox: what waits for a person, the newest first.
func (s *server) inbox(w http.ResponseWriter, r *http.Request) error {
	who, err := s.inboxOwner(r)
	if err != nil {
		return err
	}
	messages, err := s.engine.Inbox(r.Context(), who, r.URL.Query().Get("locale"))
	if err != nil {
		return err
	}
	slices.Reverse(messages)
	documents, unread := make([]inboxDocument, 0, len(messages)), 0
	for i := range messages {
		documents = append(documents, inboxDocumentOf(&messages[i]))
		if !messages[i].Read {
			unread++
		}
	}
	s.json(w, http.StatusOK, map[string]any{"messages": documents, "unread": unread})
	return nil
}

func inboxDocumentOf(m *engine.InboxMessage) inboxDocument {
	d := &m.Decision
	return inboxDocument{
		ID: d.ID, At: d.At, Until: m.Until, Read: m.Read, Content: d.Action.Content, Item: d.Action.Item,
		Elements: m.Elements, HTML: m.HTML, Image: m.Image, Link: m.Link,
	}
}

// inboxOwner is whose inbox is asked for. By a key that may stand in a page it is that of a device, whose anonymousId nobody else
// knows; who somebody is by a userId that can be guessed, only a secret key may say.
func (s *server) inboxOwner(r *http.Request) ([]aparte.Identifier, error) {
	key, err := s.headerKey(r)
	if err != nil {
		return nil, err
	}
	q := r.URL.Query()
	if key, err = s.orNamed(key, []byte(q.Get("writeKey"))); err != nil { // an EventSource cannot set headers
		return nil, err
	}
	if err := key.allowance.take(s.now(), 1); err != nil {
		return nil, err
	}
	var ids []aparte.Identifier
	for _, kind := range personFields {
		given := q.Get(string(kind))
		if given == "" {
			continue
		}
		if kind != aparte.KindAnonymousID && key.Kind != SecretKey {
			return nil, refuse(http.StatusForbidden, string(kind), "only a secret key may name somebody so: use the device's anonymousId")
		}
		id, err := profile.Normalize(kind, given, s.region)
		if err != nil {
			return nil, refuse(http.StatusBadRequest, string(kind), "is no such identifier")
		}
		ids = append(ids, id)
	}
	if len(ids) == 0 {
		return nil, refuse(http.StatusBadRequest, string(aparte.KindAnonymousID), "is required")
	}
	return ids, nil
}

// followInbox answers GET /v1/inbox/events: the messages of an inbox as server-sent events (HTML standard, section 9.2). Each is an
// event "message" whose id is the message's; one that waits no more is an event "gone". Who comes back with Last-Event-ID is told
// of what is newer.
func (s *server) followInbox(w http.ResponseWriter, r *http.Request) error {
	who, err := s.inboxOwner(r)
	if err != nil {
		return err
	}
	changed, end, err := s.engine.FollowInbox(r.Context(), who)
	if err != nil {
		return err
	}
	defer end()
	f := inboxFollower{w: w, who: who, locale: r.URL.Query().Get("locale"), out: http.NewResponseController(w), told: map[aparte.DecisionID]bool{}}
	f.last, _ = aparte.ParseDecisionID(r.Header.Get("Last-Event-ID")) // one that is none is as if nothing was told
	ctx, cancel := context.WithTimeout(r.Context(), inboxLife)
	defer cancel()
	messages, err := s.engine.Inbox(ctx, who, f.locale)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h["Cache-Control"] = noStore
	h.Set("X-Accel-Buffering", "no")
	beat := time.NewTicker(inboxBeat)
	defer beat.Stop()
	said := "retry: " + inboxRetry + "\n\n"
	for {
		if f.say(said, messages) != nil {
			return nil // the caller has gone
		}
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
			said = ""
		case <-beat.C:
			said = ": beat\n\n"
		}
		if messages, err = s.engine.Inbox(ctx, who, f.locale); err != nil {
			return nil // the answer has begun: the caller comes back and is told why
		}
	}
}

// inboxFollower tells one caller of an inbox.
type inboxFollower struct {
	w      http.ResponseWriter
	out    *http.ResponseController
	who    []aparte.Identifier
	locale string
	last   aparte.DecisionID // told before this connection
	told   map[aparte.DecisionID]bool
}

// say writes what is given, then what is new in an inbox and what is gone from it.
func (f *inboxFollower) say(given string, messages []engine.InboxMessage) error {
	b := []byte(given)
	there := make(map[aparte.DecisionID]bool, len(messages))
	for i := range messages {
		id := messages[i].Decision.ID
		there[id] = true
		if f.told[id] {
			continue
		}
		f.told[id] = true
		if id.Person == f.last.Person && id.Seq <= f.last.Seq {
			continue
		}
		body, err := json.Marshal(inboxDocumentOf(&messages[i]))
		if err != nil {
			return err
		}
		b = append(b, "event: message\nid: "+id.String()+"\ndata: "...)
		b = append(append(b, body...), "\n\n"...) // JSON has no line ends
	}
	var gone []string
	for id := range f.told {
		if !there[id] {
			delete(f.told, id)
			gone = append(gone, id.String())
		}
	}
	slices.Sort(gone)
	for _, id := range gone {
		b = append(b, `event: gone`+"\n"+`data: {"id":"`+id+`"}`+"\n\n"...)
	}
	if len(b) == 0 {
		return nil
	}
	_ = f.out.SetWriteDeadline(time.Now().Add(inboxWrite)) // of the machine's own clock; fails where there is no connection, in tests
	if _, err := f.w.Write(b); err != nil {
		return err
	}
	return f.out.Flush()
}
