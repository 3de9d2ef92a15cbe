package film

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Config says where films are made and kept.
type Config struct {
	FFmpeg string // the program; empty: ffmpeg, of the path
	Folder string // where films are kept: of this studio alone; made where it is not there

	MaxBytes int64         // kept in all; beyond it films not asked for longest go; 0: 1 GiB
	Rooms    int           // films made at a time; 0: 1
	Waiting  int           // that wait for a room at most; beyond it Make is ErrBusy; 0: 64
	Within   time.Duration // how long making one may take; 0: a minute
}

// Errors of a studio.
var (
	ErrNoFFmpeg = errors.New("there is no ffmpeg: no films can be made")
	ErrBusy     = errors.New("too many films wait to be made")
	errClosed   = errors.New("the studio is closed")
)

// Studio makes films and keeps them. It is safe for concurrent use.
type Studio struct {
	config Config
	rooms  chan struct{}
	ctx    context.Context // of what is being made
	stop   context.CancelFunc

	mu     sync.Mutex
	making map[string]*job // by key
	jobs   sync.WaitGroup
}

// job is a film being made.
type job struct {
	done chan struct{}
	err  error // once done
	part float64
}

// Open opens a studio. Where there is no ffmpeg it is ErrNoFFmpeg.
func Open(c Config) (*Studio, error) {
	program, err := exec.LookPath(cmp.Or(c.FFmpeg, "ffmpeg"))
	if err != nil {
		return nil, ErrNoFFmpeg
	}
	c.FFmpeg = program
	c.MaxBytes, c.Rooms, c.Waiting, c.Within = cmp.Or(c.MaxBytes, 1<<30), cmp.Or(c.Rooms, 1), cmp.Or(c.Waiting, 64), cmp.Or(c.Within, time.Minute)
	if err := os.MkdirAll(c.Folder, 0o700); err != nil {
		return nil, fmt.Errorf("open films: %w", err)
	}
	unfinished, err := filepath.Glob(filepath.Join(c.Folder, "making-*"))
	if err != nil {
		return nil, fmt.Errorf("open films: %w", err)
	}
	for _, folder := range unfinished { // of a process that was killed
		if err := os.RemoveAll(folder); err != nil {
			return nil, fmt.Errorf("open films: %w", err)
		}
	}
	s := &Studio{config: c, rooms: make(chan struct{}, c.Rooms), making: map[string]*job{}}
	s.ctx, s.stop = context.WithCancel(context.Background())
	return s, nil
}

// Close stops what is being made and waits until it has stopped.
func (s *Studio) Close() {
	s.stop()
	s.jobs.Wait()
}

// Find is the file of a film that is there.
func (s *Studio) Find(key string) (file string, there bool) {
	if !isKey(key) {
		return "", false
	}
	file = filepath.Join(s.config.Folder, key+".mp4")
	if _, err := os.Stat(file); err != nil {
		return "", false
	}
	now := time.Now()
	_ = os.Chtimes(file, now, now) // when it was last asked for: without it the film only goes sooner
	return file, true
}

// Make is the file of a film, made where it is not there yet by what shoot tells, once however many ask for the same key. Where ctx ends first
// the film goes on being made, for whoever asks again.
func (s *Studio) Make(ctx context.Context, key string, shoot func() (*Film, error)) (file string, err error) {
	if !isKey(key) {
		return "", fmt.Errorf("film: %q is no key", key)
	}
	if file, there := s.Find(key); there {
		return file, nil
	}
	j, err := s.begin(key, shoot)
	if err != nil {
		return "", err
	}
	select {
	case <-j.done:
	case <-ctx.Done():
		return "", fmt.Errorf("film is being made: %w", ctx.Err())
	}
	if j.err != nil {
		return "", j.err
	}
	return filepath.Join(s.config.Folder, key+".mp4"), nil
}

// Progress is which share of a film is made, and whether it is being made.
func (s *Studio) Progress(key string) (share float64, making bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	j := s.making[key]
	if j == nil {
		return 0, false
	}
	return j.part, true
}

// begin has a film made, unless it is being made already.
func (s *Studio) begin(key string, shoot func() (*Film, error)) (*job, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if j := s.making[key]; j != nil {
		return j, nil
	}
	if s.ctx.Err() != nil {
		return nil, errClosed
	}
	if len(s.making) >= s.config.Rooms+s.config.Waiting {
		return nil, ErrBusy
	}
	j := &job{done: make(chan struct{})}
	s.making[key] = j
	s.jobs.Go(func() { // Close stops it and waits for it
		j.err = s.produce(key, j, shoot)
		s.mu.Lock()
		delete(s.making, key)
		s.mu.Unlock()
		close(j.done)
	})
	return j, nil
}

