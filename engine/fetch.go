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
// proxies of Gmail and Yahoo fetch when the mail is opened. docs/pictures.md says what is known of each.
func classify(f Fetch) fetchClass {
	ua := strings.ToLower(f.UserAgent)
	switch {
	case f.Head || ua == "":
		return byMachine
	case f.Prefetch || ua == "mozilla/5.0":
		return byPrefetch
	case strings.Contains(ua, "googleimageproxy"), strings.Contains(ua, "yahoomailproxy"):
		return byPerson
	}
	for _, sign := range machineSigns {
		if strings.Contains(ua, sign) {
			return byMachine
		}
	}
	return byPerson
}

// machineSigns are parts of the user agents of machines: crawlers, previews of links, scanners of mail, libraries.
var machineSigns = [...]string{
	"bot", "crawler", "spider", "preview", "facebookexternalhit", "whatsapp", "skypeuripreview", "embedly",
	"scanner", "barracuda", "mimecast", "proofpoint", "safelinks", "symantec", "trendmicro", "virustotal", "urldefense",
	"microsoft office existence discovery", "ms-office", "microsoft-webdav",
	"curl/", "wget/", "python-", "aiohttp", "go-http-client", "okhttp", "java/", "apache-httpclient", "node-fetch", "axios/", "libwww-perl",
	"headlesschrome", "phantomjs",
}
