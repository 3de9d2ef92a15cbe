package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"maps"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte/access"

	"golang.org/x/net/http/httpguts"
)

// Attacks that texts carry. What each would do where it worked can be seen in the answer: a product that nobody states, a mark-up
// that stands there as it came, a file that the house has and the attacker has not.
var (
	injections = []string{
		"{{ 1231 | times: 1373 }}", "{% assign a = 1231 %}{{ a | times: 1373 }}", "${1231*1373}", "#{1231*1373}", "<%= 1231*1373 %>", "{{ person.email }}", "{{ settings }}",
		"{% include '/etc/passwd' %}", "{% render 'x' %}", "{{7*7}}", "person.orders >= 0 || true", "1231 * 1373 > 0", "matches(person.x, '(a+)+$')",
		rawScript, rawSVG, `"><img src=x onerror=alert(1231)>`, "javascript:alert(1231)", "' onmouseover='alert(1231)", "</script><script>alert(1231)</script>", "<!--", "]]>",
		"' OR '1'='1", "'; DROP TABLE people; --", "$(id)", "`id`", "| id", "; id", "${jndi:ldap://127.0.0.1/x}", "%s%s%s%n", "%d%x%p",
	}
	headerInjections = []string{
		"Ada\r\nBcc: victim@elsewhere.example", "Ada\nX-Injected: yes", "Ada\rX-Injected: yes", "Ada\r\n\r\n<p>body</p>", "Ada%0d%0aX-Injected: yes", "Ada\u0085X-Injected: yes",
		"Ada\u2028X-Injected: yes", "\"Ada\" <victim@elsewhere.example>, x", "=?utf-8?q?a=0d=0aBcc:_x?=", "ada@house.example, victim@elsewhere.example", "ada@house.example\r\nBcc: v@x.example",
	}
	formulas   = []string{"=1+1", "=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(1,1)", "\t=1+1", "\r=1+1", "\n=1+1", "＝1+1", `=HYPERLINK("http://x.example","y")`, `"=1+1`, ";=1+1"}
	traversals = []string{
		"../../../../etc/passwd", "..%2f..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/etc/passwd", "..%5c..%5cwindows%5cwin.ini", "..%252f..%252fetc%252fpasswd", "%2fetc%2fpasswd", "....//....//etc/passwd",
		"logo.png%00.txt", "%c0%ae%c0%ae%2fetc%2fpasswd", ".", "..", "%2e", "%00", "a%0d%0ab", "~root", "C:%5c", "con", ".git%2fconfig", "..;/", "%ff%fe", "%7b%7b7*7%7d%7d", "%3Cscript%3E",
	}
	numbers = []any{
		json.Number("1e400"), json.Number("-1e400"), json.Number("99999999999999999999999999"), json.Number("-1"), json.Number("9223372036854775807"), json.Number("-9223372036854775808"),
		json.Number("1e308"), json.Number("0.1e-400"), json.Number("-0"), json.Number("2147483648"),
	}
)

const (
	rawScript = "<script>alert(1231)</script>"
	rawSVG    = "<svg/onload=alert(1231)>"
	evaluated = "1690163" // 1231 × 1373
)

// attack is a request that is being made up.
type attack struct {
	rng    *rand.Rand
	method string
	path   string
	query  url.Values
	header http.Header
	json   any // nil: none
	form   url.Values
	body   []byte // what is sent, once it is written
	typed  string
	kind   string
	remote string // whose address it comes from
	name   string // of the file that goes along with the form; empty: none does
	file   string
	ticket string      // what a password was answered with
	role   access.Role // whose own account it is about; empty: nobody's
}

// upload has a file go along with a form.
func (a *attack) upload(form url.Values, name, file string) {
	a.form, a.name, a.file = form, name, file
}

