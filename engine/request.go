package engine

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// What people may ask for by law is written down when it is done: what, when it was asked for, when it was done, and by whom. Who asked
// is not: their identifiers are there as hashes under a key of the store, so that who comes back with an address can be told what was done
// with it, and nobody learns addresses from the list. After an erasure that is the tombstone: all that says there was somebody.

// RequestKind is what somebody asked for.
type RequestKind string

// The kinds of request: to have all that is known, to be erased, and that nothing is predicted of them; or that it is, after all.
const (
	AccessRequest    RequestKind = "access"
	ErasureRequest   RequestKind = "erasure"
	ObjectionRequest RequestKind = "objection"
	ConsentRequest   RequestKind = "consent"
)

// ByPerson is who did it where somebody did it themselves, on their own page.
const ByPerson = "person"

// PrivacyRequest is something that somebody asked for, done.
type PrivacyRequest struct {
	Number uint64      `json:"-"` // from 1, in the order in which they were done
	Kind   RequestKind `json:"kind"`
	By     string      `json:"by"` // ByPerson, or whoever of the house did it
	Asked  time.Time   `json:"asked"`
	Done   time.Time   `json:"done"`
	Marks  [][]byte    `json:"marks"` // of the person's identifiers
}

// Asking is a request as it comes: by whom it is done, and when it was asked for (zero: now).
type Asking struct {
	By    string
	Asked time.Time
}

const (
	requestDocument = "privacy/requests" // a version a request
	keptRequests    = 100_000
	mostMarks       = 64
	seenRequests    = 5_000 // that are looked through for somebody
)

// requestMark is what is kept of an identifier in a request. It is of another key than the one by which people are found.
func (e *Engine) requestMark(id aparte.Identifier) []byte {
	mac := hmac.New(sha256.New, e.secret)
	fmt.Fprintf(mac, "request\x00%s:%s", id.Kind, id.Value)
	return mac.Sum(nil)[:12]
}

// Answered writes down that what a person asked for is done.
func (e *Engine) Answered(ctx context.Context, kind RequestKind, p *aparte.Person, a Asking) (PrivacyRequest, error) {
	now := e.now().UTC().Truncate(time.Second)
	waited, err := e.settle(ctx, kind, p)
	if err != nil {
		return PrivacyRequest{}, err
	}
	if a.Asked.IsZero() {
		a.Asked = waited
	}
	r := PrivacyRequest{Kind: kind, By: a.By, Asked: a.Asked.UTC(), Done: now}
	if a.Asked.IsZero() || a.Asked.After(now) {
		r.Asked = now
	}
	for _, id := range p.Identifiers[:min(len(p.Identifiers), mostMarks)] {
		r.Marks = append(r.Marks, e.requestMark(id))
	}
	body, err := json.Marshal(r)
	if err != nil {
		return r, fmt.Errorf("encode a request: %w", err)
	}
	if r.Number, err = e.store.PutDocument(ctx, requestDocument, body); err != nil {
		return r, fmt.Errorf("write a request down: %w", err)
	}
	if r.Number > keptRequests {
		err = e.store.DropDocuments(ctx, requestDocument, r.Number-keptRequests)
	}
	return r, err
}

// answerWithinMonths is how long the house has (GDPR, article 12(3)).
const answerWithinMonths = 1

// OpenRequest is something that somebody asked for and that is not done yet. It is forgotten when it is, or when they are erased.
type OpenRequest struct {
	Kind   RequestKind     `json:"kind"`
	Person aparte.PersonID `json:"person"`
	Asked  time.Time       `json:"asked"`
	By     string          `json:"by"` // who noted it
}

// Due is by when it is to be done: a month after it was asked for.
func (o *OpenRequest) Due() time.Time { return o.Asked.AddDate(0, answerWithinMonths, 0) }

const (
	openDocument = "privacy/open"
	maxOpen      = 1_000
)

// ErrManyRequests: no more can be noted before some are done.
var ErrManyRequests = errors.New("too many requests wait")

// Await notes that somebody asked for something, so that it is done in time. Asking for the same again changes nothing.
func (e *Engine) Await(ctx context.Context, kind RequestKind, id aparte.PersonID, a Asking) error {
	p, err := e.Person(ctx, id)
	if err != nil {
		return err
	}
	asked := a.Asked.UTC()
	if a.Asked.IsZero() || asked.After(e.now()) {
		asked = e.now().UTC().Truncate(time.Second)
	}
	return e.reopen(ctx, func(open []OpenRequest) ([]OpenRequest, error) {
		if slices.ContainsFunc(open, func(o OpenRequest) bool { return o.Kind == kind && o.Person == p.ID }) {
			return open, nil
		}
		if len(open) >= maxOpen {
			return nil, ErrManyRequests
		}
		return append(open, OpenRequest{kind, p.ID, asked, a.By}), nil
	})
}

