package asset

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"image/png"
	"unicode"

	_ "image/gif" // a format that pictures may have

	xdraw "golang.org/x/image/draw"
	_ "golang.org/x/image/webp" // a format that pictures may have
	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

// Bounds of pictures.
const (
	MaxPixels = 64 << 20 // of what is uploaded
	MaxSide   = 1600     // of what is kept
	quality   = 85       // of JPEG
)

// kept is an asset as it is kept.
type kept struct {
	body          []byte
	mime, ending  string
	width, height int // of a picture
}

// magic are the beginnings of what is kept as it is.
var magic = []struct {
	offset       int
	begins       string
	mime, ending string
}{
	{4, "ftypM4A", "audio/mp4", ".m4a"},
	{4, "ftyp", "video/mp4", ".mp4"},
	{0, "\x1a\x45\xdf\xa3", "video/webm", ".webm"},
	{0, "ID3", "audio/mpeg", ".mp3"},
	{0, "\xff\xfb", "audio/mpeg", ".mp3"},
	{0, "OggS", "audio/ogg", ".ogg"},
}

// prepare makes of an upload what is kept of it.
func prepare(body []byte) (kept, error) {
	if len(body) == 0 {
		return kept{}, errors.New("the file is empty")
	}
	if len(body) > MaxUpload {
		return kept{}, fmt.Errorf("the file has over %d MB", MaxUpload>>20)
	}
	for _, m := range magic {
		if len(body) >= m.offset && bytes.HasPrefix(body[m.offset:], []byte(m.begins)) {
			return kept{body: body, mime: m.mime, ending: m.ending}, nil
		}
	}
	return picture(body)
}

// picture decodes a picture, turns it upright, makes it no larger than MaxSide, and writes it anew: a PNG where it is
// transparent somewhere or is drawn, else a JPEG.
func picture(body []byte) (kept, error) {
	config, format, err := image.DecodeConfig(bytes.NewReader(body))
	if err != nil {
		head := bytes.ToLower(body[:min(len(body), 1024)])
		if bytes.Contains(head, []byte("<svg")) || bytes.Contains(head, []byte("<?xml")) {
			return kept{}, errors.New("SVG is not taken, as it can hold programs and pictures without end: export it as PNG")
		}
		return kept{}, errors.New("the file is no picture (PNG, JPEG, GIF, WebP), film (MP4, WebM) or sound (MP3, M4A, OGG) that can be read")
	}
	if config.Width < 1 || config.Height < 1 || config.Width > MaxPixels/config.Height {
		return kept{}, fmt.Errorf("the picture has %d × %d pixels, at most %d million are taken", config.Width, config.Height, MaxPixels>>20)
	}
	img, _, err := image.Decode(bytes.NewReader(body))
	if err != nil {
		return kept{}, fmt.Errorf("the %s is damaged: %w", format, err)
	}
	if format == "jpeg" {
		img = upright(img, orientation(body))
	}
	img = smaller(img)
	size := img.Bounds().Size()
	out := kept{width: size.X, height: size.Y}
	var b bytes.Buffer
	if opaque(img) && format != "png" && format != "gif" {
		out.mime, out.ending = "image/jpeg", ".jpg"
		err = jpeg.Encode(&b, img, &jpeg.Options{Quality: quality})
	} else {
		out.mime, out.ending = "image/png", ".png"
		err = png.Encode(&b, img)
	}
	if err != nil {
		return kept{}, fmt.Errorf("write the picture: %w", err)
	}
	out.body = b.Bytes()
	return out, nil
}

func opaque(img image.Image) bool {
	o, can := img.(interface{ Opaque() bool })
	return can && o.Opaque()
}

// smaller is a picture no larger than MaxSide on either side.
func smaller(img image.Image) image.Image {
	size := img.Bounds().Size()
	longest := max(size.X, size.Y)
	if longest <= MaxSide {
		return img
	}
	to := image.Rect(0, 0, max(1, size.X*MaxSide/longest), max(1, size.Y*MaxSide/longest))
	scaled := image.NewNRGBA(to)
	xdraw.CatmullRom.Scale(scaled, to, img, img.Bounds(), draw.Src, nil)
	return scaled
}

// upright turns a picture as its camera says it was held (Exif 2.32, tag Orientation, 1 to 8).
func upright(img image.Image, held int) image.Image {
	if held < 2 || held > 8 {
		return img
	}
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	if held >= 5 {
		w, h = h, w
	}
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			from := image.Pt(x, y)
			switch held {
			case 2:
				from.X = w - 1 - x
			case 3:
				from = image.Pt(w-1-x, h-1-y)
			case 4:
				from.Y = h - 1 - y
			case 5:
				from = image.Pt(y, x)
			case 6:
				from = image.Pt(y, w-1-x)
			case 7:
				from = image.Pt(h-1-y, w-1-x)
			case 8:
				from = image.Pt(h-1-y, x)
			}
			out.Set(x, y, img.At(b.Min.X+from.X, b.Min.Y+from.Y))
		}
	}
	return out
}

// orientation reads how a camera was held out of a JPEG; 1, as it is, where it does not say (Exif 2.32, 4.5 and 4.6.4).
func orientation(jpeg []byte) int {
	const upright, tag, exif = 1, 0x0112, "Exif\x00\x00"
	for at := 2; at+4 <= len(jpeg) && jpeg[at] == 0xff; {
		marker, length := jpeg[at+1], int(binary.BigEndian.Uint16(jpeg[at+2:]))
		if marker == 0xda || length < 2 || at+2+length > len(jpeg) { // the picture itself begins
			return upright
		}
		segment := jpeg[at+4 : at+2+length]
		at += 2 + length
		if marker != 0xe1 || !bytes.HasPrefix(segment, []byte(exif)) {
			continue
		}
		tiff := segment[len(exif):]
		if len(tiff) < 8 {
			return upright
		}
		var order binary.ByteOrder = binary.LittleEndian
		if tiff[0] == 'M' {
			order = binary.BigEndian
		}
		first := uint64(order.Uint32(tiff[4:]))
		if first+2 > uint64(len(tiff)) {
			return upright
		}
		fields := tiff[first+2:]
		for n := order.Uint16(tiff[first:]); n > 0 && len(fields) >= 12; n, fields = n-1, fields[12:] {
			if order.Uint16(fields) == tag {
				return int(order.Uint16(fields[8:]))
			}
		}
		return upright
	}
	return upright
}

// plain is a text without accents.
func plain(s string) string {
	out, _, err := transform.String(transform.Chain(norm.NFD, runes.Remove(runes.In(unicode.Mn)), norm.NFC), s)
	if err != nil {
		return s
	}
	return out
}
