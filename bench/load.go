package bench

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// Load asks a server the same kind of request over kept connections, one request at a time on each, as fast as answers come
// or at a pace, and says how fast the answers came. It reads just enough of HTTP/1.1 to find the end of a response.
type Load struct {
	Addr        string
	Connections int
	Request     func(n int64) []byte // the n-th request, whole, as it goes over the wire; called concurrently
	Apart       time.Duration        // the n-th request is due so long times n after the beginning, and its latency counts from then; 0: each as soon as there is a connection
}

// Result is what a Load measured.
type Result struct {
	Requests  int64
	Errors    int64 // responses other than 2xx
	Elapsed   time.Duration
	latencies []time.Duration
}

// PerSecond is how many requests were answered in a second.
func (r *Result) PerSecond() float64 { return float64(r.Requests) / r.Elapsed.Seconds() }

// Quantile is the latency that a share q of the requests did not exceed.
func (r *Result) Quantile(q float64) time.Duration {
	if len(r.latencies) == 0 {
		return 0
	}
	return r.latencies[min(len(r.latencies)-1, int(q*float64(len(r.latencies))))]
}

// Run sends total requests and waits for their answers.
func (l *Load) Run(total int64) (*Result, error) {
	var next, failed atomic.Int64
	var wg sync.WaitGroup
	errs := make([]error, l.Connections)
	latencies := make([][]time.Duration, l.Connections)
	start := time.Now()
	for c := range l.Connections {
		wg.Go(func() { latencies[c], errs[c] = l.drive(start, total, &next, &failed) })
	}
	wg.Wait()
	r := &Result{Requests: total, Errors: failed.Load(), Elapsed: time.Since(start), latencies: slices.Concat(latencies...)}
	slices.Sort(r.latencies)
	return r, errors.Join(errs...)
}

// drive is one connection's part of a run.
func (l *Load) drive(start time.Time, total int64, next, failed *atomic.Int64) ([]time.Duration, error) {
	conn, err := net.Dial("tcp", l.Addr)
	if err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	defer conn.Close()
	in := bufio.NewReaderSize(conn, 16<<10)
	var latencies []time.Duration
	for {
		n := next.Add(1) - 1
		if n >= total {
			return latencies, nil
		}
		request, sent := l.Request(n), time.Now()
		if l.Apart > 0 { // whoever comes does not wait until those before have their answers
			sent = start.Add(time.Duration(n) * l.Apart)
			time.Sleep(time.Until(sent))
		}
		if _, err := conn.Write(request); err != nil {
			return latencies, fmt.Errorf("load: %w", err)
		}
		status, err := skipResponse(in)
		if err != nil {
			return latencies, fmt.Errorf("load: %w", err)
		}
		latencies = append(latencies, time.Since(sent))
		if status/100 != 2 {
			failed.Add(1)
		}
	}
}

var contentLength = []byte("Content-Length: ")

// skipResponse reads a response with a Content-Length and says its status.
func skipResponse(in *bufio.Reader) (status int, err error) {
	line, err := in.ReadSlice('\n')
	if err != nil {
		return 0, err
	}
	if len(line) < 12 {
		return 0, fmt.Errorf("status line of %d bytes", len(line))
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, fmt.Errorf("status: %w", err)
	}
	length := -1
	for {
		if line, err = in.ReadSlice('\n'); err != nil {
			return status, err
		}
		if len(line) <= 2 {
			break
		}
		if v, ok := bytes.CutPrefix(line, contentLength); ok {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(v))); err != nil {
				return status, fmt.Errorf("content length: %w", err)
			}
		}
	}
	if length < 0 {
		return status, errors.New("response has no Content-Length")
	}
	_, err = in.Discard(length)
	return status, err
}
