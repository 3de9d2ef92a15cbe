package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/store"
)

// What is said on the channel human is said by somebody of the brand: call her, she is hot. The decision is a task. It is opened as a
// message is sent (it is pressure, it costs what a call costs, its outcomes are waited for), told by the notice task.opened, and
// stands in a list until somebody says that it was done or declined, or a week has passed. Calls are few: the list is of the
// best for today, by what each is worth beyond its cost.

// taskPrefix begins the counters that say which tasks are open: 1 by the hour of opening, and less 1 when it is closed.
const (
	taskPrefix = "task/open/"
	taskDone   = "task/done"
	taskFor    = 7 * 24 * time.Hour
)

// ErrTask is that there is no such task, or that it was closed.
var ErrTask = errors.New("not a task that is open")

// Task is something for somebody of the brand to do.
type Task struct {
	Decision aparte.Decision
	Person   aparte.Person
	Worth    float64           // beyond its cost, in minor units
	Elements map[string]string // what to say: headline, body
	Why      []string          // in words
	Story    []string          // what the person did last, newest first
	Said     []string          // what was said to them last, newest first
	Steps    []StoryEntry      // those that Story has in words
	Taken    Taken
}

// Taken is who took a task, as far as somebody has said so.
type Taken struct {
	By    string    // as they called themselves; empty: nobody has
	At    time.Time // when they took it
	Tries int       // how often the person was not reached
	Tried time.Time // the last of these
}

// Bounds of a task's words.
const (
	taskStory = 5
	taskSaid  = 3
	taskLook  = 200 // entries that are looked through for them
)

// tasked opens a task.
func (t *turn) tasked(p *aparte.Person, d *aparte.Decision) error {
	t.countAt(taskPrefix+d.ID.String(), t.now.Truncate(time.Hour), 1)
	return t.sent(p, d, "")
}

// isTask reports whether an event opens a task.
func isTask(event *aparte.Event) bool {
	if event.Name != aparte.EventSent || event.Source != aparte.OwnSource {
		return false
	}
	var sent struct {
		Channel aparte.Channel `json:"channel"`
	}
	return json.Unmarshal(event.Properties, &sent) == nil && sent.Channel == aparte.Human
}

// Tasks are the best that are open, of at most as many as are to be done in a day less those that were done since midnight in the
// brand's zone.
func (e *Engine) Tasks(ctx context.Context, aDay int, locale string) ([]Task, error) {
	now := e.brand.Load()
	if now == nil {
		return nil, ErrNoBrand
	}
	opened, err := e.openTasks(ctx)
	if err != nil {
		return nil, err
	}
	var all []aparte.Decision
	for id := range opened {
		d, err := e.Decision(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			continue // erased
		} else if err != nil {
			return nil, fmt.Errorf("task %s: %w", id, err)
		}
		all = append(all, d)
	}
	slices.SortFunc(all, bestFirst)
	done, err := e.doneToday(ctx, now)
	if err != nil {
		return nil, err
	}
	shown := max(0, min(len(all), aDay-done))
	out := make([]Task, 0, shown)
	for i := range all[:shown] {
		task, err := e.task(ctx, now, &all[i], locale)
		if errors.Is(err, store.ErrNotFound) {
			continue
		} else if err != nil {
			return nil, err
		}
		out = append(out, task)
	}
	return out, nil
}

// openTasks are those that nobody has closed, with the hours in which they were opened.
func (e *Engine) openTasks(ctx context.Context) (map[aparte.DecisionID]time.Time, error) {
	now := e.now()
	rows, err := e.store.Counters(ctx, taskPrefix, now.Add(-taskFor), now.Add(time.Hour))
	if err != nil {
		return nil, fmt.Errorf("tasks: %w", err)
	}
	opened := map[aparte.DecisionID]time.Time{}
	for _, row := range rows {
		if id, err := aparte.ParseDecisionID(strings.TrimPrefix(row.Key, taskPrefix)); err == nil && row.N > 0 {
			opened[id] = row.Hour
		}
	}
	return opened, nil
}

