package smpp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// command is what a PDU is for (section 5.1.2.1).
type command uint32

// The commands. An answer is its request with the first bit set.
const (
	submitSM        command = 0x00000004
	deliverSM       command = 0x00000005
	unbind          command = 0x00000006
	bindTransceiver command = 0x00000009
	enquireLink     command = 0x00000015
	alert           command = 0x00000102
	answer          command = 0x80000000
	genericNack     command = 0x80000000
)

// pdu is one packet of the protocol: a header of 16 bytes and a body (section 3.2).
type pdu struct {
	command  command
	status   status
	sequence uint32
	body     []byte
}

const (
	headerSize = 16
	maxPDU     = 1<<16 + 1024 // the longest field, message_payload, and more than all others together
)

// errPDU is what no peer may send; the connection cannot be trusted behind it.
var errPDU = errors.New("the message centre sent what is no PDU")

// readPDU reads one packet.
func readPDU(r io.Reader) (pdu, error) {
	var head [headerSize]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return pdu{}, err
	}
	size := binary.BigEndian.Uint32(head[:])
	if size < headerSize || size > maxPDU {
		return pdu{}, fmt.Errorf("%w: of %d bytes", errPDU, size)
	}
	p := pdu{
		command:  command(binary.BigEndian.Uint32(head[4:])),
		status:   status(binary.BigEndian.Uint32(head[8:])),
		sequence: binary.BigEndian.Uint32(head[12:]),
		body:     make([]byte, size-headerSize),
	}
	if _, err := io.ReadFull(r, p.body); err != nil {
		return pdu{}, fmt.Errorf("body of a PDU: %w", err)
	}
	return p, nil
}

// bytes is the packet as it travels.
func (p *pdu) bytes() []byte {
	b := binary.BigEndian.AppendUint32(make([]byte, 0, headerSize+len(p.body)), uint32(headerSize+len(p.body)))
	b = binary.BigEndian.AppendUint32(b, uint32(p.command))
	b = binary.BigEndian.AppendUint32(b, uint32(p.status))
	b = binary.BigEndian.AppendUint32(b, p.sequence)
	return append(b, p.body...)
}

// appendText adds a C-octet string.
func appendText(b []byte, s string) []byte { return append(append(b, s...), 0) }

// appendOption adds an optional parameter (section 3.2.4.1).
func appendOption(b []byte, t tag, value []byte) []byte {
	b = binary.BigEndian.AppendUint16(b, uint16(t))
	b = binary.BigEndian.AppendUint16(b, uint16(len(value)))
	return append(b, value...)
}

// tag names an optional parameter (section 5.3.2).
type tag uint16

// The optional parameters that are read or written here.
const (
	receiptedMessage tag = 0x001e
	userReference    tag = 0x0204
	sarReference     tag = 0x020c
	sarTotal         tag = 0x020e
	sarSequence      tag = 0x020f
	networkError     tag = 0x0423
	messagePayload   tag = 0x0424
	messageState     tag = 0x0427
)

// cursor reads the fields of a body one after another. Once one is wrong, err is set and the rest is empty.
type cursor struct {
	rest []byte
	err  error
}

// text reads a C-octet string of at most limit bytes, its end included.
func (c *cursor) text(limit int) string {
	for i := range min(limit, len(c.rest)) {
		if c.rest[i] == 0 {
			s := string(c.rest[:i])
			c.rest = c.rest[i+1:]
			return s
		}
	}
	c.fail()
	return ""
}

func (c *cursor) octet() byte {
	if b := c.octets(1); len(b) == 1 {
		return b[0]
	}
	return 0
}

func (c *cursor) octets(n int) []byte {
	if n > len(c.rest) {
		c.fail()
		return nil
	}
	b := c.rest[:n]
	c.rest = c.rest[n:]
	return b
}

// options reads the optional parameters, which end the body. Of one that stands twice the first counts.
func (c *cursor) options() map[tag][]byte {
	found := map[tag][]byte{}
	for len(c.rest) > 0 && c.err == nil {
		head := c.octets(4)
		if c.err != nil {
			break
		}
		t := tag(binary.BigEndian.Uint16(head))
		value := c.octets(int(binary.BigEndian.Uint16(head[2:])))
		if _, twice := found[t]; !twice && c.err == nil {
			found[t] = value
		}
	}
	return found
}

func (c *cursor) fail() {
	c.rest = nil
	if c.err == nil {
		c.err = errors.New("a field is cut short or too long")
	}
}
