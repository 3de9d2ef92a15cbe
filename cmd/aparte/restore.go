package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/aparte-dev/aparte/store/backup"
	"github.com/aparte-dev/aparte/store/pebble"
	"github.com/aparte-dev/aparte/store/sealed"
)

// restoreCommand makes a store of a backup.
type restoreCommand struct {
	From string `help:"The backup: its directory; its file NAME.tar; - for standard input." required:"" placeholder:"DIR"`
	Data string `help:"Directory of the store to be: one that is not there, or empty." default:"./data" type:"path" env:"APARTE_DATA"`

	toldFlags `embed:""`
}

// Run restores a backup where all of it is as it was written, and opens.
func (c *restoreCommand) Run(ctx context.Context) error {
	files, done, err := c.files()
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	bar := newPatient(words[c.Lang].restoring, 100)
	about, err := backup.Restore(ctx, files, c.Data, func(dir string, about backup.About) error { return opens(ctx, dir, about) },
		func(done, total int64) { bar.at(percent(done, total)) })
	if err = errors.Join(err, done()); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	return c.tell(about)
}

func (c *restoreCommand) files() (backup.Files, func() error, error) {
	if c.From == "-" {
		return backup.Archive(os.Stdin), func() error { return nil }, nil
	}
	info, err := os.Stat(c.From)
	if err != nil {
		return nil, nil, err
	}
	if info.IsDir() {
		d, err := backup.Directory(c.From)
		if err != nil {
			return nil, nil, err
		}
		return d, d.Close, nil
	}
	f, err := os.Open(c.From)
	if err != nil {
		return nil, nil, err
	}
	return backup.Archive(io.Reader(f)), f.Close, nil
}

// opens is nil where the files of a backup are the store that it says.
func opens(ctx context.Context, dir string, about backup.About) error {
	place, err := pebble.Open(dir, pebble.Options{})
	if err != nil {
		return err
	}
	by, err := sealed.By(ctx, place, secretDocuments...)
	switch {
	case err != nil:
	case place.Parts() != about.Parts:
		err = &backup.Fault{File: backup.AboutName, Reason: fmt.Sprintf("tells of %d parts, the store has %d", about.Parts, place.Parts())}
	case by != about.SealedBy:
		err = &backup.Fault{File: backup.AboutName, Reason: fmt.Sprintf("tells of the master key %q, the store of %q", about.SealedBy, by)}
	}
	return errors.Join(err, place.Close())
}

func (c *restoreCommand) tell(about backup.About) error {
	ring, _, err := masterKeys(c.Data)
	there := about.SealedBy == "" || err == nil && slices.Contains(ring.IDs(), about.SealedBy)
	if c.JSON {
		return printJSON(struct {
			backup.About
			Data string `json:"data"`
			Key  bool   `json:"masterKeyThere"`
		}{about, c.Data, there})
	}
	w := words[c.Lang]
	fmt.Printf(w.restored+"\n", c.Data, about.Files, megabytes(about.Bytes), about.Made.Format(time.RFC3339))
	if !there {
		fmt.Printf(w.keyWanted+"\n", about.SealedBy, keyFile(c.Data), masterVariable)
	}
	return nil
}
