package console

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/exchange/load"
)

// arrivedView is what became of the rows of a file of places.
type arrivedView struct {
	Name      string
	Rows, Put int64
	Refused   []refusedRow
	More      int64 // that are not shown
	Broken    []string
}

// refusedRow is a row that was set aside.
type refusedRow struct {
	Line          int
	Field, Reason string
}

const (
	mostPlacesFile = 32 << 20 // bytes
	refusedShown   = 200
)

// bringPlaces takes in a file of places: those that are right are put, and of each other one is told what is wrong.
func (s *console) bringPlaces(w http.ResponseWriter, r *http.Request) {
	const besides = 64 << 10 // of the form, beside the file
	r.Body = http.MaxBytesReader(w, r.Body, mostPlacesFile+besides)
	lang, v := language(r), &placesView{}
	if err := r.ParseMultipartForm(besides); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			v.Faults = []string{word(lang, "places.large")}
			s.showPlaces(w, r, http.StatusRequestEntityTooLarge, v)
			return
		}
		s.problem(w, r, http.StatusBadRequest, "problem.form")
		return
	}
	defer func() { _ = r.MultipartForm.RemoveAll() }() // what was written to disk meanwhile
	v.Usual = usualPlace{strings.TrimSpace(r.PostFormValue("kind")), strings.TrimSpace(r.PostFormValue("radius")), strings.TrimSpace(r.PostFormValue("zone"))}
	radius, err := strconv.ParseFloat(v.Usual.Radius, 64)
	if err != nil {
		v.Faults = []string{word(lang, "places.radius.wrong")}
		s.showPlaces(w, r, http.StatusUnprocessableEntity, v)
		return
	}
	body, name, err := uploaded(r)
	if errors.Is(err, http.ErrMissingFile) {
		v.Faults = []string{word(lang, "assets.file.missing")}
		s.showPlaces(w, r, http.StatusUnprocessableEntity, v)
		return
	}
	usual := aparte.Place{Kind: v.Usual.Kind, Radius: radius, Zone: v.Usual.Zone}
	if err == nil {
		v.Arrived, err = s.arrive(r.Context(), lang, name, body, usual)
	}
	switch {
	case errors.Is(err, errNoPlaces):
		v.Faults = []string{word(lang, "places.format")}
	case err != nil:
		s.Logger.ErrorContext(r.Context(), "console places", "error", err)
		v.Faults = []string{word(lang, "problem.read")}
	}
	status := http.StatusOK
	if len(v.Faults) > 0 {
		status = http.StatusUnprocessableEntity
	}
	s.showPlaces(w, r, status, v)
}

// errNoPlaces is that a file's name tells of no format that places are in.
var errNoPlaces = errors.New("a file of another format")

// arrive loads a file. The reader of files wants one: it stands in a folder of its own for as long as that takes.
func (s *console) arrive(ctx context.Context, lang, name string, body []byte, usual aparte.Place) (_ *arrivedView, err error) {
	ending := strings.ToLower(filepath.Ext(name))
	switch ending {
	case ".csv", ".tsv", ".txt", ".ndjson", ".jsonl", ".geojson", ".json":
	default:
		return nil, errNoPlaces
	}
	folder, err := os.MkdirTemp("", "aparte-places-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	file := filepath.Join(folder, "places"+ending)
	if err := os.WriteFile(file, body, 0o600); err != nil {
		return nil, err
	}
	locale := "en"
	if plan := s.Engine.Plan(); plan != nil {
		locale, _, _ = strings.Cut(plan.Brand().Locale, "-")
	}
	var aside bytes.Buffer
	l := load.Places{Files: []string{file}, Usual: usual, Lang: locale, Door: streets{s}, Aside: &aside}
	told, err := l.Run(ctx)
	if err != nil {
		return nil, err
	}
	v := &arrivedView{Name: clipped(filepath.Base(name), 120), Rows: int64(told.Rows), Put: int64(told.Put)}
	for _, broken := range told.Broken {
		v.Broken = append(v.Broken, refusal(lang, strings.ReplaceAll(broken, file, v.Name)))
	}
	for line := range bytes.Lines(aside.Bytes()) {
		if len(v.Refused) == refusedShown {
			break
		}
		var row struct {
			Aside struct {
				Line   int    `json:"line"`
				Field  string `json:"field"`
				Reason string `json:"reason"`
			} `json:"_aside"`
		}
		if err := json.Unmarshal(line, &row); err != nil {
			return nil, err
		}
		v.Refused = append(v.Refused, refusedRow{row.Aside.Line, row.Aside.Field, refusal(lang, row.Aside.Reason)})
	}
	v.More = int64(told.Aside - len(v.Refused))
	return v, nil
}

// streets puts the places of a file where the brand's are.
type streets struct{ *console }

// PutPlaces implements [load.Streets].
func (s streets) PutPlaces(ctx context.Context, put []aparte.Place) ([]load.Fault, error) {
	err := s.Engine.PutPlaces(ctx, put, nil)
	if err == nil {
		return nil, nil
	}
	var faults []load.Fault
	for line := range strings.SplitSeq(err.Error(), "\n") {
		pointer, message, ok := strings.Cut(line, ": ")
		if !ok || !strings.HasPrefix(pointer, "/") {
			if len(faults) > 0 {
				break // and perhaps more: those of the rest are told when these are gone
			}
			return nil, err
		}
		faults = append(faults, load.Fault{Pointer: "/put" + pointer, Message: message})
	}
	return faults, nil
}
