package compose

import (
	"context"
	"io/fs"
	"os"
	"sync/atomic"
	"testing"
)

// counting counts how often a file is opened.
type counting struct {
	fs.FS
	opened atomic.Int64
}

func (c *counting) Open(name string) (fs.File, error) {
	c.opened.Add(1)
	return c.FS.Open(name)
}

func TestACrowdAfterANewBrandWaitsForNoFiles(t *testing.T) {
	assets := &counting{FS: os.DirFS("testdata/assets")}
	composer, err := New(assets)
	if err != nil {
		t.Fatal(err)
	}
	brand := ondine(t)
	over, stop := context.WithCancel(t.Context())
	stop()
	if composer.Ready(over, brand); assets.opened.Load() != 0 {
		t.Error("files are read for a brand that is over")
	}
	composer.Ready(t.Context(), brand)
	before := assets.opened.Load()
	if before == 0 {
		t.Fatal("nothing was made ready")
	}
	for i := range brand.Items {
		s := scene(t, brand, "hero")
		s.Item = &brand.Items[i]
		crowd(composer, patience[len(patience)-1]) // as it is still, whatever the last one took
		if shown, err := composer.Picture(s, AsPNG); err != nil || shown.Spared != SparedSharpness {
			t.Errorf("item %d: %v, %q", i, err, shown.Spared)
		}
	}
	if read := assets.opened.Load() - before; read != 0 {
		t.Errorf("%d files are read in the rush", read)
	}
}
