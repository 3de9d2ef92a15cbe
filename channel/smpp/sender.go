package smpp

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel"
)

// Sender sends texts through one message centre. It is safe for concurrent use.
type Sender struct {
	settings *settings
	pace     pace
	stop     context.CancelFunc // ends the listening
	running  sync.WaitGroup     // of sessions, and of the listening
	closing  sync.Once

	connecting chan struct{} // holds one element while somebody connects; guards what follows
	current    *session
	closed     bool
}

var _ channel.Receipted = (*Sender)(nil)

// New checks the configuration and makes a sender. With a listener it connects at once, in a goroutine that Close waits for, and
// again whenever the connection is lost; without one it connects to send.
func New(config Config) (*Sender, error) {
	s, err := config.check()
	if err != nil {
		return nil, fmt.Errorf("SMS channel: %w", err)
	}
	sender := &Sender{settings: s, connecting: make(chan struct{}, 1), stop: func() {}}
	sender.pace.every = interval(s.Rate)
	if s.Listener != nil {
		ctx, stop := context.WithCancel(context.Background())
		sender.stop = stop
		sender.running.Go(func() { sender.listen(ctx) })
	}
	return sender, nil
}

// Channel is aparte.SMS.
func (s *Sender) Channel() aparte.Channel { return aparte.SMS }

// Send hands the message to the message centre, once: nil means that all of its segments were taken.
//
// An error is a [*channel.Failure]. It is temporary when the message centre cannot be reached, refuses the account, or is too
// busy; uncertain when no answer came; permanent when it refuses the message or the message cannot be written as a text; and
// suppresses the number where there is no such. When a segment is refused for now after others were taken, a later attempt sends
// all again under the same reference, by which phones know the segments that they have.
func (s *Sender) Send(ctx context.Context, m *channel.Message) error {
	_, err := s.SendReceipted(ctx, m)
	return err
}

// SendReceipted is Send, and says what the message centre calls the message: its last segment, whose receipt is that of the whole.
func (s *Sender) SendReceipted(ctx context.Context, m *channel.Message) (reference string, err error) {
	bodies, err := s.settings.write(m)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, s.settings.Timeout)
	defer cancel()
	for _, body := range bodies {
		if reference, err = s.submit(ctx, body); err != nil {
			return "", err
		}
	}
	return reference, nil
}

// submit sends one segment, by another connection where the one there was had ended before.
func (s *Sender) submit(ctx context.Context, body []byte) (reference string, err error) {
	if err := s.pace.wait(ctx); err != nil {
		return "", givenUp(ctx, false)
	}
	for range 2 {
		c, err := s.session(ctx)
		if err != nil {
			return "", err
		}
		reference, err = c.submit(ctx, body)
		if !errors.Is(err, errUnsent) {
			return reference, err
		}
	}
	return "", &channel.Failure{Temporary: true, Reason: "submit the message: " + errUnsent.Error()}
}

// submit sends one segment and reads what it is called. The error is a failure, or errUnsent.
func (c *session) submit(ctx context.Context, body []byte) (reference string, err error) {
	select {
	case c.window <- struct{}{}:
	case <-c.ended:
		return "", errUnsent
	case <-ctx.Done():
		return "", givenUp(ctx, false)
	}
	defer func() { <-c.window }()
	answered, err := c.ask(ctx, submitSM, body)
	switch {
	case errors.Is(err, errUnsent):
		return "", err
	case errors.Is(err, errLost):
		return "", &channel.Failure{Temporary: true, Uncertain: true, Reason: "submit the message: " + err.Error()}
	case err != nil:
		return "", givenUp(ctx, true)
	case answered.status != statusOK:
		if answered.status == notBoundForThis {
			c.end()
		}
		return "", refused("submit the message", answered.status)
	case answered.command != submitSM|answer:
		return "", &channel.Failure{Temporary: true, Uncertain: true, Reason: "submit the message: the answer is to something else"}
	}
	read := cursor{rest: answered.body}
	reference = read.text(maxID)
	if read.err != nil || !isASCII(reference) || len(reference) > channel.MaxReference {
		return "", nil // it was taken; that it has no name is no failure
	}
	return reference, nil
}

// maxID is the longest message id, its end included (section 5.2.23).
const maxID = 65

// session is the connection that is open, or a new one.
func (s *Sender) session(ctx context.Context) (*session, error) {
	select {
	case s.connecting <- struct{}{}:
		defer func() { <-s.connecting }()
	case <-ctx.Done():
	}
	switch {
	case ctx.Err() != nil:
		return nil, givenUp(ctx, false)
	case s.closed:
		return nil, &channel.Failure{Temporary: true, Reason: "the SMS channel is closed"}
	case s.current != nil && s.current.alive():
		return s.current, nil
	}
	c, err := dial(ctx, s.settings, &s.running)
	if err != nil {
		return nil, err
	}
	s.current = c
	return c, nil
}

// Times between attempts to connect for the sake of listening.
const (
	soonest = time.Second
	latest  = time.Minute
)

// listen keeps a connection open until ctx ends.
func (s *Sender) listen(ctx context.Context) {
	wait := soonest
	for ctx.Err() == nil {
		dialling, cancel := context.WithTimeout(ctx, s.settings.Timeout)
		c, err := s.session(dialling)
		cancel()
		if err == nil {
			wait = soonest
			select {
			case <-c.ended:
			case <-ctx.Done():
				return
			}
		} else if ctx.Err() == nil {
			s.settings.Logger.Warn("the message centre is not heard", "error", err, "again", wait)
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
		wait = min(2*wait, latest)
	}
}

// quitTimeout bounds the farewell to a message centre.
const quitTimeout = 2 * time.Second

// Close takes leave of the message centre. What waits for an answer then is uncertain; sending afterwards fails for the time
// being.
func (s *Sender) Close() error {
	s.closing.Do(func() {
		s.stop()
		s.connecting <- struct{}{}
		s.closed = true
		<-s.connecting // a listener that is being told may want to answer: it is told that it cannot
		if s.current != nil {
			s.current.quit(quitTimeout)
		}
	})
	s.running.Wait()
	return nil
}

func givenUp(ctx context.Context, uncertain bool) *channel.Failure {
	return &channel.Failure{Temporary: true, Uncertain: uncertain, Reason: "submit the message: given up", Err: ctx.Err()}
}

// pace lets one pass at a time, in equal steps. Its zero value lets all pass.
type pace struct {
	every time.Duration

	mu   sync.Mutex
	next time.Time
}

func interval(rate int) time.Duration {
	if rate <= 0 {
		return 0
	}
	return time.Second / time.Duration(rate)
}

// wait returns when it is the caller's turn.
func (p *pace) wait(ctx context.Context) error {
	if p.every == 0 {
		return ctx.Err()
	}
	now := time.Now()
	p.mu.Lock()
	if p.next.Before(now) {
		p.next = now
	}
	until := p.next.Sub(now)
	p.next = p.next.Add(p.every)
	p.mu.Unlock()
	timer := time.NewTimer(until)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}
