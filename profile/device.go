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
	has := func(s string) bool { return bytes.Contains(agent, []byte(s)) }
	switch {
	case len(agent) > 1024, has("ImageProxy"), has("bot"), has("Bot"), has("crawler"), has("spider"):
		return ""
	case has("iPad"), has("Tablet"), has("Kindle"), has("Silk/"), has("Android") && !has("Mobi"):
		return tablet
	case has("Mobi"), has("iPhone"), has("Android"):
		return mobile
	case has("Windows NT"), has("Macintosh"), has("X11;"), has("CrOS"):
		return desktop
	}
	return ""
}
