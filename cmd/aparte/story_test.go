package main

import (
	"math"
	"slices"
	"testing"

	"github.com/aparte-dev/aparte/demo/story"
)

// TestIsabellesStory is the story through the doors: nothing of what is said is written in it.
func TestIsabellesStory(t *testing.T) {
	t.Parallel()
	const seed = 1
	house, shut, err := storyHouse(t.Context(), seed)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := shut(); err != nil {
			t.Error(err)
		}
	}()
	told, err := story.Tell(t.Context(), story.Config{House: house, Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	for scene, want := range map[string][3]string{
		"recall":    {"recall", "rouge-45", ""},
		"passes-by": {"here", "rouge-45", "creme-rose"},
		"after":     {"", "", ""}, // friends who tried a shade on: nobody agreed to be written to
	} {
		for _, d := range decidedIn(told, scene) {
			if got := [3]string{d.Content, d.Item, d.Companion}; got != want {
				t.Errorf("%s: %q was said, want %q", scene, got, want)
			}
		}
	}
	for _, d := range decidedIn(told, "opens-again") {
		if d.Content == "" || d.Content == "recall" {
			t.Errorf("the mail opened again shows %q", d.Content)
		}
	}
	if friends := decidedIn(told, "friend"); len(friends) != 3 {
		t.Errorf("%d friends were met, want 3", len(friends))
	}
	owed := 0.0
	for _, c := range told.Credits {
		owed += c.Share
	}
	if len(told.Credits) < 3 || math.Abs(owed-1) > 1e-9 {
		t.Errorf("the purchase is owed to %v", told.Credits)
	}
	if !slices.Contains(told.Audiences, "ambassadors") {
		t.Errorf("isabelle is in %q", told.Audiences)
	}
}

// decidedIn are the decisions of all scenes of a name; where there is none, one that says nothing.
func decidedIn(s *story.Story, name string) (all []story.Decided) {
	for i := range s.Scenes {
		if s.Scenes[i].Name == name {
			all = append(all, s.Scenes[i].Decided...)
		}
	}
	if len(all) == 0 {
		all = append(all, story.Decided{})
	}
	return all
}
