package api

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
)

// kilobyteTrack is a track event of about 1 KB, as a browser sends it.
func kilobyteTrack(i int) string {
	return fmt.Sprintf(`{"timestamp":"2026-05-01T11:59:50.123Z","integrations":{"Segment.io":true},"type":"track","userId":"user-%d",`+
		`"anonymousId":"4828bf59-068b-4a00-82ce-21a3cf73a9d4","messageId":"ajs-next-1795425032593-bf59068b-8a00-42ce-a1a3-%012d","event":"Product Added",`+
		`"properties":{"cart_id":"c-9","product_id":"sku-1001","sku":"G-32","category":"Games","name":"Monopoly: 3rd Edition","brand":"Hasbro","variant":"200 pieces",`+
		`"price":18.99,"quantity":1,"coupon":"MAYDEALS","position":3,"currency":"USD","url":"https://shop.example.com/product/path"},`+
		`"context":{"page":{"path":"/shop/games","referrer":"https://www.example.com/","search":"?utm_source=newsletter","title":"Games","url":"https://shop.example.com/shop/games?utm_source=newsletter"},`+
		`"userAgent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36","locale":"en-US",`+
		`"library":{"name":"analytics.js","version":"npm:next-1.84.3"},"campaign":{"source":"newsletter","medium":"email","name":"spring"},"timezone":"UTC"},`+
		`"_metadata":{"bundled":["Segment.io"],"unbundled":[],"bundledIds":[]}}`, i%1000, i)
}

// BenchmarkIntakeParse: from a batch's body to the engine's events, by event.
func BenchmarkIntakeParse(b *testing.B) {
	for _, n := range []int{1, 100} {
		events := make([]string, n)
		for i := range events {
			events[i] = kilobyteTrack(i)
		}
		body := []byte(`{"batch":[` + strings.Join(events, ",") + `],"sentAt":"2026-05-01T11:59:59.123Z","writeKey":"wk"}`)
		b.Run(fmt.Sprintf("events=%d", n), func(b *testing.B) {
			s, r := &server{now: func() time.Time { return noon }, quality: testQuality(b)}, httptest.NewRequest("POST", "/v1/batch", nil)
			key := &ringKey{Key: Key{Source: "web"}}
			b.ReportAllocs()
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				in := intakes.Get().(*intake)
				if err := in.readBatch(body); err != nil {
					b.Fatal(err)
				}
				if got := s.settle(r, in, key, ""); len(got.Events) != n || len(got.problems) > 0 {
					b.Fatal(got.problems)
				}
				in.free()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/event")
		})
	}
}

// BenchmarkQuestionParse: from the body of /v1/decide to the engine's request.
func BenchmarkQuestionParse(b *testing.B) {
	body := []byte(`{"person":{"userId":"user-1","anonymousId":"4828bf59-068b-4a00-82ce-21a3cf73a9d4"},"surface":"web","slots":["hero"],` +
		`"context":{"device":"mobile","locale":"fr-FR","timezone":"Europe/Paris","page":{"path":"/tea","url":"https://shop.example/tea"},"category":"tea"}}`)
	b.ReportAllocs()
	for b.Loop() {
		q := questions.Get().(*question)
		if err := q.read(body); err != nil {
			b.Fatal(err)
		}
		if err := q.identify(""); err != nil {
			b.Fatal(err)
		}
		q.free()
	}
}

func benchAnswer() []engine.Answer {
	return []engine.Answer{testAnswer("hero", engine.Request{Channel: aparte.Web, Formats: engine.Formats{HTML: true}})}
}

// BenchmarkAnswerEncode: from the engine's answer to the body of /v1/decide.
func BenchmarkAnswerEncode(b *testing.B) {
	f := newFakeEngine(b)
	answers := benchAnswer()
	answers[0].HTML = strings.Repeat(`<a href="https://t.example/c/x"><img src="https://t.example/a.png" alt="Thé vert"></a>`, 12)
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst = appendAnswers(dst[:0], answers, f.plan, nil, false)
	}
	b.ReportMetric(float64(len(dst)), "bytes")
}

// instant is an engine that answers at once.
type instant struct {
	*fakeEngine
	answers []engine.Answer
}

func (e instant) Decide(context.Context, engine.Request) ([]engine.Answer, error) {
	return e.answers, nil
}

// BenchmarkDecideDoor is everything the door itself costs; BenchmarkEmptyDoor is a handler that answers
// the same bytes, to hold it against.
func BenchmarkDecideDoor(b *testing.B) {
	h, err := New(Config{Engine: instant{newFakeEngine(b), benchAnswer()}, Keys: testKeys})
	if err != nil {
		b.Fatal(err)
	}
	benchDoor(b, h)
}

func BenchmarkEmptyDoor(b *testing.B) {
	body := appendAnswers(nil, benchAnswer(), newFakeEngine(b).plan, nil, false)
	benchDoor(b, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { writeJSON(w, 200, body) }))
}

func benchDoor(b *testing.B, h http.Handler) {
	const body = `{"person":{"userId":"user-1"},"surface":"web","slots":["hero"],"context":{"device":"mobile","page":{"path":"/tea"}}}`
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest("POST", "/v1/decide", strings.NewReader(body))
		r.SetBasicAuth("wk", "")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != 200 {
			b.Fatal(w.Code, w.Body)
		}
	}
}
