package engine

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/aparte-dev/aparte/compose"
)

// filmPatience is how long a fetch waits for its film to be made.
const filmPatience = 8 * time.Second

// videoOf is where the film of a scene is decided again and played: beside its picture. Empty where there is none, or none can be made.
func (e *Engine) videoOf(s *compose.Scene) string {
	picture, ours := strings.CutSuffix(s.ImageURL, ".png")
	if s.Layout.Video == nil || !ours || !e.composer.Films() {
		return ""
	}
	return picture + ".mp4"
}

// film finds or makes the film of a scene. One that is not made in time is told of as being made. The address that it then has shows the
// same for good, so that whoever plays it part by part is not shown two films.
func (e *Engine) film(ctx context.Context, out *Picture, s *compose.Scene) error {
	wait, cancel := context.WithTimeout(ctx, filmPatience)
	defer cancel()
	key, err := e.composer.Video(wait, s, e.secret)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		out.Making = true
		out.Made, _ = e.composer.VideoProgress(key)
		return nil
	}
	if err != nil {
		return err
	}
	out.Film = e.baseURL + "/film/" + key + ".mp4"
	return nil
}

// Films reports whether films can be made here.
func (e *Engine) Films() bool { return e.composer.Films() }

// Film is the file of a film by its key, and whether there is one.
func (e *Engine) Film(key string) (file string, there bool) { return e.composer.VideoFile(key) }
