package console

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
)

// refusers are the packages that refuse brands, and their files in which nothing is said to who edits one.
var refusers = map[string][]string{
	"../decide":  {"candidates.go", "wire.go", "unwire.go", "wirefund.go", "wireroute.go", "wirestay.go", "legacy.go", "outcome.go", "rows.go", "condition.go", "featurewords.go", "explain.go", "variables.go", "objective.go", "unwrap.go", "portrait.go", "fact.go", "reckon.go"},
	"../compose": {"webp.go", "shape.go", "press.go", "fallback.go", "video.go", "compose.go", "palette.go", "gif.go", "map.go", "mail.go", "mail_parts.go", "note.go", "text.go", "question.go", "picture.go", "banner.go", "advert.go"},
}

// unheard are sentences of those packages that nobody who edits a brand is told.
var unheard = []string{"language of rules: {}", "language of values: {}", "language of conditions: {}"}

var verb = regexp.MustCompile(`%[+#]?(\.?\d+)?[a-zA-Z]`)

// said are the sentences of the errors that a file makes, with {} for what they name.
func said(t *testing.T, path string) (all []string) {
	t.Helper()
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
		case *ast.SelectorExpr:
			name = f.Sel.Name
		case *ast.Ident:
			name = f.Name
		}
		if !slices.Contains([]string{"check", "fail", "Errorf", "New", "authorError"}, name) {
			return true
		}
		for _, arg := range call.Args {
			lit, ok := arg.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				continue
			}
			text, err := strconv.Unquote(lit.Value)
			if err != nil || !strings.Contains(text, " ") || strings.HasPrefix(text, "/") {
				continue
			}
			all = append(all, strings.ReplaceAll(verb.ReplaceAllString(strings.TrimSuffix(text, "%w"), "{}"), "%%", "%"))
			break
		}
		return true
	})
	return all
}

func TestNothingABrandIsRefusedForIsToldInEnglish(t *testing.T) {
	heard := 0
	for dir, but := range refusers {
		files, err := filepath.Glob(dir + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range files {
			if strings.HasSuffix(path, "_test.go") || slices.Contains(but, filepath.Base(path)) {
				continue
			}
			for _, english := range said(t, path) {
				if strings.HasSuffix(english, ": ") {
					english += "{}"
				}
				if slices.Contains(unheard, english) || !strings.ContainsFunc(english, unicode.IsLetter) {
					continue
				}
				heard++
				told := strings.ReplaceAll(english, "{}", "7")
				if french := refusal("fr", told); french == told {
					t.Errorf("%s: %q has no French", path, english)
				}
			}
		}
	}
	if heard < 200 {
		t.Errorf("only %d sentences were found", heard)
	}
}

// What somebody can type into a condition, and what is wrong with it, has no word of English in it for a French reader.
func TestWhatIsWrongWithAConditionIsToldInFrench(t *testing.T) {
	english := regexp.MustCompile(`\b(undeclared|reference|found|matching|applied|expected|expecting|input|mismatched|line|column|mean|unknown|yields|wanted|could|take|syntax|not|the)\b`)
	plan, err := decide.Compile(&aparte.Brand{Currency: "EUR", Locale: "en"}, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, when := range []string{
		"person.lifecycl == 'x'", "persn", "person.orders >", "person.orders == 2.5", "person.locale", "person.locale.startWith('f')", "size(person.known)", "(((", "person.orders > 1 &&& true",
		"'x", "has(person)", "true ? 1", "score['x'] > 1.0", "persona.x", "1 + true", "foo || bar", "if", "traits.in == 1", "99999999999999999999 > 1",
		"[1,2,3].all(x, [1,2,3].all(y, traits.exists(z, traits.exists(a, traits.exists(b, a == b)))))", strings.Repeat("(", 100) + "true" + strings.Repeat(")", 100), strings.Repeat("true && ", 600) + "true",
	} {
		_, err := plan.Audience(when)
		if err == nil {
			t.Errorf("%.40s is not refused", when)
			continue
		}
		quoted := regexp.MustCompile(`'[^']*'|"[^"]*"`).ReplaceAllString(refusal("fr", err.Error()), "")
		if word := english.FindString(quoted); word != "" {
			t.Errorf("%.40s: %q is English in %q", when, word, refusal("fr", err.Error()))
		}
	}
}
