package table

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
)

// Plain gives the text of a file: unpacked, where it begins as gzip does, and without UTF-8's byte order
// mark. UTF-16 is an error.
func Plain(r io.Reader) (*bufio.Reader, error) {
	b, err := Unpacked(r)
	if err != nil {
		return nil, err
	}
	if begins(b, "\xff\xfe") || begins(b, "\xfe\xff") {
		return nil, errors.New("the text is UTF-16; write it as UTF-8")
	}
	if mark := "\xef\xbb\xbf"; begins(b, mark) {
		_, _ = b.Discard(len(mark)) // they were seen: never fails
	}
	return b, nil
}

// Unpacked gives the bytes of a file: unpacked, where it begins as gzip does.
func Unpacked(r io.Reader) (*bufio.Reader, error) {
	b := bufio.NewReaderSize(r, 64<<10)
	if !begins(b, "\x1f\x8b") {
		return b, nil
	}
	unpacked, err := gzip.NewReader(b)
	if err != nil {
		return nil, fmt.Errorf("unpack: %w", err)
	}
	return bufio.NewReaderSize(unpacked, 64<<10), nil
}

func begins(b *bufio.Reader, with string) bool {
	first, _ := b.Peek(len(with)) // an error shows again when they are read
	return bytes.Equal(first, []byte(with))
}

// separator is what parts the fields: a comma if the first line has one, else a semicolon, else a tab.
func separator(b *bufio.Reader) byte {
	first, _ := b.Peek(b.Size()) // as above
	quoted, found := false, byte(',')
	for _, c := range first {
		switch {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == ',':
			return ','
		case c == ';', c == '\t' && found == ',':
			found = c
		case c == '\n', c == '\r':
			return found
		}
	}
	return found
}
