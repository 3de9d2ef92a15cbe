package load

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/exchange/form"
	"github.com/aparte-dev/aparte/exchange/record"
	"github.com/aparte-dev/aparte/profile"
)

// The usual forms: columns are called what they are in an event of the Segment specification; of people, every further
// column is a trait.
const (
	usualEvent = `{"type": "$type", "messageId": "$messageId:text", "userId": "$userId:text", "anonymousId": "$anonymousId:text",
		"previousId": "$previousId:text", "groupId": "$groupId:text", "event": "$event:text", "name": "$name:text",
		"properties": "$properties:json", "traits": "$traits:json", "context": "$context:json",
		"timestamp": "$timestamp:text", "originalTimestamp": "$originalTimestamp:text"}`
	usualPerson = `{"type": "identify", "userId": "$userId:text", "anonymousId": "$anonymousId:text", "timestamp": "$timestamp:text",
		"traits": {"$rest": true, "email": "$email:text", "phone": "$phone:text"}}`
)

func usual(kind Kind) *form.Form {
	document := usualPerson
	if kind == Events {
		document = usualEvent
	}
	f, err := form.New(document)
	if err != nil {
		panic("load: the usual form" + err.Error()) // a constant
	}
	return f
}

// Usual is the form by which a kind of records is read where none is given, to be changed.
func Usual(kind Kind) *form.Form { return usual(kind) }

// maxEvent is how long an event may be at the doors.
const maxEvent = 32 << 10

// event is a document on its way to be an event.
type event struct {
	members []record.Cell
	at      time.Time
	own     bool   // it has a time of its own
	asOf    string // when its record was so, where it does not say
}

// put makes an event of rows and has it sorted in; or sets the rows aside.
func (r *run) put(ctx context.Context, file int, rows []*record.Record) error {
	reject := func(path, reason string, args ...any) error {
		for _, row := range rows {
			r.aside.record(row.Bad(r.Form.Field(path), reason, args...), row)
		}
		return nil
	}
	doc, bad := r.Form.Document(rows)
	if bad != nil {
		return reject(bad.Field, "%s", bad.Reason)
	}
	parsed, err := record.Parse(rows[0].File, rows[0].Line, doc)
	if err != nil {
		return err
	}
	e := event{members: parsed.Cells}
	if r.Origin != nil && r.Origin.Time != "" {
		if c, ok := rows[0].Cell(r.Origin.Time); ok {
			e.asOf = c.Plain()
		}
	}
	if path, reason := e.check(r, file); reason != "" {
		return reject(path, "%s", reason)
	}
	if o := r.Origin; o != nil && o.Of != "" && !e.own && e.get("messageId") == "" {
		e.set("messageId", text("import-"+asked(o.Of, r.Kind, rows)))
	}
	body := e.body()
	if len(body) > maxEvent-128 {
		return reject("", "an event of %d bytes; at most %d are taken: leave columns out of the form", len(body), maxEvent-128)
	}
	if r.Kind == Attributes {
		who := e.who()
		known, err := r.Door.Knows(ctx, who)
		if err != nil {
			return err
		}
		if !known {
			kind, _, _ := strings.Cut(who, ":")
			return reject(pathOf(kind), "nobody has this identifier: what third parties say is kept of people who are known")
		}
	}
	key := e.key(file, rows[0].Line, body)
	row := binary.AppendUvarint(nil, uint64(len(rows)))
	names := strings.Join(e.names(), "\x00")
	row = append(binary.AppendUvarint(row, uint64(len(names))), names...)
	row = append(row, place{file, rows[0].Line}.before(body)...)
	_, _ = r.digest.Write(append(row, key...)) // never fails
	return r.events.Add(key, row)
}

