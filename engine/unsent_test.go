package engine_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
)

// A brand may name channels that this server has no sender for: it is told who runs the server, and no message is lost there.
func TestAChannelWithoutASenderIsToldOfAndNothingIsSaidThere(t *testing.T) {
	mails := newDoor(aparte.Email)
	h := openStepped(t, mails)
	var log bytes.Buffer
	h.log = slog.New(slog.NewTextHandler(&log, nil))
	h.reopen()
	_, err := h.Publish(t.Context(), reachable())
	h.check(err)
	scenario := reachable().Scenarios[0].ID
	if diff := cmp.Diff([]engine.Unsent{{Scenario: scenario, Channel: aparte.SMS}}, h.Unsent()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	warned := func() int { return strings.Count(log.String(), "level=WARN") }
	if warned() != 1 || !strings.Contains(log.String(), fmt.Sprintf("scenario=%s channel=sms", scenario)) {
		t.Errorf("the log says %q", log.String())
	}
	if h.reopen(); warned() != 2 {
		t.Errorf("where it is served again, the log says %q", log.String())
	}
	for i := range 20 {
		h.leaveBasketReachedBoth(i)
	}
	h.pass(61 * time.Minute)
	h.pass(time.Minute)
	h.delivered()
	if len(mails.empty()) == 0 {
		t.Error("no mail left: the test shows nothing")
	}
	for i := range 20 {
		h.holdsNothingUnsent(i, aparte.SMS)
	}
	letters, err := h.DeadLetters(t.Context())
	h.check(err)
	if len(letters) != 0 {
		t.Errorf("%d messages were given up", len(letters))
	}
}

func TestAScenarioOfWhichNothingCanLeaveIsSilentAndSaysWhy(t *testing.T) {
	h := openStepped(t)
	_, err := h.Publish(t.Context(), reachable())
	h.check(err)
	h.leaveBasketReachedBoth(1)
	h.pass(61 * time.Minute)
	h.pass(time.Minute)
	d := h.holdsNothingUnsent(1, aparte.Email, aparte.SMS)
	if !d.Action.Silent() || d.Reasons[0].Code != aparte.NothingToSay {
		t.Errorf("it says %v, for %v", d.Action, d.Reasons)
	}
}

// leaveBasketReachedBoth has someone leave a basket who agreed to mails and to short messages.
func (h *stepped) leaveBasketReachedBoth(i int) {
	h.t.Helper()
	user := fmt.Sprint("u", i)
	h.leaveBasket(user)
	h.tell(identify(user, "", map[string]any{"phone": fmt.Sprintf("+3361234%04d", i), "consents": []map[string]any{
		{"purpose": "marketing", "channel": "sms", "granted": true},
	}}))
}

// holdsNothingUnsent is the decision of somebody's basket: it may take none of the channels, says why, and comes out the same again.
func (h *stepped) holdsNothingUnsent(i int, channels ...aparte.Channel) *aparte.Decision {
	h.t.Helper()
	for _, s := range h.story(fmt.Sprint("u", i)) {
		d := s.Decision
		if d == nil || !strings.HasPrefix(d.Trigger, "scenario:") {
			continue
		}
		for _, c := range channels {
			told := false
			for _, row := range d.Candidates {
				told = told || row.Action.Channel == c && row.Excluded == aparte.NoSender
				if row.Action.Channel == c && row.Excluded == "" {
					h.t.Errorf("%v may be said on %s", row.Action, c)
				}
			}
			if !told {
				h.t.Errorf("no candidate of %v tells that nothing sends on %s", d.Candidates, c)
			}
		}
		r, err := h.Replay(h.t.Context(), d.ID)
		h.check(err)
		if !r.Same {
			h.t.Errorf("it comes out otherwise: %v", r.Differences)
		}
		return d
	}
	h.t.Fatal("there was no moment")
	return nil
}
