package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	lsm "github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/record"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/api"
	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/engine"
)

// TestOfAnErasedPersonNoByteIsLeft lets two people live the same life through the doors, erases one, and reads every byte of every file
// of the store, as it stands on the disk and as it is when blocks are decompressed: nothing of the one is there, and all of the other. What
// the two are known by, and say, is theirs alone.
func TestOfAnErasedPersonNoByteIsLeft(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	s := openErasing(t, data)
	gone, stays := marksOf("vanishing"), marksOf("remaining")
	for _, m := range []*marks{gone, stays} {
		s.live(m)
	}
	for _, m := range []*marks{gone, stays} {
		s.knowIDs(m)
		s.giveUp(m)
	}
	s.restart() // what is in the log of the first life becomes files, and a MANIFEST is left behind
	for name, m := range map[string]*marks{"of who will be erased": gone, "of who stays": stays} {
		if missing := m.missing(readStore(t, data, s)); len(missing) > 0 {
			t.Fatalf("before anybody is erased, the files have nothing %s by %q: what is not there cannot be found missing", name, missing)
		}
	}
	s.open()
	w := s.must(http.StatusOK, "POST", "/v1/admin/people/userId:"+gone.user+"/erase", testSecretKey, `{"purge":true,"asked":"2026-01-02T03:04:05Z"}`)
	if !strings.Contains(w, `"kind":"erasure"`) || !strings.Contains(w, `"purged":true`) {
		t.Errorf("the door says %s", w)
	}
	if w := s.must(http.StatusOK, "GET", "/v1/admin/requests?of=email:"+gone.email, testSecretKey, ""); !strings.Contains(w, `"asked":"2026-01-02T03:04:05Z"`) {
		t.Errorf("who comes back with the address is told %s", w)
	}
	if w := s.must(http.StatusOK, "GET", "/v1/admin/requests?of=email:"+stays.email, testSecretKey, ""); strings.Contains(w, "erasure") {
		t.Errorf("of somebody else is told %s", w)
	}
	s.must(http.StatusNotFound, "GET", "/v1/admin/people/userId:"+gone.user, testSecretKey, "")
	s.restart() // the MANIFEST that named keys of files goes with the second one after it
	s.restart()
	files := readStore(t, data, s)
	for form, where := range gone.found(files) {
		t.Errorf("%s is still in %s", form, where)
	}
	if missing := stays.missing(files); len(missing) > 0 {
		t.Errorf("of who stays, %q is lost", missing)
	}
}

// marks is what somebody is known by and says.
type marks struct {
	user, email, phone, anonymous, device, name, wish, order, search, page, aside, message string

	id aparte.PersonID
}

func marksOf(word string) *marks {
	sum := sha256.Sum256([]byte(word))
	n := fmt.Sprintf("%08d", uint32(sum[0])<<16|uint32(sum[1])<<8|uint32(sum[2]))
	return &marks{
		user: "user-" + word + "-7731", email: word + ".lovelace@private.example", phone: "+336" + n, anonymous: "anon-" + word + "-11", device: "token-" + word + "-22",
		name: "Name" + word, wish: "wish-" + word + "-33", order: "order-" + word + "-44", search: "searched " + word, page: "page-" + word, aside: "aside-" + word, message: "message-" + word,
	}
}

// forms are the ways in which each mark could stand in a file.
func (m *marks) forms() map[string][]byte {
	all := map[string][]byte{}
	for what, text := range map[string]string{
		"the userId": m.user, "the address": m.email, "the number": m.phone, "the anonymousId": m.anonymous, "the device": m.device, "a trait": m.name,
		"a nested trait": m.wish, "an order": m.order, "a search": m.search, "a page": m.page, "what was kept aside": m.aside, "a messageId": m.message,
	} {
		sum := sha256.Sum256([]byte(text))
		all[what] = []byte(text)
		all[what+", hashed"] = sum[:16]
		all[what+", hashed, in hexadecimal"] = []byte(hex.EncodeToString(sum[:]))
		all[what+", in hexadecimal"] = []byte(hex.EncodeToString([]byte(text)))
		for shift := range 3 { // wherever it begins in what was encoded
			encoded := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("\x00", shift) + text))
			from := []int{0, 2, 3}[shift]
			all[fmt.Sprintf("%s, in base64 (%d)", what, shift)] = []byte(encoded[from : len(encoded)-4])
		}
	}
	all["the id"], all["the id, as text"] = m.id[:], []byte(m.id.String())
	return all
}

