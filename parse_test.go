package aparte_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aparte-dev/aparte"
)

// FuzzDuration: what is read as a duration is written so that it is read as the same.
func FuzzDuration(f *testing.F) {
	for _, seed := range []string{`"7d"`, `"36h"`, `"90s"`, `"-1h"`, `{}`, `"99999999999d"`, `"1e9h"`, `7`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var d, again aparte.Duration
		if d.UnmarshalJSON([]byte(text)) != nil {
			return
		}
		written, err := json.Marshal(d)
		if err != nil || again.UnmarshalJSON(written) != nil || again != d {
			t.Fatalf("%q is %v, written %s, read as %v (%v)", text, d.Std(), written, again.Std(), err)
		}
		if d < 0 {
			t.Fatalf("%q is below zero: %v", text, d.Std())
		}
	})
}

// FuzzIDs: what is read as the id of a decision is written so that it is read as the same.
func FuzzIDs(f *testing.F) {
	for _, seed := range []string{"d_" + strings.Repeat("0", 32) + "_1", "d_" + strings.Repeat("F", 32) + "_zz", "d__", "p_" + strings.Repeat("a", 32), "d_" + strings.Repeat("0", 32) + "_" + strings.Repeat("z", 13)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if id, err := aparte.ParseDecisionID(text); err == nil {
			if again, err := aparte.ParseDecisionID(id.String()); err != nil || again != id {
				t.Fatalf("%q is %s, read as %s (%v)", text, id, again, err)
			}
		}
		if id, err := aparte.ParsePersonID(text); err == nil {
			if again, err := aparte.ParsePersonID(id.String()); err != nil || again != id {
				t.Fatalf("%q is %s, read as %s (%v)", text, id, again, err)
			}
		}
	})
}

// TestTheListOfFuzzTargetsIsTrue holds docs/fuzzing.md against the targets that there are.
func TestTheListOfFuzzTargetsIsTrue(t *testing.T) {
	page, err := os.ReadFile("docs/fuzzing.md")
	if err != nil {
		t.Fatal(err)
	}
	var told, there []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\| `(Fuzz\\w+)` \\| \\S").FindAllStringSubmatch(string(page), -1) {
		told = append(told, m[1]+" "+m[2])
	}
	target := regexp.MustCompile(`(?m)^func (Fuzz\w+)\(`)
	err = filepath.WalkDir(".", func(path string, d os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range target.FindAllSubmatch(text, -1) {
			there = append(there, filepath.ToSlash(filepath.Dir(path))+" "+string(m[1]))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(told)
	slices.Sort(there)
	for _, one := range told {
		if !slices.Contains(there, one) {
			t.Errorf("%s stands in docs/fuzzing.md and is not there", one)
		}
	}
	for _, one := range there {
		if !slices.Contains(told, one) {
			t.Errorf("%s is not in docs/fuzzing.md", one)
		}
	}
}
