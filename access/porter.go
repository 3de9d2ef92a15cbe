package access

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aparte-dev/aparte/store"
)

// Config is what a Porter needs.
type Config struct {
	Documents store.Documents
	Secret    []byte           // the store's: under which accounts and addresses that failed are counted, so that neither can be read
	Seconds   []byte           // of which second factors are made, kept elsewhere than Documents are; nil: there are none
	Idle      time.Duration    // how long a session lasts unused; 0: half an hour
	Longest   time.Duration    // how long a session lasts; 0: twelve hours
	Now       func() time.Time // nil: time.Now
	Random    io.Reader        // of tokens, keys and salts; nil: crypto/rand
	Logger    *slog.Logger     // nil: nothing is logged
}

// How long sessions last where nothing else is said: what OWASP ASVS 4.0.3 asks for at level 2 (3.3.2), less than NIST SP 800-63B-4
// section 2.2.3 allows.
const (
	usualIdle    = 30 * time.Minute
	usualLongest = 12 * time.Hour
)

// Porter knows who may come in. It is safe for concurrent use. What one node writes, the others know within a second.
//
// Everything is a fold over the changes that all nodes append to one document, whose versions have one order for all: a change that
// no longer fits when its turn comes, such as the second use of a link, is void for everybody alike.
type Porter struct {
	Config
	dummy string        // a hash that no password has: checked where there is no account, which takes as long
	work  chan struct{} // who checks passwords: each check takes 19 MiB

	turn    sync.Mutex // of writing and following
	through uint64     // the version of the document of changes up to which the book is
	snapped uint64     // the version up to which it was written down whole

	out  refusals     // written down this hour
	mu   sync.RWMutex // of book
	book book
	keys atomic.Pointer[Ring]

	stop context.CancelFunc
	done sync.WaitGroup
}

// The documents.
const (
	changes = "access-changes"
	whole   = "access"
	record  = "access-record"
)

// kept is how many changes stay behind a whole book, for nodes that are still on their way through them.
const kept = 256

// atOnce is how many passwords are checked at a time.
const atOnce = 2

// Errors that callers act on.
var (
	// ErrRefused: there is no such account, or the password is another; which of the two is not told.
	ErrRefused = errors.New("account or password is wrong")
	// ErrLink: the link was used, has ended, or never was.
	ErrLink = errors.New("link is not valid any more")
	// ErrTaken: somebody has this e-mail address already.
	ErrTaken = errors.New("e-mail address is taken")
	// ErrLast: nobody would be left who may administer.
	ErrLast = errors.New("last administrator")
	// ErrUnknown: there is no such user, session or key.
	ErrUnknown = errors.New("not known")
	// ErrSetUp: somebody has an account already.
	ErrSetUp = errors.New("set up already")
	// ErrFull: no more of the kind can be kept.
	ErrFull = errors.New("too many")
)

// Open restores what is known.
func Open(ctx context.Context, c Config) (*Porter, error) {
	if c.Idle == 0 {
		c.Idle = usualIdle
	}
	if c.Longest == 0 {
		c.Longest = usualLongest
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	p := &Porter{Config: c, work: make(chan struct{}, atOnce), book: newBook()}
	var err error
	if p.dummy, err = p.hash(""); err != nil {
		return nil, fmt.Errorf("access: %w", err)
	}
	if err := p.restore(ctx); err != nil {
		return nil, fmt.Errorf("access: %w", err)
	}
	p.keys.Store(p.book.ring())
	return p, p.Refresh(ctx)
}

// Start begins to look at what other nodes write.
func (p *Porter) Start(ctx context.Context) {
	ctx, p.stop = context.WithCancel(context.WithoutCancel(ctx))
	p.done.Go(func() { // ends with Close
		look := time.NewTicker(time.Second)
		defer look.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-look.C:
				if err := p.Refresh(ctx); err != nil && ctx.Err() == nil {
					p.Logger.Error("access", "error", err)
				}
			}
		}
	})
}

// Close ends that.
func (p *Porter) Close() {
	if p.stop != nil {
		p.stop()
	}
	p.done.Wait()
}

// Refresh follows what other nodes wrote.
func (p *Porter) Refresh(ctx context.Context) error {
	p.turn.Lock()
	defer p.turn.Unlock()
	newest, err := p.Documents.Document(ctx, changes, 0)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	} else if err != nil {
		return fmt.Errorf("access: %w", err)
	}
	if newest.Version > p.through {
		return ignoreVoid(p.follow(ctx, newest.Version))
	}
	return nil
}

