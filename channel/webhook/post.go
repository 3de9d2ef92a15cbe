package webhook

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/aparte-dev/aparte/channel"
)

// answer is what came of an attempt.
type answer struct {
	status int           // 0: there was no answer
	after  time.Duration // how long the endpoint asks to be left alone; 0: it does not say
	reason string        // why there was no answer, without what was sent or where; of a platform, the code by which it refused
}

func (a answer) taken() bool { return a.status >= 200 && a.status < 300 && a.reason == "" }

// String is what is shown of an answer.
func (a answer) String() string {
	if a.status == 0 {
		return a.reason
	}
	return strings.TrimSpace(strconv.Itoa(a.status) + " " + a.reason)
}

// post makes one attempt. traceparent says of which trace it is part; empty: of none.
func post(ctx context.Context, client *http.Client, to, id string, at time.Time, body []byte, secrets []string, traceparent string) answer {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return answer{reason: "the address cannot be used"}
	}
	h := r.Header
	h.Set("Content-Type", "application/json")
	h.Set("User-Agent", "Aparte-Webhooks/1")
	h.Set("webhook-id", id)
	h.Set("webhook-timestamp", strconv.FormatInt(at.Unix(), 10))
	h.Set("webhook-signature", sign(id, at, body, secrets))
	if traceparent != "" {
		h.Set("traceparent", traceparent)
	}
	a, _ := ask(client, r) // what it says is not ours to read
	return a
}

// ask makes one request, and reads the beginning of the answer so that the connection can be used again.
func ask(client *http.Client, r *http.Request) (a answer, said []byte) {
	res, err := client.Do(r)
	if err != nil {
		return answer{reason: channel.WhyNot(err)}, nil
	}
	defer res.Body.Close()
	said, _ = io.ReadAll(io.LimitReader(res.Body, 64<<10))
	a = answer{status: res.StatusCode}
	if seconds, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil && seconds > 0 {
		a.after = time.Duration(min(seconds, 3600)) * time.Second
	}
	return a, said
}
