package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/aparte-dev/aparte/store"
	"github.com/aparte-dev/aparte/store/pebble"
	"github.com/aparte-dev/aparte/store/postgres"
	"github.com/aparte-dev/aparte/store/sealed"
	"github.com/aparte-dev/aparte/store/transfer"
)

// copyCommand moves an installation from one store to another.
type copyCommand struct {
	From []string `help:"The store to copy: pebble:DIR, or an address of PostgreSQL; several where its people are spread." required:"" placeholder:"STORE" sep:"none"`
	To   []string `help:"The store to copy into: a new one, or one that this copy was begun in." required:"" placeholder:"STORE" sep:"none"`

	toldFlags `embed:""`
}

// Run copies, then reads both and compares.
func (c *copyCommand) Run(ctx context.Context, k *kong.Kong) error {
	if slices.Equal(c.From, c.To) {
		return errors.New("copy: --from and --to are the same")
	}
	from, err := openWhole(ctx, c.From, nil)
	if err != nil {
		return fmt.Errorf("copy: --from: %w", err)
	}
	err = c.into(ctx, k, from)
	if err = errors.Join(err, from.Close()); err != nil {
		return fmt.Errorf("copy: %w", err)
	}
	return nil
}

func (c *copyCommand) into(ctx context.Context, k *kong.Kong, from transfer.Place) error {
	to, err := openWhole(ctx, c.To, from)
	if err != nil {
		return fmt.Errorf("--to: %w", err)
	}
	err = c.copy(ctx, k, from, to)
	return errors.Join(err, to.Close())
}

func (c *copyCommand) copy(ctx context.Context, k *kong.Kong, from, to transfer.Place) error {
	say := copyWords[c.Lang]
	if err := transfer.Copy(ctx, from, to, c.bar(say.copying)); err != nil {
		return err
	}
	was, err := transfer.Sums(ctx, from, c.bar(say.comparing+" 1/2"))
	if err != nil {
		return err
	}
	is, err := transfer.Sums(ctx, to, c.bar(say.comparing+" 2/2"))
	if err != nil {
		return err
	}
	by, err := sealed.By(ctx, from, secretDocuments...)
	if err != nil {
		return err
	}
	if err := c.tell(k, was, is, by); err != nil {
		return err
	}
	if !slices.Equal(was, is) {
		return errors.New(say.differs)
	}
	return nil
}

// bar shows how far it is.
func (c *copyCommand) bar(label string) func(done, total int) {
	bar := newPatient(label, 100)
	return func(done, total int) { bar.at(100 * done / max(total, 1)) }
}

func (c *copyCommand) tell(k *kong.Kong, was, is []transfer.Sum, by string) error {
	if c.JSON {
		return printJSON(struct {
			From     []transfer.Sum `json:"from"`
			To       []transfer.Sum `json:"to"`
			Same     bool           `json:"same"`
			SealedBy string         `json:"sealedBy,omitempty"`
		}{was, is, slices.Equal(was, is), by})
	}
	say := copyWords[c.Lang]
	var text strings.Builder
	for i, s := range was {
		fmt.Fprintf(&text, "%-12s %12d %12d  %.12s %.12s\n", say.kinds[s.Kind], s.Count, is[i].Count, s.SHA, is[i].SHA)
	}
	if slices.Equal(was, is) {
		fmt.Fprintln(&text, say.same)
	}
	if by != "" {
		fmt.Fprintf(&text, say.keyFollows+"\n", by)
	}
	_, err := fmt.Fprint(k.Stdout, text.String())
	return err
}

// copyingWords are what the command says.
type copyingWords struct {
	copying, comparing string // labels of progress
	same, differs      string
	keyFollows         string
	kinds              map[string]string
}

var copyWords = map[string]copyingWords{
	"en": {
		copying: "Copying", comparing: "Comparing", same: "Both hold the same.", differs: "the copy differs: something wrote to one of the two meanwhile, or a row is damaged",
		keyFollows: "Its secrets are sealed by the master key %s: the nodes of the copy need it, too.",
		kinds:      map[string]string{"documents": "documents", "identifiers": "identifiers", "people": "people", "entries": "entries", "timers": "timers", "letters": "letters", "feed": "feed", "counters": "counters"},
	},
	"fr": {
		copying: "Copie", comparing: "Comparaison", same: "Les deux contiennent la même chose.", differs: "la copie diffère : quelque chose a écrit dans l’un des deux entre-temps, ou une ligne est abîmée",
		keyFollows: "Ses secrets sont scellés par la clé maîtresse %s : il la faut aussi aux nœuds de la copie.",
		kinds:      map[string]string{"documents": "documents", "identifiers": "identifiants", "people": "personnes", "entries": "entrées", "timers": "minuteries", "letters": "lettres", "feed": "apprentissage", "counters": "compteurs"},
	},
}

// wholeStore is a store that all of can be listed, and taken into.
type wholeStore interface {
	sealed.Place
	store.Recipient
}

// openWhole opens a store that is there as it is. Where copied is given, it is made where it is not, to be the copy of that.
func openWhole(ctx context.Context, of []string, copied transfer.Place) (wholeStore, error) {
	var parts int
	var secret io.Reader
	if copied != nil {
		parts, secret = copied.Parts(), bytes.NewReader(copied.Secret())
	}
	dir, embedded := strings.CutPrefix(of[0], "pebble:")
	if !embedded {
		return whole(postgres.Open(ctx, of, postgres.Options{Parts: parts, Rand: secret, Existing: copied == nil}))
	}
	if len(of) > 1 {
		return nil, errors.New("of embedded stores there is but one")
	}
	if _, err := os.Stat(dir); copied == nil || !errors.Is(err, fs.ErrNotExist) {
		if err != nil {
			return nil, err // opening would make a store
		}
	}
	return whole(pebble.Open(dir, pebble.Options{Parts: parts, Rand: secret}))
}

// whole is a store that was opened.
func whole[S wholeStore](s S, err error) (wholeStore, error) {
	if err != nil {
		return nil, err
	}
	return s, nil
}
