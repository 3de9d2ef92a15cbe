package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/aparte-dev/aparte/measure"
)

// field is a number below the keys of an object.
func field(t *testing.T, o map[string]any, keys ...string) float64 {
	t.Helper()
	for _, k := range keys[:len(keys)-1] {
		o, _ = o[k].(map[string]any)
	}
	x, ok := o[keys[len(keys)-1]].(float64)
	if !ok {
		t.Fatalf("no number at %v", keys)
	}
	return x
}

func intervalAt(t *testing.T, o map[string]any, keys ...string) measure.Interval {
	t.Helper()
	return measure.Interval{Low: field(t, o, append(keys, "low")...), High: field(t, o, append(keys, "high")...)}
}

func ope(t *testing.T, log, policy string) map[string]any {
	t.Helper()
	path := shared(t, "obd-men/"+log+".csv.gz")
	if policy == "bts" {
		policy = shared(t, "obd-men/bts_action_dist.csv")
	}
	return lab(t, "", "ope", "--log", path, "--policy", policy, "--json").object(t)
}

// published are the names of the reference's figures, and where the command says them.
var published = map[string][]string{
	"n": {"rows"}, "mean_weight": {"meanWeight"}, "max_weight": {"maxWeight"}, "ess": {"ess"}, "mean_reward": {"onPolicy", "value"},
	"ipw": {"estimates", "ipw", "value"}, "ipw_se": {"estimates", "ipw", "se"}, "ipw_clip10": {"estimates", "ipwClipped", "value"},
	"snipw": {"estimates", "snipw", "value"}, "dm": {"estimates", "dm", "value"},
	"dr": {"estimates", "dr", "value"}, "dr_se": {"estimates", "dr", "se"}, "sndr": {"estimates", "sndr", "value"},
	"switch_dr_tau5": {"estimates", "switchDr", "value"}, "dros_lambda10": {"estimates", "drOs", "value"},
}

func TestEveryEstimatorEqualsTheReferenceToItsDigits(t *testing.T) {
	text, err := os.ReadFile(shared(t, "obd-men/reference.json"))
	if err != nil {
		t.Fatal(err)
	}
	var reference map[string]map[string]any
	if err := json.Unmarshal(text, &reference); err != nil {
		t.Fatal(err)
	}
	for _, log := range []string{"random", "bts"} {
		for _, policy := range []string{"random", "bts"} {
			want := reference[fmt.Sprintf("log=%s, target=%s", log, policy)]
			got := ope(t, log, policy)
			for name, keys := range published {
				w, g := field(t, want, name), field(t, got, keys...)
				if math.Abs(w-g) > 1e-12*max(1, math.Abs(w)) {
					t.Errorf("log %s, policy %s, %s: %v, the reference has %v", log, policy, name, g, w)
				}
			}
		}
		var onPolicy map[string]any
		live, _ := json.Marshal(reference["on_policy"][log]) // it came from JSON
		if err := json.Unmarshal(live, &onPolicy); err != nil {
			t.Fatal(err)
		}
		got := ope(t, log, "random")
		for _, key := range []string{"value", "se"} {
			if w, g := field(t, onPolicy, key), field(t, got, "onPolicy", key); math.Abs(w-g) > 1e-12 {
				t.Errorf("log %s, on policy, %s: %v, the reference has %v", log, key, g, w)
			}
		}
	}
}

func TestFromTheRandomLogEveryIntervalMeetsTheOtherPolicysOwn(t *testing.T) {
	live := intervalAt(t, ope(t, "bts", "random"), "onPolicy")
	judged := ope(t, "random", "bts")
	for _, name := range estimators {
		if i := intervalAt(t, judged, "estimates", name); !i.Overlaps(live) {
			t.Errorf("%s: %+v, the policy's own %+v", name, i, live)
		}
	}
	if i := intervalAt(t, judged, "anytime"); !i.Overlaps(live) {
		t.Errorf("anytime: %+v, the policy's own %+v", i, live)
	}
	if w := judged["warnings"].([]any); len(w) != 0 {
		t.Errorf("warnings about a log that carries the judgement: %q", w)
	}
}

