package api

import (
	"net/http"
	"sync"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/profile"
	"github.com/go-json-experiment/json/jsontext"
)

// question is what POST /v1/decide and /v1/moment ask: who, where, in which situation, and for
// /v1/moment what just happened.
type question struct {
	intake        // "batch", "sentAt" and "writeKey"
	moment bool   // the door takes an event
	path   []byte // the full name of the member of a context being read
	asked
}

// asked is what one question says.
type asked struct {
	request    engine.Request
	hasContext bool
	where      [3]*float64               // "context.location": latitude, longitude, accuracy
	person     [len(personFields)][]byte // as given, by index of personFields
	happened   envelope                  // "event"
	hasEvent   bool
	wrong      *problem // the first thing wrong
}

// personFields are the members of "person", strongest identifier first.
var personFields = [...]aparte.IdentifierKind{
	aparte.KindUserID, aparte.KindEmail, aparte.KindPhone, aparte.KindDeviceToken, aparte.KindAnonymousID,
}

var questions = sync.Pool{New: func() any { return new(question) }}

// free gives a question back. What the engine was given of it is not reused.
func (q *question) free() {
	q.reset()
	q.close()
	questions.Put(q)
}

func (q *question) refuse(field, message string) {
	if q.wrong == nil {
		q.wrong = &problem{wholeRequest, field, message}
	}
}

// read reads a body.
func (q *question) read(body []byte) error {
	err := q.scan(body, func() error {
		q.reset()
		isObject, err := q.object(q.member)
		if err == nil && !isObject {
			err = refuse(http.StatusBadRequest, "body", "must be an object")
		}
		return err
	})
	if err != nil {
		return err
	}
	if q.request.Slots == nil {
		q.refuse("slots", "is required: 1 to 16 names")
	}
	if q.wrong != nil {
		return q.wrong
	}
	return nil
}

// reset makes a question that asks nothing yet.
func (q *question) reset() {
	q.intake.reset()
	q.asked = asked{request: engine.Request{Channel: aparte.Web, Formats: engine.Formats{HTML: true}}}
}

// member reads one member of the body. Members it does not know are skipped, so that clients may be
// newer than the server.
func (q *question) member(name []byte) error {
	switch string(name) {
	case "person":
		if !q.moment { // a moment is that of the event's person
			return q.readPerson()
		}
	case "surface":
		return q.readValue(q.setSurface)
	case "slots":
		return q.readSlots()
	case "context":
		return q.readSituation()
	case "explain":
		return q.readValue(q.setExplain)
	case "formats":
		return q.readFormats()
	case "writeKey":
		return q.readValue(func(v jsontext.Value) { q.writeKey = q.text("writeKey", v, maxText) })
	case "sentAt":
		return q.readShared("sentAt")
	case "event":
		if q.moment {
			q.hasEvent = true
			return q.envelope(&q.happened, "")
		}
	case "batch":
		if q.moment {
			return q.readEvents("batch", maxEarlier)
		}
	}
	_, err := q.value()
	return err
}

func (q *question) readValue(set func(jsontext.Value)) error {
	v, err := q.value()
	if err == nil {
		set(v)
	}
	return err
}

// text is a text of at most most bytes, nil where it is null. It shares the body.
func (q *question) text(field string, v jsontext.Value, most int) []byte {
	if v.Kind() == 'n' {
		return nil
	}
	if v.Kind() != '"' {
		q.refuse(field, "must be text")
		return nil
	}
	text, err := unquoted(v)
	if err != nil || len(text) > most {
		q.refuse(field, "is too long")
		return nil
	}
	return text
}

func (q *question) readPerson() error {
	absent := q.dec.PeekKind() == 'n'
	isObject, err := q.object(func(name []byte) error {
		v, err := q.value()
		if err != nil {
			return err
		}
		for i, kind := range personFields {
			if string(name) != string(kind) {
				continue
			}
			if v.Kind() == '0' { // as the intake takes it
				q.person[i] = v
			} else {
				q.person[i] = q.text("person."+string(kind), v, maxText)
			}
		}
		return nil
	})
	if err == nil && !isObject && !absent {
		q.refuse("person", "must be an object")
	}
	return err
}

// identify turns what was said of the person into identifiers in their normal form.
func (q *question) identify(region string) error {
	for i, kind := range personFields {
		if len(q.person[i]) == 0 {
			continue
		}
		id, err := profile.Normalize(kind, string(q.person[i]), region)
		if err != nil {
			return &problem{wholeRequest, "person." + string(kind), "is not valid"}
		}
		q.request.Identifiers = append(q.request.Identifiers, id)
	}
	if len(q.request.Identifiers) == 0 {
		return &problem{wholeRequest, "person", "is required: userId, anonymousId, email, phone or deviceToken"}
	}
	return nil
}

// surfaces are the channels that somebody can ask a decision for, by name.
var surfaces = map[string]aparte.Channel{
	"web": aparte.Web, "email": aparte.Email, "mobile_push": aparte.MobilePush, "web_push": aparte.WebPush,
	"sms": aparte.SMS, "in_app": aparte.InApp, "ads": aparte.Ads, "human": aparte.Human, "webhook": aparte.Webhook,
}

func (q *question) setSurface(v jsontext.Value) {
	text := q.text("surface", v, maxText)
	if text == nil {
		return
	}
	channel, ok := surfaces[string(text)]
	if !ok {
		q.refuse("surface", "must be a channel, such as web, in_app or email")
		return
	}
	q.request.Channel = channel
}

func (q *question) setExplain(v jsontext.Value) {
	switch v.Kind() {
	case 't', 'f', 'n':
		q.request.Explain = v.Kind() == 't'
	default:
		q.refuse("explain", "must be true or false")
	}
}

func (q *question) readSlots() error {
	isArray, err := q.array(func(i int) error {
		v, err := q.value()
		if err != nil {
			return err
		}
		slot := string(q.text("slots", v, maxSlotName))
		switch {
		case slot == "":
			q.refuse("slots", "must be names of 1 to 64 bytes")
		case len(q.request.Slots) == maxSlots:
			q.refuse("slots", "must be at most 16")
		default:
			q.request.Slots = append(q.request.Slots, slot)
		}
		return nil
	})
	if err == nil && !isArray {
		q.refuse("slots", "must be an array of names")
	}
	return err
}

// readFormats reads which forms of an answer are wanted besides its elements: "html", which is what an
// asker that does not say gets. "json" is the elements alone.
func (q *question) readFormats() error {
	q.request.Formats = engine.Formats{}
	isArray, err := q.array(func(int) error {
		return q.readValue(func(v jsontext.Value) {
			switch string(q.text("formats", v, maxText)) {
			case "html":
				q.request.Formats.HTML = true
			case "json", "image", "link": // always there
			default:
				q.refuse("formats", "must be html, json, image or link")
			}
		})
	})
	if err == nil && !isArray {
		q.refuse("formats", "must be an array")
	}
	return err
}
