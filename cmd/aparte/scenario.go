package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/api"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/playbook"
	"github.com/aparte-dev/aparte/scenario"
)

// scenarioCommands are what can be done with scenarios before they are live.
type scenarioCommands struct {
	Check    scenarioCheckCommand    `cmd:"" help:"Say what is wrong with a file of scenarios, by line and column."`
	Test     scenarioTestCommand     `cmd:"" help:"Which moments a scenario would have raised, from recorded histories."`
	Playbook scenarioPlaybookCommand `cmd:"" help:"Print what ships ready to be switched on."`
}

// scenarioTestCommand rehearses a scenario in the histories of a store.
type scenarioTestCommand struct {
	File      string            `arg:"" optional:"" help:"The scenario: a file in YAML or JSON, as aparte scenario check reads it." type:"existingfile" placeholder:"FILE"`
	Play      string            `help:"A play of the playbook instead, with its contents and rules." placeholder:"NAME"`
	ID        aparte.ScenarioID `name:"id" help:"A scenario of the brand instead, or which of the file's or the play's." placeholder:"ID"`
	Days      int               `help:"How far back." default:"30"`
	People    int               `help:"Read about so many histories, drawn by chance; 0: everybody's (of a server, 20000)." default:"0"`
	Data      string            `help:"Directory of the embedded store." default:"./data" type:"path" env:"APARTE_DATA"`
	URL       string            `help:"Server to ask instead of opening the store, such as http://127.0.0.1:8080." name:"url" env:"APARTE_URL"`
	SecretKey string            `help:"Secret key of the server." env:"APARTE_SECRET_KEY"`
	JSON      bool              `name:"json" help:"One JSON object on standard output, as POST /v1/admin/scenarios/test answers it."`
}

// Help is what `aparte scenario test --help` says beside the flags.
func (scenarioTestCommand) Help() string {
	return `The scenario's timers are set, called off and fired in the histories of the store by the same functions as in life. Nothing is
published, and nothing is said. A history that was brought in from elsewhere is taken as if it had been live.

Where something could be said at a moment, it is taken to have been said, and the scenario rests; where the log has the moment,
the log's word is taken. What would have been chosen, and what would have come of it, is not in the answer. Audiences are worked out
anew; what time alone changes in them is looked at once a day.

Examples:

    aparte scenario test basket.yaml --days 30
    aparte scenario test --play browse --json
    aparte scenario test --id basket --url http://127.0.0.1:8080 --secret-key …`
}

// Run asks the store or the server, and prints what was found.
func (c *scenarioTestCommand) Run(ctx context.Context) error {
	asked := api.ScenarioAsked{Play: c.Play, ID: c.ID, Days: c.Days, People: c.People}
	if c.File != "" {
		s, err := readScenario(c.File, c.ID)
		if err != nil {
			return err
		}
		asked.Scenario, asked.ID = s, ""
	}
	test := c.kept
	if c.URL != "" {
		test = c.served
	}
	found, err := test(ctx, &asked)
	if err != nil {
		return err
	}
	if !c.JSON {
		return writeRehearsal(found, os.Stdout)
	}
	return printJSON(found)
}

// readScenario reads the scenario of a file that is meant: the only one, or that of an id.
func readScenario(path string, id aparte.ScenarioID) (*aparte.Scenario, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err // it names the path
	}
	defer f.Close()
	body, err := io.ReadAll(io.LimitReader(f, scenario.MaxFile+1))
	if err != nil {
		return nil, err
	}
	file, err := scenario.Read(path, body)
	if err != nil {
		return nil, placed{err}
	}
	var ids []string
	for i := range file.Scenarios {
		s := &file.Scenarios[i]
		if s.ID == id || id == "" && len(file.Scenarios) == 1 {
			return s, nil
		}
		ids = append(ids, string(s.ID))
	}
	return nil, fmt.Errorf("%s: which of its scenarios? --id is one of: %s", path, strings.Join(ids, ", "))
}

