package api

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are the doors' rate, errors and duration, and what became of events. Labels are doors and
// statuses: nothing that a caller chooses, nothing personal.
type metrics struct {
	answers  *prometheus.CounterVec
	duration *prometheus.HistogramVec
	accepted prometheus.Counter
	refused  prometheus.Counter
	spared   *prometheus.CounterVec
}

func newMetrics(r *prometheus.Registry, e Engine) *metrics {
	events := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "aparte_events_total", Help: "Events that came in, by what became of them.",
	}, []string{"fate"})
	m := &metrics{
		answers: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "aparte_http_requests_total", Help: "Requests answered, by door and status.",
		}, []string{"door", "status"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "aparte_http_request_seconds", Help: "Time from a request's headers to its answer.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"door"}),
		accepted: events.WithLabelValues("accepted"),
		refused:  events.WithLabelValues("refused"),
		spared: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "aparte_pictures_spared_total", Help: "Pictures of which something was left out because many were asked for at once.",
		}, []string{"what"}),
	}
	r.MustRegister(newPromptness(e), m.answers, m.duration, events, m.spared,
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "aparte_brand_version", Help: "Version of the brand that decides.",
		}, func() float64 { return float64(e.Status().Brand) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "aparte_model_examples", Help: "Examples the model has learned from.",
		}, func() float64 { return float64(e.Status().Model) }),
	)
	return m
}

// doorMetrics are one door's.
type doorMetrics struct {
	metrics  *metrics
	door     string
	ok       prometheus.Counter
	duration prometheus.Observer
}

func (m *metrics) door(pattern string) *doorMetrics {
	return &doorMetrics{m, pattern, m.answers.WithLabelValues(pattern, "200"), m.duration.WithLabelValues(pattern)}
}

func (d *doorMetrics) answered(status int, took time.Duration) {
	if status == 200 {
		d.ok.Inc()
	} else {
		d.metrics.answers.WithLabelValues(d.door, strconv.Itoa(status)).Inc()
	}
	d.duration.Observe(took.Seconds())
}
