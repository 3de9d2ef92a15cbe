package engine

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// Who comes by a link that somebody shared starts as a person of their own: nothing of who shared is theirs, and nothing is known of
// what they agree to, so that nothing reaches out to them. What is kept of it is one trait and one event of theirs, and an event of
// who shared, in whose part it is made by a letter.

// mostFriends bounds how many friends of one person are told of in a month or so: beyond that it is a campaign of somebody else's.
const mostFriends = 100

// befriend notes that a person came by a friend's link, and that who came by one ordered for the first time. next is p with the
// event, the caller's to change.
func (t *turn) befriend(now *live, p, next *aparte.Person, event *aparte.Event) error {
	if now == nil || event.Source == aparte.OwnSource {
		return nil
	}
	if token := shareTokenOf(event); token != "" {
		if err := t.refer(now, p, next, token); err != nil {
			return err
		}
	}
	if by := next.ReferredBy(); next.Orders.Count > 0 && p.Orders.Count == 0 && !by.IsZero() {
		t.tellFriend(next.ID, by, aparte.EventFriendOrdered)
	}
	return nil
}

// refer makes a person who is new one who was referred, unless the link is their own or too old. Whoever was here before was
// brought by nobody.
func (t *turn) refer(now *live, before, next *aparte.Person, token string) error {
	by, at, err := t.owner.engine.readToken(tokenShare, token)
	own := by.Person == next.ID || slices.Contains(next.Absorbed, by.Person)
	if err != nil || own || t.now.Sub(at) > shareLasts || !isNew(before, t.now) {
		t.count("referral/not-counted", 1)
		return nil
	}
	d, err := t.decision(by)
	if errors.Is(err, store.ErrNotFound) {
		return nil // who shared is gone
	} else if err != nil {
		return fmt.Errorf("who referred %s: %w", next.ID, err)
	}
	properties, err := json.Marshal(map[string]any{"by": by.String(), "item": d.Action.Item, "content": d.Action.Content})
	if err != nil {
		return fmt.Errorf("who referred %s: %w", next.ID, err)
	}
	t.tellOwn(now, next, aparte.EventReferred, "aparte-referred:"+next.ID.String(), properties)
	t.touch(now, next, aparte.Touch{
		At: t.now, Channel: shareSource + betweenSource + shareMedium, What: string(d.Action.Content), Device: next.Device,
	})
	t.count("referred/"+string(d.Action.Content), 1)
	t.tellFriend(next.ID, by, aparte.EventFriendArrived)
	return nil
}

// isNew reports whether nobody knew the person before the visit that goes on. An account that was opened in it is as new as a device:
// what an older one is known by would have led to whom it is of.
func isNew(before *aparte.Person, now time.Time) bool {
	_, referred := before.Trait(aparte.ReferredTrait)
	return !referred && before.Orders.Count == 0 && (before.FirstSeen.IsZero() || now.Sub(before.FirstSeen) <= sitting)
}

// tellFriend lets who shared know of a friend of theirs.
func (t *turn) tellFriend(friend aparte.PersonID, by aparte.DecisionID, name string) {
	t.send(t.owner.engine.partOf(by.Person), letter{Kind: friendLetter, Person: by.Person, Loser: friend, UserID: name})
}

// friend is an event of who shared: somebody came by their link, or ordered. Who the friend is, it does not say.
func (t *turn) friend(l letter) error {
	p, err := t.person(l.Person)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	} else if err != nil {
		return err
	}
	if !p.MergedInto.IsZero() {
		l.Person = p.MergedInto
		t.send(t.owner.engine.partOf(l.Person), l)
		return nil
	}
	arrived := l.UserID == aparte.EventFriendArrived
	if p.ID == l.Loser || slices.Contains(p.Absorbed, l.Loser) || arrived && p.Counter("friends_30d", t.now) >= mostFriends {
		t.count("referral/not-counted", 1)
		return nil
	}
	friend := seedOf(t.owner.engine.secret, aparte.DecisionID{Person: l.Loser}) // names nobody, and is the same each time
	at := t.now.UTC()
	event := aparte.Event{
		Type: aparte.Track, Name: l.UserID, Source: aparte.OwnSource, Timestamp: at, OriginalTimestamp: at, ReceivedAt: at,
		MessageID: aparte.MessageID(fmt.Sprintf("aparte-friend:%s:%s:%016x", p.ID, l.UserID, friend)),
	}
	_, err = t.apply(p, &event, named{}, messageKey(event.MessageID))
	return err
}

// shareTokenOf is the token in the address of the page that an event tells of; empty: there is none.
func shareTokenOf(event *aparte.Event) string {
	if mark := []byte(shareParameter); !bytes.Contains(event.Context, mark) && !bytes.Contains(event.Properties, mark) {
		return ""
	}
	type page struct{ URL, Search string }
	var context struct {
		Page page `json:"page"`
	}
	var properties page
	_ = json.Unmarshal(event.Context, &context)       // what is no address
	_ = json.Unmarshal(event.Properties, &properties) // has no token
	for _, search := range []string{context.Page.Search, queryOf(context.Page.URL), properties.Search, queryOf(properties.URL)} {
		values, err := url.ParseQuery(strings.TrimPrefix(search, "?"))
		if token := values.Get(shareParameter); err == nil && token != "" {
			return token
		}
	}
	return ""
}

func queryOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.RawQuery
}
