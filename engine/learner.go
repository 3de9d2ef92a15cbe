package engine

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/learn"
	"github.com/aparte-dev/aparte/measure/attribution"
	"github.com/aparte-dev/aparte/store"
)

const (
	journalDocument = "learner/journal"
	modelDocument   = "learner/model"

	roundEvery   = 250 * time.Millisecond
	roundRows    = 5_000       // of one part in one round
	acrossEvery  = time.Second // looks for rows of parts that other engines have
	snapshotRows = 50_000      // examples between two saved models
)

// learner folds over the examples of all parts, one round after another: in each round, part by part,
// the rows that are new. Which rows a round took is written to a journal before the next begins, and a
// model is a pure function of the rows in journal order. So a restart goes on exactly where the saved
// model stood, and a model can be rebuilt from the first row to the same bytes.
type learner struct {
	engine *Engine
	done   chan struct{}
	stop   context.CancelFunc

	mu   sync.Mutex
	news map[store.Part]bool // parts with rows not yet read
	lags map[store.Part]unlearned
	wake chan struct{}

	published atomic.Int64 // when decisions were last given what was learned, in microseconds since 1970

	state  fold         // only the learner's goroutine touches it, once started
	astray []store.Part // of a round of which state has rows that the journal will never have; nil: there is none
	saved  int          // examples since the model was saved

	crossed time.Time // when it last looked at the parts that other engines have; only its goroutine touches it
	live    atomic.Pointer[judgement]
}

// fold is a model and how far it has read.
type fold struct {
	round   uint64   // the journal's version it includes
	read    []uint64 // position of the last row read, per part
	model   *learn.Ensemble
	habit   learn.Habits
	traffic *learn.Traffic
	walks   *attribution.Ledger
}

// round is one line of the journal: up to which row each part was read.
type round struct {
	Parts []store.Part `json:"parts"`
	To    []uint64     `json:"to"`
}

// openLearner restores the saved model and replays the rounds after it.
func openLearner(ctx context.Context, e *Engine) (*learner, error) {
	l := &learner{engine: e, done: make(chan struct{}), news: map[store.Part]bool{}, lags: map[store.Part]unlearned{}, wake: make(chan struct{}, 1)}
	state, err := e.savedFold(ctx)
	if err != nil {
		return nil, err
	}
	if err := e.replay(ctx, state); err != nil {
		return nil, err
	}
	l.state = *state
	l.publish()
	for part := range e.parts {
		if e.branch {
			break // its rows are read by who has the office
		}
		rows, err := l.backlog(ctx, store.Part(part))
		if err != nil {
			return nil, err
		}
		l.notify(store.Part(part), rows)
	}
	return l, nil
}

func (e *Engine) newFold() *fold {
	return &fold{read: make([]uint64, e.parts), model: learn.NewEnsemble(learn.Config{}), traffic: learn.NewTraffic(), walks: attribution.NewLedger()}
}

// savedFold is the newest saved model, or an ignorant one.
func (e *Engine) savedFold(ctx context.Context) (*fold, error) {
	doc, err := e.store.Document(ctx, modelDocument, 0)
	if errors.Is(err, store.ErrNotFound) {
		return e.newFold(), nil
	} else if err != nil {
		return nil, fmt.Errorf("read model: %w", err)
	}
	f, err := parseFold(doc.Body, e.parts)
	if errors.Is(err, learn.ErrOtherVersion) {
		e.log.Info("the saved model is of another version; learning it again from the log")
		return e.newFold(), nil
	}
	if err != nil {
		return nil, fmt.Errorf("model version %d: %w", doc.Version, err)
	}
	return f, nil
}

// replay takes a fold through the journal's rounds after its own.
func (e *Engine) replay(ctx context.Context, f *fold) error {
	for {
		if more, err := e.replayRound(ctx, f); err != nil || !more {
			return err
		}
	}
}

// replayRound takes a fold through the next round of the journal, where there is one more.
func (e *Engine) replayRound(ctx context.Context, f *fold) (more bool, err error) {
	doc, err := e.store.Document(ctx, journalDocument, f.round+1)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	} else if err != nil {
		return false, fmt.Errorf("read journal: %w", err)
	}
	var r round
	if err := json.Unmarshal(doc.Body, &r); err != nil || len(r.Parts) != len(r.To) {
		return false, fmt.Errorf("journal round %d cannot be read", doc.Version)
	}
	for i, part := range r.Parts {
		if int(part) >= e.parts {
			return false, fmt.Errorf("journal round %d names part %d", doc.Version, part)
		}
		if _, err := e.learnRows(ctx, f, part, r.To[i]); err != nil {
			return false, err
		}
	}
	f.round = doc.Version
	return true, nil
}

