package postgres

import (
	"fmt"
	"math"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// micros is a time as rows hold it. Times hundreds of millennia away are brought nearer.
func micros(t time.Time) int64 {
	const far = math.MaxInt64 / 2_000_000 // seconds
	if s := t.Unix(); s > far || s < -far {
		return min(max(s, -far), far) * 1_000_000
	}
	return t.UnixMicro()
}

func instant(micros int64) time.Time { return time.UnixMicro(micros).UTC() }

// How a state is encoded.
const (
	plain      = 0
	compressed = 1
)

// worth is how long a state must be for compressing to be worth its time.
const worth = 256

// packer compresses states. Its parts are safe for concurrent use.
type packer struct {
	in  *zstd.Encoder
	out *zstd.Decoder
}

func newPacker() (packer, error) {
	in, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(64<<10), zstd.WithEncoderCRC(false))
	if err != nil {
		return packer{}, err
	}
	out, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(store.MaxBatch))
	return packer{in, out}, err
}

func (p packer) pack(state []byte) (enc int16, packed []byte) {
	if len(state) < worth {
		return plain, state
	}
	if packed = p.in.EncodeAll(state, make([]byte, 0, len(state)/2)); len(packed) >= len(state) {
		return plain, state
	}
	return compressed, packed
}

func (p packer) unpack(enc int16, packed []byte) ([]byte, error) {
	switch enc {
	case plain:
		return packed, nil
	case compressed:
		return p.out.DecodeAll(packed, nil)
	}
	return nil, fmt.Errorf("state is encoded as %d, which this program does not know", enc)
}

func personOf(b []byte) (aparte.PersonID, error) {
	if len(b) != len(aparte.PersonID{}) {
		return aparte.PersonID{}, fmt.Errorf("damaged: id of %d bytes", len(b))
	}
	return aparte.PersonID(b), nil
}

func keyOf(b []byte) (store.Key, error) {
	if b == nil {
		return store.Key{}, nil
	}
	if len(b) != len(store.Key{}) {
		return store.Key{}, fmt.Errorf("damaged: key of %d bytes", len(b))
	}
	return store.Key(b), nil
}
