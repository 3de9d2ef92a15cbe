package story

import (
	"bytes"
	"embed"
	"fmt"
	"image/png"
	"io/fs"
	"testing/fstest"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/demo/brand"
)

//go:embed brand
var files embed.FS

// Brand is the house of the story: an invented one, that makes lipsticks and creams. Its documents are those of package brand.
func Brand() (*aparte.Brand, error) {
	dir, err := fs.Sub(files, "brand")
	if err != nil {
		return nil, fmt.Errorf("story: %w", err)
	}
	return brand.Read(dir)
}

// Assets are the house's pictures, painted anew.
func Assets() (fs.FS, error) {
	assets := fstest.MapFS{}
	for _, p := range pictures {
		var b bytes.Buffer
		if err := png.Encode(&b, p.paint()); err != nil {
			return nil, fmt.Errorf("story: paint %s: %w", p.name, err)
		}
		assets[p.name+".png"] = &fstest.MapFile{Data: b.Bytes()}
	}
	return assets, nil
}
