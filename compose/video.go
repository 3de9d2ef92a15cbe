package compose

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io/fs"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/compose/film"
)

// Use lets the composer make films there. It is called before anything is composed, if at all.
func (c *Composer) Use(studio *film.Studio) { c.studio = studio }

// Films reports whether films can be made.
func (c *Composer) Films() bool { return c.studio != nil }

// Video makes the film of the scene's layout, where it was not made before, and is its key. What shows the same has the same key, which
// nobody can guess who does not know secret. Where ctx ends first, the film goes on being made.
func (c *Composer) Video(ctx context.Context, s *Scene, secret []byte) (key string, err error) {
	if c.studio == nil {
		return "", film.ErrNoFFmpeg
	}
	if s.Layout == nil || s.Layout.Video == nil {
		return "", errors.New("video: the scene's layout has no film")
	}
	sc, err := c.scope(s)
	if err != nil {
		return "", err
	}
	if key, err = c.videoKey(sc, secret); err != nil {
		return "", err
	}
	_, err = c.studio.Make(ctx, key, func() (*film.Film, error) { return c.shoot(sc) })
	if err != nil {
		return key, fmt.Errorf("video of layout %q for content %q: %w", s.Layout.ID, s.Content.ID, err)
	}
	return key, nil
}

// VideoFile is the file of a film that was made, by its key.
func (c *Composer) VideoFile(key string) (file string, there bool) {
	if c.studio == nil {
		return "", false
	}
	return c.studio.Find(key)
}

// VideoProgress is which share of a film is made, and whether it is being made.
func (c *Composer) VideoProgress(key string) (share float64, making bool) {
	if c.studio == nil {
		return 0, false
	}
	return c.studio.Progress(key)
}

// videoKey is a hash of all that the film shows: painting it takes longer than telling it apart.
func (c *Composer) videoKey(sc *scope, secret []byte) (string, error) {
	s := sc.scene
	told := struct {
		Size     [2]int
		Shots    []aparte.Shot
		Sound    string
		Files    []string
		Elements map[string]string
		Item     []any
		Style    aparte.Style
		Brand    string
		Locale   string
	}{Size: [2]int{s.Layout.Video.Width, s.Layout.Video.Height}, Sound: c.version(s.Layout.Video.Sound), Elements: map[string]string{}}
	p := painter{scope: sc}
	for _, i := range s.Shots {
		shot := s.Layout.Video.Shots[i]
		shot.When = "" // why it is shown is not seen
		told.Shots = append(told.Shots, shot)
		told.Files = append(told.Files, c.version(sc.shotAsset(&shot)))
		for j := range shot.Boxes {
			element := shot.Boxes[j].Element
			told.Elements[element] = sc.elements[element]
			told.Files = append(told.Files, c.version(p.asset(element)))
		}
		if len(shot.Boxes) > 0 {
			told.Style, told.Brand, told.Locale = s.Brand.Style, s.Brand.Name+" "+c.version(s.Brand.Style.Logo), sc.voice.locale
		}
		if len(shot.Boxes) > 0 && s.Item != nil {
			told.Item = []any{s.Item.ID, s.Item.Price, s.Item.WasPrice, s.Item.Name}
		}
	}
	body, err := json.Marshal(told)
	if err != nil {
		return "", fmt.Errorf("video: %w", err)
	}
	mac := hmac.New(sha256.New, secret)
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil)[:16]), nil
}

// version names an asset and which one of that name it is.
func (c *Composer) version(asset string) string {
	if asset == "" || c.pictures.assets == nil {
		return asset
	}
	info, err := fs.Stat(c.pictures.assets, asset)
	if err != nil {
		return asset
	}
	return fmt.Sprintf("%s %d %s", asset, info.Size(), info.ModTime().UTC().Format(time.RFC3339Nano))
}

// shotAsset is what a shot shows.
func (sc *scope) shotAsset(shot *aparte.Shot) string {
	if shot.Asset != "" {
		return shot.Asset
	}
	p := painter{scope: sc}
	return p.asset(shot.Element)
}

