package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/aparte-dev/aparte/channel/mailbox"
)

// TestABackupTakenAtFullSpeedHasAllThatWasAcknowledgedBefore sends events as fast as they are taken from several connections, some of which
// make two people one, takes backups meanwhile, kills the process, and opens the house on each backup: every event that was acknowledged
// before the backup began is in a history once. Then everything is sent again, as clients do that heard nothing, and all of it is there once;
// the house decides, and a message leaves.
func TestABackupTakenAtFullSpeedHasAllThatWasAcknowledgedBefore(t *testing.T) {
	t.Parallel()
	box, err := mailbox.StartWith(t.Context(), mailbox.Config{MaxMails: 100, MaxBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer box.Close()
	brand, err := json.Marshal(notes())
	if err != nil {
		t.Fatal(err)
	}
	published := file(t, "brand.json", string(brand))
	data := filepath.Join(t.TempDir(), "data")
	c := serve(t, data, "--brand="+published)
	f := floodOf(c)
	type taken struct {
		dir    string
		before []string // acknowledged when it began
	}
	var all []taken
	for i := range 2 {
		f.until(t, (i+1)*500)
		b := taken{dir: filepath.Join(t.TempDir(), "kept"), before: f.heard()}
		if i == 1 {
			b.dir += ".tar"
		}
		told := command(t, "", "backup", "--to="+b.dir, "--url="+c.base, "--secret-key="+testSecretKey, "--json").object(t)
		if told["bytes"] == 0.0 || told["sealedBy"] == "" {
			t.Errorf("it tells %v", told)
		}
		all = append(all, b)
	}
	f.until(t, len(f.heard())+200) // it went on meanwhile, and goes on
	c.kill()
	f.writers.Wait()
	keys, err := os.ReadFile(data + ".key")
	if err != nil {
		t.Fatal(err)
	}
	for i, b := range all {
		again := filepath.Join(t.TempDir(), "again")
		told := command(t, "", "restore", "--from="+b.dir, "--data="+again, "--json").object(t)
		if told["masterKeyThere"] != false {
			t.Errorf("it tells %v", told)
		}
		if no := command(t, "", "export", "people", filepath.Join(t.TempDir(), "people.ndjson"), "--data="+again); no.exit != 1 || !strings.Contains(no.notes, told["sealedBy"].(string)) {
			t.Errorf("without the key it opens, or it is not said which key is wanted: %s", no.notes)
		}
		if err := os.WriteFile(again+".key", keys, 0o600); err != nil {
			t.Fatal(err)
		}
		r := serve(t, again, "--brand="+published, "--smtp="+box.Addr(), "--from=hello@lantern.example")
		kept := stories(t, r)
		lost, more := 0, 0
		for _, id := range b.before {
			if kept[id] != 1 {
				lost++
			}
		}
		for id, n := range kept {
			if n != 1 {
				t.Errorf("backup %d: %s is in the history %d times", i, id, n)
			}
		}
		more = len(kept) - len(b.before)
		t.Logf("backup %d: %d events were acknowledged before it began, %d more are in it", i, len(b.before), more)
		if lost > 0 {
			t.Errorf("backup %d: %d of %d events that were acknowledged before it began are not there once", i, lost, len(b.before))
		}
		f.resend(r)
		for id, n := range stories(t, r) {
			if n != 1 {
				t.Errorf("backup %d: sent again, %s is in the history %d times", i, id, n)
			}
			delete(f.missing, id)
		}
		if len(f.missing) > 0 {
			t.Errorf("backup %d: sent again, %d events are missing", i, len(f.missing))
		}
		before := len(box.Mails())
		eventually(t, "written to", func() bool { // at times it is wiser to be silent
			r.must(http.StatusOK, "POST", "/v1/batch", testWriteKey, []byte(`{"batch":[{"type":"identify","userId":"u-0-0","traits":{"email":"ann@example.com"}},{"type":"track","userId":"u-0-0","event":"Note Wanted"}]}`))
			return len(box.Mails()) > before
		})
		r.kill()
	}
}

// flood is events sent as fast as they are taken.
type flood struct {
	child   child
	writers sync.WaitGroup

	mu           sync.Mutex
	acknowledged []string
	sent         []batch // acknowledged or not
	missing      map[string]bool
}

// floodOf sends events until the process ends.
func floodOf(c child) *flood {
	f := &flood{child: c}
	for connection := range connections {
		f.writers.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(connection), 94))
			for n := 0; ; n++ {
				b := batch{}
				var events []string
				for i := range 1 + rng.IntN(20) {
					id := fmt.Sprintf("m-%d-%d-%d", connection, n, i)
					b.ids = append(b.ids, id)
					events = append(events, fmt.Sprintf(`{"type":"track","event":"Thing Done","messageId":%q,%s}`, id, somebody(rng, rng.IntN(rounds))))
				}
				b.body = []byte(`{"batch":[` + strings.Join(events, ",") + `]}`)
				f.mu.Lock()
				f.sent = append(f.sent, b)
				f.mu.Unlock()
				a, err := c.ask("POST", "/v1/batch", testWriteKey, b.body)
				if err != nil || a.status != http.StatusOK {
					return // killed
				}
				f.mu.Lock()
				f.acknowledged = append(f.acknowledged, b.ids...)
				f.mu.Unlock()
			}
		})
	}
	return f
}

