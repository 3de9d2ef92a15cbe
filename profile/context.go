package profile

import (
	"strings"

	"github.com/aparte-dev/aparte"
)

// situate takes in what the event's context says: language, time zone, device, traits, consent. What a
// late event says about language, zone and device is old news and left.
func (s *step) situate(e *aparte.Event) {
	if !s.r.open(e.Context) {
		return
	}
	var device hints
	var traits lesson
	var clicks []aparte.Trait
	for {
		name, ok := s.r.next()
		if !ok {
			break
		}
		switch string(name) {
		case "locale":
			s.hearLocale(s.r.bytes())
		case "timezone":
			s.hearZone(s.r.bytes())
		case "userAgent":
			device.agent = agentDevice(s.r.bytes())
		case "userAgentData":
			device.mobile = mobileDevice(s.r.member("mobile"))
		case "device":
			device.kind = typeDevice(s.r.member("type"))
		case "consent":
			s.consent()
		case "page":
			clicks = s.clicks()
		case "provenance":
			s.word = s.r.text(maxWord)
		case "traits":
			if e.Type != aparte.Group && s.r.enter('{') {
				traits.read(&s.r, "", 1)
			}
		default:
			s.r.skip()
		}
	}
	traits.consents = nil // only identify is asked for them
	if !s.p.Refuses(aparte.Marketing, aparte.Ads) {
		traits.traits = append(traits.traits, clicks...)
	}
	s.learn(traits, aparte.Observed)
	if d := device.device(); d != "" && !s.late {
		s.p.Device = d
	}
}

// consent reads the consent that Segment's browser SDK puts into the context,
// {"categoryPreferences": {"marketing": true, "advertising": true, "profiling": false, "location": false}}, as a cookie banner asks
// for it: what is said about marketing is said about the web only, and opens no letter box; what is said about advertising, about
// marketing on advertising platforms.
func (s *step) consent() {
	if !s.r.enter('{') {
		return
	}
	for {
		name, ok := s.r.next()
		switch {
		case !ok:
			return
		case string(name) != "categoryPreferences":
			s.r.skip()
		case s.r.enter('{'):
			s.preferences()
		}
	}
}

func (s *step) preferences() {
	for {
		category, ok := s.r.next()
		if !ok {
			return
		}
		c := aparte.Consent{Source: "context.consent", At: s.at}
		switch string(category) {
		case "marketing":
			c.Purpose, c.Channel = aparte.Marketing, aparte.Web
		case "advertising":
			c.Purpose, c.Channel = aparte.Marketing, aparte.Ads
		case "profiling":
			c.Purpose = aparte.Profiling
		case "location":
			c.Purpose = aparte.Location
		}
		granted, known := s.r.truth()
		if c.Granted = granted; known && c.Purpose != "" {
			s.answer(c)
		}
	}
}

// hearLocale takes the language that a device is set to, unless a trait says another.
func (s *step) hearLocale(b []byte) {
	if s.late || string(b) == s.p.Locale || s.declares(locale, "locale", "language") {
		return
	}
	if l := locale(string(b)); l != "" {
		s.p.Locale = l
	}
}

// hearZone takes the time zone that a device is set to, unless a trait says another.
func (s *step) hearZone(b []byte) {
	if s.late || string(b) == s.p.Zone || s.declares(zone, "timezone") {
		return
	}
	if z := zone(string(b)); z != "" {
		s.p.Zone = z
	}
}

// locale is a BCP 47 tag in its usual capitals ("fr_fr" is fr-FR), or empty for what cannot be one: a
// language of two or three letters, then subtags of one to eight letters and digits, 35 bytes in all.
func locale(s string) string {
	if len(s) > 35 {
		return ""
	}
	tags := strings.FieldsFunc(s, func(r rune) bool { return r == '-' || r == '_' })
	if len(tags) == 0 || len(tags[0]) < 2 || len(tags[0]) > 3 || !alphanumeric(tags[0], false) {
		return ""
	}
	for i, tag := range tags {
		if len(tag) > 8 || !alphanumeric(tag, true) {
			return ""
		}
		switch {
		case i > 0 && len(tag) == 2:
			tags[i] = strings.ToUpper(tag)
		case i > 0 && len(tag) == 4 && alphanumeric(tag, false):
			tags[i] = strings.ToUpper(tag[:1]) + strings.ToLower(tag[1:])
		default:
			tags[i] = strings.ToLower(tag)
		}
	}
	return strings.Join(tags, "-")
}

func alphanumeric(s string, digits bool) bool {
	for i := range len(s) {
		c := s[i] | 0x20
		if (c < 'a' || c > 'z') && (!digits || s[i] < '0' || s[i] > '9') {
			return false
		}
	}
	return true
}

// zone is s where it can be the name of an IANA time zone, else empty. Whether there is such a zone is
// for whoever loads it.
func zone(s string) string {
	if len(s) > 64 || s != "UTC" && s != "GMT" && !strings.Contains(s, "/") || strings.Contains(s, "..") {
		return ""
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		case c == '_', c == '+', c == '-':
		case c == '/' && i > 0 && i < len(s)-1:
		default:
			return ""
		}
	}
	return s
}
