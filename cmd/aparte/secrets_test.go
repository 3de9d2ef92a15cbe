package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/access/oidc"
	"github.com/aparte-dev/aparte/access/oidc/oidctest"
	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/channel/webhook"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store/pebble"
	"github.com/aparte-dev/aparte/store/sealed"
)

// secretsOf are the secrets that a house keeps, each as it is used.
type secretsOf struct{ hook, token, replies, links, single string }

const adToken = "EAAB7731adtokenthatstandsnowhereelse"

// keepSecrets gives a house a secret of every kind.
func keepSecrets(t *testing.T, s *erasing) (kept secretsOf) {
	t.Helper()
	var made struct{ Secret string }
	answer := s.must(http.StatusCreated, "PUT", "/v1/admin/webhooks/tills", testSecretKey, `{"url":"http://127.0.0.1:1/in","types":["order.completed"]}`)
	if err := json.Unmarshal([]byte(answer), &made); err != nil || !strings.HasPrefix(made.Secret, "whsec_") {
		t.Fatalf("%s: %v", answer, err)
	}
	s.must(http.StatusOK, "PUT", "/v1/admin/webhooks/meta", testSecretKey, `{"token":"`+adToken+`","ads":{"platform":"meta","account":"123","conversions":{"order":{"action":"Purchase"}}}}`)
	s.must(http.StatusOK, "POST", "/v1/identify", testWriteKey, `{"userId":"writer","traits":{"email":"writer@private.example"}}`)
	if err := s.house.engine.Replied(t.Context(), &channel.Reply{ID: "r-1", Channel: aparte.Email, From: "writer@private.example", Text: "I wonder about the lamp"}); err != nil {
		t.Fatal(err)
	}
	provider := oidctest.Start(t, false)
	if err := s.house.single.Set(t.Context(), oidc.Settings{Issuer: provider.URL, Client: oidctest.Client, Secret: oidctest.Secret, Private: true}); err != nil {
		t.Fatal(err)
	}
	kept.single = oidctest.Secret
	kept.hook, kept.token = strings.TrimPrefix(made.Secret, "whsec_"), adToken
	for document, field := range map[string]*string{engine.RepliesDocument: &kept.replies, linksDocument: &kept.links} {
		d, err := s.house.store.Document(t.Context(), document, 0)
		if err != nil {
			t.Fatal(err)
		}
		var keys []struct{ Key string }
		var key struct{ Key string }
		if json.Unmarshal(d.Body, &keys) == nil && len(keys) == 1 {
			*field = keys[0].Key
		} else if json.Unmarshal(d.Body, &key) == nil {
			*field = key.Key
		}
		if len(*field) < 40 {
			t.Fatalf("%s holds no key", document)
		}
	}
	return kept
}

func (k secretsOf) all() map[string]string {
	return map[string]string{"a webhook's secret": k.hook, "a platform's token": k.token, "a key of replies": k.replies, "the key of links": k.links, "the client secret": k.single}
}

// found are the secrets that stand in files: as text, or as the bytes that the text stands for.
func (k secretsOf) found(files map[string][]byte) (found []string) {
	for what, secret := range k.all() {
		bare, err := base64.StdEncoding.DecodeString(secret)
		for name, content := range files {
			if bytes.Contains(content, []byte(secret)) || err == nil && bytes.Contains(content, bare) {
				found = append(found, what+" in "+filepath.Base(name))
			}
		}
	}
	return found
}

func TestNoSecretStandsInTheFilesOfTheStore(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	s := openErasing(t, data)
	kept := keepSecrets(t, s)
	if info, err := os.Stat(data + ".key"); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the master key: %v, %v", info, err)
	}
	if found := kept.found(readStore(t, data, s)); len(found) > 0 {
		t.Errorf("in clear: %q", found)
	}
	s.open()
	s.must(http.StatusOK, "POST", "/v1/track", testWriteKey, `{"userId":"writer","event":"Page Viewed"}`)
	if found := kept.found(readStore(t, data, s)); len(found) > 0 {
		t.Errorf("after another start in clear: %q", found)
	}
}

func TestSecretsThatStoodInClearAreSealedAtTheNextStart(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	s := openErasing(t, data)
	kept := keepSecrets(t, s)
	clear := map[string][]byte{}
	for _, name := range []string{webhook.Document, engine.RepliesDocument, oidc.Document} {
		d, err := s.house.store.Document(t.Context(), name, 0)
		if err != nil {
			t.Fatal(err)
		}
		clear[name] = d.Body
	}
	s.close()
	place, err := pebble.Open(data, pebble.Options{})
	for _, name := range secretDocuments { // as a version without sealing left them
		if err == nil && clear[name] != nil {
			_, err = place.PutDocument(t.Context(), name, clear[name])
		} else if err == nil {
			err = place.DropDocuments(t.Context(), name, 100)
		}
	}
	if err = errors.Join(err, place.Close(), os.Remove(data+".key")); err != nil {
		t.Fatal(err)
	}
	before := kept
	before.links = strings.Repeat("-", 44) // there was none
	if found := before.found(readStore(t, data, s)); len(found) < 4 {
		t.Fatalf("in clear %q is found: that nothing is found sealed would say nothing", found)
	}
	s.open()
	if found := before.found(readStore(t, data, s)); len(found) > 0 {
		t.Errorf("in clear: %q", found)
	}
	s.open()
	if d, err := s.house.store.Document(t.Context(), webhook.Document, 0); err != nil || !bytes.Contains(d.Body, []byte(kept.hook)) {
		t.Errorf("the webhook's secret is lost: %v", err)
	}
}

