package scenario

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
)

const written = `# What the shop listens for.
- id: left
  name: {en: A basket is left}
  after: Product Added
  where: properties.category == "cream"
  then:
    - Cart Viewed
    - event: Checkout Started
      where: properties.step == 2
  window: 1d
  unless: [Order Completed]
  delay: 1h
  until:
    - objective: order
      for: 30d
  most: {times: 2, per: 30d}
  rest: 3d
  channel: email
- id: birthday
  on: {trait: birthday, yearly: true, days: -7, at: 09:00}
  channel: email
- {id: back, absent: ["*"], delay: 60d, channel: email}
- {id: hello, every: 7d, within: 2d, channel: email}
`

// shop is a brand in which what is written makes sense.
func shop() *aparte.Brand {
	return &aparte.Brand{Zone: "Europe/Paris", Objectives: []aparte.Objective{{ID: "order", Event: "Order Completed"}}}
}

func TestYAMLAndJSONSayTheSame(t *testing.T) {
	inYAML, err := Read("shop.yaml", []byte(written))
	if err != nil {
		t.Fatal(err)
	}
	if err := inYAML.Check(shop()); err != nil {
		t.Error(err)
	}
	const hour = aparte.Duration(time.Hour)
	want := []aparte.Scenario{
		{
			ID: "left", Name: aparte.Words{"en": "A basket is left"}, After: "Product Added", Where: `properties.category == "cream"`,
			Then: []aparte.Step{{Event: "Cart Viewed"}, {Event: "Checkout Started", Where: "properties.step == 2"}}, Window: 24 * hour,
			Unless: []string{"Order Completed"}, Delay: hour, Until: []aparte.Exit{{Objective: "order", For: 720 * hour}},
			Most: aparte.Most{Times: 2, Per: 720 * hour}, Rest: 72 * hour, Channel: aparte.Email,
		},
		{ID: "birthday", On: &aparte.Day{Trait: "birthday", Yearly: true, Days: -7, At: "09:00"}, Channel: aparte.Email},
		{ID: "back", Absent: []string{"*"}, Delay: 60 * 24 * hour, Channel: aparte.Email},
		{ID: "hello", Every: 168 * hour, Within: 48 * hour, Channel: aparte.Email},
	}
	if diff := cmp.Diff(want, inYAML.Scenarios); diff != "" {
		t.Errorf("YAML: %s", diff)
	}
	for _, indent := range []string{"", "\t", "  "} {
		text, err := json.MarshalIndent(map[string]any{"scenarios": want}, "", indent)
		if err != nil {
			t.Fatal(err)
		}
		inJSON, err := Read("shop.json", text)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, inJSON.Scenarios); diff != "" {
			t.Errorf("JSON: %s", diff)
		}
	}
}

func TestWhatIsWrongIsToldByLineAndColumn(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"an empty file", "", "f:1:1: is empty"},
		{"nothing in it", "[]", "f:1:1: there are no scenarios"},
		{"no YAML", "- id: a\n  after: [\n", "is not YAML"},
		{"no JSON", "[\n  {\"id\": }\n]", "f:2:10: is not JSON"},
		{"more than JSON", "[{\"id\": \"a\"}]\n]", "f:2:1: more follows"},
		{"cut JSON", "[{\"id\": \"a\"", "is not JSON"},
		{"an unknown member in YAML", "- id: a\n  afterr: x\n", "f:2:3: /0/afterr: is not known here"},
		{"an unknown member in JSON", "[{\"id\": \"a\",\n   \"afterr\": 1}]", "f:2:4: /0/afterr: is not known here"},
		{"an unknown member of a step", "- id: a\n  after: x\n  then:\n    - {evnt: y}\n", "f:4:7: /0/then/0: "},
		{"a number for a text", "- id: 5\n", "f:1:3: /0/id: is not of the right type"},
		{"a duration without a unit", "- id: a\n  delay: soon\n", `f:2:3: /0/delay: duration "soon"`},
		{"a name twice in YAML", "- id: a\n  id: b\n", "already"},
		{"a name twice in JSON", "[{\"id\": \"a\",\n \"id\": \"b\"}]", "f:2:2: a member of this name"},
		{"an alias", "- &a {id: x}\n- *a\n", "f:1:3: anchors"},
		{"a tag", "- id: !!binary aGk=\n", "f:1:7: tags"},
		{"a key that is no text", "- {1: x}\n", "f:1:4: a key must be text"},
		{"no number", "- {id: a, on: {days: .inf}}\n", "f:1:22: is no number"},
		{"depth", strings.Repeat("- ", 30) + "x", "deep"},
		{"no sense", "- id: a\n  after: x\n  where: 1 +\n  channel: email\n", "f:3:3: /0/where: line 1, column 4"},
		{"what is missing", "- id: a\n  after: x\n", "f:1:3: /0/channel: "},
		{"an objective of no brand", "scenarios:\n- {id: a, after: x, channel: email, until: [{objective: sale}]}\n", `f:2:46: /0/until/0/objective: "sale" is no objective`},
		{"the second of two", "- {id: a, after: x, channel: email}\n- {id: a, after: x, channel: email}\n", `f:2:4: /1/id: "a" is the id of`},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := Read("f", []byte(c.text))
			if err == nil {
				err = f.Check(shop())
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("%v, want %s", err, c.want)
			}
			for _, one := range spread(err) {
				var fault *Fault
				if !errors.As(one, &fault) || fault.Line < 1 || fault.Column < 1 {
					t.Errorf("%v has no place", one)
				}
			}
		})
	}
}

func TestTheExamplesOfTheManualAreScenarios(t *testing.T) {
	text, err := os.ReadFile("../docs/scenarios.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(text), "```yaml\n")[1:]
	if len(blocks) < 4 {
		t.Fatalf("%d examples", len(blocks))
	}
	b := shop()
	b.Audiences = []aparte.Audience{{ID: "hot"}}
	for _, block := range blocks {
		block, _, _ = strings.Cut(block, "```")
		f, err := Read("docs/scenarios.md", []byte(block))
		if err == nil {
			err = f.Check(b)
		}
		if err != nil {
			t.Errorf("%v\n%s", err, block)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(written))
	f.Add([]byte(`{"scenarios": [{"id": "a", "after": "x", "channel": "email", "then": ["y"], "window": "1d"}]}`))
	f.Add([]byte("- id: a\n  on: {trait: birthday}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := Read("f", text)
		if err == nil {
			err = file.Check(shop())
		}
		if err == nil {
			again, err := json.Marshal(file.Scenarios)
			if err != nil {
				t.Fatal(err)
			}
			same, err := Read("f", again)
			if err != nil {
				t.Fatalf("%v in %s", err, again)
			}
			if err := same.Check(shop()); err != nil {
				t.Fatalf("%v in %s", err, again)
			}
			return
		}
		for _, one := range spread(err) {
			var fault *Fault
			if !errors.As(one, &fault) || fault.Line < 1 || fault.Column < 1 {
				t.Errorf("%v has no place", one)
			}
		}
	})
}
