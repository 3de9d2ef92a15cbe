package api_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/api"
)

// printer is an engine that only says what comes in; the embedded interface stands for the rest of
// *engine.Engine.
type printer struct{ api.Engine }

func (printer) Accept(_ context.Context, events []aparte.Event) error {
	for _, e := range events {
		fmt.Println(e.Source, "says:", e.UserID, e.Type, e.Name, string(e.Properties))
	}
	return nil
}

// A library that speaks Segment's HTTP API needs only another host and a write key.
func Example() {
	doors, err := api.New(api.Config{
		Engine: printer{},
		Keys:   []api.Key{{Name: "shop", Value: "shop-write-key"}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	server := httptest.NewServer(doors)
	defer server.Close()

	request, _ := http.NewRequest("POST", server.URL+"/v1/batch", strings.NewReader(`{"batch":[
		{"type": "track", "event": "Product Viewed", "userId": "ann", "messageId": "m-1", "properties": {"product_id": "tea"}},
		{"type": "track", "userId": "ann", "messageId": "m-2"}]}`))
	request.SetBasicAuth("shop-write-key", "")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer answer.Body.Close()
	fmt.Println(answer.Status)
	// Output:
	// shop says: ann track Product Viewed {"product_id": "tea"}
	// 400 Bad Request
}
