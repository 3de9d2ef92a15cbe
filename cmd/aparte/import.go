package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/exchange/form"
	"github.com/aparte-dev/aparte/exchange/load"
	"github.com/aparte-dev/aparte/exchange/record"
)

// importCommands bring in what is in files.
type importCommands struct {
	Events     importEvents     `cmd:"" help:"What happened: orders, visits, anything with a time."`
	People     importPeople     `cmd:"" help:"What the brand's own registers say of people: a CRM, a loyalty card."`
	Attributes importAttributes `cmd:"" help:"What third parties say of people who are known: kept as bought in."`
	Catalogue  importCatalogue  `cmd:"" help:"Items: a product feed (RSS, Atom, TSV) or a table."`
	Costs      importCosts      `cmd:"" help:"What advertising elsewhere has cost, by day, channel and campaign."`
	Places     importPlaces     `cmd:"" help:"Where the brand is: shops and areas, from a table or GeoJSON."`
}

type (
	importEvents struct{ loading }
	importPeople struct {
		loading
		At string `help:"When it was so, where rows do not say; by default when their file was written." placeholder:"TIME"`
	}
	importAttributes struct {
		loading
		At string `help:"When it was so, where rows do not say; by default when their file was written." placeholder:"TIME"`
	}
)

func (c *importEvents) Run(ctx context.Context) error     { return c.run(ctx, load.Events, "") }
func (c *importPeople) Run(ctx context.Context) error     { return c.run(ctx, load.People, c.At) }
func (c *importAttributes) Run(ctx context.Context) error { return c.run(ctx, load.Attributes, c.At) }

// loading is what the imports of records share.
type loading struct {
	target
	mapping
	querying
	Files  []string          `arg:"" optional:"" help:"CSV, TSV, NDJSON or Parquet, packed with gzip or not." type:"existingfile"`
	Join   map[string]string `help:"A file that says more of what a column names: campaign_id=campaigns.csv." placeholder:"COLUMN=FILE" mapsep:"none"`
	Aside  string            `help:"Where rows that are set aside are written, as NDJSON; by default FILE.aside.ndjson here." type:"path"`
	Resume string            `help:"File that keeps how far the import is: run again with it, it goes on where it was." type:"path" placeholder:"FILE"`
	JSON   bool              `name:"json" help:"One JSON object on standard output."`
}

// mapping says what the columns of a file are.
type mapping struct {
	Map        string            `help:"What the columns are: a JSON file, see docs/exchange.md." type:"existingfile" placeholder:"FILE"`
	Set        map[string]string `help:"A place of what comes out, and what goes there: userId='$$CustomerID', traits.city='$$Town'." placeholder:"PLACE=VALUE" mapsep:"none"`
	Format     string            `help:"Format of the files, where their names do not tell." enum:",csv,ndjson,parquet,feed" default:""`
	DateFormat string            `help:"How dates are written: iso, dmy, mdy, unix, unix-ms." placeholder:"ORDER"`
	Zone       string            `help:"Time zone of times that name none, such as Europe/Paris; UTC by default."`
}

// form is the mapping's form, nil where the usual one is meant.
func (m *mapping) form(usual *form.Form) (*form.Form, error) {
	if m.Map == "" && len(m.Set) == 0 && m.DateFormat == "" && m.Zone == "" {
		return nil, nil
	}
	f := usual
	if m.Map != "" {
		body, err := readForm(m.Map)
		if err != nil {
			return nil, err
		}
		if f, err = form.Parse(body); err != nil {
			return nil, fmt.Errorf("%s: %w", m.Map, err)
		}
	}
	for _, place := range slices.Sorted(maps.Keys(m.Set)) {
		if err := f.Set(place, m.Set[place]); err != nil {
			return nil, fmt.Errorf("--set %w", err)
		}
	}
	if m.DateFormat != "" || m.Zone != "" {
		dates, err := form.NewDates(m.DateFormat, m.Zone)
		if err != nil {
			return nil, fmt.Errorf("--date-format, --zone: %w", err)
		}
		f.Dates = dates
	}
	return f, nil
}

func readForm(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()                             // it was only read
	return io.ReadAll(io.LimitReader(f, 2<<20)) // Parse refuses what is longer than it may be
}

var errNothing = errors.New("nothing was taken in")

func (c *loading) run(ctx context.Context, kind load.Kind, at string) (err error) {
	f, err := c.form(load.Usual(kind))
	if err != nil {
		return err
	}
	if err := c.check(c.Files, true, c.Resume); err != nil {
		return err
	}
	l := load.Load{Kind: kind, Files: c.Files, Format: record.Format(c.Format), Form: f, State: c.Resume, Tell: bars()}
	if c.Map == "" {
		l.Lenient = load.Usual(kind).Columns() // which need not all be there
	}
	for _, on := range slices.Sorted(maps.Keys(c.Join)) {
		l.Joins = append(l.Joins, load.Join{File: c.Join[on], On: on})
	}
	if at != "" {
		if l.At, err = time.Parse(time.RFC3339, at); err != nil {
			return fmt.Errorf("--at: not a time such as 2006-01-02T15:04:05Z")
		}
	}
	aside, err := openAside(c.Aside, c.Files)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, aside.close()) }()
	l.Aside = aside
	door, done, err := c.doors(ctx, kind == load.Attributes)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	l.Door = door
	if c.From != "" {
		return c.again(ctx, func() error { return c.bring(ctx, &l, aside.path) })
	}
	return c.bring(ctx, &l, aside.path)
}

