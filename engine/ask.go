package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/compose"
	"github.com/aparte-dev/aparte/store"
)

// Errors of answers.
var (
	ErrAnswer = errors.New("not an answer to what was asked")
	ErrOften  = errors.New("too many addresses were given") // by one person, of one mailbox, or from one place
	ErrUnsent = errors.New("the address could not be written to")
)

// Given is what somebody answers to a question.
type Given struct {
	Answer  string // as the form sends it
	Refused bool   // they would rather not say
	From    string // where the answer comes from, so that nobody gives many addresses; never kept
}

// answerable is how long a question can be answered: a message may lie in a mailbox for a while.
const answerable = 90 * 24 * time.Hour

// asked is a question that was put to somebody.
type asked struct {
	brand    *live
	person   *aparte.Person
	decision aparte.Decision
	content  *aparte.Content
}

// trait is what an answer fills.
func (a *asked) trait() string { return a.content.Ask.TraitOf(a.decision.Action.Item) }

// asked is the question that a token is for, or ErrToken.
func (e *Engine) asked(ctx context.Context, token string) (asked, error) {
	id, at, err := e.readToken(tokenAnswer, token)
	if err != nil {
		return asked{}, err
	}
	if e.now().Sub(at) > answerable {
		return asked{}, ErrToken
	}
	a := asked{brand: e.brand.Load()}
	if a.brand == nil {
		return asked{}, ErrToken
	}
	err = e.visit(ctx, id.Person, func(t *turn, p *aparte.Person) (err error) {
		a.person = p
		a.decision, err = t.decisionAt(id, at)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return asked{}, ErrToken
	} else if err != nil {
		return asked{}, fmt.Errorf("question of %s: %w", id, err)
	}
	content, there := a.brand.plan.Content(a.decision.Action.Content)
	if !there || content.Ask == nil { // it has left the brand
		return asked{}, ErrToken
	}
	a.content = content
	return a, nil
}

// Question is what a token's decision asked, in the words it was asked in. Looking at it changes nothing: machines follow
// the links of mails.
func (e *Engine) Question(ctx context.Context, token string) (compose.Question, error) {
	a, err := e.asked(ctx, token)
	if err != nil {
		return compose.Question{}, err
	}
	return e.question(&a)
}

func (e *Engine) question(a *asked) (compose.Question, error) {
	scene := &compose.Scene{
		Brand: a.brand.plan.Brand(), Content: a.content, Action: a.decision.Action, Person: a.person,
		Locale: localeOf(a.brand, a.person, a.decision.Context.Locale), Now: a.decision.At, Zone: zoneOf(a.brand, a.person, a.decision.Context.Zone),
	}
	if item, ok := a.brand.plan.Item(a.decision.Action.Item); ok {
		scene.Item = item
	}
	q, err := e.composer.Question(scene)
	if err != nil {
		return q, fmt.Errorf("question of %s: %w", a.decision.ID, err)
	}
	return q, nil
}

// Answer takes the answer to what a token's decision asked, and is the question with the words of thanks. From then on
// every decision knows it. An address is written to first, and is the person's when its reader has confirmed it (confirm.go).
// ErrAnswer, ErrOften and ErrUnsent come with the question, so that it can be put again.
func (e *Engine) Answer(ctx context.Context, token string, given Given) (compose.Question, error) {
	a, err := e.asked(ctx, token)
	if err != nil {
		return compose.Question{}, err
	}
	q, err := e.question(&a)
	if err != nil {
		return q, err
	}
	properties := map[string]any{"trait": a.trait(), "worth": 0}
	counter := ""
	switch {
	case given.Refused:
		properties["refused"] = true
	case a.content.Ask.Kind == aparte.AskAddress:
		if err := e.askToConfirm(ctx, &a, given); err != nil {
			return q, err
		}
		properties["answer"] = aparte.AskPending
		q.Thanks, counter = q.Pending, givenCount
	default:
		value, err := answerOf(a.content.Ask, given.Answer)
		if err != nil {
			return q, err
		}
		properties["answer"], properties["worth"] = value, a.content.Ask.Worth
	}
	return q, e.disclose(ctx, a.decision.ID, counter, e.now(), func(at time.Time) aparte.Event {
		return ownEvent(aparte.EventAnswered, &a.decision, at, properties)
	})
}

// disclose applies what somebody answered to the person of a decision.
// It is counted, where it is to be, in the hour of since, once however often it is told.
func (e *Engine) disclose(ctx context.Context, id aparte.DecisionID, counter string, since time.Time, event func(at time.Time) aparte.Event) error {
	err := e.visit(ctx, id.Person, func(t *turn, p *aparte.Person) error {
		answered := event(t.now)
		next, err := t.apply(p, &answered, named{}, messageKey(answered.MessageID))
		if err == nil && next != p && counter != "" {
			t.countAt(counter, since.UTC().Truncate(time.Hour), 1)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("answer to %s: %w", id, err)
	}
	return nil
}

// mostText is how many characters of their own words somebody answers with at most.
const mostText = 200

// answerOf is the value of what was answered, or ErrAnswer.
func answerOf(ask *aparte.Ask, given string) (any, error) {
	given = strings.TrimSpace(given)
	switch ask.Kind {
	case aparte.AskChoice:
		if slices.ContainsFunc(ask.Options, func(o aparte.Option) bool { return o.Key == given }) {
			return given, nil
		}
	case aparte.AskYesNo:
		if given == compose.Yes || given == compose.No {
			return given == compose.Yes, nil
		}
	case aparte.AskScale:
		if n, err := strconv.Atoi(given); err == nil && n >= ask.Least && n <= ask.Most {
			return n, nil
		}
	case aparte.AskDate:
		if day, err := time.Parse(time.DateOnly, given); err == nil && day.Year() >= 1900 && day.Year() < 2100 {
			return given, nil
		}
	case aparte.AskText:
		if given != "" && utf8.ValidString(given) && utf8.RuneCountInString(given) <= mostText && !strings.ContainsFunc(given, unicode.IsControl) {
			return given, nil
		}
	}
	return nil, ErrAnswer
}
