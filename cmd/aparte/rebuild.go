package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store"
	"github.com/aparte-dev/aparte/store/backup"
	"github.com/aparte-dev/aparte/store/pebble"
	"github.com/aparte-dev/aparte/store/transfer"
)

// rebuildCommand makes states and the model anew from the log.
type rebuildCommand struct {
	Data  string   `help:"Directory of the store; no server may have it. Nothing in it is changed." default:"./data" type:"path" env:"APARTE_DATA"`
	Store []string `help:"Addresses of PostgreSQL, as serve has them, where people are kept there; no node may be at work. Nothing there is changed." placeholder:"ADDRESS" env:"APARTE_STORE" sep:"none"`
	Into  []string `help:"Directory of the store to be: one that is not there, or empty. With --store: addresses, of databases without a store, or pebble:DIR." required:"" placeholder:"STORE" sep:"none"`

	toldFlags `embed:""`
}

// Run copies the store, and rebuilds the copy.
func (c *rebuildCommand) Run(ctx context.Context) (err error) {
	var made *engine.Rebuilt
	if len(c.Store) > 0 {
		made, err = c.served(ctx)
	} else {
		made, err = c.embedded(ctx)
	}
	if err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	return c.tell(made)
}

// embedded copies a directory as a backup would, and rebuilds it before it is put in place.
func (c *rebuildCommand) embedded(ctx context.Context) (made *engine.Rebuilt, err error) {
	if len(c.Into) > 1 || strings.Contains(c.Into[0], "://") {
		return nil, errors.New("--into: of a directory comes a directory: copy it first (aparte copy), and rebuild that with --store")
	}
	from, err := pack(ctx, c.Data, "stop the server, or rebuild what was restored from a backup")
	if err != nil {
		return nil, err
	}
	_, err = backup.Restore(ctx, backup.Archive(from), kong.ExpandPath(c.Into[0]), func(dir string, _ backup.About) error {
		place, err := pebble.Open(dir, pebble.Options{})
		if err != nil {
			return err
		}
		made, err = c.rebuild(ctx, place)
		return errors.Join(err, place.Close())
	}, nil)
	return made, errors.Join(err, from.Close())
}

// served copies what is in databases row by row. Broken off, it can be begun again.
func (c *rebuildCommand) served(ctx context.Context) (*engine.Rebuilt, error) {
	if slices.Equal(c.Store, c.Into) {
		return nil, errors.New("--store and --into are the same")
	}
	from, err := openWhole(ctx, c.Store, nil)
	if err != nil {
		return nil, fmt.Errorf("--store: %w", err)
	}
	to, err := openWhole(ctx, c.Into, from)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("--into: %w", err), from.Close())
	}
	bar := newPatient(copyWords[c.Lang].copying, 100)
	err = transfer.Copy(ctx, from, to, func(done, total int) { bar.at(100 * done / total) })
	if errors.Is(err, store.ErrLeased) {
		err = errAtWork
	}
	var made *engine.Rebuilt
	if err = errors.Join(err, from.Close()); err == nil {
		made, err = c.rebuild(ctx, to)
	}
	return made, errors.Join(err, to.Close())
}

func (c *rebuildCommand) rebuild(ctx context.Context, place store.Store) (*engine.Rebuilt, error) {
	bar := newPatient(words[c.Lang].building, 100)
	return engine.Rebuild(ctx, place, func(done, total int) { bar.at(100 * done / total) })
}

func (c *rebuildCommand) tell(r *engine.Rebuilt) error {
	if c.JSON {
		return printJSON(r)
	}
	w := words[c.Lang]
	into := w.newDatabase // an address may have a password
	if len(c.Store) == 0 {
		into = kong.ExpandPath(c.Into[0])
	}
	fmt.Printf(w.rebuiltInto+"\n", into, r.People, r.Changed)
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