func (e *Engine) doneToday(ctx context.Context, now *live) (n int, err error) {
	here := e.now().In(now.plan.Zone())
	midnight := time.Date(here.Year(), here.Month(), here.Day(), 0, 0, 0, 0, here.Location())
	rows, err := e.store.Counters(ctx, taskDone, midnight, e.now().Add(time.Hour))
	if err != nil {
		return 0, fmt.Errorf("tasks done: %w", err)
	}
	for _, row := range rows {
		n += int(row.N)
	}
	return n, nil
}

// bestFirst orders decisions by what they were worth, of equals the oldest first.
func bestFirst(a, b aparte.Decision) int {
	return cmp.Or(cmp.Compare(worthOf(&b), worthOf(&a)), a.At.Compare(b.At), strings.Compare(a.ID.String(), b.ID.String()))
}

// worthOf is what a decision was worth beyond its cost.
func worthOf(d *aparte.Decision) float64 {
	if d.Chosen < 0 || d.Chosen >= len(d.Candidates) {
		return 0
	}
	return d.Candidates[d.Chosen].Value - d.Candidates[d.Chosen].Cost
}

// Task is what a decision asks somebody of the brand to do, in words.
func (e *Engine) Task(ctx context.Context, id aparte.DecisionID, locale string) (Task, error) {
	now := e.brand.Load()
	if now == nil {
		return Task{}, ErrNoBrand
	}
	d, err := e.Decision(ctx, id)
	if err != nil {
		return Task{}, err
	}
	return e.task(ctx, now, &d, locale)
}

func (e *Engine) task(ctx context.Context, now *live, d *aparte.Decision, locale string) (Task, error) {
	task := Task{Decision: *d, Worth: worthOf(d)}
	var err error
	if task.Person, err = e.Person(ctx, d.ID.Person); err != nil {
		return task, err
	}
	if locale == "" {
		locale = now.plan.Brand().Locale
	}
	if scene, err := e.scene(now, &task.Person, d, locale); err == nil { // else its words have left the brand, and the rest stands
		if task.Elements, err = e.composer.Elements(scene); err != nil {
			return task, fmt.Errorf("task %s: %w", d.ID, err)
		}
	}
	task.Why = decide.Explain(d, now.plan.Brand(), locale)
	entries, err := e.Story(ctx, task.Person.ID, StoryPlace{}, taskLook)
	if err != nil {
		return task, err
	}
	for i := range entries {
		line := e.storyLine(now, &entries[i], locale)
		switch event := entries[i].Event; {
		case event != nil && task.Taken.hear(event, d.ID):
		case line == "":
		case event.Name == aparte.EventSent:
			if len(task.Said) < taskSaid && decisionOf(event) != d.ID {
				task.Said = append(task.Said, line)
			}
		case len(task.Story) < taskStory:
			task.Story, task.Steps = append(task.Story, line), append(task.Steps, entries[i])
		}
	}
	return task, nil
}

// hear notes what an event says of who took the task, newest first, and reports whether it is one that says it of this task.
func (k *Taken) hear(event *aparte.Event, task aparte.DecisionID) bool {
	if event.Name != aparte.EventTaskTaken && event.Name != aparte.EventTaskTried {
		return false
	}
	var said struct {
		Decision string `json:"decision"`
		By       string `json:"by"`
	}
	if json.Unmarshal(event.Properties, &said) != nil || said.Decision != task.String() {
		return false
	}
	switch {
	case event.Name == aparte.EventTaskTried:
		if k.Tries++; k.Tries == 1 {
			k.Tried = event.Timestamp
		}
	case k.By == "":
		k.By, k.At = said.By, event.Timestamp
	}
	return true
}

