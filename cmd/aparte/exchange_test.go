package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte/exchange/dump"
	"github.com/aparte-dev/aparte/exchange/load"
	"github.com/aparte-dev/aparte/exchange/record"
)

// into imports files of events into a store.
func into(t *rapid.T, store string, files ...string) *load.Result {
	client, done, err := openInside(context.Background(), store, ".")
	if err != nil {
		t.Fatal(err)
	}
	r, err := (&load.Load{Kind: load.Events, Files: files, Door: client}).Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if err := done(); err != nil {
		t.Fatal(err)
	}
	return r
}

// outOf exports a store.
func outOf(t *rapid.T, store, kind, to string) {
	archive, done, err := openArchive(t.Context(), store, "")
	if err != nil {
		t.Fatal(err)
	}
	d := dump.Dump{Kind: kind, Format: record.FormatOf(to), To: to, Identifiers: true, Source: &kept{archive: archive}}
	if _, err := d.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := done(); err != nil {
		t.Fatal(err)
	}
}

// linesWithout are the lines of a file without some members.
func linesWithout(t *rapid.T, path string, without ...string) []string {
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]any
	for line := range strings.Lines(string(body)) {
		var row map[string]any
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	return rowsOf(rows, without...)
}

// drawStory draws the events of a few people who share devices, log in, buy and send things back.
func drawStory(t *rapid.T) string {
	start := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	var text strings.Builder
	for i := range rapid.IntRange(1, 25).Draw(t, "events") {
		user := rapid.SampledFrom([]string{"", "u1", "u2", "ü 3"}).Draw(t, "user")
		device := rapid.SampledFrom([]string{"d1", "d2", "d3"}).Draw(t, "device")
		e := map[string]any{
			"anonymousId": device, "timestamp": start.Add(time.Duration(i) * time.Hour).Format(time.RFC3339Nano),
			"messageId": fmt.Sprintf("m%d", i),
		}
		if user != "" {
			e["userId"] = user
		}
		switch rapid.IntRange(0, 3).Draw(t, "what") {
		case 0:
			e["type"], e["name"] = "page", rapid.SampledFrom([]string{"Home", "=1+1", `"quoted"`}).Draw(t, "page")
		case 1:
			e["type"] = "identify"
			e["traits"] = map[string]any{"city": rapid.SampledFrom([]string{"Lyon", "Orléans", "a,b;c\nd"}).Draw(t, "city"), "age": rapid.IntRange(1, 99).Draw(t, "age")}
		default:
			e["type"], e["event"] = "track", rapid.SampledFrom([]string{"Order Completed", "Order Refunded", "Product Viewed"}).Draw(t, "event")
			e["properties"] = map[string]any{"order_id": fmt.Sprint("o", rapid.IntRange(0, 3).Draw(t, "order")), "revenue": rapid.IntRange(0, 500).Draw(t, "revenue"), "product_id": "p1"}
		}
		line, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		text.Write(append(line, '\n'))
	}
	return text.String()
}

// Whatever happened, what is exported and imported elsewhere makes the same events and the same people there.
func TestWhateverHappenedIsTheSameElsewhere(t *testing.T) {
	dir, n := t.TempDir(), 0
	rapid.Check(t, func(t *rapid.T) {
		if n++; n > 6 {
			return // each takes three stores
		}
		at := func(name string) string { return filepath.Join(dir, fmt.Sprint(n, "-", name)) }
		if err := os.WriteFile(at("story.ndjson"), []byte(drawStory(t)), 0o600); err != nil {
			t.Fatal(err)
		}
		into(t, at("from"), at("story.ndjson"))
		format := rapid.SampledFrom([]string{"ndjson", "parquet"}).Draw(t, "format")
		outOf(t, at("from"), "events", at("events."+format))
		if r := into(t, at("to"), at("events."+format)); r.Aside != 0 || r.Repeated != 0 {
			t.Fatalf("%+v", r)
		}
		for kind, without := range map[string][]string{
			"events": {"person", "seq", "receivedAt", "source"},
			"people": {"id", "goodwill", "counters", "affinities", "lifecycle"}, // as of when they are told
		} {
			outOf(t, at("from"), kind, at(kind+"-from.ndjson"))
			outOf(t, at("to"), kind, at(kind+"-to.ndjson"))
			if diff := cmp.Diff(linesWithout(t, at(kind+"-from.ndjson"), without...), linesWithout(t, at(kind+"-to.ndjson"), without...)); diff != "" {
				t.Fatalf("%s\n%s", kind, diff)
			}
		}
	})
}
