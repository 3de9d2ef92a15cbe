package smpp

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel"
)

// ears tell the listener what a session hears, several at a time, those of one person in order. What is more than they can hold
// the message centre is asked to say again.
type ears struct {
	session *session
	lines   [8]chan heard // by person
}

// heard is one delivery with the request it came by.
type heard struct {
	request  pdu
	delivery delivery
}

const (
	lineLength  = 64
	hearTimeout = 20 * time.Second
)

func newEars(c *session) *ears {
	e := &ears{session: c}
	for i := range e.lines {
		e.lines[i] = make(chan heard, lineLength)
		c.running.Go(func() { e.attend(e.lines[i]) })
	}
	return e
}

// hear takes in a deliver_sm. It does not wait: answers to what we send come by the same connection.
func (e *ears) hear(p *pdu) {
	d, err := readDelivery(p.body)
	if err != nil {
		e.session.settings.Logger.Warn("what the message centre delivers cannot be read", "error", err)
		e.session.reply(p, deliverSM|answer, notTakenEver, []byte{0})
		return
	}
	h := fnv.New32a()
	h.Write([]byte(d.from))
	select {
	case e.lines[h.Sum32()%uint32(len(e.lines))] <- heard{*p, d}:
	default:
		e.session.reply(p, deliverSM|answer, notTakenNow, []byte{0})
	}
}

// attend tells the listener what comes by one line until the session ends.
func (e *ears) attend(line <-chan heard) {
	var texts joined
	for {
		select {
		case h := <-line:
			e.session.reply(&h.request, deliverSM|answer, e.tell(&texts, &h.delivery), []byte{0})
		case <-e.session.ended:
			return
		}
	}
}

// tell tells the listener of one delivery, and what is to be answered.
func (e *ears) tell(texts *joined, d *delivery) status {
	s := e.session.settings
	ctx, cancel := context.WithTimeout(context.Background(), hearTimeout)
	defer cancel()
	var err error
	switch {
	case d.kept || d.binary:
		return statusOK
	case d.receipt:
		r, ok := s.report(d)
		if !ok {
			return statusOK
		}
		err = s.Listener.Reported(ctx, &r)
	default:
		text, of, whole := texts.add(d, s.Now())
		if !whole {
			return statusOK
		}
		if err = s.Listener.Replied(ctx, s.reply(d, text)); err == nil {
			texts.drop(of) // not before: of what is not taken only the last part comes again
		}
	}
	switch {
	case err == nil:
		return statusOK
	case !errors.Is(err, channel.ErrEarly):
		s.Logger.Error("what the message centre said could not be noted: it is asked to say it again", "error", err)
	}
	return notTakenNow
}

// reply is what somebody wrote. SMPP gives it no name that would be the same when it is delivered again, as a message centre does
// that heard no answer: within a few minutes the same words of the same person are the same reply.
func (s *settings) reply(d *delivery, text string) *channel.Reply {
	now := s.Now().UTC()
	from := "+" + strings.TrimPrefix(d.from, "+")
	hash := sha256.Sum256([]byte(from + "\x00" + d.to + "\x00" + text + "\x00" + now.Truncate(sameReply).Format(time.RFC3339)))
	return &channel.Reply{Channel: aparte.SMS, ID: hex.EncodeToString(hash[:16]), From: from, To: d.to, Text: text, At: now}
}

const sameReply = 5 * time.Minute

// joined puts texts together that came in parts. What is not whole after a while, or too much of it, is forgotten.
type joined struct {
	open []*joining // oldest first
}

type joining struct {
	from, to string
	whole    uint16
	parts    []string
	have     uint16 // bit i: the part i
	since    time.Time
}

const (
	mostJoinings = 64
	joinWithin   = 10 * time.Minute
)

// add takes in a part, and returns the text where it is whole, with what it was put together from.
func (j *joined) add(d *delivery, now time.Time) (text string, of *joining, whole bool) {
	if d.parts == 0 {
		return d.text, nil, true
	}
	of = j.find(d, now)
	of.parts[d.part-1], of.have = d.text, of.have|1<<(d.part-1)
	if of.have != 1<<d.parts-1 {
		return "", of, false
	}
	return strings.Join(of.parts, ""), of, true
}

// find is what a part belongs to.
func (j *joined) find(d *delivery, now time.Time) *joining {
	for len(j.open) > 0 && (now.Sub(j.open[0].since) > joinWithin || len(j.open) >= mostJoinings) {
		j.open = j.open[1:]
	}
	for _, of := range j.open {
		if of.from == d.from && of.to == d.to && of.whole == d.whole && len(of.parts) == d.parts {
			return of
		}
	}
	of := &joining{from: d.from, to: d.to, whole: d.whole, parts: make([]string, d.parts), since: now}
	j.open = append(j.open, of)
	return of
}

// drop forgets what was told.
func (j *joined) drop(of *joining) {
	j.open = slices.DeleteFunc(j.open, func(other *joining) bool { return other == of })
}