// missing are the marks of which nothing is found in any form.
func (m *marks) missing(files map[string][]byte) (missing []string) {
	found := map[string]bool{}
	for form := range m.found(files) {
		what, _, _ := strings.Cut(form, ",")
		found[what] = true
	}
	for form := range m.forms() {
		if what, _, _ := strings.Cut(form, ","); !found[what] && !slices.Contains(missing, what) {
			missing = append(missing, what)
		}
	}
	return missing
}

// found is in which file each form is.
func (m *marks) found(files map[string][]byte) map[string]string {
	all := map[string]string{}
	for form, bytes := range m.forms() {
		if at := where(files, bytes); at != "" {
			all[form] = at
		}
	}
	return all
}

func where(files map[string][]byte, form []byte) string {
	for name, content := range files {
		if bytes.Contains(content, form) || len(form) > 16 && bytes.Contains(bytes.ToLower(content), bytes.ToLower(form)) {
			return name
		}
	}
	return ""
}

// readStore is every file below a directory as it is, and what the store's files and logs hold when they are decompressed.
func readStore(t *testing.T, data string, s *erasing) map[string][]byte {
	t.Helper()
	s.close()
	files := map[string][]byte{}
	err := filepath.Walk(data, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files[path] = content
		switch filepath.Ext(path) {
		case ".sst":
			files[path+", decompressed"], err = readTable(path)
		case ".log":
			files[path+", put together"], err = readLog(content)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// readTable is every key and value of a file of the store, whether or not it is in force.
func readTable(path string) (all []byte, err error) {
	f, err := vfs.Default.Open(path)
	if err != nil {
		return nil, err
	}
	readable, err := sstable.NewSimpleReadable(f)
	if err != nil {
		return nil, err
	}
	r, err := sstable.NewReader(context.Background(), readable, sstable.ReaderOptions{Merger: &lsm.Merger{Name: "aparte.merge"}})
	if err != nil {
		return nil, errors.Join(err, readable.Close())
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	rows, err := r.NewIter(sstable.NoTransforms, nil, nil, sstable.AssertNoBlobHandles)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for kv := rows.First(); kv != nil; kv = rows.Next() {
		v, _, err := kv.Value(nil)
		if err != nil {
			return nil, err
		}
		all = append(append(append(all, kv.K.UserKey...), 0xff), v...)
		all = append(all, 0xff)
	}
	deleted, err := r.NewRawRangeDelIter(context.Background(), sstable.NoFragmentTransforms, sstable.NoReadEnv)
	if err != nil || deleted == nil {
		return all, errors.Join(err, rows.Error())
	}
	defer deleted.Close()
	for span, err := deleted.First(); span != nil || err != nil; span, err = deleted.Next() {
		if err != nil {
			return nil, err
		}
		all = append(append(all, span.Start...), span.End...)
	}
	return all, rows.Error()
}

// readLog is what a log of the store holds, its blocks put together.
func readLog(content []byte) ([]byte, error) {
	var all bytes.Buffer
	for r := record.NewReader(bytes.NewReader(content), 0); ; {
		one, err := r.Next()
		if err == nil {
			_, err = io.Copy(&all, one)
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || record.IsInvalidRecord(err) {
			return all.Bytes(), nil // of another log's number, or the end
		} else if err != nil {
			return nil, err
		}
	}
}

// erasing is a house over a directory.
type erasing struct {
	t     *testing.T
	data  string
	house *house
}

func openErasing(t *testing.T, data string) *erasing {
	s := &erasing{t: t, data: data}
	s.open()
	t.Cleanup(s.close)
	return s
}

func (s *erasing) open() {
	s.t.Helper()
	h, err := build(context.Background(), plan{
		addr: "127.0.0.1:0", baseURL: "http://lantern.example", data: s.data, memory: 256, assets: fstest.MapFS{}, senders: []channel.Sender{refusing{}}, private: true,
		log: slog.New(slog.DiscardHandler),
		keys: []api.Key{
			{Name: "write", Kind: api.PublicKey, Source: "web", Value: testWriteKey},
			{Name: "secret", Kind: api.SecretKey, Source: "server", Value: testSecretKey},
		},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.house = h
	if _, err := h.engine.Publish(context.Background(), notes()); err != nil {
		s.t.Fatal(err)
	}
	h.open(context.Background())
	if h.hooks.Wanted(aparte.OrderCompleted) == nil {
		s.must(http.StatusCreated, "PUT", "/v1/admin/webhooks/crm", testSecretKey, `{"url":"http://127.0.0.1:1/in","identifiers":true,"types":["order.completed","person.changed","consent.changed"]}`)
	}
}

func (s *erasing) close() {
	if s.house == nil {
		return
	}
	if err := s.house.close(); err != nil {
		s.t.Error(err)
	}
	s.house = nil
}

func (s *erasing) restart() {
	s.t.Helper()
	s.close()
	s.open()
}

func (s *erasing) must(want int, method, path, key, body string) string {
	s.t.Helper()
	w := s.ask(method, path, key, body)
	if w.Code != want {
		s.t.Fatalf("%s %s answered %d, want %d: %s", method, path, w.Code, want, w.Body)
	}
	return w.Body.String()
}

func (s *erasing) ask(method, path, key, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", basic(key))
	r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0.0.0 Safari/537.36")
	w := httptest.NewRecorder()
	s.house.doors.ServeHTTP(w, r)
	return w
}

// live is what somebody does and what comes of it: a page, a search, a basket, an order, addresses, more devices than are kept, a question, a mail that cannot
// be delivered, an event that cannot be taken in, two records that become one, notices that wait.
func (s *erasing) live(m *marks) {
	s.t.Helper()
	event := func(format string, args ...any) {
		s.t.Helper()
		s.must(http.StatusOK, "POST", "/v1/batch", testWriteKey, `{"batch":[`+fmt.Sprintf(format, args...)+`]}`)
	}
	event(`{"type":"page","anonymousId":%q,"messageId":%q,"properties":{"url":"https://shop.example/%s","path":"/%s","search":"?q=%s"},"context":{"page":{"url":"https://shop.example/%[3]s","referrer":"https://elsewhere.example/%[3]s"}}}`,
		m.anonymous, m.message, m.page, m.page, m.page)
	event(`{"type":"track","anonymousId":%q,"event":"Products Searched","properties":{"query":%q}}`, m.anonymous, m.search)
	event(`{"type":"identify","userId":%q,"traits":{"email":%q,"phone":%q,"firstName":%q,"likes":{"most":%q},"consents":[{"purpose":"marketing","channel":"email","granted":true,"source":"checkout","wording":"v3"}]},"context":{"device":{"token":%q,"type":"ios"}}}`,
		m.user, m.email, m.phone, m.name, m.wish, m.device)
	event(`{"type":"identify","userId":%q,"anonymousId":%q}`, m.user, m.anonymous)
	for n := range aparte.MaxIdentifiers + 6 { // more devices than are kept, an address that bounces: the record has some of them no more
		event(`{"type":"identify","userId":%q,"anonymousId":%q}`, m.user, fmt.Sprint(m.anonymous, "-", n))
	}
	event(`{"type":"identify","userId":%q,"traits":{"email":%q}}`, m.user, "old."+m.email)
	s.must(http.StatusOK, "POST", "/v1/batch", testSecretKey, fmt.Sprintf(`{"batch":[{"type":"track","userId":%q,"event":%q,"properties":{"channel":"email","suppress":true,"address":%q}}]}`,
		m.user, aparte.EventFailed, "old."+m.email))
	event(`{"type":"track","userId":%q,"event":"Order Completed","properties":{"order_id":%q,"revenue":30,"currency":"EUR"}}`, m.user, m.order)
	s.must(http.StatusOK, "POST", "/v1/decide", testWriteKey, fmt.Sprintf(`{"person":{"userId":%q},"surface":"web","slots":["hero"],"context":{"page":"/%s","search":%q}}`, m.user, m.page, m.search))
	s.must(http.StatusBadRequest, "POST", "/v1/batch", testWriteKey, fmt.Sprintf(`{"batch":[{"type":"track","userId":%q,"properties":{"said":%q,"email":%q}}]}`, m.user, m.aside, m.email))
}

// giveUp has somebody ask to be written to until a message to them was given up: at times it is wiser to be silent.
func (s *erasing) giveUp(m *marks) {
	s.t.Helper()
	eventually(s.t, "given up", func() bool {
		s.must(http.StatusOK, "POST", "/v1/track", testWriteKey, fmt.Sprintf(`{"userId":%q,"event":"Note Wanted"}`, m.user))
		all, err := s.house.engine.DeadLetters(context.Background())
		return err == nil && slices.ContainsFunc(all, func(d engine.DeadLetter) bool { return d.Decision.Person == m.id })
	})
}

func (s *erasing) knowIDs(m *marks) {
	s.t.Helper()
	id, err := s.house.engine.Find(context.Background(), aparte.Identifier{Kind: aparte.KindUserID, Value: m.user})
	if err != nil {
		s.t.Fatal(err)
	}
	m.id = id
}

// refusing is a mail server that takes no mail.
type refusing struct{}

func (refusing) Channel() aparte.Channel { return aparte.Email }

func (refusing) Send(context.Context, *channel.Message) error {
	return &channel.Failure{Code: 550, Reason: "no such mailbox"}
}
