package load

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/aparte-dev/aparte"
)

// Client is the doors of a server.
type Client struct {
	Base string // such as http://127.0.0.1:8080
	Key  string // a write key; a secret key where people are looked for
	HTTP *http.Client
	Wait func(context.Context, time.Duration) error // nil: as long as it says
}

// patience is how often a server that is busy, or not there, is asked again: for about two minutes.
const patience = 12

// maxAnswer bounds what is read of an answer.
const maxAnswer = 64 << 20 // a brand with its catalogue

// Reach is why a server cannot be reached, nil where it can.
func (c *Client) Reach(ctx context.Context) error {
	status, _, _, err := c.once(ctx, http.MethodGet, "/healthz", nil)
	if err == nil && status != http.StatusOK {
		err = refused(status, nil)
	}
	return err
}

// Import is POST /v1/import.
func (c *Client) Import(ctx context.Context, events []jsontext.Value) (Answer, error) {
	body := []byte(`{"batch":[`)
	for i, e := range events {
		if i > 0 {
			body = append(body, ',')
		}
		body = append(body, e...)
	}
	status, answer, err := c.ask(ctx, http.MethodPost, "/v1/import", append(body, "]}"...))
	if err != nil {
		return Answer{}, err
	}
	var told struct {
		Success  bool      `json:"success"`
		Repeated []int     `json:"repeated"`
		Errors   []Refusal `json:"errors"`
	}
	if err := json.Unmarshal(answer, &told); err != nil {
		return Answer{}, fmt.Errorf("the answer is none of an import: %w", err)
	}
	switch {
	case status == http.StatusOK && told.Success:
		return Answer{Repeated: told.Repeated}, nil
	case status == http.StatusBadRequest || status == http.StatusRequestEntityTooLarge:
		for _, e := range told.Errors {
			if e.Index < 0 || status != http.StatusBadRequest {
				return Answer{}, fmt.Errorf("%w: %s: %s", ErrWhole, e.Field, e.Message)
			}
		}
		return Answer{told.Repeated, told.Errors}, nil
	}
	return Answer{}, refused(status, told.Errors)
}

func refused(status int, errs []Refusal) error {
	text := "answers " + strconv.Itoa(status) + " " + http.StatusText(status)
	for _, e := range errs {
		text += ": " + strings.TrimPrefix(e.Field+": "+e.Message, ": ")
	}
	return errors.New("the server " + text)
}

// Knows is GET /v1/admin/people/{id}.
func (c *Client) Knows(ctx context.Context, identifier string) (bool, error) {
	status, answer, err := c.ask(ctx, http.MethodGet, "/v1/admin/people/"+url.PathEscape(identifier), nil)
	switch {
	case err != nil:
		return false, err
	case status == http.StatusOK:
		return true, nil
	case status == http.StatusNotFound, status == http.StatusBadRequest: // nobody, or no identifier
		return false, nil
	}
	return false, fmt.Errorf("look for a person: %w", refusedWith(status, answer))
}

// ask makes a request, and again while the server is busy or cannot be reached.
func (c *Client) ask(ctx context.Context, method, path string, body []byte) (status int, answer []byte, err error) {
	for try := 0; ; try++ {
		status, answer, after, err := c.once(ctx, method, path, body)
		busy := status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable || status == http.StatusBadGateway
		if bytes.Contains(answer, []byte("no brand is published")) {
			return status, nil, errors.New("no brand is published yet: publish one first, by serve --brand or PUT /v1/admin/brand")
		}
		if err == nil && !busy || ctx.Err() != nil || try == patience || err != nil && status != 0 {
			if busy && err == nil {
				err = fmt.Errorf("the server is busy: %w", refused(status, nil))
			}
			return status, answer, err
		}
		if err := c.wait(ctx, max(after, backoff(try))); err != nil {
			return 0, nil, err
		}
	}
}

// backoff is how long to wait before another try: twice as long each time, up to twenty seconds, and a little by chance.
func backoff(try int) time.Duration {
	d := min(200*time.Millisecond<<min(try, 10), 20*time.Second)
	return d/2 + rand.N(d/2)
}

func (c *Client) once(ctx context.Context, method, path string, body []byte) (status int, answer []byte, after time.Duration, err error) {
	r, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(c.Base, "/")+path, bytes.NewReader(body))
	if err != nil {
		return -1, nil, 0, fmt.Errorf("address: %w", err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.SetBasicAuth(c.Key, "")
	res, err := c.HTTP.Do(r)
	if err != nil {
		return 0, nil, 0, err
	}
	defer res.Body.Close()
	answer, err = io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return 0, nil, 0, err
	}
	if seconds, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil && seconds >= 0 && seconds <= 60 {
		after = time.Duration(seconds) * time.Second
	}
	return res.StatusCode, answer, after, nil
}

func (c *Client) wait(ctx context.Context, d time.Duration) error {
	if c.Wait != nil {
		return c.Wait(ctx, d)
	}
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Brand is GET /v1/admin/brand.
func (c *Client) Brand(ctx context.Context) (*aparte.Brand, error) {
	status, answer, err := c.ask(ctx, http.MethodGet, "/v1/admin/brand", nil)
	if err != nil {
		return nil, err
	}
	if status != http.StatusOK {
		return nil, refusedWith(status, answer)
	}
	var b aparte.Brand
	if err := json.Unmarshal(answer, &b); err != nil {
		return nil, fmt.Errorf("the answer is no brand: %w", err)
	}
	return &b, nil
}

// Publish is PUT /v1/admin/brand.
func (c *Client) Publish(ctx context.Context, b *aparte.Brand) ([]Fault, error) {
	return c.put(ctx, http.MethodPut, "/v1/admin/brand", b)
}

// PutPlaces is POST /v1/admin/places.
func (c *Client) PutPlaces(ctx context.Context, put []aparte.Place) ([]Fault, error) {
	return c.put(ctx, http.MethodPost, "/v1/admin/places", map[string]any{"put": put})
}

// PutCosts is POST /v1/admin/costs.
func (c *Client) PutCosts(ctx context.Context, put []aparte.MediaCost) ([]Fault, error) {
	return c.put(ctx, http.MethodPost, "/v1/admin/costs", map[string]any{"put": put})
}

// put sends what a door takes whole, or refuses with a fault for each thing that is wrong.
func (c *Client) put(ctx context.Context, method, door string, what any) ([]Fault, error) {
	body, err := json.Marshal(what)
	if err != nil {
		return nil, err
	}
	status, answer, err := c.ask(ctx, method, door, body)
	switch {
	case err != nil:
		return nil, err
	case status == http.StatusOK:
		return nil, nil
	case status != http.StatusUnprocessableEntity:
		return nil, refusedWith(status, answer)
	}
	var told struct {
		Errors []Fault `json:"errors"`
	}
	if err := json.Unmarshal(answer, &told); err != nil || len(told.Errors) == 0 {
		return nil, refused(status, nil)
	}
	return told.Errors, nil
}

func refusedWith(status int, answer []byte) error {
	var told struct {
		Errors []Refusal `json:"errors"`
	}
	_ = json.Unmarshal(answer, &told) // the status says enough
	return refused(status, told.Errors)
}
