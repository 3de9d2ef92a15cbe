package aparte

import "time"

// Pace bounds how many mails leave: mailbox providers mistrust an address that nobody knows and that writes to many at once. What
// is beyond waits for its turn and is not lost. The zero value bounds nothing.
type Pace struct {
	// Daily is how many mails leave on each day, the first on the day of Began; the last holds from then on. None: any number.
	Daily []int `json:"daily,omitempty"`
	// Began is the day on which the address began to be used, in UTC.
	Began time.Time `json:"began,omitzero"`
	// Hourly is how many leave in an hour; 0: any number.
	Hourly int `json:"hourly,omitzero"`
	// Providers are bounds of single ones.
	Providers []ProviderPace `json:"providers,omitempty"`
}

// Bounds of a Pace.
const (
	MaxDaily           = 366
	MaxProviders       = 100
	MaxProviderDomains = 50
)

// ProviderPace bounds how many mails leave to one mailbox provider.
type ProviderPace struct {
	Domains []string `json:"domains"` // of addresses, in lower case: gmail.com, googlemail.com
	Minute  int      `json:"minute"`  // how many in a minute; at least 1
}

// On is how many mails may leave on the day of a time; ok where that is bounded.
func (p *Pace) On(at time.Time) (most int, ok bool) {
	if len(p.Daily) == 0 {
		return 0, false
	}
	const day = 24 * time.Hour
	days := int(at.UTC().Truncate(day).Sub(p.Began.UTC().Truncate(day)) / day)
	return p.Daily[min(max(days, 0), len(p.Daily)-1)], true
}
