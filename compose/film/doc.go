// Package film makes MP4 films by ffmpeg: shots one after another, each a film or a still picture, with a picture laid over it,
// and a sound under all of them.
//
// It knows files and seconds; it never knows people, brands or words: texts come as pictures, painted elsewhere, because ffmpeg
// neither shapes nor breaks lines. A film is made once for each key and kept on disk, within bounds; whoever asks for the same
// one meanwhile waits for it. Where there is no ffmpeg there are no films, and that is told at once.
//
// Start reading at [Studio.Make].
package film
