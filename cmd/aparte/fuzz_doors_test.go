package main

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// door is one address of the house with what a valid request of it has.
type door struct {
	method, path string // the path with its parameters, {like} this
	key          string
	query        []string // names of parameters
	headers      []string
	schema       any      // of a JSON body; nil: there is none
	fields       []string // of a form
	file         bool     // the body is a file
}

func (d *door) String() string { return d.method + " " + d.path }

// guarded says that nothing is answered at the door without the secret key.
func (d *door) guarded() bool {
	return strings.HasPrefix(d.path, "/v1/admin/") || strings.HasPrefix(d.path, "/v1/in/")
}

// public says that anybody may ask: what is answered must be of the asker alone.
func (d *door) public() bool {
	return !d.guarded() && !strings.HasPrefix(d.path, "/console/") && d.path != "/metrics"
}

// dear says that an answer costs hundreds of times what others do: pictures are painted for it, all histories are gone through, or a password is
// hashed, for the request or for the session that it ends.
func (d *door) dear() bool {
	switch d.method + " " + d.path {
	case "POST /console/sign-in", "POST /console/sign-in/code", "POST /console/account/second/leave", "POST /console/sign-out", "POST /console/join/{token}", "POST /console/set-up/{token}", "POST /console/account/password", "POST /console/account/everywhere", "POST /console/single":
		return true
	}
	return d.path == "/console/contents/{id}/{layout}/for/{person}" || strings.HasSuffix(d.path, "/test") && !strings.Contains(d.path, "webhooks") && !strings.Contains(d.path, "channels") || strings.Contains(d.path, "whatif") || strings.HasSuffix(d.path, "/replay") || d.path == "/v1/admin/lookalike"
}

// lasts says that a door takes away what others are attacked with: it is attacked after them.
func (d *door) lasts() bool {
	return d.method == "DELETE" || strings.Contains(d.path, "/erase") || strings.Contains(d.path, "/delete") || d.path == "/v1/admin/people/{id}/merge" || d.path == "/console/people/{id}/merge"
}

// allDoors are those of the API, which openapi.json describes without exception (a test of package api says so), those that the console
// mounts, read from its source, and the tag's.
func (h *besieged) allDoors(t testing.TB) []door {
	t.Helper()
	ds := slices.Concat(h.described(t), h.mounted(t), []door{{method: "GET", path: "/tag.js"}, {method: "GET", path: "/push.js"}, {method: "GET", path: "/nowhere/{token}"}})
	slices.SortStableFunc(ds, func(a, b door) int {
		if a.lasts() != b.lasts() {
			if b.lasts() {
				return -1
			}
			return 1
		}
		return strings.Compare(a.String(), b.String())
	})
	return ds
}

// described are the doors of openapi.json.
func (h *besieged) described(t testing.TB) (ds []door) {
	t.Helper()
	var doc struct {
		Paths map[string]map[string]json.RawMessage
	}
	text := h.ok("GET", "/openapi.json", "", "")
	h.must(json.Unmarshal([]byte(text), &doc))
	h.must(json.Unmarshal([]byte(text), &h.spec))
	type parameter struct{ Name, In string }
	for path, operations := range doc.Paths {
		var shared []parameter
		if raw, ok := operations["parameters"]; ok {
			h.must(json.Unmarshal(raw, &shared))
		}
		for method, raw := range operations {
			if method == "parameters" {
				continue
			}
			var op struct {
				Parameters  []parameter
				RequestBody struct {
					Content map[string]struct{ Schema any }
				}
			}
			h.must(json.Unmarshal(raw, &op))
			d := door{method: strings.ToUpper(method), path: path}
			for _, p := range append(op.Parameters, shared...) {
				switch p.In {
				case "query":
					d.query = append(d.query, p.Name)
				case "header":
					d.headers = append(d.headers, p.Name)
				}
			}
			for kind, c := range op.RequestBody.Content {
				switch kind {
				case "application/json":
					d.schema = c.Schema
				case "application/x-www-form-urlencoded":
					d.fields = h.properties(c.Schema)
				case "*/*":
					d.file = true
				}
			}
			if d.guarded() {
				d.key = siegeSecretKey
			} else if strings.HasPrefix(path, "/v1/") || strings.HasPrefix(path, "/ofrep/") {
				d.key = siegeWriteKey
			}
			ds = append(ds, d)
		}
	}
	return ds
}

// mounted are the pages of the console: the patterns that its source gives to Handle and HandleFunc. A pattern that does not stand
// there as it is fails the test, lest a page be missed.
func (h *besieged) mounted(t testing.TB) (ds []door) {
	t.Helper()
	files, err := filepath.Glob("../../console/*.go")
	h.must(err)
	fields := h.fieldsOf()
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		h.must(err)
		ast.Inspect(parsed, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) != 2 {
				return true
			}
			to, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || to.Sel.Name != "HandleFunc" && to.Sel.Name != "Handle" {
				return true
			}
			on, _ := to.X.(*ast.Ident)
			literal, ok := call.Args[0].(*ast.BasicLit)
			switch {
			case !ok && on != nil && on.Name == "mux":
				t.Errorf("%s mounts a page whose address does not stand in the source", file)
			case ok:
				pattern, err := strconv.Unquote(literal.Value)
				h.must(err)
				method, path, _ := strings.Cut(pattern, " ")
				d := door{method: method, path: strings.TrimSuffix(path, "{$}"), fields: fields}
				if method == "GET" {
					d.fields, d.query = nil, fields
				}
				ds = append(ds, d)
			}
			return true
		})
	}
	if len(ds) < 50 {
		t.Fatalf("%d pages of the console were found", len(ds))
	}
	return ds
}

