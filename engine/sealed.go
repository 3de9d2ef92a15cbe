package engine

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// What somebody writes back stands in their history sealed (AES-256-GCM) with a key of the month. Keys are thrown away within the
// hour when they are two months old, and with them every text, wherever it was copied to with the history: entries are never changed, so
// this is how they forget. The person's erasure takes them sooner.

const (
	sealFor     = 30 * 24 * time.Hour // how long a key seals
	readableFor = 60 * 24 * time.Hour // how old it may become
	sealsTended = time.Hour           // how often it is asked whether one is too old
	mostSealed  = 4000                // bytes of a text
)

// RepliesDocument is the document that holds these keys: whoever reads it reads what people wrote.
const RepliesDocument = "replies/keys"

// seals are the keys by which texts are sealed. It is safe for concurrent use.
type seals struct {
	chore
	store store.Store
	mu    sync.Mutex
	keys  []sealKey // oldest first; nil: not read yet
}

type sealKey struct {
	From time.Time `json:"from"`
	Key  []byte    `json:"key"`
}

// forgetReplies throws keys away by the clock, whether or not anybody writes or reads.
func (e *Engine) forgetReplies(ctx context.Context) time.Duration {
	if err := e.seals.forget(ctx, e.now()); err != nil && ctx.Err() == nil {
		e.log.Error("replies", "error", err)
	}
	return sealsTended
}

// forget throws away the keys that are too old.
func (s *seals) forget(ctx context.Context, now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tend(ctx, now)
}

// seal is a text that only open can read.
func (s *seals) seal(ctx context.Context, text string, now time.Time) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.tend(ctx, now); err != nil {
		return "", err
	}
	if n := len(s.keys); n == 0 || now.Sub(s.keys[n-1].From) >= sealFor {
		key := sealKey{From: now.UTC().Truncate(time.Second), Key: make([]byte, 32)}
		if _, err := rand.Read(key.Key); err != nil {
			return "", fmt.Errorf("key of replies: %w", err)
		}
		if err := s.write(ctx, append(s.keys, key)); err != nil {
			return "", err
		}
	}
	key := s.keys[len(s.keys)-1]
	box, err := boxOf(key.Key)
	if err != nil {
		return "", err
	}
	nonce := make([]byte, box.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return "", fmt.Errorf("seal reply: %w", err)
	}
	name := key.From.Format(time.RFC3339)
	return name + " " + base64.StdEncoding.EncodeToString(box.Seal(nonce, nonce, []byte(clip(text, mostSealed)), []byte(name))), nil
}

// open is the text that was sealed, ok while its key is there.
func (s *seals) open(ctx context.Context, sealed string, now time.Time) (text string, ok bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.tend(ctx, now); err != nil {
		return "", false, err
	}
	for _, key := range s.keys {
		name := key.From.Format(time.RFC3339)
		if len(sealed) <= len(name) || sealed[:len(name)] != name {
			continue
		}
		b, err := base64.StdEncoding.DecodeString(sealed[len(name)+1:])
		box, err2 := boxOf(key.Key)
		if err := errors.Join(err, err2); err != nil || len(b) < box.NonceSize() {
			return "", false, err
		}
		plain, err := box.Open(nil, b[:box.NonceSize()], b[box.NonceSize():], []byte(name))
		if err != nil {
			return "", false, fmt.Errorf("open reply: %w", err)
		}
		return string(plain), true, nil
	}
	return "", false, nil
}

func boxOf(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("key of replies: %w", err)
	}
	return cipher.NewGCM(block)
}

// tend reads the keys where they were not, and throws away those that are too old.
func (s *seals) tend(ctx context.Context, now time.Time) error {
	if s.keys == nil {
		doc, err := s.store.Document(ctx, RepliesDocument, 0)
		switch {
		case errors.Is(err, store.ErrNotFound):
			s.keys = []sealKey{}
		case err != nil:
			return fmt.Errorf("keys of replies: %w", err)
		default:
			if err := json.Unmarshal(doc.Body, &s.keys); err != nil {
				return fmt.Errorf("keys of replies cannot be read: %w", err)
			}
		}
	}
	kept := make([]sealKey, 0, len(s.keys))
	for _, key := range s.keys {
		if now.Sub(key.From) < readableFor {
			kept = append(kept, key)
		}
	}
	if len(kept) == len(s.keys) {
		return nil
	}
	return s.write(ctx, kept)
}

// write stores the keys, and nothing that was stored before.
func (s *seals) write(ctx context.Context, keys []sealKey) error {
	body, err := json.Marshal(keys)
	if err != nil {
		return fmt.Errorf("keys of replies: %w", err)
	}
	version, err := s.store.PutDocument(ctx, RepliesDocument, body)
	if err != nil {
		return fmt.Errorf("keys of replies: %w", err)
	}
	if err := s.store.DropDocuments(ctx, RepliesDocument, version); err != nil {
		return fmt.Errorf("keys of replies: %w", err)
	}
	s.keys = keys
	return nil
}

// unsealed is an event with the text of a reply as it was written; without one where it is forgotten.
func (e *Engine) unsealed(ctx context.Context, event *aparte.Event) (*aparte.Event, error) {
	if event == nil || event.Name != aparte.EventReplied || event.Source != aparte.OwnSource {
		return event, nil
	}
	var properties map[string]any
	if json.Unmarshal(event.Properties, &properties) != nil {
		return event, nil
	}
	sealed, ok := properties["sealed"].(string)
	if !ok {
		return event, nil
	}
	delete(properties, "sealed")
	text, ok, err := e.seals.open(ctx, sealed, e.now())
	if err != nil {
		return nil, err
	}
	if ok {
		properties["text"] = text
	} else {
		properties["forgotten"] = true
	}
	body, err := json.Marshal(properties)
	if err != nil {
		return nil, fmt.Errorf("reply: %w", err)
	}
	open := *event
	open.Properties = body
	return &open, nil
}
