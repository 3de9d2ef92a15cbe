package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/aparte-dev/aparte/store"
	"github.com/aparte-dev/aparte/store/backup"
	"github.com/aparte-dev/aparte/store/pebble"
	"github.com/aparte-dev/aparte/store/sealed"
)

// backupCommand takes a backup, and checks it as it comes.
type backupCommand struct {
	To        string `help:"Where it goes: a directory that is not there or empty; a file NAME.tar; - for standard output." required:"" placeholder:"DIR"`
	Data      string `help:"Directory of the embedded store, where no server has it." default:"./data" type:"path" env:"APARTE_DATA"`
	URL       string `help:"The running server, which goes on serving meanwhile, such as http://127.0.0.1:8080." name:"url" env:"APARTE_URL"`
	SecretKey string `help:"Secret key of the server, of an administrator." env:"APARTE_SECRET_KEY"`

	toldFlags `embed:""`
}

// toldFlags are how a command tells what it did.
type toldFlags struct {
	Lang string `help:"Language of the words." enum:"en,fr" default:"en"`
	JSON bool   `name:"json" help:"One JSON object on standard output."`
}

// Run takes a backup from the server, or of the directory.
func (c *backupCommand) Run(ctx context.Context) (err error) {
	if c.To == "-" && c.JSON {
		return errors.New("backup: standard output has the backup, and no room for --json")
	}
	var from io.ReadCloser
	if c.URL != "" {
		from, err = c.ask(ctx)
	} else {
		from, err = pack(ctx, c.Data, "to ask the server that has it, give --url and --secret-key")
	}
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	about, err := c.keep(ctx, from)
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	return c.tell(about)
}

// ask has the server that has the store make the backup.
func (c *backupCommand) ask(ctx context.Context) (io.ReadCloser, error) {
	address, err := url.JoinPath(c.URL, "/v1/admin/backup")
	if err != nil {
		return nil, fmt.Errorf("--url: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("--url: %w", err)
	}
	r.SetBasicAuth(c.SecretKey, "")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		said, _ := io.ReadAll(io.LimitReader(answer.Body, 1<<10)) // the status says enough
		return nil, errors.Join(fmt.Errorf("%s://%s answers %s: %s", r.URL.Scheme, r.URL.Host, answer.Status, strings.TrimSpace(string(said))), answer.Body.Close())
	}
	return answer.Body, nil
}

// pack makes the backup of a directory that no other process has open; instead is what to do where one has.
func pack(ctx context.Context, data, instead string) (io.ReadCloser, error) {
	place, err := openEmbedded(data)
	if errors.Is(err, pebble.ErrInUse) {
		return nil, fmt.Errorf("%w: %s", err, instead)
	} else if err != nil {
		return nil, err
	}
	out, in := io.Pipe()
	p := &packing{PipeReader: out, over: make(chan error, 1)}
	go func() { // ends when all is read, or nobody reads any more: Close waits for it
		err := writeBackup(ctx, place, in)
		_ = in.CloseWithError(err) // never fails
		p.over <- place.Close()
	}()
	return p, nil
}

// packing is a backup that is being made.
type packing struct {
	*io.PipeReader
	over chan error
}

// Close ends the making.
func (p *packing) Close() error { return errors.Join(p.PipeReader.Close(), <-p.over) }

// keep writes the backup to where it goes, checked.
func (c *backupCommand) keep(ctx context.Context, from io.Reader) (about backup.About, err error) {
	bar := newPatient(words[c.Lang].backing, 100)
	tell := func(done, total int64) { bar.at(percent(done, total)) }
	if c.To != "-" && !strings.HasSuffix(c.To, ".tar") {
		return backup.Save(ctx, backup.Archive(from), c.To, tell)
	}
	to := os.Stdout
	if c.To != "-" {
		if to, err = os.OpenFile(c.To, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600); err != nil {
			return about, err
		}
		defer func() {
			if err = errors.Join(err, to.Close()); err != nil {
				err = errors.Join(err, os.Remove(c.To))
			}
		}()
	}
	copied := io.TeeReader(from, to)
	if about, err = backup.Check(ctx, backup.Archive(copied), nil, tell); err != nil {
		return about, err
	}
	if _, err = io.Copy(io.Discard, copied); err != nil || c.To == "-" { // the end of the archive
		return about, err
	}
	return about, to.Sync()
}

func percent(done, total int64) int { return int(100 * float64(done) / float64(max(total, 1))) }

func (c *backupCommand) tell(about backup.About) error {
	w := words[c.Lang]
	switch {
	case c.JSON:
		return printJSON(struct {
			backup.About
			To string `json:"to"`
		}{about, c.To})
	case c.To == "-":
		return nil
	}
	fmt.Printf(w.backedUp+"\n", c.To, about.Files, megabytes(about.Bytes), about.Made.Format(time.RFC3339))
	if about.SealedBy != "" {
		fmt.Printf(w.keyApart+"\n", about.SealedBy)
	}
	return nil
}

func megabytes(n int64) float64 { return float64(n) / 1e6 }

// checkpointed is a store in files on this host.
type checkpointed interface {
	store.Store
	Checkpoint(ctx context.Context, use func(dir string) error) error
}

// writeBackup writes a backup of a store that may be at work.
func writeBackup(ctx context.Context, place checkpointed, to io.Writer) error {
	by, err := sealed.By(ctx, place, secretDocuments...)
	if err != nil {
		return err
	}
	about := backup.About{Made: time.Now().UTC(), Build: thisBuild(), Parts: place.Parts(), SealedBy: by}
	return place.Checkpoint(ctx, func(dir string) error { return backup.Write(ctx, to, dir, about) })
}

// backer is what writes backups of a store; nil where its files are elsewhere.
func backer(s store.Store) func(ctx context.Context, to io.Writer) error {
	place, ours := s.(checkpointed)
	if !ours {
		return nil
	}
	return func(ctx context.Context, to io.Writer) error { return writeBackup(ctx, place, to) }
}
