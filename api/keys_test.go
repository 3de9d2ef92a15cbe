package api

import (
	"strings"
	"testing"
)

func TestKeysThatWouldNotTellCallersApartAreRefused(t *testing.T) {
	for want, keys := range map[string][]Key{
		`key "shop" has no value`:               {{Name: "shop"}},
		`key "till" has the value of another`:   {{Name: "shop", Value: "a"}, {Name: "till", Value: "a"}},
		`its source may not be "aparte"`:        {{Name: "aparte", Value: "a"}},
		`key "till": its source may not be "ap`: {{Name: "till", Source: "aparte", Value: "a"}},
	} {
		if _, err := newKeyring(keys); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}
