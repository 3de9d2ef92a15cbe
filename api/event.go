package api

import (
	"bytes"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/profile"
	"github.com/aparte-dev/aparte/quality"
	"github.com/go-json-experiment/json/jsontext"
)

// envelope is an event as it stands on the wire, before the clock and the batch have had their say. The
// names that matter are Segment's (https://segment.com/docs/connections/spec/common/); integrations and
// whatever else libraries add are skipped.
type envelope struct {
	event     aparte.Event // Timestamp: only what "timestamp" says; OriginalTimestamp likewise
	callName  []byte       // "event"
	pageName  []byte       // "name"
	writeKey  []byte
	corrected bool // both "timestamp" and "originalTimestamp" are there: somebody corrected it before us

	field, message string         // the first thing wrong with it; message empty: nothing
	reason         quality.Reason // what kind of thing that is
	raw            []byte         // as it stands in the body, which it shares
	ahead          bool           // it is dated after its arrival, a little
}

func (e *envelope) refuse(field, message string) { e.refuseAs(quality.Malformed, field, message) }

func (e *envelope) refuseAs(reason quality.Reason, field, message string) {
	if e.message == "" {
		e.reason, e.field, e.message = reason, field, message
	}
}

// envelope reads the event that comes next. kind is its type where the door tells, else empty. Anything
// wrong with the event is noted in it; an error is a fault of the whole text.
func (s *scanner) envelope(e *envelope, kind aparte.EventType) error {
	e.event.Type = kind
	before := s.offset()
	isObject, err := s.object(func(name []byte) error { return s.eventMember(e, name, kind) })
	e.raw = bytes.TrimLeft(s.text[min(before, len(s.text)):s.offset()], ":, \t\r\n")
	switch {
	case err != nil:
		return err
	case !isObject:
		e.refuse("", "must be an object")
	case s.offset()-s.began > maxEvent:
		e.refuseAs(quality.Oversize, "", "must have at most 32768 bytes")
	}
	e.complete()
	return nil
}

// eventMember reads one member of an event.
func (s *scanner) eventMember(e *envelope, name []byte, kind aparte.EventType) error {
	v, err := s.value()
	if err != nil {
		return err
	}
	ev := &e.event
	switch string(name) {
	case "type":
		if kind == "" {
			ev.Type = aparte.EventType(e.id("type", v))
		}
	case "messageId":
		ev.MessageID = aparte.MessageID(e.id("messageId", v))
	case "userId":
		ev.UserID = e.id("userId", v)
	case "anonymousId":
		ev.AnonymousID = e.id("anonymousId", v)
	case "previousId":
		ev.PreviousID = e.id("previousId", v)
	case "groupId":
		ev.GroupID = e.id("groupId", v)
	case "event":
		e.callName = e.text("event", v)
	case "name":
		e.pageName = e.text("name", v)
	case "properties":
		ev.Properties = e.object("properties", v)
	case "traits":
		ev.Traits = e.object("traits", v)
	case "context":
		ev.Context = e.object("context", v)
	case "timestamp":
		ev.Timestamp = e.time("timestamp", v)
	case "originalTimestamp":
		ev.OriginalTimestamp = e.time("originalTimestamp", v)
	case "sentAt":
		ev.SentAt = e.time("sentAt", v)
	case "writeKey":
		e.writeKey = e.text("writeKey", v)
	}
	return nil
}

// complete checks what the members together must say.
func (e *envelope) complete() {
	ev := &e.event
	switch ev.Type {
	case aparte.Track:
		ev.Name = strings.TrimSpace(string(e.callName))
		if ev.Name == "" {
			e.refuse("event", "is required: the name of what happened")
		}
	case aparte.Page, aparte.Screen:
		ev.Name = strings.TrimSpace(string(e.pageName))
	case aparte.Group:
		if ev.GroupID == "" {
			e.refuse("groupId", "is required")
		}
	case aparte.Alias:
		switch {
		case ev.PreviousID == "":
			e.refuse("previousId", "is required")
		case ev.UserID == "":
			e.refuse("userId", "is required")
		case !identifies(aparte.KindAnonymousID, ev.PreviousID):
			e.refuse("previousId", noIdentifier)
		case !identifies(aparte.KindUserID, ev.UserID):
			e.refuse("userId", noIdentifier)
		}
	case aparte.Identify:
	case "":
		e.refuse("type", "is required")
	default:
		e.refuse("type", "must be track, identify, page, screen, group or alias")
	}
	e.checkIdentity()
	e.corrected = !ev.Timestamp.IsZero() && !ev.OriginalTimestamp.IsZero()
}

const noIdentifier = "is no identifier: it is a placeholder or has control characters"

// checkIdentity refuses an event that is nobody's. What is no identifier beside one that is, such as the
// "undefined" of a page whose visitor is not signed in, is passed over.
func (e *envelope) checkIdentity() {
	user, anonymous := e.event.UserID, e.event.AnonymousID
	switch {
	case identifies(aparte.KindUserID, user) || identifies(aparte.KindAnonymousID, anonymous):
	case user != "":
		e.refuseAs(quality.Nobody, "userId", noIdentifier)
	case anonymous != "":
		e.refuseAs(quality.Nobody, "anonymousId", noIdentifier)
	default:
		e.refuseAs(quality.Nobody, "userId", "is required where there is no anonymousId")
	}
}

// identifies reports whether a text can name somebody.
func identifies(kind aparte.IdentifierKind, text string) bool {
	if text == "" {
		return false
	}
	_, err := profile.Normalize(kind, text, "")
	return err == nil
}

// text is a text, nil where it is null. It shares the body.
func (e *envelope) text(field string, v jsontext.Value) []byte {
	switch v.Kind() {
	case 'n':
		return nil
	case '"':
		text, err := unquoted(v)
		if err == nil && len(text) <= maxText {
			return text
		}
		e.refuse(field, "must have at most 256 bytes")
		return nil
	}
	e.refuse(field, "must be text")
	return nil
}

// id is a text that names something: null is none, and a number stands for its digits, as libraries in
// loosely typed languages send it.
func (e *envelope) id(field string, v jsontext.Value) string {
	switch v.Kind() {
	case '0':
		if len(v) <= maxText {
			return string(v)
		}
		e.refuse(field, "must have at most 256 bytes")
		return ""
	case '"', 'n':
		return string(bytes.TrimSpace(e.text(field, v)))
	}
	e.refuse(field, "must be text")
	return ""
}

// object is an object, nil where it is null. It shares the body.
func (e *envelope) object(field string, v jsontext.Value) []byte {
	switch {
	case v.Kind() == 'n':
		return nil
	case v.Kind() != '{':
		e.refuse(field, "must be an object")
		return nil
	case tooDeep(v):
		e.refuse(field, "must be nested at most 32 levels deep")
		return nil
	}
	return v
}

// time is an instant, zero where it is null or empty.
func (e *envelope) time(field string, v jsontext.Value) time.Time {
	if v.Kind() != 'n' && v.Kind() != '"' {
		e.refuse(field, "must be text in ISO 8601")
		return time.Time{}
	}
	text := e.text(field, v)
	if len(text) == 0 {
		return time.Time{}
	}
	at, ok := parseTime(text)
	if !ok {
		e.refuse(field, "must be a time in ISO 8601, such as 2026-05-01T10:00:00.000Z")
	}
	return at
}
