package fellow

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/aparte-dev/aparte/engine"
)

// What a node is asked within a moment goes in one request, and is answered as each is done: a request costs as much as acting on several events.
//
//	request:  for each question its length (uvarint) and itself
//	answer:   for each, in the order they are done, its number in the request (uvarint), how it went (a byte), the length of what is said, and that
const (
	linger      = 300 * time.Microsecond // from the first question to the request
	mostAtOnce  = 512
	bytesAtOnce = 8 << 20
)

// How an answer went.
const (
	wentWell  byte = iota
	wentNot        // the part is not here: engine.ErrNobody
	wentWrong      // what is said is the error
)

// question is one that waits to go, or for its answer.
type question struct {
	message  []byte
	answered chan struct{} // closed when answer or err is there
	answer   []byte
	err      error
}

func (q *question) settle(answer []byte, err error) {
	q.answer, q.err = answer, err
	close(q.answered)
}

// mail is what waits to go to one address.
type mail struct {
	mu    sync.Mutex
	waits []*question
	bytes int
}

// put asks another node, together with what others ask it.
func (p *Peers) put(ctx context.Context, at string, message []byte) ([]byte, error) {
	q := &question{message: message, answered: make(chan struct{})}
	found, _ := p.mails.LoadOrStore(at, new(mail))
	m := found.(*mail)
	switch first, full := m.add(q); {
	case full != nil:
		go p.carry(at, full) // ends with the answer, or with p
	case first:
		time.AfterFunc(linger, func() { p.carry(at, m.take()) })
	}
	select {
	case <-q.answered:
		return q.answer, q.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// add has a question wait. It says whether it is the first to, and takes out all that wait where they are as many as go at once.
func (m *mail) add(q *question) (first bool, full []*question) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.waits, m.bytes = append(m.waits, q), m.bytes+len(q.message)
	if len(m.waits) == mostAtOnce || m.bytes >= bytesAtOnce {
		full, m.waits, m.bytes = m.waits, nil, 0
	}
	return len(m.waits) == 1, full
}

func (m *mail) take() []*question {
	m.mu.Lock()
	defer m.mu.Unlock()
	waits := m.waits
	m.waits, m.bytes = nil, 0
	return waits
}

// carry has a node answer questions.
func (p *Peers) carry(at string, questions []*question) {
	if len(questions) == 0 {
		return
	}
	open := make(map[uint64]*question, len(questions))
	var body []byte
	for i, q := range questions {
		open[uint64(i)] = q
		body = append(binary.AppendUvarint(body, uint64(len(q.message))), q.message...)
	}
	err := p.exchange(at, body, func(n uint64, how byte, said []byte) error {
		q := open[n]
		if q == nil {
			return fmt.Errorf("answers question %d of %d", n, len(questions))
		}
		delete(open, n)
		switch how {
		case wentWell:
			q.settle(said, nil)
		case wentNot:
			q.settle(nil, errNot)
		default:
			q.settle(nil, errors.New(string(said)))
		}
		return nil
	})
	if err == nil {
		err = errNot // it went away amid them
	}
	for _, q := range open {
		q.settle(nil, err)
	}
}

// exchange sends a request, and hands on what is answered until there is no more.
func (p *Peers) exchange(at string, body []byte, answered func(n uint64, how byte, said []byte) error) error {
	r, err := http.NewRequestWithContext(p.ctx, http.MethodPost, at+askPath, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set(TokenHeader, p.Token)
	w, err := p.client.Do(r)
	if err != nil {
		return fmt.Errorf("another node: %w", err)
	}
	defer w.Body.Close()
	if err := wentTo(w); err != nil {
		return err
	}
	from := bufio.NewReaderSize(w.Body, 64<<10)
	for {
		n, err := binary.ReadUvarint(from)
		if errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		how, err := from.ReadByte()
		if err != nil {
			return err
		}
		said, err := readSized(from, mostAnswered)
		if err != nil {
			return err
		}
		if err := answered(n, how, said); err != nil {
			return err
		}
	}
}

// readSized reads what has its length before it.
func readSized(from *bufio.Reader, most uint64) ([]byte, error) {
	n, err := binary.ReadUvarint(from)
	switch {
	case err != nil:
		return nil, err
	case n > most:
		return nil, fmt.Errorf("%d bytes: at most %d are read", n, most)
	}
	var b bytes.Buffer // grows with what comes, not with what is claimed
	if _, err := io.CopyN(&b, from, int64(n)); err != nil {
		return nil, fmt.Errorf("cut short: %w", err)
	}
	return b.Bytes(), nil
}

// answerAll acts on the questions of a request side by side.
func (p *Peers) answerAll(w http.ResponseWriter, r *http.Request, e Engine) error {
	from := bufio.NewReaderSize(http.MaxBytesReader(w, r.Body, mostAsked), 64<<10)
	var questions [][]byte
	for {
		if _, err := from.Peek(1); errors.Is(err, io.EOF) {
			break
		}
		message, err := readSized(from, mostAsked)
		if err != nil {
			return fmt.Errorf("what another node asks: %w", err)
		}
		if questions = append(questions, message); len(questions) > mostAtOnce {
			return errors.New("another node asks too much at once")
		}
	}
	answers := make(chan []byte, len(questions))
	for i, message := range questions {
		go func() { // ends with the answer, for which there is room
			said, err := oblige(r.Context(), e, message)
			how := wentWell
			switch {
			case errors.Is(err, engine.ErrNobody):
				how, said = wentNot, nil
			case err != nil:
				how, said = wentWrong, []byte(err.Error())
			}
			answer := append(binary.AppendUvarint(make([]byte, 0, len(said)+12), uint64(i)), how)
			answers <- append(binary.AppendUvarint(answer, uint64(len(said))), said...)
		}()
	}
	flush := http.NewResponseController(w).Flush
	for left := len(questions); left > 0; left-- {
		var answer []byte
		select {
		case answer = <-answers:
		default: // those that are done go before the next is waited for
			if err := flush(); err != nil {
				return nil // who asked has gone
			}
			answer = <-answers
		}
		if _, err := w.Write(answer); err != nil {
			return nil
		}
	}
	return nil
}

// oblige has an engine act on a question. One that breaks it is told so, and breaks nothing else.
func oblige(ctx context.Context, e Engine, message []byte) (said []byte, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("broke on a question: %T", cause)
		}
	}()
	return e.Oblige(ctx, message)
}
