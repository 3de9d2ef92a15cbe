package story

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel"
)

// House is Aparté as the story meets it: doors, a clock that the story moves, and what left by post.
type House struct {
	Doors     http.Handler
	WriteKey  string
	SecretKey string
	Clock     func(time.Time)             // sets it
	Step      func(context.Context) error // does what is due by it, and waits until what leaves has left
	Post      *Post
}

// Post keeps what left for people, in place of mailboxes and telephones. It is safe for concurrent use.
type Post struct {
	mu     sync.Mutex
	letter []Letter
}

// Letter is one message that left.
type Letter struct {
	Channel aparte.Channel
	channel.Message
}

// Decision is the one that sent it: the key of what goes to one device of several has the device behind a dot.
func (l *Letter) Decision() string {
	id, _, _ := strings.Cut(l.Key, ".")
	return id
}

// Sender is the door to the post on a channel.
func (p *Post) Sender(on aparte.Channel) channel.Sender { return box{p, on} }

// take is what left since the last time, in the order of the decisions' names: it leaves by several hands at once.
func (p *Post) take() []Letter {
	p.mu.Lock()
	defer p.mu.Unlock()
	taken := p.letter
	p.letter = nil
	return taken
}

type box struct {
	post *Post
	on   aparte.Channel
}

func (b box) Channel() aparte.Channel { return b.on }

func (b box) Send(_ context.Context, m *channel.Message) error {
	if err := m.Check(); err != nil {
		return err
	}
	b.post.mu.Lock()
	defer b.post.mu.Unlock()
	b.post.letter = append(b.post.letter, Letter{b.on, *m})
	return nil
}

// properties is a JSON object.
type properties map[string]any

// reader is the user agent of what opens mails and pages here.
const reader = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1"

// Base is where the doors are, as messages have it.
const Base = "http://rosalie.example"

// attempts is how often a door is tried that says it is busy: its time limits are of the wall's clock.
const attempts = 8

// call goes through a door and reads its answer, where into is not nil.
func (h *House) call(ctx context.Context, method, path, key string, body, into any) error {
	var sent []byte
	if body != nil {
		var err error
		if sent, err = json.Marshal(body); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	var got *answer
	for range attempts {
		var err error
		if got, err = h.knock(ctx, method, path, key, sent); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if got.code != http.StatusServiceUnavailable {
			break
		}
	}
	if got.code != http.StatusOK {
		return fmt.Errorf("%s answers %d: %.300s", path, got.code, got.body.String())
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(got.body.Bytes(), into); err != nil {
		return errors.New(path + " answers what is not understood")
	}
	return nil
}

// knock is one request, without a network.
func (h *House) knock(ctx context.Context, method, path, key string, body []byte) (*answer, error) {
	req, err := http.NewRequestWithContext(ctx, method, Base+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if len(body) > 0 {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("User-Agent", reader)
	if key != "" {
		req.SetBasicAuth(key, "")
	}
	req.RemoteAddr = "192.0.2.1:1234" // of the documentation's network
	w := &answer{code: http.StatusOK, header: http.Header{}}
	h.Doors.ServeHTTP(w, req)
	return w, nil
}

// fetch opens an address that a door gave out, and says where it leads, where it leads on.
func (h *House) fetch(ctx context.Context, address string) (body []byte, location string, err error) {
	if len(address) <= len(Base) || address[:len(Base)] != Base {
		return nil, "", errors.New("an address leads elsewhere")
	}
	got, err := h.knock(ctx, http.MethodGet, address[len(Base):], "", nil)
	if err != nil {
		return nil, "", err
	}
	if got.code >= http.StatusBadRequest {
		return nil, "", fmt.Errorf("an address answers %d", got.code)
	}
	return got.body.Bytes(), got.header.Get("Location"), nil
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
