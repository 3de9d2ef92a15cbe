package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/store"
)

// draftsDocument has all drafts that are open, as a whole. Only its newest version counts.
const draftsDocument = "brand/drafts"

// Bounds of drafts.
const (
	MaxDrafts     = 50
	MaxDraftBytes = 1 << 20 // of what a draft changes
	maxDraftName  = 200
	mostSaves     = 200
)

// DraftID names a draft.
type DraftID string

// Draft is a brand in the making: changes that are gathered, looked at and published at once, or thrown away. It says what is to be
// otherwise than in the brand in force, whichever that is by then.
type Draft struct {
	ID       DraftID   `json:"id"`
	Name     string    `json:"name"`
	Owner    string    `json:"owner"` // the user whose it is; empty: of a console that asks nobody
	By       string    `json:"by"`    // their name
	Shared   bool      `json:"shared,omitempty"`
	Revision uint64    `json:"revision"` // counts what was kept in it, from 1
	Began    time.Time `json:"began"`
	At       time.Time `json:"at"`   // of the last change
	Last     string    `json:"last"` // who made it
	Patch    Patch     `json:"patch"`
	Saves    []Saved   `json:"saves,omitempty"` // the last mostSaves
}

// Conflict says that others have published other versions of what a draft changes, since it changed them.
type Conflict struct{ Theirs []Change }

func (c *Conflict) Error() string {
	return fmt.Sprintf("%d of what the draft changes was published otherwise meanwhile", len(c.Theirs))
}

// ErrTooManyDrafts says that there are as many drafts as there can be, and ErrLargeDraft that one would change more than it can hold.
var (
	ErrTooManyDrafts = errors.New("there are too many drafts already: publish or throw away one of them")
	ErrLargeDraft    = errors.New("the draft changes too much to be kept: publish it first")
)

// drafting keeps what was compiled of a draft.
type drafting struct {
	sync.Mutex
	compiled map[DraftID]compiledDraft
}

type compiledDraft struct {
	revision, on uint64 // of the draft and of the brand in force
	live         *live
}

// Drafts are all that are open, the latest begun first.
func (e *Engine) Drafts(ctx context.Context) ([]Draft, error) {
	doc, err := e.store.Document(ctx, draftsDocument, 0)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("read drafts: %w", err)
	}
	var all []Draft
	if err := json.Unmarshal(doc.Body, &all); err != nil {
		return nil, fmt.Errorf("drafts cannot be read: %w", err)
	}
	return all, nil
}

// Draft is one of them, or store.ErrNotFound.
func (e *Engine) Draft(ctx context.Context, id DraftID) (Draft, error) {
	all, err := e.Drafts(ctx)
	if err != nil {
		return Draft{}, err
	}
	if i := slices.IndexFunc(all, func(d Draft) bool { return d.ID == id }); i >= 0 {
		return all[i], nil
	}
	return Draft{}, fmt.Errorf("draft %q: %w", id, store.ErrNotFound)
}

// editDrafts keeps all drafts as edit has them.
func (e *Engine) editDrafts(ctx context.Context, edit func([]Draft) ([]Draft, error)) error {
	e.drafting.Lock()
	defer e.drafting.Unlock()
	all, err := e.Drafts(ctx)
	if err != nil {
		return err
	}
	if all, err = edit(all); err != nil {
		return err
	}
	body, err := json.Marshal(all)
	if err != nil {
		return fmt.Errorf("encode drafts: %w", err)
	}
	version, err := e.store.PutDocument(ctx, draftsDocument, body)
	if err != nil {
		return fmt.Errorf("keep drafts: %w", err)
	}
	if err := e.store.DropDocuments(ctx, draftsDocument, version); err != nil {
		return fmt.Errorf("drop old drafts: %w", err)
	}
	return nil
}

// editDraft keeps one draft as edit has it, a revision more. It is an *Overtaken where another revision is kept by now than the one it was made of.
func (e *Engine) editDraft(ctx context.Context, id DraftID, revision uint64, by string, edit func(*Draft) error) (Draft, error) {
	var kept Draft
	return kept, e.editDrafts(ctx, func(all []Draft) ([]Draft, error) {
		i := slices.IndexFunc(all, func(d Draft) bool { return d.ID == id })
		if i < 0 {
			return nil, fmt.Errorf("draft %q: %w", id, store.ErrNotFound)
		}
		d := &all[i]
		if d.Revision != revision {
			return nil, &Overtaken{Base: revision, Now: d.Revision}
		}
		if err := edit(d); err != nil {
			return nil, err
		}
		if body, err := json.Marshal(d.Patch); err != nil || len(body) > MaxDraftBytes {
			return nil, errors.Join(err, ErrLargeDraft)
		}
		d.Revision, d.At, d.Last = d.Revision+1, e.now().UTC(), by
		d.Saves = append(d.Saves[max(0, len(d.Saves)-mostSaves+1):], Saved{by, d.At})
		kept = *d
		return all, nil
	})
}

// BeginDraft begins a draft, which changes nothing yet.
func (e *Engine) BeginDraft(ctx context.Context, name, owner, by string, shared bool) (Draft, error) {
	now := e.now().UTC()
	begun := Draft{Owner: owner, By: by, Shared: shared, Revision: 1, Began: now, At: now, Last: by}
	if begun.Name = name; len(name) > maxDraftName {
		return Draft{}, fmt.Errorf("the name has %d bytes, at most %d", len(name), maxDraftName)
	}
	return begun, e.editDrafts(ctx, func(all []Draft) ([]Draft, error) {
		if len(all) >= MaxDrafts {
			return nil, ErrTooManyDrafts
		}
		begun.ID = DraftID("d" + strconv.FormatInt(now.UnixMicro(), 36))
		if slices.ContainsFunc(all, func(d Draft) bool { return d.ID == begun.ID }) {
			return nil, fmt.Errorf("draft %q is there already", begun.ID)
		}
		return append([]Draft{begun}, all...), nil
	})
}

