package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/aparte-dev/aparte/api"
	"github.com/aparte-dev/aparte/engine"
)

// resembleCommand ranks the brand's own people by how much they resemble some of them.
type resembleCommand struct {
	Seed        string  `help:"Who is resembled: a condition in CEL, as in rules." required:"" placeholder:"CONDITION"`
	Value       string  `help:"How much a seed counts: a number in CEL, such as person.ltv." placeholder:"NUMBER"`
	Size        float64 `help:"How many are listed, in per cent of everybody else, up to 20." default:"5"`
	Seeds       bool    `help:"List the seeds instead, with their values."`
	Out         string  `help:"Write who is listed to this file." type:"path" placeholder:"FILE.csv"`
	Identifiers bool    `help:"With the SHA-256 hashes of their normalised e-mail addresses, as ad platforms match them."`
	Data        string  `help:"Directory of the embedded store." default:"./data" type:"path" env:"APARTE_DATA"`
	URL         string  `help:"Server to ask instead of opening the store, such as http://127.0.0.1:8080." name:"url" env:"APARTE_URL"`
	SecretKey   string  `help:"Secret key of the server." env:"APARTE_SECRET_KEY"`
	JSON        bool    `name:"json" help:"One JSON object on standard output."`
}

// Help is what `aparte lookalike --help` says beside the flags.
func (resembleCommand) Help() string {
	return `What tells the people for whom the condition holds from everybody else is learned from what rules can speak of, less what the
condition reads and what tells nearly the same. A quarter of all people teach nothing and judge: "found" is which share of the seeds among
them score as high as that share of the others do. People who object to profiling are neither seeds nor ranked.

Example:

    aparte lookalike --seed 'person.revenue > 50000' --value person.ltv --size 5 --out alike.csv`
}

// Run asks, writes the list, and prints what was found.
func (c *resembleCommand) Run(ctx context.Context) (err error) {
	if !(c.Size >= 0 && c.Size <= 20) {
		return errors.New("--size: must be from 0 to 20")
	}
	if c.Identifiers && c.Out == "" {
		return errors.New("--identifiers goes with --out")
	}
	asked := api.LookalikeAsked{Seed: c.Seed, Value: c.Value, Size: c.Size / 100, Seeds: c.Seeds, Identifiers: c.Identifiers}
	to, end, err := c.list()
	if err != nil {
		return err
	}
	ask := c.kept
	if c.URL != "" {
		ask = c.served
	}
	found, err := ask(ctx, asked, to)
	if err := errors.Join(err, end(err == nil)); err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(found)
	}
	return writeLookalike(found, os.Stdout)
}

// list begins the file of who is listed. It gets its name when it is whole.
func (c *resembleCommand) list() (to func(*api.LookalikePerson), end func(whole bool) error, err error) {
	if c.Out == "" {
		return func(*api.LookalikePerson) {}, func(bool) error { return nil }, nil
	}
	draft := c.Out + ".part"
	out, err := os.OpenFile(draft, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, err // it names the path
	}
	rows, n := csv.NewWriter(out), 0
	_ = rows.Write([]string{"rank", "person", "seed", "score", "value", "reasons", "emails_sha256"}) // an error shows at the end
	to = func(p *api.LookalikePerson) {
		n++
		_ = rows.Write([]string{
			strconv.Itoa(n), p.ID, strconv.FormatBool(p.Seed), strconv.FormatFloat(float64(p.Score), 'g', 6, 64), strconv.FormatFloat(float64(p.Value), 'g', -1, 64),
			strings.Join(p.Reasons, "; "), strings.Join(p.Emails, " "),
		})
	}
	return to, func(whole bool) error {
		rows.Flush()
		if err := errors.Join(rows.Error(), out.Close()); err != nil {
			return fmt.Errorf("write %s: %w", c.Out, err)
		}
		if !whole {
			return os.Remove(draft)
		}
		return os.Rename(draft, c.Out)
	}, nil
}

// kept asks a store.
func (c *resembleCommand) kept(ctx context.Context, asked api.LookalikeAsked, to func(*api.LookalikePerson)) (_ *api.Lookalike, err error) {
	s, err := openKept(ctx, c.Data, "to ask the server that has it, give --url and --secret-key")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if c.Identifiers {
		if err := mayTakeHashes(ctx, s); err != nil {
			return nil, err
		}
	}
	archive := engine.NewArchive(engine.Config{Store: s})
	if err := archive.Restore(ctx); err != nil {
		return nil, err
	}
	bar := newPatient("Looking", 100)
	r, err := archive.Resemble(ctx, engine.Likeness(asked), func(done, total int) { bar.at(100 * done / max(total, 1)) })
	if err != nil {
		return nil, err
	}
	for i := range r.Listed {
		p := api.LookalikePersonOf(&r.Listed[i])
		to(&p)
	}
	found := api.LookalikeOf(r)
	return &found, nil
}

// served asks a server.
func (c *resembleCommand) served(ctx context.Context, asked api.LookalikeAsked, to func(*api.LookalikePerson)) (*api.Lookalike, error) {
	return follow[api.Lookalike](ctx, c.URL, "/v1/admin/lookalike", c.SecretKey, asked, "Looking", func(line json.RawMessage) error {
		var told struct {
			Person *api.LookalikePerson `json:"person"`
		}
		if err := json.Unmarshal(line, &told); err != nil {
			return fmt.Errorf("the answer cannot be read: %w", err)
		}
		if told.Person != nil {
			to(told.Person)
		}
		return nil
	})
}

// writeLookalike writes what was found as text.
func writeLookalike(l *api.Lookalike, to io.Writer) error {
	fmt.Fprintf(to, "%d seeds, %d others ranked; %d object to profiling, %d without an answer\n", l.Seeds, l.Others, l.Objecting, l.Failed)
	fmt.Fprintf(to, "AUC %.3f, by %d seeds and %d others held out\n\n", float64(l.AUC), l.JudgedSeeds, l.JudgedOthers)
	for _, s := range l.Sizes {
		fmt.Fprintf(to, "%3.0f %%  %8d people  finds %4.1f %% (%.1f to %.1f) of seeds held out, %.1f times chance\n",
			100*s.Share, s.People, 100*float64(s.Found), 100*float64(s.Low), 100*float64(s.High), float64(s.Lift))
	}
	fmt.Fprintln(to, "\nin common")
	for _, c := range l.InCommon {
		fmt.Fprintf(to, "  %-50s %3.0f %% of seeds, %3.0f %% of others\n", c.Says, 100*float64(c.Seeds), 100*float64(c.Others))
	}
	_, err := fmt.Fprintf(to, "\nnot learned from, as the condition gives it away: %s\n%d are listed\n", strings.Join(l.LeftOut, ", "), l.Listed)
	return err
}
