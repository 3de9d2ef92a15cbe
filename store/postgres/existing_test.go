package postgres_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/aparte-dev/aparte/store"
	"github.com/aparte-dev/aparte/store/postgres"
)

func TestAStoreThatIsToBeThereIsNotMade(t *testing.T) {
	ctx := context.Background()
	h := harness{servers: 1}
	suite := h.of(t)
	place := suite.New(t)
	if _, err := postgres.Open(ctx, []string{place}, postgres.Options{Existing: true}); !errors.Is(err, postgres.ErrNone) {
		t.Fatalf("of none: %v", err)
	}
	address, schema, _ := strings.Cut(place, " search_path=")
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	var tables int
	if err := conn.QueryRow(ctx, "SELECT count(*) FROM information_schema.tables WHERE table_schema = $1", schema).Scan(&tables); err != nil || tables != 0 {
		t.Errorf("%d tables were made, %v", tables, err)
	}
	made, err := suite.Open(place)
	if err != nil {
		t.Fatal(err)
	}
	defer made.Close()
	is, err := postgres.Open(ctx, []string{place}, postgres.Options{Existing: true})
	if err != nil {
		t.Fatal(err)
	}
	defer is.Close()
	epoch, err := made.Acquire(ctx, 3, "anne", time.Now(), 500*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if last, err := store.Vacant(ctx, is, 3); err != nil || last.Epoch != epoch { // anne does not come back
		t.Errorf("%+v, %v", last, err)
	}
}

// Who waits for a part that somebody goes on having is told so.
func TestAPartThatIsKeptIsNotVacant(t *testing.T) {
	ctx := t.Context()
	suite := harness{servers: 1}.of(t)
	st, err := suite.Open(suite.New(t))
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	epoch, err := st.Acquire(ctx, 1, "anne", time.Now(), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	told := make(chan error)
	go func() { // ends when it is told, or the test's context ends
		_, err := store.Vacant(ctx, st, 1)
		told <- err
	}()
	for ttl := 2 * time.Minute; ; ttl += time.Minute {
		if err := st.Renew(ctx, 1, epoch, time.Now(), ttl); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-told:
			if !errors.Is(err, store.ErrLeased) {
				t.Errorf("%v", err)
			}
			return
		case <-time.After(50 * time.Millisecond):
		}
	}
}