func TestWhereAFewWeightsCarryEverythingTheCommandSaysSo(t *testing.T) {
	judged := ope(t, "bts", "random")
	if w := fmt.Sprint(judged["warnings"]); !strings.Contains(w, "effective sample size is 656 of 10000 rows") {
		t.Errorf("warnings %s", w)
	}
	truth := field(t, ope(t, "random", "random"), "onPolicy", "value")
	for _, name := range estimators {
		i := intervalAt(t, judged, "estimates", name)
		if !i.Contains(truth) || i.High-i.Low < 0.02 {
			t.Errorf("%s: %+v, of a policy that earns %v", name, i, truth)
		}
	}
}

// A log and a policy that are right, to be spoilt.
const (
	rightLog = "item_id,position,click,propensity_score\n" +
		"red,1,0,0.5\nblue,1,1,0.5\nred,2,0,0.25\nblue,2,1,0.75\n"
	rightPolicy = "item_id,position_1,position_2\nred,0.9,0.2\nblue,0.1,0.8\n"
)

func TestBadInputOfOpeIsNamed(t *testing.T) {
	for name, c := range map[string]struct{ log, policy, want string }{
		"a click that is none":  {strings.Replace(rightLog, "blue,1,1", "blue,1,NaN", 1), rightPolicy, "LOG:3: click: NaN is not a finite number"},
		"a click above 1":       {strings.Replace(rightLog, "blue,1,1", "blue,1,2", 1), rightPolicy, "LOG:3: click: 2 is not between 0 and 1"},
		"a negative propensity": {strings.Replace(rightLog, "0.25", "-0.25", 1), rightPolicy, "LOG:4: propensity_score: -0.25 is not between 0 and 1"},
		"a propensity of 0":     {strings.Replace(rightLog, "0.25", "0", 1), rightPolicy, "LOG:4: propensity_score: 0: what is never shown was shown"},
		"a propensity above 1":  {strings.Replace(rightLog, "0.25", "25", 1), rightPolicy, "LOG:4: propensity_score: 25 is not between 0 and 1"},
		"propensities that sum to 2": {strings.Replace(rightLog, "0.25", "1", 1) + "blue,2,0,1\nblue,2,0,1\n", rightPolicy,
			"LOG:1: propensity_score: at position 2 the probabilities of the items add up to 1.75, not to 1"},
		"an empty propensity":              {strings.Replace(rightLog, "0.25", "", 1), rightPolicy, "LOG:4: propensity_score: empty where a number belongs"},
		"no propensities":                  {"item_id,position,click\nred,1,0\n", rightPolicy, "LOG:1: propensity_score: no such column"},
		"no positions":                     {"item_id,click,propensity_score\nred,1,0.5\n", rightPolicy, "LOG:1: position: no such column"},
		"an item the policy knows not":     {strings.Replace(rightLog, "red,2", "green,2", 1), rightPolicy, `LOG:4: item_id: item "green" is not in DIST`},
		"a position the policy lacks":      {strings.Replace(rightLog, "red,2", "red,3", 1), rightPolicy, `LOG:4: position: DIST has no column "position_3"`},
		"no impressions":                   {"item_id,position,click,propensity_score\n", rightPolicy, "LOG:1: rows: the log has no impressions"},
		"an empty log":                     {"", rightPolicy, "LOG:1: header: the file is empty"},
		"a position that sums to 2":        {rightLog, strings.Replace(rightPolicy, "red,0.9,0.2", "red,0.9,1", 1), "DIST:1: position_2: the probabilities of the items add up to 1.8, not to 1"},
		"a position that shows nothing":    {rightLog, "item_id,position_1,position_2\nred,1,0\nblue,0,0\n", "DIST:1: position_2: the probabilities of the items add up to 0, not to 1"},
		"a negative share":                 {rightLog, strings.Replace(rightPolicy, "blue,0.1", "blue,-0.1", 1), "DIST:3: position_1: -0.1 is not between 0 and 1"},
		"no candidates":                    {rightLog, "item_id,position_1,position_2\n", "DIST:1: item_id: no items: there is nothing the policy could show"},
		"an item twice":                    {rightLog, rightPolicy + "red,0,0\n", `DIST:4: item_id: item "red" has a row already`},
		"a policy without positions":       {rightLog, "item_id,share\nred,1\n", "DIST:1: position_1: no such column"},
		"a policy with one position twice": {rightLog, "item_id,position_1,position_1\nred,1,1\n", "DIST:1: position_1: two columns have this name"},
		"a policy that is a log":           {rightLog, rightLog, "DIST:1: position_1: no such column"},
	} {
		t.Run(name, func(t *testing.T) {
			log, policy := file(t, "log.csv", c.log), file(t, "dist.csv", c.policy)
			got := lab(t, "", "ope", "--log", log, "--policy", policy, "--json")
			says := strings.NewReplacer(log, "LOG", policy, "DIST").Replace(got.notes)
			if got.exit != 1 || got.out != "" || !strings.HasPrefix(says, c.want) || strings.Count(says, "\n") != 1 {
				t.Errorf("exit status %d, output %q\n%s", got.exit, got.out, says)
			}
		})
	}
}

