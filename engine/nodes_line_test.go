package engine_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// line carries a process's requests to other nodes: late, or not at all, or their answers not.
type line struct{ from *process }

var errLine = &net.OpError{Op: "read", Err: errors.New("the line is dead")}

func (l *line) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, realm := r.Context(), l.from.realm
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		_ = r.Body.Close()
	}
	if err := l.from.up(); err != nil {
		return nil, err
	}
	to := realm.at(r.URL.Host)
	if to == nil {
		return nil, &net.OpError{Op: "dial", Err: errors.New("nobody is there")}
	}
	fate := realm.dice.roll(120)
	if realm.calm.Load() {
		fate = 100 // none
	}
	const dead = 10 * time.Second // until which a line that is dead is found to be
	switch {
	case realm.severed(l.from.node, to.node), fate == 0:
		return nil, pause(ctx, dead, errLine)
	case fate < 10:
		if err := pause(ctx, realm.dice.upTo(5*time.Second), nil); err != nil {
			return nil, err
		}
	}
	a := newAnswer(ctx)
	heard, deaf := context.WithCancel(to.ctx)
	if fate%2 == 0 { // else who answers does not know that nobody waits any more
		context.AfterFunc(ctx, deaf)
	}
	again := r.Clone(heard)
	again.Body, again.RequestURI = io.NopCloser(bytes.NewReader(body)), r.URL.RequestURI()
	go func() { // ends with the answer
		defer deaf()
		if to.up() == nil {
			to.peers.ServeHTTP(a, again)
		}
		a.end(to.up())
	}()
	if fate == 11 { // the answer is lost
		a.away.Store(true)
		return nil, pause(ctx, dead, errLine)
	}
	select {
	case <-a.begun:
	case <-ctx.Done():
		a.away.Store(true)
		return nil, ctx.Err()
	}
	if a.status == 0 {
		return nil, errLine
	}
	return &http.Response{StatusCode: a.status, Status: strconv.Itoa(a.status), Header: a.header, Body: a, Request: r, ProtoMajor: 2}, nil
}

// pause waits, and is err, or says that ctx ended.
func pause(ctx context.Context, wait time.Duration, err error) error {
	select {
	case <-time.After(wait):
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// answer is one that is written by who is asked, and read by who asked.
type answer struct {
	ctx    context.Context // of who asked
	header http.Header
	once   sync.Once
	begun  chan struct{} // closed when there is a status; 0: there will be none
	status int
	away   atomic.Bool // who asked reads no more
	pieces chan []byte // closed at the end
	failed error       // once pieces are closed
	left   []byte
}

func newAnswer(ctx context.Context) *answer {
	return &answer{ctx: ctx, header: http.Header{}, begun: make(chan struct{}), pieces: make(chan []byte, 10_000)}
}

func (a *answer) Header() http.Header { return a.header }
func (a *answer) Flush()              { a.WriteHeader(http.StatusOK) }

func (a *answer) WriteHeader(status int) {
	a.once.Do(func() {
		a.status = status
		close(a.begun)
	})
}

func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	if a.away.Load() || a.ctx.Err() != nil {
		return 0, errLine
	}
	a.pieces <- bytes.Clone(b)
	return len(b), nil
}

// end ends the answer; with an error it breaks off.
func (a *answer) end(err error) {
	if err != nil {
		a.once.Do(func() { close(a.begun) })
		a.failed = errLine
	}
	a.WriteHeader(http.StatusOK)
	close(a.pieces)
}

func (a *answer) Read(b []byte) (int, error) {
	for len(a.left) == 0 {
		select {
		case piece, more := <-a.pieces:
			if !more {
				if a.failed != nil {
					return 0, a.failed
				}
				return 0, io.EOF
			}
			a.left = piece
		case <-a.ctx.Done():
			return 0, a.ctx.Err()
		}
	}
	n := copy(b, a.left)
	a.left = a.left[n:]
	return n, nil
}

func (a *answer) Close() error {
	a.away.Store(true)
	return nil
}
