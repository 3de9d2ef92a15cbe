package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"text/tabwriter"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/api"
)

// replayCommand prints a decision and takes it again from the log.
type replayCommand struct {
	Decision  string `arg:"" help:"Id of the decision: d_…"`
	Data      string `help:"Directory of the embedded store." default:"./data" type:"path" env:"APARTE_DATA"`
	URL       string `help:"Server to ask instead of opening the store, such as http://127.0.0.1:8080." name:"url" env:"APARTE_URL"`
	SecretKey string `help:"Secret key of the server." env:"APARTE_SECRET_KEY"`
	Lang      string `help:"Language of the words." enum:"en,fr" default:"en"`
	JSON      bool   `name:"json" help:"One JSON object on standard output, as POST /v1/admin/decisions/{id}/replay answers it."`
}

// errDiffers ends the command with status 1.
var errDiffers = errors.New("the decision comes out differently")

// Run replays the decision where its log is.
func (c *replayCommand) Run(ctx context.Context) error {
	id, err := aparte.ParseDecisionID(c.Decision)
	if err != nil {
		return err
	}
	var body []byte
	if c.URL != "" {
		body, err = c.ask(ctx)
	} else {
		body, err = c.look(ctx, id)
	}
	if err != nil {
		return err
	}
	var told replayed
	if err := json.Unmarshal(body, &told); err != nil {
		return fmt.Errorf("the answer is no replay: %w", err)
	}
	if c.JSON {
		fmt.Println(string(bytes.TrimSpace(body)))
	} else if err := told.write(os.Stdout); err != nil {
		return err
	}
	if !told.Same {
		return errDiffers
	}
	return nil
}

// look replays in the store itself, which no other process may have open.
func (c *replayCommand) look(ctx context.Context, id aparte.DecisionID) (_ []byte, err error) {
	archive, done, err := openArchive(ctx, c.Data, "to ask the server that has it, give --url and --secret-key")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, done()) }()
	bar := newPatient("Replaying", 100)
	r, err := archive.Replay(ctx, id, func(done, total int) { bar.at(100 * done / max(total, 1)) })
	if err != nil {
		return nil, err
	}
	return api.EncodeReplay(&r, c.Lang)
}

// ask has the server that holds the store replay.
func (c *replayCommand) ask(ctx context.Context) ([]byte, error) {
	address, err := url.JoinPath(c.URL, "/v1/admin/decisions", c.Decision, "replay")
	if err != nil {
		return nil, fmt.Errorf("--url: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return ask(ctx, http.MethodPost, address+"?lang="+c.Lang, c.SecretKey)
}

// replayed is what the command prints of a replay, from the door's answer.
type replayed struct {
	Same        bool     `json:"same"`
	Bytes       int      `json:"bytes"`
	Assumed     []string `json:"assumed"`
	Differences []struct {
		Field string `json:"field"`
		Was   string `json:"was"`
		Is    string `json:"is"`
	} `json:"differences"`
	Decision struct {
		ID         string    `json:"id"`
		At         time.Time `json:"at"`
		Trigger    string    `json:"trigger"`
		Channel    string    `json:"channel"`
		Slot       string    `json:"slot"`
		Chosen     int       `json:"chosen"`
		Propensity float64   `json:"propensity"`
		Why        []string  `json:"why"`
		Reasons    []struct {
			Words string `json:"words"`
		} `json:"reasons"`
		Candidates []replayedCandidate `json:"candidates"`
		Brand      uint64              `json:"brand"`
		Model      uint64              `json:"model"`
		Seed       string              `json:"seed"`
	} `json:"decision"`
}

type replayedCandidate struct {
	Content    string            `json:"content"`
	Layout     string            `json:"layout"`
	Item       string            `json:"item"`
	Variants   map[string]string `json:"variants"`
	Value      float64           `json:"value"`
	Cost       float64           `json:"cost"`
	Propensity float64           `json:"propensity"`
	Fate       string            `json:"fate"`
}

func (c *replayedCandidate) name() string {
	if c.Content == "" {
		return "silence"
	}
	name := c.Content
	if c.Item != "" {
		name += " · " + c.Item
	}
	if c.Layout != "" {
		name += " · " + c.Layout
	}
	return name
}

// write prints the decision, then what came of taking it again.
func (r *replayed) write(to io.Writer) error {
	d := &r.Decision
	fmt.Fprintf(to, "%s\n%s, %s, channel %s, slot %s; brand %d, model %d, seed %s\n\n",
		d.ID, d.At.Format(time.RFC3339Nano), d.Trigger, d.Channel, d.Slot, d.Brand, d.Model, d.Seed)
	if d.Chosen < len(d.Candidates) {
		fmt.Fprintf(to, "%s, with probability %.6g\n", d.Candidates[d.Chosen].name(), d.Propensity)
	}
	for _, reason := range d.Reasons {
		fmt.Fprintln(to, "  -", reason.Words)
	}
	if len(d.Why) > 0 {
		fmt.Fprintln(to, "\nTo the person:")
		for _, sentence := range d.Why {
			fmt.Fprintln(to, "  -", sentence)
		}
	}
	fmt.Fprintln(to)
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "candidate\tvalue\tcost\tprobability\tfate")
	for i := range d.Candidates {
		c := &d.Candidates[i]
		fmt.Fprintf(table, "%s\t%.2f\t%.2f\t%.4g\t%s\n", c.name(), c.Value, c.Cost, c.Propensity, c.Fate)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(to)
	for _, assumed := range r.Assumed {
		fmt.Fprintln(to, "Not in the log:", assumed)
	}
	if r.Same {
		_, err := fmt.Fprintf(to, "Taken again from the log: the same %d bytes.\n", r.Bytes)
		return err
	}
	fmt.Fprintln(to, "Taken again from the log, it differs:")
	table = tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "  \twas\tis")
	for _, f := range r.Differences {
		fmt.Fprintf(table, "  %s\t%s\t%s\n", f.Field, f.Was, f.Is)
	}
	return table.Flush()
}
