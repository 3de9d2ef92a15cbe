package tag_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/aparte-dev/aparte/tag"
)

func ExampleHandler() {
	mux := http.NewServeMux()
	mux.Handle("/tag.js", tag.Handler())

	request := httptest.NewRequest("GET", "/tag.js", nil)
	answer := httptest.NewRecorder()
	mux.ServeHTTP(answer, request)
	fmt.Println(answer.Code, answer.Header().Get("Content-Type"))

	request.Header.Set("If-None-Match", answer.Header().Get("ETag"))
	answer = httptest.NewRecorder()
	mux.ServeHTTP(answer, request)
	fmt.Println(answer.Code)
	// Output:
	// 200 text/javascript; charset=utf-8
	// 304
}
