package load

import (
	"context"
	"encoding/binary"
	"fmt"

	"github.com/aparte-dev/aparte/exchange/record"
)

// take takes a record: as an event, or into its group.
func (r *run) take(ctx context.Context, i int, rec *record.Record) error {
	if bad := r.Form.Check(rec); bad != nil {
		r.aside.record(bad, rec)
		return nil
	}
	if r.Form.Group == "" {
		return r.put(ctx, i, []*record.Record{rec})
	}
	group, _ := rec.Cell(r.Form.Group) // Check has seen it
	return r.groups.Add([]byte(group.Plain()), place{i, rec.Line}.before(rec.JSON()))
}

// place is where a record stands.
type place struct{ file, line int }

func (p place) before(body []byte) []byte {
	out := binary.AppendUvarint(nil, uint64(p.file))
	return append(binary.AppendUvarint(out, uint64(p.line)), body...)
}

// placed parts what before put together.
func placed(b []byte) (p place, body []byte) {
	file, n := binary.Uvarint(b)
	line, m := binary.Uvarint(b[n:])
	return place{int(file), int(line)}, b[n+m:]
}

// maxGroup bounds the rows of one group.
const maxGroup = 10_000

// group makes an event of each group of rows.
func (r *run) group(ctx context.Context) error {
	var key string
	var rows []*record.Record
	at := place{}
	flush := func() error {
		if len(rows) == 0 {
			return nil
		}
		err := r.put(ctx, at.file, rows)
		rows = nil
		return err
	}
	err := r.groups.Each(func(k, body []byte) error {
		p, text := placed(body)
		rec, err := record.Parse(r.files[p.file].path, p.line, text)
		if err != nil {
			return fmt.Errorf("group: %w", err)
		}
		if string(k) != key {
			if err := flush(); err != nil {
				return err
			}
			key = string(k)
		}
		if len(rows) == 0 {
			at = p
		} else if bad := r.Form.Agree(rows[0], &rec); bad != nil {
			r.aside.record(bad, &rec)
			return nil
		} else if len(rows) == maxGroup {
			r.aside.record(rec.Bad(r.Form.Group, "more than %d rows in one group", maxGroup), &rec)
			return nil
		}
		rows = append(rows, &rec)
		return nil
	})
	if err != nil {
		return err
	}
	return flush()
}
