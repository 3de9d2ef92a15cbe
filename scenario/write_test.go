package scenario_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/playbook"
	"github.com/aparte-dev/aparte/scenario"
)

// What is written down reads as the same, whatever words are in it: those that YAML would take for something else too.
func TestWhatIsWrittenIsReadAsTheSame(t *testing.T) {
	hour := aparte.Duration(time.Hour)
	all := []aparte.Scenario{
		{ID: "yes", Name: aparte.Words{"en": "no: # ~", "fr": "« 12:30 »\nà la ligne"}, After: "true", Where: `properties.total > 3.5 && properties.code == "a: b"`,
			Then: []aparte.Step{{Event: "123"}, {Event: "null", Where: "properties.x > 0"}}, Window: 36 * hour, Unless: []string{"Order Completed", "-", "*"},
			Delay: hour / 4, Rest: 72 * hour, Channel: aparte.Email, Also: []aparte.Channel{aparte.SMS}},
		{ID: "bday", Name: aparte.Words{"en": "Birthday"}, On: &aparte.Day{Trait: "birthday", Yearly: true, Days: -7, At: "09:00"}, Channel: aparte.Email,
			Until: []aparte.Exit{{Event: "Gone"}, {Objective: "order", For: 48 * hour}}, Most: aparte.Most{Times: 2, Per: 24 * hour}},
		{ID: "quiet", Name: aparte.Words{"en": "Quiet"}, Absent: []string{aparte.Anything}, Delay: 1440 * hour, Channel: aparte.Email},
	}
	plays, err := playbook.All()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range plays {
		all = append(all, p.Scenarios...)
	}
	text, err := scenario.Write(all...)
	if err != nil {
		t.Fatal(err)
	}
	f, err := scenario.Read("written", text)
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if diff := cmp.Diff(all, f.Scenarios, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s\nof\n%s", diff, text)
	}
	for _, plain := range []string{"\n  unless: [Order Completed, '-', '*']\n", "\n  rest: 3d\n", "\n  delay: 15m\n", "\n  window: 36h\n", "\n  on:\n    trait: birthday\n"} {
		if !strings.Contains(string(text), plain) {
			t.Errorf("%q is not in\n%s", plain, text)
		}
	}
	for _, noise := range []string{"null", "{}", `""`, ": 0s"} {
		if strings.Contains(strings.ReplaceAll(string(text), `event: "null"`, ""), noise) {
			t.Errorf("%q is in\n%s", noise, text)
		}
	}
}
