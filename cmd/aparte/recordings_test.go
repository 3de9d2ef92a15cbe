package main

import (
	"bufio"
	"compress/gzip"
	"encoding/base64"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// recorded is one request of a recording: a line of JSON.
type recorded struct {
	Method  string            `json:"method"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
	Raw     string            `json:"raw_base64"`
	Body    jsonText          `json:"body"`
}

// jsonText is JSON as it stands.
type jsonText []byte

// UnmarshalJSON keeps a copy.
func (j *jsonText) UnmarshalJSON(b []byte) error { *j = slices.Clone(b); return nil }

// recordingsAreTaken replays the requests of Segment's libraries and of our own tag, twice over: what is counted is every messageId, once.
func recordingsAreTaken(c child) {
	testdata := filepath.Join("..", "..", "api", "testdata")
	segment, err := filepath.Glob(filepath.Join(testdata, "segment", "*.jsonl.gz"))
	if err != nil || len(segment) == 0 {
		c.t.Fatalf("no recordings of Segment's libraries (%v)", err)
	}
	for _, path := range append(segment, filepath.Join(testdata, "tag.jsonl")) {
		requests := recording(c.t, path)
		distinct := map[string]bool{}
		before := eventsFrom(c, "web")
		for range 2 {
			for _, r := range requests {
				r.replay(c)
				for _, m := range messageID.FindAllSubmatch(r.Body, -1) {
					distinct[string(m[1])] = true
				}
			}
		}
		if kept := eventsFrom(c, "web") - before; kept != len(distinct) || kept == 0 {
			c.t.Errorf("%s: kept %d events of %d distinct messageIds", filepath.Base(path), kept, len(distinct))
		}
	}
	if ann, anonymous := c.person("email:ann@example.com"), c.person("anonymousId:anon-1"); ann.ID != anonymous.ID || ann.Orders.Count != 1 {
		c.t.Errorf("who ordered is %+v, and %s while unknown", ann, anonymous.ID)
	}
}

var messageID = regexp.MustCompile(`"messageId":\s*"([^"]+)"`)

func recording(t *testing.T, path string) []recorded {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var from io.Reader = file
	if strings.HasSuffix(path, ".gz") {
		if from, err = gzip.NewReader(file); err != nil {
			t.Fatal(err)
		}
	}
	var out []recorded
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		out = append(out, decoded[recorded](t, lines.Bytes()))
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// recordedKey is any of the write keys that the recordings were made with.
var recordedKey = regexp.MustCompile(`wk_test_[a-z_]+`)

// replay plays a request again with the demo's key in the place of its own.
func (r *recorded) replay(c child) {
	c.t.Helper()
	body := []byte(r.Body)
	if r.Raw != "" {
		var err error
		if body, err = base64.StdEncoding.DecodeString(r.Raw); err != nil {
			c.t.Fatal(err)
		}
	}
	body = recordedKey.ReplaceAll(body, []byte(demoWriteKey))
	var headers []string
	for name, value := range r.Headers {
		switch strings.ToLower(name) {
		case "authorization":
			value = basic(demoWriteKey)
		case "host", "connection", "content-length", "accept-encoding":
			continue // the connection's own
		}
		headers = append(headers, name, value)
	}
	a, err := c.ask(r.Method, r.URL, "", body, headers...)
	if err != nil || a.status/100 != 2 {
		c.t.Errorf("%s %s answered %d %s (%v)", r.Method, r.URL, a.status, a.body, err)
	}
	if asked := r.Headers["access-control-request-headers"]; r.Method == http.MethodOptions && a.header.Get("Access-Control-Allow-Headers") != asked {
		c.t.Errorf("preflight for %q allows %q", asked, a.header.Get("Access-Control-Allow-Headers"))
	}
}
