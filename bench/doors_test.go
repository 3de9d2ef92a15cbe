package bench_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/api"
	"github.com/aparte-dev/aparte/bench"
	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/compose"
	"github.com/aparte-dev/aparte/demo/brand"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store/pebble"
)

const (
	key        = "bench-write-key"
	candidates = 30 // weighed by a decision
)

// doors are the real ones over a store on disk, with the demo's brand.
type doors struct {
	addr   string
	engine *engine.Engine
}

// asServe has the runtime work as `aparte serve` has it.
func asServe() {
	debug.SetGCPercent(200)
	if os.Getenv("GOMAXPROCS") == "" && runtime.NumCPU() < 4 {
		runtime.GOMAXPROCS(4)
	}
}

func open(b *testing.B) doors {
	return openWith(b, func(furnished *aparte.Brand) *aparte.Brand { return furnished })
}

// openWith is open, with what becomes of the brand, and ways for messages to leave.
func openWith(b *testing.B, change func(*aparte.Brand) *aparte.Brand, senders ...channel.Sender) doors {
	b.Helper()
	asServe()
	// The secret is always the same, and with it who is held out.
	s, err := pebble.Open(b.TempDir(), pebble.Options{Rand: rand.NewChaCha8([32]byte{1})})
	if err != nil {
		b.Fatal(err)
	}
	composer, err := compose.New(brand.Assets())
	if err != nil {
		b.Fatal(err)
	}
	e, err := engine.Open(b.Context(), engine.Config{Store: s, Composer: composer, BaseURL: "http://127.0.0.1", Senders: senders, MaxCandidates: candidates})
	if err != nil {
		b.Fatal(err)
	}
	furnished, err := brand.Brand()
	if err != nil {
		b.Fatal(err)
	}
	if _, err := e.Publish(b.Context(), change(furnished)); err != nil {
		b.Fatal(err)
	}
	if err := e.Furnished(b.Context()); err != nil { // what is measured has not just been started
		b.Fatal(err)
	}
	h, err := api.New(api.Config{Engine: e, Keys: []api.Key{{Name: "bench", Value: key}}})
	if err != nil {
		b.Fatal(err)
	}
	addr := serve(b, h)
	b.Cleanup(func() {
		if err := e.Close(); err != nil {
			b.Error(err)
		}
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	return doors{addr, e}
}

// serve answers on a loopback address until the benchmark ends.
func serve(b *testing.B, h http.Handler) string {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	server := httptest.NewUnstartedServer(h)
	server.Listener.Close()
	server.Listener = l
	server.Start()
	b.Cleanup(server.Close)
	return l.Addr().String()
}

// request is a whole request as it goes over the wire.
func request(method, path, body string) []byte {
	auth := base64.StdEncoding.EncodeToString([]byte(key + ":"))
	return []byte(method + " " + path + " HTTP/1.1\r\nHost: bench\r\nAuthorization: Basic " + auth +
		"\r\nContent-Type: application/json\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body)
}

// people have visited before the measurement, as most who are decided for have.
func people(b *testing.B, d doors, n int) {
	b.Helper()
	load := bench.Load{Addr: d.addr, Connections: 16, Request: func(i int64) []byte {
		return request("POST", "/v1/batch", batch(int(i), 100, n))
	}}
	if r, err := load.Run(int64(n / 100 * 5)); err != nil || r.Errors > 0 {
		b.Fatalf("prepare people: %v, %d refused", err, r.Errors)
	}
}

// batch is a request of n events of a Segment SDK, about 1 KB each, of n people among many.
func batch(request, n, many int) string {
	var out strings.Builder
	out.WriteString(`{"batch":[`)
	for i := range n {
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteString(track(request*n+i, (request*n+i)%many))
	}
	out.WriteString(`],"sentAt":"2026-11-23T10:00:00.000Z"}`)
	return out.String()
}

var names = [...]string{"Product Viewed", "Product Viewed", "Product Viewed", "Product Added", "Products Searched"}

func track(n, person int) string {
	return fmt.Sprintf(`{"type":"track","messageId":"bench-%d","userId":"user-%d","event":%q,"timestamp":"2026-11-23T10:00:00.000Z",`+
		`"properties":{"product_id":"%d","sku":"%d","category":"category-%d","name":"A thing that somebody may like","brand":"House","price":%d.95,"quantity":1,"currency":"GBP","position":3,"url":"https://shop.example/item/%d","image_url":"https://shop.example/item/%d.jpg"},`+
		`"context":{"library":{"name":"@segment/analytics-node","version":"3.1.0"},"locale":"en-GB","timezone":"Europe/London","ip":"127.0.0.1","userAgent":"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36","page":{"path":"/item/%d","referrer":"https://shop.example/","search":"","title":"A thing","url":"https://shop.example/item/%d"}},"integrations":{},"_metadata":{"nodeVersion":"20.20.0","jsRuntime":"node"}}`,
		n, person, names[n%len(names)], n%500, n%500, n%12, 1+n%90, n%500, n%500, n%500, n%500)
}

// decideBody asks for the slot with the most to choose from.
func decideBody(person int) string {
	return fmt.Sprintf(`{"person":{"userId":"user-%d"},"surface":"web","slots":["hero"],"context":{"device":"desktop","locale":"en-GB"}}`, person)
}

// BenchmarkDecide measures POST /v1/decide, and an empty handler that answers the same bytes; then how long decisions, and empty
// answers, take when half as many are asked for as can be had. cpu-µs/decision is the processor time of the whole process, the client's included.
func BenchmarkDecide(b *testing.B) {
	d := open(b)
	const many = 5_000
	people(b, d, many)
	ask := func(i int64) []byte { return request("POST", "/v1/decide", decideBody(int(i)%many)) }
	somebody, weighed := offered(b, d)
	answer := one(b, d.addr, ask(int64(somebody)))
	empty := serve(b, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
		if _, err := w.Write(answer); err != nil {
			return
		}
	}))
	const rounds, total = 6, 10_000 // in turns, so that both meet the same moods of the machine
	run(b, empty, ask, total)
	run(b, d.addr, ask, total)
	for range b.N {
		var ours, peer, cpu, peerCPU []float64
		var last *bench.Result
		for range rounds {
			before := spent(b)
			peer = append(peer, run(b, empty, ask, total).PerSecond())
			between := spent(b)
			last = run(b, d.addr, ask, total)
			ours = append(ours, last.PerSecond())
			peerCPU = append(peerCPU, micros(between-before)/total)
			cpu = append(cpu, micros(spent(b)-between)/total)
		}
		slices.Sort(ours)
		slices.Sort(peer)
		b.ReportMetric(ours[rounds/2], "decisions/s")
		b.ReportMetric(peer[rounds/2], "empty/s")
		b.ReportMetric(100*ours[rounds/2]/peer[rounds/2], "%ofempty")
		b.ReportMetric(float64(last.Quantile(0.5).Microseconds()), "p50-µs")
		b.ReportMetric(float64(last.Quantile(0.99).Microseconds()), "p99-µs")
		b.ReportMetric(weighed, "candidates")
		b.ReportMetric(slices.Min(cpu), "cpu-µs/decision")
		b.ReportMetric(slices.Min(peerCPU), "cpu-µs/empty")
		for _, c := range []struct {
			name, addr string
			most       float64
		}{{"", d.addr, ours[rounds/2]}, {"-empty", empty, peer[rounds/2]}} {
			half := bench.Load{Addr: c.addr, Connections: 32, Request: ask, Apart: time.Duration(2 / c.most * 1e9)}
			r, err := half.Run(int64(5 * c.most)) // 10 s: of two or three, one pause of the machine makes the hundredth
			if err != nil || r.Errors > 0 {
				b.Fatalf("%v, %d refused", err, r.Errors)
			}
			b.ReportMetric(float64(r.Quantile(0.5).Microseconds())/1000, "p50-ms-half-load"+c.name)
			b.ReportMetric(float64(r.Quantile(0.99).Microseconds())/1000, "p99-ms-half-load"+c.name)
		}
	}
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }

func run(b *testing.B, addr string, ask func(int64) []byte, total int64) *bench.Result {
	b.Helper()
	load := bench.Load{Addr: addr, Connections: 32, Request: ask}
	r, err := load.Run(total)
	if err != nil {
		b.Fatal(err)
	}
	if r.Errors > 0 {
		b.Fatalf("%d of %d requests were refused", r.Errors, total)
	}
	return r
}

// one is the body of one answer.
func one(b *testing.B, addr string, raw []byte) []byte {
	b.Helper()
	head, body, _ := strings.Cut(string(raw), "\r\n\r\n")
	line, _, _ := strings.Cut(head, "\r\n")
	parts := strings.Fields(line)
	req, err := http.NewRequestWithContext(b.Context(), parts[0], "http://"+addr+parts[1], strings.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	req.SetBasicAuth(key, "")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		b.Fatalf("%s: %d %s (%v)", line, res.StatusCode, answer, err)
	}
	return answer
}

// offered is somebody who is offered as much as most, whose answer stands for all, and how many candidates a decision weighs for
// them: some are held out, by an id that is another one each time.
func offered(b *testing.B, d doors) (person int, weighed float64) {
	b.Helper()
	for person := range 10 {
		if n := considered(b, d, person); n >= candidates/2 {
			return person, n
		}
	}
	b.Fatal("of ten people nobody is offered much")
	return 0, 0
}

// considered is how many candidates a decision weighs for somebody.
func considered(b *testing.B, d doors, person int) float64 {
	b.Helper()
	id, err := d.engine.Find(b.Context(), aparte.Identifier{Kind: aparte.KindUserID, Value: fmt.Sprintf("user-%d", person)})
	if err != nil {
		b.Fatal(err)
	}
	answers, err := d.engine.Preview(b.Context(), id, engine.Request{Slots: []string{"hero"}}, nil)
	if err != nil {
		b.Fatal(err)
	}
	n := 0
	for _, c := range answers[0].Decision.Candidates {
		if c.Excluded == "" {
			n++
		}
	}
	return float64(n)
}

// BenchmarkBatch measures POST /v1/batch with 100 events a request, each durable when it is answered, once as many events of 5,000 people
// have come and the memory that is worked in is there.
func BenchmarkBatch(b *testing.B) {
	for _, many := range []int{5_000, 100_000} {
		b.Run(fmt.Sprintf("people=%d", many), func(b *testing.B) {
			d := open(b)
			const known, size, requests = 5_000, 100, 1_500
			body := func(i, many int) []byte { return request("POST", "/v1/batch", batch(i, size, many)) }
			coming := held(b, requests, func(i int) []byte { return body(i, known) })
			run(b, d.addr, func(i int64) []byte { return coming[i] }, requests)
			bodies := held(b, requests, func(i int) []byte { return body(requests+i, many) })
			for range b.N {
				before := spent(b)
				r := run(b, d.addr, func(i int64) []byte { return bodies[i] }, requests)
				b.ReportMetric(micros(spent(b)-before)/(size*requests), "cpu-µs/event")
				b.ReportMetric(r.PerSecond()*size, "events/s")
				b.ReportMetric(float64(r.Quantile(0.5).Microseconds()), "p50-µs")
				b.ReportMetric(float64(r.Quantile(0.99).Microseconds()), "p99-µs")
			}
		})
	}
}

// held are requests that a client has ready, outside of the heap.
func held(b *testing.B, n int, body func(i int) []byte) [][]byte {
	b.Helper()
	var shelf bench.Shelf
	b.Cleanup(func() {
		if err := shelf.Close(); err != nil {
			b.Error(err)
		}
	})
	bodies := make([][]byte, n)
	for i := range bodies {
		var err error
		if bodies[i], err = shelf.Put(body(i)); err != nil {
			b.Fatal(err)
		}
	}
	return bodies
}

// BenchmarkTrack measures POST /v1/track at 64 connections, one event a request, durable when it is answered.
func BenchmarkTrack(b *testing.B) {
	d := open(b)
	const many, requests = 5_000, 60_000
	people(b, d, many)
	bodies := held(b, requests, func(i int) []byte {
		n := many*5 + i // those before are the people's
		return request("POST", "/v1/track", track(n, n%many))
	})
	for range b.N {
		load := bench.Load{Addr: d.addr, Connections: 64, Request: func(i int64) []byte { return bodies[i] }}
		before := spent(b)
		r, err := load.Run(requests)
		if err != nil || r.Errors > 0 {
			b.Fatalf("%v, %d refused", err, r.Errors)
		}
		b.ReportMetric(micros(spent(b)-before)/requests, "cpu-µs/event")
		b.ReportMetric(r.PerSecond(), "events/s")
		b.ReportMetric(float64(r.Quantile(0.5).Microseconds()), "p50-µs")
		b.ReportMetric(float64(r.Quantile(0.99).Microseconds()), "p99-µs")
	}
}

// BenchmarkPicture measures GET /x/{token}.png: decided again, composed, encoded.
func BenchmarkPicture(b *testing.B) {
	d := open(b)
	people(b, d, 500)
	var tokens []string
	for i := range 200 {
		var answer struct {
			Decisions []struct{ Image string }
		}
		if err := json.Unmarshal(one(b, d.addr, request("POST", "/v1/decide", decideBody(i))), &answer); err != nil {
			b.Fatal(err)
		}
		if image := answer.Decisions[0].Image; image != "" {
			tokens = append(tokens, image[strings.Index(image, "/x/"):])
		}
	}
	if len(tokens) == 0 {
		b.Fatal("nothing but silence")
	}
	for range b.N {
		load := bench.Load{Addr: d.addr, Connections: 1, Request: func(i int64) []byte {
			return []byte("GET " + tokens[int(i)%len(tokens)] + " HTTP/1.1\r\nHost: bench\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) Chrome/140\r\n\r\n")
		}}
		r, err := load.Run(1_000)
		if err != nil || r.Errors > 0 {
			b.Fatalf("%v, %d refused", err, r.Errors)
		}
		b.ReportMetric(float64(r.Quantile(0.5).Microseconds())/1000, "p50-ms")
		b.ReportMetric(float64(r.Quantile(0.99).Microseconds())/1000, "p99-ms")
	}
}
