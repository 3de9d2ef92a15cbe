package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store/pebble"
	"github.com/aparte-dev/aparte/store/sealed"
)

// openArchive opens a store for looking into, which no other process may have open; instead is what to do where one has.
func openArchive(ctx context.Context, data, instead string) (*engine.Archive, func() error, error) {
	s, err := openKept(ctx, data, instead)
	if err != nil {
		return nil, nil, err
	}
	return engine.NewArchive(engine.Config{Store: s}), s.Close, nil
}

// openKept opens a store that is there, and which no other process has open.
func openKept(ctx context.Context, data, instead string) (*sealed.Store, error) {
	if _, err := os.Stat(data); err != nil {
		return nil, err // it names the path; opening would make a store
	}
	s, err := openStore(ctx, data, pebble.Options{})
	if errors.Is(err, pebble.ErrInUse) {
		return nil, fmt.Errorf("%w: %s", err, instead)
	}
	return s, err
}
