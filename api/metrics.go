package api

import (
	"github.com/prometheus/client_golang/prometheus"
)

// metrics are what became of events, and of what else doors do beyond answering (observe.Doors). Nothing that a caller chooses is
// in a label, and nothing personal.
type metrics struct {
	accepted prometheus.Counter
	refused  prometheus.Counter
	spared   *prometheus.CounterVec
}

func newMetrics(r *prometheus.Registry, e Engine) *metrics {
	events := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "aparte_events_total", Help: "Events that came in, by what became of them.",
	}, []string{"fate"})
	m := &metrics{
		accepted: events.WithLabelValues("accepted"),
		refused:  events.WithLabelValues("refused"),
		spared: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "aparte_pictures_spared_total", Help: "Pictures of which something was left out because many were asked for at once.",
		}, []string{"what"}),
	}
	r.MustRegister(newPromptness(e), events, m.spared,
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "aparte_brand_version", Help: "Version of the brand that decides.",
		}, func() float64 { return float64(e.Status().Brand) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "aparte_model_examples", Help: "Examples the model has learned from.",
		}, func() float64 { return float64(e.Status().Model) }),
	)
	return m
}
