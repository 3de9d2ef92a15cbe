package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/aparte-dev/aparte/observe"
	"github.com/aparte-dev/aparte/store/pebble"
)

// measure has /metrics show what is of the process rather than of the loop: the runtime, the disk, what waits for other systems.
func (h *house) measure() error {
	errs := []error{
		h.metrics.Register(collectors.NewGoCollector()),
		h.metrics.Register(collectors.NewProcessCollector(collectors.ProcessCollectorOpts{})),
		h.metrics.Register(collectors.NewBuildInfoCollector()),
	}
	if h.hooks != nil {
		errs = append(errs, observe.Queue(h.metrics, "webhooks", h.hooks.Waiting))
	}
	if place, ok := h.store.Place.(*pebble.Store); ok {
		errs = append(errs, h.metrics.Register(newDisk(place)))
	}
	return errors.Join(errs...)
}

// closeTracer sends the spans that are left, for a few seconds at most: a collector that is gone keeps nobody from ending.
func closeTracer(t *observe.Tracer, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := t.Close(ctx); err != nil {
		log.Warn("some spans were not sent", "error", err)
	}
}

// disk shows how full the disk of an embedded store is.
type disk struct {
	store                      *pebble.Store
	total, free, reserve, used *prometheus.Desc
}

var _ prometheus.Collector = (*disk)(nil)

func newDisk(s *pebble.Store) *disk {
	desc := func(name, help string) *prometheus.Desc { return prometheus.NewDesc(name, help, nil, nil) }
	return &disk{
		store:   s,
		total:   desc("aparte_store_disk_bytes", "Size of the file system that the store is on."),
		free:    desc("aparte_store_disk_free_bytes", "What is free on it."),
		reserve: desc("aparte_store_disk_reserve_bytes", "What must stay free: with less, nothing is taken in."),
		used:    desc("aparte_store_bytes", "What the store uses of it."),
	}
}

// Describe implements prometheus.Collector.
func (d *disk) Describe(to chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{d.total, d.free, d.reserve, d.used} {
		to <- desc
	}
}

// Collect implements prometheus.Collector. A store that is being closed shows nothing.
func (d *disk) Collect(to chan<- prometheus.Metric) {
	is, err := d.store.Disk(context.Background())
	if err != nil {
		return
	}
	gauge := func(desc *prometheus.Desc, bytes uint64) {
		to <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, float64(bytes))
	}
	if is.Total > 0 {
		gauge(d.total, is.Total)
		gauge(d.free, is.Free)
	}
	gauge(d.reserve, is.Reserve)
	gauge(d.used, is.Used)
}
