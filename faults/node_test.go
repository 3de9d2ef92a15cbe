package faults

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const (
	writeKey  = "chaos-write-key"
	secretKey = "chaos-secret-key-of-32-characters"
)

// patience is how long something may take that a test waits for: far longer than it does.
const patience = 5 * time.Minute

// node is one process of the installation. It has its address for good, so that it can be found when it has begun again.
type node struct {
	t    testing.TB
	base string
	args []string
	env  []string

	database, mail *line // by which it reaches them
	door           *line // by which other nodes reach it

	mu      sync.Mutex
	running *exec.Cmd
	said    bytes.Buffer
}

// build makes the command.
func build(t testing.TB) string {
	t.Helper()
	return buildWith(t)
}

func buildWith(t testing.TB, flags ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "aparte")
	args := append(append([]string{"build", "-o", path}, flags...), "../cmd/aparte")
	if said, err := exec.Command("go", args...).CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, said)
	}
	return path
}

// newNode starts a node over a database and a mail server, with lines between them.
func newNode(t testing.TB, command string, env []string, database, mail string, args ...string) *node {
	t.Helper()
	dir, rest, _ := strings.Cut(strings.TrimPrefix(database, "host="), " ")
	addr := free(t)
	n := &node{t: t, base: "http://" + addr, env: env, database: newLine(t, socket(dir)), mail: newLine(t, mail), door: newLine(t, addr)}
	n.args = append([]string{command, "serve", "--addr=" + addr, "--node-url=http://" + n.door.address, "--store=host=" + filepath.Dir(n.database.address) + " " + rest, "--smtp=" + n.mail.address}, args...)
	n.begin()
	t.Cleanup(n.kill)
	return n
}

// socket is where a database listens whose folder this is.
func socket(folder string) string { return filepath.Join(folder, ".s.PGSQL.5432") }

// alone starts a server without lines.
func alone(t testing.TB, command string, env []string, args ...string) *node {
	t.Helper()
	addr := free(t)
	n := &node{t: t, base: "http://" + addr, args: append([]string{command, "serve", "--addr=" + addr, "--write-key=" + writeKey, "--secret-key=" + secretKey}, args...), env: env}
	n.begin()
	t.Cleanup(n.kill)
	return n
}

// free is an address that a node may take.
func free(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// begin starts the process.
func (n *node) begin() {
	n.mu.Lock()
	defer n.mu.Unlock()
	cmd := exec.Command(n.args[0], n.args[1:]...)
	cmd.Env = append(os.Environ(), n.env...)
	cmd.Stdout, cmd.Stderr = (*log)(n), (*log)(n)
	if err := cmd.Start(); err != nil {
		n.t.Error(err)
		return
	}
	n.running = cmd
}

// kill ends the process as a power cut would.
func (n *node) kill() { n.end(os.Kill) }

// end asks the process to end, and waits until it has.
func (n *node) end(by os.Signal) {
	n.mu.Lock()
	cmd := n.running
	n.running = nil
	n.mu.Unlock()
	if cmd == nil {
		return
	}
	_ = cmd.Process.Signal(by) // it may have ended
	_ = cmd.Wait()             // by a signal
}

// hold holds the process up for a while.
func (n *node) hold(ctx context.Context, d time.Duration) {
	n.mu.Lock()
	cmd := n.running
	n.mu.Unlock()
	if cmd == nil {
		return
	}
	_ = cmd.Process.Signal(syscall.SIGSTOP)
	pause(ctx, d)
	_ = cmd.Process.Signal(syscall.SIGCONT)
}

// pause waits, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// log keeps what a node says last.
type log node

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	const most = 1 << 20
	if l.said.Len() > most {
		l.said.Reset()
	}
	return l.said.Write(p)
}

func (n *node) output() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.said.String()
}

var client = &http.Client{Timeout: time.Minute}

// ask sends a request, and answers its status and body.
func (n *node) ask(method, path, key string, body []byte) (int, []byte, error) {
	status, _, said, err := n.send(context.Background(), method, path, key, body)
	return status, said, err
}

// send is ask with the answer's headers, until ctx ends.
func (n *node) send(ctx context.Context, method, path, key string, body []byte) (int, http.Header, []byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, n.base+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, nil, err
	}
	r.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(key+":")))
	w, err := client.Do(r)
	if err != nil {
		return 0, nil, nil, err
	}
	defer w.Body.Close()
	read, err := io.ReadAll(w.Body)
	return w.StatusCode, w.Header, read, err
}

// resident is how much memory the process has, in MB.
func (n *node) resident() float64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.running == nil {
		return 0
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", n.running.Process.Pid))
	if err != nil {
		n.t.Error(err)
	}
	_, after, _ := strings.Cut(string(status), "VmRSS:")
	var kb float64
	if _, err := fmt.Sscan(after, &kb); err != nil {
		n.t.Errorf("the system does not tell the resident set: %v", err)
	}
	return kb * 1024 / 1e6
}

// read asks until it is answered.
func (n *node) read(path string) ([]byte, error) {
	for until := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) { // as clients do
		status, body, err := n.ask("GET", path, secretKey, nil)
		switch {
		case err == nil && (status == http.StatusOK || status == http.StatusNotFound):
			return body, nil
		case time.Now().After(until):
			return nil, fmt.Errorf("%s: %d %v\n%s", path, status, err, n.output())
		}
	}
}
