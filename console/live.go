package console

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
)

// pulseView is what the live page shows of the last ten minutes.
type pulseView struct {
	Decisions, Silences, Exposed, Clicked int64
	Learned                               int64
	Rows                                  []pulseRow // by share now, largest first
	Bars                                  []pulseBar // oldest first
	Since                                 string     // how far back they go
	Course                                courseView
}

// pulseRow is one content in the table.
type pulseRow struct {
	ID               aparte.ContentID
	Name             aparte.Words
	Colour           int
	Chosen           int64
	Exposed, Clicked int64
	Earned           aparte.Money // per hundred views
	Course           contentCourse
}

// Rated reports whether the content has a click rate: a letter without pictures is only known to be seen
// when it is clicked, and all of those clicked were.
func (r pulseRow) Rated() bool { return r.Clicked < r.Exposed }

// colours is how many the style sheet has for contents.
const colours = 16

// pulseBar is one step of the chart: stacked parts in a box of 100 high.
type pulseBar struct {
	X, W  float64
	Parts []pulsePart
}

// The chart is so wide, in its own units, and shows at least so many steps.
const (
	chartWidth = 600.0
	fewestBars = 18
)

type pulsePart struct {
	Class string
	Y, H  float64
	Title string
}

func (s *console) live(w http.ResponseWriter, r *http.Request) {
	s.show(w, "live", "frame.html", s.view(r, "live", s.pulse(language(r))))
}

// livePulse is the part of the live page that renews itself.
func (s *console) livePulse(w http.ResponseWriter, r *http.Request) {
	s.show(w, "live", "pulse", s.view(r, "live", s.pulse(language(r))))
}

// pulse sums the engine's last ten minutes up for the page.
func (s *console) pulse(lang string) pulseView {
	p := s.Engine.Pulse()
	v := pulseView{Learned: int64(s.Engine.Status().Model), Silences: total(p.Silences), Course: s.course()}
	for i, c := range p.Contents {
		row := pulseRow{
			ID: c.Content, Name: s.contentName(c.Content), Colour: i % colours,
			Chosen: total(c.Chosen), Exposed: total(c.Exposed), Clicked: total(c.Clicked), Course: v.Course.Contents[c.Content],
		}
		if plan := s.Engine.Plan(); plan != nil && row.Exposed > 0 {
			row.Earned = aparte.Money{Amount: 100 * total(c.Earned) / row.Exposed, Currency: plan.Brand().Currency}
		}
		v.Rows = append(v.Rows, row)
		v.Decisions += row.Chosen
		v.Exposed += row.Exposed
		v.Clicked += row.Clicked
	}
	v.Decisions += v.Silences
	v.Bars = s.bars(p, v.Rows, lang)
	v.Since = fmt.Sprintf("−%d min", (len(p.Steps)-min(measured(p), len(p.Steps)-fewestBars))*int(p.Step.Seconds())/60)
	slices.SortStableFunc(v.Rows, func(a, b pulseRow) int { return cmp.Compare(lately(b), lately(a)) })
	return v
}

// lately is a content's share of what is said now, or, before that can be told, how often it was chosen.
func lately(r pulseRow) float64 {
	if r.Course.Now.Whole == 0 {
		return float64(r.Chosen)
	}
	return r.Course.Now.Share()
}

// measured is the first step in which anything happened.
func measured(p engine.Pulse) int {
	from := len(p.Steps)
	for _, c := range p.Contents {
		if i := slices.IndexFunc(c.Chosen, func(n int64) bool { return n > 0 }); i >= 0 {
			from = min(from, i)
		}
	}
	return from
}

