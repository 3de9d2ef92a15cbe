package api

import (
	"cmp"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/go-json-experiment/json"

	"github.com/aparte-dev/aparte/engine"
)

// bodies reads what requests carry, and bounds what all of them together hold in memory.
type bodies struct {
	most      int64        // bytes of all together; 0: maxInProgress
	held      atomic.Int64 // bytes promised to requests under way
	inflaters sync.Pool    // of *gzip.Reader
}

// read is a request's body, inflated where it came as gzip, of at most limit bytes. The caller releases
// held bytes when the body is of no more use. It fails with a refusal, or engine.ErrBusy.
func (b *bodies) read(r *http.Request, limit int) (body []byte, held int64, err error) {
	if r.ContentLength > int64(limit) {
		return nil, 0, tooLarge(limit)
	}
	zipped, err := gzipped(r)
	if err != nil {
		return nil, 0, err
	}
	held = int64(limit)
	if !zipped && r.ContentLength >= 0 {
		held = r.ContentLength
	}
	if b.held.Add(held) > cmp.Or(b.most, maxInProgress) {
		b.held.Add(-held)
		return nil, 0, engine.ErrBusy
	}
	if zipped {
		body, err = b.inflate(r.Body, limit)
	} else {
		body, err = readAll(r.Body, r.ContentLength, limit)
	}
	if err != nil {
		b.release(held)
		return nil, 0, err
	}
	return body, held, nil
}

// decode reads a request's body of at most limit bytes as JSON into v. What is not known of v is refused, as is what is of another type,
// by its pointer. The caller releases when v is of no more use. It fails as read does.
func (b *bodies) decode(r *http.Request, limit int, v any) (release func(), err error) {
	body, held, err := b.read(r, limit)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(body, v, json.RejectUnknownMembers(true)); err != nil {
		wrong := unmarshalFault(body, err)
		b.release(held)
		return nil, refuse(http.StatusBadRequest, wrong.Pointer, wrong.Message)
	}
	return func() { b.release(held) }, nil
}

func (b *bodies) release(held int64) { b.held.Add(-held) }

// inflate reads gzip without ever holding more than limit bytes of what comes out.
func (b *bodies) inflate(from io.Reader, limit int) ([]byte, error) {
	z, _ := b.inflaters.Get().(*gzip.Reader)
	var err error
	if z == nil {
		z, err = gzip.NewReader(io.LimitReader(from, int64(limit)))
	} else {
		err = z.Reset(io.LimitReader(from, int64(limit)))
	}
	if err != nil {
		return nil, unreadable(err)
	}
	defer b.inflaters.Put(z)
	return readAll(z, -1, limit)
}

// readAll reads all of from, which says it has size bytes (-1: does not say), up to limit.
func readAll(from io.Reader, size int64, limit int) ([]byte, error) {
	if size >= 0 {
		body := make([]byte, size)
		if _, err := io.ReadFull(from, body); err != nil {
			return nil, unreadable(err)
		}
		return body, nil
	}
	body, err := io.ReadAll(io.LimitReader(from, int64(limit)+1))
	if err != nil {
		return nil, unreadable(err)
	}
	if len(body) > limit {
		return nil, tooLarge(limit)
	}
	return body, nil
}

// gzipped reports whether a body is compressed. Only gzip is understood.
func gzipped(r *http.Request) (bool, error) {
	switch encoding := strings.TrimSpace(r.Header.Get("Content-Encoding")); {
	case encoding == "" || strings.EqualFold(encoding, "identity"):
		return false, nil
	case strings.EqualFold(encoding, "gzip"):
		return true, nil
	}
	return false, refuse(http.StatusUnsupportedMediaType, "body", "must be plain or gzip")
}

func tooLarge(limit int) error {
	return refuse(http.StatusRequestEntityTooLarge, "body", "must have at most "+strconv.Itoa(limit)+" bytes")
}

// unreadable is a body that broke off or is not what its headers say.
func unreadable(err error) error {
	message := "broke off"
	if errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) {
		message = "is not gzip"
	}
	return refuse(http.StatusBadRequest, "body", message)
}
