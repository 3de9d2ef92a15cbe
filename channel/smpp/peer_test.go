package smpp_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"

	"github.com/aparte-dev/aparte/channel/channeltest"
	"github.com/aparte-dev/aparte/gsm"
)

// centre is a message centre, written from SMPP 3.4 (issue 1.2) apart from the client's code: it has a reader and a writer of
// PDUs of its own.
type centre struct {
	t        testing.TB
	listener net.Listener
	password string
	running  sync.WaitGroup

	mu       sync.Mutex
	answer   func(to string) channeltest.Answer
	status   func(to string) uint32 // in place of answer
	hangUp   bool                   // at the next submit_sm, once it is read
	mute     bool                   // nothing is answered but binds
	lines    map[*line]bool
	segments []segment
	heard    map[uint32]uint32 // by sequence of ours: how it was answered
	changed  *sync.Cond
	next     uint32
	binds    int
}

// line is a connection to the centre.
type line struct {
	net.Conn
	writing sync.Mutex
	gone    chan struct{}
	bound   bool
}

// segment is one submit_sm.
type segment struct {
	from, to    string
	ton         byte
	class       byte
	validity    string
	receipt     byte
	coding      byte
	text        []byte
	userRef     string
	id          string
	part, parts int
	ref         byte
}

func openCentre(t testing.TB, listener net.Listener) *centre {
	t.Helper()
	c := &centre{t: t, listener: listener, password: "s3cret", lines: map[*line]bool{}, heard: map[uint32]uint32{}}
	c.changed = sync.NewCond(&c.mu)
	c.running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			l := &line{Conn: conn, gone: make(chan struct{})}
			c.mu.Lock()
			c.lines[l] = true
			c.mu.Unlock()
			c.running.Go(func() { c.serve(l) })
		}
	})
	t.Cleanup(func() {
		listener.Close()
		c.mu.Lock()
		for l := range c.lines {
			l.Close()
		}
		c.mu.Unlock()
		c.running.Wait()
	})
	return c
}

func (c *centre) addr() string { return c.listener.Addr().String() }

func (c *centre) serve(l *line) {
	defer func() {
		l.Close()
		c.mu.Lock()
		delete(c.lines, l)
		c.changed.Broadcast()
		c.mu.Unlock()
		close(l.gone)
	}()
	r := bufio.NewReader(l)
	for {
		var head [16]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return
		}
		id, status, seq := binary.BigEndian.Uint32(head[4:8]), binary.BigEndian.Uint32(head[8:12]), binary.BigEndian.Uint32(head[12:16])
		body := make([]byte, binary.BigEndian.Uint32(head[:4])-16)
		if _, err := io.ReadFull(r, body); err != nil {
			return
		}
		c.mu.Lock()
		mute := c.mute
		c.mu.Unlock()
		switch {
		case id == 0x09: // bind_transceiver
			f := bytes.SplitN(body, []byte{0}, 4)
			code := uint32(0)
			if string(f[1]) != c.password {
				code = 0x0e
			} else if f[3][0] != 0x34 {
				code = 0x0d
			}
			c.mu.Lock()
			c.binds++
			l.bound = code == 0
			c.changed.Broadcast()
			c.mu.Unlock()
			l.write(0x80000009, code, seq, []byte("test centre\x00"))
		case mute:
		case id == 0x04: // submit_sm: answered when it is decided, in any order
			s := readSubmit(body)
			c.running.Go(func() { c.submitted(l, seq, s) })
		case id == 0x15: // enquire_link
			l.write(0x80000015, 0, seq, nil)
		case id == 0x06: // unbind
			l.write(0x80000006, 0, seq, nil)
			return
		case id == 0x80000006: // unbind_resp
			_, _ = r.ReadByte() // until they close
			return
		case id == 0x80000005 || id == 0x80000000: // deliver_sm_resp, generic_nack
			c.mu.Lock()
			c.heard[seq] = status
			c.changed.Broadcast()
			c.mu.Unlock()
		default:
			l.write(0x80000000, 0x03, seq, nil)
		}
	}
}

func (l *line) write(id, status, seq uint32, body []byte) {
	var b bytes.Buffer
	for _, v := range []uint32{uint32(16 + len(body)), id, status, seq} {
		_ = binary.Write(&b, binary.BigEndian, v)
	}
	b.Write(body)
	l.writing.Lock()
	defer l.writing.Unlock()
	_, _ = l.Write(b.Bytes())
}

