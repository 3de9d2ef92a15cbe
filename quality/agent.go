package quality

import (
	"bytes"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Agent is what kind of program a user agent says it is.
type Agent uint8

// The kinds of program.
const (
	Visitor  Agent = iota // as far as it says
	Headless              // a browser nobody looks at: a test of one's own, or somebody's robot
	Robot                 // a crawler, a preview, a watchman of uptimes: never a person
)

// crawlers are the names by which well-known machines call themselves, in lower case, where the rule of
// AgentOf for words that end in "bot" does not find them. The names are those that their operators publish, such as
// https://developers.google.com/search/docs/crawling-indexing/google-common-crawlers and
// https://developers.facebook.com/docs/sharing/webmasters/web-crawlers.
var crawlers = [...]string{
	"crawler", "spider", "mediapartners-google", "google-inspectiontool", "googleother", "feedfetcher-google", "apis-google",
	"bingpreview", "slurp", "ia_archiver", "facebookexternalhit", "facebookcatalog", "meta-externalagent", "chatgpt-user",
	"claude-user", "perplexity-user", "chrome-lighthouse", "gtmetrix", "pagespeed", "pingdom", "statuscake",
	"site24x7", "uptimerobot", "better uptime", "datadogsynthetics", "newrelicsynthetics", "screaming frog", "qwantify", "naver.me/yeti",
	"embedly", "skypeuripreview", "vkshare", "w3c_validator", "adsbot-google", "barkrowler", "semrush", "scrapy",
}

// headless are the names of browsers without a screen, in lower case.
var headless = [...]string{"headlesschrome", "headlessshell", "phantomjs", "slimerjs", "htmlunit", "jsdom/"}

// AgentOf is what a user agent says it is. Words that end in "bot" are robots (Googlebot, bingbot, GPTBot), but for
// Cubot, which is a maker of telephones.
func AgentOf(userAgent string) Agent {
	name := strings.ToLower(userAgent)
	for i := 0; ; {
		at := strings.Index(name[i:], "bot")
		if at < 0 {
			break
		}
		i += at + len("bot")
		ends := i == len(name) || strings.IndexByte("/;), -_", name[i]) >= 0
		if ends && !strings.HasSuffix(name[:i], "cubot") {
			return Robot
		}
	}
	for _, sign := range crawlers {
		if strings.Contains(name, sign) {
			return Robot
		}
	}
	for _, sign := range headless {
		if strings.Contains(name, sign) {
			return Headless
		}
	}
	return Visitor
}

// Agents finds user agents in the contexts of events. It remembers the last one: those of a request are mostly
// alike. The zero value is ready for one request at a time.
type Agents struct {
	last  []byte
	known Agent
}

var userAgentMember = []byte(`"userAgent"`)

// In is what the member userAgent of a context says, and whether there is one.
func (a *Agents) In(context []byte) (Agent, bool) {
	at := bytes.Index(context, userAgentMember)
	if at < 0 {
		return Visitor, false
	}
	rest := bytes.TrimLeft(context[at+len(userAgentMember):], " \t\r\n")
	if len(rest) == 0 || rest[0] != ':' {
		return Visitor, false
	}
	rest = bytes.TrimLeft(rest[1:], " \t\r\n")
	if len(rest) == 0 || rest[0] != '"' {
		return Visitor, false
	}
	if len(a.last) > 0 && bytes.HasPrefix(rest, a.last) {
		return a.known, true
	}
	end := 1
	for end < len(rest) && rest[end] != '"' {
		if rest[end] == '\\' {
			end++
		}
		end++
	}
	if end >= len(rest) {
		return Visitor, false
	}
	quoted := rest[:end+1]
	text, err := jsontext.AppendUnquote(nil, quoted)
	if err != nil {
		return Visitor, false
	}
	a.last, a.known = append(a.last[:0], quoted...), AgentOf(string(text))
	return a.known, true
}
