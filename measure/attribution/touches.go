package attribution

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// MaxName bounds the name of a channel, in bytes.
const MaxName = 256

// ReadTouches appends the channels of a path such as "mail > search > mail" to touches. Spaces around a name
// are not part of it. The names are parts of the path.
func ReadTouches(path string, touches []string) ([]string, error) {
	if !utf8.ValidString(path) {
		return nil, errors.New("not UTF-8")
	}
	if strings.TrimSpace(path) == "" {
		return nil, errors.New("empty where a path belongs, such as mail > search > mail")
	}
	for name := range strings.SplitSeq(path, ">") {
		name = strings.TrimSpace(name)
		switch {
		case name == "":
			return nil, fmt.Errorf("touch %d of the path has no channel", len(touches)+1)
		case len(name) > MaxName:
			return nil, fmt.Errorf("touch %d of the path: a channel's name is longer than %d bytes", len(touches)+1, MaxName)
		case len(touches) == MaxTouches:
			return nil, fmt.Errorf("a path of more than %d touches", MaxTouches)
		}
		touches = append(touches, name)
	}
	return touches, nil
}
