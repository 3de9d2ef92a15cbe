package api

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// ping is a batch of n events.
func ping(n int) string {
	one := `{"type":"track","userId":"u","event":"Ping"}`
	return `{"batch":[` + strings.TrimSuffix(strings.Repeat(one+",", n), ",") + `]}`
}

func TestAPublicKeyHasAnAllowance(t *testing.T) {
	now := noon
	h, err := New(Config{Engine: newFakeEngine(t), Keys: testKeys, RateLimit: 10, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		after      time.Duration
		key, path  string
		body       string
		status     int
		retryAfter string
	}{
		{0, "wk", "/v1/batch", ping(4), 200, ""},
		{0, "wk", "/v1/batch", ping(30), 200, ""}, // more than there is, but there is some
		{0, "wk", "/v1/batch", ping(1), 429, "3"},
		{0, "wk", "/v1/decide", `{"person":{"userId":"u"},"slots":["hero"]}`, 429, "3"},
		{0, "sk", "/v1/batch", ping(100), 200, ""}, // a server's own key has no bound
		{2 * time.Second, "wk", "/v1/track", `{"userId":"u","event":"E"}`, 429, "1"},
		{time.Second, "wk", "/v1/decide", `{"person":{"userId":"u"},"slots":["hero"]}`, 200, ""},
		{time.Hour, "wk", "/v1/batch", ping(10), 200, ""}, // a second's worth is kept, not an hour's
		{0, "wk", "/v1/moment", `{"event":{"type":"track","userId":"u","event":"E"},"slots":["hero"]}`, 429, "1"},
	} {
		now = now.Add(step.after)
		w := call(h, "POST", step.path, step.key, step.body)
		if w.Code != step.status || w.Header().Get("Retry-After") != step.retryAfter {
			t.Errorf("%s by %s at %s: answered %d %s, Retry-After %q; want %d, %q", step.path, step.key, now.Format(time.TimeOnly),
				w.Code, w.Body, w.Header().Get("Retry-After"), step.status, step.retryAfter)
		}
	}
}

// Whatever is asked for and when, no more passes than the rate allows, one request's overdraft aside.
func TestNoMorePassesThanTheRateAllows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := rapid.IntRange(1, 50).Draw(t, "rate")
		start := noon
		a, now, passed, largest := limit{rate: rate}.allowance(start), start, 0, 0
		for range rapid.IntRange(1, 60).Draw(t, "requests") {
			now = now.Add(time.Duration(rapid.IntRange(0, 2000).Draw(t, "ms")) * time.Millisecond)
			n := rapid.IntRange(1, 100).Draw(t, "n")
			if a.take(now, n) == nil {
				passed, largest = passed+n, max(largest, n)
			}
		}
		most := float64(rate)*(1+now.Sub(start).Seconds()) + float64(largest)
		if float64(passed) > most+1e-6 {
			t.Fatalf("%d passed, at most %v may", passed, most)
		}
	})
}

// Nodes that come and go let through together, of what reaches them evenly, what one would; and each some of it, though it be less than one a second.
func TestNodesShareAnAllowance(t *testing.T) {
	nodes, now := 1, noon
	l := limit{rate: 2, nodes: func() int { return nodes }}
	var at [4]*allowance
	for i := range at {
		at[i] = l.allowance(now)
	}
	for _, nodes = range []int{1, 4, 2, 3} {
		now = now.Add(time.Minute)
		for i := range at {
			_ = at[i].take(now, 1) // by now it knows
		}
		passed := make([]int, nodes)
		const minutes = 5
		for range minutes * 60 * 10 {
			now = now.Add(100 * time.Millisecond)
			for i := range nodes {
				if at[i].take(now, 1) == nil {
					passed[i]++
				}
			}
		}
		sum := 0
		for i, n := range passed {
			if sum += n; n < minutes*60*2/nodes*9/10 { // who asks ten times a second waits a tenth longer than it takes
				t.Errorf("of %d nodes the %d. let %d through", nodes, i+1, n)
			}
		}
		if most := minutes*60*2 + 3*nodes; sum > most {
			t.Errorf("%d nodes let %d through, at most %d may", nodes, sum, most)
		}
	}
}

func TestMetricsAreForTheHostAndForSecretKeys(t *testing.T) {
	h, _ := testDoors(t)
	for _, c := range []struct {
		from, forwarded, key string
		want                 int
	}{
		{"127.0.0.1:5", "", "", 200}, {"[::1]:5", "", "", 200}, {"127.0.0.1:5", "", "wk", 200},
		{"203.0.113.9:5", "", "", 401}, {"203.0.113.9:5", "", "wk", 403}, {"203.0.113.9:5", "", "sk", 200},
		{"127.0.0.1:5", "X-Forwarded-For", "", 401}, {"127.0.0.1:5", "Forwarded", "", 401}, {"127.0.0.1:5", "Via", "", 401},
		{"127.0.0.1:5", "X-Forwarded-For", "sk", 200}, {"203.0.113.9:5", "X-Forwarded-For", "", 401},
	} {
		r := httptest.NewRequest("GET", "/metrics", nil)
		r.RemoteAddr = c.from
		if c.forwarded != "" {
			r.Header.Set(c.forwarded, "127.0.0.1")
		}
		if c.key != "" {
			r.Header.Set("Authorization", "Bearer "+c.key)
		}
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != c.want {
			t.Errorf("%s: answered %d", fmt.Sprint(c), w.Code)
		}
	}
}
