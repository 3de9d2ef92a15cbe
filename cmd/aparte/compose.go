package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"html"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	xdraw "golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/compose"
	"github.com/aparte-dev/aparte/demo/brand"
)

// composeCommand shows what a brand looks like before anybody sees it.
type composeCommand struct {
	AllLayouts bool   `help:"A contact sheet of every content in every layout and language." xor:"what" required:""`
	Ads        string `help:"Folder for the advertisements of the brand: pictures in the sizes that platforms take, and a table of the texts of responsive ones." xor:"what" required:"" type:"path" placeholder:"DIR"`
	Reveals    bool   `help:"What each content lets people see that is known of them: traits that it shows, items that it recalls, places, occasions." xor:"what" required:""`
	Brand      string `help:"Brand to show: a JSON file, such as that of GET /v1/admin/brand; without it, the demo's." type:"existingfile" placeholder:"FILE"`
	Assets     string `help:"Directory of the brand's pictures; without it, that of FILE." type:"existingdir" placeholder:"DIR"`
	Out        string `help:"Where the sheet goes: .html shows pages and pictures, .png pictures only." default:"sheet.html" type:"path"`
}

// Help is what `aparte compose --help` says beside the flags.
func (composeCommand) Help() string {
	return `Everything is shown as to somebody of whom nothing is known. What cannot be composed is named on the sheet and on standard
error, and the command then ends with status 1. Mistakes of the brand are told first, each by its JSON pointer.

With --reveals, nothing is written but a line for each thing that a content lets people see that is known of them: the content, the kind of thing, its
name, and where. What was inferred, bought in or is sensitive by the policy is never among them: a text that names it is a mistake of the brand.

With --ads, every content that has the channel ads is composed in each size, language and choice of variants, in layouts that are made where the brand
has none of its own for a size; ads.csv says of each picture what it is, texts.csv which words fit which field. They are the pictures that POST /v1/decide chooses
among where it is asked with the surface ads and a slot such as 300x250, once those layouts are the brand's (layouts.json).`
}

