package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/aparte-dev/aparte/demo/brand"
	"github.com/aparte-dev/aparte/exchange/querytest"
	"github.com/aparte-dev/aparte/store/sealed"
)

// fleet is several nodes over one database.
type fleet struct {
	t        *testing.T
	database string
	brand    string // file of the brand

	mu    sync.Mutex
	nodes []child
}

// launch starts so many nodes.
func launch(t *testing.T, nodes int) *fleet {
	t.Helper()
	dir := t.TempDir()
	f := &fleet{t: t, database: querytest.Start(t, "max_connections=200"), brand: filepath.Join(dir, "brand.json")}
	master := filepath.Join(dir, "master.key") // all have it
	ring, err := sealed.ParseRing(sealed.NewKey())
	if err == nil {
		err = ring.WriteFile(master)
	}
	if err == nil {
		err = os.WriteFile(f.brand, brandText(t, "As furnished"), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(fileVariable, master)
	for range nodes {
		f.add()
	}
	return f
}

// brandText is a furnished brand under a name.
func brandText(t *testing.T, name string) []byte {
	t.Helper()
	b, err := brand.Brand()
	if err != nil {
		t.Fatal(err)
	}
	b.Name = name
	text, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// add starts one more node and waits until somebody is at work.
func (f *fleet) add(more ...string) child {
	f.t.Helper()
	c := run(f.t, f.t.TempDir(), append([]string{"serve", "--addr=127.0.0.1:0", "--store=" + f.database, "--data=" + f.t.TempDir(), "--assets=" + f.t.TempDir(),
		"--brand=" + f.brand, "--write-key=" + testWriteKey, "--secret-key=" + testSecretKey}, more...)...)
	f.mu.Lock()
	f.nodes = append(f.nodes, c)
	f.mu.Unlock()
	c.answers()
	return c
}

// answers waits until a node takes requests, its own or another's, and knows the brand.
func (c child) answers() {
	c.t.Helper()
	c.ready(`"brand":true`)
}

// ready waits until a node says so, and something besides.
func (c child) ready(besides string) {
	c.t.Helper()
	for until := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) { // it has no other way to say so
		if a, err := c.ask("GET", "/readyz", "", nil); err == nil && a.status == http.StatusOK && strings.Contains(string(a.body), besides) {
			return
		}
		if time.Now().After(until) {
			c.t.Fatalf("no node is at work:\n%s", c.output())
		}
	}
}

// works says whether a node is at work, by its own account.
func (c child) works() bool {
	said := c.output()
	return strings.LastIndex(said, `"msg":"serving"`) > strings.LastIndex(said, `"msg":"another node has taken over"`)
}

// worker is a node that is at work, another one than but.
func (f *fleet) worker(but child) *child {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, n := range f.nodes {
		if n.process != but.process && n.works() {
			return &f.nodes[i]
		}
	}
	return nil
}

// working waits for a node that is at work.
func (f *fleet) working() child {
	f.t.Helper()
	for until := time.Now().Add(patience); time.Now().Before(until); time.Sleep(50 * time.Millisecond) {
		if n := f.worker(child{}); n != nil {
			return *n
		}
	}
	f.t.Fatal("no node is at work")
	return child{}
}

func TestAnyNodeTakesAnyRequest(t *testing.T) {
	f := launch(t, 3)
	f.nodes[1].must(http.StatusOK, "PUT", "/v1/admin/brand", testSecretKey, brandText(t, "Of all nodes"))
	for i, n := range f.nodes { // what one was told the others know at once
		if a := n.must(http.StatusOK, "GET", "/v1/admin/brand", testSecretKey, nil); !strings.Contains(string(a.body), "Of all nodes") {
			t.Errorf("node %d has another brand: %.200s", i, a.body)
		}
		n.must(http.StatusOK, "POST", "/v1/identify", testWriteKey, fmt.Appendf(nil, `{"userId":"ada","messageId":"m-%d","traits":{"node%d":true}}`, i, i))
	}
	for _, n := range f.nodes {
		a := n.must(http.StatusOK, "GET", "/v1/admin/people/userId:ada", testSecretKey, nil)
		for i := range f.nodes {
			if !strings.Contains(string(a.body), fmt.Sprintf(`"name":"node%d","value":true`, i)) {
				t.Errorf("what node %d was told is not known: %s", i, a.body)
			}
		}
	}
}

// shares waits until each node has about as many parts as any other.
func (f *fleet) shares() {
	f.t.Helper()
	for until := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		var has []int
		all := 0
		for _, n := range f.nodes {
			parts := 0
			if a, err := n.ask("GET", "/metrics", testSecretKey, nil); err == nil {
				_, after, _ := strings.Cut(string(a.body), "\naparte_parts ")
				_, _ = fmt.Sscan(after, &parts) // 0: none yet
			}
			has, all = append(has, parts), all+parts
		}
		slices.Sort(has)
		if all > 0 && has[len(has)-1]-has[0] <= 1 && has[0] >= all/len(has) {
			return
		}
		if time.Now().After(until) {
			f.t.Fatalf("nodes have %v parts", has)
		}
	}
}

// All nodes work: each has its share of the parts, and what one of them is told or counts all of them know.
func TestAllNodesWork(t *testing.T) {
	f := launch(t, 3)
	f.shares()
	const people = 60
	for i := range people { // events of everybody by every node
		for at, n := range f.nodes {
			n.must(http.StatusOK, "POST", "/v1/batch", testWriteKey, fmt.Appendf(nil, `{"batch":[
				{"type":"identify","userId":"p-%[1]d","messageId":"i-%[1]d-%[2]d","traits":{"node%[2]d":true}},
				{"type":"track","event":"Product Viewed","anonymousId":"d-%[1]d","userId":"p-%[1]d","messageId":"v-%[1]d-%[2]d","properties":{"product_id":"x"}}]}`, i, at))
		}
	}
	silent := 0
	for i := range people { // and questions
		n := f.nodes[i%3]
		a := n.must(http.StatusOK, "POST", "/v1/decide", testWriteKey, fmt.Appendf(nil, `{"person":{"userId":"p-%d"},"slots":["hero"]}`, i))
		var said struct {
			Decisions []struct {
				ID     string `json:"id"`
				Silent bool   `json:"silent"`
			} `json:"decisions"`
		}
		if err := json.Unmarshal(a.body, &said); err != nil || len(said.Decisions) != 1 {
			t.Fatalf("node %d answers %s", i%3, a.body)
		}
		if said.Decisions[0].Silent {
			silent++
		}
		of := f.nodes[(i+1)%3].must(http.StatusOK, "GET", fmt.Sprintf("/v1/admin/people/userId:p-%d", i), testSecretKey, nil)
		for at := range f.nodes {
			if !strings.Contains(string(of.body), fmt.Sprintf(`"name":"node%d","value":true`, at)) {
				t.Errorf("what node %d was told of p-%d is not known: %s", at, i, of.body)
			}
		}
	}
	if silent == people {
		t.Error("nobody was spoken to")
	}
	f.shares() // nothing of that took a part away for good

	// A branch keeps nothing aside itself, and nothing of a batch is taken twice.
	for at, n := range f.nodes {
		a, err := n.ask("POST", "/v1/batch", testWriteKey, fmt.Appendf(nil, `{"batch":[{"type":"track","userId":"q-%[1]d","event":"Good"},{"type":"track","userId":"q-%[1]d","event":7}]}`, at))
		if err != nil || a.status != http.StatusBadRequest {
			t.Errorf("a malformed event at node %d: %v %s", at, err, a.body)
		}
		e := n.must(http.StatusOK, "GET", fmt.Sprintf("/v1/admin/people/userId:q-%d/events", at), testSecretKey, nil)
		if got := strings.Count(string(e.body), `"Good"`); got != 1 {
			t.Errorf("an event beside a malformed one is there %d times at node %d", got, at)
		}
	}
	// Published by one, in force in all; counted by all, shown by one.
	f.nodes[2].must(http.StatusOK, "PUT", "/v1/admin/brand", testSecretKey, brandText(t, "Of working nodes"))
	want := 2*3*people + 3
	for until := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		a := f.nodes[0].must(http.StatusOK, "GET", "/v1/admin/quality?days=2", testSecretKey, nil)
		var q struct {
			Sources []struct {
				Accepted int `json:"accepted"`
			} `json:"sources"`
		}
		if err := json.Unmarshal(a.body, &q); err != nil {
			t.Fatal(err)
		}
		accepted := 0
		for _, s := range q.Sources {
			accepted += s.Accepted
		}
		if accepted == want {
			break
		}
		if time.Now().After(until) {
			t.Fatalf("%d events were counted of %d: %s", accepted, want, a.body)
		}
	}
}

