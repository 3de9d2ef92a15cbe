package source

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Addresses is where the addresses of databases are kept: outside of what is declared, so that who may declare a source, or reads what
// was, does not see a password. Which variables and files can be named is bounded, so that no other secret of the host is sent anywhere.
type Addresses struct {
	Folder string              // of files; empty: there are none
	Getenv func(string) string // nil: os.Getenv
}

// variables begin the names of variables that can be named.
const variables = "APARTE_SOURCE_"

const maxAddress = 4 << 10

var errNoAddress = errors.New("its address is not there: the server knows no such secret")

// named reports whether a text names a secret.
func named(name string) bool {
	if rest, is := strings.CutPrefix(name, "env:"+variables); is {
		return rest != "" && len(rest) <= 64 && !strings.ContainsFunc(rest, func(r rune) bool { return (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' })
	}
	rest, is := strings.CutPrefix(name, "file:")
	return is && len(rest) <= 64 && rest != "" && rest[0] != '.' && !strings.ContainsFunc(rest, func(r rune) bool {
		return (r|0x20 < 'a' || r|0x20 > 'z') && (r < '0' || r > '9') && r != '-' && r != '_' && r != '.'
	})
}

// read is the address that a name stands for. An error says nothing of it.
func (a *Addresses) read(name string) (string, error) {
	var text string
	if variable, is := strings.CutPrefix(name, "env:"); is {
		getenv := a.Getenv
		if getenv == nil {
			getenv = os.Getenv
		}
		text = getenv(variable)
	} else if a.Folder != "" {
		f, err := os.Open(filepath.Join(a.Folder, strings.TrimPrefix(name, "file:")))
		if err != nil {
			return "", errNoAddress
		}
		defer f.Close() // it was only read
		body, err := io.ReadAll(io.LimitReader(f, maxAddress+1))
		if err != nil {
			return "", errNoAddress
		}
		text = string(body)
	}
	text = strings.TrimSpace(text)
	if text == "" || len(text) > maxAddress {
		return "", errNoAddress
	}
	return text, nil
}
