package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store/backup"
	"github.com/aparte-dev/aparte/store/pebble"
)

// rebuildCommand makes states and the model anew from the log.
type rebuildCommand struct {
	Data string `help:"Directory of the store; no server may have it. Nothing in it is changed." default:"./data" type:"path" env:"APARTE_DATA"`
	Into string `help:"Directory of the store to be: one that is not there, or empty." required:"" type:"path" placeholder:"DIR"`

	toldFlags `embed:""`
}

// Run copies the store as a backup would, and rebuilds it before it is put in place.
func (c *rebuildCommand) Run(ctx context.Context) error {
	from, err := pack(ctx, c.Data, "stop the server, or rebuild what was restored from a backup")
	if err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	var made *engine.Rebuilt
	_, err = backup.Restore(ctx, backup.Archive(from), c.Into, func(dir string, _ backup.About) (err error) {
		made, err = c.rebuild(ctx, dir)
		return err
	}, nil)
	if err = errors.Join(err, from.Close()); err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	return c.tell(made)
}

func (c *rebuildCommand) rebuild(ctx context.Context, dir string) (*engine.Rebuilt, error) {
	place, err := pebble.Open(dir, pebble.Options{})
	if err != nil {
		return nil, err
	}
	bar := newPatient(words[c.Lang].building, 100)
	made, err := engine.Rebuild(ctx, place, func(done, total int) { bar.at(100 * done / total) })
	return made, errors.Join(err, place.Close())
}

func (c *rebuildCommand) tell(r *engine.Rebuilt) error {
	if c.JSON {
		return printJSON(r)
	}
	w := words[c.Lang]
	fmt.Printf(w.rebuiltInto+"\n", c.Into, r.People, r.Changed)
	for _, line := range []struct {
		n     int
		words string
	}{{r.Lost, w.lostStates}, {r.Kept, w.keptStates}, {r.Assumed, w.assumed}} {
		if line.n > 0 {
			fmt.Printf(line.words+"\n", line.n)
		}
	}
	if len(r.Beyond) > 0 {
		fmt.Printf(w.beyond+"\n", len(r.Beyond), strings.Join(r.Beyond, " "))
	}
	model := w.sameModel
	if r.Model {
		model = w.otherModel
	}
	fmt.Printf(model+"\n", r.Rounds, r.Examples)
	return nil
}
