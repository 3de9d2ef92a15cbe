package compose

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"

	"github.com/HugoSmits86/nativewebp"

	"github.com/aparte-dev/aparte"
)

// webp is the banner without loss: as one picture, or, where it counts down, as its frames, played once. The container is that of
// RFC 9649, sections 2.3 to 2.7.
func (p *painter) webp(banner *aparte.Banner) ([]byte, error) {
	var moving [][]byte // ANMF chunks
	var still []byte
	var failed error
	p.frames(banner, func(changed image.Rectangle) {
		changed.Min.X &^= 1 // places are told in pairs of pixels
		changed.Min.Y &^= 1
		picture, err := lossless(p.img.SubImage(changed))
		if err != nil {
			failed = err
			return
		}
		if still == nil {
			still = picture
		}
		head := three(nil, changed.Min.X/2, changed.Min.Y/2, changed.Dx()-1, changed.Dy()-1, 1000)
		const unblended = 2 // what is there is replaced, and stays
		moving = append(moving, chunk("ANMF", append(append(head, unblended), picture[len("RIFF....WEBP"):]...)))
	})
	if failed != nil || len(moving) <= 1 {
		return still, failed
	}
	const animated, alpha = 2, 16
	flags := byte(animated)
	if !p.img.Opaque() {
		flags |= alpha
	}
	body := chunk("VP8X", three([]byte{flags, 0, 0, 0}, p.img.Rect.Dx()-1, p.img.Rect.Dy()-1))
	body = append(body, chunk("ANIM", []byte{0, 0, 0, 0, 1, 0})...) // a ground without colour, once
	for _, frame := range moving {
		body = append(body, frame...)
	}
	return chunk("RIFF", append([]byte("WEBP"), body...)), nil
}

// errUnwritten says that the library cannot write a picture.
var errUnwritten = errors.New("compose: not to be written as WebP")

// lossless is a picture as WebP. In its version 0.9.3 the library panics where a few pixels are all black, and where there is so much noise in a picture
// that nothing repeats: errUnwritten.
func lossless(img image.Image) (_ []byte, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("%w: %v", errUnwritten, fault)
		}
	}()
	var out bytes.Buffer
	if err := nativewebp.Encode(&out, img, nil); err != nil {
		return nil, fmt.Errorf("%w: %w", errUnwritten, err)
	}
	return out.Bytes(), nil
}

// chunk is a part of a RIFF file, padded to an even length.
func chunk(name string, body []byte) []byte {
	out := append(binary.LittleEndian.AppendUint32([]byte(name), uint32(len(body))), body...)
	if len(body)%2 == 1 {
		out = append(out, 0)
	}
	return out
}

// three appends numbers of 24 bits, the lowest byte first.
func three(out []byte, numbers ...int) []byte {
	for _, n := range numbers {
		out = append(out, byte(n), byte(n>>8), byte(n>>16))
	}
	return out
}