// KeepDraft keeps in a draft what differs in a brand that was made of it at a revision. The brand must be sound, as for Publish. What was in the
// draft before stays a change of what it was made of then.
func (e *Engine) KeepDraft(ctx context.Context, id DraftID, revision uint64, b *aparte.Brand, by string) (Draft, error) {
	b, err := e.sound(b)
	if err != nil {
		return Draft{}, err
	}
	plan := e.Plan()
	if plan == nil {
		return Draft{}, ErrNoBrand
	}
	patch, err := PatchOf(plan.Brand(), b)
	if err != nil {
		return Draft{}, fmt.Errorf("draft %q: %w", id, err)
	}
	return e.editDraft(ctx, id, revision, by, func(d *Draft) error {
		for i := range patch {
			for k := range d.Patch {
				if old := &d.Patch[k]; old.Kind == patch[i].Kind && old.ID == patch[i].ID {
					patch[i].Before = old.Before
				}
			}
		}
		d.Patch = patch
		return nil
	})
}

// SettleDraft says what becomes of one object that a draft changes and others changed too: mine, what the draft has is to be published all the
// same; else the draft leaves it as it is.
func (e *Engine) SettleDraft(ctx context.Context, id DraftID, revision uint64, kind, object string, mine bool, by string) (Draft, error) {
	plan := e.Plan()
	if plan == nil {
		return Draft{}, ErrNoBrand
	}
	return e.editDraft(ctx, id, revision, by, func(d *Draft) error {
		i := slices.IndexFunc(d.Patch, func(p PatchPiece) bool { return p.Kind == kind && p.ID == object })
		if i < 0 {
			return fmt.Errorf("%s %q is not in the draft: %w", kind, object, store.ErrNotFound)
		}
		if !mine {
			d.Patch = slices.Delete(d.Patch, i, i+1)
			return nil
		}
		to, err := d.Patch[i : i+1].On(plan.Brand())
		if err != nil {
			return err
		}
		again, err := PatchOf(plan.Brand(), to)
		if err != nil {
			return err
		}
		d.Patch = slices.Replace(d.Patch, i, i+1, again...)
		return nil
	})
}

// DropDraft throws a draft away.
func (e *Engine) DropDraft(ctx context.Context, id DraftID) error {
	return e.editDrafts(ctx, func(all []Draft) ([]Draft, error) {
		left := slices.DeleteFunc(all, func(d Draft) bool { return d.ID == id })
		if len(left) == len(all) {
			return nil, fmt.Errorf("draft %q: %w", id, store.ErrNotFound)
		}
		return left, nil
	})
}

// PublishDraft puts all that a draft changes into force at once, as one version, and ends the draft. It is a *Conflict where others published
// something else of what it changes; nothing is published then. What others published besides stays.
func (e *Engine) PublishDraft(ctx context.Context, id DraftID, revision uint64, by string) (uint64, error) {
	d, err := e.Draft(ctx, id)
	if err != nil {
		return 0, err
	}
	plan := e.Plan()
	switch {
	case plan == nil:
		return 0, ErrNoBrand
	case d.Revision != revision:
		return 0, &Overtaken{Base: revision, Now: d.Revision}
	}
	theirs, err := d.Patch.Overtakes(plan.Brand())
	if err != nil {
		return 0, err
	}
	if len(theirs) > 0 {
		return 0, &Conflict{theirs}
	}
	b, err := d.Patch.On(plan.Brand())
	if err != nil {
		return 0, err
	}
	version, err := e.publish(ctx, b, Edition{Base: plan.Version(), By: by, Drafted: d.Saves}, true)
	if err != nil {
		return 0, err
	}
	return version, e.DropDraft(ctx, id)
}

// DraftPlan is the brand that a draft makes of the one in force, compiled. Its version is the draft's revision.
func (e *Engine) DraftPlan(ctx context.Context, id DraftID) (*decide.Plan, error) {
	now, err := e.under(ctx, id)
	if err != nil {
		return nil, err
	}
	return now.plan, nil
}

// under is what would be in force if a draft were; empty: what is.
func (e *Engine) under(ctx context.Context, id DraftID) (*live, error) {
	now := e.brand.Load()
	if now == nil {
		return nil, ErrNoBrand
	}
	if id == "" {
		return now, nil
	}
	d, err := e.Draft(ctx, id)
	if err != nil {
		return nil, err
	}
	e.drafting.Lock()
	defer e.drafting.Unlock()
	if c, known := e.drafting.compiled[id]; known && c.revision == d.Revision && c.on == now.plan.Version() {
		return c.live, nil
	}
	b, err := d.Patch.On(now.plan.Brand())
	if err != nil {
		return nil, fmt.Errorf("draft %q: %w", id, err)
	}
	made, err := compile(b, d.Revision)
	if err != nil {
		return nil, fmt.Errorf("draft %q: %w", id, err)
	}
	made.trial, made.audiences = now.trial, now.audiences
	if e.drafting.compiled == nil || len(e.drafting.compiled) >= mostCompiled {
		e.drafting.compiled = map[DraftID]compiledDraft{}
	}
	e.drafting.compiled[id] = compiledDraft{d.Revision, now.plan.Version(), made}
	return made, nil
}

// mostCompiled bounds the drafts of which something compiled is kept.
const mostCompiled = 4
