package engine

import "strings"

// fetchClass is who asked for a slot.
type fetchClass string

// The classes of a fetch. Only a person's teaches the learner.
const (
	byPerson   fetchClass = "person"   // a browser, a mail client, or an image proxy that fetches when the mail is opened
	byPrefetch fetchClass = "prefetch" // a privacy proxy that fetches when the mail arrives
	byMachine  fetchClass = "machine"  // a scanner, a bot, a preview
)

// classify tells from the request what fetched a slot. Apple's Mail Privacy Protection fetches all
// images of a mail soon after it arrives, with a user agent of "Mozilla/5.0" and nothing more; the
// proxies of Gmail and Yahoo fetch when the mail is opened.
func classify(f Fetch) fetchClass {
	ua := strings.ToLower(f.UserAgent)
	switch {
	case f.Head || ua == "":
		return byMachine
	case ua == "mozilla/5.0":
		return byPrefetch
	case strings.Contains(ua, "googleimageproxy"), strings.Contains(ua, "yahoomailproxy"):
		return byPerson
	}
	for _, sign := range [...]string{"bot", "crawler", "spider", "preview", "scanner", "barracuda", "mimecast", "proofpoint", "curl/", "wget/", "python-", "go-http-client", "facebookexternalhit"} {
		if strings.Contains(ua, sign) {
			return byMachine
		}
	}
	return byPerson
}