// Run writes the sheet, and says what is on it.
func (c *composeCommand) Run(ctx context.Context) error {
	b, assets, err := c.read()
	if err != nil {
		return err
	}
	composer, err := compose.New(assets)
	if err != nil {
		return err
	}
	flaws := composer.Check(b)
	if c.Reveals {
		for i := range b.Contents {
			printReveals(os.Stdout, b.Contents[i].ID, composer.Reveals(b, &b.Contents[i]))
		}
		return flaws
	}
	if c.Ads != "" {
		return errors.Join(flaws, writeAds(ctx, composer, b, c.Ads))
	}
	var examples []compose.Example
	composer.Examples(b, time.Now(), func(e compose.Example) {
		if ctx.Err() != nil {
			return
		}
		if e.Err != nil {
			flaws = errors.Join(flaws, fmt.Errorf("%s in %s, %s: %w", e.Content, e.Layout, e.Locale, e.Err))
		}
		examples = append(examples, e)
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var sheet []byte
	if strings.EqualFold(filepath.Ext(c.Out), ".png") {
		sheet, err = pictureSheet(examples)
	} else {
		sheet = pageSheet(b, examples)
	}
	if err != nil {
		return err
	}
	if err := os.WriteFile(c.Out, sheet, 0o644); err != nil {
		return err
	}
	creatives, pieces := compose.Creatives(b)
	fmt.Printf("%s: %d examples. %d creatives can be made of %d words and pictures.\n", c.Out, len(examples), creatives, pieces)
	return flaws
}

// printReveals writes what one content lets people see that is known of them, a line for each thing: content, kind, name, where.
func printReveals(to io.Writer, id aparte.ContentID, all []compose.Reveal) {
	if len(all) == 0 {
		fmt.Fprintf(to, "%s\tnothing\n", id)
	}
	for _, r := range all {
		fmt.Fprintf(to, "%s\t%s\t%s\t%s\n", id, r.Kind, r.Name, strings.Join(r.In, ", "))
	}
}

func (c *composeCommand) read() (*aparte.Brand, fs.FS, error) {
	if c.Brand == "" {
		b, err := brand.Brand()
		return b, brand.Assets(), err
	}
	b, err := readBrand(c.Brand)
	dir := c.Assets
	if dir == "" {
		dir = filepath.Dir(c.Brand)
	}
	return b, os.DirFS(dir), err
}

const sheetHead = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>%s</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<style>:root{color-scheme:light dark}body{font:14px/1.4 system-ui,sans-serif;margin:24px;background:Canvas;color:CanvasText}
main{display:grid;gap:24px;grid-template-columns:repeat(auto-fill,minmax(min(100%%,620px),1fr));align-items:start}
figure{margin:0;min-width:0}figcaption{margin:0 0 6px;overflow-wrap:anywhere}img{max-width:100%%;height:auto;display:block}
iframe{width:100%%;height:340px;border:1px solid GrayText;border-radius:4px;background:#fff;margin-top:8px}.flaw{color:#b3261e}</style><h1>%s</h1><main>
`

// pageSheet is the examples on a page that loads nothing from anywhere and runs no script.
func pageSheet(b *aparte.Brand, examples []compose.Example) []byte {
	var out bytes.Buffer
	name := html.EscapeString(b.Name)
	fmt.Fprintf(&out, sheetHead, name, name)
	for _, e := range examples {
		caption := html.EscapeString(fmt.Sprintf("%s · %s · %s", e.Content, e.Layout, e.Locale))
		fmt.Fprintf(&out, "<figure><figcaption>%s</figcaption>", caption)
		if e.Err != nil {
			fmt.Fprintf(&out, `<p class="flaw">%s</p>`, html.EscapeString(e.Err.Error()))
		}
		picture := ""
		if e.Picture != nil {
			picture = "data:image/png;base64," + base64.StdEncoding.EncodeToString(e.Picture)
			fmt.Fprintf(&out, `<img src="%s" alt="%s">`, picture, caption)
		}
		if e.HTML != "" {
			page := strings.ReplaceAll(e.HTML, compose.ExampleImage, picture)
			fmt.Fprintf(&out, `<iframe sandbox title="%s" srcdoc="%s"></iframe>`, caption, html.EscapeString(page))
		}
		out.WriteString("</figure>\n")
	}
	out.WriteString("</main></html>\n")
	return out.Bytes()
}

// The columns of a sheet of pictures, in pixels.
const (
	columns, columnWidth = 3, 440
	gap, captionHeight   = 20, 22
)

// pictureSheet is the examples that are pictures, each in the shortest of several columns with its name below, scaled to fit. Those that look the
// same are shown once.
func pictureSheet(examples []compose.Example) ([]byte, error) {
	type card struct {
		picture image.Image
		caption string
		alike   int
		at      image.Rectangle
	}
	var cards []*card
	seen := map[string]*card{}
	var bottom [columns]int
	for _, e := range examples {
		if e.Picture == nil {
			continue
		}
		if first := seen[string(e.Picture)]; first != nil {
			first.alike++
			continue
		}
		img, err := png.Decode(bytes.NewReader(e.Picture))
		if err != nil {
			return nil, fmt.Errorf("%s in %s: %w", e.Content, e.Layout, err)
		}
		column := 0
		for i := range bottom {
			if bottom[i] < bottom[column] {
				column = i
			}
		}
		width := min(columnWidth, img.Bounds().Dx())
		height := max(1, img.Bounds().Dy()*width/img.Bounds().Dx())
		x, y := gap+column*(columnWidth+gap), bottom[column]+gap
		c := &card{picture: img, caption: fmt.Sprintf("%s / %s / %s", e.Content, e.Layout, e.Locale), at: image.Rect(x, y, x+width, y+height)}
		bottom[column] = c.at.Max.Y + captionHeight
		cards, seen[string(e.Picture)] = append(cards, c), c
	}
	if len(cards) == 0 {
		return nil, errors.New("the brand has no layout with a banner: try --out sheet.html")
	}
	sheet := image.NewRGBA(image.Rect(0, 0, gap+columns*(columnWidth+gap), slices.Max(bottom[:])+gap))
	draw.Draw(sheet, sheet.Rect, image.NewUniform(color.Gray{0xf2}), image.Point{}, draw.Src)
	for _, c := range cards {
		xdraw.CatmullRom.Scale(sheet, c.at, c.picture, c.picture.Bounds(), draw.Over, nil)
		if c.alike > 0 {
			c.caption += fmt.Sprintf(", and %d that look the same", c.alike)
		}
		text := font.Drawer{Dst: sheet, Src: image.NewUniform(color.Gray{0x33}), Face: basicfont.Face7x13, Dot: fixed.P(c.at.Min.X, c.at.Max.Y+15)}
		text.DrawString(c.caption)
	}
	var out bytes.Buffer
	err := png.Encode(&out, sheet)
	return out.Bytes(), err
}
