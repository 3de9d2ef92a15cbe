package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/api"
	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/compose"
	"github.com/aparte-dev/aparte/demo/story"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store/pebble"
)

// tell lets the story happen, prints it, and writes its pictures where that is wanted.
func (c *demoCommand) tell(ctx context.Context) (err error) {
	if c.Story != "isabelle" {
		return fmt.Errorf("demo: there is no story %q: isabelle is the only one", c.Story)
	}
	house, shut, err := storyHouse(ctx, c.Seed)
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	defer func() { err = errors.Join(err, shut()) }()
	fmt.Fprintln(os.Stderr, "Other people live through nine weeks first, so that there is something to have learned.")
	told, err := story.Tell(ctx, story.Config{House: house, Seed: c.Seed, French: c.French})
	if told != nil {
		fmt.Print(told.Print(c.French))
		err = errors.Join(err, c.keep(told.Pictures))
	}
	return err
}

// keep writes the story's pictures.
func (c *demoCommand) keep(pictures map[string][]byte) error {
	if c.Pictures == "" {
		return nil
	}
	if err := os.MkdirAll(c.Pictures, 0o755); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	for name, picture := range pictures {
		if err := os.WriteFile(filepath.Join(c.Pictures, name), picture, 0o644); err != nil {
			return fmt.Errorf("demo: %w", err)
		}
	}
	return nil
}

// The keys of the story's house: nothing listens.
const (
	storyKey    = "story-key"
	storySecret = "story-secret-key"
)

// storyHouse opens the engine in memory, behind its doors, with a clock that the story moves and a post that keeps what leaves.
func storyHouse(ctx context.Context, seed uint64) (house *story.House, shut func() error, err error) {
	var clock atomic.Int64
	now := func() time.Time { return time.UnixMicro(clock.Load()).UTC() }
	clock.Store(story.Begins.UnixMicro())
	assets, err := story.Assets()
	if err != nil {
		return nil, nil, err
	}
	random := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8), byte(seed >> 16), byte(seed >> 24)})
	db, err := pebble.Open("story", pebble.Options{FS: pebble.Memory(), Parts: 4, MemTableSize: 8 << 20, Rand: random})
	if err != nil {
		return nil, nil, err
	}
	post := new(story.Post)
	e, err := storyEngine(ctx, db, assets, post, now)
	if err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	shut = func() error { return errors.Join(e.Close(), db.Close()) }
	doors, err := api.New(api.Config{Engine: e, Now: now, Random: random, Keys: []api.Key{
		{Name: "story", Kind: api.PublicKey, Source: "web", Value: storyKey},
		{Name: "story's secret", Kind: api.SecretKey, Source: "server", Value: storySecret},
	}})
	if err != nil {
		return nil, nil, errors.Join(err, shut())
	}
	return &story.House{
		Doors: doors, WriteKey: storyKey, SecretKey: storySecret, Post: post,
		Clock: func(at time.Time) { clock.Store(at.UnixMicro()) },
		Step:  func(ctx context.Context) error { return stepAndDeliver(ctx, e) },
	}, shut, nil
}

func storyEngine(ctx context.Context, db *pebble.Store, assets fs.FS, post *story.Post, now func() time.Time) (*engine.Engine, error) {
	composer, err := compose.New(assets)
	if err != nil {
		return nil, err
	}
	e, err := engine.Open(ctx, engine.Config{
		Store: db, Composer: composer, BaseURL: story.Base, Now: now, Stepped: true, CachedPeople: 4096,
		Senders: []channel.Sender{post.Sender(aparte.Email), post.Sender(aparte.MobilePush)},
	})
	if err != nil {
		return nil, err
	}
	b, err := story.Brand()
	if err == nil {
		_, err = e.Publish(ctx, b)
	}
	if err == nil {
		err = e.PutPlaces(ctx, story.Places(), nil)
	}
	if err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

// stepAndDeliver does what is due, and waits until what it sent out was answered.
func stepAndDeliver(ctx context.Context, e *engine.Engine) error {
	for {
		if err := e.Step(ctx); err != nil {
			return err
		}
		if e.Status().Delivering == 0 {
			return nil
		}
		if err := e.Delivered(ctx); err != nil {
			return err
		}
	}
}