func TestALeastPropensityIsHeldAgainstTheLog(t *testing.T) {
	policy := file(t, "dist.csv", rightPolicy)
	got := lab(t, rightLog, "ope", "--log", "-", "--policy", policy, "--least-propensity", "0.3")
	if want := "<stdin>:4: propensity_score: 0.25 is below the least propensity, 0.3\n"; got.exit != 1 || got.notes != want {
		t.Errorf("exit status %d: %s", got.exit, got.notes)
	}
	for _, args := range [][]string{
		{"ope", "--log", "-", "--policy", policy, "--least-propensity", "2"},
		{"ope", "--log", "-", "--policy", "-"},
	} {
		if got := lab(t, rightLog, args...); got.exit != 1 || !strings.HasPrefix(got.notes, "aparte: --l") {
			t.Errorf("exit status %d: %s", got.exit, got.notes)
		}
	}
}

func TestTheUniformPolicyIsOverTheItemsOfTheLog(t *testing.T) {
	// Without positions: the uniform policy needs none. On standard input, though it is read twice.
	log := "click,item_id,propensity_score\n1,red,0.5\n0,blue,0.25\n0,green,0.25\n1,red,0.5\n"
	got := lab(t, log, "ope", "--log", "-", "--policy", "random", "--json").object(t)
	if v := field(t, got, "estimates", "ipw", "value"); math.Abs(v-1.0/3) > 1e-15 { // 2 · (1/3 / 0.5) / 4
		t.Errorf("ipw %v", v)
	}
}

func TestRoundedDistributionsAreTakenAsTheyAreAndSaidSo(t *testing.T) {
	policy := file(t, "dist.csv", strings.Replace(rightPolicy, "red,0.9", "red,0.8995", 1))
	got := lab(t, rightLog, "ope", "--log", "-", "--policy", policy, "--json").object(t)
	if w := fmt.Sprint(got["warnings"]); !strings.Contains(w, "position_1 adds up to 0.9995; taken as it is") {
		t.Errorf("warnings %s", w)
	}
}

func TestOpeIsReadableWithoutJSON(t *testing.T) {
	got := lab(t, rightLog, "ope", "--log", "-", "--policy", file(t, "dist.csv", rightPolicy))
	for _, want := range []string{"4 rows", "on policy  0.500000", "switchDr", "dr, anytime", "effective sample size", "! the estimate stands on"} {
		if !strings.Contains(got.out, want) {
			t.Errorf("no %q in\n%s", want, got.out)
		}
	}
	help := lab(t, "", "ope", "--help")
	if help.exit != 0 || !strings.Contains(help.out, "aparte lab ope --log random.csv.gz --policy bts_action_dist.csv --json") {
		t.Errorf("help:\n%s", help.out)
	}
}
