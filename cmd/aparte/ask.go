package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
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