// learnRows teaches a fold the rows of a part after what it has read, up to position to (0: up to
// roundRows of them), and says how many there were.
func (e *Engine) learnRows(ctx context.Context, f *fold, part store.Part, to uint64) (int, error) {
	n := 0
	for to == 0 && n < roundRows || f.read[part] < to {
		limit := roundRows
		if to != 0 {
			limit = int(min(uint64(limit), to-f.read[part]))
		}
		rows, err := e.store.Feed(ctx, part, f.read[part], limit)
		if err != nil {
			return n, fmt.Errorf("feed of part %d: %w", part, err)
		}
		for _, row := range rows {
			if err := f.learn(row.Body); err != nil {
				e.log.Error("row left out", "part", part, "position", row.Position, "error", err)
			}
			f.read[part] = row.Position
			n++
		}
		if len(rows) == 0 {
			if to != 0 && f.read[part] < to {
				return n, fmt.Errorf("feed of part %d ends at %d, the journal says %d", part, f.read[part], to)
			}
			return n, nil
		}
	}
	return n, nil
}

// learn takes one row of a feed in: an example, for the model or the habits, a trace of what somebody did with items, or
// a journey that has ended.
func (f *fold) learn(row []byte) error {
	if attribution.IsWalk(row) {
		walk, err := attribution.ParseWalk(row)
		if err != nil {
			return err
		}
		return f.walks.Learn(&walk)
	}
	if len(row) > 0 && row[0] == learn.TraceVersion {
		trace, err := learn.ParseTrace(row)
		if err != nil {
			return err
		}
		return f.traffic.Learn(&trace)
	}
	example, err := learn.ParseExample(row)
	if err != nil {
		return err
	}
	if mine, err := f.habit.Learn(&example); mine {
		return err
	}
	return f.model.Learn(&example)
}

// notify says that a part has new rows, and how many.
func (l *learner) notify(part store.Part, rows int) {
	l.mu.Lock()
	l.news[part] = true
	l.await(part, rows)
	l.mu.Unlock()
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// across is when to look at the parts that other engines have; never, where there are none.
func (l *learner) across() <-chan time.Time {
	if l.engine.fellows == nil {
		return nil
	}
	return time.After(acrossEvery)
}

// notifyAcross says that the parts that other engines have may have new rows, where that is long enough ago.
func (l *learner) notifyAcross() {
	now := l.engine.now()
	if l.engine.fellows == nil || now.Sub(l.crossed) < acrossEvery {
		return
	}
	l.crossed = now
	l.mu.Lock()
	defer l.mu.Unlock()
	for part := range store.Part(l.engine.parts) {
		if !l.engine.Has(part) {
			l.news[part] = true
		}
	}
}

// behind reports whether there may be rows not yet read.
func (l *learner) behind() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.news) > 0
}

// judgement is what decisions are taken with now.
func (l *learner) judgement() *judgement { return l.live.Load() }

// start lets the learner run until close.
func (l *learner) start(ctx context.Context) {
	ctx, l.stop = context.WithCancel(ctx)
	if l.engine.stepped || l.engine.branch {
		close(l.done) // Step learns, or who has the office
		return
	}
	go func() {
		defer close(l.done)
		for {
			select {
			case <-l.wake:
			case <-l.across():
			case <-ctx.Done():
				return
			}
			l.notifyAcross()
			if err := l.learn(ctx); err != nil && ctx.Err() == nil {
				l.engine.log.Error("learn", "error", err)
			}
			select {
			case <-time.After(roundEvery):
			case <-ctx.Done():
				return
			}
		}
	}()
}

// learn does one round and publishes what it taught. One that fails on the way is undone, at the latest by the next.
func (l *learner) learn(ctx context.Context) error {
	if err := l.unlearn(ctx); err != nil {
		return err
	}
	l.mu.Lock()
	parts := make([]store.Part, 0, len(l.news))
	for part := range l.news {
		parts = append(parts, part)
	}
	clear(l.news)
	l.mu.Unlock()
	slices.Sort(parts)

	var r round
	var counts []int
	total, begun := 0, l.engine.now()
	for _, part := range parts {
		n, err := l.engine.learnRows(ctx, &l.state, part, 0)
		if err != nil {
			l.astray = parts
			return errors.Join(err, l.unlearn(ctx))
		}
		if n == 0 {
			continue
		}
		r.Parts, r.To, counts = append(r.Parts, part), append(r.To, l.state.read[part]), append(counts, n)
		if total += n; n >= roundRows {
			l.notify(part, 0)
		}
	}
	if total == 0 {
		return nil
	}
	l.astray = parts // until it is written down
	body, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encode journal round: %w", err)
	}
	written, err := l.engine.store.PutDocument(ctx, journalDocument, body)
	if err != nil {
		return errors.Join(fmt.Errorf("write journal: %w", err), l.unlearn(ctx))
	}
	l.state.round, l.astray = written, nil
	l.learned(&r, counts, begun)
	l.publish()
	if l.saved += total; l.saved >= snapshotRows {
		return l.save(ctx)
	}
	return nil
}

