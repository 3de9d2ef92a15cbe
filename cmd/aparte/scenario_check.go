package main

import (
	"fmt"
	"io"
	"os"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/scenario"
)

// scenarioCheckCommand reads a file of scenarios and says what is wrong with it.
type scenarioCheckCommand struct {
	File  string `arg:"" help:"YAML or JSON: a list of scenarios, or an object with such a list as its scenarios; - for standard input."`
	Brand string `help:"Brand that they are for: its objectives and audiences are those they may speak of." type:"existingfile" placeholder:"FILE"`
}

// Help is what `aparte scenario check --help` says beside the flags.
func (scenarioCheckCommand) Help() string {
	return `What scenarios can say is in docs/scenarios.md. Each thing that is wrong is told on a line of its own, FILE:LINE:COLUMN: FIELD: reason,
with exit status 1.

    aparte scenario check scenarios.yaml --brand brand.json`
}

// Run prints what is wrong, or how many scenarios there are.
func (c *scenarioCheckCommand) Run() error {
	b := &aparte.Brand{}
	if c.Brand != "" {
		var err error
		if b, err = readBrand(c.Brand); err != nil {
			return err
		}
	}
	name, text, err := c.read()
	if err != nil {
		return err
	}
	f, err := scenario.Read(name, text)
	if err == nil {
		err = f.Check(b)
	}
	if err != nil {
		return placed{err}
	}
	fmt.Printf("%s: %d scenarios\n", name, len(f.Scenarios))
	return nil
}

// read is the file and what it is called.
func (c *scenarioCheckCommand) read() (name string, text []byte, err error) {
	from, name := os.Stdin, "standard input"
	if c.File != "-" {
		name = c.File
		if from, err = os.Open(c.File); err != nil {
			return "", nil, err
		}
		defer from.Close()
	}
	text, err = io.ReadAll(io.LimitReader(from, scenario.MaxFile+1))
	return name, text, err
}

// placed is an error that begins with the place that it is about.
type placed struct{ error }
