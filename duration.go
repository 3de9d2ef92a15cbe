package aparte

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Duration is a time.Duration that reads and writes as text in JSON: what time.ParseDuration takes,
// and days ("7d").
type Duration time.Duration

// Std is the duration as the standard library has it.
func (d Duration) Std() time.Duration { return time.Duration(d) }

// MarshalJSON writes whole days as "7d", anything else as time.Duration does.
func (d Duration) MarshalJSON() ([]byte, error) {
	const day = Duration(24 * time.Hour)
	if d != 0 && d%day == 0 {
		return json.Marshal(strconv.FormatInt(int64(d/day), 10) + "d")
	}
	return json.Marshal(time.Duration(d).String())
}

// UnmarshalJSON reads "36h", "90s" or "7d". A negative duration is an error.
func (d *Duration) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return errors.New(`duration must be text such as "36h" or "7d"`) // what the decoder says is for who wrote it
	}
	parsed, err := parseDuration(s)
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

func parseDuration(s string) (Duration, error) {
	var std time.Duration
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.ParseInt(days, 10, 32)
		if err != nil {
			return 0, fmt.Errorf("duration %q: days must be a whole number", s)
		}
		std = time.Duration(n) * 24 * time.Hour
	} else {
		var err error
		if std, err = time.ParseDuration(s); err != nil {
			return 0, fmt.Errorf("duration %q: want such as \"36h\", \"90s\" or \"7d\"", s)
		}
	}
	if std < 0 {
		return 0, fmt.Errorf("duration %q is negative", s)
	}
	return Duration(std), nil
}
