package storetest

import (
	"bytes"
	"context"
	"testing"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

func testReopening(t *testing.T, h Harness) {
	ctx := context.Background()
	t.Run("parts and secret are made once", func(t *testing.T) {
		s := newSite(t, h)
		parts, secret := s.st.Parts(), s.st.Secret()
		if len(secret) != 32 || bytes.Equal(secret, make([]byte, 32)) {
			t.Errorf("secret of %d bytes, zeros %v", len(secret), bytes.Equal(secret, make([]byte, 32)))
		}
		s.st.Secret()[0] ^= 1
		s.reopen(t)
		expect(t, "parts", parts, s.st.Parts())
		if !bytes.Equal(secret, s.st.Secret()) {
			t.Error("the secret changed")
		}
		if other := newSite(t, h); bytes.Equal(secret, other.st.Secret()) {
			t.Error("two stores have one secret")
		}
	})
	t.Run("epochs grow on", func(t *testing.T) {
		s := newSite(t, h)
		var last store.Epoch
		for range 3 {
			epoch := must(s.st.Acquire(ctx, part, "anne", now, ttl))(t)
			if epoch <= last {
				t.Errorf("epoch %d after %d", epoch, last)
			}
			if last > 0 {
				err := s.st.Commit(ctx, &store.Batch{Part: part, Epoch: last, Feed: [][]byte{{1}}})
				expectError(t, "commit under the epoch before", store.ErrFenced, err)
			}
			last = epoch
			s.reopen(t)
		}
	})
	t.Run("a closed store answers with errors", func(t *testing.T) {
		s := newSite(t, h)
		b, k := s.full(1)
		s.commit(t, b)
		b.Epoch = s.epochs[part]
		for range 2 {
			if err := s.st.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		}
		errs := map[string]error{"commit": s.st.Commit(ctx, &b)}
		_, errs["acquire"] = s.st.Acquire(ctx, part, "anne", now, ttl)
		errs["renew"] = s.st.Renew(ctx, part, b.Epoch, now, ttl)
		_, errs["states"] = s.st.States(ctx, part, k.people)
		_, errs["owner"] = s.st.Owner(ctx, part, k.identifiers[0])
		_, errs["people"] = s.st.People(ctx, part, aparte.PersonID{}, 1)
		_, errs["entry"] = s.st.Entry(ctx, part, k.people[0], 1)
		_, errs["history"] = s.st.History(ctx, part, k.people[0], 0, 1)
		_, errs["seen"] = s.st.Seen(ctx, part, k.events)
		_, errs["due"] = s.st.Due(ctx, part, now, 1)
		_, errs["letters"] = s.st.Letters(ctx, part, 0, 1)
		_, errs["feed"] = s.st.Feed(ctx, part, 0, 1)
		_, errs["counters"] = s.st.Counters(ctx, "", now, now)
		_, errs["put document"] = s.st.PutDocument(ctx, "brand", nil)
		_, errs["newest document"] = s.st.Newest(ctx, "brand")
		_, errs["document"] = s.st.Document(ctx, "brand", 0)
		errs["drop documents"] = s.st.DropDocuments(ctx, "brand", 1)
		for call, err := range errs {
			if err == nil {
				t.Errorf("%s: no error", call)
			}
		}
	})
}
