package storetest

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/aparte-dev/aparte/store"
)

func testDocuments(t *testing.T, h Harness) {
	ctx := context.Background()
	body := func(name string, version uint64) []byte { return []byte(fmt.Sprintf("%s, version %d", name, version)) }
	t.Run("versions count from 1 and stay as they are", func(t *testing.T) {
		s := newSite(t, h)
		_, err := s.st.Document(ctx, "brand", 0)
		expectError(t, "a document that is not there", store.ErrNotFound, err)
		for version := uint64(1); version <= 4; version++ {
			for _, name := range []string{"brand", "brand\x00", "brand/model"} {
				expect(t, "version", version, must(s.st.PutDocument(ctx, name, body(name, version)))(t))
			}
			if version == 2 {
				s.reopen(t)
			}
		}
		for version := uint64(1); version <= 4; version++ {
			for _, name := range []string{"brand", "brand\x00", "brand/model"} {
				want := store.Document{Version: version, Body: body(name, version)}
				expect(t, "document", want, must(s.st.Document(ctx, name, version))(t))
			}
		}
		newest := store.Document{Version: 4, Body: body("brand", 4)}
		expect(t, "the newest", newest, must(s.st.Document(ctx, "brand", 0))(t))
		_, err = s.st.Document(ctx, "brand", 5)
		expectError(t, "a version to come", store.ErrNotFound, err)
	})
	t.Run("dropped versions are gone, and their numbers are not given again", func(t *testing.T) {
		s := newSite(t, h)
		for range 4 {
			must(s.st.PutDocument(ctx, "brand", []byte("brand")))(t)
			must(s.st.PutDocument(ctx, "model", []byte("model")))(t)
		}
		for _, before := range []uint64{0, 3} {
			if err := s.st.DropDocuments(ctx, "brand", before); err != nil {
				t.Fatalf("drop: %v", err)
			}
		}
		for version, want := range map[uint64]error{1: store.ErrNotFound, 2: store.ErrNotFound, 3: nil, 4: nil} {
			_, err := s.st.Document(ctx, "brand", version)
			expectError(t, fmt.Sprintf("version %d", version), want, err)
		}
		must(s.st.Document(ctx, "model", 1))(t)
		if err := s.st.DropDocuments(ctx, "brand", 100); err != nil {
			t.Fatalf("drop: %v", err)
		}
		_, err := s.st.Document(ctx, "brand", 0)
		expectError(t, "the newest when all are dropped", store.ErrNotFound, err)
		expect(t, "the next version", uint64(5), must(s.st.PutDocument(ctx, "brand", nil))(t))
		must(s.st.PutDocument(ctx, "brand", nil))(t)
		if err := s.st.DropDocuments(ctx, "brand", 6); err != nil {
			t.Fatalf("drop: %v", err)
		}
		_, err = s.st.Document(ctx, "brand", 5)
		expectError(t, "version 5, dropped when those after it were before it was there", store.ErrNotFound, err)
		must(s.st.Document(ctx, "brand", 6))(t)
	})
	t.Run("a document may be large", func(t *testing.T) {
		s := newSite(t, h)
		large := bytes.Repeat([]byte("0123456789abcdef"), 1<<18) // 4 MB
		must(s.st.PutDocument(ctx, "model", large))(t)
		s.reopen(t)
		if got := must(s.st.Document(ctx, "model", 1))(t); !bytes.Equal(got.Body, large) {
			t.Errorf("%d bytes came back of %d", len(got.Body), len(large))
		}
	})
	t.Run("versions put at once are numbered one by one", func(t *testing.T) {
		s := newSite(t, h)
		const writers, each = 4, 10
		var wg sync.WaitGroup
		for range writers {
			wg.Go(func() {
				for range each {
					if _, err := s.st.PutDocument(ctx, "journal", []byte("page")); err != nil {
						t.Errorf("put: %v", err)
					}
				}
			})
		}
		wg.Wait()
		expect(t, "the newest version", writers*each, int(must(s.st.Document(ctx, "journal", 0))(t).Version))
		for version := range uint64(writers * each) {
			must(s.st.Document(ctx, "journal", version+1))(t)
		}
	})
}
