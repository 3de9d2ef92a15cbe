package engine_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
)

// openTasks is a house whose brand has somebody called who leaves a basket.
func openTasks(t *testing.T) *stepped {
	h := openStepped(t)
	b := reachable()
	b.Layouts[0].Channels = append(b.Layouts[0].Channels, aparte.Human)
	b.Contents[0].Channels = []aparte.Channel{aparte.Human}
	b.Contents[0].Purpose, b.Postage, b.Objectives[0].Value = aparte.Service, nil, "100000.0" // worth saying
	b.Scenarios[0].Channel, b.Scenarios[0].Also = aparte.Human, nil
	h.publish(b)
	return h
}

// hot has somebody leave baskets until they are to be called.
func (h *stepped) hot(user string) {
	h.t.Helper()
	h.tell(identify(user, "", map[string]any{"ltv": 100}))
	for range 20 {
		h.tell(event("Product Added", user, "", map[string]any{"product_id": "lamp", "price": 25, "quantity": 1, "currency": "EUR"}))
		h.pass(61 * time.Minute)
		h.pass(time.Minute)
		for _, e := range h.story(user) {
			if e.Event != nil && e.Event.Name == aparte.EventSent {
				return
			}
		}
	}
	h.t.Fatal("twenty baskets were left, and nobody is to be called")
}

func (h *stepped) tasks(aDay int) []engine.Task {
	h.t.Helper()
	tasks, err := h.Tasks(h.t.Context(), aDay, "en")
	h.check(err)
	return tasks
}

func TestAHotLeadIsATaskWithItsStoryUntilItIsClosed(t *testing.T) {
	h := openTasks(t)
	h.hot("ada")
	tasks := h.tasks(20)
	if len(tasks) != 1 {
		t.Fatalf("%d tasks", len(tasks))
	}
	task := tasks[0]
	if task.Elements["headline"] != "Your lamp" || len(task.Why) == 0 || len(task.Story) == 0 || !strings.HasSuffix(task.Story[0], "Product Added Lamp") || len(task.Said) != 0 {
		t.Errorf("task %+v", task)
	}
	h.reopen()
	h.check(h.CloseTask(t.Context(), task.Decision.ID, true))
	if err := h.CloseTask(t.Context(), task.Decision.ID, false); !errors.Is(err, engine.ErrTask) {
		t.Errorf("closed twice: %v", err)
	}
	if n := len(h.tasks(20)); n != 0 {
		t.Errorf("closed, %d are open", n)
	}
	var names []string
	for _, e := range h.story("ada") {
		if e.Event != nil && e.Event.Source == aparte.OwnSource {
			names = append(names, e.Event.Name)
		}
		if e.Decision != nil {
			r, err := h.Replay(t.Context(), e.Decision.ID)
			h.check(err)
			if !r.Same {
				t.Errorf("decision %s comes out otherwise: %v", e.Decision.ID, r.Differences)
			}
		}
	}
	if want := []string{aparte.EventTaskDone, aparte.EventExposed, aparte.EventSent}; !slices.Equal(names, want) {
		t.Errorf("events %v, want %v", names, want)
	}
}

func TestNoMoreTasksAreListedThanADayHasRoomFor(t *testing.T) {
	h := openTasks(t)
	for _, user := range []string{"ada", "bob", "cy", "dee"} {
		h.hot(user)
	}
	all := h.tasks(20)
	if len(all) != 4 {
		t.Fatalf("%d tasks", len(all))
	}
	best := h.tasks(2)
	if len(best) != 2 || best[0].Decision.ID != all[0].Decision.ID || best[1].Decision.ID != all[1].Decision.ID {
		t.Errorf("of two a day: %v", best)
	}
	h.check(h.CloseTask(t.Context(), best[0].Decision.ID, true))
	h.check(h.CloseTask(t.Context(), best[1].Decision.ID, false))
	if left := h.tasks(2); len(left) != 1 || left[0].Decision.ID != all[2].Decision.ID { // who declines has room for another
		t.Errorf("after one was done and one declined: %v", left)
	}
	h.pass(24 * time.Hour)
	if left := h.tasks(2); len(left) != 2 {
		t.Errorf("the next day %d", len(left))
	}
	h.check(h.Erase(t.Context(), all[2].Person.ID))
	if left := h.tasks(2); len(left) != 1 || left[0].Decision.ID != all[3].Decision.ID {
		t.Errorf("one was erased: %v", left)
	}
	h.pass(8 * 24 * time.Hour)
	if left := h.tasks(2); len(left) != 0 {
		t.Errorf("after a week %d", len(left))
	}
}