var nameAttribute = regexp.MustCompile(`\bname="([a-zA-Z][\w.-]*)"`)

// fieldsOf are the names of all fields of the console's pages.
func (h *besieged) fieldsOf() []string {
	h.t.Helper()
	files, err := filepath.Glob("../../console/pages/*.html")
	h.must(err)
	seen := map[string]bool{}
	for _, file := range files {
		page, err := os.ReadFile(file)
		h.must(err)
		for _, m := range nameAttribute.FindAllStringSubmatch(string(page), -1) {
			seen[m[1]] = true
		}
	}
	delete(seen, "viewport")
	delete(seen, "color-scheme")
	return slices.Sorted(maps.Keys(seen))
}

// properties are the names that a schema of an object has.
func (h *besieged) properties(schema any) []string {
	s, _ := schema.(map[string]any)
	ps, _ := s["properties"].(map[string]any)
	return slices.Sorted(maps.Keys(ps))
}

// readForms asks for every page that can be asked for, and keeps the forms that stand there, by the pattern of the door they are sent to.
func (h *besieged) readForms(ds []door) map[string][]url.Values {
	forms := map[string][]url.Values{}
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range ds {
		d := &ds[i]
		if d.method != "GET" || strings.HasPrefix(d.path, "/v1/") {
			continue
		}
		for _, f := range h.formsOf(h.base(rng, d, nil).path) {
			for j := range ds {
				if ds[j].method == f.method && leadsTo(ds[j].path, f.action) {
					forms[ds[j].String()] = append(forms[ds[j].String()], f.values)
				}
			}
		}
	}
	return forms
}

// sheet is a form of a page, as it is sent by who fills nothing in.
type sheet struct {
	method, action string
	values         url.Values
}

// formsOf are the forms that stand in a page, none where it is none.
func (h *besieged) formsOf(path string) (fs []sheet) {
	w := h.answer(h.request("GET", path, "", ""))
	if w.status != http.StatusOK || !strings.HasPrefix(w.header.Get("Content-Type"), "text/html") {
		return nil
	}
	root, err := html.Parse(&w.body)
	h.must(err)
	for n := range root.Descendants() {
		if n.Type != html.ElementNode || n.Data != "form" {
			continue
		}
		f := sheet{method: strings.ToUpper(attribute(n, "method")), action: attribute(n, "action"), values: url.Values{}}
		if f.method == "" {
			f.method = "GET"
		}
		if f.action == "" {
			f.action = path
		}
		f.action, _, _ = strings.Cut(f.action, "?")
		for field := range n.Descendants() {
			if name := attribute(field, "name"); name != "" {
				if value, sent := valueOf(field); sent {
					f.values.Add(name, value)
				}
			}
		}
		fs = append(fs, f)
	}
	return fs
}

