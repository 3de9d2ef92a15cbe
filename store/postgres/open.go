package postgres

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/aparte-dev/aparte/store"
)

// Store is a store in PostgreSQL. It is safe for concurrent use, and any number of processes may have it open.
type Store struct {
	servers []*server
	now     func() time.Time // of this process
	clock   clock
	secret  []byte
	parts   []part
	packer  packer
	full    full
	office  atomic.Int64  // epoch under which this process took the office; 0: it did not, or gave it back
	closing chan struct{} // closed when Close begins

	life   sync.RWMutex // read-locked by every call, locked by Close
	closed bool
}

var _ store.Store = (*Store)(nil)

// ErrNone: there is no store at an address, and none was to be made.
var ErrNone = errors.New("there is no store")

// errClosed: the store was closed before the call.
var errClosed = errors.New("store is closed")

// part is what is kept in memory of one part.
type part struct {
	server *server
	label  int64    // what stands in its rows
	said   sync.Map // statements as say wrote them, by how they were

	mu    sync.Mutex  // one commit, or one change of the lease, at a time; guards what follows
	epoch store.Epoch // under which turn and fed are known; 0: they are not
	turn  int64       // number of the last batch
	fed   int64       // position of the feed's last row
}

// Open opens the store at addresses, postgres://user@host/database?search_path=schema each, and creates its tables where they are not there, in the schema
// aparte where none is named. Of several servers each has every n-th part: they are always given in the same order, and there are always as many.
func Open(ctx context.Context, addresses []string, opts Options) (*Store, error) {
	s, err := open(ctx, addresses, opts)
	if err != nil {
		return nil, fmt.Errorf("open store in PostgreSQL: %w", err)
	}
	return s, nil
}

func open(ctx context.Context, addresses []string, o Options) (_ *Store, err error) {
	if o.Parts < 0 || o.Parts > maxParts {
		return nil, fmt.Errorf("%d parts: must be 1 to %d", o.Parts, maxParts)
	}
	if len(addresses) == 0 {
		return nil, errors.New("no address")
	}
	o.Connections = cmp.Or(o.Connections, DefaultConnections)
	o.Patience = cmp.Or(o.Patience, DefaultPatience)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Store{now: o.Now, closing: make(chan struct{})}
	if s.packer, err = newPacker(); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			s.release()
		}
	}()
	for i, address := range addresses {
		at, err := connect(ctx, address, &o, s.closing)
		if err != nil {
			return nil, fmt.Errorf("server %d: %w", i+1, err)
		}
		s.servers = append(s.servers, at)
		if o.Existing {
			err = at.exists(ctx)
		}
		if err == nil {
			err = at.migrate(ctx, cmp.Or(o.Parts, DefaultParts))
		}
		if err != nil {
			return nil, fmt.Errorf("server %d, %s: %w", i+1, at.name, err)
		}
	}
	if err := s.readMeta(ctx, &o); err != nil {
		return nil, err
	}
	return s, s.servers[0].do(ctx, func(ctx context.Context, conn *pgx.Conn) error {
		_, err := s.ahead(ctx, s.servers[0], conn)
		return err
	})
}

// Parts is the number of parts.
func (s *Store) Parts() int { return len(s.parts) }

// Secret is the store's 32 random bytes, the caller's own copy.
func (s *Store) Secret() []byte { return append([]byte(nil), s.secret...) }

// Close waits for calls under way and closes the store. Later calls fail, a second Close does nothing.
func (s *Store) Close() error {
	s.life.RLock()
	closed := s.closed
	s.life.RUnlock()
	if closed {
		return nil
	}
	close(s.closing)
	s.life.Lock()
	defer s.life.Unlock()
	s.closed = true
	s.release()
	return nil
}

func (s *Store) release() {
	for _, at := range s.servers {
		at.pool.Close()
	}
}

// enter begins a call; every call that gets nil ends with s.life.RUnlock.
func (s *Store) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.life.RLock()
	if s.closed {
		s.life.RUnlock()
		return errClosed
	}
	return nil
}

// enterPart begins a call about one part.
func (s *Store) enterPart(ctx context.Context, n store.Part) (*part, error) {
	if int(n) >= len(s.parts) {
		return nil, fmt.Errorf("there are %d parts", len(s.parts))
	}
	return &s.parts[n], s.enter(ctx)
}

// say is a statement about the part, whose $1 is its label, with its arguments. On Citus the label's number stands in its text instead: so it is
// planned once for the shard that it is about, and costs a third.
func (p *part) say(statement string, args ...any) (string, []any) {
	if !p.server.citus {
		return statement, append([]any{p.label}, args...)
	}
	said, ok := p.said.Load(statement)
	if !ok {
		said, _ = p.said.LoadOrStore(statement, parameter.ReplaceAllStringFunc(statement, func(of string) string {
			n, _ := strconv.Atoi(of[1:]) // it is digits
			if n == 1 {
				return strconv.FormatInt(p.label, 10) + "::bigint"
			}
			return "$" + strconv.Itoa(n-1)
		}))
	}
	return said.(string), args
}

var parameter = regexp.MustCompile(`\$\d+`)

// draw makes a secret.
func draw(from io.Reader) ([]byte, error) {
	secret := make([]byte, secretLen)
	if _, err := io.ReadFull(from, secret); err != nil {
		return nil, fmt.Errorf("draw the secret: %w", err)
	}
	return secret, nil
}
