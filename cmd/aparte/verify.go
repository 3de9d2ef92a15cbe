package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store"
	"github.com/aparte-dev/aparte/store/pebble"
	"github.com/aparte-dev/aparte/store/sealed"
)

// verifyCommand checks whether a store holds together.
type verifyCommand struct {
	Data  string   `help:"Directory of the embedded store; no server may have it." default:"./data" type:"path" env:"APARTE_DATA"`
	Store []string `help:"Addresses of PostgreSQL, as serve has them, where people are kept there; no node may be at work." placeholder:"ADDRESS" env:"APARTE_STORE" sep:"none"`

	toldFlags `embed:""`
}

// errFaults ends the command with status 1.
var errFaults = errors.New("the store does not hold together")

// Run reads the whole store, and changes nothing.
func (c *verifyCommand) Run(ctx context.Context) error {
	place, err := c.open(ctx)
	if err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	found, err := c.verify(ctx, place)
	if err = errors.Join(err, place.Close()); err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	if err := c.tell(found); err != nil {
		return err
	}
	if found.Count() > 0 {
		return errFaults
	}
	return nil
}

func (c *verifyCommand) open(ctx context.Context) (wholeStore, error) {
	if len(c.Store) > 0 {
		return openWhole(ctx, c.Store, nil)
	}
	place, err := openEmbedded(c.Data)
	if errors.Is(err, pebble.ErrInUse) {
		return nil, fmt.Errorf("%w: stop the server, or verify what was restored from a backup", err)
	}
	return whole(place, err)
}

// verify opens what is sealed where the key is there, and does without where it is not.
func (c *verifyCommand) verify(ctx context.Context, place wholeStore) (*engine.Verified, error) {
	s, isSealed := store.Store(place), func(body []byte) bool { return sealed.SealedBy(body) != "" }
	if ring, _, err := masterKeys(c.Data); err == nil {
		if opened, err := sealed.Open(ctx, place, ring, secretDocuments...); err == nil {
			s = opened
		} else if !errors.Is(err, sealed.ErrKey) {
			return nil, err
		}
	}
	var before []store.Epoch
	if len(c.Store) > 0 { // a directory is this process's alone
		var err error
		if before, err = atRest(ctx, place); err != nil {
			return nil, err
		}
	}
	bar := newPatient(words[c.Lang].verifying, 100)
	found, err := engine.Verify(ctx, s, place, isSealed, func(done, total int) { bar.at(100 * done / total) })
	if err != nil || before == nil {
		return found, err
	}
	after, err := atRest(ctx, place)
	if err == nil && !slices.Equal(after, before) {
		err = errAtWork
	}
	return found, err
}

// errAtWork says that rows moved while they were looked at.
var errAtWork = errors.New("a node is at work, or was meanwhile: stop all of them, or take a copy of the database")

// atRest waits until no node has any part of a store, which takes some seconds where one was killed, and tells how often each was taken so far.
func atRest(ctx context.Context, s store.Store) (taken []store.Epoch, err error) {
	for part := range store.Part(s.Parts()) {
		last, err := store.Vacant(ctx, s, part)
		if errors.Is(err, store.ErrLeased) {
			return nil, errAtWork
		} else if err != nil {
			return nil, err
		}
		taken = append(taken, last.Epoch)
	}
	return taken, nil
}

func (c *verifyCommand) tell(v *engine.Verified) error {
	if c.JSON {
		return printJSON(v)
	}
	w := words[c.Lang]
	fmt.Printf(w.lookedAt+"\n", v.People, v.Merged, v.Parts, v.Entries, v.Events, v.Decisions, v.Identifiers, v.Timers, v.Letters, v.Feed, v.Counters, v.Documents)
	if v.Sealed > 0 {
		fmt.Printf(w.unopened+"\n", v.Sealed)
	}
	if v.Unnamed > 0 {
		fmt.Printf(w.unnamed+"\n", v.Unnamed)
	}
	for i := range v.Faults {
		f := &v.Faults[i]
		where := f.Where
		if f.Person != "" {
			where = f.Person + " " + where
		}
		if f.Part >= 0 {
			where = fmt.Sprintf(w.inPart, f.Part) + " " + where
		}
		fmt.Fprintf(os.Stdout, "%s: %s: %s\n", where, w.faults[f.Kind], f.Says)
	}
	if v.More > 0 {
		fmt.Printf(w.moreFaults+"\n", v.More)
	}
	if v.Count() == 0 {
		fmt.Println(w.holds)
	}
	return nil
}
