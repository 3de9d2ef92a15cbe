package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store"
	"github.com/aparte-dev/aparte/store/pebble"
	"github.com/aparte-dev/aparte/store/sealed"
)

// verifyCommand checks whether a store holds together.
type verifyCommand struct {
	Data string `help:"Directory of the embedded store; no server may have it." default:"./data" type:"path" env:"APARTE_DATA"`

	toldFlags `embed:""`
}

// errFaults ends the command with status 1.
var errFaults = errors.New("the store does not hold together")

// Run reads the whole store, and changes nothing.
func (c *verifyCommand) Run(ctx context.Context) error {
	place, err := openEmbedded(c.Data)
	if errors.Is(err, pebble.ErrInUse) {
		return fmt.Errorf("verify: %w: stop the server, or verify what was restored from a backup", err)
	} else if err != nil {
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

// verify opens what is sealed where the key is there, and does without where it is not.
func (c *verifyCommand) verify(ctx context.Context, place *pebble.Store) (*engine.Verified, error) {
	s, isSealed := store.Store(place), func(body []byte) bool { return sealed.SealedBy(body) != "" }
	if ring, _, err := masterKeys(c.Data); err == nil {
		if opened, err := sealed.Open(ctx, place, ring, secretDocuments...); err == nil {
			s = opened
		} else if !errors.Is(err, sealed.ErrKey) {
			return nil, err
		}
	}
	bar := newPatient(words[c.Lang].verifying, 100)
	return engine.Verify(ctx, s, place, isSealed, func(done, total int) { bar.at(100 * done / total) })
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
