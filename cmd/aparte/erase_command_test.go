package main

import (
	"net/http"
	"strings"
	"testing"
)

func TestSomebodyIsErasedByTheCommandAndNamedNowhere(t *testing.T) {
	c := serve(t, data(t))
	for _, body := range []string{
		`{"type":"identify","userId":"vanishing","traits":{"email":"vanishing@example.com"}}`,
		`{"type":"identify","userId":"remaining","traits":{"email":"remaining@example.com"}}`,
	} {
		c.must(http.StatusOK, "POST", "/v1/batch", testWriteKey, []byte(`{"batch":[`+body+`]}`))
	}
	erase := func(person, key string) ended {
		return command(t, "", "erase", person, "--url", c.base, "--secret-key", key)
	}
	if got := erase("vanishing", "not-the-key"); got.exit != 1 || !strings.Contains(got.notes, "401") || strings.Contains(got.out+got.notes, "vanishing") {
		t.Errorf("with another key: exit status %d\n%s%s", got.exit, got.out, got.notes)
	}
	c.must(http.StatusOK, "GET", "/v1/admin/people/userId:vanishing", testSecretKey, nil)
	if got := erase("email:vanishing@example.com", testSecretKey); got.exit != 0 || !strings.Contains(got.out, `"kind":"erasure"`) || !strings.Contains(got.out, `"purged":true`) || strings.Contains(got.out+got.notes, "vanishing") {
		t.Errorf("exit status %d\n%s%s", got.exit, got.out, got.notes)
	}
	c.must(http.StatusNotFound, "GET", "/v1/admin/people/userId:vanishing", testSecretKey, nil)
	c.must(http.StatusOK, "GET", "/v1/admin/people/userId:remaining", testSecretKey, nil)
	if got := erase("vanishing", testSecretKey); got.exit != 1 || !strings.Contains(got.notes, "nobody of that name is known") || strings.Contains(got.out+got.notes, "vanishing") {
		t.Errorf("a second time: exit status %d\n%s%s", got.exit, got.out, got.notes)
	}
}
