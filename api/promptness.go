package api

import (
	"github.com/aparte-dev/aparte/engine"
	"github.com/prometheus/client_golang/prometheus"
)

// promptness tells how soon moments were acted upon, as the engine counted it.
type promptness struct {
	engine          Engine
	decided, handed *prometheus.Desc
}

var _ prometheus.Collector = (*promptness)(nil)

func newPromptness(e Engine) *promptness {
	cause := []string{"cause"}
	return &promptness{
		engine: e,
		decided: prometheus.NewDesc("aparte_moment_decided_seconds",
			"Time until a scenario's moment was decided on, durably: from when the event or the reply it arose from was taken in, or, by the clock, from when it was due.", cause, nil),
		handed: prometheus.NewDesc("aparte_moment_handed_seconds",
			"Time from the same until what was to be said was handed to its channel. What waited for quiet hours or a pace is left out.", cause, nil),
	}
}

// Describe implements prometheus.Collector.
func (p *promptness) Describe(to chan<- *prometheus.Desc) {
	to <- p.decided
	to <- p.handed
}

// Collect implements prometheus.Collector.
func (p *promptness) Collect(to chan<- prometheus.Metric) {
	for _, of := range p.engine.Promptness() {
		to <- histogram(p.decided, &of.Decided, string(of.Cause))
		to <- histogram(p.handed, &of.Handed, string(of.Cause))
	}
}

func histogram(desc *prometheus.Desc, d *engine.Durations, labels ...string) prometheus.Metric {
	within := make(map[float64]uint64, len(d.Within))
	for i, bound := range engine.Bounds() {
		within[bound.Seconds()] = d.Within[i]
	}
	return prometheus.MustNewConstHistogram(desc, d.Count, d.Sum.Seconds(), within, labels...)
}
