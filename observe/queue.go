package observe

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Waiting is what waits in a queue.
type Waiting struct {
	Depth  int           // how much
	Oldest time.Duration // how long the oldest of it has; 0: nothing does
}

// Queue has a registry show what waits in a queue of this name, asked whenever it is shown.
func Queue(r prometheus.Registerer, name string, look func() Waiting) error {
	label := prometheus.Labels{"queue": name}
	return r.Register(&queue{
		look:   look,
		depth:  prometheus.NewDesc("aparte_queue_depth", "What waits in a queue, over all parts.", nil, label),
		oldest: prometheus.NewDesc("aparte_queue_oldest_seconds", "How long what has waited longest in a queue has; 0: nothing waits.", nil, label),
	})
}

type queue struct {
	look          func() Waiting
	depth, oldest *prometheus.Desc
}

// Describe implements prometheus.Collector.
func (q *queue) Describe(to chan<- *prometheus.Desc) {
	to <- q.depth
	to <- q.oldest
}

// Collect implements prometheus.Collector.
func (q *queue) Collect(to chan<- prometheus.Metric) {
	now := q.look()
	to <- prometheus.MustNewConstMetric(q.depth, prometheus.GaugeValue, float64(now.Depth))
	to <- prometheus.MustNewConstMetric(q.oldest, prometheus.GaugeValue, max(now.Oldest, 0).Seconds())
}

// Gauge has a registry show a value, asked whenever it is shown. Where it is a time, it is in seconds since 1970, and 0 says
// that there is none.
func Gauge(r prometheus.Registerer, name, help string, look func() float64) error {
	return r.Register(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, look))
}

// Unix is a time as gauges have it.
func Unix(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMicro()) / 1e6
}
