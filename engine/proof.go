package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/profile"
)

// Who says that somebody agreed has to be able to show it: what they were asked, in which words, when and where, and how they answered
// (GDPR, article 7(1)). The answers stand in the history of each person; the words stand here, for good, under the ids by which answers
// name them.

// wordingsDocument holds every wording that was ever published, by id.
const wordingsDocument = "privacy/wordings"

// maxWordingsKept bounds them.
const maxWordingsKept = 2_000

// Wordings are all that were ever published, the latest first, those that have left the brand included.
func (e *Engine) Wordings(ctx context.Context) ([]aparte.Wording, error) {
	var all []aparte.Wording
	if err := e.recall(ctx, wordingsDocument, &all); err != nil {
		return nil, err
	}
	slices.SortStableFunc(all, func(a, b aparte.Wording) int { return b.Since.Compare(a.Since) })
	return all, nil
}

// word keeps the wordings of a brand that is about to be published, and gives those that are new the time from which they hold. What
// somebody may have read is not changed: that is a flaw, and nothing is kept then. publishing is held.
func (e *Engine) word(ctx context.Context, b *aparte.Brand) (*aparte.Brand, error) {
	if len(b.Wordings) == 0 {
		return b, nil
	}
	var kept []aparte.Wording
	if err := e.recall(ctx, wordingsDocument, &kept); err != nil {
		return nil, err
	}
	worded, news := *b, false
	worded.Wordings = slices.Clone(b.Wordings)
	for i := range worded.Wordings {
		w := &worded.Wordings[i]
		at := slices.IndexFunc(kept, func(k aparte.Wording) bool { return k.ID == w.ID })
		if at < 0 {
			if w.Since.IsZero() {
				w.Since = e.now().UTC().Truncate(time.Second)
			}
			kept, news = append(kept, *w), true
			continue
		}
		k := &kept[at]
		if w.Since.IsZero() {
			w.Since = k.Since
		}
		if member := rewritten(k, w); member != "" {
			return nil, &decide.Flaw{Pointer: fmt.Sprintf("/wordings/%d/%s", i, member), Err: fmt.Errorf("%q was published with another: what people may have agreed to does not change, give a new wording an id of its own", w.ID)}
		}
		if len(w.Text) > len(k.Text) {
			k.Text, news = maps.Clone(k.Text), true
			maps.Copy(k.Text, w.Text)
		}
	}
	if len(kept) > maxWordingsKept {
		return nil, &decide.Flaw{Pointer: "/wordings", Err: fmt.Errorf("over %d were published", maxWordingsKept)}
	}
	if !news {
		return &worded, nil
	}
	return &worded, e.remember(ctx, wordingsDocument, kept)
}

// rewritten is the member in which a wording is another than it was; empty: none.
func rewritten(was, is *aparte.Wording) string {
	switch {
	case was.Purpose != is.Purpose:
		return "purpose"
	case was.Channel != is.Channel:
		return "channel"
	case !was.Since.Equal(is.Since):
		return "since"
	}
	for _, lang := range slices.Sorted(maps.Keys(was.Text)) {
		if text, there := is.Text[lang]; there && text != was.Text[lang] {
			return "text/" + lang
		}
	}
	return ""
}

// ConsentProof is one answer that somebody gave, and what shows it.
type ConsentProof struct {
	aparte.Consent
	Stands    bool             // nothing they said since takes its place
	Received  time.Time        // when it was heard of
	Message   aparte.MessageID // of the event that told it
	Through   string           // the source of that event: which key it came by, or Aparté's own pages
	Page      string           // on which, without what its address asks for; empty: not told
	Language  string           // in which they were asked, as far as it was told
	Worded    *aparte.Wording  // what they read; nil: its words were never published here
	Confirmed *Confirmation    // by who reads the mailbox; nil: no address was to be confirmed
}

// Confirmation is that the reader of a mailbox followed the link in the mail that asked whether an address is theirs (double opt-in).
type Confirmation struct {
	Given     time.Time        `json:"given"` // the address
	Confirmed time.Time        `json:"confirmed"`
	Content   aparte.ContentID `json:"content"` // that asked for it
	Brand     uint64           `json:"brand"`   // the version in which it did
	Decision  string           `json:"decision"`
}

// asking is what an event of Aparté's own keeps of how somebody was asked.
type asking struct {
	Language string `json:"language"`
}

