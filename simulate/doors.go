package simulate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/aparte-dev/aparte"
)

// House is Aparté as the world meets it: doors, and a clock that the world moves.
type House struct {
	Doors     http.Handler
	WriteKey  string
	SecretKey string
	Clock     func(time.Time)             // sets it
	Step      func(context.Context) error // does what is due by it
}

// Aparte is the policy of a house: what happens is told by Segment events, what to say is asked, and what
// was said is known by its decision.
type Aparte struct {
	house    House
	decision string // of the moment at hand
	day      int
	asked    int
	retried  int

	// Audit, where it is not nil, is given one in so many decisions of the days from its first on.
	Audit *Audit
}

// NewAparte is the policy of a house that its brand was published to.
func NewAparte(h House) *Aparte { return &Aparte{house: h} }

// Name is "aparte".
func (*Aparte) Name() string { return "aparte" }

// mailer is the user agent of what opens letters here.
const mailer = "Mozilla/5.0 (X11; Linux x86_64) AparteSimulate/1.0"

type properties map[string]any

// Meet identifies everybody, with their past orders and looks.
func (a *Aparte) Meet(ctx context.Context, people []Stranger) error {
	a.house.Clock(Dawn(-1))
	for i := range people {
		p := &people[i]
		batch := []properties{{
			"type": "identify", "userId": p.id(), "messageId": p.id() + "-born", "timestamp": Dawn(-2 - p.Since), "traits": properties{
				"email":    p.id() + "@people.example",
				"consents": []properties{{"purpose": "marketing", "channel": "email", "granted": true, "source": "simulation"}},
			},
		}}
		for n := range p.Orders {
			batch = append(batch, track(p, fmt.Sprintf("past-%d", n), Dawn(-1-p.Since-20*n), "Order Completed", properties{
				"order_id": fmt.Sprintf("%s-past-%d", p.id(), n), "revenue": "60.00", "discount": "0.00", "currency": "EUR",
				"products": []properties{product(p.Likes)},
			}))
		}
		for n := range 3 {
			batch = append(batch, track(p, fmt.Sprintf("look-%d", n), Dawn(-1).Add(time.Duration(n-3)*time.Hour), "Product Viewed", product(p.Likes)))
		}
		if err := a.tell(ctx, batch...); err != nil {
			return err
		}
	}
	return nil
}

func (p *Stranger) id() string { return "person-" + strconv.Itoa(p.Index) }

func track(p *Stranger, id string, at time.Time, name string, what properties) properties {
	return properties{
		"type": "track", "userId": p.id(), "messageId": p.id() + "-" + id, "timestamp": at, "event": name, "properties": what,
	}
}

func product(topic int) properties {
	return properties{"product_id": topics[topic] + "-0", "category": topics[topic], "price": 60, "quantity": 1, "currency": "EUR"}
}

// Dawn does what is due.
func (a *Aparte) Dawn(ctx context.Context, day int) error {
	a.day = day
	a.house.Clock(Dawn(day))
	return a.house.Step(ctx)
}

// Choose tells what the person looked at and asks what to say.
func (a *Aparte) Choose(ctx context.Context, m *Moment) (Action, error) {
	a.house.Clock(m.At)
	id := fmt.Sprint("day-", m.Day)
	if err := a.tell(ctx, track(&m.Person, id+"-look", m.At, "Product Viewed", product(m.Looked))); err != nil {
		return Silence, err
	}
	device, locale := "desktop", "en-GB"
	if m.Person.Mobile {
		device = "mobile"
	}
	if m.Person.French {
		locale = "fr-FR"
	}
	var answer struct {
		Decisions []struct {
			ID      string           `json:"id"`
			Content aparte.ContentID `json:"content"`
		} `json:"decisions"`
	}
	err := a.call(ctx, http.MethodPost, "/v1/decide", a.house.WriteKey, properties{
		"person": properties{"userId": m.Person.id()}, "surface": aparte.Email, "slots": []aparte.Channel{aparte.Email},
		"formats": []string{"json"}, "context": properties{"device": device, "locale": locale},
	}, &answer)
	if err != nil {
		return Silence, err
	}
	if len(answer.Decisions) != 1 {
		return Silence, fmt.Errorf("%d decisions for one slot", len(answer.Decisions))
	}
	a.decision = answer.Decisions[0].ID
	if a.asked++; a.Audit.wants(a.day, a.asked) {
		if err := a.audit(ctx, m); err != nil {
			return Silence, err
		}
	}
	return actionOf(answer.Decisions[0].Content)
}

