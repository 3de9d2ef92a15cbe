package channel_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte/channel"
)

func TestBackoffGrowsAndStaysWithinAQuarterOfTheSchedule(t *testing.T) {
	want := []time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 8 * time.Hour, 24 * time.Hour}
	for i, wait := range want {
		if got := channel.Backoff(i+1, nil); got != wait {
			t.Errorf("wait after attempt %d = %v, want %v", i+1, got, wait)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		attempt := rapid.Int().Draw(t, "attempt")
		seed := rapid.Uint64().Draw(t, "seed")
		base := want[min(max(attempt, 1), len(want))-1]
		got := channel.Backoff(attempt, rand.New(rand.NewPCG(seed, 0)))
		if got < base || got > base+base/4 {
			t.Fatalf("wait %v is outside [%v, %v]", got, base, base+base/4)
		}
		if again := channel.Backoff(attempt, rand.New(rand.NewPCG(seed, 0))); again != got {
			t.Fatalf("same generator gave %v then %v", got, again)
		}
	})
}

func TestCheckRefusesWhatNoChannelMaySend(t *testing.T) {
	sound := channel.Message{Key: "d_1", To: "ada@example.com", Subject: "Bonjour", Text: "Bonjour"}
	for name, test := range map[string]struct {
		spoil  func(*channel.Message)
		reason string // empty: it may leave
	}{
		"a sound message":         {func(*channel.Message) {}, ""},
		"HTML alone":              {func(m *channel.Message) { m.Text, m.HTML = "", "<p>" }, ""},
		"line breaks in the body": {func(m *channel.Message) { m.Text = "a\r\nb\n.\n" }, ""},
		"no key":                  {func(m *channel.Message) { m.Key = "" }, "no key"},
		"a long key":              {func(m *channel.Message) { m.Key = strings.Repeat("k", channel.MaxKey+1) }, "key is over"},
		"a key with a blank":      {func(m *channel.Message) { m.Key = "a b" }, "visible ASCII"},
		"a key with an accent":    {func(m *channel.Message) { m.Key = "é" }, "visible ASCII"},
		"no address":              {func(m *channel.Message) { m.To = "" }, "no address"},
		"nothing to say":          {func(m *channel.Message) { m.Text = "" }, "says nothing"},
		"too much to say":         {func(m *channel.Message) { m.HTML = strings.Repeat("a", channel.MaxBody+1) }, "body is over"},
		"a header by the subject": {func(m *channel.Message) { m.Subject = "Hi\r\nBcc: eve@example.com" }, "subject holds a line break"},
		"a bare line feed":        {func(m *channel.Message) { m.From = "a\nb" }, "from holds a line break"},
		"a bare return":           {func(m *channel.Message) { m.ReplyTo = "a\rb" }, "reply-to holds a line break"},
		"a zero byte":             {func(m *channel.Message) { m.To = "a\x00b" }, "to holds a line break"},
		"an address with a break": {func(m *channel.Message) { m.To = "a@b>\r\nDATA" }, "to holds a line break"},
		"an unsubscribe break":    {func(m *channel.Message) { m.Unsubscribe = "https://x\r\n" }, "unsubscribe holds a line break"},
		"a header with a break": {func(m *channel.Message) {
			m.Headers = []channel.Header{{Name: "X-A", Value: "1\n2"}}
		}, "header 0 holds a line break"},
		"too many headers": {func(m *channel.Message) {
			m.Headers = make([]channel.Header, channel.MaxHeaders+1)
		}, "headers"},
		"a long subject": {func(m *channel.Message) { m.Subject = strings.Repeat("a", channel.MaxLine+1) }, "subject is over"},
	} {
		t.Run(name, func(t *testing.T) {
			m := sound
			test.spoil(&m)
			err := m.Check()
			if test.reason == "" {
				if err != nil {
					t.Fatalf("refused: %v", err)
				}
				return
			}
			var failure *channel.Failure
			if !errors.As(err, &failure) {
				t.Fatalf("error %v is no Failure", err)
			}
			if failure.Temporary || failure.Suppress || !strings.Contains(failure.Reason, test.reason) {
				t.Errorf("failure %+v, want a permanent one with %q", failure, test.reason)
			}
		})
	}
}

func ExampleFailure() {
	// What a door answers when the address does not exist.
	err := fmt.Errorf("send d_1: %w", &channel.Failure{
		Suppress: true, Code: 550, EnhancedCode: "5.1.1", Reason: "no such mailbox",
	})

	var failure *channel.Failure
	if errors.As(err, &failure) && !failure.Temporary {
		fmt.Println("dead letter:", failure)
		fmt.Println("never write there again:", failure.Suppress)
	}
	// Output:
	// dead letter: permanent failure: no such mailbox (550 5.1.1)
	// never write there again: true
}

func ExampleFailure_cancelled() {
	err := error(&channel.Failure{Temporary: true, Reason: "send was given up", Err: context.Canceled})
	fmt.Println(err)
	fmt.Println(errors.Is(err, context.Canceled))
	// Output:
	// temporary failure: send was given up: context canceled
	// true
}

func ExampleBackoff() {
	for attempt := 1; attempt < channel.MaxAttempts; attempt++ {
		fmt.Println(attempt, channel.Backoff(attempt, nil))
	}
	// Output:
	// 1 1m0s
	// 2 5m0s
	// 3 30m0s
	// 4 2h0m0s
	// 5 8h0m0s
	// 6 24h0m0s
}

func TestAKeywordIsAWholeMessageHoweverItIsWritten(t *testing.T) {
	for text, want := range map[string]channel.Keyword{
		"STOP": channel.Stop, " stop. ": channel.Stop, "Arrêt": channel.Stop, "ARRE\u0302T !": channel.Stop, "stop 36180": channel.Stop, "Se désabonner": "",
		"désabonnement": channel.Stop, "Stop\nall": channel.Stop, "start": channel.Start, "AIDE ?": channel.Help, "": "", "!!!": "",
		"stop it, she said": "", "please stop": "", "stop 36180 now": "", "nonstop": "", strings.Repeat("stop ", 50): "",
	} {
		if got := channel.KeywordOf(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

func FuzzKeyword(f *testing.F) {
	f.Add("Arrêt !")
	f.Add("STOP 36180")
	f.Fuzz(func(t *testing.T, text string) {
		word := channel.KeywordOf(text)
		if again := channel.KeywordOf(" " + strings.ToLower(text) + "."); len(text) < 30 && strings.EqualFold(strings.ToLower(text), text) && again != word && strings.ToValidUTF8(text, "") == text {
			t.Errorf("%q is %q, in other case %q", text, word, again)
		}
	})
}
