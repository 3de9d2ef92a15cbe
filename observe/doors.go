package observe

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Area is which doors: those of machines, of marketers, of people, of web pages.
type Area string

// The areas.
const (
	API     Area = "api"
	Console Area = "console"
	Me      Area = "me"  // the page of everybody's own
	Tag     Area = "tag" // the scripts for web pages
)

// Doors count what is asked at doors: how many requests, how they were answered, how long that took. They are safe for
// concurrent use.
type Doors struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	tracer   *Tracer
}

// NewDoors counts from now on, for a registry.
func NewDoors(r prometheus.Registerer) *Doors {
	d := &Doors{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "aparte_http_requests_total", Help: "Requests answered, by door, method and class of status.",
		}, []string{"area", "door", "method", "class"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "aparte_http_request_seconds", Help: "Time from a request's headers to its answer.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"area", "door"}),
	}
	r.MustRegister(d.requests, d.duration)
	return d
}

// Door is one door's counts. They are there from the first request on.
type Door struct {
	doors    *Doors
	area     Area
	path     string
	method   string                             // that the pattern has; empty: any
	fine     atomic.Pointer[prometheus.Counter] // of method and class 2xx: nearly all
	duration func() prometheus.Observer
}

// Door counts what is asked at the door with a pattern, as http.ServeMux has them: "GET /v1/admin/people/{id}".
func (d *Doors) Door(area Area, pattern string) *Door {
	method, path, found := strings.Cut(pattern, " ")
	if !found {
		method, path = "", pattern
	}
	return &Door{doors: d, area: area, path: path, method: method, duration: sync.OnceValue(func() prometheus.Observer {
		return d.duration.WithLabelValues(string(area), path)
	})}
}

// Answered counts a request that was answered with a status, after a time.
func (d *Door) Answered(method string, status int, took time.Duration) {
	if class := classOf(status); method == d.method && class == "2xx" {
		fine := d.fine.Load()
		if fine == nil {
			c := d.requests(method, class)
			fine = &c
			d.fine.Store(fine)
		}
		(*fine).Inc()
	} else {
		d.requests(method, class).Inc()
	}
	d.duration().Observe(took.Seconds())
}

func (d *Door) requests(method, class string) prometheus.Counter {
	return d.doors.requests.WithLabelValues(string(d.area), d.path, methodOf(method), class)
}

// methods are those that HTTP defines (RFC 9110, section 9; RFC 5789).
var methods = []string{"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"}

// methodOf is a method as a label: callers may make up others.
func methodOf(method string) string {
	if slices.Contains(methods, method) {
		return method
	}
	return "other"
}

// classOf is the class of a status. A door that says nothing at all says 200.
func classOf(status int) string {
	switch {
	case status == 0:
		return "2xx"
	case status < 200:
		return "1xx"
	case status < 300:
		return "2xx"
	case status < 400:
		return "3xx"
	case status < 500:
		return "4xx"
	}
	return "5xx"
}

// Nowhere is the door of what no door has.
const Nowhere = "/"

// Finder tells which pattern answers a request; http.ServeMux is one.
type Finder interface {
	Handler(*http.Request) (h http.Handler, pattern string)
}

// Around counts what is asked of a handler behind which the doors of a mux are, also what never gets to them. Nil doors count
// nothing.
func (d *Doors) Around(area Area, mux Finder, next http.Handler) http.Handler {
	if d == nil {
		return next
	}
	var known sync.Map // of *Door by pattern: as many as the mux has
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, pattern := mux.Handler(r)
		if pattern == "" {
			pattern = Nowhere
		}
		door, there := known.Load(pattern)
		if !there {
			door, _ = known.LoadOrStore(pattern, d.Door(area, pattern))
		}
		start, a := time.Now(), &Answer{ResponseWriter: w}
		r, span := door.(*Door).Begin(r)
		defer func() {
			door.(*Door).Answered(r.Method, a.Status, time.Since(start))
			span.Answered(a.Status)
		}()
		next.ServeHTTP(a, r)
	})
}

// Answer remembers the status that was written; 0 before there is one.
type Answer struct {
	http.ResponseWriter
	Status int
}

// WriteHeader implements http.ResponseWriter.
func (a *Answer) WriteHeader(status int) {
	if a.Status == 0 {
		a.Status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (a *Answer) Write(b []byte) (int, error) {
	if a.Status == 0 {
		a.Status = http.StatusOK
	}
	return a.ResponseWriter.Write(b)
}

// Flush implements http.Flusher, where what is wrapped does.
func (a *Answer) Flush() { _ = http.NewResponseController(a.ResponseWriter).Flush() }

// Unwrap lets http.ResponseController through.
func (a *Answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