// Awaited are the requests that wait, the first that is due first.
func (e *Engine) Awaited(ctx context.Context) (open []OpenRequest, err error) {
	err = e.recall(ctx, openDocument, &open)
	slices.SortStableFunc(open, func(a, b OpenRequest) int { return a.Asked.Compare(b.Asked) })
	return open, err
}

// reopen changes which requests wait.
func (e *Engine) reopen(ctx context.Context, change func([]OpenRequest) ([]OpenRequest, error)) error {
	e.waiting.Lock()
	defer e.waiting.Unlock()
	var open []OpenRequest
	if err := e.recall(ctx, openDocument, &open); err != nil {
		return err
	}
	next, err := change(slices.Clone(open))
	if err != nil || slices.Equal(next, open) {
		return err
	}
	return e.remember(ctx, openDocument, next)
}

// settle takes what is done from what waits, and answers when it was asked for; zero where it did not wait.
func (e *Engine) settle(ctx context.Context, kind RequestKind, p *aparte.Person) (asked time.Time, err error) {
	return asked, e.reopen(ctx, func(open []OpenRequest) ([]OpenRequest, error) {
		return slices.DeleteFunc(open, func(o OpenRequest) bool {
			theirs := o.Person == p.ID || slices.Contains(p.Absorbed, o.Person)
			if theirs && o.Kind == kind {
				asked = o.Asked
			}
			return theirs && (o.Kind == kind || kind == ErasureRequest) // who is erased asks for nothing any more
		}), nil
	})
}

// Requests are what was asked for and done, newest first, with a number below before (0: from the newest), up to limit of them. Where of is set, they are those
// of whom it named, among the last 5,000.
func (e *Engine) Requests(ctx context.Context, of *aparte.Identifier, before uint64, limit int) (found []PrivacyRequest, err error) {
	version := uint64(0)
	if before > 0 {
		version = before - 1
		if version == 0 {
			return nil, nil
		}
	}
	var mark []byte
	if of != nil {
		mark = e.requestMark(*of)
	}
	for looked := 0; len(found) < limit && looked < seenRequests; looked++ {
		doc, err := e.store.Document(ctx, requestDocument, version)
		if errors.Is(err, store.ErrNotFound) {
			return found, nil
		} else if err != nil {
			return nil, fmt.Errorf("requests: %w", err)
		}
		r := PrivacyRequest{Number: doc.Version}
		if err := json.Unmarshal(doc.Body, &r); err != nil {
			return nil, fmt.Errorf("request %d cannot be read: %w", doc.Version, err)
		}
		if mark == nil || slices.ContainsFunc(r.Marks, func(m []byte) bool { return bytes.Equal(m, mark) }) {
			found = append(found, r)
		}
		if version = doc.Version - 1; version == 0 {
			break
		}
	}
	return found, nil
}

// EraseAsked erases a person who asked for it, and writes down that it was done.
func (e *Engine) EraseAsked(ctx context.Context, id aparte.PersonID, a Asking) (PrivacyRequest, error) {
	p, err := e.Person(ctx, id)
	if err != nil {
		return PrivacyRequest{}, err
	}
	if err := e.Erase(ctx, p.ID); err != nil {
		return PrivacyRequest{}, err
	}
	return e.Answered(ctx, ErasureRequest, &p, a)
}

// Object notes for a person who asked the house that nothing is to be predicted of them (or that it may be, after all), with how they asked:
// a letter, a call. Answers they gave themselves stand in their history as before.
func (e *Engine) Object(ctx context.Context, id aparte.PersonID, objects bool, source, wording string, a Asking) (PrivacyRequest, error) {
	p, err := e.Person(ctx, id)
	if err != nil {
		return PrivacyRequest{}, err
	}
	if err := e.Declare(ctx, p.ID, "", nil, []aparte.Consent{{Purpose: aparte.Profiling, Granted: !objects, Source: source, Wording: wording}}); err != nil {
		return PrivacyRequest{}, err
	}
	kind := ObjectionRequest
	if !objects {
		kind = ConsentRequest
	}
	return e.Answered(ctx, kind, &p, a)
}