// heard are the messageIds that have been acknowledged.
func (f *flood) heard() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.acknowledged...)
}

func (f *flood) until(t *testing.T, acknowledged int) {
	t.Helper()
	eventually(t, "acknowledged enough", func() bool { return len(f.heard()) >= acknowledged })
}

// resend sends everything to another process, which takes all of it.
func (f *flood) resend(c child) {
	f.missing = map[string]bool{}
	for _, b := range f.sent {
		c.must(http.StatusOK, "POST", "/v1/batch", testWriteKey, b.body)
		for _, id := range b.ids {
			f.missing[id] = true
		}
	}
}

func TestABackupIsForAdministrators(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	c := serve(t, data)
	for key, want := range map[string]int{"": http.StatusUnauthorized, testWriteKey: http.StatusForbidden, "none": http.StatusUnauthorized} {
		c.must(want, "GET", "/v1/admin/backup", key, nil)
	}
	to := filepath.Join(t.TempDir(), "kept")
	if e := command(t, "", "backup", "--to="+to, "--url="+c.base, "--secret-key="+testWriteKey); e.exit != 1 || !strings.Contains(e.notes, "403") {
		t.Errorf("by the write key: %d, %s", e.exit, e.notes)
	}
	if e := command(t, "", "backup", "--to="+to, "--data="+data); e.exit != 1 || !strings.Contains(e.notes, "--url") {
		t.Errorf("of a directory that a server has: %d, %s", e.exit, e.notes)
	}
	c.interrupt()
	if e := command(t, "", "backup", "--to="+to, "--data="+data, "--lang=fr"); e.exit != 0 || !strings.Contains(e.out, "Sauvegardé dans "+to) {
		t.Errorf("of a directory: %d, %s%s", e.exit, e.out, e.notes)
	}
	if e := command(t, "", "restore", "--from="+to, "--data="+data); e.exit != 1 || !strings.Contains(e.notes, "is not empty") {
		t.Errorf("over a store: %d, %s", e.exit, e.notes)
	}
}

// TestADamagedBackupIsRefused is what an operator sees of it; package backup tries every byte.
func TestADamagedBackupIsRefused(t *testing.T) {
	t.Parallel()
	data, kept := t.TempDir(), filepath.Join(t.TempDir(), "kept")
	serve(t, data).interrupt()
	command(t, "", "backup", "--to="+kept, "--data="+data, "--json").object(t)
	files, err := filepath.Glob(filepath.Join(kept, "store", "MANIFEST-*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v", files, err)
	}
	body, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	name, again := "store/"+filepath.Base(files[0]), filepath.Join(t.TempDir(), "again")
	for what, damaged := range map[string][]byte{"altered": append([]byte{body[0] ^ 1}, body[1:]...), "truncated": body[:len(body)-1]} {
		if err := os.WriteFile(files[0], damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		if e := command(t, "", "restore", "--from="+kept, "--data="+again); e.exit != 1 || !strings.Contains(e.notes, name) {
			t.Errorf("%s: %d, %s", what, e.exit, e.notes)
		}
		if left, err := filepath.Glob(filepath.Join(again, "*")); err != nil || len(left) > 0 {
			t.Errorf("%s: left %v, %v", what, left, err)
		}
	}
}
