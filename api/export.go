package api

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/grant"
	"github.com/go-json-experiment/json"
)

// Exported is what an export is of, and how much of it is told.
type Exported struct {
	Kind        string // people, events, decisions; customers, conversions: for an advertising platform, of who agreed to it
	Part        int
	Audience    aparte.AudienceID // of those in it alone; empty: of everybody
	Identifiers bool              // with what names or locates somebody; else people are told by their p_… alone
	Own         bool              // for the person themselves: with what was worked out of them, even where they object to it

	// What it is used for, on a channel: people whose answers keep that are not in it (aparte.Person.Permits).
	Purposes []aparte.Purpose
	Channel  aparte.Channel

	Ads AdsExport // of customers and conversions
	Now time.Time
}

// exportKinds are the kinds of export.
var exportKinds = map[string]bool{"people": true, "events": true, "decisions": true, customersKind: true, conversionsKind: true}

// exportEnd is the last line of an export: that it is whole.
type exportEnd struct {
	End struct {
		Part  int `json:"part"`
		Parts int `json:"parts"`
		Rows  int `json:"rows"`
	} `json:"_end"`
}

// WriteExport writes one part of an export as NDJSON: a line a person, event or decision, then one that says that this was
// all, {"_end": {"part", "parts", "rows"}}. It holds no more than a page of a history in memory.
func WriteExport(ctx context.Context, from Census, e Exported, to io.Writer) error {
	if !exportKinds[e.Kind] {
		return fmt.Errorf("export of %.20q is none of people, events, decisions, customers and conversions", e.Kind)
	}
	if e.Audience != "" && !hasAudience(from.Plan(), e.Audience) {
		return fmt.Errorf("%.128q is no audience of the brand", e.Audience)
	}
	if field, reason := e.check(from.Plan()); reason != "" {
		return fmt.Errorf("--%s %s", field, reason)
	}
	if e.Part < 0 || e.Part >= from.Parts() {
		return fmt.Errorf("part %d is none of %d", e.Part, from.Parts())
	}
	out := bufio.NewWriterSize(to, 64<<10)
	var end exportEnd
	end.End.Part, end.End.Parts = e.Part, from.Parts()
	line := func(v any) error {
		b, err := json.Marshal(v, json.Deterministic(true))
		if err != nil {
			return fmt.Errorf("export: %w", err)
		}
		end.End.Rows++ // the last line does not count itself
		_, err = out.Write(append(b, '\n'))
		return err
	}
	plan, fit := from.Plan(), from.Fit()
	err := from.EachPerson(ctx, e.Part, func(p *aparte.Person) error {
		if e.Audience != "" && !slices.Contains(p.Audiences, e.Audience.Key()) {
			return nil
		}
		if !p.Permits(e.Purposes, e.Channel) {
			return nil
		}
		switch e.Kind {
		case customersKind, conversionsKind:
			return e.advertised(ctx, from, p, line)
		case "people":
			return line(exportedPersonOf(p, plan, fit, &e))
		case "events":
			return from.EachEvent(ctx, p, func(entry *engine.StoryEntry) error {
				if err := ctx.Err(); err != nil {
					return err
				}
				return line(exportedEventOf(p, entry, &e))
			})
		}
		return from.EachEntry(ctx, p, func(entry *engine.StoryEntry) error {
			if err := ctx.Err(); err != nil || entry.Decision == nil {
				return err
			}
			return line(exportedDecisionOf(p, entry.Decision, plan, &e))
		})
	})
	if err != nil {
		return err
	}
	if err := line(end); err != nil {
		return err
	}
	return out.Flush()
}

// hasAudience reports whether a brand has an audience of this id.
func hasAudience(plan *decide.Plan, id aparte.AudienceID) bool {
	return plan != nil && slices.ContainsFunc(plan.Brand().Audiences, func(a aparte.Audience) bool { return a.ID == id })
}

// DefaultFiles is the destination of an export that names none.
const DefaultFiles = "files"