// TestWhatNodesAcknowledgedOutlivesThem writes by all nodes from several connections, and kills the one at work, then holds one up for longer than
// its leases last, then asks one to end. Clients send again what was not acknowledged, by another node: everything is in the history once.
func TestWhatNodesAcknowledgedOutlivesThem(t *testing.T) {
	f := launch(t, 2)
	rng := rand.New(rand.NewPCG(4, 2))
	want := map[string]bool{}
	for round := range rounds {
		all := batchesOf(rng, round)
		var done atomic.Int64
		harmed := make(chan struct{})
		var writers sync.WaitGroup
		for i, batches := range all {
			for _, b := range batches {
				for _, id := range b.ids {
					want[id] = true
				}
			}
			writers.Go(func() {
				for n, b := range batches {
					f.deliver(b.body, i+n)
					if done.Add(1) == int64(30+20*round) {
						close(harmed)
					}
				}
			})
		}
		<-harmed
		at := f.working()
		if round == 1 {
			f.suspend(at)
		} else {
			if round == 0 {
				at.kill()
			} else {
				at.interrupt()
			}
			f.mu.Lock()
			f.nodes = slices.DeleteFunc(slices.Clone(f.nodes), func(n child) bool { return n.process == at.process })
			f.mu.Unlock()
			f.add()
		}
		writers.Wait()
		kept := stories(t, f.working())
		for id, n := range kept {
			if n != 1 {
				t.Errorf("round %d: %s is in the history %d times", round, id, n)
			}
		}
		for id := range want {
			if kept[id] == 0 {
				t.Errorf("round %d: %s was acknowledged and is gone", round, id)
			}
		}
	}
}

