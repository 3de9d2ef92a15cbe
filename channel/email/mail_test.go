package email

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte/channel"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func testSettings(t testing.TB) *settings {
	t.Helper()
	s, err := Config{
		Addr: "127.0.0.1:25",
		From: "Atelier Élise <bonjour@atelier.example>",
		Now:  func() time.Time { return time.Date(2026, 7, 14, 11, 30, 0, 0, time.FixedZone("CEST", 7200)) },
	}.check()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTheSameMessageIsTheSameMailByteForByte(t *testing.T) {
	whole := channel.Message{
		Key:         "d_0123456789abcdef0123456789abcdef_1z",
		To:          "elise.dupont@example.com",
		ReplyTo:     "Conseil <conseil@atelier.example>",
		Subject:     "Élise, votre rouge préféré est de retour, et il en reste douze à l'atelier du Marais",
		Text:        "Bonjour Élise,\n\n.il est de retour.\n",
		HTML:        "<!doctype html>\n<p style=\"color:#a00\">Bonjour Élise,\n",
		Unsubscribe: "https://atelier.example/u/abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz",
		Headers:     []channel.Header{{Name: "Feedback-ID", Value: "retour:rouge:atelier:aparte"}},
	}
	short := channel.Message{Key: "a:1", To: "ada@example.com", Subject: "Hello", Text: "Hello"}
	for name, m := range map[string]channel.Message{"whole": whole, "short": short} {
		t.Run(name, func(t *testing.T) {
			letter, err := testSettings(t).write(&m)
			if err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join("testdata", name+".eml")
			if *update {
				if err := os.WriteFile(golden, letter.data, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(letter.data)); diff != "" {
				t.Errorf("mail (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAnyMailIsReadBackAsItWasWritten(t *testing.T) {
	settings := testSettings(t)
	body := rapid.OneOf(rapid.String(), rapid.StringMatching(`([a-zé =.\t-]{0,90}\n){0,9}`))
	rapid.Check(t, func(t *rapid.T) {
		m := channel.Message{
			Key:     rapid.StringMatching(`[!-~]{1,60}`).Draw(t, "key"),
			To:      "ada@example.com",
			From:    rapid.SampledFrom([]string{"", `"Été, d'Élise & Cie de la Très Longue Enseigne du Faubourg" <a@b.example>`, `"Ada, L." <a@b.example>`}).Draw(t, "from"),
			Subject: rapid.StringMatching(`([ -~éàß€😀]|=\?){0,150}`).Draw(t, "subject"),
			Text:    body.Draw(t, "text"),
			HTML:    body.Draw(t, "html"),
		}
		letter, err := settings.write(&m)
		if m.Text == "" && m.HTML == "" {
			if err == nil {
				t.Fatal("a mail that says nothing was written")
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		checkLines(t, letter.data)
		got := readMail(t, letter.data)
		want := readable{From: settings.from.String(), Subject: strings.TrimSpace(m.Subject), Text: lines(m.Text), HTML: lines(m.HTML)}
		if from, err := mail.ParseAddress(m.From); err == nil {
			want.From = from.String()
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("read back (-want +got):\n%s", diff)
		}
	})
}

// readable is a mail as the standard library reads it.
type readable struct{ From, Subject, Text, HTML string }

func readMail(t *rapid.T, data []byte) (r readable) {
	m, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	from, err := m.Header.AddressList("From")
	if err != nil || len(from) != 1 {
		t.Fatalf("from: %v, %v", from, err)
	}
	r.From = from[0].String()
	if r.Subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil {
		t.Fatal(err)
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	keep := func(kind string, body io.Reader) {
		b, err := io.ReadAll(body)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(kind, "text/html") {
			r.HTML = lines(string(b))
		} else {
			r.Text = lines(string(b))
		}
	}
	if kind != "multipart/alternative" {
		keep(kind, quotedprintable.NewReader(m.Body))
		return r
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for {
		part, err := parts.NextPart() // decodes quoted-printable
		if err == io.EOF {
			return r
		}
		if err != nil {
			t.Fatal(err)
		}
		keep(part.Header.Get("Content-Type"), part)
	}
}

// lines is s with all line ends made \n, as quoted-printable text has them.
func lines(s string) string {
	return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
}

// checkLines checks that a mail is ASCII in lines of at most 78 characters, ended by CRLF, none blank
// within the header.
func checkLines(t *rapid.T, data []byte) {
	header, _, _ := bytes.Cut(data, []byte("\r\n\r\n"))
	for line := range strings.SplitSeq(string(header), "\r\n") {
		if strings.TrimSpace(line) == "" {
			t.Fatalf("blank line in the header:\n%s", header)
		}
	}
	for line := range strings.SplitSeq(string(data), "\r\n") {
		if strings.ContainsAny(line, "\r\n") {
			t.Fatalf("bare line end in %q", line)
		}
		if strings.Contains(line, "=?utf-8?") && len(line) > 76 {
			t.Fatalf("line with an encoded word of %d characters: %q", len(line), line)
		}
		if len(line) > 78 && strings.Contains(strings.TrimSpace(line[1:]), " ") {
			t.Fatalf("line of %d characters could be folded: %q", len(line), line)
		}
		for i := range len(line) {
			if line[i] >= 0x80 {
				t.Fatalf("line is not ASCII: %q", line)
			}
		}
	}
}

func TestUnsubscribingInOneClickIsOfferedOverHTTPSOnly(t *testing.T) {
	for name, test := range map[string]struct{ url, list, post string }{
		"none":             {"", "", ""},
		"https":            {"https://a.example/u/t", "<https://a.example/u/t>", "List-Unsubscribe=One-Click"},
		"this machine":     {"http://127.0.0.1:8080/u/t", "<http://127.0.0.1:8080/u/t>", "List-Unsubscribe=One-Click"},
		"in the clear":     {"http://a.example/u/t", "<http://a.example/u/t>", ""},
		"brackets escaped": {"https://a.example/u/>, <mailto:eve@example.com", "<https://a.example/u/%3E,%20%3Cmailto:eve@example.com>", "List-Unsubscribe=One-Click"},
	} {
		t.Run(name, func(t *testing.T) {
			letter, err := testSettings(t).write(&channel.Message{Key: "1", To: "ada@example.com", Text: "x", Unsubscribe: test.url})
			if err != nil {
				t.Fatal(err)
			}
			m, err := mail.ReadMessage(bytes.NewReader(letter.data))
			if err != nil {
				t.Fatal(err)
			}
			if got := m.Header.Get("List-Unsubscribe"); got != test.list {
				t.Errorf("List-Unsubscribe: %s, want %s", got, test.list)
			}
			if got := m.Header.Get("List-Unsubscribe-Post"); got != test.post {
				t.Errorf("List-Unsubscribe-Post: %s, want %s", got, test.post)
			}
		})
	}
}

func TestWhatCannotBeAMailIsRefused(t *testing.T) {
	for name, test := range map[string]struct {
		spoil    func(*channel.Message)
		suppress bool
	}{
		"no domain":               {func(m *channel.Message) { m.To = "ada" }, true},
		"two addresses":           {func(m *channel.Message) { m.To = "ada@example.com, eve@example.com" }, true},
		"a name with the address": {func(m *channel.Message) { m.To = "Ada <ada@example.com>" }, true},
		"an SMTP parameter":       {func(m *channel.Message) { m.To = "ada@example.com> NOTIFY=NEVER" }, true},
		"a quoted local part":     {func(m *channel.Message) { m.To = `"ada> X"@example.com` }, true},
		"a domain of letters":     {func(m *channel.Message) { m.To = "ada@exämple.com" }, true},
		"no speaker":              {func(m *channel.Message) { m.From = "nobody" }, false},
		"an odd reply-to":         {func(m *channel.Message) { m.ReplyTo = "a@b@c" }, false},
		"a script to unsubscribe": {func(m *channel.Message) { m.Unsubscribe = "javascript:alert(1)" }, false},
		"a URL that grows":        {func(m *channel.Message) { m.Unsubscribe = "https://a.example/" + strings.Repeat("é", 400) }, false},
		"an endless name":         {func(m *channel.Message) { m.From = strings.Repeat("a", 2000) + " <a@b.example>" }, false},
		"a relative unsubscribe":  {func(m *channel.Message) { m.Unsubscribe = "/u/t" }, false},
		"another Bcc":             {func(m *channel.Message) { m.Headers = []channel.Header{{Name: "Bcc", Value: "eve@example.com"}} }, false},
		"another Subject":         {func(m *channel.Message) { m.Headers = []channel.Header{{Name: "Subject", Value: "x"}} }, false},
		"a header by its name": {func(m *channel.Message) {
			m.Headers = []channel.Header{{Name: "X-A: 1\r\nBcc", Value: "eve@example.com"}}
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			m := channel.Message{Key: "1", To: "ada@example.com", Text: "x"}
			test.spoil(&m)
			_, err := testSettings(t).write(&m)
			var failure *channel.Failure
			if !errors.As(err, &failure) || failure.Temporary || failure.Suppress != test.suppress {
				t.Errorf("error %v, want a permanent failure, suppress %v", err, test.suppress)
			}
		})
	}
}

func TestAcceptedAddressesAreWhatTheStandardLibraryReads(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`[a-z0-9.!#$%+_<>" -]{0,12}(@[a-z0-9.é-]{0,12}){0,2}`).Draw(t, "address")
		if checkAddress(s) != nil {
			return
		}
		address, err := mail.ParseAddress(s)
		if err != nil || address.Address != s || address.Name != "" {
			t.Fatalf("%q is read as %+v, %v", s, address, err)
		}
	})
}

func TestConfigurationsThatCannotWorkAreRefused(t *testing.T) {
	for name, test := range map[string]struct {
		config Config
		tls    TLSMode // of a configuration that works
	}{
		"submission":              {Config{Addr: "mx.example:587", From: "a@b.example"}, StartTLS},
		"submissions":             {Config{Addr: "mx.example:465", From: "a@b.example"}, ImplicitTLS},
		"this machine":            {Config{Addr: "[::1]:25", From: "a@b.example", Username: "a"}, NoTLS},
		"in the clear":            {Config{Addr: "mx.example:25", From: "a@b.example", TLS: NoTLS}, NoTLS},
		"no address":              {Config{From: "a@b.example"}, ""},
		"no port":                 {Config{Addr: "mx.example", From: "a@b.example"}, ""},
		"no speaker":              {Config{Addr: "mx.example:25"}, ""},
		"a speaker without":       {Config{Addr: "mx.example:25", From: "Atelier"}, ""},
		"a name of two lines":     {Config{Addr: "mx.example:25", From: "=?utf-8?q?a=0D=0Ab?= <a@b.example>"}, ""},
		"an odd domain":           {Config{Addr: "mx.example:25", From: "a@b.example", Domain: "a b"}, ""},
		"an odd bounce address":   {Config{Addr: "mx.example:25", From: "a@b.example", EnvelopeFrom: "<>"}, ""},
		"an odd reply-to":         {Config{Addr: "mx.example:25", From: "a@b.example", ReplyTo: "x"}, ""},
		"an unknown TLS mode":     {Config{Addr: "mx.example:25", From: "a@b.example", TLS: "maybe"}, ""},
		"a password in the clear": {Config{Addr: "mx.example:25", From: "a@b.example", TLS: NoTLS, Username: "a"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := test.config.check()
			if (err == nil) != (test.tls != "") {
				t.Fatalf("error %v", err)
			}
			if err == nil && s.TLS != test.tls {
				t.Errorf("TLS %q, want %q", s.TLS, test.tls)
			}
		})
	}
}
