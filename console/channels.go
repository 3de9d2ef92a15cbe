package console

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/access"
	"github.com/aparte-dev/aparte/channel"
)

// channelsView is by which doors messages leave.
type channelsView struct {
	Lines []channelLine
	Mails bool // e-mail leaves: a test can be sent
	To    string
	Done  string
	Said  string
}

type channelLine struct {
	Channel aparte.Channel
	Open    bool
	Spoken  bool // the brand has something to say on it
}

// outward are the channels that need a door.
var outward = []aparte.Channel{aparte.Email, aparte.MobilePush, aparte.WebPush, aparte.SMS}

func (s *console) sender(c aparte.Channel) channel.Sender {
	for _, one := range s.Senders {
		if one.Channel() == c {
			return one
		}
	}
	return nil
}

func (s *console) channels(w http.ResponseWriter, r *http.Request) {
	s.showChannels(w, r, http.StatusOK, channelsView{})
}

func (s *console) showChannels(w http.ResponseWriter, r *http.Request, status int, v channelsView) {
	var spoken []aparte.Channel
	if plan := s.Engine.Plan(); plan != nil {
		spoken = channelsOf(plan.Brand())
	}
	for _, c := range outward {
		v.Lines = append(v.Lines, channelLine{c, s.sender(c) != nil, slices.Contains(spoken, c)})
	}
	v.Mails = s.sender(aparte.Email) != nil
	if u, _ := access.UserOf(r.Context()); v.To == "" {
		v.To = u.Email
	}
	page := s.view(r, "channels", v)
	page.Here = "/console/channels"
	s.answer(w, status, "channels", "frame.html", page)
}

// testWithin is how long a mail server may take over a test.
const testWithin = 30 * time.Second

// testMail sends a mail that says nothing but that it arrived.
func (s *console) testMail(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r, maxAccessForm) {
		return
	}
	lang := language(r)
	v := channelsView{To: strings.TrimSpace(r.PostForm.Get("to"))}
	to, err := access.Address(v.To)
	door := s.sender(aparte.Email)
	if err != nil || door == nil {
		v.Said = word(lang, "account.email.wrong")
		s.showChannels(w, r, http.StatusUnprocessableEntity, v)
		return
	}
	m := channel.Message{Key: "test-" + s.Now().UTC().Format("20060102T150405.000000"), To: to, Subject: word(lang, "channels.test.subject"), Text: word(lang, "channels.test.text")}
	if plan := s.Engine.Plan(); plan != nil && plan.Brand().Sender.Address != "" {
		m.From = plan.Brand().Sender.Address
	}
	ctx, cancel := context.WithTimeout(r.Context(), testWithin)
	defer cancel()
	if err := door.Send(ctx, &m); err != nil {
		v.Said = word(lang, "channels.test.failed")
		if failure := (*channel.Failure)(nil); errors.As(err, &failure) {
			v.Said += " " + refusal(lang, failure.Error())
		}
		s.showChannels(w, r, http.StatusBadGateway, v)
		return
	}
	v.Done = "channels.test.done"
	s.showChannels(w, r, http.StatusOK, v)
}
