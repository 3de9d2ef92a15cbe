package api

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aparte-dev/aparte"
)

// recorded is one request of a recording: a line of JSON.
type recorded struct {
	Method  string            `json:"method"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
	Raw     string            `json:"raw_base64"`
	Body    json.RawMessage   `json:"body"`
}

func readRecording(t *testing.T, path string) []recorded {
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
		var r recorded
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		out = append(out, r)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// send plays one request again, byte for byte as far as the recording has it.
func (rec *recorded) send(t *testing.T, h http.Handler) *httptest.ResponseRecorder {
	t.Helper()
	body := []byte(rec.Body)
	if rec.Raw != "" {
		raw, err := base64.StdEncoding.DecodeString(rec.Raw)
		if err != nil {
			t.Fatal(err)
		}
		body = raw
	}
	r := httptest.NewRequest(rec.Method, rec.URL, bytes.NewReader(body))
	for name, value := range rec.Headers {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// messageIDs are the distinct ones in a request's body.
func (rec *recorded) messageIDs(into map[string]bool) {
	type named struct{ MessageID string }
	var body struct {
		named
		Event any // the name of a track call, or the event of a moment
		Batch []named
	}
	_ = json.Unmarshal(rec.Body, &body) // a preflight has none
	if event, ok := body.Event.(map[string]any); ok {
		body.MessageID, _ = event["messageId"].(string)
	}
	for _, e := range append(body.Batch, body.named) {
		if e.MessageID != "" {
			into[e.MessageID] = true
		}
	}
}

// replay plays a recording against fresh doors: every POST is answered 2xx, every preflight allows what
// it asked for, and what is kept is every event, once.
func replay(t *testing.T, path string) []aparte.Event {
	t.Helper()
	f := newFakeEngine(t)
	h, err := New(Config{Engine: f, Keys: []Key{
		{Name: "node", Value: "wk_test_segment_node"}, {Name: "browser", Value: "wk_test_segment_web"},
		{Name: "tag", Value: "wk_test_tag"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	distinct := map[string]bool{}
	for i, rec := range readRecording(t, path) {
		w := rec.send(t, h)
		switch {
		case rec.Method == http.MethodOptions:
			asked := rec.Headers["access-control-request-headers"]
			if w.Code/100 != 2 || w.Header().Get("Access-Control-Allow-Headers") != asked || w.Header().Get("Access-Control-Allow-Origin") != "*" {
				t.Errorf("request %d: preflight for %q answered %d %v", i, asked, w.Code, w.Header())
			}
		case w.Code/100 != 2:
			t.Errorf("request %d: %s %s answered %d %s", i, rec.Method, rec.URL, w.Code, w.Body)
		default:
			rec.messageIDs(distinct)
		}
	}
	kept := f.kept()
	if len(kept) != len(distinct) || len(kept) == 0 {
		t.Errorf("kept %d events of %d distinct messageIds", len(kept), len(distinct))
	}
	return kept
}

// TestRecordedRequestsOfSegmentsOwnLibrariesAreTaken replays what @segment/analytics-node and
// @segment/analytics-next really sent.
func TestRecordedRequestsOfSegmentsOwnLibrariesAreTaken(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "segment", "*.jsonl.gz"))
	if err != nil || len(files) != 5 {
		t.Fatalf("%d recordings (%v)", len(files), err)
	}
	for _, path := range files {
		name := strings.TrimSuffix(filepath.Base(path), ".jsonl.gz")
		t.Run(name, func(t *testing.T) {
			orders := 0
			for _, e := range replay(t, path) {
				if e.Name == "Order Completed" && bytes.Contains(e.Properties, []byte(`"order_id"`)) {
					orders++
				}
			}
			want := map[string]int{"node-basic": 1, "web-standard": 1, "web-batching": 1}[name]
			if orders != want {
				t.Errorf("kept %d orders, want %d", orders, want)
			}
		})
	}
}

func TestTheTagsOwnRequestsAreTaken(t *testing.T) {
	kept := replay(t, filepath.Join("testdata", "tag.jsonl"))
	names := map[string]int{}
	for _, e := range kept {
		names[string(e.Type)+" "+e.Name]++
	}
	for _, want := range []string{"page ", "identify ", "track Product Viewed", "track Order Completed", "group ", "alias ", "screen Cart"} {
		if names[want] != 1 {
			t.Errorf("kept %d of %q", names[want], want)
		}
	}
}
