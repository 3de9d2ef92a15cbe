package writer

import (
	"bytes"

	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aparte-dev/aparte"
)

// Bounds of what is asked and answered.
const (
	MaxDrafts  = 8
	MaxWish    = 500     // bytes
	maxAnswer  = 1 << 20 // bytes
	maxText    = 4 << 10 // bytes of one draft in one language
	maxPicture = 8 << 20 // bytes
	shownToIt  = 8       // variants that there are already
)

// Config says which model writes.
type Config struct {
	URL   string // of the endpoint, such as https://api.example/v1: /chat/completions is added
	Key   string // sent as a bearer token; empty: none
	Model string // as the endpoint calls it; required

	Client *http.Client // nil: one that waits a minute
}

// Writer drafts. It is safe for concurrent use.
type Writer struct {
	config  Config
	address string
}

// New checks where a model is.
func New(c Config) (*Writer, error) {
	u, err := url.Parse(c.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil {
		return nil, errors.New("writer: the address must be http or https, without a password in it")
	}
	if c.Model == "" {
		return nil, errors.New("writer: no model is named")
	}
	if c.Client == nil {
		c.Client = &http.Client{Timeout: time.Minute}
	}
	return &Writer{c, u.JoinPath("chat", "completions").String()}, nil
}

// Brief is what a draft is asked for.
type Brief struct {
	Brand   *aparte.Brand
	Content *aparte.Content
	Element string // headline, body, cta, …
	Wish    string // what the marketer asks for besides, in their words; may be empty
	Drafts  int    // how many, 1 to MaxDrafts
}

// Draft is one way to say it, in English and in French, and what of the brand's voice it is against.
type Draft struct {
	Words    aparte.Words               `json:"words"`
	Breaches map[string][]aparte.Breach `json:"breaches,omitempty"` // by language
}

// Fit reports whether a draft may be taken as it is: whether no language breaks a rule of which nobody can say that it is all right.
func (d *Draft) Fit() bool {
	for _, breaches := range d.Breaches {
		if slices.ContainsFunc(breaches, func(b aparte.Breach) bool { return b.Rule != "claim" }) {
			return false
		}
	}
	return true
}

// ErrAnswer says that the model did not answer, or not what it was asked for. It tells nothing of the key.
var ErrAnswer = errors.New("the model gave no answer that can be used")

// Languages are those in which is drafted.
var Languages = [...]string{"en", "fr"}

// Draft asks for drafts. Those that a person could not be shown, empty or endless, are left out.
func (w *Writer) Draft(ctx context.Context, b Brief) ([]Draft, error) {
	if b.Drafts < 1 || b.Drafts > MaxDrafts || len(b.Wish) > MaxWish || !utf8.ValidString(b.Wish) {
		return nil, fmt.Errorf("writer: %d drafts, not 1 to %d, or a wish over %d bytes", b.Drafts, MaxDrafts, MaxWish)
	}
	answer, err := w.ask(ctx, []part{{Type: "text", Text: b.prompt()}})
	if err != nil {
		return nil, err
	}
	var told struct {
		Drafts []map[string]string `json:"drafts"`
	}
	if err := json.Unmarshal([]byte(object(answer)), &told); err != nil {
		return nil, fmt.Errorf("%w: it is no JSON", ErrAnswer)
	}
	var drafts []Draft
	for _, x := range told.Drafts[:min(len(told.Drafts), b.Drafts)] {
		d := Draft{Words: aparte.Words{}, Breaches: map[string][]aparte.Breach{}}
		for _, lang := range Languages {
			text := strings.TrimSpace(x[lang])
			if text == "" || len(text) > maxText || !utf8.ValidString(text) {
				continue
			}
			d.Words[lang] = text
			if breaches := b.Brand.Voice.Breaches(b.Element, text); breaches != nil {
				d.Breaches[lang] = breaches
			}
		}
		if len(d.Words) > 0 {
			drafts = append(drafts, d)
		}
	}
	if len(drafts) == 0 {
		return nil, fmt.Errorf("%w: it has no drafts", ErrAnswer)
	}
	return drafts, nil
}

// prompt is what the model is told.
func (b *Brief) prompt() string {
	var p strings.Builder
	brand, voice := b.Brand, &b.Brand.Voice
	fmt.Fprintf(&p, "You write for the brand %q. Write %d different variants of the element %q of a message called %q, of the kind %q.\n",
		brand.Name, b.Drafts, b.Element, b.Content.Name.In("en", brand.Locale), b.Content.Kind)
	if tone := voice.Tone.In("en", brand.Locale); tone != "" {
		fmt.Fprintf(&p, "How the brand speaks: %s\n", tone)
	}
	if len(voice.Never) > 0 {
		fmt.Fprintf(&p, "Never use these words or phrases, in any language: %s\n", strings.Join(voice.Never, "; "))
	}
	if len(voice.Claims) > 0 {
		fmt.Fprintf(&p, "Claim nothing that needs proof, such as: %s\n", strings.Join(voice.Claims, "; "))
	}
	if most := voice.Longest[b.Element]; most > 0 {
		fmt.Fprintf(&p, "At most %d characters each.\n", most)
	}
	for _, e := range b.Content.Elements {
		for i, v := range e.Variants[:min(len(e.Variants), shownToIt)] {
			if e.Name == b.Element && len(v.Words) > 0 {
				fmt.Fprintf(&p, "Variant %d that there is already: %s\n", i+1, v.Words.In("en", brand.Locale))
			}
		}
	}
	if b.Wish != "" {
		fmt.Fprintf(&p, "The marketer asks: %s\n", b.Wish)
	}
	p.WriteString("Double braces such as {{ item.name }} are filled in for each reader: use only those that stand in variants above.\n" +
		`Answer with one JSON object and nothing else: {"drafts": [{"en": "…", "fr": "…"}]}. The French is written as a French author would, not translated word by word.`)
	return p.String()
}

// Describe says what a picture shows, in a sentence, for those who do not see it.
func (w *Writer) Describe(ctx context.Context, picture []byte, mime string) (aparte.Words, error) {
	if len(picture) > maxPicture {
		return nil, fmt.Errorf("writer: the picture has over %d MB", maxPicture>>20)
	}
	answer, err := w.ask(ctx, []part{
		{Type: "text", Text: `Say what this picture shows, in one sentence of at most 125 characters, for somebody who cannot see it. No "picture of". Answer with one JSON object and nothing else: {"en": "…", "fr": "…"}.`},
		{Type: "image_url", Image: &image{"data:" + mime + ";base64," + base64.StdEncoding.EncodeToString(picture)}},
	})
	if err != nil {
		return nil, err
	}
	var told map[string]string
	if err := json.Unmarshal([]byte(object(answer)), &told); err != nil {
		return nil, fmt.Errorf("%w: it is no JSON", ErrAnswer)
	}
	words := aparte.Words{}
	for _, lang := range Languages {
		if text := strings.TrimSpace(told[lang]); text != "" && len(text) <= maxText && utf8.ValidString(text) {
			words[lang] = text
		}
	}
	if len(words) == 0 {
		return nil, fmt.Errorf("%w: it describes nothing", ErrAnswer)
	}
	return words, nil
}

// part is one part of what the model is asked.
type part struct {
	Type  string `json:"type"`
	Text  string `json:"text,omitempty"`
	Image *image `json:"image_url,omitempty"`
}

type image struct {
	URL string `json:"url"`
}

// ask is what the model answers.
func (w *Writer) ask(ctx context.Context, parts []part) (string, error) {
	var content any = parts
	if len(parts) == 1 {
		content = parts[0].Text // servers without eyes take a text only
	}
	body, err := json.Marshal(map[string]any{
		"model": w.config.Model, "messages": []map[string]any{{"role": "user", "content": content}},
	})
	if err != nil {
		return "", fmt.Errorf("writer: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.address, bytes.NewReader(body))
	if err != nil {
		return "", fmt.Errorf("writer: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	if w.config.Key != "" {
		req.Header.Set("Authorization", "Bearer "+w.config.Key)
	}
	res, err := w.config.Client.Do(req)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrAnswer, err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	switch {
	case err != nil:
		return "", fmt.Errorf("%w: %w", ErrAnswer, err)
	case len(answer) > maxAnswer:
		return "", fmt.Errorf("%w: it has over %d bytes", ErrAnswer, maxAnswer)
	case res.StatusCode != http.StatusOK:
		return "", fmt.Errorf("%w: status %d", ErrAnswer, res.StatusCode)
	}
	var told struct {
		Choices []struct {
			Message struct {
				Content string `json:"content"`
			} `json:"message"`
		} `json:"choices"`
	}
	if err := json.Unmarshal(answer, &told); err != nil || len(told.Choices) == 0 {
		return "", fmt.Errorf("%w: it is no chat completion", ErrAnswer)
	}
	return told.Choices[0].Message.Content, nil
}

// object is the JSON object in an answer: models put fences and words around it.
func object(answer string) string {
	from, to := strings.IndexByte(answer, '{'), strings.LastIndexByte(answer, '}')
	if from < 0 || to < from {
		return ""
	}
	return answer[from : to+1]
}