func (s *console) bars(p engine.Pulse, rows []pulseRow, lang string) []pulseBar {
	bars := make([]pulseBar, 0, len(p.Steps))
	from := min(measured(p), len(p.Steps)-fewestBars)
	width := chartWidth / float64(len(p.Steps)-from)
	for i, at := range p.Steps[from:] {
		i += from
		sum := p.Silences[i]
		for _, c := range p.Contents {
			sum += c.Chosen[i]
		}
		if sum == 0 {
			continue
		}
		bar := pulseBar{X: float64(i-from) * width, W: width - 1}
		y := 0.0
		add := func(class, name string, n int64) {
			if n == 0 {
				return
			}
			h := 100 * float64(n) / float64(sum)
			bar.Parts = append(bar.Parts, pulsePart{Class: class, Y: y, H: h, Title: fmt.Sprintf("%s UTC, %s: %s", at.UTC().Format("15:04:05"), name, percentText(lang, n, sum))})
			y += h
		}
		for j, c := range p.Contents {
			add(fmt.Sprintf("f%d", rows[j].Colour), rows[j].Name.In(lang, "en"), c.Chosen[i])
		}
		add("fs", word(lang, "live.silent"), p.Silences[i])
		bars = append(bars, bar)
	}
	return bars
}

func (s *console) contentName(id aparte.ContentID) aparte.Words {
	if plan := s.Engine.Plan(); plan != nil {
		if c, ok := plan.Content(id); ok {
			return c.Name
		}
	}
	return aparte.Words{"en": string(id)}
}

func total(counts []int64) (n int64) {
	for _, c := range counts {
		n += c
	}
	return n
}

func ratio(part, whole int64) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

// heartbeat keeps a quiet stream from being cut by what stands between.
const heartbeat = 15 * time.Second

// feed streams decisions as server-sent events, each a rendered list item, at a pace a person can read.
func (s *console) feed(w http.ResponseWriter, r *http.Request) {
	flusher, ok := w.(http.Flusher)
	if !ok {
		http.Error(w, "streaming is not possible here", http.StatusNotImplemented)
		return
	}
	if err := http.NewResponseController(w).SetWriteDeadline(time.Time{}); err != nil {
		s.Logger.DebugContext(r.Context(), "console feed keeps the server's deadline", "error", err)
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	flusher.Flush()

	ctx, stop := context.WithCancel(r.Context())
	defer stop()
	var mu sync.Mutex // the watcher and the heartbeat write to one stream
	send := func(event string) {
		mu.Lock()
		defer mu.Unlock()
		if _, err := w.Write([]byte(event)); err != nil {
			stop()
			return
		}
		flusher.Flush()
	}
	beat := time.NewTicker(heartbeat)
	var beating sync.WaitGroup
	beating.Go(func() {
		defer beat.Stop()
		for {
			select {
			case <-beat.C:
				send(": still here\n\n")
			case <-ctx.Done():
				return
			}
		}
	})
	defer beating.Wait()
	lang, last := language(r), time.Time{}
	if err := s.Engine.Watch(ctx, func(told engine.Told) {
		if now := s.Now(); now.Sub(last) >= readable {
			last = now
			send(s.feedItem(r.Context(), lang, told))
		}
	}); err != nil {
		s.Logger.ErrorContext(r.Context(), "console feed", "error", err)
	}
	stop()
}

// readable is the least time between two lines of the feed.
const readable = 300 * time.Millisecond

func (s *console) feedItem(ctx context.Context, lang string, told engine.Told) string {
	var body bytes.Buffer
	data := struct {
		engine.Told
		Lang    string
		Content aparte.Words
	}{told, lang, s.contentName(told.Decision.Action.Content)}
	if strings.HasPrefix(data.Name, "…") { // a stranger
		data.Name = word(lang, "people.stranger") + " " + data.Name
	}
	if err := s.templates["live"].ExecuteTemplate(&body, "feed-item", data); err != nil {
		s.Logger.ErrorContext(ctx, "console feed item", "error", err)
		return ": item left out\n\n"
	}
	return "event: decision\ndata: " + strings.ReplaceAll(strings.TrimSpace(body.String()), "\n", "\ndata: ") + "\n\n"
}
