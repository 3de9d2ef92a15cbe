// Package load brings files of records in through the doors: events, people, and what third parties say of people.
//
// A load reads everything before it sends anything: records become events by a form, are put in the order of time, and
// get messageIds that depend on what they say, so that a load done twice changes nothing the second time. An event that
// has a time of its own is known by its content; one that has none, by its file and line. What cannot be taken is set
// aside, as it stands in the file and with the reason: nothing disappears.
//
// It knows records, forms and the doors' words. It never knows how a person is kept.
//
// Start reading here; event.go has what a record must say to be an event, send.go how events leave.
package load

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/aparte-dev/aparte/exchange/form"
	"github.com/aparte-dev/aparte/exchange/record"
	"github.com/aparte-dev/aparte/exchange/sorted"
	"github.com/aparte-dev/aparte/exchange/table"
)

// Kind is what the records are about.
type Kind string

// The kinds of load.
const (
	Events     Kind = "events"
	People     Kind = "people"     // what the brand's own registers say of people
	Attributes Kind = "attributes" // what third parties say of people who are known already
)

// Load is one load. Kind, Files and Door are required.
type Load struct {
	Kind    Kind
	Files   []string
	Origin  *Origin       // of what the one file was made of; nil: files are what they are
	Joins   []Join        // files whose cells are added to the records
	Format  record.Format // empty: each file's name tells
	Form    *form.Form    // nil: the usual one of the kind
	Lenient []string      // columns that may be missing though the form asks for them, as those of the usual one may
	At      time.Time     // of people and attributes that have no time of their own; zero: their file's, when it was written
	Door    Door
	Aside   io.Writer        // NDJSON of what was set aside; nil: it is only counted
	State   string           // a file by which an interrupted load goes on where it was; empty: none is kept
	Tell    Progress         // nil: nobody is told
	Now     func() time.Time // nil: time.Now
	Temp    string           // where what does not fit in memory goes; empty: where temporary files do
}

// Origin is what a file was made of, for a load: what it is called where something is said of it, the columns that its records can have,
// and when it was so.
type Origin struct {
	Name    string
	Columns []string
	At      time.Time
	Before  int    // records that stand before it, in files of their own
	Of      string // what was asked: a record without a time of its own is known by this and by what it says, wherever it stands; empty: by its file and line
	Time    string // the column that says when a record of people or attributes was so, where its form does not; empty: At
}

// Progress is told how far a stage is.
type Progress func(stage string, done, total int64)

// The stages.
const (
	Reading = "Reading"
	Sending = "Sending"
)

// Door is where events go.
type Door interface {
	// Import hands events in and returns when they are durable, or why none is.
	Import(ctx context.Context, events []jsontext.Value) (Answer, error)
	// Knows reports whether an identifier, kind:value, names somebody.
	Knows(ctx context.Context, identifier string) (bool, error)
}

// Answer is what became of the events that were handed in. All that it does not name were taken.
type Answer struct {
	Repeated []int // those that were there before, by their places
	Refused  []Refusal
}

// Refusal is why an event was not taken.
type Refusal struct {
	Index   int    `json:"index"`
	Field   string `json:"field"`
	Message string `json:"message"`
}

// Result is what became of the rows. Rows = Taken + Repeated + Aside.
type Result struct {
	Rows     int      `json:"rows"`     // read
	Taken    int      `json:"taken"`    // in events that are new
	Repeated int      `json:"repeated"` // in events that were there before
	Aside    int      `json:"aside"`
	Events   Tally    `json:"events"`
	Reasons  []Reason `json:"reasons"`          // why rows were set aside, the commonest first
	Broken   []string `json:"broken,omitempty"` // files that end before their end
	Resumed  int      `json:"resumed"`          // events that an interrupted load had brought in
}

// Tally counts events.
type Tally struct {
	Taken    int `json:"taken"`
	Repeated int `json:"repeated"`
}

// Reason is why rows were set aside.
type Reason struct {
	Field  string `json:"field"`
	Reason string `json:"reason"`
	Rows   int    `json:"rows"`
	First  string `json:"first"` // where: file:line
}

// held is how many bytes of rows are sorted in memory.
const held = 64 << 20

// run is a load at work.
type run struct {
	*Load
	result Result
	files  []file
	bytes  int64 // of all files
	groups *sorted.Sorter
	events *sorted.Sorter
	digest hash.Hash // of all events, as they were put together
	joined []joined
	aside  asides
}

type file struct {
	path    string
	name    string   // what it is called
	columns []string // nil: those that it tells itself
	before  int      // records before its first
	size    int64
	written time.Time
	sum     [sha256.Size]byte
}

