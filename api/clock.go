package api

import (
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/quality"
)

// layouts are the forms of ISO 8601 that libraries send, after RFC 3339, which is tried first. Where no
// zone is given it is UTC.
var layouts = [...]string{
	"2006-01-02T15:04:05.999999999Z0700",
	"2006-01-02T15:04:05.999999999",
	"2006-01-02T15:04Z07:00",
	"2006-01-02T15:04",
	"2006-01-02 15:04:05.999999999Z07:00",
	"2006-01-02 15:04:05.999999999",
	"20060102T150405.999999999Z0700",
	"2006-01-02",
}

// parseTime reads an instant in ISO 8601. The answer is in UTC.
func parseTime(text []byte) (time.Time, bool) {
	var at time.Time
	if at.UnmarshalText(text) == nil {
		return at.UTC(), true
	}
	for _, layout := range layouts {
		if at, err := time.Parse(layout, string(text)); err == nil {
			return at.UTC(), true
		}
	}
	return time.Time{}, false
}

// settle sets an event's times as the Segment specification does
// (https://segment.com/docs/connections/spec/common/#timestamps):
//
//	timestamp = receivedAt − (sentAt − originalTimestamp)
//
// which takes the error of the sender's clock out. Where the sender did not say when the event left,
// or where it was corrected before (a forwarded event carries both timestamps), the given time is taken
// as it is; where no time is given, the event happened when it left. Nothing happens later than it
// arrives: a time slightly ahead becomes receivedAt, one further ahead than maxAhead is refused, as is
// one before 1970.
func (e *envelope) settle(sentAt, receivedAt time.Time) {
	ev := &e.event
	ev.ReceivedAt = receivedAt
	if ev.SentAt.IsZero() {
		ev.SentAt = sentAt
	}
	if ev.OriginalTimestamp.IsZero() {
		ev.OriginalTimestamp = ev.Timestamp
	}
	switch {
	case e.corrected:
	case ev.OriginalTimestamp.IsZero() && ev.SentAt.IsZero():
		ev.OriginalTimestamp, ev.Timestamp = receivedAt, receivedAt
	case ev.OriginalTimestamp.IsZero():
		ev.OriginalTimestamp, ev.Timestamp = ev.SentAt, receivedAt
	case ev.SentAt.IsZero():
		ev.Timestamp = ev.OriginalTimestamp
	default:
		ev.Timestamp = receivedAt.Add(-ev.SentAt.Sub(ev.OriginalTimestamp))
	}
	switch ahead := ev.Timestamp.Sub(receivedAt); {
	case ahead > maxAhead:
		e.refuseAs(quality.Impossible, "timestamp", "lies in the future")
	case ahead > 0:
		ev.Timestamp, e.ahead = receivedAt, ahead > sameInstant
	case ev.Timestamp.Before(time.Unix(0, 0)):
		e.refuseAs(quality.Impossible, "timestamp", "lies before 1970")
	}
}

// stamp is a messageId for an event that came without one: a UUID of version 7, as Segment gives it.
// A sender that does not name its events cannot have a repetition recognised.
func (s *server) stamp(now time.Time) aparte.MessageID { return aparte.MessageID(s.uuid(now)) }
