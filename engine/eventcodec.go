package engine

import (
	"errors"
	"fmt"
	"time"

	"github.com/aparte-dev/aparte"
	"google.golang.org/protobuf/encoding/protowire"
)

// The body of an event's entry: a version byte, then in protobuf wire format
//
//	message Event {
//	  string type = 1;  string message_id = 2;  string user_id = 3;  string anonymous_id = 4;
//	  string previous_id = 5;  string group_id = 6;  string name = 7;
//	  bytes properties = 8;  bytes traits = 9;  bytes context = 10;   // JSON objects as they came
//	  sint64 timestamp = 11;  sint64 original_timestamp = 12;         // microseconds since 1970
//	  sint64 sent_at = 13;  sint64 received_at = 14;  string source = 15;
//	  uint64 brand = 16;  uint64 users = 17;  uint64 left = 18;       // how it was applied (applying.go)
//	}
//
// Fields that are empty or zero are left out; unknown ones are skipped.
const eventVersion = 1

// encodeEvent appends the body of an event's entry.
func encodeEvent(dst []byte, e *aparte.Event) []byte {
	if dst == nil {
		dst = make([]byte, 0, 128+len(e.Properties)+len(e.Traits)+len(e.Context))
	}
	dst = append(dst, eventVersion)
	for i, s := range [...]string{string(e.Type), string(e.MessageID), e.UserID, e.AnonymousID, e.PreviousID, e.GroupID, e.Name} {
		dst = appendText(dst, protowire.Number(1+i), s)
	}
	for i, b := range [...][]byte{e.Properties, e.Traits, e.Context} {
		if len(b) > 0 {
			dst = protowire.AppendTag(dst, protowire.Number(8+i), protowire.BytesType)
			dst = protowire.AppendBytes(dst, b)
		}
	}
	for i, at := range [...]time.Time{e.Timestamp, e.OriginalTimestamp, e.SentAt, e.ReceivedAt} {
		if !at.IsZero() {
			dst = protowire.AppendTag(dst, protowire.Number(11+i), protowire.VarintType)
			dst = protowire.AppendVarint(dst, protowire.EncodeZigZag(at.UnixMicro()))
		}
	}
	return appendText(dst, 15, e.Source)
}

func appendText(dst []byte, n protowire.Number, s string) []byte {
	if s == "" {
		return dst
	}
	dst = protowire.AppendTag(dst, n, protowire.BytesType)
	return protowire.AppendString(dst, s)
}

// decodeEvent reads what encodeEvent wrote.
func decodeEvent(b []byte) (aparte.Event, error) {
	var e aparte.Event
	if len(b) == 0 || b[0] != eventVersion {
		return e, errors.New("event entry: unknown version")
	}
	for b = b[1:]; len(b) > 0; {
		n, kind, size := protowire.ConsumeTag(b)
		if size < 0 {
			return e, fmt.Errorf("event entry: %w", protowire.ParseError(size))
		}
		b = b[size:]
		switch kind {
		case protowire.BytesType:
			v, size := protowire.ConsumeBytes(b)
			if size < 0 {
				return e, fmt.Errorf("event entry: field %d: %w", n, protowire.ParseError(size))
			}
			setEventBytes(&e, n, v)
			b = b[size:]
		case protowire.VarintType:
			v, size := protowire.ConsumeVarint(b)
			if size < 0 {
				return e, fmt.Errorf("event entry: field %d: %w", n, protowire.ParseError(size))
			}
			setEventTime(&e, n, time.UnixMicro(protowire.DecodeZigZag(v)).UTC())
			b = b[size:]
		default:
			size := protowire.ConsumeFieldValue(n, kind, b)
			if size < 0 {
				return e, fmt.Errorf("event entry: field %d: %w", n, protowire.ParseError(size))
			}
			b = b[size:]
		}
	}
	return e, nil
}

func setEventBytes(e *aparte.Event, n protowire.Number, v []byte) {
	switch n {
	case 1:
		e.Type = aparte.EventType(v)
	case 2:
		e.MessageID = aparte.MessageID(v)
	case 3:
		e.UserID = string(v)
	case 4:
		e.AnonymousID = string(v)
	case 5:
		e.PreviousID = string(v)
	case 6:
		e.GroupID = string(v)
	case 7:
		e.Name = string(v)
	case 8:
		e.Properties = append([]byte(nil), v...)
	case 9:
		e.Traits = append([]byte(nil), v...)
	case 10:
		e.Context = append([]byte(nil), v...)
	case 15:
		e.Source = string(v)
	}
}

func setEventTime(e *aparte.Event, n protowire.Number, at time.Time) {
	switch n {
	case 11:
		e.Timestamp = at
	case 12:
		e.OriginalTimestamp = at
	case 13:
		e.SentAt = at
	case 14:
		e.ReceivedAt = at
	}
}
