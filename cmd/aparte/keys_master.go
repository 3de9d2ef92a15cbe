package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/alecthomas/kong"

	"github.com/aparte-dev/aparte/store/pebble"
	"github.com/aparte-dev/aparte/store/sealed"
)

type masterCommand struct{}

// Run prints a new key.
func (*masterCommand) Run(k *kong.Kong) error {
	_, err := fmt.Fprintln(k.Stdout, sealed.NewKey())
	return err
}

type rotateCommand struct {
	Data string `help:"Directory of the embedded store." default:"./data" type:"existingdir" env:"APARTE_DATA"`
}

// Run writes the new key beside the former ones before anything is sealed by it, and forgets those when everything is: broken off in
// between, it can be run again.
func (c *rotateCommand) Run(ctx context.Context, k *kong.Kong) error {
	ring, path, err := masterKeys(c.Data)
	switch {
	case err != nil:
		return fmt.Errorf("rotate: %w", err)
	case path == "":
		return fmt.Errorf("rotate: the keys are in %s, which this cannot change: put a new one first (aparte keys master), a comma, and the former; start once; leave the former out", masterVariable)
	}
	place, err := openEmbedded(c.Data)
	if err != nil {
		return fmt.Errorf("rotate: %w", err)
	}
	return errors.Join(c.rotate(ctx, k, place, ring, path), place.Close())
}

func (c *rotateCommand) rotate(ctx context.Context, k *kong.Kong, place *pebble.Store, ring *sealed.Ring, path string) error {
	if _, err := sealed.Open(ctx, place, ring, secretDocuments...); err != nil { // before the keys are another's, too
		return fmt.Errorf("rotate: %w", err)
	}
	both, err := ring.With(sealed.NewKey())
	if err == nil {
		err = both.WriteFile(path)
	}
	if err == nil {
		_, err = sealed.Open(ctx, place, both, secretDocuments...)
	}
	if err == nil {
		err = both.First().WriteFile(path)
	}
	if err != nil {
		return fmt.Errorf("rotate: %w", err)
	}
	_, err = fmt.Fprintf(k.Stdout, "Sealed by %s, which is in %s. Backups from before need the former one, %s: where you kept a copy of it, keep it with them.\n", both.IDs()[0], path, ring.IDs()[0])
	return err
}

type forgetCommand struct {
	Data string `help:"Directory of the embedded store." default:"./data" type:"existingdir" env:"APARTE_DATA"`
	Sure bool   `help:"Do it: what was sealed by a key that is lost is lost."`
}

// Run drops what cannot be opened.
func (c *forgetCommand) Run(ctx context.Context, k *kong.Kong) error {
	if !c.Sure {
		return errors.New("forget: this drops webhooks, accounts at advertising platforms, the settings of single sign-on, what people wrote back, and every link that was sent, where the key that sealed them is lost: say --sure")
	}
	place, err := openEmbedded(c.Data)
	if err != nil {
		return fmt.Errorf("forget: %w", err)
	}
	dropped, err := c.forget(ctx, place)
	if err = errors.Join(err, place.Close()); err != nil {
		return fmt.Errorf("forget: %w", err)
	}
	for _, name := range dropped {
		if _, err := fmt.Fprintln(k.Stdout, "dropped", name); err != nil {
			return err
		}
	}
	return nil
}

func (c *forgetCommand) forget(ctx context.Context, place *pebble.Store) ([]string, error) {
	ring, path, err := masterKeys(c.Data)
	if errors.Is(err, fs.ErrNotExist) {
		if ring, err = sealed.ParseRing(sealed.NewKey()); err == nil {
			err = ring.WriteFile(path)
		}
	}
	if err != nil {
		return nil, err
	}
	return sealed.Forget(ctx, place, ring, secretDocuments...)
}

// openEmbedded opens a store as it is, without what is sealed in it.
func openEmbedded(data string) (*pebble.Store, error) {
	if _, err := os.Stat(data); err != nil {
		return nil, err
	}
	return pebble.Open(data, pebble.Options{})
}
