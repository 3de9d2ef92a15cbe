package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

type eraseCommand struct {
	Person    string `arg:"" help:"A userId; or an identifier with its kind, such as email:ann@example.com; or a person's own id, p_…"`
	URL       string `help:"The running server, which knows what waits to be told of them elsewhere." name:"url" default:"http://127.0.0.1:8080" env:"APARTE_URL"`
	SecretKey string `help:"Secret key of the server." required:"" env:"APARTE_SECRET_KEY"`
}

// Run erases a person, and has the files of the store forget them before it ends.
func (c *eraseCommand) Run(ctx context.Context) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL+"/v1/admin/people/"+url.PathEscape(c.Person)+"/erase", bytes.NewReader([]byte(`{"purge":true}`)))
	if err != nil {
		return errors.New("erase: the server's address cannot be used")
	}
	r.SetBasicAuth(c.SecretKey, "")
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return errors.New("erase: no answer") // the error names the person
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(io.LimitReader(answer.Body, 1<<16))
	switch {
	case err != nil:
		return fmt.Errorf("erase: %w", err)
	case answer.StatusCode == http.StatusNotFound:
		return errors.New("erase: nobody of that name is known")
	case answer.StatusCode != http.StatusOK:
		return fmt.Errorf("erase: the server answers %d: %s", answer.StatusCode, bytes.TrimSpace(said))
	}
	fmt.Printf("%s\n", bytes.TrimSpace(said))
	return nil
}
