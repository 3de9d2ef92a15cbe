package faults

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"

	"github.com/aparte-dev/aparte/exchange/querytest"
)

// TestADatabaseFailsOver kills a database for good while people come by two nodes, and has the replica that followed it take its place: the nodes, whose
// address names both, go on, and everything that either had acknowledged is in the history once.
func TestADatabaseFailsOver(t *testing.T) {
	primary := querytest.Run(t, "max_connections=100")
	replica := primary.Replica()
	dir := t.TempDir()
	address := fmt.Sprintf("host=%s,%s user=shop dbname=postgres target_session_attrs=read-write", primary.Host(), replica.Host())
	env := []string{"APARTE_MASTER_KEY_FILE=" + filepath.Join(dir, "master.key")}
	command := build(t)
	w := &town{t: t}
	for i := range 2 {
		n := alone(t, command, env, "--store="+address, "--data="+filepath.Join(dir, fmt.Sprint("node", i)), "--assets="+t.TempDir())
		w.nodes = append(w.nodes, n)
		if _, err := n.read("/v1/admin/people/userId:nobody"); err != nil { // one after another, so that the first makes the master key
			t.Fatal(err)
		}
	}
	const before, after = 20, 20 // batches of each writer
	var all, harmed sync.WaitGroup
	harmed.Add(writers)
	for i := range writers {
		all.Go(func() {
			rng := rand.New(rand.NewPCG(9, uint64(i)))
			for n := range before + after {
				w.five(rng, i, n)
				if n == before-1 {
					harmed.Done()
				}
			}
		})
	}
	harmed.Wait() // the others are on their way
	primary.Crash()
	replica.Promote()
	all.Wait()
	w.kept()
}
