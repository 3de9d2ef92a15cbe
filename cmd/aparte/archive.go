package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store/pebble"
)

// openArchive opens a store for looking into, which no other process may have open; instead is what to do where one has.
func openArchive(data, instead string) (*engine.Archive, func() error, error) {
	s, err := openStore(data, instead)
	if err != nil {
		return nil, nil, err
	}
	return engine.NewArchive(engine.Config{Store: s}), s.Close, nil
}

// openStore opens a store that is there, and which no other process has open.
func openStore(data, instead string) (*pebble.Store, error) {
	if _, err := os.Stat(data); err != nil {
		return nil, err // it names the path; opening would make a store
	}
	s, err := pebble.Open(data, pebble.Options{})
	if errors.Is(err, pebble.ErrInUse) {
		return nil, fmt.Errorf("%w: %s", err, instead)
	}
	return s, err
}
