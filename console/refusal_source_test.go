package console

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// tellers are the files whose words stand on a page of the console, and those of their words that do not: they are for the log or for who starts the
// process, or are no sentence.
var tellers = map[string][]string{
	"asset/library.go": {"cannot be taken", "there is another asset", "read assets", "keep asset", "forget "},
	"asset/picture.go": {"write the picture"},

	"channel/webhook/ads.go": {"code {}"}, "channel/webhook/endpoint.go": nil, "channel/webhook/post.go": nil, "channel/webhook/state.go": {"webhook {}"},
	"channel/webhook/hooks.go": {"webhook", "document {}", "encode webhooks", "store webhooks"}, "channel/account/account.go": nil, "exchange/adplatform/account.go": nil,

	"channel/failure.go": nil, "channel/check.go": nil, "channel/provider.go": nil,
	"channel/email/reply.go": {"connect to", "encrypt the", "greet the", "name the", "write the", "hold the", "end the"}, // with what is behind them: pairs
	"channel/email/conn.go":  nil, "channel/email/pool.go": nil, "channel/email/address.go": nil, "channel/email/mail.go": {"multipart/", "boundary {}"},

	"exchange/source/address.go": nil, "exchange/source/bring.go": nil, "exchange/source/declare.go": nil, "exchange/source/source.go": nil,
	"exchange/source/sources.go": {"sources: {}", "document {}", "encode sources", "store sources"},
	"exchange/query/query.go":    {"aparte import", "select ", "{} and {}{}", " order by", " fetch first"},

	"exchange/form/dates.go": nil, "exchange/form/form.go": nil, "exchange/form/node.go": nil, "exchange/form/sum.go": nil,
	"exchange/load/aside.go": {" of its group ("}, "exchange/load/event.go": {"{\"", "load: "}, "exchange/load/geojson.go": nil, "exchange/load/group.go": {"group: {}"},
	"exchange/load/item.go": nil, "exchange/load/join.go": nil, "exchange/load/places.go": {"put places"}, "exchange/load/costs.go": {"put costs"},
	"exchange/load/load.go":       {"write what is set aside", ", {} more"},
	"exchange/load/catalogue.go":  {"{\"", "load: ", "read the brand", "publish: "},
	"exchange/record/assemble.go": nil, "exchange/record/items.go": nil, "exchange/record/lines.go": nil, "exchange/record/open.go": nil, "exchange/record/parquet.go": nil,
	"exchange/record/record.go": nil, "exchange/record/rows.go": nil,
	"exchange/table/plain.go": nil, "exchange/table/row.go": nil, "exchange/table/split.go": {"the row goes on"}, "exchange/table/table.go": {"{} more"},

	"cmd/aparte/setup.go": {"\nNobody has an account"},

	"grant/grant.go": {"not granted"}, "place/atlas.go": nil, "place/check.go": nil, "place/hours.go": nil, "scenario/yaml.go": nil,
	"quality/schema.go": {"{}: event", "{}: /mode", "{}: /schema"}, // of schemas that are put by the API
	"api/event.go":      nil, "api/intake.go": {"{\"success"},

	"compose/mjml/compile.go": {"<", "{}<", "10px ", "12px "}, "compose/mjml/values.go": {"{}px {}px", "colour (", "length in", "height of"}, // with their values: below
}

// aside names those to whom something is said that no reader of a page is told.
var aside = regexp.MustCompile(`^(Logger|Header|h|regexp)$`)

// sentences are all texts of a file that say something, with {} for what they name, but those for logs, headers and patterns.
func sentences(t *testing.T, path string) (all []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec, *ast.Field: // paths, tags
			return false
		case *ast.CallExpr:
			if f, ok := n.Fun.(*ast.SelectorExpr); ok {
				return !aside.MatchString(lastName(f.X))
			}
		case ast.Expr:
			if text, ok := put(n); ok {
				all = append(all, strings.ReplaceAll(verb.ReplaceAllString(text, "{}"), "%%", "%"))
				return false
			}
		}
		return true
	})
	return slices.DeleteFunc(all, func(text string) bool { return !saying.MatchString(text) })
}

// saying has a blank between words, or between a word and what is named.
var saying = regexp.MustCompile(`\pL.* .*\pL|\{\} .*\pL|\pL.* \{\}`)

