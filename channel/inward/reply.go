package inward

import (
	"crypto/sha256"
	"encoding/hex"
	"html"
	netmail "net/mail"
	"regexp"
	"strings"
	"unicode"

	"github.com/aparte-dev/aparte/channel"
)

// automatic reports whether nobody wrote the mail: a machine answers for somebody (RFC 3834 section 5), or it is a list's.
func (m *mail) automatic() bool {
	if by := strings.ToLower(m.header.Get("Auto-Submitted")); by != "" && !strings.HasPrefix(by, "no") {
		return true
	}
	switch strings.ToLower(strings.TrimSpace(m.header.Get("Precedence"))) {
	case "bulk", "junk", "list", "auto_reply":
		return true
	}
	for _, name := range []string{"X-Autoreply", "X-Autorespond", "X-Auto-Reply", "List-Id", "X-Failed-Recipients"} {
		if m.header.Get(name) != "" {
			return true
		}
	}
	subject := strings.ToLower(strings.TrimSpace(m.text("Subject")))
	for _, words := range absences {
		if strings.HasPrefix(subject, words) {
			return true
		}
	}
	return false
}

// absences begin the subjects of machines that forget to say what they are.
var absences = []string{
	"out of office", "out-of-office", "automatic reply", "auto reply", "autoreply", "auto-reply", "auto:", "autosvar",
	"réponse automatique", "reponse automatique", "absence du bureau", "absent du bureau", "absent(e) du bureau",
	"message d'absence", "message d’absence", "je suis absent", "undeliverable", "delivery status notification", "mail delivery failed",
}

// id is what tells the mail from any other, however often it comes: its Message-ID where that can be told on, or a hash.
func (m *mail) id() string {
	id := trimmed(m.header.Get("Message-Id"))
	if isToken(strings.ReplaceAll(id, ":", "")) && len(id) <= channel.MaxKey && strings.Contains(id, "@") {
		return id
	}
	sum := sha256.Sum256(m.raw)
	return "h." + hex.EncodeToString(sum[:16])
}

// from is who says they wrote it; empty where that cannot be read.
func (m *mail) from() string {
	address, err := netmail.ParseAddress(m.header.Get("From"))
	if err != nil || len(address.Address) > 254 {
		return ""
	}
	return strings.ToLower(address.Address)
}

// words are what somebody wrote, without what they answer to and without their signature; the subject where that is nothing.
func (m *mail) words() string {
	text := ""
	if p := m.part("text/plain"); p != nil {
		text = string(p.body)
	} else if p := m.part("text/html"); p != nil {
		text = plain(string(p.body))
	}
	text = own(text)
	if text == "" {
		text = answered.ReplaceAllString(strings.TrimSpace(m.text("Subject")), "")
	}
	return bounded(text, channel.MaxReply)
}

var answered = regexp.MustCompile(`(?i)^((re|ré|rép|aw|tr|fwd?)\s*:\s*)+`)

// Where what somebody answers to begins, as mail programs put it in English and French.
var (
	quoteBegins = regexp.MustCompile(`(?i)^(on .{4,200}wrote:|le .{4,200}a écrit\s*:|-{2,}\s*(original message|message d[’']origine|forwarded message|message transféré)|_{10,}$|(from|de)\s*: .*[@<])`)
	quoteFolded = regexp.MustCompile(`(?i)^(on .{4,200}wrote:|le .{4,200}a écrit\s*:)$`) // of two lines
)

// own are the lines that are not quoted.
func own(text string) string {
	lines := strings.Split(strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\r\n", "\n"), "\n")
	var kept []string
	for i, line := range lines {
		trimmed := strings.TrimSpace(line)
		if line == "-- " || trimmed == "--" || quoteBegins.MatchString(trimmed) {
			break
		}
		if i+1 < len(lines) && quoteFolded.MatchString(trimmed+" "+strings.TrimSpace(lines[i+1])) {
			break
		}
		if !strings.HasPrefix(trimmed, ">") {
			kept = append(kept, strings.TrimRightFunc(line, unicode.IsSpace))
		}
	}
	return strings.TrimSpace(strings.Join(kept, "\n"))
}

var (
	unseen = regexp.MustCompile(`(?is)<(style|script|head)\b.*?</(style|script|head)>|<!--.*?-->|<blockquote\b.*|<div class="?gmail_quote.*`)
	breaks = regexp.MustCompile(`(?i)<(br|/p|/div|/li|/tr)\b[^>]*>`)
	tags   = regexp.MustCompile(`<[^>]*>`)
)

// plain is the text of HTML, without what is quoted in it.
func plain(s string) string {
	s = breaks.ReplaceAllString(unseen.ReplaceAllString(s, ""), "\n")
	return html.UnescapeString(tags.ReplaceAllString(s, ""))
}

// bounded is at most so many bytes of s, in whole characters, without control characters but line ends.
func bounded(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if r != '\n' && unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "")
	}
	return strings.TrimSpace(s)
}
