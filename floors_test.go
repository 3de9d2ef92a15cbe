package aparte_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path"
	"strings"
	"testing"
)

const module = "github.com/aparte-dev/aparte"

// floors says on which floor a package stands (ARCHITECTURE.md has the drawing). A package imports only
// packages of floors below its own; beside lists the neighbours it may import as well.
var floors = []struct {
	floor    int
	packages string // a path pattern below the module
	beside   []string
}{
	{0, ".", nil},
	{1, "gsm", nil},
	{1, "lifetime", nil},
	{1, "store", nil},
	{1, "store/*", []string{"store", "store/storetest"}},
	{1, "place", nil},
	{2, "decide", nil},
	{2, "profile", nil},
	{3, "access", []string{"observe"}},
	{3, "access/*", []string{"access", "channel"}},
	{3, "access/*/*", nil},
	{3, "asset", nil},
	{3, "channel", nil},
	{3, "channel/*", []string{"channel", "channel/channeltest", "channel/jws", "channel/mailbox", "channel/account", "exchange/adplatform", "grant", "observe"}},
	{3, "compose", []string{"compose/film", "compose/mjml"}},
	{3, "compose/mjml", nil},
	{3, "compose/film", nil},
	{3, "exchange/source", []string{"exchange/form", "exchange/load", "exchange/query", "exchange/querytest", "exchange/record"}},
	{3, "exchange/*", []string{"exchange/table", "exchange/record", "exchange/form", "exchange/sorted", "exchange/querytest"}},
	{3, "grant", nil},
	{3, "learn", nil},
	{3, "learn/*", []string{"learn", "exchange/*"}},
	{3, "measure", nil},
	{3, "measure/*", nil},
	{3, "observe", nil},
	{3, "playbook", nil},
	{3, "quality", nil},
	{3, "scenario", nil},
	{3, "writer", nil},
	{4, "engine", nil},
	{5, "api", nil},
	{5, "console", nil},
	{5, "fellow", nil},
	{5, "tag", nil},
	{6, "demo", []string{"demo/*"}},
	{6, "demo/*", []string{"demo/*"}},
	{6, "demo/*/*", []string{"demo/*"}},
	{6, "simulate", nil},
	{6, "simulate/cluster", nil},
	{6, "bench", nil},
	{6, "bench/table", nil},
	{6, "faults", nil},
	{6, "cmd/aparte", []string{"demo", "demo/*", "simulate", "simulate/*"}},
}

// onlyIn says which packages may import a dependency, so that each stands in one place: patterns, with spaces between.
var onlyIn = map[string]string{
	"github.com/cockroachdb/pebble/v2":         "store/pebble",
	"cel.dev/cel-go":                           "decide",
	"github.com/tidwall/rtree":                 "place",
	"golang.org/x/crypto/argon2":               "access",
	"github.com/pquerna/otp":                   "access",
	"github.com/coreos/go-oidc/v3":             "access/oidc",
	"golang.org/x/oauth2":                      "access/oidc",
	"github.com/go-jose/go-jose/v4":            "access/oidc/*",
	"github.com/osteele/liquid":                "compose",
	"github.com/go-text/typesetting":           "compose",
	"rsc.io/qr":                                "compose",
	"github.com/wneessen/go-mail":              "channel/email",
	"github.com/emersion/go-smtp":              "channel/*",
	"github.com/emersion/go-msgauth":           "channel/email",
	"github.com/parquet-go/parquet-go":         "exchange/record",
	"github.com/santhosh-tekuri/jsonschema/v6": "quality",
	"github.com/jackc/pgx/v5":                  "exchange/query* store/postgres",
	"go.opentelemetry.io/otel":                 "observe",
}

type listed struct {
	ImportPath string
	Imports    []string
}

func TestPackagesImportOnlyFromTheFloorsBelow(t *testing.T) {
	for _, p := range list(t) {
		name := local(p.ImportPath)
		floor, beside, known := place(name)
		if !known {
			t.Errorf("package %s stands on no floor: give it one here and in ARCHITECTURE.md", name)
			continue
		}
		for _, imported := range p.Imports {
			if !strings.HasPrefix(imported, module) {
				continue
			}
			below := local(imported)
			other, _, _ := place(below)
			if other >= floor && !matchesAny(beside, below) {
				t.Errorf("%s (floor %d) imports %s (floor %d)", name, floor, below, other)
			}
		}
	}
}

func TestTheRootImportsOnlyTheStandardLibrary(t *testing.T) {
	for _, p := range list(t) {
		if p.ImportPath != module {
			continue
		}
		for _, imported := range p.Imports {
			if first, _, _ := strings.Cut(imported, "/"); strings.Contains(first, ".") {
				t.Errorf("the root imports %s", imported)
			}
		}
	}
}

func TestEachDependencyHasOnePlace(t *testing.T) {
	for _, p := range list(t) {
		for _, imported := range p.Imports {
			for dependency, where := range onlyIn {
				inside := imported == dependency || strings.HasPrefix(imported, dependency+"/")
				if inside && !matchesAny(strings.Fields(where), local(p.ImportPath)) {
					t.Errorf("%s imports %s, which belongs in %s", local(p.ImportPath), imported, where)
				}
			}
		}
	}
}

func list(t *testing.T) []listed {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var packages []listed
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

func local(importPath string) string {
	name := strings.TrimPrefix(strings.TrimPrefix(importPath, module), "/")
	if name == "" {
		return "."
	}
	return name
}

func place(name string) (floor int, beside []string, known bool) {
	for _, f := range floors {
		if ok, _ := path.Match(f.packages, name); ok {
			return f.floor, f.beside, true
		}
	}
	return 0, nil, false
}

func matchesAny(patterns []string, name string) bool {
	for _, p := range patterns {
		if ok, _ := path.Match(p, name); ok {
			return true
		}
	}
	return false
}
