package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// customerDatabase takes webhooks, verified by the specification's own library.
type customerDatabase struct {
	*httptest.Server
	mu     sync.Mutex
	secret string
	orders map[string]int // by order id, how often it was told
	wrong  []error
	open   bool
	change chan struct{} // something was asked
}

func newCustomerDatabase(t *testing.T) *customerDatabase {
	d := &customerDatabase{orders: map[string]int{}, change: make(chan struct{}, 1)}
	d.Server = httptest.NewServer(http.HandlerFunc(d.serve))
	t.Cleanup(d.Close)
	return d
}

// webhookTold is what the test reads of a webhook.
type webhookTold struct {
	Type string `json:"type"`
	Data struct {
		Person struct {
			ID     string         `json:"id"`
			UserID string         `json:"userId"`
			Orders int            `json:"orders"`
			Traits map[string]any `json:"traits"`
		} `json:"person"`
		Event struct {
			Properties struct {
				OrderID string `json:"order_id"`
			} `json:"properties"`
		} `json:"event"`
	} `json:"data"`
}

func (d *customerDatabase) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	d.mu.Lock()
	defer d.mu.Unlock()
	defer func() {
		select {
		case d.change <- struct{}{}:
		default:
		}
	}()
	if !d.open {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	if d.secret != "" && err == nil {
		var wh *standardwebhooks.Webhook
		if wh, err = standardwebhooks.NewWebhook(d.secret); err == nil {
			err = wh.Verify(body, r.Header)
		}
	}
	var told webhookTold
	if err == nil {
		err = json.Unmarshal(body, &told)
	}
	if err == nil && (told.Type != "order.completed" || told.Data.Person.Orders == 0 || told.Data.Person.UserID != "" || told.Data.Person.Traits["email"] != nil) {
		err = fmt.Errorf("told %s", body)
	}
	if err != nil {
		d.wrong = append(d.wrong, err)
	}
	d.orders[told.Data.Event.Properties.OrderID]++
}

// TestWhatWasAcknowledgedIsToldToAWebhookWhateverHappens kills the process twice: while the endpoint is down, and while it is told.
func TestWhatWasAcknowledgedIsToldToAWebhookWhateverHappens(t *testing.T) {
	t.Parallel()
	d, data := newCustomerDatabase(t), t.TempDir()
	c := serve(t, data, "--webhooks-private")
	made := decoded[struct {
		Secret string `json:"secret"`
	}](t, c.must(http.StatusCreated, "PUT", "/v1/admin/webhooks/crm", testSecretKey,
		fmt.Appendf(nil, `{"url":%q,"types":["order.completed"]}`, d.URL+"/in")).body)
	d.mu.Lock()
	d.secret = made.Secret
	d.mu.Unlock()
	const orders = 300
	for i := range orders {
		c.must(http.StatusOK, "POST", "/v1/track", testWriteKey, fmt.Appendf(nil,
			`{"userId":"u-%d","messageId":"m-%d","event":"Order Completed","properties":{"order_id":"o-%d","revenue":30,"currency":"GBP","email":"x@example.com"}}`, i%40, i, i))
	}
	c.kill()
	d.mu.Lock()
	d.open = true
	d.mu.Unlock()
	c = serve(t, data, "--webhooks-private")
	d.until(t, 60)
	c.kill()
	serve(t, data, "--webhooks-private")
	d.until(t, orders)
	d.mu.Lock()
	defer d.mu.Unlock()
	again := 0
	for i := range orders {
		again += d.orders[fmt.Sprint("o-", i)] - 1
	}
	if len(d.wrong) > 0 {
		t.Errorf("%d were wrong: %v", len(d.wrong), d.wrong[0])
	}
	t.Logf("%d of %d were told twice", again, orders)
}

// until waits until so many orders were told.
func (d *customerDatabase) until(t *testing.T, orders int) {
	t.Helper()
	for {
		d.mu.Lock()
		n := len(d.orders)
		d.mu.Unlock()
		if n >= orders {
			return
		}
		select {
		case <-d.change:
		case <-t.Context().Done():
			t.Fatalf("%d orders were told, want %d", n, orders)
		}
	}
}
