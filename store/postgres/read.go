package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// query reads rows of a part: scan is called with each, and reset before the first, as a reading may begin anew.
func (s *Store) query(ctx context.Context, n store.Part, what string, reset func(), scan func(pgx.Rows) error, statement string, args ...any) error {
	p, err := s.enterPart(ctx, n)
	if err == nil {
		defer s.life.RUnlock()
		text, with := p.say(statement, args...)
		err = p.server.rows(ctx, reset, scan, text, with...)
	}
	if err != nil {
		return fmt.Errorf("read %s of part %d: %w", what, n, err)
	}
	return nil
}

func (s *server) rows(ctx context.Context, reset func(), scan func(pgx.Rows) error, statement string, args ...any) error {
	return s.do(ctx, func(ctx context.Context, conn *pgx.Conn) error {
		reset()
		rows, err := conn.Query(ctx, statement, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			if err := scan(rows); err != nil {
				return err
			}
		}
		return rows.Err()
	})
}

// lastEntry is the number of a person's last entry, to be read with their row. It names the part again: Citus takes a statement to one shard where every
// table in it says of which part it is, and fails else.
const lastEntry = `coalesce((SELECT e.seq FROM entry e WHERE e.part = $1 AND e.person = p.id ORDER BY e.seq DESC LIMIT 1), 0)`

// States are the rows of people; see store.Reader.
func (s *Store) States(ctx context.Context, n store.Part, ids []aparte.PersonID) ([]store.PersonRow, error) {
	found := map[aparte.PersonID]store.PersonRow{}
	err := s.query(ctx, n, "states", func() { clear(found) }, func(r pgx.Rows) error {
		row, err := s.scanPerson(r)
		found[row.ID] = row
		return err
	}, `SELECT p.id, p.enc, p.state, `+lastEntry+` FROM person p WHERE p.part = $1 AND p.id = ANY($2::bytea[])`, bytesOf(ids))
	if err != nil {
		return nil, err
	}
	rows := make([]store.PersonRow, len(ids))
	for i, id := range ids {
		rows[i] = found[id]
		rows[i].ID = id
	}
	return rows, nil
}

// People is a page of people; see store.Reader.
func (s *Store) People(ctx context.Context, n store.Part, after aparte.PersonID, limit int) (rows []store.PersonRow, err error) {
	err = s.query(ctx, n, "people", func() { rows = nil }, func(r pgx.Rows) error {
		row, err := s.scanPerson(r)
		rows = append(rows, row)
		return err
	}, `SELECT p.id, p.enc, p.state, `+lastEntry+` FROM person p WHERE p.part = $1 AND p.id > $2 AND p.state IS NOT NULL ORDER BY p.id LIMIT $3`, after[:], limit)
	return rows, err
}

func (s *Store) scanPerson(r pgx.Rows) (row store.PersonRow, err error) {
	var id, packed []byte
	var enc int16
	var last int64
	if err := r.Scan(&id, &enc, &packed, &last); err != nil {
		return row, err
	}
	row.Last = uint64(last)
	if row.ID, err = personOf(id); err != nil || packed == nil {
		return row, err
	}
	if row.State, err = s.packer.unpack(enc, packed); err != nil {
		return row, fmt.Errorf("state of %s: %w", row.ID, err)
	}
	return row, nil
}

// Owner is whom an identifier names; see store.Reader.
func (s *Store) Owner(ctx context.Context, n store.Part, key store.Key) (person aparte.PersonID, err error) {
	found := false
	err = s.query(ctx, n, "identifier", func() { found = false }, func(r pgx.Rows) (err error) {
		var id []byte
		if err := r.Scan(&id); err != nil {
			return err
		}
		found = true
		person, err = personOf(id)
		return err
	}, `SELECT person FROM identifier WHERE part = $1 AND key = $2`, key[:])
	if err == nil && !found {
		err = fmt.Errorf("read identifier of part %d: %w", n, store.ErrNotFound)
	}
	return person, err
}

const columns = `SELECT person, seq, at, kind, key, body FROM entry WHERE part = $1 AND person = $2`

// Entry is one entry of a history; see store.Reader.
func (s *Store) Entry(ctx context.Context, n store.Part, person aparte.PersonID, seq uint64) (store.Entry, error) {
	entries, err := s.entries(ctx, n, columns+` AND seq = $3`, person[:], int64(seq))
	if err == nil && len(entries) == 0 {
		err = fmt.Errorf("read entry %d of %s: %w", seq, person, store.ErrNotFound)
	}
	if err != nil {
		return store.Entry{}, err
	}
	return entries[0], nil
}

// History is a page of a history; see store.Reader.
func (s *Store) History(ctx context.Context, n store.Part, person aparte.PersonID, before uint64, limit int) ([]store.Entry, error) {
	if before == 0 {
		return s.entries(ctx, n, columns+` ORDER BY seq DESC LIMIT $3`, person[:], limit)
	}
	return s.entries(ctx, n, columns+` AND seq < $3 ORDER BY seq DESC LIMIT $4`, person[:], int64(before), limit)
}

func (s *Store) entries(ctx context.Context, n store.Part, statement string, args ...any) (found []store.Entry, err error) {
	err = s.query(ctx, n, "history", func() { found = nil }, func(r pgx.Rows) error {
		var id, key []byte
		var seq, at int64
		var kind int16
		var e store.Entry
		err := r.Scan(&id, &seq, &at, &kind, &key, &e.Body)
		if err != nil {
			return err
		}
		if e.Person, err = personOf(id); err != nil {
			return err
		}
		if e.Key, err = keyOf(key); err != nil {
			return err
		}
		e.Seq, e.At, e.Kind = uint64(seq), instant(at), store.EntryKind(kind)
		found = append(found, e)
		return nil
	}, statement, args...)
	return found, err
}

