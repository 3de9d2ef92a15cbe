package api

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAnImportTellsWhatWasThereBefore(t *testing.T) {
	h, _ := testDoors(t)
	event := func(id, user string) string {
		return fmt.Sprintf(`{"type":"track","event":"Seen","messageId":%q,"userId":%q}`, id, user)
	}
	type told struct {
		Success  bool
		Repeated []int
		Errors   []problem
	}
	for _, c := range []struct {
		batch  string
		status int
		want   told
	}{
		{event("a", "u") + "," + event("b", "u"), 200, told{Success: true}},
		{event("c", "u") + "," + event("a", "u") + "," + event("b", "u"), 200, told{Success: true, Repeated: []int{1, 2}}},
		{event("x", "") + "," + event("a", "u") + "," + event("y", "") + "," + event("b", "u") + "," + event("d", "u"), 400, told{
			Repeated: []int{1, 3}, Errors: []problem{{0, "userId", "is required where there is no anonymousId"}, {2, "userId", "is required where there is no anonymousId"}},
		}},
	} {
		w := call(h, "POST", "/v1/import", "wk", `{"batch":[`+c.batch+`]}`)
		if diff := cmp.Diff(c.want, decoded[told](t, w)); w.Code != c.status || diff != "" {
			t.Errorf("answered %d\n%s", w.Code, diff)
		}
	}
}
