package load

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/aparte-dev/aparte/exchange/table"
)

// What one request carries at most. The doors take 500 KB and 1,000 events.
const (
	maxBatch      = 500
	maxBatchBytes = 400 << 10
)

// ErrWhole is a batch that was refused as a whole: one of its events cannot be read, or stands in the way.
var ErrWhole = errors.New("the batch was refused")

// waiting is an event that is to be sent.
type waiting struct {
	place
	rows int
	body jsontext.Value
}

// send sends the events in their order, and notes what came of each batch.
func (r *run) send(ctx context.Context) (err error) {
	state, done, err := r.openState()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, state.close()) }()
	var batch []waiting
	var last []byte
	crowd := crowd{}
	size, nth, at := 0, 0, 0
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		out, err := r.deliver(ctx, batch)
		if err != nil {
			return fmt.Errorf("%d of %d events are sent: %w", at-len(batch), r.events.Len(), err)
		}
		out.To = at
		r.count(out, batch)
		batch, size = batch[:0], 0
		clear(crowd)
		r.tell(Sending, int64(at), int64(r.events.Len()))
		return state.note(out)
	}
	err = r.events.Each(func(key, body []byte) error {
		if nth++; !bytes.Equal(key, last) {
			nth, last = 0, append(last[:0], key...)
		}
		rows, n := binary.Uvarint(body)
		length, m := binary.Uvarint(body[n:])
		names := string(body[n+m : n+m+int(length)])
		p, text := placed(body[n+m+int(length):])
		w := waiting{p, int(rows), r.named(key, p, nth, bytes.Clone(text))}
		if at < done.to {
			at++
			return r.again(done, at-1, w)
		}
		if len(batch) == maxBatch || size+len(w.body) > maxBatchBytes || !crowd.joined(names) {
			if err := flush(); err != nil {
				return err
			}
		}
		crowd.join(names)
		batch, size, at = append(batch, w), size+len(w.body)+1, at+1
		return nil
	})
	if err != nil {
		return err
	}
	return flush()
}

// crowd is who is named in a batch: by each identifier, all those that were named with it. What a batch carries is looked
// up at once, so that whoever is named in another way than before in it has to wait for the next: otherwise it would be
// left to chance who is found to be who.
type crowd map[string]string

func (c crowd) joined(names string) bool {
	for name := range strings.SplitSeq(names, "\x00") {
		if with, named := c[name]; named && with != names {
			return false
		}
	}
	return true
}

func (c crowd) join(names string) {
	for name := range strings.SplitSeq(names, "\x00") {
		c[name] = names
	}
}

// again counts an event that was sent before the load was interrupted.
func (r *run) again(done *done, at int, w waiting) error {
	r.result.Resumed++
	if refusal, was := done.refused[at]; was {
		r.refuse(refusal, w)
		return nil
	}
	if done.repeated[at] {
		r.result.Events.Repeated++
		r.result.Repeated += w.rows
	} else {
		r.result.Events.Taken++
		r.result.Taken += w.rows
	}
	return nil
}

// outcome is what came of a batch; places are those in the batch.
type outcome struct {
	To       int       `json:"to"` // so many events are done
	Size     int       `json:"size"`
	Repeated []int     `json:"repeated,omitempty"`
	Refused  []Refusal `json:"refused,omitempty"`
}

// deliver hands a batch in. One that is refused as a whole is halved until the event is found for which it is.
func (r *run) deliver(ctx context.Context, batch []waiting) (outcome, error) {
	bodies := make([]jsontext.Value, len(batch))
	for i := range batch {
		bodies[i] = batch[i].body
	}
	answer, err := r.Door.Import(ctx, bodies)
	switch {
	case err == nil:
		return outcome{Size: len(batch), Repeated: answer.Repeated, Refused: answer.Refused}, nil
	case !errors.Is(err, ErrWhole):
		return outcome{}, err
	case len(batch) == 1:
		return outcome{Size: 1, Refused: []Refusal{{0, "event", err.Error()}}}, nil
	}
	half := len(batch) / 2
	first, err := r.deliver(ctx, batch[:half])
	if err != nil {
		return outcome{}, err
	}
	second, err := r.deliver(ctx, batch[half:])
	for _, i := range second.Repeated {
		first.Repeated = append(first.Repeated, half+i)
	}
	for _, refusal := range second.Refused {
		refusal.Index += half
		first.Refused = append(first.Refused, refusal)
	}
	first.Size += second.Size
	return first, err
}

// count counts what came of a batch.
func (r *run) count(out outcome, batch []waiting) {
	fate := make([]int8, len(batch)) // 0 taken, 1 repeated, 2 refused
	for _, i := range out.Repeated {
		if i >= 0 && i < len(fate) {
			fate[i] = 1
		}
	}
	for _, refusal := range out.Refused {
		if i := refusal.Index; i >= 0 && i < len(fate) && fate[i] != 2 {
			fate[i] = 2
			r.refuse(refusal, batch[i])
		}
	}
	for i, f := range fate {
		switch f {
		case 0:
			r.result.Events.Taken++
			r.result.Taken += batch[i].rows
		case 1:
			r.result.Events.Repeated++
			r.result.Repeated += batch[i].rows
		}
	}
}

// refuse sets aside the rows of an event that the doors did not take.
func (r *run) refuse(refusal Refusal, w waiting) {
	bad := &table.Error{File: r.files[w.file].name, Line: w.line, Field: r.Form.Field(refusal.Field), Reason: refusal.Message}
	if bad.Field == "" {
		bad.Field = "event"
	}
	r.aside.event(bad, w.rows, w.body)
}
