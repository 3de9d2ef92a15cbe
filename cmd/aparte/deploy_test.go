package main

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"

	"github.com/aparte-dev/aparte/exchange/querytest"
	"github.com/aparte-dev/aparte/store/sealed"
)

const deployed = "../../deploy/"

func deployFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(deployed + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// documents are those of a file in YAML. A member that is there twice is an error of the parser's.
func documents(t *testing.T, name string) (all []map[string]any) {
	t.Helper()
	for d := yaml.NewDecoder(strings.NewReader(deployFile(t, name))); ; {
		var one map[string]any
		if err := d.Decode(&one); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all = append(all, one)
	}
}

// standing is what stands at a path of a document; numbers index lists.
func standing(doc any, path ...any) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			m, _ := doc.(map[string]any)
			doc = m[step]
		case int:
			if l, _ := doc.([]any); step < len(l) {
				doc = l[step]
			} else {
				return nil
			}
		}
	}
	return doc
}

// TestWhatIsDeployedIsWhatServeHas holds every flag and variable of the files for operators against the command's.
func TestWhatIsDeployedIsWhatServeHas(t *testing.T) {
	k, err := kong.New(new(commands), options(t.Context())...)
	if err != nil {
		t.Fatal(err)
	}
	known := []string{masterVariable, fileVariable, "OTEL_EXPORTER_OTLP_ENDPOINT"}
	for _, c := range k.Model.Children {
		if c.Name != "serve" {
			continue
		}
		for _, f := range c.Flags {
			known = append(append(known, "--"+f.Name), f.Envs...)
		}
	}
	used := regexp.MustCompile(`--[a-z][a-z-]*=?|\b(?:APARTE|OTEL)_[A-Z_]+\b`)
	others := []string{"--from", "--chown"} // of COPY
	for name, least := range map[string]int{"aparte.service": 4, "Dockerfile": 3, "kubernetes/aparte.yml": 8, "kubernetes/nodes.yml": 9} {
		found := 0
		for line := range strings.Lines(deployFile(t, name)) {
			for _, word := range used.FindAllString(line, -1) {
				word = strings.TrimSuffix(word, "=")
				if strings.HasPrefix(line, "COPY ") && slices.Contains(others, word) {
					continue
				}
				if found++; !slices.Contains(known, word) {
					t.Errorf("%s has %s, which aparte serve has not", name, word)
				}
			}
		}
		if found < least {
			t.Errorf("%s has %d flags and variables, fewer than %d", name, found, least)
		}
	}
}

// manifests are those of a file, by kind.
func manifests(t *testing.T, name string) map[string]map[string]any {
	t.Helper()
	kinds := map[string]map[string]any{}
	for _, d := range documents(t, name) {
		kinds[d["kind"].(string)] = d
		if standing(d, "metadata", "name") != "aparte" || d["apiVersion"] == nil {
			t.Errorf("%s: %v has no name or version", name, d["kind"])
		}
	}
	return kinds
}

// confined says what of a workload would let it do more than it needs, or of its probes asks for what a house does not answer; ask is a house.
func confined(t *testing.T, kinds map[string]map[string]any, workload string, ask func(path string) (status int)) {
	t.Helper()
	set := kinds[workload]
	pod, box := standing(set, "spec", "template", "spec"), standing(set, "spec", "template", "spec", "containers", 0)
	for _, c := range []struct{ is, want any }{
		{standing(pod, "securityContext", "runAsNonRoot"), true}, {standing(pod, "automountServiceAccountToken"), false},
		{standing(box, "securityContext", "readOnlyRootFilesystem"), true}, {standing(box, "securityContext", "allowPrivilegeEscalation"), false},
		{standing(box, "securityContext", "capabilities", "drop", 0), "ALL"}, {standing(box, "envFrom", 0, "secretRef", "name"), standing(kinds["Secret"], "metadata", "name")},
		{standing(kinds["Service"], "spec", "ports", 0, "targetPort"), standing(box, "ports", 0, "name")},
		{standing(set, "spec", "selector", "matchLabels", "app.kubernetes.io/name"), standing(set, "spec", "template", "metadata", "labels", "app.kubernetes.io/name")},
		{standing(kinds["Service"], "spec", "selector", "app.kubernetes.io/name"), standing(set, "spec", "template", "metadata", "labels", "app.kubernetes.io/name")},
	} {
		if c.is == nil || c.is != c.want {
			t.Errorf("%v stands where %v should", c.is, c.want)
		}
	}
	if standing(box, "resources", "limits", "memory") == nil || standing(box, "resources", "requests", "cpu") == nil {
		t.Error("the pod asks for nothing")
	}
	for _, probe := range []string{"startupProbe", "livenessProbe", "readinessProbe"} {
		path, _ := standing(box, probe, "httpGet", "path").(string)
		if status := ask(path); status != http.StatusOK {
			t.Errorf("%s asks %q, which answers %d", probe, path, status)
		}
	}
}

