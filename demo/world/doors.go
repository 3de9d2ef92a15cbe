package world

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// doors are the engine's doors as a site uses them.
type doors struct {
	base   string
	key    string
	client *http.Client
}

// maxAnswer bounds what is read of an answer.
const maxAnswer = 1 << 20

func newDoors(base, key string, client *http.Client) *doors {
	own := http.Client{Timeout: 15 * time.Second}
	if client != nil {
		own = *client
	}
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &doors{base: base, key: key, client: &own}
}

// decision is what a door answered for one slot.
type decision struct {
	ID       string            `json:"id"`
	Slot     string            `json:"slot"`
	Silent   bool              `json:"silent"`
	Content  string            `json:"content"`
	Layout   string            `json:"layout"`
	Item     string            `json:"item"`
	Channel  string            `json:"channel"`
	Link     string            `json:"link"`
	Variants map[string]string `json:"variants"`
}

// event is one call of the Segment specification.
type event map[string]any

// moment tells an event and asks what to show in the slots of the page it opened.
func (d *doors) moment(ctx context.Context, agent string, e event, slots []string, situation map[string]any) ([]decision, error) {
	body, err := d.post(ctx, "/v1/moment", agent, map[string]any{
		"event": e, "surface": "web", "slots": slots, "context": situation,
	})
	if err != nil {
		return nil, err
	}
	var answer struct {
		Decisions []decision `json:"decisions"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, fmt.Errorf("moment: %w", err)
	}
	return answer.Decisions, nil
}

// tell tells events.
func (d *doors) tell(ctx context.Context, agent string, events ...event) error {
	_, err := d.post(ctx, "/v1/batch", agent, map[string]any{"batch": events})
	return err
}

func (d *doors) post(ctx context.Context, path, agent string, body any) ([]byte, error) {
	encoded, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.base+path, bytes.NewReader(encoded))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.SetBasicAuth(d.key, "")
	return d.do(req, agent)
}

var errOutside = errors.New("the address leads elsewhere")

// follow opens an address that the engine gave out: a picture, or a link, whose redirect is not
// followed. It opens none that is not below the base.
func (d *doors) follow(ctx context.Context, agent, address string) error {
	if !strings.HasPrefix(address, d.base+"/") {
		return errOutside
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return errOutside // the error would quote the token
	}
	_, err = d.do(req, agent)
	return err
}

func (d *doors) do(req *http.Request, agent string) ([]byte, error) {
	req.Header.Set("User-Agent", agent)
	res, err := d.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return nil, err
	}
	if res.StatusCode >= 400 {
		return nil, fmt.Errorf("%s answers %d", req.URL.Host, res.StatusCode)
	}
	return body, nil
}