// Mark is a keyed hash by which who has an identifier of somebody can tell that a proof is of them, and which tells nobody who they are.
func (e *Engine) Mark(p *aparte.Person) string { return fmt.Sprintf("%x", e.personMark(p)) }

// personMark is of the person's id, which is of their first identifier.
func (e *Engine) personMark(p *aparte.Person) []byte {
	return e.requestMark(aparte.Identifier{Kind: "person", Value: p.ID.String()})
}

// ConsentProofs are all answers that a person ever gave, the latest first. It reads their whole history.
func (e *Engine) ConsentProofs(ctx context.Context, p *aparte.Person) ([]ConsentProof, error) {
	worded, err := e.Wordings(ctx)
	if err != nil {
		return nil, err
	}
	var all []ConsentProof
	err = e.EachEvent(ctx, p, func(entry *StoryEntry) error {
		event := entry.Event
		if !speaksOfConsent(event) {
			return ctx.Err()
		}
		for _, answer := range profile.Answers(event) {
			proof := ConsentProof{Consent: answer, Received: event.ReceivedAt, Message: event.MessageID, Through: event.Source}
			proof.told(event)
			if i := slices.IndexFunc(worded, func(w aparte.Wording) bool { return w.ID == answer.Wording && w.Purpose == answer.Purpose }); i >= 0 {
				proof.Worded = &worded[i]
			}
			proof.Stands = slices.ContainsFunc(p.Consents, func(c aparte.Consent) bool {
				return c.Purpose == answer.Purpose && c.Channel == answer.Channel && c.Granted == answer.Granted && c.At.Equal(answer.At) && c.Wording == answer.Wording
			})
			all = append(all, proof)
		}
		return ctx.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("proofs of %s: %w", p.ID, err)
	}
	slices.SortStableFunc(all, func(a, b ConsentProof) int { return b.At.Compare(a.At) })
	return all, nil
}

// speaksOfConsent spares taking events apart that cannot say anything of it.
func speaksOfConsent(e *aparte.Event) bool {
	return e.Type == aparte.Track || bytes.Contains(e.Traits, []byte("consents")) || bytes.Contains(e.Context, []byte("consent"))
}

// told takes what the event says of where and how it was asked.
func (p *ConsentProof) told(e *aparte.Event) {
	var context struct {
		Asked  asking `json:"asked"`
		Locale string `json:"locale"`
		Page   struct {
			URL string `json:"url"`
		} `json:"page"`
		Confirmed *Confirmation `json:"confirmed"`
	}
	if json.Unmarshal(e.Context, &context) != nil {
		return // what cannot be read tells nothing
	}
	p.Language = context.Locale
	if e.Source == aparte.OwnSource && context.Asked.Language != "" {
		p.Language = context.Asked.Language
	}
	if u, err := url.Parse(context.Page.URL); err == nil && u.Host != "" {
		p.Page = (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
	}
	if e.Source == aparte.OwnSource {
		p.Confirmed = context.Confirmed
	}
}

// Confirmations is how many addresses were given in the last thirty days, how many of them were confirmed, and how many of the last two days
// still can be. An address is kept nowhere until then, so that these are counts and no list.
type Confirmations struct{ Given, Confirmed, Waiting int64 }

// Counters of addresses that were to be confirmed, and that were, both by the hour in which they were given.
const (
	confirmations   = "confirm/"
	givenCount      = confirmations + "given"
	confirmedCount  = confirmations + "confirmed"
	confirmationsOf = 30 * 24 * time.Hour
)

// Confirmations is how many addresses wait to be confirmed, and how many were.
func (e *Engine) Confirmations(ctx context.Context) (c Confirmations, err error) {
	now := e.now()
	counters, err := e.store.Counters(ctx, confirmations, now.Add(-confirmationsOf), now.Add(time.Hour))
	if err != nil {
		return c, fmt.Errorf("addresses to be confirmed: %w", err)
	}
	holds := now.Add(-confirmWithin).Truncate(time.Hour)
	for _, n := range counters {
		waits := n.N
		if n.Key == givenCount {
			c.Given += n.N
		} else {
			c.Confirmed, waits = c.Confirmed+n.N, -n.N
		}
		if !n.Hour.Before(holds) {
			c.Waiting += waits
		}
	}
	return c, nil
}