// deliver sends a batch by one node after another until it is acknowledged.
func (f *fleet) deliver(body []byte, first int) {
	for try := 0; ; try++ {
		f.mu.Lock()
		n := f.nodes[(first+try)%len(f.nodes)]
		f.mu.Unlock()
		if a, err := n.ask("POST", "/v1/batch", testWriteKey, body); err == nil && a.status == http.StatusOK {
			return
		}
		time.Sleep(100 * time.Millisecond) // as clients do
	}
}

// suspend holds a node up until another one is at work, and lets it go on.
func (f *fleet) suspend(at child) {
	f.t.Helper()
	if err := at.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		f.t.Fatal(err)
	}
	for until := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		if now := f.worker(at); now != nil {
			break
		}
		if time.Now().After(until) {
			f.t.Fatal("nobody took over")
		}
	}
	if err := at.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		f.t.Fatal(err)
	}
	for until := time.Now().Add(patience); at.works(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(until) {
			f.t.Fatalf("a node that was held up does not know that it lost the office:\n%s", at.output())
		}
	}
}

// TestAnInstallationMovesToPostgreSQL copies what a server kept in a directory, and goes on from there.
func TestAnInstallationMovesToPostgreSQL(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	file := filepath.Join(t.TempDir(), "brand.json")
	if err := os.WriteFile(file, brandText(t, "Moved"), 0o600); err != nil {
		t.Fatal(err)
	}
	one := serve(t, data, "--brand="+file)
	const people = 40
	for i := range people {
		one.must(http.StatusOK, "POST", "/v1/batch", testWriteKey, fmt.Appendf(nil, `{"batch":[
			{"type":"identify","userId":"u-%[1]d","anonymousId":"a-%[1]d","messageId":"i-%[1]d","traits":{"firstName":"Ada"}},
			{"type":"track","event":"Product Viewed","userId":"u-%[1]d","messageId":"v-%[1]d","properties":{"product_id":"x"}}]}`, i))
	}
	one.interrupt()

	t.Setenv(fileVariable, data+".key")
	database := querytest.Start(t, "max_connections=200")
	for range 2 { // a copy that is there can be begun again
		if said := command(t, "", "copy", "--from=pebble:"+data, "--to="+database); said.exit != 0 || !strings.Contains(said.out, "Both hold the same.") {
			t.Fatalf("copy: %+v", said)
		}
	}
	other := run(t, t.TempDir(), "serve", "--addr=127.0.0.1:0", "--store="+database, "--data="+t.TempDir(), "--assets="+t.TempDir(), "--write-key="+testWriteKey, "--secret-key="+testSecretKey)
	other.answers()
	for i := range people {
		path := fmt.Sprintf("/v1/admin/people/anonymousId:a-%d", i)
		if a := other.must(http.StatusOK, "GET", path+"/events", testSecretKey, nil); strings.Count(string(a.body), fmt.Sprintf(`"messageId":"v-%d"`, i)) != 1 {
			t.Errorf("%s: %s", path, a.body)
		}
		if a := other.must(http.StatusOK, "POST", "/v1/track", testWriteKey, fmt.Appendf(nil, `{"event":"Product Viewed","userId":"u-%[1]d","messageId":"v-%[1]d"}`, i)); strings.Contains(string(a.body), `"error"`) {
			t.Errorf("%s", a.body)
		}
		if a := other.must(http.StatusOK, "GET", path+"/events", testSecretKey, nil); strings.Count(string(a.body), fmt.Sprintf(`"messageId":"v-%d"`, i)) != 1 {
			t.Errorf("an event from before the copy was taken again: %s", a.body)
		}
	}
	anew, nothing := database+" search_path=anew", database+" search_path=nothing"
	for _, args := range [][]string{{"verify", "--store=" + database}, {"rebuild", "--store=" + database, "--into=" + anew}} {
		if said := command(t, "", args...); said.exit != 1 || !strings.Contains(said.notes, "a node is at work") {
			t.Errorf("beside a node, %v: %+v", args, said)
		}
	}
	other.kill()
	if said := command(t, "", "verify", "--store="+database, "--data="+data, "--json").object(t); said["people"] != float64(people) || said["all"] != true || len(said["faults"].([]any)) != 0 {
		t.Errorf("of what a node left that was killed: %v", said)
	}
	for range 2 { // a rebuilding can be begun again
		said := command(t, "", "rebuild", "--store="+database, "--into="+anew)
		if said.exit != 0 || !strings.Contains(said.out, "Rebuilt into the copy: 40 people from their histories, of whom 0 were otherwise before.") {
			t.Fatalf("rebuild: %+v", said)
		}
	}
	if said := command(t, "", "verify", "--store="+anew); said.exit != 0 {
		t.Errorf("of what was rebuilt: %+v", said)
	}
	for _, args := range [][]string{{"verify", "--store=" + nothing}, {"rebuild", "--store=" + nothing, "--into=" + nothing + "2"}, {"copy", "--from=" + nothing, "--to=" + anew}} {
		if said := command(t, "", args...); said.exit != 1 || !strings.Contains(said.notes, "there is no store") {
			t.Errorf("%v: %+v", args, said)
		}
	}
	if said := command(t, "", "copy", "--from="+database, "--to=pebble:"+filepath.Join(t.TempDir(), "back")); said.exit != 0 {
		t.Errorf("back: %+v", said)
	}
}
