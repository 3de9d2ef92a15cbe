package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
)

// A brand file is judged from the store that a server left behind.
func TestABrandThatWasNotLiveIsJudgedFromTheLog(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	c := run(t, t.TempDir(), "demo", "--quiet-world", "--addr=127.0.0.1:0", "--data="+data)
	live := c.must(http.StatusOK, "GET", "/v1/admin/brand", demoSecretKey, nil).body
	for i := range 40 {
		for range 3 {
			c.must(http.StatusOK, "POST", "/v1/decide", demoWriteKey, fmt.Appendf(nil, `{"person":{"userId":"visitor-%d"},"slots":["hero"]}`, i))
		}
	}
	for i := range 40 { // all of whom were told something long before: a millisecond is over
		c.order(fmt.Sprint("visitor-", i), fmt.Sprint("order-", i))
	}
	if busy := command(t, "", "whatif", "--data="+data, "--brand="+file(t, "brand.json", string(live))); busy.exit != 1 || !strings.Contains(busy.notes, "stop the server") {
		t.Errorf("the store in use: exit status %d, %q", busy.exit, busy.notes)
	}
	unchanged := proposed(t, live, func(*aparte.Brand) {})
	var throughDoor map[string]any
	if err := json.Unmarshal(c.must(http.StatusOK, "POST", "/v1/admin/whatif", demoSecretKey, unchanged).body, &throughDoor); err != nil {
		t.Fatal(err)
	}
	c.interrupt()

	proposed := func(change func(*aparte.Brand)) string {
		return "--brand=" + file(t, "brand.json", string(proposed(t, live, change)))
	}
	same := command(t, "", "whatif", "--data="+data, proposed(func(*aparte.Brand) {}), "--json").object(t)
	if same["changed"] != 0.0 || same["unsupported"] != 0.0 || same["decisions"].(float64) < 100 || same["lift"] == nil || at(t, same, "lift", "high") > 1e-6 {
		t.Errorf("the brand that was live: %v", same)
	}
	if diff := cmp.Diff(same, throughDoor); diff != "" {
		t.Errorf("the door and the command differ: %s", diff)
	}
	all := proposed(func(b *aparte.Brand) {
		for i := range b.Rules {
			b.Rules[i].When = "false"
		}
	})
	silent := command(t, "", "whatif", "--data="+data, all)
	if silent.exit != 0 || !strings.Contains(silent.out, "the brand, dr") || strings.Contains(silent.out, "lift, dr") || !strings.Contains(silent.out, "so there is no interval, and no lift") {
		t.Errorf("where hardly anybody buys within a millisecond: exit status %d, %s\n%s", silent.exit, silent.notes, silent.out)
	}
	for name, path := range map[string]string{
		"/rules/0": proposed(func(b *aparte.Brand) { b.Rules[0].When = "no such thing" }), "brand.json": "--brand=" + file(t, "brand.json", "{"),
		"windows that are not over": "--brand=" + file(t, "brand.json", string(live)),
	} {
		if bad := command(t, "", "whatif", "--data="+data, path); bad.exit != 1 || !strings.Contains(bad.notes, name) {
			t.Errorf("%s: exit status %d, %q", name, bad.exit, bad.notes)
		}
	}
}

// proposed is the live brand with windows that are over, and something changed.
func proposed(t *testing.T, live []byte, change func(*aparte.Brand)) []byte {
	t.Helper()
	var b aparte.Brand
	if err := json.Unmarshal(live, &b); err != nil {
		t.Fatal(err)
	}
	for i := range b.Objectives {
		b.Objectives[i].Window = aparte.Duration(time.Millisecond)
	}
	change(&b)
	body, err := json.Marshal(&b)
	if err != nil {
		t.Fatal(err)
	}
	return body
}
