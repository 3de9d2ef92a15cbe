package faults

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// jumpsVariable tells a node that was built by buildWrong what its clock does: AFTER:BY,…, each a number of seconds, AFTER since the process began.
const jumpsVariable = "APARTE_TEST_JUMPS"

// nowOf is how the standard library's time.Now asks the system; what else counts time, as timers do, asks for time that nobody sets, and is left alone.
const nowOf = "sec, nsec, mono := runtimeNow()\n\tif mono == 0 {"

// wrongly is added to the standard library's package time.
const wrongly = `
// jumps is how the clock is wrong: since when, and by how much, in seconds.
var jumps = func() (list [][2]int64) {
	text, _ := syscall.Getenv("` + jumpsVariable + `")
	var pair [2]int64
	i, sign := 0, int64(1)
	for _, c := range text + "," {
		switch c {
		case '-':
			sign = -1
		case ':', ',':
			pair[i] *= sign
			i, sign = i+1, 1
			if c == ',' {
				list, pair, i = append(list, pair), [2]int64{}, 0
			}
		default:
			pair[i] = 10*pair[i] + int64(c-'0')
		}
	}
	return list
}()

func wrong(mono int64) (by int64) {
	for _, j := range jumps {
		if (mono-startNano)/1e9 >= j[0] {
			by = j[1]
		}
	}
	return by
}
`

// buildWrong makes the command with a clock that is wrong as jumpsVariable says: by another time.Now than the standard library's.
func buildWrong(t testing.TB) string {
	t.Helper()
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	original := filepath.Join(strings.TrimSpace(string(root)), "src", "time", "time.go")
	return buildOver(t, original, func(text string) string {
		text = replaced(t, nowOf, strings.Replace(nowOf, "\n", "\n\tsec += wrong(mono)\n", 1))(text)
		return replaced(t, "\"math/bits\"", "\"math/bits\"\n\t\"syscall\"")(text) + wrongly
	})
}

// buildOver makes the command with one file of its source changed.
func buildOver(t testing.TB, original string, change func(string) string) string {
	t.Helper()
	original, err := filepath.Abs(original)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(original)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	replacement, overlay := filepath.Join(dir, filepath.Base(original)), filepath.Join(dir, "overlay.json")
	list, err := json.Marshal(map[string]any{"Replace": map[string]string{original: replacement}})
	if err != nil {
		t.Fatal(err)
	}
	for path, body := range map[string][]byte{replacement: []byte(change(string(text))), overlay: list} {
		if err := os.WriteFile(path, body, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return buildWith(t, "-overlay", overlay)
}

// replaced has one text in the place of another, which must be there once.
func replaced(t testing.TB, old, by string) func(string) string {
	return func(text string) string {
		t.Helper()
		if strings.Count(text, old) != 1 {
			t.Fatalf("%q is in it %d times", old, strings.Count(text, old))
		}
		return strings.Replace(text, old, by, 1)
	}
}

// jumps draws what a node's clock does from each of its beginnings: it is wrong at once, and by something else several times later.
func jumps(rng *rand.Rand) string {
	const most = 10 * 60
	var list []string
	for after, n := 0, 0; n < 6; n++ {
		list = append(list, fmt.Sprintf("%d:%d", after, rng.IntN(2*most)-most))
		after += 1 + rng.IntN(15)
	}
	return jumpsVariable + "=" + strings.Join(list, ",")
}

// TestAClockIsWrongAsItIsTold holds the means of -clocks against what it is to do.
func TestAClockIsWrongAsItIsTold(t *testing.T) {
	if !*clocks {
		t.Skip("compiles the standard library: with -clocks")
	}
	dir := t.TempDir()
	command := buildWrong(t)
	for _, by := range []time.Duration{-10 * time.Minute, 0, 10 * time.Minute} {
		n := alone(t, command, []string{fmt.Sprintf("%s=0:%d", jumpsVariable, int(by.Seconds()))}, "--data="+filepath.Join(dir, by.String()), "--assets="+t.TempDir())
		if _, err := n.read("/v1/admin/people/userId:nobody"); err != nil {
			t.Fatal(err)
		}
		before := time.Now()
		status, _, err := n.ask("POST", "/v1/batch", writeKey, batch(wants(event{person: "ada", message: "m", name: "Thing Done"})))
		if err != nil || status != 200 {
			t.Fatalf("%d %v", status, err)
		}
		var page struct {
			Events []struct {
				ReceivedAt time.Time `json:"receivedAt"`
			} `json:"events"`
		}
		body, err := n.read("/v1/admin/people/userId:ada/events")
		if err == nil {
			err = json.Unmarshal(body, &page)
		}
		if err != nil || len(page.Events) != 1 {
			t.Fatalf("%v %s", err, body)
		}
		if got := page.Events[0].ReceivedAt.Sub(before); got < by-time.Second || got > by+patience {
			t.Errorf("a clock that is wrong by %v is wrong by %v", by, got)
		}
		n.kill()
	}
}