// produce waits for a room and makes a film there.
func (s *Studio) produce(key string, j *job, shoot func() (*Film, error)) error {
	select {
	case s.rooms <- struct{}{}:
		defer func() { <-s.rooms }()
	case <-s.ctx.Done():
		return errClosed
	}
	f, err := shoot()
	if err != nil {
		return fmt.Errorf("film: %w", err)
	}
	if err := f.Check(); err != nil {
		return fmt.Errorf("film: %w", err)
	}
	folder, err := os.MkdirTemp(s.config.Folder, "making-")
	if err != nil {
		return fmt.Errorf("film: %w", err)
	}
	defer os.RemoveAll(folder) // what is left is removed when the studio opens again
	made := filepath.Join(folder, "film.mp4")
	args, err := f.layOut(folder, made)
	if err != nil {
		return fmt.Errorf("film: %w", err)
	}
	if err := s.run(folder, args, func(seconds float64) {
		s.mu.Lock()
		j.part = min(1, seconds/f.seconds())
		s.mu.Unlock()
	}); err != nil {
		return fmt.Errorf("film: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := os.Rename(made, filepath.Join(s.config.Folder, key+".mp4")); err != nil {
		return fmt.Errorf("film: %w", err)
	}
	return s.makeRoom()
}

// maxComplaint is how much of what ffmpeg complains of is told, in bytes.
const maxComplaint = 500

// run runs ffmpeg, which says now and then how far it is.
func (s *Studio) run(folder string, args []string, at func(seconds float64)) error {
	ctx, cancel := context.WithTimeout(s.ctx, s.config.Within)
	defer cancel()
	cmd := exec.CommandContext(ctx, s.config.FFmpeg, args...)
	cmd.Dir, cmd.WaitDelay = folder, 2*time.Second
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + folder} // no keys of ours
	complaint := &capped{most: maxComplaint}
	cmd.Stderr = complaint
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start ffmpeg: %w", err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if micros, ok := strings.CutPrefix(lines.Text(), "out_time_us="); ok {
			if n, err := strconv.ParseInt(micros, 10, 64); err == nil && n > 0 {
				at(float64(n) / 1e6)
			}
		}
	}
	err = cmd.Wait()
	switch {
	case s.ctx.Err() != nil:
		return errClosed
	case ctx.Err() != nil:
		return fmt.Errorf("ffmpeg took longer than %v", s.config.Within)
	case err != nil:
		return fmt.Errorf("ffmpeg: %w: %s", err, strings.ReplaceAll(strings.TrimSpace(complaint.String()), folder+string(filepath.Separator), ""))
	}
	if info, err := os.Stat(args[len(args)-1]); err != nil || info.Size() == 0 {
		return errors.New("ffmpeg made nothing")
	}
	return nil
}

// makeRoom removes films that were not asked for longest, until those kept are within bounds. The caller holds mu.
func (s *Studio) makeRoom() error {
	entries, err := os.ReadDir(s.config.Folder)
	if err != nil {
		return fmt.Errorf("films: %w", err)
	}
	var kept []fs.FileInfo
	sum := int64(0)
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		kept, sum = append(kept, info), sum+info.Size()
	}
	slices.SortFunc(kept, func(a, b fs.FileInfo) int { return a.ModTime().Compare(b.ModTime()) })
	for _, info := range kept[:max(0, len(kept)-1)] { // never the one just made
		if sum <= s.config.MaxBytes {
			break
		}
		if err := os.Remove(filepath.Join(s.config.Folder, info.Name())); err != nil {
			return fmt.Errorf("films: %w", err)
		}
		sum -= info.Size()
	}
	return nil
}

// isKey reports whether a key can be the name of a file: 16 to 64 hexadecimal digits.
func isKey(key string) bool {
	return len(key) >= 16 && len(key) <= 64 && strings.Trim(key, "0123456789abcdef") == ""
}

// capped keeps the beginning of what is written to it.
type capped struct {
	bytes.Buffer
	most int
}

func (c *capped) Write(b []byte) (int, error) {
	if room := c.most - c.Len(); room > 0 {
		c.Buffer.Write(b[:min(room, len(b))])
	}
	return len(b), nil
}
