package film

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// fade is how long what is laid over a shot takes to come, in seconds.
const fade = 0.4

// drift is by how much a still picture is larger than the film, which passes over it.
const drift = 1.08

// reel is a film as ffmpeg is told of it, its files laid out in a folder.
type reel struct {
	args   []string
	inputs int
	filter strings.Builder
}

// layOut copies what the film is made of into a folder, under names of our own, and is the command line that makes it there.
func (f *Film) layOut(folder, to string) ([]string, error) {
	r := &reel{args: []string{"-hide_banner", "-nostdin", "-loglevel", "error", "-progress", "pipe:1", "-protocol_whitelist", "file,pipe"}}
	for i := range f.Shots {
		if err := r.shot(f, i, folder); err != nil {
			return nil, fmt.Errorf("shot %d: %w", i+1, err)
		}
	}
	for i := range f.Shots {
		fmt.Fprintf(&r.filter, "[shot%d]", i)
	}
	fmt.Fprintf(&r.filter, "concat=n=%d:v=1:a=0[out]", len(f.Shots))
	sound := -1
	if f.Sound != "" {
		name := filepath.Join(folder, "sound"+ending(f.Sound))
		if err := copyAsset(f.Assets, f.Sound, name); err != nil {
			return nil, fmt.Errorf("sound: %w", err)
		}
		sound = r.input("-f", formats[ending(f.Sound)], "-i", name)
	}
	r.args = append(r.args, "-filter_complex", r.filter.String(), "-map", "[out]")
	if sound >= 0 {
		r.args = append(r.args, "-map", fmt.Sprintf("%d:a:0", sound), "-c:a", "aac", "-b:a", "96k", "-af", "apad")
	}
	r.args = append(r.args,
		"-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-pix_fmt", "yuv420p", "-r", strconv.Itoa(rate),
		"-t", number(f.seconds()), "-map_metadata", "-1", "-movflags", "+faststart", "-y", "-f", "mp4", to)
	return r.args, nil
}

// input adds an input and is its number.
func (r *reel) input(args ...string) int {
	r.args = append(r.args, args...)
	r.inputs++
	return r.inputs - 1
}

// shot adds a shot: what is shown, covering the film, and what is laid over it.
func (r *reel) shot(f *Film, i int, folder string) error {
	s := &f.Shots[i]
	name := filepath.Join(folder, "shot"+strconv.Itoa(i)+ending(s.File))
	if err := copyAsset(f.Assets, s.File, name); err != nil {
		return err
	}
	w, h := f.Width, f.Height
	if still(s.File) {
		n := r.input("-f", "image2", "-loop", "1", "-framerate", strconv.Itoa(rate), "-t", number(s.Seconds), "-i", name)
		wide, high := 2*int(float64(w)*drift/2), 2*int(float64(h)*drift/2)
		way := "t/" + number(s.Seconds)
		if i%2 == 1 {
			way = "(1-" + way + ")"
		}
		fmt.Fprintf(&r.filter, "[%d:v]scale=%d:%d:force_original_aspect_ratio=increase,crop=%d:%d:x='(iw-ow)*%s':y='(ih-oh)/2'", n, wide, high, w, h, way)
	} else {
		n := r.input("-stream_loop", "-1", "-t", number(s.Seconds), "-f", formats[ending(s.File)], "-i", name)
		fmt.Fprintf(&r.filter, "[%d:v:0]scale=%d:%d:force_original_aspect_ratio=increase,crop=%d:%d", n, w, h, w, h)
	}
	fmt.Fprintf(&r.filter, ",setsar=1,fps=%d,trim=duration=%s,setpts=PTS-STARTPTS,format=yuv420p", rate, number(s.Seconds))
	if s.Over == nil {
		fmt.Fprintf(&r.filter, "[shot%d];", i)
		return nil
	}
	over := filepath.Join(folder, "over"+strconv.Itoa(i)+".png")
	if err := os.WriteFile(over, s.Over, 0o600); err != nil {
		return err
	}
	n := r.input("-f", "image2", "-loop", "1", "-framerate", strconv.Itoa(rate), "-t", number(s.Seconds), "-i", over)
	fmt.Fprintf(&r.filter, "[under%d];[%d:v]format=rgba,fade=in:st=0:d=%s:alpha=1[over%d];[under%d][over%d]overlay=0:0:shortest=1,format=yuv420p[shot%d];",
		i, n, number(min(fade, s.Seconds/2)), i, i, i, i)
	return nil
}

func number(x float64) string { return strconv.FormatFloat(x, 'f', 3, 64) }

// copyAsset copies one of the assets to a file.
func copyAsset(assets fs.FS, from, to string) error {
	if assets == nil {
		return errors.New("there are no assets")
	}
	in, err := assets.Open(from)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no asset %q", from)
	}
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	n, err := io.Copy(out, io.LimitReader(in, maxSource+1))
	if n > maxSource {
		err = fmt.Errorf("asset %q has over %d bytes", from, maxSource)
	}
	return errors.Join(err, out.Close())
}