// base is a valid request of a door, as far as that can be told.
func (h *besieged) base(rng *rand.Rand, d *door, forms map[string][]url.Values) *attack {
	a := &attack{rng: rng, method: d.method, path: h.fill(rng, d.path), query: url.Values{}, header: http.Header{}, remote: "203.0.113.9:4711"}
	a.header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36")
	if d.method != "GET" {
		a.header.Set("Sec-Fetch-Site", "same-origin")
	}
	for _, q := range d.query {
		if q == "before" || q == "after" { // where a page of a list begins: told by the page before
			continue
		}
		if rng.IntN(max(2, len(d.query)/3)) == 0 {
			a.query.Set(q, h.named(rng, q))
		}
	}
	if strings.Contains(d.path, "{userId}") || strings.HasPrefix(d.path, "/x/slot") {
		a.query.Set("key", siegeWriteKey)
	}
	for _, name := range d.headers {
		a.header.Set(name, h.named(rng, name))
	}
	switch known := forms[d.String()]; {
	case d.schema != nil && d.path == "/v1/admin/brand":
		a.json = h.aBrand(rng)
	case d.schema != nil:
		a.json = h.value(rng, d.schema, "", 0)
	case d.file:
		a.body, a.typed = []byte(picture), "image/png"
	case len(known) > 0:
		a.form = maps.Clone(pick(rng, known))
	case d.fields != nil:
		a.form = url.Values{}
		for _, f := range d.fields {
			if rng.IntN(max(2, len(d.fields)/6)) == 0 {
				a.form.Set(f, h.named(rng, f))
			}
		}
	}
	if a.form != nil && d.method == "GET" {
		a.query, a.form = a.form, nil
	}
	if a.form.Has("version") { // that of when the page was read, which others have changed since
		h.versioned(a.form)
	}
	if seed := seeds[d.String()]; seed != nil {
		seed(h, a)
	}
	h.by(a, h.usual(d))
	return a
}

// theBrand is the brand as it is read, to be spoiled.
func (h *besieged) theBrand() map[string]any {
	if h.written == "" {
		h.written = h.ok("GET", "/v1/admin/brand", siegeSecretKey, "")
	}
	var b map[string]any
	h.must(json.Unmarshal([]byte(h.written), &b))
	return b
}

// aBrand is the brand with a few of its contents.
func (h *besieged) aBrand(rng *rand.Rand) any {
	b := h.theBrand()
	for _, member := range []string{"items", "contents", "layouts", "rules"} {
		if list, ok := b[member].([]any); ok && len(list) > 2 && rng.IntN(2) == 0 {
			i := rng.IntN(len(list) - 1)
			b[member] = list[i : i+2]
		}
	}
	return b
}

