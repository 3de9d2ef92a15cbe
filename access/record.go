package access

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aparte-dev/aparte/store"
)

// Entry is one line of the record of what people and keys did.
type Entry struct {
	Number  uint64    `json:"number"` // from 1, growing
	At      time.Time `json:"at"`
	Who     string    `json:"who"`            // the name of a user or a key
	User    UserID    `json:"user,omitempty"` // empty: a key
	Action  string    `json:"action"`         // a method and a path without what its places hold, or a word such as "user.invited"
	Subject string    `json:"subject,omitempty"`
}

// maxSubject bounds a subject.
const maxSubject = 200

// personPrefix begins the id of a person.
const personPrefix = "p_"

// Write adds an entry, put down to whom the context is of. A person stands in it as a keyed hash of their id, the same in all entries: the
// record outlives people who are erased.
func (p *Porter) Write(ctx context.Context, action, subject string) error {
	if strings.HasPrefix(subject, personPrefix) {
		subject = "person:" + p.veiled("person", subject)
	}
	e := Entry{At: p.Now().UTC(), Action: action, Subject: clip(subject)}
	if u, ok := UserOf(ctx); ok {
		e.Who, e.User = u.Name, u.ID
	}
	body, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("encode an entry of the record: %w", err)
	}
	if _, err := p.Documents.PutDocument(context.WithoutCancel(ctx), record, body); err != nil {
		return fmt.Errorf("store an entry of the record: %w", err)
	}
	return nil
}

func clip(s string) string {
	for i := range s {
		if i > maxSubject {
			return s[:i]
		}
	}
	return s
}

// Record is up to limit entries with a number below before (0: no bound), newest first.
func (p *Porter) Record(ctx context.Context, before uint64, limit int) ([]Entry, error) {
	if before == 0 {
		newest, err := p.Documents.Document(ctx, record, 0)
		if errors.Is(err, store.ErrNotFound) {
			return nil, nil
		} else if err != nil {
			return nil, fmt.Errorf("read the record: %w", err)
		}
		before = newest.Version + 1
	}
	var all []Entry
	for number := before - 1; number > 0 && len(all) < limit; number-- {
		d, err := p.Documents.Document(ctx, record, number)
		if errors.Is(err, store.ErrNotFound) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("read the record: %w", err)
		}
		var e Entry
		if err := json.Unmarshal(d.Body, &e); err != nil {
			return nil, fmt.Errorf("document %q, version %d: damaged", record, number)
		}
		e.Number = number
		all = append(all, e)
	}
	return all, nil
}