func TestTheManifestsAreThoseOfAHouse(t *testing.T) {
	w := watch(t, nil)
	kinds := manifests(t, "kubernetes/aparte.yml")
	confined(t, kinds, "StatefulSet", func(path string) int {
		status, _, _ := w.ask("GET", path, "", "")
		return status
	})
	set := kinds["StatefulSet"]
	for _, c := range []struct{ is, want any }{
		{standing(set, "spec", "replicas"), 1}, {standing(set, "spec", "serviceName"), standing(kinds["Service"], "metadata", "name")},
		{standing(set, "spec", "volumeClaimTemplates", 0, "metadata", "name"), standing(set, "spec", "template", "spec", "containers", 0, "volumeMounts", 0, "name")},
	} {
		if c.is == nil || c.is != c.want {
			t.Errorf("%v stands where %v should", c.is, c.want)
		}
	}
}

// TestNodesStartAsTheManifestSays starts two pods of deploy/kubernetes/nodes.yml, as Kubernetes would: its arguments and its environment, in a
// directory where nothing may be written, as a pod's is read-only but for its volumes.
func TestNodesStartAsTheManifestSays(t *testing.T) {
	kinds := manifests(t, "kubernetes/nodes.yml")
	box := standing(kinds["Deployment"], "spec", "template", "spec", "containers", 0)
	if n, _ := standing(kinds["Deployment"], "spec", "replicas").(int); n < 2 {
		t.Errorf("%d nodes", n)
	}
	secret := map[string]string{
		"APARTE_STORE": querytest.Start(t, "max_connections=100"), masterVariable: sealed.NewKey(), "APARTE_WRITE_KEY": testWriteKey, "APARTE_SECRET_KEY": testSecretKey,
	}
	for name := range standing(kinds["Secret"], "stringData").(map[string]any) {
		value, known := secret[name]
		if !known {
			t.Fatalf("what is %s?", name)
		}
		t.Setenv(name, value)
	}
	f := &fleet{t: t}
	empty := t.TempDir()
	t.Chdir(empty)
	for range 2 {
		own := freeAddress(t)
		put := strings.NewReplacer("0.0.0.0:8080", own, "$(POD_IP):8080", own, standing(box, "volumeMounts", 0, "mountPath").(string), t.TempDir())
		for _, v := range standing(box, "env").([]any) {
			if value, is := standing(v, "value").(string); is {
				t.Setenv(standing(v, "name").(string), put.Replace(value))
			}
		}
		var args []string
		for _, arg := range standing(box, "args").([]any) {
			args = append(args, put.Replace(arg.(string)))
		}
		c := run(t, t.TempDir(), args...)
		if c.base != "http://"+own {
			t.Fatalf("a node listens at %s, %s was given", c.base, own)
		}
		c.ready("") // there is no brand yet: it is brought when somebody can come
		f.nodes = append(f.nodes, c)
	}
	f.shares()
	confined(t, kinds, "Deployment", func(path string) int {
		a, err := f.nodes[1].ask("GET", path, "", nil)
		if err != nil {
			t.Fatal(err)
		}
		return a.status
	})
	if left, err := os.ReadDir(empty); err != nil || len(left) > 0 { // its file system is read-only
		t.Errorf("%v were made, %v", left, err)
	}
}

// freeAddress is one of this machine that nobody listens at.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func TestTheUnitIsOneThatSystemdTakes(t *testing.T) {
	unit := deployFile(t, "aparte.service")
	for _, line := range []string{"DynamicUser=yes", "ProtectSystem=strict", "StateDirectory=aparte", "NoNewPrivileges=yes", "CapabilityBoundingSet=", "PrivateDevices=yes"} {
		if !strings.Contains(unit, "\n"+line+"\n") {
			t.Errorf("the unit does not say %s", line)
		}
	}
	verify, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not there")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "aparte.service")
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(unit, "/usr/local/bin/aparte", self)), 0o600); err != nil {
		t.Fatal(err)
	}
	if said, err := exec.CommandContext(t.Context(), verify, "verify", "--man=no", path).CombinedOutput(); err != nil || strings.Contains(string(said), "aparte.service:") {
		t.Errorf("systemd-analyze: %v\n%s", err, said)
	}
}

