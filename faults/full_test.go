package faults

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aparte-dev/aparte/store/pebble"
)

// disk mounts a file system of a size in memory, or skips the test where that is not allowed.
func disk(t *testing.T, bytes int64) string {
	t.Helper()
	dir := t.TempDir()
	if said, err := exec.Command("mount", "-t", "tmpfs", "-o", fmt.Sprint("size=", bytes), "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("no file system can be mounted here, so that none is filled: %v %s", err, said)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// TestAFullDiskRefusesAndLosesNothing fills the disk beside a server, to its reserve and then to the last byte, kills it and begins it again as it is, and
// makes room: meanwhile events are refused as full and what is there is read, and everything that was acknowledged is in the history once.
func TestAFullDiskRefusesAndLosesNothing(t *testing.T) {
	const reserve, size = pebble.DefaultReserve, pebble.DefaultReserve + 96<<20
	dir := disk(t, size)
	n := alone(t, build(t), nil, "--data="+filepath.Join(dir, "data"), "--assets="+t.TempDir())
	kept, sent := map[string]bool{}, 0
	try := func() (taken bool) {
		t.Helper()
		sent++
		id := fmt.Sprint("m-", sent)
		body := fmt.Sprintf(`{"event":"Thing Done","userId":"ada","messageId":%q,"properties":{"text":%q}}`, id, strings.Repeat("x", 4000))
		for until := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) { // it may be on its way up
			status, said, err := n.ask("POST", "/v1/track", writeKey, []byte(body))
			switch {
			case err == nil && status == http.StatusOK:
				kept[id] = true
				return true
			case err == nil && status == http.StatusServiceUnavailable && strings.Contains(string(said), "the disk is full"):
				return false
			case time.Now().After(until):
				t.Fatalf("no answer: %d %s %v\n%s", status, said, err, n.output())
			}
		}
	}
	// has looks that all that was acknowledged is there, once.
	has := func() {
		t.Helper()
		got := (&town{t: t}).history(n, "ada").messages
		for id := range kept {
			if got[id] != 1 {
				t.Errorf("%s was acknowledged and is in the history %d times", id, got[id])
			}
		}
	}
	for range 20 {
		if !try() {
			t.Fatal("with room, an event is refused")
		}
	}
	ballast := filepath.Join(dir, "ballast")
	fill := func(leave uint64) {
		t.Helper()
		var is syscall.Statfs_t
		f, err := os.OpenFile(ballast, os.O_CREATE|os.O_WRONLY, 0o600)
		if err == nil {
			err = syscall.Statfs(dir, &is)
		}
		if free := is.Bavail * uint64(is.Bsize); err == nil && free > leave {
			var at int64
			if at, err = f.Seek(0, 2); err == nil {
				err = syscall.Fallocate(int(f.Fd()), 0, at, int64(free-leave))
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for _, leave := range []uint64{reserve - 1<<20, 0} {
		fill(leave)
		time.Sleep(100 * time.Millisecond) // for 50 ms it need not look
		for range 5 {
			if try() {
				t.Errorf("with %d bytes left, an event is taken", leave)
			}
		}
		has()
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	fill(reserve - 1<<20)
	n.kill()
	n.begin()
	if try() {
		t.Error("begun again without room, an event is taken")
	}
	has()
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if !try() {
			t.Fatal("with room again, an event is refused")
		}
	}
	has()
	n.end(syscall.SIGTERM)
	if said, err := exec.Command(n.args[0], "verify", "--data="+filepath.Join(dir, "data")).CombinedOutput(); err != nil {
		t.Errorf("verify: %v\n%s", err, said)
	}
}
