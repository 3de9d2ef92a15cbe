package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// stripes is a set of three labels that go by a number; every tenth row misses it, and says so by a word.
func stripes(n int) string {
	var b strings.Builder
	b.WriteString("label,size,colour\n")
	for i := range n {
		x := i * 7919 % 30
		if i%10 == 0 {
			fmt.Fprintf(&b, "2,%s,red\n", []string{"", "?"}[i/10%2])
			continue
		}
		fmt.Fprintf(&b, "%d,%d,blue\n", x/10, x)
	}
	return b.String()
}

func keys(o map[string]any) []string {
	var all []string
	for k := range o {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}

func TestABanditsObjectHasTheKeysOfTheContract(t *testing.T) {
	got := lab(t, stripes(600), "bandit", "-", "--json").object(t)
	want := []string{"actions", "examplesPerSecond", "explore", "learner", "loss", "losses", "orders", "rows", "sd", "skipped"}
	if diff := cmp.Diff(want, keys(got)); diff != "" {
		t.Error(diff)
	}
	if got["rows"] != 600.0 || got["actions"] != 3.0 || got["skipped"] != 0.0 || got["learner"] != "hybrid" || got["explore"] != "hopeful" ||
		field(t, got, "examplesPerSecond") <= 0 || len(got["losses"].([]any)) != 5 {
		t.Errorf("%v", got)
	}
	mean := 0.0
	for _, l := range got["losses"].([]any) {
		mean += l.(float64) / 5
	}
	if loss := field(t, got, "loss"); loss-mean > 1e-12 || mean-loss > 1e-12 || !(loss < 0.3) { // guessing loses 0.67
		t.Errorf("loss %v, mean of the orders %v", loss, mean)
	}
}

func TestAnOrderIsTheSameAloneAndAmongOthers(t *testing.T) {
	text := stripes(300)
	all := lab(t, text, "bandit", "-", "--orders", "0-2", "--json").object(t)["losses"].([]any)
	for k := range 3 {
		one := lab(t, text, "bandit", "-", "--order", fmt.Sprint(k), "--json").object(t)
		if diff := cmp.Diff([]any{all[k]}, one["losses"]); diff != "" || one["sd"] != 0.0 {
			t.Errorf("order %d: %s", k, diff)
		}
	}
}

func TestOneClassOnlyIsASetOfTwoActions(t *testing.T) {
	got := lab(t, "label,a\n"+strings.Repeat("0,1\n", 200), "bandit", "-", "--json").object(t)
	if got["actions"] != 2.0 || !(field(t, got, "loss") < 0.1) {
		t.Errorf("%v", got)
	}
}

func TestBadInputOfBanditIsNamed(t *testing.T) {
	vw, svm := []string{"--format", "vw"}, []string{"--format", "libsvm"}
	for name, c := range map[string]struct {
		text  string
		flags []string
		want  string
	}{
		"an empty file":          {"", nil, "<stdin>:1: header: the file is empty"},
		"a header alone":         {"label,a\n", nil, "<stdin>:1: header: no rows follow it"},
		"a label that is none":   {"label,a\n0,1\nx,1\n", nil, "<stdin>:3: label: the text is not a whole number"},
		"a row too short":        {"label,a\n0\n", nil, "<stdin>:2: a: missing: the row has 1 fields, the header 2"},
		"an empty log":           {"", vw, "<stdin>:1: decisions: none that says what was done (a line with action:cost:probability)"},
		"a log without labels":   {"|a x\n|a y\n", vw, "<stdin>:1: decisions: none that says what was done (a line with action:cost:probability)"},
		"a probability of 0":     {"0:1:0 |a x\n", vw, "<stdin>:1: probability: 0: what is never done was done"},
		"an empty LIBSVM file":   {"# nothing\n", svm, "<stdin>:1: rows: none"},
		"LIBSVM without values":  {"1\n2\n", svm, "<stdin>:1: values: none but 0 in all rows"},
		"a LIBSVM ranking":       {"1 qid:1 1:1\n", svm, "<stdin>:1: index: not a whole number from 0 to 1073741824"},
		"orders that are none":   {stripes(5), []string{"--orders", "5-1"}, `aparte: --orders "5-1": write a number such as 1, or a range such as 1-5`},
		"an order below 0":       {stripes(5), []string{"--order=-1"}, `aparte: --order "-1": write a number such as 1, or a range such as 1-5`},
		"too many orders at all": {stripes(5), []string{"--orders", "1-100000"}, `aparte: --orders "1-100000": write a number such as 1, or a range such as 1-5`},
	} {
		t.Run(name, func(t *testing.T) {
			got := lab(t, c.text, append([]string{"bandit", "-", "--json"}, c.flags...)...)
			if got.exit != 1 || got.out != "" || got.notes != c.want+"\n" {
				t.Errorf("exit status %d, output %q\n%s", got.exit, got.out, got.notes)
			}
		})
	}
}

func TestBadRowsOfABanditGoAsideWhenAsked(t *testing.T) {
	for format, text := range map[string]string{
		"csv":    strings.Replace(stripes(100), "blue", "blue\nx,1,blue", 3),
		"libsvm": strings.Repeat("1 1:1\n2 1:2\n", 50) + strings.Repeat("1 x:1\n", 3),
		"vw":     strings.Repeat("0:1:0.5 |a x\n|a y\n\n", 100) + strings.Repeat("0:1:2 |a x\n\n", 3),
	} {
		got := lab(t, text, "bandit", "-", "--format", format, "--order", "1", "--json", "--skip-bad")
		if o := got.object(t); o["rows"] != 100.0 || o["skipped"] != 3.0 || !strings.HasPrefix(got.notes, "3 rows set aside; the first:\n  <stdin>:") {
			t.Errorf("%s: %v\n%s", format, o, got.notes)
		}
	}
}

// Whether the columns are many, so that only what is there counts, or few: a set of three stripes is learned.
func TestASetInTheFormatOfLIBSVMIsLearned(t *testing.T) {
	for _, width := range []int{3, 5000} {
		var b strings.Builder
		for i := range 1500 {
			x := i * 7919 % 30
			fmt.Fprintf(&b, "%d %d:1\n", []int{-1, 1, 5}[x/10], 1+x*width/31)
		}
		got := lab(t, "", "bandit", file(t, "set.svm", b.String()), "--order", "1", "--json").object(t)
		if got["rows"] != 1500.0 || got["actions"] != 3.0 || !(field(t, got, "loss") < 0.45) {
			t.Errorf("%d columns: %v", width, got)
		}
	}
}

// The log was written by chance; the best action goes by the situation. Costs 0 or 1; the best costs 0.2, others 0.8.
func TestALearnerIsJudgedFromALogOfVowpalWabbit(t *testing.T) {
	var b strings.Builder
	for i := range 4000 {
		situation, chosen := i*7919%3, i*104729%7%3
		cost := oneInFive(i)
		if situation != chosen {
			cost = 1 - cost
		}
		fmt.Fprintf(&b, "shared |user segment%d\n", situation)
		for a := range 3 {
			if a == chosen {
				fmt.Fprintf(&b, "%d:%d:%v ", a, cost, []float64{3. / 7, 2. / 7, 2. / 7}[a])
			}
			fmt.Fprintf(&b, "|item item%d\n", a)
		}
		b.WriteString("\n")
	}
	got := lab(t, "", "bandit", file(t, "log.vw", b.String()), "--json").object(t)
	if got["rows"] != 4000.0 || got["actions"] != 3.0 || got["unlabelled"] != 0.0 || len(got["losses"].([]any)) != 1 {
		t.Errorf("%v", got)
	}
	if live := field(t, got, "onPolicy", "value"); live < 0.55 || live > 0.65 {
		t.Errorf("the live policy costs %v, in truth 0.6", live)
	}
	for _, name := range []string{"ipw", "snipw", "dr"} {
		if cost := field(t, got, "estimates", name, "value"); cost < 0.15 || cost > 0.3 {
			t.Errorf("%s: the learner costs %v, the best 0.2", name, cost)
		}
	}
	if field(t, got, "loss") != field(t, got, "estimates", "dr", "value") {
		t.Error("the loss is not the doubly robust estimate")
	}
	plain := lab(t, b.String(), "bandit", "-", "--format", "vw")
	for _, want := range []string{"4000, 0 more do not say", "on policy", "snipw", "effective sample size"} {
		if !strings.Contains(plain.out, want) {
			t.Errorf("no %q in\n%s", want, plain.out)
		}
	}
}

func oneInFive(i int) int {
	if i*31%5 == 0 {
		return 1
	}
	return 0
}