// write appends a change and answers whether it came to hold.
func (p *Porter) write(ctx context.Context, c change) error {
	c.At = p.Now().UTC()
	body, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("encode a change of access: %w", err)
	}
	p.turn.Lock()
	defer p.turn.Unlock()
	version, err := p.Documents.PutDocument(ctx, changes, body)
	if err != nil {
		return fmt.Errorf("store a change of access: %w", err)
	}
	if err := p.follow(ctx, version); err != nil {
		return err
	}
	return p.snap(ctx)
}

// void is an error of a change that did not fit.
type void struct{ error }

func (v void) Unwrap() error { return v.error }

func ignoreVoid(err error) error {
	if errors.As(err, new(void)) {
		return nil
	}
	return err
}

// follow applies the changes through a version, and answers what became of the last. turn is held.
func (p *Porter) follow(ctx context.Context, last uint64) (err error) {
	for p.through < last {
		d, read := p.Documents.Document(ctx, changes, p.through+1)
		if errors.Is(read, store.ErrNotFound) { // far behind: others have written the book down whole since
			before := p.through
			if err := p.restore(ctx); err != nil {
				return err
			}
			if p.through <= before {
				return fmt.Errorf("document %q, version %d: %w", changes, before+1, read)
			}
			continue
		} else if read != nil {
			return fmt.Errorf("read a change of access: %w", read)
		}
		var c change
		if err := json.Unmarshal(d.Body, &c); err != nil {
			return fmt.Errorf("document %q, version %d: damaged", changes, d.Version)
		}
		p.mu.Lock()
		err = p.book.apply(&c)
		p.mu.Unlock()
		p.through = d.Version
		if err != nil {
			err = void{err}
		} else if c.Key != nil || c.Revoked != "" {
			p.mu.RLock()
			p.keys.Store(p.book.ring())
			p.mu.RUnlock()
		}
	}
	return err
}

// snapshot is the book as it is written down whole.
type snapshot struct {
	Through uint64 `json:"through"`
	Book    book   `json:"book"`
}

// restore takes the book as it was last written down.
func (p *Porter) restore(ctx context.Context) error {
	d, err := p.Documents.Document(ctx, whole, 0)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	} else if err != nil {
		return fmt.Errorf("read the book of access: %w", err)
	}
	s := snapshot{Book: newBook()}
	if err := json.Unmarshal(d.Body, &s); err != nil || !s.Book.whole() {
		return fmt.Errorf("document %q, version %d: damaged", whole, d.Version)
	}
	p.mu.Lock()
	p.book = s.Book
	p.mu.Unlock()
	p.keys.Store(s.Book.ring())
	p.through, p.snapped = s.Through, s.Through
	return nil
}

// snap writes the book down whole from time to time, and forgets the changes it is made of.
func (p *Porter) snap(ctx context.Context) error {
	if p.through-p.snapped < kept {
		return nil
	}
	p.mu.RLock()
	body, err := json.Marshal(snapshot{p.through, p.book})
	p.mu.RUnlock()
	if err != nil {
		return fmt.Errorf("encode the book of access: %w", err)
	}
	if _, err := store.Replace(ctx, p.Documents, whole, body); err != nil {
		return fmt.Errorf("store the book of access: %w", err)
	}
	before := p.snapped
	p.snapped = p.through
	if err := p.Documents.DropDocuments(ctx, changes, before+1); err != nil {
		return fmt.Errorf("forget changes of access: %w", err)
	}
	return nil
}

// token is a new secret of 256 bits, and the hash under which it is kept.
func (p *Porter) token() (secret, hash string, err error) {
	var b [32]byte
	if _, err := io.ReadFull(p.Random, b[:]); err != nil {
		return "", "", fmt.Errorf("random bytes of a token: %w", err)
	}
	secret = base64.RawURLEncoding.EncodeToString(b[:])
	return secret, hashOf(secret), nil
}

// hashOf is under which a token or a key is kept. They are random: no salt is needed, and no work.
func hashOf(secret string) string {
	h := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(h[:])
}

// veiled is under which an account or an address that failed is counted.
func (p *Porter) veiled(kind, name string) string {
	m := hmac.New(sha256.New, p.Secret)
	_, _ = io.WriteString(m, "access/"+kind+"/"+name) // never fails
	return hex.EncodeToString(m.Sum(nil)[:16])
}
