package load

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/go-json-experiment/json"
)

// state is the file by which an interrupted load goes on: first which load it is of, then a line for each batch that is
// done. It is only ever appended to.
type state struct{ file *os.File } // nil: none is kept

// done is what a state says was done.
type done struct {
	to       int
	repeated map[int]bool
	refused  map[int]Refusal
}

// header says which load a state is of.
type header struct {
	Load string `json:"load"`
}

// of names this load by all its events.
func (r *run) of() header { return header{hex.EncodeToString(r.digest.Sum(nil)[:16])} }

// openState reads what was done, and opens the file for what will be.
func (r *run) openState() (*state, *done, error) {
	d := &done{repeated: map[int]bool{}, refused: map[int]Refusal{}}
	if r.State == "" {
		return &state{}, d, nil
	}
	f, err := os.OpenFile(r.State, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, nil, err
	}
	whole, err := d.read(f, r.of())
	if err == nil {
		err = f.Truncate(whole) // a line that was cut off is of a batch that may not be done
	}
	if err == nil {
		_, err = f.Seek(whole, io.SeekStart)
	}
	s := &state{f}
	if err == nil && whole == 0 {
		err = s.write(r.of())
	}
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("%s: %w", r.State, err), f.Close())
	}
	return s, d, nil
}

// read reads a state and returns how long it is as far as it is whole.
func (d *done) read(f io.Reader, of header) (whole int64, err error) {
	lines := bufio.NewReaderSize(f, 64<<10)
	for first := true; ; first = false {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF {
			return whole, nil
		} else if err != nil {
			return whole, err
		}
		var h header
		var out outcome
		switch {
		case first && (json.Unmarshal(line, &h) != nil || h != of):
			return 0, errors.New("is the state of another load: of other files, or by another form; remove it, or name another file")
		case first:
		case json.Unmarshal(line, &out) != nil:
			return whole, nil
		default:
			d.add(out)
		}
		whole += int64(len(line))
	}
}

func (d *done) add(out outcome) {
	start := out.To - out.Size
	for _, i := range out.Repeated {
		d.repeated[start+i] = true
	}
	for _, refusal := range out.Refused {
		d.refused[start+refusal.Index] = refusal
	}
	d.to = out.To
}

// note writes down that a batch is done.
func (s *state) note(out outcome) error { return s.write(out) }

func (s *state) write(v any) error {
	if s.file == nil {
		return nil
	}
	line, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("state: %w", err)
	}
	if _, err := s.file.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("state: %w", err)
	}
	return nil
}

func (s *state) close() error {
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}
