package mailbox

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

const multipartMail = `Date: Tue, 14 Jul 2026 09:30:00 +0000
From: =?utf-8?q?=C3=89lise?= <elise@atelier.example>
To: Ada <ada@example.com>
Subject: =?utf-8?q?D=C3=A9j=C3=A0?=
 =?utf-8?q?_l'=C3=A9t=C3=A9?=
Message-ID: <d_1@atelier.example>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="=_b"

--=_b
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

D=C3=A9j=C3=A0 l'=C3=A9t=C3=A9
.et un p=
oint

--=_b
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: base64

PHA+RMOpasOgIGwnw6l0w6kK
--=_b--
`

func TestMailsOfAllSortsAreRead(t *testing.T) {
	for name, test := range map[string]struct {
		mail                string
		text, html, problem string
	}{
		"no MIME at all":     {"Subject: x\n\nplain\n", "plain\n", "", ""},
		"HTML alone":         {"Content-Type: text/html\n\n<p>", "", "<p>", ""},
		"no body":            {"Subject: x\n\n", "", "", ""},
		"attachment skipped": {"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\nContent-Disposition: attachment\n\nnotes\n--b\n\nbody\n--b--\n", "body", "", ""},
		"parts within parts": {"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/alternative; boundary=c\n\n--c\n\ntext\n--c\nContent-Type: text/html\n\n<p>\n--c--\n--b--\n", "text", "<p>", ""},
		"first of two texts": {"Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\n\ntwo\n--b--\n", "one", "", ""},
		"bytes not UTF-8":    {"Subject: x\n\n\xff\xfe\n", "\uFFFD\n", "", ""},
		"unknown charset":    {"Content-Type: text/plain; charset=klingon\n\nqapla\n", "qapla\n", "", "charset"},
		"unknown encoding":   {"Content-Transfer-Encoding: rot13\n\nqapla\n", "qapla\n", "", "encoding"},
		"broken base64":      {"Content-Transfer-Encoding: base64\n\n!!!!\n", "", "", "part 1"},
		"unfinished parts":   {"Content-Type: multipart/mixed; boundary=b\n\n--b\n\none", "one", "", "part"},
		"no header":          {"\x00\x01\x02", "", "", "header"},
		"a bomb of parts":    {"Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\n\nx\n", 2*maxParts) + "--b--\n", "x", "", "more than"},
		"a well of parts":    {well(2 * maxDepth), "", "", "deeper than"},
		"an endless header":  {strings.Repeat("X-A: b\n", maxHeaderBytes/5) + "\nx\n", "", "", "header"},
	} {
		t.Run(name, func(t *testing.T) {
			m := parse([]byte(strings.ReplaceAll(test.mail, "\n", "\r\n")))
			if m.Text != test.text || m.HTML != test.html {
				t.Errorf("text %q, html %q, want %q, %q", m.Text, m.HTML, test.text, test.html)
			}
			if (m.Problem == "") != (test.problem == "") || !strings.Contains(m.Problem, test.problem) {
				t.Errorf("problem %q, want %q", m.Problem, test.problem)
			}
		})
	}
}

// well is a mail of parts nested that deep.
func well(depth int) string {
	var b strings.Builder
	for n := range depth {
		fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", n, n)
	}
	b.WriteString("\nbottom\n")
	return b.String()
}

func TestFieldsAreFoundInAnyCase(t *testing.T) {
	m := parse([]byte("X-One: 1\r\nx-one: 2\r\nSubject: =?klingon?q?qapla?=\r\n\r\n"))
	if got := m.Get("x-ONE"); got != "1" {
		t.Errorf("x-ONE is %q, want the first", got)
	}
	if m.Subject != "=?klingon?q?qapla?=" {
		t.Errorf("subject in an unknown charset is %q, want as it came", m.Subject)
	}
	if got := m.Get("X-Two"); got != "" {
		t.Errorf("X-Two is %q", got)
	}
}

// FuzzParse looks for mails that panic, or that yield what is not text or is longer than what came.
func FuzzParse(f *testing.F) {
	f.Add([]byte(strings.ReplaceAll(multipartMail, "\n", "\r\n")))
	f.Add([]byte(multipartMail))
	f.Add([]byte(well(4)))
	f.Add([]byte("Content-Type: text/html; charset=\"\n\n<p>"))
	f.Add([]byte("Content-Type: multipart/; boundary=\"\"\r\n\r\n--\r\n\r\n"))
	f.Add([]byte("Message-ID: <\r\nDate: 32 Foo\r\nFrom: <<\r\n\r\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m := parse(raw)
		if !utf8.ValidString(m.Text) || !utf8.ValidString(m.HTML) {
			t.Error("what was read is not UTF-8")
		}
		if len(m.Text)+len(m.HTML) > 3*len(raw) { // U+FFFD is three bytes for one
			t.Errorf("%d bytes became %d", len(raw), len(m.Text)+len(m.HTML))
		}
		if len(m.Raw) != len(raw) {
			t.Error("the mail as it came is not kept")
		}
	})
}

func BenchmarkParse(b *testing.B) {
	raw := []byte(strings.ReplaceAll(multipartMail, "\n", "\r\n"))
	b.ReportAllocs()
	for b.Loop() {
		parse(raw)
	}
}