// publish lets decisions be taken with what has been learned so far.
func (l *learner) publish() {
	l.published.Store(l.engine.now().UnixMicro())
	if now := l.engine.brand.Load(); now != nil {
		l.live.Store(judge(&l.state, now.plan.Brand(), now.plan.Version()))
	} else {
		l.live.Store(judge(&l.state, &aparte.Brand{}, 0))
	}
}

// unlearn goes back to what the journal says, after a round that could not be written down, and sees to
// it that the rows are read again.
func (l *learner) unlearn(ctx context.Context) error {
	if l.astray == nil {
		return nil
	}
	f, err := l.engine.savedFold(ctx)
	if err == nil {
		err = l.engine.replay(ctx, f)
	}
	for _, part := range l.astray {
		l.notify(part, 0)
	}
	if err != nil {
		return fmt.Errorf("go back to the journal: %w", err)
	}
	l.state, l.astray = *f, nil
	return nil
}

// save stores the model, so that a restart need not replay the rounds before it.
func (l *learner) save(ctx context.Context) error {
	version, err := l.engine.store.PutDocument(ctx, modelDocument, l.state.encode())
	if err != nil {
		return fmt.Errorf("save model: %w", err)
	}
	l.saved = 0
	if version > 2 {
		return l.engine.store.DropDocuments(ctx, modelDocument, version-1)
	}
	return nil
}

// close ends the learner, does a last round and saves the model.
func (l *learner) close() error {
	l.stop()
	<-l.done
	if l.engine.branch {
		return nil
	}
	ctx := context.Background()
	if err := l.learn(ctx); err != nil {
		return err
	}
	if l.saved == 0 {
		return nil
	}
	return l.save(ctx)
}

// Rebuild learns a model again from the first row of the log, in journal order, and returns its
// snapshot: the same bytes as that of the model that learned as things happened.
func (e *Engine) Rebuild(ctx context.Context) ([]byte, error) {
	f := e.newFold()
	if err := e.replay(ctx, f); err != nil {
		return nil, fmt.Errorf("rebuild model: %w", err)
	}
	return f.model.Snapshot(), nil
}

// Model is the snapshot of the model in force.
func (e *Engine) Model() []byte { return e.learner.judgement().model.Snapshot() }

// foldFormat is the format of a saved fold, after a zero: it began with a round, which is never 0, before it had one.
// That of folds before there were journeys, which there are none of in what they read, is formatOfNoWalks.
const (
	foldFormat      = 3 // 2 had journeys without personas and elements: it is learned again
	formatOfNoWalks = 1
)

// encode is the body of a saved fold: 0, foldFormat, round, number of parts, positions, length of the traffic's
// snapshot, that, length of the journeys' snapshot, that, and those of the habits and of the model.
func (f *fold) encode() []byte {
	b := binary.AppendUvarint([]byte{0, foldFormat}, f.round)
	b = binary.AppendUvarint(b, uint64(len(f.read)))
	for _, position := range f.read {
		b = binary.AppendUvarint(b, position)
	}
	for _, snapshot := range [][]byte{f.traffic.Snapshot(), f.walks.Snapshot()} {
		b = binary.AppendUvarint(b, uint64(len(snapshot)))
		b = append(b, snapshot...)
	}
	b = append(b, f.habit.Snapshot()...)
	return append(b, f.model.Snapshot()...)
}

func parseFold(b []byte, parts int) (*fold, error) {
	next := func() uint64 {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			b = nil
			return 0
		}
		b = b[n:]
		return v
	}
	zero, format := next(), next()
	if zero != 0 || format != foldFormat && format != formatOfNoWalks {
		return nil, learn.ErrOtherVersion
	}
	f := &fold{round: next(), walks: attribution.NewLedger()}
	if n := next(); n != uint64(parts) {
		return nil, fmt.Errorf("was saved for %d parts, the store has %d", n, parts)
	}
	for range parts {
		f.read = append(f.read, next())
	}
	length := next()
	if b == nil || length > uint64(len(b)) {
		return nil, errors.New("is cut short")
	}
	var err error
	if f.traffic, err = learn.RestoreTraffic(b[:length]); err != nil {
		return nil, err
	}
	b = b[length:]
	if format != formatOfNoWalks {
		if length = next(); b == nil || length > uint64(len(b)) {
			return nil, errors.New("is cut short")
		}
		if f.walks, err = attribution.RestoreLedger(b[:length]); err != nil {
			return nil, err
		}
		b = b[length:]
	}
	if len(b) < learn.HabitsBytes {
		return nil, errors.New("is cut short")
	}
	habit, err := learn.RestoreHabits(b[:learn.HabitsBytes])
	if err != nil {
		return nil, err
	}
	f.habit, b = *habit, b[learn.HabitsBytes:]
	f.model, err = learn.RestoreEnsemble(b)
	return f, err
}