func readSubmit(b []byte) segment {
	var s segment
	text := func() string {
		i := bytes.IndexByte(b, 0)
		v := string(b[:i])
		b = b[i+1:]
		return v
	}
	octet := func() byte { v := b[0]; b = b[1:]; return v }
	text() // service_type
	s.ton = octet()
	octet()
	s.from = text()
	to, _ := octet(), octet()
	if s.to = text(); to == 1 {
		s.to = "+" + s.to
	}
	s.class = octet()
	octet()
	octet()
	text()
	s.validity = text()
	s.receipt = octet()
	octet()
	s.coding = octet()
	octet()
	n := octet()
	s.text, b = b[:n], b[n:]
	for len(b) >= 4 {
		tag, n := binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])
		if tag == 0x0204 {
			s.userRef = fmt.Sprintf("%x", b[4:4+n])
		}
		b = b[4+n:]
	}
	if s.class&0x40 != 0 { // 05 00 03 reference total part
		s.ref, s.parts, s.part = s.text[3], int(s.text[4]), int(s.text[5])
		s.text = s.text[6:]
	}
	return s
}

func (c *centre) submitted(l *line, seq uint32, s segment) {
	c.mu.Lock()
	answer, status, hangUp := c.answer, c.status, c.hangUp
	c.hangUp = false
	c.mu.Unlock()
	if hangUp {
		l.Close()
		return
	}
	code := uint32(0)
	if status != nil {
		code = status(s.to)
	} else if answer != nil {
		code = map[channeltest.Answer]uint32{channeltest.TryLater: 0x58, channeltest.Never: 0x45, channeltest.NoSuchAddress: 0x0b}[answer(s.to)]
	}
	if code != 0 {
		l.write(0x80000004, code, seq, nil)
		return
	}
	c.mu.Lock()
	s.id = fmt.Sprintf("%08X", len(c.segments)+1)
	c.segments = append(c.segments, s)
	c.mu.Unlock()
	l.write(0x80000004, 0, seq, append([]byte(s.id), 0))
}

// taken are the segments so far.
func (c *centre) taken() []segment {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]segment(nil), c.segments...)
}

// Received puts the segments together as a phone does.
func (c *centre) Received() (all []channeltest.Received) {
	open := map[string][]segment{}
	for _, s := range c.taken() {
		key := fmt.Sprint(s.to, s.ref, s.userRef)
		if open[key] = append(open[key], s); len(open[key]) < s.parts {
			continue
		}
		whole := channeltest.Received{ID: s.userRef, To: s.to}
		for part := range max(1, s.parts) {
			for _, one := range open[key] {
				if s.parts > 0 && one.part != part+1 {
					continue
				}
				if one.coding == 8 {
					whole.Text += gsm.DecodeUCS2(one.text)
				} else {
					whole.Text += gsm.DecodeSeptets(one.text)
				}
			}
		}
		delete(open, key)
		all = append(all, whole)
	}
	return all
}

func (c *centre) Answer(f func(to string) channeltest.Answer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answer = f
}

// Stop takes leave of everybody, as a centre does that goes down for maintenance, and waits until they are gone.
func (c *centre) Stop() {
	c.listener.Close()
	c.mu.Lock()
	var open []*line
	for l := range c.lines {
		open = append(open, l)
	}
	c.mu.Unlock()
	for _, l := range open {
		l.write(0x06, 0, 1, nil)
		<-l.gone
	}
}

// deliver sends a deliver_sm to whoever is bound, waiting until somebody is, and returns how it was answered.
func (c *centre) deliver(body []byte) uint32 {
	c.mu.Lock()
	var to *line
	for to == nil {
		for l := range c.lines {
			if l.bound {
				to = l
			}
		}
		if to == nil {
			c.changed.Wait()
		}
	}
	c.next++
	seq := c.next
	c.mu.Unlock()
	to.write(0x05, 0, seq, body)
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		if status, ok := c.heard[seq]; ok {
			delete(c.heard, seq)
			return status
		}
		c.changed.Wait()
	}
}

// inbound is the body of a deliver_sm.
func inbound(from, to string, class, coding byte, text []byte, options ...[]byte) []byte {
	b := []byte{0, 1, 1}
	b = append(append(b, from...), 0)
	b = append(b, 3, 0)
	b = append(append(b, to...), 0)
	b = append(b, class, 0, 0, 0, 0, 0, 0, coding, 0, byte(len(text)))
	b = append(b, text...)
	for _, o := range options {
		b = append(b, o...)
	}
	return b
}

func option(tag uint16, value []byte) []byte {
	b := binary.BigEndian.AppendUint16(nil, tag)
	b = binary.BigEndian.AppendUint16(b, uint16(len(value)))
	return append(b, value...)
}

func listen(t testing.TB) net.Listener {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}