func lastName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.SelectorExpr:
		return e.Sel.Name
	case *ast.Ident:
		return e.Name
	}
	return ""
}

// put is a text, or several put together with {} for what is not known here.
func put(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, e.Kind == token.STRING && err == nil
	case *ast.BinaryExpr:
		a, is := put(e.X)
		b, too := put(e.Y)
		if e.Op != token.ADD || !is && !too {
			return "", false
		}
		if !is {
			a = "{}"
		}
		if !too {
			b = "{}"
		}
		return a + b, true
	}
	return "", false
}

func TestNothingThatIsSaidOfDoorsIsToldInEnglish(t *testing.T) {
	heard := 0
	for _, path := range slices.Sorted(maps.Keys(tellers)) {
		but := tellers[path]
		used := make([]bool, len(but))
		for _, english := range sentences(t, "../"+path) {
			if i := slices.IndexFunc(but, func(begins string) bool { return strings.HasPrefix(english, begins) }); i >= 0 {
				used[i] = true
				continue
			}
			if _, said, pointed := strings.Cut(english, ": "); pointed && (strings.HasPrefix(english, "/") || strings.HasPrefix(english, ":")) {
				english = said // after its JSON pointer
			}
			heard++
			told := strings.TrimPrefix(strings.ReplaceAll(english, "{}", "7"), ": ")
			if !strings.ContainsFunc(told, func(r rune) bool { return r >= 'a' && r <= 'z' }) {
				continue
			}
			if french := refusal("fr", told); french == told {
				t.Errorf("%s: %q has no French", path, english)
			}
		}
		for i, begins := range but {
			if !used[i] {
				t.Errorf("%s says nothing that begins %q", path, begins)
			}
		}
	}
	if heard < 250 {
		t.Errorf("only %d sentences were found", heard)
	}
	for _, english := range []string{
		"connect to the mail server: connection refused", "permanent failure: name the recipient: no such mailbox (550 5.1.1)", "line 3: <mj-text>: color: \"x\" is no length in pixels such as 20px",
		"line 3: <mj-text>: color: \"x\" is no colour (#rrggbb, a name, or one of the brand's such as {{ brand.accent }})", "row 3: must be text", "/a: must be an object",
		"breaks its schema at /total: expected at least 3 characters", "service account: /private_key: must be an RSA key", "401 no access",
	} {
		if word := inEnglish.FindString(regexp.MustCompile(`"[^"]*"`).ReplaceAllString(refusal("fr", english), "")); word != "" {
			t.Errorf("%q is English in %q", word, refusal("fr", english))
		}
	}
}

// inEnglish is a word that no French sentence has.
var inEnglish = regexp.MustCompile(`(?i)\b(the|is|has|must|there|not|nobody|already|none|names|with|which|failure|connect|least|expected|row|access)\b`)

// TestNoErrorReachesAPageInItsOwnWords looks for errors that are shown as they are, and for words that a template marks as English.
func TestNoErrorReachesAPageInItsOwnWords(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	// Those whose errors go on to refusal, or to nobody.
	but := map[string]string{
		"change.go": "misfit.Text, put into words by whatif.html", "edit.go": "line by line to refusal", "refusal.go": "it is refusalsOf", "arrive.go": "faults of rows, told by refusal",
		"phrase.go": "the Error of a type", "scenario_edit.go": "faultView.Message, told by refusal", "settings.go": "the error of a CSV file, to the log",
	}
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") || but[path] != "" {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			name := ""
			switch f := call.Fun.(type) {
			case *ast.Ident:
				name = f.Name
			case *ast.SelectorExpr:
				name = f.Sel.Name
			}
			if name == "refusal" {
				return false
			}
			if name == "Error" && len(call.Args) == 0 {
				t.Errorf("%s: an error is told in its own words", path)
			}
			return true
		})
	}
	words := regexp.MustCompile(`<(?:p|span|code|ul|ol|li|pre|div|strong|em)\b[^>]*\blang="en"[^>]*>`)
	if err := fs.WalkDir(os.DirFS("pages"), ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".html") {
			return err
		}
		page, err := os.ReadFile("pages/" + path)
		for _, m := range words.FindAllStringSubmatch(string(page), -1) {
			t.Errorf("%s tells something in English: %s", path, m[0])
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}
