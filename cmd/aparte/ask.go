package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// maxAnswer bounds what is read of a server's answer.
const maxAnswer = 16 << 20

// ask makes a request of the server that holds a store, and returns what it answers.
func ask(ctx context.Context, method, address, secretKey string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, address, nil)
	if err != nil {
		return nil, fmt.Errorf("--url: %w", err)
	}
	r.SetBasicAuth(secretKey, "")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s://%s answers %s: %s", r.URL.Scheme, r.URL.Host, answer.Status, strings.TrimSpace(string(body)))
	}
	return body, nil
}

// follow asks a server for something that takes a while, tells how far it is, and returns what was found. Lines of another
// kind go to each, where it is not nil.
func follow[Found any](ctx context.Context, base, door, secretKey string, asked any, what string, each func(line json.RawMessage) error) (*Found, error) {
	address, err := url.JoinPath(base, door)
	if err != nil {
		return nil, fmt.Errorf("--url: %w", err)
	}
	body, err := json.Marshal(asked)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("--url: %w", err)
	}
	r.SetBasicAuth(secretKey, "")
	r.Header.Set("Accept", "application/x-ndjson")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		told, _ := io.ReadAll(io.LimitReader(answer.Body, 1<<12)) // the status says enough
		return nil, fmt.Errorf("%s://%s answers %s: %s", r.URL.Scheme, r.URL.Host, answer.Status, told)
	}
	bar, lines := newPatient(what, 100), json.NewDecoder(bufio.NewReader(answer.Body))
	for {
		var line json.RawMessage
		if err := lines.Decode(&line); err != nil {
			return nil, fmt.Errorf("the answer broke off: %w", err)
		}
		var told struct {
			Done   *float64 `json:"done"`
			Found  *Found   `json:"found"`
			Errors []struct {
				Message string `json:"message"`
			} `json:"errors"`
		}
		switch err := json.Unmarshal(line, &told); {
		case err != nil:
			return nil, fmt.Errorf("the answer cannot be read: %w", err)
		case len(told.Errors) > 0:
			return nil, errors.New(told.Errors[0].Message)
		case told.Found != nil:
			return told.Found, nil
		case told.Done != nil:
			bar.at(int(100 * *told.Done))
		case each != nil:
			if err := each(line); err != nil {
				return nil, err
			}
		}
	}
}
