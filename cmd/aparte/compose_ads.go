package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/compose"
)

// writeAds writes a brand's advertisements into a folder: their pictures, what each is, the texts of responsive ones, and the layouts that
// were made for sizes of which the brand has none.
func writeAds(ctx context.Context, composer *compose.Composer, b *aparte.Brand, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	rows := [][]string{{"file", "content", "layout", "width", "height", "language", "variants", "bytes"}}
	var errs []error
	numbers := map[string]int{}
	now := time.Now()
	composer.Ads(b, now, func(a compose.Ad) {
		if ctx.Err() != nil {
			return
		}
		if a.Err != nil {
			errs = append(errs, fmt.Errorf("%s in %s, %s: %w", a.Content, a.Layout, a.Locale, a.Err))
			return
		}
		of := fmt.Sprint(a.Content, " ", a.Layout, " ", a.Locale)
		numbers[of]++
		name := a.FileName(numbers[of])
		if err := os.WriteFile(filepath.Join(dir, name), a.Picture, 0o644); err != nil {
			errs = append(errs, err)
			return
		}
		rows = append(rows, []string{
			name, string(a.Content), string(a.Layout), strconv.Itoa(a.Format.Width), strconv.Itoa(a.Format.Height), a.Locale, strings.Join(a.Variants, " "), strconv.Itoa(len(a.Picture)),
		})
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if len(rows) == 1 && errs == nil {
		return errors.New("no content of the brand has the channel ads")
	}
	texts, err := composer.AdTexts(b, now)
	errs = append(errs, err)
	lines, fit := [][]string{{"content", "language", "field", "text", "characters", "most", "fits"}}, 0
	for _, t := range texts {
		if t.Fits() {
			fit++
		}
		lines = append(lines, []string{string(t.Content), t.Locale, t.Field, t.Text, strconv.Itoa(t.Characters()), strconv.Itoa(t.Most), strconv.FormatBool(t.Fits())})
	}
	layouts, err := json.MarshalIndent(compose.AdLayouts(b), "", "  ")
	errs = append(errs, err, writeTable(filepath.Join(dir, "ads.csv"), rows), writeTable(filepath.Join(dir, "texts.csv"), lines), os.WriteFile(filepath.Join(dir, "layouts.json"), layouts, 0o644))
	fmt.Printf("%s: %d advertisements; of %d texts of responsive ones %d fit.\n", dir, len(rows)-1, len(texts), fit)
	return errors.Join(errs...)
}

func writeTable(path string, rows [][]string) error {
	var out bytes.Buffer
	if err := csv.NewWriter(&out).WriteAll(rows); err != nil {
		return err
	}
	return os.WriteFile(path, out.Bytes(), 0o644)
}
