package film

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// Bounds of a film.
const (
	MaxShots   = 12
	MaxSeconds = 60.0
	MaxSide    = 1280
	MaxPixels  = 1280 * 720
	rate       = 25 // pictures a second
	maxSource  = 256 << 20
)

// Film is what is shown: shots in order, scaled to cover it.
type Film struct {
	Width, Height int // even, as the codec wants them
	Shots         []Shot
	Sound         string // a file of Assets; empty: the film is silent
	Assets        fs.FS
}

// Shot is one part of a film.
type Shot struct {
	File    string // a film or a picture, of the film's Assets
	Seconds float64
	Over    []byte // a PNG of the film's size to be laid over it, transparent where the shot is seen; nil: nothing
}

// formats are how ffmpeg is told to read a file, by the end of its name. It is never left to guess: a list of addresses that calls
// itself a film would have it fetch them.
var formats = map[string]string{
	".mp4": "mov", ".mov": "mov", ".m4v": "mov", ".m4a": "mov", ".webm": "matroska", ".mkv": "matroska",
	".mp3": "mp3", ".wav": "wav", ".ogg": "ogg", ".aac": "aac",
	".png": "image2", ".jpg": "image2", ".jpeg": "image2", ".webp": "image2",
}

func ending(file string) string { return strings.ToLower(path.Ext(file)) }

// still reports whether a file is a picture.
func still(file string) bool { return formats[ending(file)] == "image2" }

// CheckShot says what is wrong with a file as a shot, by its name.
func CheckShot(file string) error {
	switch ending(file) {
	case ".mp4", ".mov", ".m4v", ".webm", ".mkv", ".png", ".jpg", ".jpeg", ".webp":
		return nil
	}
	return errors.New("is neither a film (mp4, mov, webm, mkv) nor a picture (png, jpg, webp)")
}

// CheckSound says what is wrong with a file as the sound of a film, by its name.
func CheckSound(file string) error {
	switch ending(file) {
	case ".mp3", ".m4a", ".aac", ".ogg", ".wav":
		return nil
	}
	return errors.New("is no sound (mp3, m4a, aac, ogg, wav)")
}

// CheckSize says what is wrong with a film's size.
func CheckSize(w, h int) error {
	switch {
	case w < 16 || h < 16 || w > MaxSide || h > MaxSide || w*h > MaxPixels:
		return fmt.Errorf("a film of %d × %d: each side must be 16 to %d, and all of it at most %d pixels", w, h, MaxSide, MaxPixels)
	case w%2 != 0 || h%2 != 0:
		return fmt.Errorf("a film of %d × %d: both must be even", w, h)
	}
	return nil
}

// Check says what is wrong with a film before anything is made of it.
func (f *Film) Check() error {
	if err := CheckSize(f.Width, f.Height); err != nil {
		return err
	}
	if len(f.Shots) == 0 || len(f.Shots) > MaxShots {
		return fmt.Errorf("%d shots, not 1 to %d", len(f.Shots), MaxShots)
	}
	seconds := 0.0
	for i := range f.Shots {
		s := &f.Shots[i]
		if err := CheckShot(s.File); err != nil {
			return fmt.Errorf("shot %d: %q %w", i+1, s.File, err)
		}
		if !(s.Seconds > 0) {
			return fmt.Errorf("shot %d: %v seconds", i+1, s.Seconds)
		}
		seconds += s.Seconds
	}
	if seconds > MaxSeconds {
		return fmt.Errorf("%v seconds, at most %v", seconds, MaxSeconds)
	}
	if f.Sound != "" {
		if err := CheckSound(f.Sound); err != nil {
			return fmt.Errorf("%q %w", f.Sound, err)
		}
	}
	return nil
}

// seconds is how long the film is.
func (f *Film) seconds() (sum float64) {
	for i := range f.Shots {
		sum += f.Shots[i].Seconds
	}
	return sum
}