// FileID is the id of the grant of a destination of files.
func FileID(to string) string { return string(grant.File) + ":" + cmp.Or(to, DefaultFiles) }

// Grant asks a ledger whether the export may go to a destination of files, and takes from the grant what it is for: who does not agree to that is
// left out. A part is a use. It fails with grant.ErrNotGranted.
func (e *Exported) Grant(ctx context.Context, from *grant.Ledger, to string) error {
	if from == nil {
		return nil
	}
	var fields []grant.Field
	switch e.Kind {
	case customersKind, conversionsKind:
		fields = append(fields, grant.Hashed)
	default:
		fields = append(fields, grant.Field(e.Kind))
	}
	if e.Identifiers {
		fields = append(fields, grant.Identifiers)
	}
	g, err := from.Use(ctx, FileID(to), "", fields...)
	e.Purposes, e.Channel = g.Purposes, g.Channel
	return err
}

func notGranted(err error, to string) error {
	if errors.Is(err, grant.ErrNotGranted) {
		return refuse(http.StatusForbidden, "to", err.Error()+"; an administrator grants it under Privacy, or by PUT /v1/admin/destinations/"+FileID(to))
	}
	return err
}

// mayTake asks whether fields may go to the destination of files that a request names, and counts that.
func (s *server) mayTake(r *http.Request, fields ...grant.Field) error {
	if s.grants == nil {
		return nil
	}
	to := r.URL.Query().Get("to")
	_, err := s.grants.Use(r.Context(), FileID(to), "", fields...)
	return notGranted(err, to)
}

// exportWithin is how long the reader of an export may take over what the connection holds.
const exportWithin = time.Minute

// export answers GET /v1/admin/export/{kind}?part=&identifiers=&audience=&to=&platform=&objective=&action=&value=&since=: one part of the people, their events or decisions, or of files for advertising platforms, as
// NDJSON. What breaks off lacks its last line.
func (s *server) export(w http.ResponseWriter, r *http.Request) error {
	e := Exported{Kind: r.PathValue("kind"), Now: s.now()}
	if !exportKinds[e.Kind] {
		return refuse(http.StatusNotFound, "kind", "is none of people, events, decisions, customers and conversions")
	}
	var err error
	if e.Part, err = strconv.Atoi(r.URL.Query().Get("part")); err != nil || e.Part < 0 || e.Part >= s.engine.Parts() {
		return &problem{wholeRequest, "part", "must be a whole number from 0 to " + strconv.Itoa(s.engine.Parts()-1)}
	}
	e.Audience = aparte.AudienceID(r.URL.Query().Get("audience"))
	if e.Audience != "" && !hasAudience(s.engine.Plan(), e.Audience) {
		return refuse(http.StatusNotFound, "audience", "is no audience of the brand")
	}
	if e.Ads, err = adsExportAsked(r); err != nil {
		return err
	}
	to := r.URL.Query().Get("to")
	if field, reason := e.check(s.engine.Plan()); reason != "" {
		return &problem{wholeRequest, field, reason}
	}
	switch r.URL.Query().Get("identifiers") {
	case "", "false":
	case "true":
		e.Identifiers = true
	default:
		return &problem{wholeRequest, "identifiers", "must be true or false"}
	}
	if err := e.Grant(r.Context(), s.grants, to); err != nil {
		return notGranted(err, to)
	}
	h := w.Header()
	h["Content-Type"], h["Cache-Control"] = []string{"application/x-ndjson"}, noStore
	err = WriteExport(r.Context(), s.engine, e, &unhurried{w, http.NewResponseController(w)})
	if err != nil { // the answer has begun: it ends without its last line
		s.log.ErrorContext(r.Context(), "export broke off", "request", requestID(r), "error", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}

// unhurried lets an answer take as long as its reader needs, as long as they read at all.
type unhurried struct {
	to    io.Writer
	until *http.ResponseController
}

func (u *unhurried) Write(b []byte) (int, error) {
	_ = u.until.SetWriteDeadline(time.Now().Add(exportWithin)) // one that has no deadline needs none
	return u.to.Write(b)
}