// kept asks a store.
func (c *scenarioTestCommand) kept(ctx context.Context, asked *api.ScenarioAsked) (_ *api.Rehearsal, err error) {
	archive, done, err := openArchive(ctx, c.Data, "to ask the server that has it, give --url and --secret-key")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, done()) }()
	if err := archive.Restore(ctx); err != nil {
		return nil, err
	}
	plan := archive.Plan()
	if plan == nil {
		return nil, fmt.Errorf("%s: %w", c.Data, engine.ErrNoBrand)
	}
	rehearsing, err := asked.Of(plan.Brand())
	if err != nil {
		return nil, err
	}
	bar := newPatient("Rehearsing", 100)
	r, err := archive.Rehearse(ctx, rehearsing, func(done, total int) { bar.at(100 * done / max(total, 1)) })
	if err != nil {
		return nil, err
	}
	found := api.RehearsalOf(r)
	return &found, nil
}

// served asks a server.
func (c *scenarioTestCommand) served(ctx context.Context, asked *api.ScenarioAsked) (*api.Rehearsal, error) {
	return follow[api.Rehearsal](ctx, c.URL, "/v1/admin/scenarios/test", c.SecretKey, asked, "Rehearsing", nil)
}

// writeRehearsal writes what was found as text.
func writeRehearsal(r *api.Rehearsal, to io.Writer) error {
	about := ""
	if r.People < r.Of {
		about = "about "
	}
	fmt.Fprintf(to, "%s%d moments from %s to %s (UTC)\n", about, r.About, r.Since.UTC().Format(time.DateTime), r.Until.UTC().Format(time.DateTime))
	fmt.Fprintf(to, "%d histories read, of %s%d people: %d moments, of %d people\n\n", r.People, about, r.Of, r.Moments, r.Reached)
	t := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	line := func(n int, what string) {
		if n > 0 {
			fmt.Fprintf(t, "%d\t%s\n", n, what)
		}
	}
	line(r.Speakable, "moments at which something could have been said")
	for _, s := range r.Silent {
		line(s.Times, "moments at which nothing could: "+string(s.Reason))
	}
	for _, c := range r.CalledOff {
		line(c.Times, "called off by "+c.Event)
	}
	line(r.Resting, "did not arise, as it had spoken shortly before")
	line(r.Pending, "still wait for their time")
	line(r.Inside, "people are in its audience now: switched on, they enter at once")
	line(r.Forgotten, "people left out, as their histories are not whole in the log")
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(to, "\nby day")
	most := 1
	for _, d := range r.Days {
		most = max(most, d.Moments)
	}
	for _, d := range r.Days {
		fmt.Fprintf(to, "%s %6d %s\n", d.Day, d.Moments, strings.Repeat("█", 40*d.Moments/most))
	}
	if len(r.Examples) > 0 {
		fmt.Fprintln(to, "\nfor example")
	}
	for _, e := range r.Examples {
		fmt.Fprintf(to, "%s  %s", e.At.UTC().Format(time.DateTime), e.Person)
		if e.Event != "" { // a day or a period comes by itself
			fmt.Fprintf(to, ", after %s", e.Event)
			if e.Item != "" {
				fmt.Fprintf(to, " (%s)", e.Item)
			}
			fmt.Fprintf(to, " at %s", e.EventAt.UTC().Format(time.DateTime))
		}
		if e.Silent != "" {
			fmt.Fprintf(to, "; nothing could be said: %s", e.Silent)
		}
		fmt.Fprintln(to)
	}
	return nil
}

// scenarioPlaybookCommand prints the playbook, or a play of it.
type scenarioPlaybookCommand struct {
	Name string `arg:"" optional:"" help:"A play: printed whole, as JSON."`
	Lang string `help:"Language of the list." enum:"en,fr" default:"en"`
}

// Run prints it.
func (c *scenarioPlaybookCommand) Run() error {
	if c.Name != "" {
		p, err := playbook.Find(c.Name)
		if err != nil {
			return err
		}
		return printJSON(p)
	}
	plays, err := playbook.All()
	if err != nil {
		return err
	}
	for _, p := range plays {
		if _, err := fmt.Printf("%-11s %s\n            %s\n", p.ID, p.Name.In(c.Lang, "en"), p.About.In(c.Lang, "en")); err != nil {
			return err
		}
	}
	return nil
}
