package postgres

import (
	"fmt"
	"math"

	"github.com/jackc/pgx/v5"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// rows are a batch as its statements take them: an array for each column. Where rows of a batch replace one another the last one stands.
type rows struct {
	erased [][]byte

	rewritten struct {
		persons, bodies [][]byte
		seqs            []int64
	}
	entries struct {
		persons, keys, bodies [][]byte
		seqs, ats             []int64
		kinds                 []int16
	}
	people struct {
		ids, states [][]byte
		encs        []int16
	}
	known       [][]byte // people who have entries in the batch and no state
	identifiers struct{ keys, persons, gone [][]byte }
	timers      struct {
		persons, names [][]byte
		dues, gens     []int64
	}
	fired struct {
		persons, names [][]byte
		gens           []int64
	}
	uncounted [][]byte
	counters  struct {
		keys     [][]byte
		hours, n []int64
	}
	letters struct {
		numbers, receivers []int64
		bodies             [][]byte
	}
	delivered []int64
	feed      [][]byte
}

// arrange makes arrays of a batch.
func (s *Store) arrange(b *store.Batch) (*rows, error) {
	r := &rows{uncounted: texts(b.Uncounted), feed: present(b.Feed)}
	for i := range b.Erased {
		r.erased = append(r.erased, b.Erased[i][:])
	}
	if err := r.arrangeEntries(b); err != nil {
		return nil, err
	}
	r.arrangePeople(b, s.packer)
	for i := range lasts(b.Identifiers, func(r *store.IdentifierRow) store.Key { return r.Key }) {
		row := &b.Identifiers[i]
		if row.Person.IsZero() {
			r.identifiers.gone = append(r.identifiers.gone, row.Key[:])
			continue
		}
		r.identifiers.keys, r.identifiers.persons = append(r.identifiers.keys, row.Key[:]), append(r.identifiers.persons, row.Person[:])
	}
	for i := range lasts(b.Timers, idOf) {
		timer := &b.Timers[i]
		t := &r.timers
		t.persons, t.names = append(t.persons, timer.Person[:]), append(t.names, []byte(timer.Name))
		t.dues, t.gens = append(t.dues, micros(timer.Due)), append(t.gens, int64(timer.Gen))
	}
	for i := range b.Fired {
		timer := &b.Fired[i]
		f := &r.fired
		f.persons, f.names, f.gens = append(f.persons, timer.Person[:]), append(f.names, []byte(timer.Name)), append(f.gens, int64(timer.Gen))
	}
	r.arrangeCounters(b.Counters)
	for i := range lasts(b.Letters, func(l *store.Letter) uint64 { return l.Number }) {
		letter := &b.Letters[i]
		l := &r.letters
		l.numbers, l.receivers, l.bodies = append(l.numbers, int64(letter.Number)), append(l.receivers, int64(letter.To)), append(l.bodies, some(letter.Body))
	}
	for _, number := range b.Delivered {
		r.delivered = append(r.delivered, int64(number))
	}
	return r, nil
}

func (r *rows) arrangeEntries(b *store.Batch) error {
	for i := range lasts(b.Rewritten, func(e *store.Entry) entryID { return entryID{e.Person, e.Seq} }) {
		e, w := &b.Rewritten[i], &r.rewritten
		w.persons, w.seqs, w.bodies = append(w.persons, e.Person[:]), append(w.seqs, int64(e.Seq)), append(w.bodies, some(e.Body))
	}
	to := &r.entries
	for i := range b.Entries {
		e := &b.Entries[i]
		if e.Seq > math.MaxInt64 {
			return fmt.Errorf("number of an entry is %d, the bound is %d", e.Seq, int64(math.MaxInt64))
		}
		var key []byte
		if e.Key != (store.Key{}) {
			key = e.Key[:]
		}
		to.persons, to.keys, to.bodies = append(to.persons, e.Person[:]), append(to.keys, key), append(to.bodies, some(e.Body))
		to.seqs, to.ats, to.kinds = append(to.seqs, int64(e.Seq)), append(to.ats, micros(e.At)), append(to.kinds, int16(e.Kind))
	}
	return nil
}

func (r *rows) arrangePeople(b *store.Batch, pack packer) {
	stated := make(map[aparte.PersonID]bool, len(b.People))
	for i := range lasts(b.People, func(p *store.PersonRow) aparte.PersonID { return p.ID }) {
		row, to := &b.People[i], &r.people
		stated[row.ID] = true
		enc, state := int16(plain), row.State
		if state != nil {
			enc, state = pack.pack(state)
		}
		to.ids, to.encs, to.states = append(to.ids, row.ID[:]), append(to.encs, enc), append(to.states, state)
	}
	for i := range b.Entries {
		if e := &b.Entries[i]; !stated[e.Person] {
			stated[e.Person] = true
			r.known = append(r.known, e.Person[:])
		}
	}
}

func (r *rows) arrangeCounters(cs []store.Counter) {
	type hour struct {
		key string
		at  int64
	}
	at := make(map[hour]int, len(cs))
	to := &r.counters
	for i := range cs {
		c := &cs[i]
		id := hour{c.Key, micros(c.Hour)}
		j, there := at[id]
		if !there {
			j = len(to.n)
			at[id] = j
			to.keys, to.hours, to.n = append(to.keys, []byte(c.Key)), append(to.hours, id.at), append(to.n, 0)
		}
		to.n[j] += c.N
	}
}

type entryID struct {
	person aparte.PersonID
	seq    uint64
}

type timerID struct {
	person aparte.PersonID
	name   string
}

func idOf(t *store.Timer) timerID { return timerID{t.Person, t.Name} }

// lasts are the places of rows that no later row of the same id replaces, in order.
func lasts[R any, ID comparable](rows []R, id func(*R) ID) func(yield func(int) bool) {
	last := make(map[ID]int, len(rows))
	for i := range rows {
		last[id(&rows[i])] = i
	}
	return func(yield func(int) bool) {
		for i := range rows {
			if last[id(&rows[i])] == i && !yield(i) {
				return
			}
		}
	}
}

// some is a body that is never null.
func some(body []byte) []byte {
	if body == nil {
		return []byte{}
	}
	return body
}

func present(bodies [][]byte) [][]byte {
	all := make([][]byte, len(bodies))
	for i := range bodies {
		all[i] = some(bodies[i])
	}
	return all
}

func texts(of []string) [][]byte {
	all := make([][]byte, len(of))
	for i := range of {
		all[i] = []byte(of[i])
	}
	return all
}

// What a batch's statements are. $1 is the part's label; on Citus its number stands in their text instead, as it is planned once then.
const (
	fence = `UPDATE lease SET turn = $3::bigint / CASE WHEN epoch = $2 AND turn = $3 - 1 AND owner <> '' THEN 1 ELSE 0 END WHERE part = $1`

	erasePeople  = `DELETE FROM person WHERE part = $1 AND id = ANY($2::bytea[])`
	eraseEntries = `DELETE FROM entry WHERE part = $1 AND person = ANY($2::bytea[])`
	eraseTimers  = `DELETE FROM timer WHERE part = $1 AND person = ANY($2::bytea[])`

	rewrite = `UPDATE entry SET body = u.body FROM unnest($2::bytea[], $3::bigint[], $4::bytea[]) AS u (person, seq, body)
		WHERE entry.part = $1 AND entry.person = u.person AND entry.seq = u.seq`
	addEntries = `INSERT INTO entry (part, person, seq, at, kind, key, body)
		SELECT $1::bigint, u.* FROM unnest($2::bytea[], $3::bigint[], $4::bigint[], $5::smallint[], $6::bytea[], $7::bytea[]) AS u`
	putPeople = `INSERT INTO person (part, id, enc, state)
		SELECT $1::bigint, u.* FROM unnest($2::bytea[], $3::smallint[], $4::bytea[]) AS u
		ON CONFLICT (part, id) DO UPDATE SET enc = excluded.enc, state = excluded.state`
	knowPeople     = `INSERT INTO person (part, id) SELECT $1::bigint, u FROM unnest($2::bytea[]) AS u ON CONFLICT (part, id) DO NOTHING`
	putIdentifiers = `INSERT INTO identifier (part, key, person) SELECT $1::bigint, u.* FROM unnest($2::bytea[], $3::bytea[]) AS u
		ON CONFLICT (part, key) DO UPDATE SET person = excluded.person`
	dropIdentifiers = `DELETE FROM identifier WHERE part = $1 AND key = ANY($2::bytea[])`
	putTimers       = `INSERT INTO timer (part, person, name, due, gen)
		SELECT $1::bigint, u.* FROM unnest($2::bytea[], $3::bytea[], $4::bigint[], $5::bigint[]) AS u
		ON CONFLICT (part, person, name) DO UPDATE SET due = excluded.due, gen = excluded.gen`
	dropTimers = `DELETE FROM timer USING unnest($2::bytea[], $3::bytea[], $4::bigint[]) AS u (person, name, gen)
		WHERE timer.part = $1 AND timer.person = u.person AND timer.name = u.name AND timer.gen = u.gen`
	uncount       = `DELETE FROM counter WHERE key = ANY($1::bytea[])` // of all parts
	noteUncounted = `INSERT INTO uncounted (part, key) SELECT $1::bigint, u FROM unnest($2::bytea[]) AS u ON CONFLICT (part, key) DO NOTHING`
	addCounters   = `INSERT INTO counter (part, key, hour, n)
		SELECT $1::bigint, u.* FROM unnest($2::bytea[], $3::bigint[], $4::bigint[]) AS u
		ON CONFLICT (key, hour, part) DO UPDATE SET n = counter.n + excluded.n`
	putLetters = `INSERT INTO letter (part, number, receiver, body)
		SELECT $1::bigint, u.* FROM unnest($2::bigint[], $3::bigint[], $4::bytea[]) AS u
		ON CONFLICT (part, number) DO UPDATE SET receiver = excluded.receiver, body = excluded.body`
	dropLetters = `DELETE FROM letter WHERE part = $1 AND number = ANY($2::bigint[])`
	appendFeed  = `INSERT INTO feed (part, position, body)
		SELECT $1::bigint, $2::bigint + u.n, u.body FROM unnest($3::bytea[]) WITH ORDINALITY AS u (body, n)`
)

// statements are those of a batch as the part's turn of this number. Several: there are servers that it does not write to.
func (p *part) statements(epoch store.Epoch, turn int64, r *rows, several bool) *pgx.Batch {
	b := &pgx.Batch{}
	add := func(some bool, statement string, args ...any) {
		if some {
			text, with := p.say(statement, args...)
			b.Queue(text, with...)
		}
	}
	b.Queue("BEGIN")
	add(true, fence, int64(epoch), turn)
	if len(r.uncounted) > 0 {
		b.Queue(uncount, r.uncounted)
		add(several, noteUncounted, r.uncounted)
	}
	for _, statement := range []string{erasePeople, eraseEntries, eraseTimers} {
		add(len(r.erased) > 0, statement, r.erased)
	}
	add(len(r.rewritten.seqs) > 0, rewrite, r.rewritten.persons, r.rewritten.seqs, r.rewritten.bodies)
	e := &r.entries
	add(len(e.seqs) > 0, addEntries, e.persons, e.seqs, e.ats, e.kinds, e.keys, e.bodies)
	add(len(r.people.ids) > 0, putPeople, r.people.ids, r.people.encs, r.people.states)
	add(len(r.known) > 0, knowPeople, r.known)
	add(len(r.identifiers.keys) > 0, putIdentifiers, r.identifiers.keys, r.identifiers.persons)
	add(len(r.identifiers.gone) > 0, dropIdentifiers, r.identifiers.gone)
	t := &r.timers
	add(len(t.gens) > 0, putTimers, t.persons, t.names, t.dues, t.gens)
	add(len(r.fired.gens) > 0, dropTimers, r.fired.persons, r.fired.names, r.fired.gens)
	add(len(r.counters.n) > 0, addCounters, r.counters.keys, r.counters.hours, r.counters.n)
	add(len(r.letters.numbers) > 0, putLetters, r.letters.numbers, r.letters.receivers, r.letters.bodies)
	add(len(r.delivered) > 0, dropLetters, r.delivered)
	add(len(r.feed) > 0, appendFeed, p.fed, r.feed)
	b.Queue("COMMIT")
	return b
}
