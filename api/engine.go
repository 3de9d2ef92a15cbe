package api

import (
	"context"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/compose"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store"
)

// Engine is what the doors ask of the loop. *engine.Engine is one; see there for what each call means.
type Engine interface {
	Speaker
	Reader
	Census
	channel.Listener
	Inboxes
	Tasks
	Places
	Costs
	Pages

	Accept(ctx context.Context, events []aparte.Event) error
	Merge(ctx context.Context, a, b aparte.PersonID) error
	Unmerge(ctx context.Context, from, who aparte.PersonID) error
	Release(ctx context.Context, key engine.SharedKey) error
	Import(ctx context.Context, events []aparte.Event) (repeated []int, err error)
	Publish(ctx context.Context, b *aparte.Brand) (version uint64, err error)
	Keep(ctx context.Context, trait string, how *aparte.Duration) (version uint64, err error)
	Unsent() []engine.Unsent
	Reveals(content *aparte.Content) []compose.Reveal
	Films() bool
	Plan() *decide.Plan
	Writable(ctx context.Context) error
	Status() engine.Status
	Promptness() []engine.Promptness
}

var _ Engine = (*engine.Engine)(nil)

// Speaker is the part of the engine that decides and shows.
type Speaker interface {
	Decide(ctx context.Context, r engine.Request) ([]engine.Answer, error)
	Moment(ctx context.Context, e aparte.Event, r engine.Request) ([]engine.Answer, error)
	Show(ctx context.Context, token string, f engine.Fetch) (engine.Picture, error)
	ShowSlot(ctx context.Context, id aparte.Identifier, slot string, f engine.Fetch) (engine.Picture, error)
	Film(key string) (file string, there bool)
	Click(ctx context.Context, token string) (location string, err error)
	ClickSlot(ctx context.Context, id aparte.Identifier, slot string) (location string, err error)
	SharedLink(ctx context.Context, token string) (location string, err error)
	TokenPerson(token string) (aparte.PersonID, error)
	Unsubscribe(ctx context.Context, token string) error
	Notified(ctx context.Context, token, fate string) error
	Question(ctx context.Context, token string) (compose.Question, error)
	Answer(ctx context.Context, token string, given engine.Given) (compose.Question, error)
	Confirmable(token string) error
	Confirm(ctx context.Context, token string) error
}

// Reader is the part of the engine that tells what is known.
type Reader interface {
	Find(ctx context.Context, id aparte.Identifier) (aparte.PersonID, error)
	Person(ctx context.Context, id aparte.PersonID) (aparte.Person, error)
	Story(ctx context.Context, id aparte.PersonID, from engine.StoryPlace, limit int) ([]engine.StoryEntry, error)
	Identity(ctx context.Context, id aparte.PersonID) (engine.Identity, error)
	Reach(ctx context.Context, where string, sample int) (engine.Reach, error)
	Audiences(ctx context.Context) (engine.Audiences, error)
	AudiencePeople(ctx context.Context, id aparte.AudienceID, after aparte.PersonID, limit int) (people []aparte.Person, next aparte.PersonID, err error)
	Resemble(ctx context.Context, l engine.Likeness, tell func(done, total int)) (*engine.Resemblance, error)
	Apart() []engine.Apart
	Shared() []engine.Shared
	Worth(ctx context.Context) (engine.Worth, error)
	Refit(ctx context.Context) (*engine.Fit, error)
	Matrix(ctx context.Context, by string) (*engine.Matrix, error)
	Evidence(ctx context.Context, patience time.Duration) (engine.Sight, error)
	Attributes(ctx context.Context, patience time.Duration) (*engine.Attributes, error)
	Credit(ctx context.Context, a engine.CreditAsked, patience time.Duration) (*engine.Credit, error)
	Decision(ctx context.Context, id aparte.DecisionID) (aparte.Decision, error)
	WhatIf(ctx context.Context, b *aparte.Brand, tell func(done, total int)) (*engine.WhatIf, error)
	Rehearse(ctx context.Context, asked engine.Rehearsing, tell func(done, total int)) (*engine.Rehearsal, error)
	Replay(ctx context.Context, id aparte.DecisionID) (engine.Replay, error)
	Counters(ctx context.Context, prefix string, from, to time.Time) ([]store.Counter, error)
}

// Costs is the part of the engine that keeps what advertising elsewhere has cost.
type Costs interface {
	PutCosts(ctx context.Context, costs []aparte.MediaCost) error
	Costs(ctx context.Context, from, until string) ([]aparte.MediaCost, error)
}

// Places is the part of the engine that knows where the brand is.
type Places interface {
	PutPlaces(ctx context.Context, put []aparte.Place, gone []aparte.PlaceID) error
	Place(id aparte.PlaceID) (aparte.Place, error)
	Places(after aparte.PlaceID, limit int) (page []aparte.Place, all int)
}

// Census is the part of the engine that tells of everybody, part by part. An engine.Archive is one, too.
type Census interface {
	Parts() int
	EachPerson(ctx context.Context, part int, use func(*aparte.Person) error) error
	EachEvent(ctx context.Context, p *aparte.Person, use func(*engine.StoryEntry) error) error
	EachEntry(ctx context.Context, p *aparte.Person, use func(*engine.StoryEntry) error) error
	Plan() *decide.Plan
	Fit() *engine.Fit
}