// Shown tells that the letter was seen, and what was done with it.
func (a *Aparte) Shown(ctx context.Context, m *Moment, said Action, clicked, left bool) error {
	about := properties{"decision": a.decision, "content": said.content(), "channel": aparte.Email, "slot": aparte.Email}
	id := fmt.Sprintf("day-%d-", m.Day)
	batch := []properties{track(&m.Person, id+"seen", m.At, aparte.EventExposed, about)}
	if clicked {
		batch = append(batch, track(&m.Person, id+"clicked", m.At, aparte.EventClicked, about))
	}
	if left {
		batch = append(batch, track(&m.Person, id+"left", m.At, aparte.EventUnsubscribed, about))
	}
	return a.tell(ctx, batch...)
}

// Ordered tells of an order.
func (a *Aparte) Ordered(ctx context.Context, o *Order) error {
	a.house.Clock(o.At)
	return a.tell(ctx, track(&o.Person, fmt.Sprint("order-", o.Number), o.At, "Order Completed", properties{
		"order_id": fmt.Sprint("order-", o.Number), "revenue": euros(o.Amount), "discount": euros(o.Discount), "currency": "EUR",
		"products": []properties{product(o.Topic)},
	}))
}

func euros(minor int64) string { return fmt.Sprintf("%d.%02d", minor/100, minor%100) }

func (a *Aparte) tell(ctx context.Context, events ...properties) error {
	return a.call(ctx, http.MethodPost, "/v1/batch", a.house.WriteKey, properties{"batch": events}, nil)
}

// attempts is how often a door is tried that says it is busy: its time limits are of the wall's clock, and a
// machine may have better things to do than to simulate.
const attempts = 8

// call goes through a door and reads its answer, where into is not nil. Events may be told again, as they
// have their messageIds; where a decision had to be asked for again, the run is not quite that of its seed.
func (a *Aparte) call(ctx context.Context, method, path, key string, body, into any) error {
	var sent []byte
	if body != nil {
		var err error
		if sent, err = json.Marshal(body); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	answer, err := a.knock(ctx, method, path, key, sent)
	for range attempts {
		if err != nil || answer.code != http.StatusServiceUnavailable {
			break
		}
		a.retried++
		answer, err = a.knock(ctx, method, path, key, sent)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if answer.code != http.StatusOK {
		return fmt.Errorf("%s answers %d: %.300s", path, answer.code, answer.body.String())
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(answer.body.Bytes(), into); err != nil {
		return errors.New(path + " answers what is not understood")
	}
	return nil
}

// knock is one request, without a network.
func (a *Aparte) knock(ctx context.Context, method, path, key string, body []byte) (*answer, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://aparte.example"+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", mailer)
	req.SetBasicAuth(key, "")
	req.RemoteAddr = "192.0.2.1:1234" // of the documentation's network
	w := &answer{code: http.StatusOK, header: http.Header{}}
	a.house.Doors.ServeHTTP(w, req)
	return w, nil
}

// answer is what a door wrote.
type answer struct {
	code   int
	header http.Header
	body   bytes.Buffer
}

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) WriteHeader(code int)        { a.code = code }
func (a *answer) Write(b []byte) (int, error) { return a.body.Write(b) }
