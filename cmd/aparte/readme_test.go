package main

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// firstScreen is how many lines of a page somebody sees without scrolling.
const firstScreen = 24

func readme(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(string(text), "\n")
}

func TestTheReadmeBeginsWithTwoCommands(t *testing.T) {
	var commands []string
	for _, line := range readme(t)[:firstScreen] {
		if command, ok := strings.CutPrefix(line, "    "); ok {
			commands = append(commands, command)
		}
	}
	if got, want := strings.Join(commands, "\n"), "go run ./cmd/aparte demo\ngo test ./..."; got != want {
		t.Errorf("the first screen shows\n%s\nwant\n%s", got, want)
	}
}

// ours is a command line of this command: on a line of its own, or in backquotes.
var ours = regexp.MustCompile("(?:^    |`)(?:go run \\./cmd/aparte|aparte)((?: [^`]+)?)(?:`|$)")

func TestTheCommandLinesOfTheReadmeAreOnes(t *testing.T) {
	lines := readme(t)
	t.Chdir(t.TempDir()) // where what the command lines name exists
	if err := os.WriteFile("brand.json", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir("assets", 0o700); err != nil {
		t.Fatal(err)
	}
	tried := 0
	for n, line := range lines {
		for _, found := range ours.FindAllStringSubmatch(line, -1) {
			tried++
			if err := parse(t, strings.Fields(found[1])); err != nil {
				t.Errorf("line %d: aparte%s: %v", n+1, found[1], err)
			}
		}
	}
	if tried < 3 {
		t.Errorf("only %d command lines were found", tried)
	}
}

// parse reads a command line as main does, and runs nothing.
func parse(t *testing.T, args []string) error {
	t.Helper()
	helped := false
	more := []kong.Option{kong.Exit(func(int) { helped = true }), kong.Writers(io.Discard, io.Discard)}
	parser, err := kong.New(new(commands), append(options(t.Context()), more...)...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = parser.Parse(args); helped { // what follows a request for help is not read
		return nil
	}
	return err
}
