package dump

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aparte-dev/aparte/exchange/record"
)

// told is a source of three parts; what each writes may be changed.
type told struct {
	text  map[int]string
	asked []int
	err   error
}

func (s *told) Part(_ context.Context, _ string, part int, _ bool, to io.Writer) error {
	s.asked = append(s.asked, part)
	if s.err != nil && part == 2 {
		return s.err
	}
	text, ok := s.text[part]
	if !ok {
		text = fmt.Sprintf("{\"person\":\"p_%d\",\"type\":\"page\",\"seq\":1}\n{\"_end\":{\"part\":%d,\"parts\":3,\"rows\":1}}\n", part, part)
	}
	for i := 0; i < len(text); i += 7 { // in pieces, as a network has it
		if _, err := io.WriteString(to, text[i:min(i+7, len(text))]); err != nil {
			return err
		}
	}
	return nil
}

func TestWhatBrokeOffIsNeverTakenForAll(t *testing.T) {
	for text, want := range map[string]string{
		"{\"person\":\"p\"}\n":                                 "part 1 broke off after 1 rows",
		"{\"person\":\"p\"}\n{\"_end\":{\"part\":1":            "part 1 broke off after 1 rows",
		"{\"_end\":{\"part\":1,\"parts\":3,\"rows\":5}}\n":     "part 1 has 0 rows and should have 5",
		"{\"_end\":{\"part\":1,\"parts\":3,\"rows\":0}}\n{}\n": "something follows the end",
		"nothing\n": "row 2",
	} {
		to := filepath.Join(t.TempDir(), "out.csv")
		d := Dump{Kind: "events", Format: record.CSV, To: to, Source: &told{text: map[int]string{1: text}}}
		if _, err := d.Run(context.Background()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
		if left, _ := filepath.Glob(to + "*"); left != nil {
			t.Errorf("%v is left", left)
		}
	}
}

func TestAnInterruptedExportGoesOnBehindWhatIsDone(t *testing.T) {
	for _, format := range []record.Format{record.CSV, record.NDJSON, record.Parquet} {
		source := &told{err: errors.New("the server is gone")}
		d := Dump{Kind: "events", Format: format, To: filepath.Join(t.TempDir(), "out"), Split: true, Source: source}
		if _, err := d.Run(context.Background()); err == nil {
			t.Fatal("it did not break off")
		}
		source.err, source.asked = nil, nil
		if _, err := d.Run(context.Background()); err == nil {
			t.Error("another export was written over the first")
		}
		d.Resume = true
		got, err := d.Run(context.Background())
		if want := (Result{Rows: 3, Files: 3, Resumed: 2}); err != nil || got != want || len(source.asked) != 1 {
			t.Errorf("%s: %v %+v, asked for %v", format, err, got, source.asked)
		}
		d.Identifiers = true
		if _, err := d.Run(context.Background()); err == nil {
			t.Error("exports with and without identifiers are mixed")
		}
	}
}

func TestAFileThatIsReadBackDifferentIsNotKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f.parquet")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w, err := (&Dump{Kind: "events", Columns: columns["events"], Format: record.Parquet}).rows(f)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.line([]byte(`{"person":"p_1","type":"page"}`)), w.close()); err != nil {
		t.Fatal(err)
	}
	if err := w.check(context.Background(), f, path); err != nil {
		t.Error(err)
	}
	w.add(record.Column{}, &record.Cell{Text: "something that was lost"})
	if err := w.check(context.Background(), f, path); err == nil {
		t.Error("what was lost is not missed")
	}
}