// shoot paints what is laid over the shots.
func (c *Composer) shoot(sc *scope) (*film.Film, error) {
	s, v := sc.scene, sc.scene.Layout.Video
	f := &film.Film{Width: v.Width, Height: v.Height, Sound: v.Sound, Assets: c.pictures.assets}
	for _, i := range s.Shots {
		shot := &v.Shots[i]
		made := film.Shot{File: sc.shotAsset(shot), Seconds: shot.Seconds}
		if len(shot.Boxes) > 0 {
			img := image.NewRGBA(image.Rect(0, 0, v.Width, v.Height))
			p := painter{canvas: &canvas{img: img, scale: 1, pen: c.types.newPen()}, composer: c, scope: sc, style: &s.Brand.Style, serif: isSerif(s.Brand.Style.FontFamily)}
			for j := range shot.Boxes {
				p.box(&shot.Boxes[j])
			}
			var b bytes.Buffer
			if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, img); err != nil {
				return nil, fmt.Errorf("paint shot %d: %w", i+1, err)
			}
			made.Over = b.Bytes()
		}
		f.Shots = append(f.Shots, made)
	}
	return f, nil
}

// video checks a layout's film.
func (k *checker) video(pointer string, l *aparte.Layout, users []*aparte.Content) {
	v := l.Video
	k.report(pointer, film.CheckSize(v.Width, v.Height))
	if l.Banner == nil {
		k.report(pointer, errors.New("the layout must have a banner as well: it is shown until the film plays, and where it cannot"))
	}
	if v.Sound != "" {
		if err := film.CheckSound(v.Sound); err != nil {
			k.report(pointer+"/sound", named(v.Sound, err))
		} else {
			k.report(pointer+"/sound", named(v.Sound, k.there(v.Sound)))
		}
	}
	if len(v.Shots) == 0 || len(v.Shots) > film.MaxShots {
		k.report(pointer+"/shots", fmt.Errorf("%d shots: there must be 1 to %d", len(v.Shots), film.MaxShots))
		return
	}
	seconds, always := 0.0, false
	for i := range v.Shots {
		shot, at := &v.Shots[i], fmt.Sprintf("%s/shots/%d", pointer, i)
		seconds, always = seconds+shot.Seconds, always || shot.When == ""
		if !(shot.Seconds > 0) {
			k.report(at+"/seconds", errors.New("must be more than 0"))
		}
		k.shotAsset(at, shot, users)
		if len(shot.Boxes) > maxBoxes {
			k.report(at+"/boxes", fmt.Errorf("%d boxes: at most %d", len(shot.Boxes), maxBoxes))
			continue
		}
		for j := range shot.Boxes {
			if shot.Boxes[j].Kind == "reviews" {
				k.report(fmt.Sprintf("%s/boxes/%d/kind", at, j), errors.New("reviews stand in pictures, pages and mails: a film leaves no time to read all of them"))
				continue
			}
			k.box(fmt.Sprintf("%s/boxes/%d", at, j), &aparte.Banner{Width: v.Width, Height: v.Height}, &shot.Boxes[j], users)
		}
	}
	if seconds > film.MaxSeconds {
		k.report(pointer+"/shots", fmt.Errorf("%v seconds in all: at most %v", seconds, film.MaxSeconds))
	}
	if !always {
		k.report(pointer+"/shots", errors.New("each has a condition: there must be one for everybody, or some see nothing"))
	}
}

// shotAsset checks that what a shot shows is there, whoever's it is.
func (k *checker) shotAsset(pointer string, shot *aparte.Shot, users []*aparte.Content) {
	if shot.Asset != "" {
		err := film.CheckShot(shot.Asset)
		if err == nil {
			err = k.there(shot.Asset)
		}
		k.report(pointer+"/asset", named(shot.Asset, err))
		return
	}
	if shot.Element != "" {
		k.report(pointer+"/element", k.offered(shot.Element, users))
	}
	for _, content := range users {
		for _, e := range content.Elements {
			for _, v := range e.Variants {
				if e.Name == shot.Element && v.Asset != "" {
					k.report(pointer+"/element", named(v.Asset, film.CheckShot(v.Asset)))
				}
			}
		}
	}
	for i := range k.brand.Items {
		if image := k.brand.Items[i].Image; image != "" && film.CheckShot(image) != nil {
			k.report(pointer, fmt.Errorf("may show the image of /items/%d: %w", i, named(image, film.CheckShot(image))))
			return
		}
	}
}

// there is an error where there is no such asset, whatever is in it.
func (k *checker) there(name string) error {
	f, err := k.composer.pictures.open(name)
	if err != nil {
		return err
	}
	return f.Close()
}
