package api

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strings"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/asset"
)

// usesTold is how many places that speak of an asset are told at most.
const usesTold = 20

// assetDocument is an asset and where the live brand speaks of it.
type assetDocument struct {
	asset.Entry
	Uses []string `json:"uses"` // JSON pointers into the brand
}

func (s *server) assetDocument(e asset.Entry) assetDocument {
	doc := assetDocument{e, []string{}}
	if plan := s.engine.Plan(); plan != nil {
		doc.Uses = append(doc.Uses, asset.Uses(plan.Brand(), e.Name, usesTold)...)
	}
	return doc
}

// assetList answers GET /v1/admin/assets.
func (s *server) assetList(w http.ResponseWriter, _ *http.Request) error {
	s.json(w, http.StatusOK, map[string]any{"assets": each(s.assets.List(), s.assetDocument)})
	return nil
}

// upload answers PUT /v1/admin/assets/{name}?alt.en=…&alt.fr=…, whose body is a picture, a film or a sound. The name in the answer is that by which contents
// speak of it.
func (s *server) upload(w http.ResponseWriter, r *http.Request) error {
	body, held, err := s.bodies.read(r, asset.MaxUpload)
	if err != nil {
		return err
	}
	defer s.bodies.release(held)
	alt := aparte.Words{}
	for name, values := range r.URL.Query() {
		if lang, isAlt := strings.CutPrefix(name, "alt."); isAlt {
			alt[lang] = values[0]
		}
	}
	e, err := s.assets.Put(r.Context(), r.PathValue("name"), body, alt)
	switch {
	case errors.Is(err, asset.ErrTaken):
		return refuse(http.StatusConflict, "name", asset.ErrTaken.Error())
	case errors.Is(err, asset.ErrFull):
		return refuse(http.StatusConflict, "", err.Error())
	case errors.Is(err, asset.ErrUnfit):
		return &problem{wholeRequest, "", err.Error()}
	case err != nil:
		return err
	}
	s.json(w, http.StatusOK, s.assetDocument(e))
	return nil
}

// assetFile answers GET /v1/admin/assets/{name}: its bytes.
func (s *server) assetFile(w http.ResponseWriter, r *http.Request) error {
	e, found := s.assets.Find(r.PathValue("name"))
	if !found {
		return refuse(http.StatusNotFound, "name", "there is no such asset")
	}
	body, err := fs.ReadFile(s.assets, e.Name)
	if err != nil {
		return fmt.Errorf("read asset: %w", err)
	}
	h := w.Header()
	h.Set("Content-Type", e.Type)
	h["Cache-Control"] = noStore
	h.Set("X-Content-Type-Options", "nosniff") // it is what it was found to be, whatever else its bytes could be read as
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Last-Modified", e.At.Format(http.TimeFormat))
	_, _ = w.Write(body) // the caller has gone
	return nil
}

// removeAsset answers DELETE /v1/admin/assets/{name}, unless the live brand speaks of it.
func (s *server) removeAsset(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("name")
	if plan := s.engine.Plan(); plan != nil {
		if uses := asset.Uses(plan.Brand(), name, 3); len(uses) > 0 {
			return refuse(http.StatusConflict, "name", "the brand speaks of it: "+strings.Join(uses, ", "))
		}
	}
	err := s.assets.Remove(r.Context(), name)
	if errors.Is(err, fs.ErrNotExist) {
		return refuse(http.StatusNotFound, "name", "there is no such asset")
	}
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, success)
	return nil
}
