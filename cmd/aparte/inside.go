package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"

	"github.com/aparte-dev/aparte/api"
	"github.com/aparte-dev/aparte/compose"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/exchange/load"
	"github.com/aparte-dev/aparte/store/pebble"
)

// target says where the doors are: those of a running server, or a store that no server has open.
type target struct {
	Data      string `help:"Directory of the embedded store." default:"./data" type:"path" env:"APARTE_DATA"`
	Assets    string `help:"Directory of the brand's pictures." default:"." type:"existingdir" env:"APARTE_ASSETS"`
	URL       string `help:"Server to go through instead of opening the store, such as http://127.0.0.1:8080." name:"url" env:"APARTE_URL"`
	WriteKey  string `help:"Write key of the server: enough for events and people." env:"APARTE_WRITE_KEY"`
	SecretKey string `help:"Secret key of the server: for attributes and the catalogue." env:"APARTE_SECRET_KEY"`
}

// doors opens the doors, with a key that is enough or, where secret asks for it, a secret one.
func (t *target) doors(ctx context.Context, secret bool) (_ *load.Client, done func() error, err error) {
	if t.URL == "" {
		return openInside(ctx, t.Data, t.Assets)
	}
	key := t.SecretKey
	if key == "" {
		key = t.WriteKey
	}
	switch {
	case secret && t.SecretKey == "":
		return nil, nil, errors.New("--secret-key is needed for this")
	case key == "":
		return nil, nil, errors.New("--write-key or --secret-key is needed")
	}
	c := &load.Client{Base: t.URL, Key: key, HTTP: http.DefaultClient}
	if err := c.Reach(ctx); err != nil {
		return nil, nil, fmt.Errorf("--url: %w", err)
	}
	return c, func() error { return nil }, nil
}

// openInside opens the doors of a store within this process. The engine's clock is never moved on: nothing that falls due
// fires, so that no message leaves because a file is read in.
func openInside(ctx context.Context, data, assets string) (_ *load.Client, done func() error, err error) {
	mem, err := divide(defaultMemory)
	if err != nil {
		return nil, nil, err
	}
	mem.claim()
	s, err := openStore(ctx, data, pebble.Options{CacheSize: mem.blocks, MemTableSize: mem.memTable})
	if errors.Is(err, pebble.ErrInUse) {
		return nil, nil, fmt.Errorf("%w: to go through the server that has it, give --url and a key", err)
	} else if err != nil {
		return nil, nil, err
	}
	composer, err := compose.New(os.DirFS(assets))
	if err != nil {
		return nil, nil, errors.Join(err, s.Close())
	}
	log := slog.New(slog.DiscardHandler)
	signs, err := linkKeys(ctx, s)
	if err != nil {
		return nil, nil, errors.Join(err, s.Close())
	}
	e, err := engine.Open(ctx, engine.Config{
		Store: s, Links: signs, Composer: composer, BaseURL: "http://localhost", Stepped: true, Logger: log,
		CachedPeople: mem.people, CachedBytes: mem.records,
	})
	if err != nil {
		return nil, nil, errors.Join(err, s.Close())
	}
	done = func() error { return errors.Join(e.Close(), s.Close()) }
	key := rand.Text()
	h, err := api.New(api.Config{Engine: e, Keys: []api.Key{{Name: "import", Kind: api.SecretKey, Source: "import", Value: key}}, Logger: log})
	if err != nil {
		return nil, nil, errors.Join(err, done())
	}
	return &load.Client{Base: "http://inside", Key: key, HTTP: &http.Client{Transport: inside{handler: h}}}, done, nil
}

// inside carries requests to a handler of this process.
type inside struct {
	handler http.Handler
	source  string // of events; empty: that of the key
}

// RoundTrip answers a request.
func (i inside) RoundTrip(r *http.Request) (*http.Response, error) {
	if i.source != "" {
		r = r.WithContext(api.From(r.Context(), i.source))
	}
	if r.Body == nil {
		r.Body = http.NoBody
	}
	w := &inMemory{header: http.Header{}, status: http.StatusOK}
	i.handler.ServeHTTP(w, r)
	return &http.Response{
		Status: http.StatusText(w.status), StatusCode: w.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.header, Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()), Request: r,
	}, nil
}

// inMemory is an answer in memory.
type inMemory struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *inMemory) Header() http.Header         { return w.header }
func (w *inMemory) WriteHeader(status int)      { w.status = status }
func (w *inMemory) Write(b []byte) (int, error) { return w.body.Write(b) }
