// Package asset keeps the pictures, films and sounds that marketers upload, beside those of a folder.
//
// A picture is taken only if it can be decoded within bounds; it is turned upright, made no larger than any banner shows it, and written
// anew, so that nothing of what a camera adds, such as where it was taken, is kept. What it shows is said in words, for those who do not
// see it. An asset never changes under its name: what was shown can be shown again, and nothing that was made of it is out of date.
//
// It knows bytes and names; it never knows contents or people. A [Library] is a file system, as package compose reads assets.
package asset