// Seen reports which event keys entries carry; see store.Reader.
func (s *Store) Seen(ctx context.Context, n store.Part, keys []store.Key) ([]bool, error) {
	found := map[store.Key]bool{}
	asked := make([][]byte, len(keys))
	for i := range keys {
		asked[i] = keys[i][:]
	}
	err := s.query(ctx, n, "event keys", func() { clear(found) }, func(r pgx.Rows) error {
		var text []byte
		if err := r.Scan(&text); err != nil {
			return err
		}
		key, err := keyOf(text)
		found[key] = true
		return err
	}, `SELECT key FROM entry WHERE part = $1 AND key = ANY($2::bytea[]) AND key IS NOT NULL`, asked)
	if err != nil {
		return nil, err
	}
	seen := make([]bool, len(keys))
	for i, key := range keys {
		seen[i] = found[key]
	}
	return seen, nil
}

// Due is a page of timers; see store.Reader.
func (s *Store) Due(ctx context.Context, n store.Part, until time.Time, limit int) (timers []store.Timer, err error) {
	err = s.query(ctx, n, "timers", func() { timers = nil }, func(r pgx.Rows) error {
		var id, name []byte
		var due, gen int64
		err := r.Scan(&id, &name, &due, &gen)
		if err != nil {
			return err
		}
		t := store.Timer{Name: string(name), Due: instant(due), Gen: uint64(gen)}
		if t.Person, err = personOf(id); err != nil {
			return err
		}
		timers = append(timers, t)
		return nil
	}, `SELECT person, name, due, gen FROM timer WHERE part = $1 AND due <= $2 ORDER BY due, person, name LIMIT $3`, micros(until), limit)
	return timers, err
}

// Letters is a page of letters; see store.Reader.
func (s *Store) Letters(ctx context.Context, n store.Part, after uint64, limit int) (letters []store.Letter, err error) {
	err = s.query(ctx, n, "letters", func() { letters = nil }, func(r pgx.Rows) error {
		var number, receiver int64
		var l store.Letter
		if err := r.Scan(&number, &receiver, &l.Body); err != nil {
			return err
		}
		l.Number, l.To = uint64(number), store.Part(receiver)
		letters = append(letters, l)
		return nil
	}, `SELECT number, receiver, body FROM letter WHERE part = $1 AND number > $2 ORDER BY number LIMIT $3`, int64(after), limit)
	return letters, err
}

// Feed is a page of the feed; see store.Reader.
func (s *Store) Feed(ctx context.Context, n store.Part, after uint64, limit int) (rows []store.FeedRow, err error) {
	err = s.query(ctx, n, "feed", func() { rows = nil }, func(r pgx.Rows) error {
		var position int64
		var row store.FeedRow
		if err := r.Scan(&position, &row.Body); err != nil {
			return err
		}
		row.Position = uint64(position)
		rows = append(rows, row)
		return nil
	}, `SELECT position, body FROM feed WHERE part = $1 AND position > $2 ORDER BY position LIMIT $3`, int64(after), limit)
	return rows, err
}

// Counters are counters of all parts; see store.Reader.
func (s *Store) Counters(ctx context.Context, prefix string, from, to time.Time) ([]store.Counter, error) {
	if err := s.enter(ctx); err != nil {
		return nil, fmt.Errorf("read counters: %w", err)
	}
	defer s.life.RUnlock()
	var all []store.Counter
	for _, at := range s.servers {
		counters, err := at.counters(ctx, prefix, from, to)
		if err != nil {
			return nil, fmt.Errorf("read counters: %w", err)
		}
		all = sum(all, counters)
	}
	return all, nil
}

func (s *server) counters(ctx context.Context, prefix string, from, to time.Time) (found []store.Counter, err error) {
	statement := `SELECT key, hour, sum(n)::bigint FROM counter WHERE key >= $1 AND hour >= $2 AND hour < $3 GROUP BY key, hour ORDER BY key, hour`
	args := []any{[]byte(prefix), micros(from), micros(to)}
	if above := after(prefix); above != nil {
		statement = `SELECT key, hour, sum(n)::bigint FROM counter WHERE key >= $1 AND key < $4 AND hour >= $2 AND hour < $3 GROUP BY key, hour ORDER BY key, hour`
		args = append(args, above)
	}
	err = s.rows(ctx, func() { found = nil }, func(r pgx.Rows) error {
		var key []byte
		var hour int64
		var c store.Counter
		if err := r.Scan(&key, &hour, &c.N); err != nil {
			return err
		}
		c.Key, c.Hour = string(key), instant(hour)
		found = append(found, c)
		return nil
	}, statement, args...)
	return found, err
}

// after is the least text that is greater than all that begin with prefix, nil where there is none.
func after(prefix string) []byte {
	b := []byte(prefix)
	for i := len(b) - 1; i >= 0; i-- {
		if b[i] < 0xff {
			b[i]++
			return b[:i+1]
		}
	}
	return nil
}

// sum adds counters, both in order of key, then hour.
func sum(a, b []store.Counter) []store.Counter {
	if len(a) == 0 {
		return b
	}
	both := make([]store.Counter, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0].Key == b[0].Key && a[0].Hour.Equal(b[0].Hour):
			a[0].N += b[0].N
			b = b[1:]
		case a[0].Key < b[0].Key || a[0].Key == b[0].Key && a[0].Hour.Before(b[0].Hour):
			both, a = append(both, a[0]), a[1:]
		default:
			both, b = append(both, b[0]), b[1:]
		}
	}
	return append(append(both, a...), b...)
}

func bytesOf(ids []aparte.PersonID) [][]byte {
	all := make([][]byte, len(ids))
	for i := range ids {
		all[i] = ids[i][:]
	}
	return all
}
