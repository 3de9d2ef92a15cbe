package load

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/aparte-dev/aparte/exchange/record"
)

// maxGeoJSON bounds a file of GeoJSON, which is read whole.
const maxGeoJSON = 256 << 20

// readGeoJSON takes the features of a file of GeoJSON, one or a collection.
func (l *locating) readGeoJSON(ctx context.Context, path string) error {
	body, err := readBounded(path, maxGeoJSON)
	if err != nil {
		return err
	}
	broken := func(at int64, what string) error {
		l.result.Broken = append(l.result.Broken, fmt.Sprintf("%s:%d: %s", path, lineAt(body, at), what))
		return nil
	}
	d := jsontext.NewDecoder(bytes.NewReader(body))
	if d.PeekKind() != '{' {
		return broken(0, "no GeoJSON: it is no object")
	}
	if _, err := d.ReadToken(); err != nil {
		return broken(d.InputOffset(), "no JSON")
	}
	for d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			return broken(d.InputOffset(), "no JSON")
		}
		if name.String() != "features" {
			if err := d.SkipValue(); err != nil {
				return broken(d.InputOffset(), "no JSON")
			}
			continue
		}
		return l.readFeatures(ctx, path, body, d, broken)
	}
	var one feature
	if json.Unmarshal(body, &one) != nil || one.Geometry.Type == "" {
		return broken(0, "no GeoJSON: there are no features")
	}
	return l.feature(ctx, path, 1, body)
}

func (l *locating) readFeatures(ctx context.Context, path string, body []byte, d *jsontext.Decoder, broken func(int64, string) error) error {
	if _, err := d.ReadToken(); err != nil {
		return broken(d.InputOffset(), "no JSON")
	}
	line, counted := 1, int64(0)
	for d.PeekKind() == '{' {
		value, err := d.ReadValue()
		if err != nil {
			return broken(d.InputOffset(), "no JSON")
		}
		begins := d.InputOffset() - int64(len(value))
		line, counted = line+bytes.Count(body[counted:begins], []byte{'\n'}), begins
		if err := l.feature(ctx, path, line, value); err != nil {
			return err
		}
	}
	if d.PeekKind() != ']' {
		return broken(d.InputOffset(), "no JSON")
	}
	return nil
}

func (l *locating) feature(ctx context.Context, path string, line int, value []byte) error {
	rec, err := record.Parse(path, line, bytes.Clone(value))
	if err != nil {
		l.result.Broken = append(l.result.Broken, fmt.Sprintf("%s:%d: %v", path, line, err))
		return nil
	}
	l.result.Rows++
	return l.take(ctx, rec, false)
}

// lineAt is the line in which an offset is.
func lineAt(body []byte, at int64) int {
	return 1 + bytes.Count(body[:min(at, int64(len(body)))], []byte{'\n'})
}

// readBounded is a file of at most so many bytes.
func readBounded(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	body, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(body)) > most {
		err = fmt.Errorf("%s: more than %d MiB", path, most>>20)
	}
	return body, err
}
