package access

import (
	"context"
	"errors"
	"sync"
	"time"
)

// What the record has of those who were kept out: as which action it stands there, with the account as a keyed hash, or with the door.
const (
	signInFailed = "signin.failed" // no such account, or another password or code; which of them is not told
	signInWaits  = "signin.waits"  // too many failed before: it was not looked at
	doorClosed   = "door.closed"   // a key, a session or nobody, without the right that the door asks for
)

// mostRefusals is how many refusals an hour the record takes. Strangers make as many as they like, and changes must still be found between
// them: what comes above is in the log alone, and one line of the record says so.
const mostRefusals = 300

// refusals counts those of an hour. The zero value is ready.
type refusals struct {
	mu    sync.Mutex
	since time.Time
	n     int
}

// next is how many there were in this hour with this one.
func (r *refusals) next(now time.Time) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now.Sub(r.since) >= time.Hour {
		r.since, r.n = now, 0
	}
	r.n++
	return r.n
}

// refused writes down that somebody was kept out, in the log and in the record. Neither tells who: of an account that was tried stands a keyed
// hash, the same each time.
func (p *Porter) refused(ctx context.Context, action, subject string) {
	who, _ := UserOf(ctx)
	p.Logger.WarnContext(ctx, "kept out", "action", action, "subject", subject, "user", string(who.ID))
	switch n := p.out.next(p.Now()); {
	case n > mostRefusals+1:
		return
	case n > mostRefusals:
		action, subject = "refusals.more", ""
	}
	if err := p.Write(ctx, action, subject); err != nil {
		p.Logger.Error("access", "error", err)
	}
}

// missed writes down that a sign-in failed, where that is what an error says. account is the one that was tried, veiled; empty: it is not known.
func (p *Porter) missed(ctx context.Context, account string, err error) {
	if account != "" {
		account = "account:" + account
	}
	switch {
	case errors.Is(err, ErrRefused):
		p.refused(ctx, signInFailed, account)
	case errors.As(err, new(*TooMany)):
		p.refused(ctx, signInWaits, account)
	}
}

// Closed says that a door, named by its pattern, did not open to a request. Recorded writes it down.
func Closed(ctx context.Context, door string) {
	if n, ok := ctx.Value(noteKey{}).(*note); ok {
		n.closed = door
	}
}