// Run loads. What it returns is true as far as it came, with an error too.
func (l *Load) Run(ctx context.Context) (result *Result, err error) {
	own := *l
	r := &run{Load: &own, groups: sorted.New(l.Temp, held), events: sorted.New(l.Temp, held), digest: sha256.New(), aside: asides{to: l.Aside}}
	defer func() { err = errors.Join(err, r.groups.Close(), r.events.Close()) }()
	if r.Form == nil {
		r.Form = usual(l.Kind)
		r.Lenient = r.Form.Columns()
	}
	if r.Now == nil {
		r.Now = time.Now
	}
	if err := r.look(); err != nil {
		return &r.result, err
	}
	for _, j := range r.Joins {
		more, err := j.read()
		if err != nil {
			return &r.result, err
		}
		r.joined = append(r.joined, more)
	}
	for i := range r.files {
		if err := r.read(ctx, i); err != nil {
			return r.told(), err
		}
	}
	if err := r.group(ctx); err != nil {
		return r.told(), err
	}
	if err := r.aside.err; err != nil {
		return r.told(), fmt.Errorf("write what is set aside: %w", err)
	}
	err = r.send(ctx)
	return r.told(), errors.Join(err, r.aside.err)
}

func (r *run) told() *Result {
	r.result.Aside, r.result.Reasons = r.aside.rows, r.aside.told()
	return &r.result
}

// look sees that the files are there, and sums them up.
func (r *run) look() error {
	for _, path := range r.Files {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		one, err := lookInto(path, f)
		if err := errors.Join(err, f.Close()); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if o := r.Origin; o != nil {
			one.name, one.columns, one.written, one.before = o.Name, o.Columns, o.At, o.Before
		}
		r.files = append(r.files, one)
		r.bytes += one.size
	}
	return nil
}

func lookInto(path string, f *os.File) (one file, err error) {
	info, err := f.Stat()
	if err != nil {
		return one, err
	}
	one = file{path: path, name: path, size: info.Size(), written: info.ModTime()}
	h := sha256.New()
	_, err = io.Copy(h, f)
	h.Sum(one.sum[:0])
	return one, err
}

// read reads a file's records and takes each.
func (r *run) read(ctx context.Context, i int) error {
	before := int64(0)
	for _, f := range r.files[:i] {
		before += f.size
	}
	from, closer, err := record.OpenAs(r.files[i].name, r.files[i].path, r.Format, func(n int64) { r.tell(Reading, before+n, r.bytes) })
	if err != nil {
		return err
	}
	defer func() { _ = closer.Close() }() // it was only read
	if err := r.complete(from, &r.files[i]); err != nil {
		return err
	}
	for {
		rec, err := from.Next()
		rec.Line += r.files[i].before
		var bad *table.Error
		if errors.As(err, &bad) {
			bad.Line += r.files[i].before
		}
		switch {
		case err == io.EOF:
			return ctx.Err()
		case bad != nil && bad.Last:
			r.result.Broken = append(r.result.Broken, bad.Error())
			return ctx.Err()
		case bad != nil:
			r.result.Rows++
			r.aside.unread(bad, from.Text())
		case err != nil:
			return fmt.Errorf("%s: %w", r.files[i].name, err)
		default:
			r.result.Rows++
			for _, j := range r.joined {
				j.add(&rec)
			}
			if err := r.take(ctx, i, &rec); err != nil {
				return err
			}
		}
		if r.result.Rows%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// complete sees that a file whose columns are known has those that somebody's form asks for.
func (r *run) complete(from record.Reader, f *file) error {
	names := slices.Clone(f.columns)
	if known, ok := from.(interface{ Names() []string }); ok {
		names = known.Names()
	}
	if names == nil {
		return nil
	}
	for _, j := range r.joined {
		names = append(names, j.names...)
	}
	var missing []string
	for _, wanted := range r.Form.Columns() {
		if !slices.Contains(r.Lenient, wanted) && !slices.ContainsFunc(names, func(name string) bool {
			return name == wanted || strings.HasPrefix(wanted, name+".") || strings.HasPrefix(name, wanted+".")
		}) {
			missing = append(missing, wanted)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return &table.Error{File: f.name, Line: 1, Field: few(missing), Last: true, Reason: "no such column; there are " + few(names)}
}

func few(names []string) string {
	const most = 12
	text := strings.Join(names[:min(most, len(names))], ", ")
	if more := len(names) - most; more > 0 {
		text += fmt.Sprintf(", %d more", more)
	}
	return text
}

func (r *run) tell(stage string, done, total int64) {
	if r.Tell != nil {
		r.Tell(stage, done, total)
	}
}
