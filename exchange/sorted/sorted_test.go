package sorted

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestRowsComeBackInOrderHoweverLittleFitsInMemory(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.SliceOfN(rapid.StringMatching(`[ab]{0,3}`), 0, 60).Draw(t, "keys")
		s := New(dir, rapid.IntRange(0, 1000).Draw(t, "memory"))
		defer func() {
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}()
		type pair struct{ Key, Body string }
		want := make([]pair, len(keys))
		for i, key := range keys {
			want[i] = pair{key, fmt.Sprint(i)}
			if err := s.Add([]byte(key), []byte(want[i].Body)); err != nil {
				t.Fatal(err)
			}
		}
		slices.SortStableFunc(want, func(a, b pair) int { return bytes.Compare([]byte(a.Key), []byte(b.Key)) })
		for range 2 {
			got := []pair{}
			if err := s.Each(func(key, body []byte) error {
				got = append(got, pair{string(key), string(body)})
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" || s.Len() != len(keys) {
				t.Fatal(diff)
			}
		}
	})
}

func TestReadingEndsWhereItIsToldTo(t *testing.T) {
	s := New(t.TempDir(), 0)
	for range 3 {
		if err := s.Add([]byte("k"), nil); err != nil {
			t.Fatal(err)
		}
	}
	stop := errors.New("stop")
	n := 0
	if err := s.Each(func(_, _ []byte) error { n++; return stop }); !errors.Is(err, stop) || n != 1 {
		t.Errorf("%v after %d rows", err, n)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