// picture is the smallest PNG.
const picture = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00\x00\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99=\x1d\x00\x00\x00\x00IEND\xaeB`\x82"

// spoil attacks one or two places of a request.
func (a *attack) spoil() {
	ways := []func(){a.inject, a.inject, a.misplace, a.mistype, a.mistype, a.swell, a.confuse, a.unkey, a.garble, a.garble}
	before := len(ways)
	for range 1 + a.rng.IntN(2) {
		ways[a.rng.IntN(before)]()
	}
}

// hostile is a text that attacks.
func (a *attack) hostile() string {
	switch a.rng.IntN(6) {
	case 0:
		a.kind += " header"
		return pick(a.rng, headerInjections)
	case 1:
		a.kind += " formula"
		return pick(a.rng, formulas)
	case 2:
		a.kind += " traversal"
		return pick(a.rng, traversals)
	case 3:
		a.kind += " long"
		return strings.Repeat(pick(a.rng, []string{"a", "é", "\x00", "𝄞", "{{", "<b>", "((", "\\", "\"", "﷽"}), 1<<(2+a.rng.IntN(13)))
	case 4:
		a.kind += " bytes"
		return pick(a.rng, []string{"", " ", "\x00", "\xff\xfe", "\xed\xa0\x80", "\u202e\u2066abc", "NaN", "null", "-", "0", "-1", "1e999", "9999999999999999999999", "0x10", "true", "[]", "{}", "2026-99-99", "0000-00-00T00:00:00Z", "+99999999999999999999", "@", "a@", "::", "p_" + strings.Repeat("f", 32), "d_" + strings.Repeat("0", 33), "\u0000\u0000"})
	}
	a.kind += " injection"
	return pick(a.rng, injections)
}

// inject puts a hostile text where a text stands.
func (a *attack) inject() {
	var places []func(string)
	for _, of := range []url.Values{a.query, a.form} {
		for _, name := range slices.Sorted(maps.Keys(of)) {
			places = append(places, func(s string) { of.Set(name, s) })
		}
	}
	for _, p := range a.places() {
		if _, ok := p.value.(string); ok {
			places = append(places, func(s string) { p.put(s) })
		}
	}
	if a.name != "" {
		places = append(places, func(s string) { a.name = s }, func(s string) { a.file = s }, func(s string) {
			at := a.rng.IntN(len(a.file) + 1)
			a.file = a.file[:at] + s + a.file[at:]
		})
	}
	if len(places) == 0 {
		a.hide()
		return
	}
	for range 1 + a.rng.IntN(3) {
		pick(a.rng, places)(a.hostile())
	}
}

// hide puts hostile texts into members that the door does not know.
func (a *attack) hide() {
	name := pick(a.rng, []string{"id", "name", "q", "lang", "from", "after", "limit", "cursor", "to", "page"})
	a.query.Set(name, a.hostile())
}

// misplace puts a hostile text into the path.
func (a *attack) misplace() {
	segments := strings.Split(a.path, "/")
	i := 1 + a.rng.IntN(len(segments)-1)
	if len(segments) > 3 {
		i = len(segments) - 1 - a.rng.IntN(2)
	}
	if a.rng.IntN(2) == 0 {
		segments[i] = pick(a.rng, traversals)
	} else {
		segments[i] = url.PathEscape(a.hostile())
	}
	a.path, a.kind = strings.Join(segments, "/"), a.kind+" path"
}

// mistype puts a value of another type, or none, in the place of one.
func (a *attack) mistype() {
	a.kind += " types"
	places := a.places()
	if len(places) == 0 {
		a.hide()
		return
	}
	at := pick(a.rng, places)
	if o, ok := at.value.(map[string]any); ok {
		if a.rng.IntN(2) == 0 && len(o) > 0 {
			delete(o, pick(a.rng, slices.Sorted(maps.Keys(o))))
			return
		}
		if a.rng.IntN(2) == 0 {
			o[a.hostile()] = a.hostile()
			return
		}
	}
	at.put(pick(a.rng, []any{nil, true, pick(a.rng, numbers), "x", a.hostile(), []any{}, []any{nil, 1, "x", []any{}}, map[string]any{}, map[string]any{"": map[string]any{}}, 1.5, -1, 0}))
}

// swell makes something larger than anybody needs.
func (a *attack) swell() {
	a.kind += " size"
	switch a.rng.IntN(5) {
	case 0:
		a.header.Set(pick(a.rng, []string{"Accept-Language", "Cookie", "User-Agent", "Referer", "If-None-Match", "X-Request-Id", "X-Forwarded-For", "Accept", "Authorization", "Last-Event-Id"}),
			strings.Repeat(pick(a.rng, []string{"a", "a=b; ", "en;q=0.1,", `"x",`, "1.2.3.4, ", "é"}), 1<<(4+a.rng.IntN(9))))
	case 1:
		for i := range 200 {
			a.header.Set("X-Many-"+strconv.Itoa(i), "v")
		}
	case 2:
		depth := 1 << (4 + a.rng.IntN(11))
		a.write()
		a.body, a.json, a.form = []byte(strings.Repeat(pick(a.rng, []string{"[", `{"a":`, `{"traits":`, `{"batch":[`, "("}), depth)), nil, nil
	case 3:
		for i := range 500 {
			a.query.Add("q"+strconv.Itoa(i%7), strconv.Itoa(i))
		}
	default:
		for _, p := range a.places() {
			if list, ok := p.value.([]any); ok && len(list) > 0 {
				p.put(slices.Repeat(list, 40))
				return
			}
		}
		a.hide()
	}
}

// confuse says something untrue of the request in its headers.
func (a *attack) confuse() {
	a.kind += " headers"
	switch a.rng.IntN(9) {
	case 0:
		a.write()
		a.header.Set("Content-Encoding", pick(a.rng, []string{"gzip", "br", "deflate", "identity", "gzip, gzip", "x"}))
	case 1: // a bomb: a megabyte and more in a thousandth of it
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = io.WriteString(z, `{"batch":[`+strings.Repeat(" ", 4<<20))
		_ = z.Close()
		a.body, a.json, a.form = b.Bytes(), nil, nil
		a.header.Set("Content-Encoding", "gzip")
	case 2:
		a.typed = pick(a.rng, []string{"", "text/plain", "application/xml", "multipart/form-data", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "application/json; charset=utf-16", "image/svg+xml", "é", "a/b/c;;;"})
	case 3:
		a.method = pick(a.rng, []string{"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "FOO"})
	case 4:
		a.header.Set("Range", pick(a.rng, []string{"bytes=0-", "bytes=5-1", "bytes=" + strings.Repeat("0-1,", 400), "bytes=-99999999999999999999"}))
	case 5:
		a.header.Set("Cookie", pick(a.rng, []string{"lang=../..", "lang=" + rawScript, ";;;=;", "lang=\"", "lang=fr; lang=en", "session=" + strings.Repeat("A", 5000), "a=\x7f"}))
	case 6:
		a.header.Set("Origin", pick(a.rng, []string{"https://evil.example", "null", "x", ""}))
		a.header.Set("Sec-Fetch-Site", "cross-site")
	case 7:
		a.header.Set(pick(a.rng, []string{"X-Forwarded-Host", "X-Forwarded-Proto", "X-Original-Url", "X-Rewrite-Url", "X-Http-Method-Override", "Forwarded", "Accept-Encoding", "If-Modified-Since", "If-Match", "Expect", "Accept-Language", "Access-Control-Request-Headers", "Last-Event-Id"}), a.hostile())
	default:
		a.header.Set("Accept-Language", pick(a.rng, []string{"*", "zz-ZZ", "fr;q=NaN", "-", "x-", "en-u-co-phonebk-" + strings.Repeat("a-", 200), "\xff"}))
	}
}

// unkey comes without a key, or with another's.
func (a *attack) unkey() {
	a.kind += " key"
	a.header.Del("Authorization")
	switch a.rng.IntN(4) {
	case 0:
		a.header.Set("Authorization", "Bearer "+siegeWriteKey)
	case 1:
		a.header.Set("Authorization", pick(a.rng, []string{"Basic", "Basic \xff", "Bearer", "Bearer  ", "Basic " + strings.Repeat("A", 9000), "Digest x", "Bearer sk-siege", "Basic Og=="}))
	}
}

// garble damages the bytes of the body.
func (a *attack) garble() {
	a.kind += " bytes"
	a.write()
	b := a.body
	if len(b) == 0 {
		a.body = []byte(pick(a.rng, []string{"{", "[", "\xef\xbb\xbf{}", "null", "\"", "{}{}", "\x1f\x8b\x08", "a=%zz&%", "--x\r\n", "-", "\x00"}))
		a.json, a.form = nil, nil
		return
	}
	i := a.rng.IntN(len(b))
	switch a.rng.IntN(6) {
	case 0:
		b = b[:i]
	case 1:
		b = slices.Concat(b[:i], b[i+1:])
	case 2:
		b = slices.Concat(b[:i], []byte{byte(a.rng.IntN(256))}, b[i:])
	case 3:
		b = slices.Concat(b[:i], []byte(pick(a.rng, []string{"{", "}", "]", ",", "\"", "\\u0000", "\\ud800", "\xff", "1e999", ":", "/*", "&", "%", "="})), b[i:])
	case 4:
		b = slices.Concat(b, b)
	default:
		b = slices.Clone(b)
		b[i] ^= 1 << a.rng.IntN(8)
	}
	a.body, a.json, a.form = b, nil, nil
}

// write puts what the request carries into bytes.
func (a *attack) write() {
	switch {
	case a.json != nil:
		body, err := json.Marshal(a.json)
		if err != nil { // a number that no JSON has
			body = fmt.Append(nil, a.json)
		}
		a.body, a.typed = body, "application/json"
	case a.form != nil && (a.name != "" || a.rng.IntN(4) == 0):
		var b bytes.Buffer
		m := multipart.NewWriter(&b)
		if a.name != "" {
			part, _ := m.CreateFormFile("file", a.name)
			_, _ = io.WriteString(part, a.file)
		}
		for _, name := range slices.Sorted(maps.Keys(a.form)) {
			for _, v := range a.form[name] {
				part, _ := m.CreatePart(textproto.MIMEHeader{"Content-Disposition": {fmt.Sprintf(`form-data; name=%q`, name)}})
				if name == "file" || name == "files" || name == "picture" {
					part, _ = m.CreateFormFile(name, pick(a.rng, []string{"a.png", "../../x.png", "a\r\nb.svg", "=1+1.csv", "x.html"}))
					v = pick(a.rng, []string{picture, picture + "<script>", "GIF89a<script>alert(1231)</script>", "<svg onload='alert(1231)'/>", "\xff\xd8\xff", "id,name\n1,\"=1+1\"", v})
				}
				_, _ = io.WriteString(part, v)
			}
		}
		_ = m.Close()
		a.body, a.typed = b.Bytes(), m.FormDataContentType()
	case a.form != nil:
		a.body, a.typed = []byte(a.form.Encode()), "application/x-www-form-urlencoded"
	}
	a.json, a.form = nil, nil
}

// request is the attack as a server hands it on, or nil where it would not be: what is no HTTP is refused before any door.
func (a *attack) request() *http.Request {
	a.write()
	target := a.path
	if len(a.query) > 0 {
		target += "?" + a.query.Encode()
	}
	at, err := url.ParseRequestURI(target)
	if err != nil {
		return nil
	}
	if a.typed != "" {
		a.header.Set("Content-Type", a.typed)
	}
	for name, values := range a.header {
		a.header[name] = slices.DeleteFunc(values, func(v string) bool { return !httpguts.ValidHeaderFieldValue(v) })
	}
	return &http.Request{
		Method: a.method, URL: at, RequestURI: target, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: a.header, Host: "house.example",
		Body: io.NopCloser(bytes.NewReader(a.body)), ContentLength: int64(len(a.body)), RemoteAddr: a.remote,
	}
}

// place is where a value of a document stands.
type place struct {
	value any
	put   func(any)
}

// places are those of all values of a document, in an order that is always the same.
func (a *attack) places() (ps []place) {
	var walk func(v any, put func(any))
	walk = func(v any, put func(any)) {
		if v == nil {
			return
		}
		ps = append(ps, place{v, put})
		switch v := v.(type) {
		case map[string]any:
			for _, k := range slices.Sorted(maps.Keys(v)) {
				walk(v[k], func(to any) { v[k] = to })
			}
		case []any:
			for i := range v {
				walk(v[i], func(to any) { v[i] = to })
			}
		}
	}
	walk(a.json, func(to any) { a.json = to })
	return ps
}

// inwards are marks of what goes on within: stacks, files of the machine, errors of the language that no reader should be told in.
var inwards = regexp.MustCompile(`goroutine \d+ \[|runtime error|panic: |\.go:\d+|root:x:0:|0xc000[0-9a-f]{6}|%![a-zA-Z]\(|\*aparte\.|\*engine\.|json: cannot unmarshal|strconv\.Parse|reflect\.`)

// inner are what each of them has in it: a text is looked through for these many times faster, and most have none.
var inner = []string{"goroutine ", "runtime error", "panic: ", ".go:", "root:x:0:", "0xc000", "%!", "*aparte.", "*engine.", "json: cannot", "strconv.Parse", "reflect."}

// insideOf is a mark of what goes on within that stands in a text, nil where there is none.
func insideOf(text []byte) []byte {
	if slices.ContainsFunc(inner, func(s string) bool { return bytes.Contains(text, []byte(s)) }) {
		return inwards.Find(text)
	}
	return nil
}

// product finds the result of the sum that attacks hide, and not some digits of a chance.
var product = regexp.MustCompile(`(^|[^0-9.])` + evaluated + `($|[^0-9])`)

// faults are what is wrong with an answer.
func (h *besieged) faults(d *door, r *http.Request, sent []byte, w *heard) (wrong []string) {
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	body := w.body.Bytes()
	if w.broke != "" {
		say("panics: %s", w.broke)
	}
	if w.status >= 500 {
		say("answers %d", w.status)
	}
	for name := range w.header {
		if name == "X-Injected" || name == "Bcc" {
			say("has the header %s", name)
		}
		for _, v := range w.header[name] {
			if strings.ContainsAny(v, "\r\n\x00") {
				say("has a line break in its header %s", name)
			}
		}
	}
	asked := r.RequestURI + string(sent) + fmt.Sprint(r.Header)
	if form, err := url.QueryUnescape(string(sent)); err == nil {
		asked += form // a page repeats what was typed in a field
	}
	told := func(what string) bool { return bytes.Contains(body, []byte(what)) && !strings.Contains(asked, what) }
	if root, err := filepath.Abs("../.."); err != nil || told(root) {
		say("tells where it was built (%v)", err)
	}
	if m := insideOf(body); m != nil && !strings.Contains(asked, string(m)) {
		say("tells of its inside: %q", m)
	}
	for i, secret := range h.secret {
		if told(secret) && !(i == 0 && d.path == "/console/data/sources") {
			say("tells secret %d", i)
		}
	}
	if d.public() {
		for _, of := range []string{hiddenID, hiddenMail, hiddenPhone, hiddenName} {
			if told(of) {
				say("tells of somebody else: %q", of)
			}
		}
	}
	if told(evaluated) && product.Match(body) {
		say("evaluates what it was sent")
	}
	if strings.HasPrefix(w.header.Get("Content-Type"), "text/html") || w.header.Get("Content-Type") == "" && len(body) > 0 {
		for _, raw := range []string{rawScript, rawSVG, "<img src=x onerror"} {
			if bytes.Contains(body, []byte(raw)) {
				say("shows mark-up as it came: %s", raw)
			}
		}
	}
	return wrong
}

// TestNoRequestBreaksADoor attacks every door of the house: requests are made up from valid ones by a seed, and come from whom the door is for, from
// whom it is not for, and from pages of other sites. No answer is of the class 5xx, tells a stack, a file, a secret or somebody else, runs what it
// was sent, or gives what its right forbids; and the house goes on answering.
//
// Of ten requests one is left as it is, so that more is reached than the first check of a door: a door of which no request was taken fails the test, but for those of neverTaken.
//
// APARTE_FUZZ_REQUESTS says how many requests each door gets (those that paint or rehearse get a twentieth), APARTE_FUZZ_SEED from which seed, APARTE_FUZZ_DOOR which doors, by a regular expression of what stands before the colon in the lines of a run with -v.
func TestNoRequestBreaksADoor(t *testing.T) {
	requests, seed := 20, uint64(1)
	if n, err := strconv.Atoi(os.Getenv("APARTE_FUZZ_REQUESTS")); err == nil {
		requests = n
	}
	if n, err := strconv.ParseUint(os.Getenv("APARTE_FUZZ_SEED"), 10, 64); err == nil {
		seed = n
	}
	only, err := regexp.Compile(os.Getenv("APARTE_FUZZ_DOOR"))
	if err != nil {
		t.Fatal(err)
	}
	h := besiege(t)
	h.patience = min(500, requests/4) // a door that needs a task has several chances to find one
	doors := h.allDoors(t)
	h.readRights(doors)
	forms := h.readForms(doors)
	sent, took := 0, 0
	for i := range doors {
		d := &doors[i]
		if !only.MatchString(d.String()) {
			continue
		}
		s := h.siege(t, d, forms, seed, requests)
		sent, took = sent+s.sent, took+s.took
		if testing.Verbose() {
			t.Logf("%s: %d requests, %d taken (%.0f %%), %v in %v", d, s.sent, s.took, 100*float64(s.took)/float64(max(1, s.sent)), s.statuses, s.lasted.Round(time.Millisecond))
		}
		switch why, never := neverTaken[d.String()]; {
		case s.took == 0 && !never:
			t.Errorf("%s took no request: what stands behind its first check is not attacked. A valid one was answered\n%d %.600s", d, s.first.status, s.first.body.Bytes())
		case s.took > 0 && never:
			t.Errorf("%s takes requests, and is listed as one that never does: %s", d, why)
		}
		h.stands(t, d.String())
	}
	t.Logf("%d doors, %d requests from seed %d, %d taken", len(doors), sent, seed, took)
	h.logged.Lock()
	defer h.logged.Unlock()
	for _, of := range []string{hiddenMail, hiddenPhone, hiddenName, "ada-0@house.example", siegeSecretKey, siegeWords} {
		if i := strings.Index(h.log.String(), of); i >= 0 {
			t.Errorf("the log tells of somebody: %.300s", h.log.String()[max(0, i-200):])
		}
	}
}

// lastLine is the last line of the house's log that tells of a failure.
func (h *besieged) lastLine() string {
	h.logged.Lock()
	defer h.logged.Unlock()
	lines := strings.Split(h.log.String(), "\n")
	for _, line := range slices.Backward(lines) {
		if strings.Contains(line, "request failed") {
			return line
		}
	}
	return ""
}

// besetting is what became of the attacks on one door.
type besetting struct {
	sent, took int
	statuses   map[int]int
	first      *heard // the answer to a request that is as it should be
	lasted     time.Duration
}

// siege attacks one door.
func (h *besieged) siege(t *testing.T, d *door, forms map[string][]url.Values, seed uint64, requests int) besetting {
	name := fnv.New64a()
	_, _ = io.WriteString(name, d.String())
	rng := rand.New(rand.NewPCG(seed, name.Sum64()))
	if d.dear() {
		requests = max(4, requests/20)
	}
	s, began, callers := besetting{statuses: map[int]int{}, first: &heard{}}, time.Now(), h.callers(d)
	for n := range requests {
		if n%200 == 0 {
			h.mend()
		}
		a := h.base(rng, d, forms)
		if whole := n < 4 || n%10 == 0; !whole {
			if rng.IntN(5) < 2 {
				h.by(a, pick(rng, callers))
			}
			a.spoil()
		}
		r := a.request()
		if r == nil {
			s.statuses[http.StatusBadRequest]++
			continue
		}
		s.sent++
		h.stood = h.state()
		w := h.answer(r)
		toSignIn := strings.HasPrefix(w.Header().Get("Location"), "/console/sign-in?") // who is nobody was led there, whatever they wanted
		if s.statuses[w.status]++; w.status < 400 && w.status != http.StatusTemporaryRedirect && !toSignIn {
			s.took++
		}
		if n == 0 {
			s.first = w
		}
		for _, wrong := range append(h.faults(d, r, a.body, w), h.trespasses(r, w)...) {
			t.Errorf("%s, request %d of seed %d (%s): %s\n%s %.300s\n%v\n%.500q\n%.500s\n%s", d, n, seed, strings.TrimSpace(a.kind), wrong, r.Method, r.RequestURI, r.Header, a.body, w.body.Bytes(), h.lastLine())
		}
	}
	s.lasted = time.Since(began)
	return s
}
