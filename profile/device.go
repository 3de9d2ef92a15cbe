package profile

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"
)

// The devices.
const (
	desktop = "desktop"
	mobile  = "mobile"
	tablet  = "tablet"
)

// hints are what a context says about the device, each a device or empty.
type hints struct {
	kind   string // device.type
	agent  string // userAgent
	mobile string // userAgentData.mobile
}

// device is the surest of the hints. A browser's own word for not being a phone is the weakest: it says
// the same of a tablet.
func (h hints) device() string {
	if h.kind != "" {
		return h.kind
	}
	if h.mobile == mobile || h.agent == "" {
		return h.mobile
	}
	return h.agent
}

// mobileDevice is the device that userAgentData.mobile means.
func mobileDevice(value jsontext.Value) string {
	switch string(value) {
	case "true":
		return mobile
	case "false":
		return desktop
	}
	return ""
}

// typeDevice is the device that device.type names: a kind of device, or a mobile SDK's platform.
func typeDevice(value jsontext.Value) string {
	r := reader{b: value}
	switch string(bytes.ToLower(r.bytes())) {
	case "mobile", "phone", "smartphone", "handset", "ios", "android", "iphone":
		return mobile
	case "tablet", "ipad":
		return tablet
	case "desktop", "laptop", "computer", "pc":
		return desktop
	}
	return ""
}

// agentDevice is the device that a User-Agent names. Machines that fetch pictures for others and bots
// are no device of the person.
func agentDevice(agent []byte) string {
	if len(agent) > 1024 {
		return ""
	}
	switch said := agentSays(agent); {
	case said&machine != 0:
		return ""
	case said&slate != 0, said&android != 0 && said&handheld == 0:
		return tablet
	case said&(handheld|iphone|android) != 0:
		return mobile
	case said&computer != 0:
		return desktop
	}
	return ""
}

// What words of a User-Agent say, a bit each.
const (
	machine = 1 << iota
	slate
	handheld
	iphone
	android
	computer
)

// agentWord is a word of a User-Agent and what it says.
type agentWord struct {
	word string
	says int
}

// agentWords are the words that are looked for, by their first byte.
var agentWords = byFirst([]agentWord{
	{"ImageProxy", machine}, {"bot", machine}, {"Bot", machine}, {"crawler", machine}, {"spider", machine},
	{"iPad", slate}, {"Tablet", slate}, {"Kindle", slate}, {"Silk/", slate},
	{"Android", android}, {"Mobi", handheld}, {"iPhone", iphone},
	{"Windows NT", computer}, {"Macintosh", computer}, {"X11;", computer}, {"CrOS", computer},
})

// agentBegins tells which bytes begin one of the words: most of a User-Agent does not.
var agentBegins = func() (table [256]bool) {
	for c, words := range agentWords {
		table[c] = len(words) > 0
	}
	return table
}()

func byFirst(words []agentWord) (table [256][]agentWord) {
	for _, w := range words {
		table[w.word[0]] = append(table[w.word[0]], w)
	}
	return table
}

// agentSays is what all words of a User-Agent say, read in one pass.
func agentSays(agent []byte) (said int) {
	for i, c := range agent {
		if !agentBegins[c] {
			continue
		}
		for _, w := range agentWords[c] {
			if bytes.HasPrefix(agent[i:], []byte(w.word)) {
				said |= w.says
			}
		}
	}
	return said
}