// valueOf is what a field of a form holds, and whether it is sent.
func valueOf(field *html.Node) (value string, sent bool) {
	switch field.Data {
	case "textarea":
		if field.FirstChild != nil {
			value = field.FirstChild.Data
		}
		return value, true
	case "select":
		first := true
		for o := range field.Descendants() {
			if o.Data == "option" && (first || has(o, "selected")) {
				value, first = attribute(o, "value"), false
			}
		}
		return value, true
	}
	if kind := attribute(field, "type"); (kind == "radio" || kind == "checkbox") && !has(field, "checked") {
		return "", false
	}
	return attribute(field, "value"), true
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// leadsTo says whether a path is one of a pattern's.
func leadsTo(pattern, path string) bool {
	a, b := strings.Split(pattern, "/"), strings.Split(path, "/")
	return slices.EqualFunc(a, b, func(want, is string) bool { return want == is || strings.HasPrefix(want, "{") && is != "" })
}

// fill puts something that is there, where that is known, in the place of each parameter of a path.
func (h *besieged) fill(rng *rand.Rand, pattern string) string {
	segments := strings.Split(pattern, "/")
	for i, s := range segments {
		if !strings.HasPrefix(s, "{") {
			continue
		}
		var from []string
		suffix := ""
		switch s {
		case "{token}", "{file}":
			from = h.tokens[segments[1]]
			if s == "{file}" {
				suffix = pick(rng, []string{".png", ".html", ".json", ".gif", ".webp", ".svg", ".mp4", ""})
				if i > 2 {
					from = []string{"ada-3"}
				}
			}
		default:
			if from = h.known[s]; from == nil {
				from = h.known[segments[i-1]]
			}
			if strings.HasPrefix(pattern, "/console/people/") && s == "{id}" {
				from = h.known["{person}"]
			}
		}
		value := "x"
		if len(from) > 0 {
			value = pick(rng, from)
		}
		segments[i] = value + suffix
	}
	return strings.Join(segments, "/")
}

func pick[T any](rng *rand.Rand, from []T) T { return from[rng.IntN(len(from))] }

// value makes a value of a JSON schema of openapi.json.
func (h *besieged) value(rng *rand.Rand, schema any, name string, deep int) any {
	s, ok := schema.(map[string]any)
	if !ok {
		return "x"
	}
	if ref, ok := s["$ref"].(string); ok {
		components, _ := h.spec["components"].(map[string]any)
		schemas, _ := components["schemas"].(map[string]any)
		return h.value(rng, schemas[strings.TrimPrefix(ref, "#/components/schemas/")], name, deep+1)
	}
	if examples, ok := s["examples"].([]any); ok && len(examples) > 0 {
		return pick(rng, examples)
	}
	if c, ok := s["const"]; ok {
		return c
	}
	if enum, ok := s["enum"].([]any); ok && len(enum) > 0 {
		return pick(rng, enum)
	}
	for _, way := range []string{"oneOf", "anyOf"} {
		if of, ok := s[way].([]any); ok && len(of) > 0 && s["properties"] == nil {
			return h.value(rng, pick(rng, of), name, deep+1)
		}
	}
	if all, ok := s["allOf"].([]any); ok {
		merged := map[string]any{}
		for _, part := range append(all, map[string]any{"type": "object", "properties": s["properties"]}) {
			if o, ok := h.value(rng, part, name, deep+1).(map[string]any); ok {
				maps.Copy(merged, o)
			}
		}
		return merged
	}
	kind, _ := s["type"].(string)
	if kinds, ok := s["type"].([]any); ok {
		kind, _ = pick(rng, kinds).(string)
	}
	if kind == "" && s["properties"] != nil {
		kind = "object"
	}
	switch kind {
	case "object":
		o := map[string]any{}
		properties, _ := s["properties"].(map[string]any)
		required, _ := s["required"].([]any)
		for _, p := range slices.Sorted(maps.Keys(properties)) {
			if slices.Contains(required, any(p)) || deep < 6 && rng.IntN(2) == 0 || p == "userId" {
				o[p] = h.value(rng, properties[p], p, deep+1)
			}
		}
		return o
	case "array":
		list := []any{}
		for range 1 + rng.IntN(2) {
			if deep < 8 {
				list = append(list, h.value(rng, s["items"], name, deep+1))
			}
		}
		return list
	case "integer":
		return 1 + rng.IntN(3)
	case "number":
		return rng.Float64() * 50
	case "boolean":
		return rng.IntN(2) == 0
	case "null":
		return nil
	}
	switch format, _ := s["format"].(string); format {
	case "uri":
		return "https://hooks.example/in"
	case "date":
		return "2026-05-01"
	case "date-time":
		return "2026-05-01T10:00:00Z"
	}
	return h.named(rng, name)
}

// named is a text that fits a member or a field of this name.
func (h *besieged) named(rng *rand.Rand, name string) string {
	switch strings.ToLower(name) {
	case "userid", "user_id", "previousid", "person", "with", "id", "who":
		return pick(rng, h.known["people"])
	case "anonymousid":
		return "anon-" + pick(rng, h.known["people"])
	case "email", "to":
		return "ada-0@house.example"
	case "phone":
		return "+33612345000"
	case "address":
		return "env:APARTE_SOURCE_SHOP"
	case "kind":
		return "events"
	case "phone number":
		return "+33612345000"
	case "slot", "slots":
		return pick(rng, []string{"hero", "aside"})
	case "content", "contents":
		return pick(rng, h.known["contents"])
	case "audience":
		return pick(rng, h.known["audiences"])
	case "event", "name":
		return pick(rng, []string{"Order Completed", "Product Viewed"})
	case "where", "when", "seed", "condition":
		return "person.orders >= 1"
	case "objective":
		return "order"
	case "locale", "lang", "language":
		return pick(rng, []string{"en", "fr"})
	case "product_id", "item":
		return string(pick(rng, h.brand.Items).ID)
	case "messageid":
		return "m-" + strconv.Itoa(rng.IntN(1<<30))
	case "currency":
		return "GBP"
	case "surface", "channel":
		return pick(rng, []string{"web", "email"})
	case "writekey":
		return siegeWriteKey
	case "limit", "days", "aday", "most", "scale", "share", "part":
		return strconv.Itoa(1 + rng.IntN(5))
	case "from", "since", "day":
		return "2026-05-01"
	case "until":
		return "2026-05-06"
	case "reason":
		return "malformed"
	case "value":
		return "person.orders"
	case "source":
		return "web"
	case "query":
		return "select 1"
	case "by":
		return "channel"
	case "decision":
		return pick(rng, h.known["decisions"])
	}
	return pick(rng, []string{"x", "1", "on", "2026-05-01", "Tea"})
}