// storyLine is an event in a line: when, what, about what. Empty for what tells a salesperson nothing. What a person wrote is not
// repeated.
func (e *Engine) storyLine(now *live, entry *StoryEntry, locale string) string {
	event := entry.Event
	if event == nil || event.Name == "" || event.Source == aparte.OwnSource && event.Name != aparte.EventSent && event.Name != aparte.EventReplied && event.Name != aparte.EventClicked {
		return ""
	}
	var about struct {
		Item    aparte.ItemID    `json:"product_id"`
		Named   aparte.ItemID    `json:"item"`
		Content aparte.ContentID `json:"content"`
		Channel string           `json:"channel"`
	}
	if len(event.Properties) > 0 {
		_ = json.Unmarshal(event.Properties, &about) // properties of other forms are about nothing
	}
	words := []string{event.Timestamp.In(now.plan.Zone()).Format("02.01. 15:04"), event.Name}
	if content, ok := now.plan.Content(about.Content); ok {
		words = append(words, "“"+content.Name.In(locale, now.plan.Brand().Locale)+"”")
	}
	if item, ok := now.plan.Item(cmp.Or(about.Item, about.Named)); ok {
		words = append(words, item.Name.In(locale, now.plan.Brand().Locale))
	}
	if about.Channel != "" && len(about.Channel) <= 32 {
		words = append(words, "("+about.Channel+")")
	}
	return strings.Join(words, " ")
}

// CloseTask notes that a task was done, or that whoever was to do it would not. ErrTask where it is not open.
func (e *Engine) CloseTask(ctx context.Context, id aparte.DecisionID, done bool) error {
	opened, err := e.openTasks(ctx)
	if err != nil {
		return err
	}
	hour, ok := opened[id]
	if !ok {
		return ErrTask
	}
	err = e.visit(ctx, id.Person, func(t *turn, p *aparte.Person) error {
		d, err := t.decision(id)
		if err != nil {
			return err
		}
		name := aparte.EventTaskDeclined
		if done {
			name = aparte.EventTaskDone
		}
		event := ownEvent(name, &d, t.now, nil)
		event.MessageID = aparte.MessageID("aparte-task:" + id.String())
		key := messageKey(event.MessageID)
		if repeated, err := t.applied(p, nil, key, ringHash(key)); err != nil || repeated {
			return err
		}
		t.countAt(taskPrefix+id.String(), hour, -1)
		if done {
			t.count(taskDone, 1)
			seen := ownEvent(aparte.EventExposed, &d, t.now, nil) // who was called has heard it
			if p, err = t.apply(p, &seen, named{}, messageKey(seen.MessageID)); err != nil {
				return err
			}
		}
		_, err = t.apply(p, &event, named{}, key)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return ErrTask
	}
	return err
}

// MaxTaker is the most bytes of what somebody who takes a task calls themselves.
const MaxTaker = 80

// TakeTask notes that somebody of the brand is about to do a task, who calls themselves so; whoever took it before no longer is.
// ErrTask where it is not open.
func (e *Engine) TakeTask(ctx context.Context, id aparte.DecisionID, by string) error {
	return e.tellTask(ctx, id, aparte.EventTaskTaken, by)
}

// TriedTask notes that whoever was to be spoken to was not reached: the task stays open. ErrTask where it is not.
func (e *Engine) TriedTask(ctx context.Context, id aparte.DecisionID, by string) error {
	return e.tellTask(ctx, id, aparte.EventTaskTried, by)
}

// tellTask makes an event of an open task happen to the person whom it is about.
func (e *Engine) tellTask(ctx context.Context, id aparte.DecisionID, name, by string) error {
	if len(by) > MaxTaker {
		return fmt.Errorf("by: %d bytes, at most %d", len(by), MaxTaker)
	}
	opened, err := e.openTasks(ctx)
	if err != nil {
		return err
	}
	if _, ok := opened[id]; !ok {
		return ErrTask
	}
	err = e.visit(ctx, id.Person, func(t *turn, p *aparte.Person) error {
		d, err := t.decision(id)
		if err != nil {
			return err
		}
		var more map[string]any
		if by != "" {
			more = map[string]any{"by": by}
		}
		event := ownEvent(name, &d, t.now, more)
		event.MessageID = aparte.MessageID(fmt.Sprintf("aparte-task:%s:%d", id, p.Seq+1))
		_, err = t.apply(p, &event, named{}, messageKey(event.MessageID))
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return ErrTask
	}
	return err
}
