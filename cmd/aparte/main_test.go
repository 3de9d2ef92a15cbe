package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
)

// asCommand in the environment makes the test binary the command itself: so the tests run what was
// built for them, with the race detector where they have it.
const asCommand = "APARTE_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// patience is how long something may take that a test waits for: far longer than it does, as the machine may have other things to do.
const patience = 5 * time.Minute

// child is the command running in a process of its own, as a test sees it.
type child struct {
	t *testing.T
	*process
}

// in is the same process for a part of the test.
func (c child) in(t *testing.T) child { return child{t, c.process} }

type process struct {
	cmd   *exec.Cmd
	base  string // http:// and where it listens
	ended chan error

	mu   sync.Mutex
	said bytes.Buffer
}

// listening is how the commands say where they listen.
var listening = regexp.MustCompile(`Console +http://([0-9.:]+)/console/|"address":"([0-9.:]+)"`)

// run starts the command and returns when it answers. It keeps what it makes for itself below temporary.
func run(t *testing.T, temporary string, args ...string) child {
	t.Helper()
	return child{t, begin(t, temporary, args...)}
}

// begin is run for tests and benchmarks alike.
func begin(t testing.TB, temporary string, args ...string) *process {
	t.Helper()
	c := &process{cmd: exec.Command(os.Args[0], args...), ended: make(chan error, 1)}
	c.cmd.Env = append(os.Environ(), asCommand+"=1", "TMPDIR="+temporary)
	out, in := io.Pipe()
	c.cmd.Stdout, c.cmd.Stderr = in, in
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	address := make(chan string, 1)
	go c.listen(out, address) // ends with the output, which ends with the process
	go func() {               // ends with the process
		err := c.cmd.Wait()
		_ = in.Close() // never fails
		c.ended <- err
	}()
	t.Cleanup(c.kill)
	select {
	case found := <-address:
		c.base = "http://" + found
	case err := <-c.ended:
		c.ended <- err
		t.Fatalf("%v ended before it listened (%v):\n%s", args, err, c.output())
	case <-time.After(patience):
		t.Fatalf("%v does not listen:\n%s", args, c.output())
	}
	return c
}

// listen keeps what the process says, and tells where it listens once it says so.
func (p *process) listen(out io.Reader, address chan<- string) {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		p.mu.Lock()
		p.said.Write(append(lines.Bytes(), '\n'))
		p.mu.Unlock()
		if m := listening.FindStringSubmatch(lines.Text()); m != nil {
			select {
			case address <- m[1] + m[2]:
			default:
			}
		}
	}
}

func (p *process) output() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.said.String()
}

// kill ends the process as a power cut would, and waits until it is gone.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended
	err := <-p.ended
	p.ended <- err
}

// interrupt asks the process to end, as Ctrl-C does, and waits for it.
func (c child) interrupt() {
	c.t.Helper()
	if err := c.cmd.Process.Signal(os.Interrupt); err != nil {
		c.t.Fatal(err)
	}
	err := <-c.ended
	c.ended <- err
	if err != nil {
		c.t.Errorf("interrupted: %v\n%s", err, c.output())
	}
}

// answer is what a door said.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// visitor is a client that follows no redirects.
var visitor = &http.Client{
	Timeout:       patience,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// ask sends a request to an address below the process's own, with a key where there is one.
func (c *process) ask(method, address, key string, body []byte, headers ...string) (answer, error) {
	if !strings.HasPrefix(address, "http://") {
		address = c.base + address
	}
	r, err := http.NewRequest(method, address, bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0.0.0 Safari/537.36")
	if key != "" {
		r.Header.Set("Authorization", basic(key))
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w, err := visitor.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer w.Body.Close()
	read, err := io.ReadAll(w.Body)
	return answer{w.StatusCode, w.Header, read}, err
}

func basic(key string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(key+":")) }

// must is ask where only the status wanted will do.
func (c child) must(want int, method, address, key string, body []byte, headers ...string) answer {
	c.t.Helper()
	a, err := c.ask(method, address, key, body, headers...)
	if err != nil {
		c.t.Fatalf("%s %s: %v\n%s", method, address, err, c.output())
	}
	if a.status != want {
		c.t.Fatalf("%s %s answered %d, want %d: %s", method, address, a.status, want, a.body)
	}
	return a
}

// read is the document at an admin door.
func read[T any](c child, key, path string) T {
	c.t.Helper()
	a := c.must(http.StatusOK, "GET", path, key, nil)
	return decoded[T](c.t, a.body)
}

func decoded[T any](t *testing.T, body []byte) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return v
}

// eventually waits for what happens in another process by the clock.
func (c child) eventually(what string, happened func() bool) {
	c.t.Helper()
	eventually(c.t, what, happened)
}

// eventually waits until something has happened, and fails where it never does.
func eventually(t testing.TB, what string, happened func() bool) {
	t.Helper()
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	late := time.After(patience)
	for !happened() {
		select {
		case <-look.C:
		case <-late:
			t.Fatalf("in %v: never %s", patience, what)
		}
	}
}