func TestWithoutItsMasterKeyAStoreDoesNotOpen(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	s := openErasing(t, data)
	kept := keepSecrets(t, s)
	s.close()
	open := func() error {
		st, err := openStore(t.Context(), data, pebble.Options{})
		if err == nil {
			err = st.Close()
		}
		return err
	}
	ring, err := sealed.ReadFile(data + ".key")
	if err == nil {
		err = os.Rename(data+".key", data+".away")
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := open(); err == nil || !strings.Contains(err.Error(), ring.IDs()[0]) || !strings.Contains(err.Error(), data+".key") {
		t.Errorf("without the file: %v", err)
	}
	if _, err := os.Stat(data + ".key"); err == nil {
		t.Error("another key was made where one is lost")
	}
	other, err := sealed.ParseRing(sealed.NewKey())
	if err == nil {
		err = other.WriteFile(data + ".key")
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := open(); !errors.Is(err, sealed.ErrKey) || !strings.Contains(err.Error(), other.IDs()[0]) {
		t.Errorf("with another key: %v", err)
	}
	if _, err := say(t, "keys", "rotate", "--data="+data); !errors.Is(err, sealed.ErrKey) {
		t.Errorf("rotated with another key: %v", err)
	}
	if err := os.Rename(data+".away", data+".key"); err != nil {
		t.Fatal(err)
	}
	said, err := say(t, "keys", "rotate", "--data="+data)
	if err != nil || !strings.Contains(said, ring.IDs()[0]) {
		t.Fatalf("rotate: %q, %v", said, err)
	}
	again, err := sealed.ReadFile(data + ".key")
	if err != nil || len(again.IDs()) != 1 || again.IDs()[0] == ring.IDs()[0] {
		t.Errorf("after it the file has %v, %v", again.IDs(), err)
	}
	s.open()
	if d, err := s.house.store.Document(t.Context(), webhook.Document, 0); err != nil || !bytes.Contains(d.Body, []byte(kept.hook)) {
		t.Errorf("the webhook's secret is lost: %v", err)
	}
	s.close()
	if err := os.Remove(data + ".key"); err != nil {
		t.Fatal(err)
	}
	if _, err := say(t, "keys", "forget", "--data="+data); err == nil {
		t.Error("secrets were dropped without --sure")
	}
	if said, err = say(t, "keys", "forget", "--data="+data, "--sure"); err != nil || !strings.Contains(said, webhook.Document) {
		t.Errorf("forget: %q, %v", said, err)
	}
	s.open()
	s.must(http.StatusOK, "GET", "/v1/admin/people/userId:writer", testSecretKey, "") // people are still found
}

// A kept secret is told once, when it is made: no door and no page tells it again.
func TestASecretThatIsKeptIsNotToldAgain(t *testing.T) {
	t.Parallel()
	s := openErasing(t, filepath.Join(t.TempDir(), "data"))
	kept := keepSecrets(t, s)
	var described struct {
		Paths map[string]map[string]any
	}
	if err := json.Unmarshal([]byte(s.must(http.StatusOK, "GET", "/openapi.json", testSecretKey, "")), &described); err != nil {
		t.Fatal(err)
	}
	asked, told := 0, 0
	for path, methods := range described.Paths {
		if methods["get"] == nil || !strings.HasPrefix(path, "/v1/admin/") {
			continue
		}
		path = strings.NewReplacer("{id}", "tills", "{name}", "tills").Replace(path)
		if strings.Contains(path, "{") {
			continue
		}
		w := s.ask("GET", path, testSecretKey, "")
		asked++
		if strings.Contains(w.Body.String(), `"tills"`) {
			told++
		}
		for what, secret := range kept.all() {
			if strings.Contains(w.Body.String(), secret) {
				t.Errorf("%s tells %s", path, what)
			}
		}
	}
	if asked < 10 || told == 0 {
		t.Errorf("%d doors were asked, of which %d tell of the webhook: that no secret was told would say nothing", asked, told)
	}
	again := s.must(http.StatusOK, "PUT", "/v1/admin/webhooks/tills", testSecretKey, `{"url":"http://127.0.0.1:1/in","types":["order.completed"]}`)
	if strings.Contains(again, kept.hook) {
		t.Error("declared again, a webhook tells the secret that it had")
	}
}

// Links that left before there was a key of their own go on leading somewhere; what is left of an old backup opens nobody's page.
func TestAStoreThatHadSpokenKnowsItsLinksAgain(t *testing.T) {
	t.Parallel()
	for _, spoken := range []bool{false, true} {
		t.Run(fmt.Sprint(spoken), func(t *testing.T) {
			data := filepath.Join(t.TempDir(), "data")
			if spoken {
				place, err := pebble.Open(data, pebble.Options{})
				if err == nil {
					_, err = place.PutDocument(t.Context(), engine.BrandDocument, []byte(`{}`))
					err = errors.Join(err, place.Close())
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			var first engine.Links
			for range 2 {
				st, err := openStore(context.Background(), data, pebble.Options{})
				if err != nil {
					t.Fatal(err)
				}
				k, err := linkKeys(t.Context(), st)
				if err = errors.Join(err, st.Close()); err != nil || len(k.Key) != 32 || k.Former != spoken || bytes.Equal(k.Key, st.Secret()) {
					t.Fatalf("%+v, %v", k, err)
				}
				if first.Key != nil && !bytes.Equal(first.Key, k.Key) {
					t.Error("each start has another key")
				}
				first = k
			}
		})
	}
}
