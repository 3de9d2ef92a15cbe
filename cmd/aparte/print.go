package main

import (
	"encoding/json"
	"io"
	"os"
)

// printJSON prints one JSON object on standard output.
func printJSON(v any) error { return writeJSON(os.Stdout, v) }

// writeJSON writes it as printJSON does.
func writeJSON(out io.Writer, v any) error {
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
