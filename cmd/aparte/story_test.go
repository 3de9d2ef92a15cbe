package main

import (
	"math"
	"testing"

	"github.com/aparte-dev/aparte/demo/story"
)

// TestIsabellesStory is the story through the doors, over several seeds of what other people did before: nothing of what is said is
// written in it.
func TestIsabellesStory(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		house, shut, err := storyHouse(t.Context(), seed+1)
		if err != nil {
			t.Fatal(err)
		}
		told, err := story.Tell(t.Context(), story.Config{House: house, Seed: seed + 1})
		if err != nil {
			t.Fatal(err)
		}
		t.Log(told.Print(false))
		for scene, want := range map[string][3]string{
			"recall":      {"recall", "rouge-45", ""},
			"passes-by":   {"here", "rouge-45", "creme-rose"},
			"shares":      {"share", "rouge-45", ""},
			"opens-again": {"share", "rouge-45", ""},
			"friend":      {"friend", "", ""},
		} {
			for _, d := range decidedIn(told, scene) {
				if got := [3]string{d.Content, d.Item, d.Companion}; got != want {
					t.Errorf("seed %d, %s: %q was said, want %q", seed+1, scene, got, want)
				}
			}
		}
		owed := 0.0
		for _, c := range told.Credits {
			owed += c.Share
		}
		if len(told.Credits) < 3 || math.Abs(owed-1) > 1e-9 {
			t.Errorf("seed %d: the purchase is owed to %v", seed+1, told.Credits)
		}
		if err := shut(); err != nil {
			t.Error(err)
		}
	}
}

// decidedIn are the decisions of all scenes of a name; a scene without one is a failure told by the caller's want.
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