// asked names what records of a query say, for as long as the query and they are the same.
func asked(of string, kind Kind, rows []*record.Record) string {
	h := sha256.New()
	_, _ = fmt.Fprintf(h, "%s/%s", of, kind) // never fails
	for _, row := range rows {
		_, _ = h.Write(append([]byte{0}, row.JSON()...))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

func pathOf(kind string) string {
	if kind == "email" || kind == "phone" {
		return "traits." + kind
	}
	return kind
}

func (e *event) get(name string) string {
	for i := range e.members {
		if e.members[i].Name == name {
			return strings.TrimSpace(e.members[i].Plain())
		}
	}
	return ""
}

func (e *event) set(name string, v jsontext.Value) {
	for i := range e.members {
		if e.members[i].Name == name {
			e.members[i] = record.Cell{Name: name, Text: string(v), JSON: true}
			return
		}
	}
	e.members = append(e.members, record.Cell{Name: name, Text: string(v), JSON: true})
}

func text(s string) jsontext.Value { return (&record.Cell{Text: s}).Value() }

// check sees that the document is an event, and completes it. Else it says at which place what is wrong.
func (e *event) check(r *run, file int) (path, reason string) {
	if e.get("type") == "" {
		kind := "track"
		if r.Kind != Events {
			kind = "identify"
		}
		e.set("type", text(kind))
	}
	if e.get("type") == "track" && e.get("event") == "" {
		return "event", "empty: the name of what happened"
	}
	if path, reason := e.identity(); reason != "" {
		return path, reason
	}
	if path, reason := e.time(r, file); reason != "" {
		return path, reason
	}
	if e.get("messageId") == "" { // null, or nothing
		e.members = slices.DeleteFunc(e.members, func(c record.Cell) bool { return c.Name == "messageId" })
	}
	return e.provenance(r.Kind)
}

// identity sees that the event names somebody. Who is known by an address or a number alone gets a device's name that
// is made of it, which the doors ask for.
func (e *event) identity() (path, reason string) {
	user, device := e.get("userId"), e.get("anonymousId")
	for _, one := range []struct {
		kind  aparte.IdentifierKind
		value string
	}{{aparte.KindUserID, user}, {aparte.KindAnonymousID, device}} {
		if one.value == "" {
			continue
		}
		if _, err := profile.Normalize(one.kind, one.value, ""); err == nil {
			return "", ""
		}
		return string(one.kind), "no identifier: it is a placeholder or has control characters"
	}
	switch kind, value := e.contact(); {
	case value == "":
		return "userId", "empty: the record names nobody"
	case kind == aparte.KindEmail || kind == aparte.KindPhone:
		id, err := profile.Normalize(kind, value, "")
		if err != nil {
			return "traits." + string(kind), "no valid " + string(kind)
		}
		sum := sha256.Sum256([]byte(id.String()))
		e.set("anonymousId", text("import-"+hex.EncodeToString(sum[:16])))
	}
	return "", ""
}

// contact is the address or number that an event's traits name somebody by.
func (e *event) contact() (kind aparte.IdentifierKind, value string) {
	r := record.Record{Cells: e.members}
	for _, kind := range []aparte.IdentifierKind{aparte.KindEmail, aparte.KindPhone} {
		if c, ok := r.Cell("traits." + string(kind)); ok && c.Plain() != "" {
			return kind, c.Plain()
		}
	}
	return "", ""
}

// names are all identifiers that the event states.
func (e *event) names() []string {
	var names []string
	for _, field := range []string{"userId", "anonymousId", "previousId"} {
		if text := e.get(field); text != "" {
			names = append(names, field[:1]+text)
		}
	}
	r := record.Record{Cells: e.members}
	for _, place := range []string{"traits", "context.traits"} {
		for _, kind := range []string{"email", "phone"} {
			if c, ok := r.Cell(place + "." + kind); ok && c.Plain() != "" {
				names = append(names, kind+strings.ToLower(c.Plain()))
			}
		}
	}
	return names
}

// who is the identifier, kind:value, by which the person is looked for.
func (e *event) who() string {
	if user := e.get("userId"); user != "" {
		return "userId:" + user
	}
	if kind, value := e.contact(); value != "" {
		return string(kind) + ":" + value
	}
	return "anonymousId:" + e.get("anonymousId")
}

// maxAhead is how far in the future the doors let an event be.
const maxAhead = 24 * time.Hour

// time reads the event's timestamp; without one, people are as of the load's time, or of when their file was written.
func (e *event) time(r *run, file int) (path, reason string) {
	told := e.get("timestamp")
	if told == "" && r.Kind != Events && r.At.IsZero() {
		told = e.asOf
	}
	switch {
	case told == "" && r.Kind == Events:
		return "timestamp", "empty: when it happened"
	case told == "":
		e.at = r.At
		if e.at.IsZero() {
			e.at = r.files[file].written
		}
	default:
		at, err := r.Form.Dates.Read(told)
		if err != nil {
			return "timestamp", err.Error()
		}
		e.at, e.own = at, true
	}
	e.at = e.at.UTC().Truncate(time.Microsecond)
	switch {
	case e.at.After(r.Now().Add(maxAhead)):
		return "timestamp", "lies in the future"
	case e.at.Before(time.Unix(0, 0)):
		return "timestamp", "lies before 1970"
	}
	e.set("timestamp", text(e.at.Format(time.RFC3339Nano)))
	return "", ""
}

// provenance has what is told of people carry on whose word it is.
func (e *event) provenance(kind Kind) (path, reason string) {
	word := map[Kind]string{People: "declared", Attributes: "bought_in"}[kind]
	if word == "" {
		return "", ""
	}
	context := event{}
	for i := range e.members {
		if e.members[i].Name != "context" {
			continue
		}
		c, err := record.Parse("", 0, e.members[i].Value())
		if err != nil {
			return "context", "must be an object"
		}
		context.members = c.Cells
	}
	if context.get("provenance") == "" || kind == Attributes {
		context.set("provenance", text(word))
	}
	e.set("context", context.body())
	return "", ""
}

func (e *event) body() jsontext.Value {
	r := record.Record{Cells: e.members}
	return r.JSON()
}

// key orders events by time. Of one time, those that have it of themselves go by their content, so that what says the
// same stands together; the others as they stand in their files.
func (e *event) key(file, line int, body []byte) []byte {
	key := binary.BigEndian.AppendUint64(nil, uint64(e.at.UnixMicro()))
	if !e.own {
		key = binary.BigEndian.AppendUint32(append(key, 0), uint32(file))
		return binary.BigEndian.AppendUint32(key, uint32(line))
	}
	sum := sha256.Sum256(body)
	return append(append(key, 1), sum[:16]...)
}

// named gives an event that has none a messageId. nth tells events apart that say the same at the same time.
func (r *run) named(key []byte, p place, nth int, body jsontext.Value) jsontext.Value {
	if bytes.Contains(body, []byte(`"messageId":`)) {
		if rec, err := record.Parse("", 0, body); err == nil {
			if c, ok := rec.Cell("messageId"); ok && c.Plain() != "" {
				return body
			}
		}
	}
	id := key[9:]
	if key[8] == 0 {
		h := sha256.Sum256(append(append(r.files[p.file].sum[:0:0], r.files[p.file].sum[:]...), fmt.Sprintf("/%s/%d", r.Kind, p.line)...))
		id = h[:16]
	}
	name := "import-" + hex.EncodeToString(id)
	if nth > 0 {
		name += fmt.Sprintf("-%d", nth+1)
	}
	return append(append(append([]byte(`{"messageId":`), text(name)...), ','), body[1:]...)
}
