package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/aparte-dev/aparte/api"
	"github.com/aparte-dev/aparte/engine"
)

// resultsCommand tells what being told things was worth, what each content earned, and how far that is to be believed.
type resultsCommand struct {
	Data      string `help:"Directory of the embedded store." default:"./data" type:"path" env:"APARTE_DATA"`
	URL       string `help:"Server to ask instead of opening the store, such as http://127.0.0.1:8080." name:"url" env:"APARTE_URL"`
	SecretKey string `help:"Secret key of the server." env:"APARTE_SECRET_KEY"`
	Days      int    `help:"Of the store's last so many days; 0: from the first decision on." default:"28"`
	People    int    `help:"Read at most so many people's histories, drawn by chance; 0: everybody's."`
	Ways      bool   `help:"Tell of layouts and variants of elements, too."`
	Lang      string `help:"Language of the words." enum:"en,fr" default:"en"`
	JSON      bool   `name:"json" help:"One JSON object on standard output, as GET /v1/admin/results answers it."`
}

// Help is what `aparte results --help` says beside the flags.
func (resultsCommand) Help() string {
	return `A content's figure is what it earned each time it was said, in minor units, against what the same policy would have done
without it: another content, or silence. That of a layout or of an element's variant (--ways) is against the other ways of
saying the same content. Both come from the propensities in the log, with people as the sample. Intervals are of 95 % and hold
however often one looks; of many, a few miss. There is no figure without its interval: where too few people, outcomes or
weights would carry it, that is said instead.

First comes whether it is to be believed: whether choices fall as their propensities have it, and people as the holdout does.

With --url the server answers: of the last 28 days, from the histories of ten thousand people at most.`
}

// Run reads the results where they are and prints them.
func (c *resultsCommand) Run(ctx context.Context) error {
	if c.Days < 0 || c.People < 0 {
		return errors.New("--days and --people cannot be negative")
	}
	var body []byte
	var err error
	if c.URL != "" {
		body, err = c.ask(ctx)
	} else {
		body, err = c.look(ctx)
	}
	if err != nil {
		return err
	}
	if c.JSON {
		_, err := fmt.Println(string(bytes.TrimSpace(body)))
		return err
	}
	var told told
	if err := json.Unmarshal(body, &told); err != nil {
		return fmt.Errorf("the answer is no results: %w", err)
	}
	return told.write(os.Stdout, c.Lang, c.Ways)
}

// look reads the store itself, which no other process may have open.
func (c *resultsCommand) look(ctx context.Context) (_ []byte, err error) {
	archive, done, err := openArchive(ctx, c.Data, "to ask the server that has it, give --url and --secret-key")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, done()) }()
	if err := archive.Restore(ctx); err != nil {
		return nil, fmt.Errorf("%s: %w", c.Data, err)
	}
	asked := engine.Looking{People: c.People}
	to := time.Now().UTC()
	from := time.Unix(0, 0).UTC()
	if c.Days > 0 {
		from = to.AddDate(0, 0, -c.Days)
		asked.Since = from
	}
	bar := newPatient("Reading histories", 100)
	found, err := archive.Evidence(ctx, asked, func(done, total int) { bar.at(100 * done / max(total, 1)) })
	if err != nil {
		return nil, err
	}
	return api.EncodeResults(ctx, archive, found, from, to, c.Lang)
}

// askedWithin is how long a server may take to read its log, and askAgain how often it is asked meanwhile.
const (
	askedWithin = 10 * time.Minute
	askAgain    = time.Second
)

// ask has the server that holds the store answer, and asks again while it still reads its log.
func (c *resultsCommand) ask(ctx context.Context) ([]byte, error) {
	address, err := url.JoinPath(c.URL, "/v1/admin/results")
	if err != nil {
		return nil, fmt.Errorf("--url: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, askedWithin)
	defer cancel()
	query := url.Values{"lang": {c.Lang}}
	if c.Days > 0 {
		query.Set("from", time.Now().UTC().AddDate(0, 0, -c.Days).Format(time.RFC3339))
	}
	bar := newPatient("Reading histories", 100)
	for {
		body, err := ask(ctx, http.MethodGet, address+"?"+query.Encode(), c.SecretKey)
		if err != nil {
			return nil, err
		}
		var told told
		if err := json.Unmarshal(body, &told); err != nil {
			return nil, fmt.Errorf("%s: the answer is no results: %w", c.URL, err)
		}
		if e := told.Evidence; e == nil || !e.Looking {
			return body, nil
		}
		bar.at(int(100 * told.Evidence.Done))
		select {
		case <-time.After(askAgain):
		case <-ctx.Done():
			return nil, fmt.Errorf("%s: %w", c.URL, ctx.Err())
		}
	}
}