// asked is a query in PromQL, and where it stands.
type asked struct{ where, text string }

func dashboardQueries(t *testing.T) (all []asked) {
	t.Helper()
	type target struct {
		Expr string `json:"expr"`
	}
	type spot struct{ X, Y, W, H int }
	var board struct {
		UID    string
		Panels []struct {
			Title, Type string
			GridPos     spot
			Targets     []target
		}
		Annotations struct {
			List []struct{ Name, Expr string }
		}
		Templating struct {
			List []struct{ Name, Definition string }
		}
	}
	if err := json.Unmarshal([]byte(deployFile(t, "grafana-dashboard.json")), &board); err != nil {
		t.Fatal(err)
	}
	taken := map[[2]int]string{}
	for _, p := range board.Panels {
		if p.Title == "" || p.GridPos.W < 1 || p.GridPos.H < 1 || p.GridPos.X+p.GridPos.W > 24 || p.Type != "row" && len(p.Targets) == 0 {
			t.Errorf("panel %q has no title, no place or no query", p.Title)
		}
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if other, is := taken[[2]int{x, y}]; is {
					t.Fatalf("panels %q and %q overlap", p.Title, other)
				}
				taken[[2]int{x, y}] = p.Title
			}
		}
		for _, q := range p.Targets {
			all = append(all, asked{p.Title, q.Expr})
		}
	}
	for _, a := range board.Annotations.List {
		all = append(all, asked{a.Name, a.Expr})
	}
	for _, v := range board.Templating.List {
		all = append(all, asked{"$" + v.Name, v.Definition})
	}
	return all
}

func alertQueries(t *testing.T) (all []asked) {
	t.Helper()
	var file struct {
		Groups []struct {
			Name  string
			Rules []struct {
				Alert, Expr, For    string
				Labels, Annotations map[string]string
			}
		}
	}
	d := yaml.NewDecoder(strings.NewReader(deployFile(t, "alerts.yml")))
	d.KnownFields(true)
	if err := d.Decode(&file); err != nil {
		t.Fatal(err)
	}
	for _, g := range file.Groups {
		for _, r := range g.Rules {
			if r.Alert == "" || r.Labels["severity"] == "" || r.Annotations["summary"] == "" || r.Annotations["description"] == "" {
				t.Errorf("alert %q lacks a name, a severity or words", r.Alert)
			}
			all = append(all, asked{r.Alert, r.Expr})
		}
	}
	return all
}

// TestEveryQueryAsksForWhatAHouseTells: every metric of the dashboard and of the alerts is one that a running house shows, with the labels by which
// it is asked for.
func TestEveryQueryAsksForWhatAHouseTells(t *testing.T) {
	w := watch(t, nil)
	exercise(w)
	shown := w.scrape()
	labels := map[string]map[string]bool{}
	for name, f := range shown {
		has := map[string]bool{"instance": true, "job": true}
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				has[l.GetName()] = true
			}
		}
		labels[name] = has
		if f.GetType().String() == "HISTOGRAM" {
			for _, part := range []string{"_bucket", "_sum", "_count"} {
				labels[name+part] = has
			}
			delete(labels, name) // it is not asked for as it is
		}
	}
	selector := regexp.MustCompile(`\b((?:aparte|go|process)_\w+)(\{[^}]*\})?`)
	matcher := regexp.MustCompile(`(\w+)\s*(?:=~|!~|!=|=)\s*"`)
	names := map[string]bool{}
	for _, q := range slices.Concat(dashboardQueries(t), alertQueries(t)) {
		for _, s := range selector.FindAllStringSubmatch(q.text, -1) {
			has, there := labels[s[1]]
			if names[s[1]] = true; !there {
				t.Errorf("%s: no house shows %s", q.where, s[1])
			}
			for _, m := range matcher.FindAllStringSubmatch(s[2], -1) {
				if there && !has[m[1]] {
					t.Errorf("%s: %s has no label %s", q.where, s[1], m[1])
				}
			}
		}
		if strings.Count(q.text, "(") != strings.Count(q.text, ")") || strings.Count(q.text, "{") != strings.Count(q.text, "}") {
			t.Errorf("%s: %s is not closed", q.where, q.text)
		}
	}
	if len(names) < 20 {
		t.Errorf("only %d metrics are asked for", len(names))
	}
}
