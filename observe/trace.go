package observe

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Tracer has spans sent to a collector, by OTLP over HTTP. A nil one makes no spans, and costs nothing.
type Tracer struct {
	provider *sdk.TracerProvider
	tracer   trace.Tracer
}

// OpenTracer is the tracer that the environment asks for by the variables of OpenTelemetry's specification ("Environment Variable
// Specification", "OpenTelemetry Protocol Exporter"): nil, unless OTEL_EXPORTER_OTLP_ENDPOINT or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT says where the collector
// is, and neither OTEL_SDK_DISABLED nor OTEL_TRACES_EXPORTER is against it. The others (headers, certificates, sampler, limits, resource) are read as they
// stand there.
func OpenTracer(ctx context.Context, getenv func(string) string) (*Tracer, error) {
	if getenv("OTEL_EXPORTER_OTLP_ENDPOINT") == "" && getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") == "" ||
		getenv("OTEL_SDK_DISABLED") == "true" || getenv("OTEL_TRACES_EXPORTER") == "none" {
		return nil, nil
	}
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("traces: %w", err)
	}
	// The detectors of hosts, processes and containers stay out: command lines hold keys.
	about, err := resource.New(ctx, resource.WithAttributes(attribute.String("service.name", "aparte")), resource.WithTelemetrySDK(), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("traces: %w", err)
	}
	p := sdk.NewTracerProvider(sdk.WithBatcher(exporter), sdk.WithResource(about))
	return &Tracer{p, p.Tracer("github.com/aparte-dev/aparte")}, nil
}

// Close sends what is left, for as long as ctx lasts, and makes no spans any more.
func (t *Tracer) Close(ctx context.Context) error {
	if t == nil {
		return nil
	}
	return t.provider.Shutdown(ctx)
}

// Begin begins a trace of its own, at a time.
func (t *Tracer) Begin(name string, at time.Time, about ...Attribute) *Span {
	if t == nil {
		return nil
	}
	return t.begin(context.Background(), name, at, trace.SpanKindInternal, about)
}

func (t *Tracer) begin(parent context.Context, name string, at time.Time, kind trace.SpanKind, about []Attribute) *Span {
	_, span := t.tracer.Start(parent, name, trace.WithTimestamp(at), trace.WithSpanKind(kind), trace.WithAttributes(about...))
	return &Span{t, span, span.IsRecording()}
}

// Continue begins a span of what a traceparent names (W3C Trace Context), or a trace of its own where it names nothing. Baggage and tracestate, in which others write what
// they like, are not passed on.
func (t *Tracer) Continue(traceparent, name string, at time.Time, about ...Attribute) *Span {
	if t == nil {
		return nil
	}
	return t.begin(parentOf(traceparent), name, at, trace.SpanKindProducer, about)
}

const traceparentHeader = "Traceparent"

func parentOf(traceparent string) context.Context {
	carrier := propagation.MapCarrier{"traceparent": traceparent}
	return propagation.TraceContext{}.Extract(context.Background(), carrier)
}

// Attribute is something that is said of a span. It must be nothing of anybody's.
type Attribute = attribute.KeyValue

// Said is an attribute in a word of a fixed list.
func Said(key, value string) Attribute { return attribute.String(key, value) }

// Many is an attribute that counts.
func Many(key string, n int) Attribute { return attribute.Int(key, n) }

// Span is a piece of work in a trace. Of a nil span, as there are where nobody traces, everything is nil and nothing happens. It can have parts after
// it has ended. It is safe for concurrent use.
type Span struct {
	tracer   *Tracer
	span     trace.Span
	recorded bool // it is one of those that are drawn to be looked at
}

// Begin begins a part of a span, at a time.
func (s *Span) Begin(name string, at time.Time, about ...Attribute) *Span {
	if s == nil || !s.recorded {
		return nil
	}
	return s.tracer.begin(trace.ContextWithSpanContext(context.Background(), s.span.SpanContext()), name, at, trace.SpanKindInternal, about)
}

// Set says more of a span.
func (s *Span) Set(about ...Attribute) {
	if s != nil {
		s.span.SetAttributes(about...)
	}
}

// End ends a span, at a time.
func (s *Span) End(at time.Time) {
	if s != nil {
		s.span.End(trace.WithTimestamp(at))
	}
}

// Failed says that what a span is of did not come to a good end, without saying why: errors may quote what is personal.
func (s *Span) Failed() {
	if s != nil {
		s.span.SetStatus(codes.Error, "")
	}
}

// Traceparent names the span to others (W3C Trace Context); empty of nil.
func (s *Span) Traceparent() string {
	if s == nil {
		return ""
	}
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(trace.ContextWithSpanContext(context.Background(), s.span.SpanContext().WithTraceState(trace.TraceState{})), carrier)
	return carrier["traceparent"]
}

// Trace is the id of the span's trace; empty of nil.
func (s *Span) Trace() string {
	if s == nil {
		return ""
	}
	return s.span.SpanContext().TraceID().String()
}

type spanKey struct{}

// With is a context in which a span's work is done.
func With(ctx context.Context, s *Span) context.Context {
	if s == nil {
		return ctx
	}
	return context.WithValue(ctx, spanKey{}, s)
}

// From is the span in whose work a context is; nil: none.
func From(ctx context.Context) *Span {
	s, _ := ctx.Value(spanKey{}).(*Span)
	return s
}

// Trace has every request from now on be a span, with what it sets off in it.
func (d *Doors) Trace(t *Tracer) { d.tracer = t }

// Begin begins a request's span, of which traceparent says whose part it is. It is nil where nobody traces, and the request is as it was.
func (d *Door) Begin(r *http.Request) (*http.Request, *Span) {
	t := d.doors.tracer
	if t == nil {
		return r, nil
	}
	name := methodOf(r.Method) + " " + d.path
	s := t.begin(parentOf(r.Header.Get(traceparentHeader)), name, time.Now(), trace.SpanKindServer, []Attribute{
		Said("http.request.method", methodOf(r.Method)), Said("http.route", d.path), Said("aparte.area", string(d.area)),
	})
	return r.WithContext(With(r.Context(), s)), s
}

// Answered ends a request's span.
func (s *Span) Answered(status int) {
	if s == nil {
		return
	}
	s.Set(Many("http.response.status_code", status))
	if status >= http.StatusInternalServerError {
		s.Failed()
	}
	s.End(time.Now())
}
