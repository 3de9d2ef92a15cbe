package aparte_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// levelTwo are the requirements of OWASP ASVS 4.0.3 up to level 2, as chapter.section and the numbers in it. Missing numbers were deleted
// from the standard, or are of level 3.
const levelTwo = `1.1 1-7, 1.2 1-4, 1.4 1 4 5, 1.5 1-4, 1.6 1-4, 1.7 1-2, 1.8 1-2, 1.9 1-2, 1.10 1, 1.11 1-2, 1.12 2, 1.14 1-6,
	2.1 1-12, 2.2 1-3, 2.3 1-3, 2.4 1-5, 2.5 1-7, 2.6 1-3, 2.7 1-6, 2.8 1-7, 2.9 1-3, 2.10 1-4,
	3.1 1, 3.2 1-4, 3.3 1-4, 3.4 1-5, 3.5 1-3, 3.7 1,
	4.1 1-3 5, 4.2 1-2, 4.3 1-3,
	5.1 1-5, 5.2 1-8, 5.3 1-10, 5.4 1-3, 5.5 1-4,
	6.1 1-3, 6.2 1-6, 6.3 1-2, 6.4 1-2,
	7.1 1-4, 7.2 1-2, 7.3 1 3 4, 7.4 1-3,
	8.1 1-4, 8.2 1-3, 8.3 1-8,
	9.1 1-3, 9.2 1-4,
	10.2 1-2, 10.3 1-3,
	11.1 1-8,
	12.1 1-3, 12.2 1, 12.3 1-6, 12.4 1-2, 12.5 1-2, 12.6 1,
	13.1 1 3-5, 13.2 1-3 5 6, 13.3 1-2, 13.4 1-2,
	14.1 1-4, 14.2 1-6, 14.3 2-3, 14.4 1-7, 14.5 1-4`

func numbersOf(t *testing.T, list string) (all []string) {
	t.Helper()
	for _, section := range strings.Split(list, ",") {
		fields := strings.Fields(section)
		for _, span := range fields[1:] {
			from, to, more := strings.Cut(span, "-")
			if !more {
				to = from
			}
			first, err := strconv.Atoi(from)
			last, err2 := strconv.Atoi(to)
			if err != nil || err2 != nil {
				t.Fatalf("%q is no span", span)
			}
			for n := first; n <= last; n++ {
				all = append(all, fmt.Sprintf("%s.%d", fields[0], n))
			}
		}
	}
	return all
}

// testsThere are the tests and fuzz targets of each package.
func testsThere(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	err := filepath.WalkDir(".", func(path string, d os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		in := filepath.ToSlash(filepath.Dir(path))
		for _, m := range declared.FindAllSubmatch(text, -1) {
			all[in] = append(all[in], string(m[1]))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestTheListOfSecurityRequirementsIsTrue holds docs/security.md against the numbers of the standard and the tests that there are.
func TestTheListOfSecurityRequirementsIsTrue(t *testing.T) {
	page, err := os.ReadFile("docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	there := testsThere(t)
	const requirements = 259
	want := numbersOf(t, levelTwo)
	if len(want) != requirements {
		t.Fatalf("level 2 has %d requirements, want %d", len(want), requirements)
	}
	var told []string
	for _, m := range regexp.MustCompile(`(?m)^\| (\d+\.\d+\.\d+) \|(.*)$`).FindAllStringSubmatch(string(page), -1) {
		number, cells := m[1], strings.Split(m[2], "|")
		told = append(told, number)
		if len(cells) != 4 || strings.TrimSpace(cells[0]) == "" || strings.TrimSpace(cells[2]) == "" {
			t.Errorf("%s: must say what it is about, how it stands, and why", number)
			continue
		}
		named := 0
		for _, of := range regexp.MustCompile("`([^`]+)` ((?:Test|Fuzz)\\w+(?:, (?:Test|Fuzz)\\w+)*)").FindAllStringSubmatch(cells[2], -1) {
			for _, name := range strings.Split(of[2], ", ") {
				named++
				if !slices.Contains(there[of[1]], name) {
					t.Errorf("%s: there is no %s in %s", number, name, of[1])
				}
			}
		}
		if all := len(regexp.MustCompile(`\b(?:Test|Fuzz)[A-Z]\w+`).FindAllString(cells[2], -1)); all != named {
			t.Errorf("%s: %d of %d tests do not say of which package they are", number, all-named, all)
		}
		switch status := strings.TrimSpace(cells[1]); {
		case status == "met" && named == 0:
			t.Errorf("%s is said to be met, and no test shows it", number)
		case status != "met" && status != "open" && status != "not applicable":
			t.Errorf("%s is %q", number, status)
		}
	}
	for _, number := range want {
		if !slices.Contains(told, number) {
			t.Errorf("%s is not in docs/security.md", number)
		}
	}
	for i, number := range told {
		if !slices.Contains(want, number) || slices.Contains(told[:i], number) {
			t.Errorf("%s stands in docs/security.md and is none, or stands there twice", number)
		}
	}
}
