package smpp

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/aparte-dev/aparte/channel"
)

// session is one connection, bound as a transceiver. It ends once and is not used again.
type session struct {
	settings *settings
	conn     net.Conn
	window   chan struct{}   // one element a message that waits for its answer
	ears     *ears           // nil: nobody listens
	running  *sync.WaitGroup // of all sessions of a sender
	ended    chan struct{}   // closed when the connection is of no more use

	mu       sync.Mutex // of what follows, and of writing
	over     bool
	sequence uint32
	waiting  map[uint32]chan pdu
}

// writeTimeout bounds one write: a peer that does not read is gone.
const writeTimeout = 10 * time.Second

var (
	errUnsent = errors.New("the connection ended before anything was said") // certainly
	errLost   = errors.New("the connection ended before the answer came")
)

// dial connects and binds. Errors are temporary failures: they say nothing against a message.
func dial(ctx context.Context, s *settings, running *sync.WaitGroup) (*session, error) {
	conn, err := s.Dial(ctx, "tcp", s.Addr)
	if err != nil {
		return nil, unreachable(ctx, "connect to the message centre", err)
	}
	if s.TLS != nil {
		encrypted := tls.Client(conn, s.TLS)
		if err := encrypted.HandshakeContext(ctx); err != nil {
			conn.Close()
			return nil, unreachable(ctx, "encrypt the connection", err)
		}
		conn = encrypted
	}
	c := &session{settings: s, conn: conn, running: running, window: make(chan struct{}, s.Window), ended: make(chan struct{}), waiting: map[uint32]chan pdu{}}
	if s.Listener != nil {
		c.ears = newEars(c)
	}
	c.running.Go(c.read)
	if err := c.bind(ctx); err != nil {
		c.end()
		return nil, err
	}
	c.running.Go(c.enquire)
	return c, nil
}

func (c *session) bind(ctx context.Context) error {
	b := appendText(appendText(appendText(nil, c.settings.SystemID), c.settings.Password), c.settings.SystemType)
	b = appendText(append(b, 0x34, 0, 0), "") // version 3.4; type, plan and range of addresses: the account's own
	answered, err := c.ask(ctx, bindTransceiver, b)
	if err != nil {
		return unreachable(ctx, "bind", err)
	}
	if answered.status != statusOK {
		failure := refused("bind", answered.status)
		failure.Temporary, failure.Suppress = true, false
		return failure
	}
	return nil
}

// ask sends a request and waits for its answer. It fails with errUnsent, errLost, or ctx's error: only of the first is it
// certain that the message centre does not have it.
func (c *session) ask(ctx context.Context, command command, body []byte) (pdu, error) {
	c.mu.Lock()
	if c.over {
		c.mu.Unlock()
		return pdu{}, errUnsent
	}
	c.sequence = c.sequence%0x7fffffff + 1 // section 3.2
	sequence, answered := c.sequence, make(chan pdu, 1)
	c.waiting[sequence] = answered
	whole := c.write(&pdu{command: command, sequence: sequence, body: body})
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		delete(c.waiting, sequence)
		c.mu.Unlock()
	}()
	if !whole {
		c.end()
		return pdu{}, errUnsent
	}
	select {
	case p := <-answered:
		return p, nil
	case <-ctx.Done():
		return pdu{}, ctx.Err()
	case <-c.ended:
	}
	select { // it may have come just before the end
	case p := <-answered:
		return p, nil
	default:
		return pdu{}, errLost
	}
}

// write sends one packet; the caller holds mu. It reports whether all of it left: of less nobody can make anything.
func (c *session) write(p *pdu) bool {
	_ = c.conn.SetWriteDeadline(time.Now().Add(writeTimeout)) // fails where the connection is closed, and so does what follows
	b := p.bytes()
	n, _ := c.conn.Write(b)
	return n == len(b)
}

// reply answers a request of the message centre.
func (c *session) reply(to *pdu, command command, s status, body []byte) {
	c.mu.Lock()
	whole := c.over || c.write(&pdu{command: command, status: s, sequence: to.sequence, body: body})
	c.mu.Unlock()
	if !whole {
		c.end()
	}
}

// read takes packets in until the connection ends.
func (c *session) read() {
	defer c.end()
	r := bufio.NewReader(c.conn)
	for {
		p, err := readPDU(r)
		if err != nil {
			if errors.Is(err, errPDU) {
				c.settings.Logger.Error("the connection to the message centre is given up", "error", err)
			}
			return
		}
		switch {
		case p.command&answer != 0:
			c.answered(&p)
		case p.command == enquireLink:
			c.reply(&p, enquireLink|answer, statusOK, nil)
		case p.command == deliverSM && c.ears != nil:
			c.ears.hear(&p)
		case p.command == deliverSM:
			c.reply(&p, deliverSM|answer, notTakenEver, []byte{0})
		case p.command == unbind:
			c.reply(&p, unbind|answer, statusOK, nil)
			return
		case p.command == alert: // that somebody's phone is on: has no answer (section 4.12.1)
		default:
			c.reply(&p, genericNack, invalidCommand, nil)
		}
	}
}

func (c *session) answered(p *pdu) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if waiting := c.waiting[p.sequence]; waiting != nil {
		delete(c.waiting, p.sequence)
		waiting <- *p
	}
}

// enquire asks from time to time whether the other end is still there.
func (c *session) enquire() {
	tick := time.NewTicker(c.settings.Enquire)
	defer tick.Stop()
	for {
		select {
		case <-c.ended:
			return
		case <-tick.C:
		}
		ctx, cancel := context.WithTimeout(context.Background(), c.settings.Enquire)
		_, err := c.ask(ctx, enquireLink, nil)
		cancel()
		if err != nil {
			c.end()
			return
		}
	}
}

// end closes the connection, and lets everybody know who waits for something of it.
func (c *session) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		return
	}
	c.over = true
	close(c.ended)
	c.conn.Close()
}

// alive reports whether the connection can be used.
func (c *session) alive() bool {
	select {
	case <-c.ended:
		return false
	default:
		return true
	}
}

// quit takes leave of the message centre, within a time.
func (c *session) quit(within time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	_, _ = c.ask(ctx, unbind, nil) // a message centre that does not answer is left all the same
	cancel()
	c.end()
}

func unreachable(ctx context.Context, doing string, err error) *channel.Failure {
	if ctx.Err() != nil {
		return &channel.Failure{Temporary: true, Reason: doing + ": given up", Err: ctx.Err()}
	}
	return &channel.Failure{Temporary: true, Reason: fmt.Sprintf("%s: %v", doing, err)}
}
