package smpp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/aparte-dev/aparte/gsm"
)

// delivery is a message from the message centre: what somebody wrote, or a receipt.
type delivery struct {
	from, to string // digits or a name, as they came
	receipt  bool
	kept     bool // neither: an acknowledgement by a phone, or that a message is still on its way
	text     string
	binary   bool // the text is none: data for a phone

	reference   string // of a receipt, where an option tells
	state       byte
	networkCode int // GSM's; 0: not told

	part, parts int // of a text in several; 0, 0: whole
	whole       uint16
}

// Values of esm_class (section 5.2.12), from the message centre.
const (
	typeOfMessage    = 0x3c
	ordinaryMessage  = 0x00
	deliveryReceipt  = 0x04
	gsmNetwork       = 3 // network_error_code (section 5.3.2.31)
	asciiCoding      = 0x01
	latin1Coding     = 0x03
	maxDelivered     = 10 // parts of one text that are put together
	maxAddressDigits = 21
)

// readDelivery reads the body of a deliver_sm (section 4.6.1).
func readDelivery(body []byte) (delivery, error) {
	var d delivery
	c := cursor{rest: body}
	c.text(6)
	c.octets(2)
	d.from = c.text(maxAddressDigits)
	c.octets(2)
	d.to = c.text(maxAddressDigits)
	class := c.octet()
	c.octets(2)
	c.text(17)
	c.text(17)
	c.octets(2)
	coding := c.octet()
	c.octet()
	text := c.octets(int(c.octet()))
	options := c.options()
	if c.err != nil {
		return d, fmt.Errorf("deliver_sm: %w", c.err)
	}
	if payload, ok := options[messagePayload]; ok && len(text) == 0 {
		text = payload
	}
	switch class & typeOfMessage {
	case ordinaryMessage:
	case deliveryReceipt:
		d.receipt = true
	default:
		d.kept = true
	}
	if class&hasHeader != 0 {
		var err error
		if text, err = d.header(text); err != nil {
			return d, fmt.Errorf("deliver_sm: %w", err)
		}
	}
	d.options(options)
	d.text, d.binary = decoded(coding, text)
	return d, nil
}

// options takes in what optional parameters say.
func (d *delivery) options(o map[tag][]byte) {
	if v := o[receiptedMessage]; len(v) > 0 && len(v) <= maxID {
		d.reference = strings.TrimRight(string(v), "\x00")
	}
	if v := o[messageState]; len(v) == 1 {
		d.state = v[0]
	}
	if v := o[networkError]; len(v) == 3 && v[0] == gsmNetwork {
		d.networkCode = int(binary.BigEndian.Uint16(v[1:]))
	}
	if ref, total, seq := o[sarReference], o[sarTotal], o[sarSequence]; len(ref) == 2 && len(total) == 1 && len(seq) == 1 {
		d.join(binary.BigEndian.Uint16(ref), total[0], seq[0])
	}
}

// header reads the user data header that a text begins with, and returns the rest.
func (d *delivery) header(text []byte) ([]byte, error) {
	if len(text) == 0 || int(text[0]) >= len(text) {
		return nil, errors.New("its user data header is cut short")
	}
	head, rest := text[1:1+int(text[0])], text[1+int(text[0]):]
	for len(head) >= 2 {
		n := int(head[1])
		if n > len(head)-2 {
			return nil, errors.New("an element of its user data header is cut short")
		}
		switch v := head[2 : 2+n]; {
		case head[0] == joinedElement && n == 3:
			d.join(uint16(v[0]), v[1], v[2])
		case head[0] == joinedElement2 && n == 4:
			d.join(binary.BigEndian.Uint16(v), v[2], v[3])
		}
		head = head[2+n:]
	}
	return rest, nil
}

// join notes that the text is a part of a whole, where the numbers make sense; where they do not it stands by itself (3GPP TS
// 23.040, section 9.2.3.24.1).
func (d *delivery) join(whole uint16, parts, part byte) {
	if parts > 1 && parts <= maxDelivered && part >= 1 && part <= parts {
		d.whole, d.parts, d.part = whole, int(parts), int(part)
	}
}

// decoded is the text of octets (section 5.2.19).
func decoded(coding byte, b []byte) (text string, binary bool) {
	switch coding {
	case defaultCoding:
		return gsm.DecodeSeptets(b), false
	case asciiCoding:
		return strings.ToValidUTF8(string(b), "\ufffd"), false
	case latin1Coding:
		var s strings.Builder
		for _, c := range b {
			s.WriteRune(rune(c))
		}
		return s.String(), false
	case ucs2Coding:
		return gsm.DecodeUCS2(b), false
	}
	return "", true
}