// bring brings in what is there now.
func (c *loading) bring(ctx context.Context, l *load.Load, aside string) (err error) {
	var result *load.Result
	if c.From != "" {
		result, err = c.fetch(ctx, l, c.Resume)
	} else {
		result, err = l.Run(ctx)
	}
	if writeErr := c.tell(result, aside, err != nil); writeErr != nil {
		return errors.Join(err, writeErr)
	}
	switch {
	case err != nil && errors.Is(err, context.Canceled): // which ends the command without a word
		fmt.Fprintln(os.Stderr, "aparte: interrupted; the same command again brings in the rest")
		return err
	case err != nil && c.Resume != "":
		return fmt.Errorf("%w; run it again to go on", err)
	case err != nil:
		return err
	case len(result.Broken) > 0:
		return fmt.Errorf("a file cannot be read to its end: %s", strings.Join(result.Broken, "; "))
	case result.Taken+result.Repeated == 0 && (c.Cursor == "" || result.Rows > 0):
		return errNothing
	}
	return nil
}

// tell prints what became of the rows.
func (c *loading) tell(r *load.Result, aside string, interrupted bool) error {
	if c.JSON {
		return printJSON(r)
	}
	if interrupted && r.Rows == 0 {
		return nil
	}
	fmt.Printf("%d rows read: %d taken in %d events, %d repeated in %d, %d set aside\n",
		r.Rows, r.Taken, r.Events.Taken, r.Repeated, r.Events.Repeated, r.Aside)
	if r.Resumed > 0 {
		fmt.Printf("%d events of these were brought in before the import was interrupted\n", r.Resumed)
	}
	return tellReasons(r.Reasons, aside)
}

// tellReasons prints why rows were set aside, and where they are.
func tellReasons(reasons []load.Reason, aside string) error {
	if len(reasons) == 0 {
		return nil
	}
	t := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	for _, reason := range reasons {
		fmt.Fprintf(t, "  %d\t%s: %s\tfirst %s\n", reason.Rows, reason.Field, reason.Reason, reason.First)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Println("  set aside in", aside)
	return err
}

// bars shows how far each stage is, where that takes long.
func bars() load.Progress {
	stage, bar := "", (*patient)(nil)
	return func(now string, done, total int64) {
		if now != stage {
			stage, bar = now, newPatient(now, 1000)
		}
		bar.at(int(1000 * done / max(total, 1)))
	}
}

// beside does a load into the doors for a brand, with a file beside it for the rows that are set aside.
func (t *target) beside(
	ctx context.Context, path string, files []string, bring func(*load.Client, *aparte.Brand, *asideFile) error,
) (err error) {
	aside, err := openAside(path, files)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, aside.close()) }()
	door, done, err := t.doors(ctx, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	brand, err := door.Brand(ctx)
	if err != nil {
		return fmt.Errorf("read the brand: %w", err)
	}
	return bring(door, brand, aside)
}

// broughtIn is what is to be said at the end of a load, of rows that were put and files that broke off.
func broughtIn(put int, broken []string) error {
	switch {
	case len(broken) > 0:
		return fmt.Errorf("a file cannot be read to its end: %s", strings.Join(broken, "; "))
	case put == 0:
		return errNothing
	}
	return nil
}

// asideFile is made when the first row is set aside.
type asideFile struct {
	path string
	file *os.File // nil: nothing was set aside
}

func openAside(path string, files []string) (*asideFile, error) {
	if path == "" && len(files) == 0 {
		path = queryName + ".aside.ndjson"
	} else if path == "" {
		path = filepath.Base(files[0]) + ".aside.ndjson"
	}
	for _, f := range files {
		a, err := os.Stat(f)
		if err != nil {
			return nil, err
		}
		if b, err := os.Stat(path); err == nil && os.SameFile(a, b) {
			return nil, fmt.Errorf("%s is being read: name another file for what is set aside (--aside)", path)
		}
	}
	return &asideFile{path: path}, nil
}

func (a *asideFile) Write(b []byte) (int, error) {
	if a.file == nil {
		f, err := os.OpenFile(a.path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600) // it may hold personal data
		if err != nil {
			return 0, err
		}
		a.file = f
	}
	return a.file.Write(b)
}

func (a *asideFile) close() error {
	if a.file == nil {
		return nil
	}
	return a.file.Close()
}
