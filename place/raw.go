package place

import (
	"bytes"
	"encoding/json"

	"github.com/aparte-dev/aparte"
)

// Mentions reports whether a request may say where a device is. It errs on the side of yes.
func Mentions(body []byte) bool {
	return mayLocate(body) || bytes.Contains(body, []byte(aparte.EventLocated))
}

// VagueCall is Without for a call as it was sent, which may be none that can be taken in. One that cannot be read is dropped.
func VagueCall(call []byte) []byte {
	if !Mentions(call) {
		return call
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(call, &members) != nil {
		return nil
	}
	var name string
	if json.Unmarshal(members["event"], &name) == nil && name == aparte.EventLocated {
		delete(members, "properties")
	}
	if context := VagueContext(members["context"]); context != nil {
		members["context"] = context
	} else {
		delete(members, "context")
	}
	body, err := json.Marshal(members)
	if err != nil {
		return nil
	}
	return body
}

// VagueContext is a call's context without what says exactly where its device is.
func VagueContext(context []byte) []byte {
	if !mayLocate(context) {
		return context
	}
	return vague(context)
}
