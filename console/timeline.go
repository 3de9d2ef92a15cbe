package console

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/engine"
)

// storyDay is what happened on one day, UTC, newest first.
type storyDay struct {
	Day  time.Time
	Rows []storyRow
}

// What of a story can be shown alone.
const (
	showEvents    = "events"    // what they did
	showDecisions = "decisions" // what was decided, and why
	showSeen      = "seen"      // what they saw, and what left for them
	showOutcomes  = "outcomes"  // what they answered, and what objectives count
	showConsents  = "consents"
)

var storyShows = []string{showEvents, showDecisions, showSeen, showOutcomes, showConsents}

// A page of a story ends with the first reading that fills it, or after so many readings.
const (
	storyLeast    = 25
	storyReadings = 8
	storyPictures = 12
)

// timeLine is a person's story from a place on, or one kind of it, by day, and where it goes on; empty: nowhere.
func (s *console) timeLine(ctx context.Context, p *aparte.Person, from engine.StoryPlace, show, lang string) (days []storyDay, older string, err error) {
	plan := s.Engine.Plan()
	var rows []storyRow
	pictures := 0
	for range storyReadings {
		story, err := s.Engine.Story(ctx, p.ID, from, storyPage)
		if err != nil {
			return nil, "", err
		}
		for i := range story {
			e := &story[i]
			if show != "" && kindOf(e, plan) != show {
				continue
			}
			row := s.storyRow(plan, e, lang)
			if e.Event != nil && e.Event.Name == aparte.EventExposed && pictures < storyPictures {
				s.paintAgain(ctx, plan, p, &row, e.Event, lang)
				pictures++
			}
			rows = append(rows, row)
		}
		if len(story) < storyPage {
			return byDay(rows), "", nil
		}
		if from = from.Beyond(story); len(rows) >= storyLeast {
			break
		}
	}
	return byDay(rows), from.String(), nil
}

// byDay puts rows under their days, the newest first: they were noted in another order where some were reported late.
func byDay(rows []storyRow) (days []storyDay) {
	slices.SortStableFunc(rows, func(a, b storyRow) int { return b.At.Compare(a.At) })
	for _, row := range rows {
		day := row.At.UTC().Truncate(24 * time.Hour)
		if n := len(days); n == 0 || !days[n-1].Day.Equal(day) {
			days = append(days, storyDay{Day: day})
		}
		last := &days[len(days)-1]
		last.Rows = append(last.Rows, row)
	}
	return days
}

// kindOf is which kind of thing an entry is.
func kindOf(e *engine.StoryEntry, plan *decide.Plan) string {
	switch {
	case e.Decision != nil:
		return showDecisions
	case e.Event == nil:
		return ""
	case e.Event.Type == aparte.Identify:
		var told struct {
			Consents json.RawMessage `json:"consents"`
		}
		if json.Unmarshal(e.Event.Traits, &told) == nil && len(told.Consents) > 0 {
			return showConsents
		}
		return showEvents
	}
	switch e.Event.Name {
	case aparte.EventExposed, aparte.EventSent, aparte.EventDelivered, aparte.EventFailed:
		return showSeen
	case aparte.EventUnsubscribed, aparte.EventResubscribed, aparte.EventComplained:
		return showConsents
	case aparte.EventClicked, aparte.EventDismissed, aparte.EventReplied, aparte.EventAnswered:
		return showOutcomes
	}
	if plan != nil && slices.ContainsFunc(plan.Brand().Objectives, func(o aparte.Objective) bool { return o.Event == e.Event.Name }) {
		return showOutcomes
	}
	return showEvents
}

// paintAgain finds what was seen: its picture, composed again for this person, and its words where the picture has none.
func (s *console) paintAgain(ctx context.Context, plan *decide.Plan, p *aparte.Person, row *storyRow, event *aparte.Event, lang string) {
	var told struct {
		Decision string `json:"decision"`
	}
	if json.Unmarshal(event.Properties, &told) != nil {
		return
	}
	id, err := aparte.ParseDecisionID(told.Decision)
	if err != nil || plan == nil {
		return
	}
	d, err := s.Engine.Decision(ctx, id)
	if err != nil || d.Action.Silent() {
		return // it was lost, or says nothing
	}
	if _, known := plan.Content(d.Action.Content); !known {
		return // it left the brand
	}
	if l, known := plan.Layout(d.Action.Layout); known && l.Banner != nil {
		row.Picture, row.Width, row.Height = previewAddress(d.Action, p.ID), l.Banner.Width, l.Banner.Height
		if speaks(l.Banner) {
			return
		}
	}
	if past, err := s.Engine.PastMessage(ctx, p, id, lang); err == nil {
		row.Lines = past.Lines
	}
}

// showLinks are the ways to look at a story.
func showLinks(p *aparte.Person, show string) (links []choiceLink) {
	here := "/console/people/" + p.ID.String()
	links = []choiceLink{{Key: "story.all", Href: here + "#story", Here: show == ""}}
	for _, one := range storyShows {
		links = append(links, choiceLink{Key: "story." + one, Href: here + "?" + url.Values{"show": {one}}.Encode() + "#story", Here: one == show})
	}
	return links
}

// nowView is what would be said in a slot this instant.
type nowView struct {
	Slot    string
	Channel aparte.Channel
	Silent  bool
	Name    aparte.Words
	Why     []string
	Framed  bool // there is something to be looked at
}

// slotsShown is how many slots a person's page asks about.
const slotsShown = 8

// slotsOf are the slots of pages and apps that a brand's contents fill, in the order in which they are named.
func slotsOf(b *aparte.Brand) (slots []string) {
	for i := range b.Contents {
		if !slices.Contains(b.Contents[i].Channels, aparte.Web) {
			continue
		}
		for _, slot := range b.Contents[i].Slots {
			if !slices.Contains(slots, slot) && len(slots) < slotsShown {
				slots = append(slots, slot)
			}
		}
	}
	if i := slices.Index(slots, "hero"); i > 0 { // what is seen first
		slots[0], slots[i] = slots[i], slots[0]
	}
	if len(slots) == 0 {
		slots = []string{"hero"}
	}
	return slots
}

// saidNow is what would be said this instant: in each slot of pages, and on each channel that reaches out.
func (s *console) saidNow(ctx context.Context, plan *decide.Plan, id aparte.PersonID, lang string) (all []nowView) {
	ask := func(req engine.Request, framed bool) {
		answers, err := s.Engine.Preview(ctx, id, req, nil)
		if err != nil {
			s.Logger.ErrorContext(ctx, "console preview", "person", id, "error", err)
			return
		}
		for i := range answers {
			d := &answers[i].Decision
			v := nowView{Slot: req.Slots[i], Channel: req.Channel, Silent: d.Action.Silent(), Why: decide.Explain(d, plan.Brand(), lang)}
			if !v.Silent {
				v.Name, v.Framed = s.contentName(d.Action.Content), framed
			}
			all = append(all, v)
		}
	}
	ask(engine.Request{Slots: slotsOf(plan.Brand()), Formats: engine.Formats{HTML: true}}, true)
	for _, channel := range outbound(plan.Brand()) {
		ask(engine.Request{Channel: channel, Slots: []string{string(channel)}}, false)
	}
	return all
}

// outbound are the channels that reach out and on which the brand has something to say.
func outbound(b *aparte.Brand) (channels []aparte.Channel) {
	for i := range b.Contents {
		for _, c := range b.Contents[i].Channels {
			if c.Outbound() && !slices.Contains(channels, c) {
				channels = append(channels, c)
			}
		}
	}
	return channels
}
