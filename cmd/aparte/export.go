package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/api"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/exchange/adplatform"
	"github.com/aparte-dev/aparte/exchange/dump"
	"github.com/aparte-dev/aparte/exchange/record"
	"github.com/aparte-dev/aparte/grant"
	"github.com/aparte-dev/aparte/store"
)

// exportCommand writes what is known into files.
type exportCommand struct {
	Kind        string `arg:"" help:"people, events or decisions; for an advertising platform, of those who agreed to it, customers (with --audience) or conversions." enum:"people,events,decisions,customers,conversions"`
	To          string `arg:"" help:"File to write; with --split, a directory." type:"path"`
	Format      string `help:"csv, ndjson or parquet; by default what the file's name tells." enum:",csv,ndjson,parquet" default:""`
	Split       bool   `help:"A file for each part of the store: bounded in size, and what an interrupted export goes on from."`
	Resume      bool   `help:"Go on with an export that was interrupted (with --split)."`
	Audience    string `help:"Of the people in this audience of the brand alone." placeholder:"ID"`
	Platform    string `help:"Of customers and conversions: google, meta or tiktok." enum:",google,meta,tiktok" default:""`
	Objective   string `help:"Of conversions: the objective that they reach." placeholder:"ID"`
	Action      string `help:"Of conversions: what the platform calls them." placeholder:"NAME"`
	Value       string `help:"Of conversions: what they are worth: what the objective counts (event), or what the person is still expected to bring (lifetime)." enum:"event,lifetime" default:"event"`
	Days        int    `help:"Of conversions: those of the last so many days; 0: all." default:"0"`
	Identifiers bool   `help:"With what names or locates people: identifiers, names, addresses, contexts. Else people are told by their p_… alone."`
	For         string `help:"Who is to have it: the name of a destination of files that was granted (docs/privacy.md)." name:"for" default:"files" placeholder:"NAME"`
	GrantedBy   string `help:"With --data: grant that files may be taken, in this name, where it was not decided yet." name:"granted-by" placeholder:"NAME"`
	Data        string `help:"Directory of the embedded store." default:"./data" type:"path" env:"APARTE_DATA"`
	URL         string `help:"Server to ask instead of opening the store, such as http://127.0.0.1:8080." name:"url" env:"APARTE_URL"`
	SecretKey   string `help:"Secret key of the server." env:"APARTE_SECRET_KEY"`
	JSON        bool   `name:"json" help:"One JSON object on standard output."`
}

// Run writes the files.
func (c *exportCommand) Run(ctx context.Context) (err error) {
	format := record.Format(c.Format)
	if format == "" {
		if format = record.FormatOf(c.To); format != record.CSV && format != record.NDJSON && format != record.Parquet {
			return errors.New("say --format: csv, ndjson or parquet")
		}
	}
	if c.Resume && !c.Split {
		return errors.New("--resume goes with --split: one file is written whole or not at all")
	}
	columns, err := c.adColumns(format)
	if err != nil {
		return err
	}
	mem, err := divide(defaultMemory)
	if err != nil {
		return err
	}
	mem.claim()
	source, done, err := c.source(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	bar := newPatient("Exporting", 1000)
	r, err := (&dump.Dump{
		Kind: c.Kind, Columns: columns, Format: format, To: c.To, Split: c.Split, Resume: c.Resume, Identifiers: c.Identifiers, Audience: c.Audience, Source: source,
		Tell: func(done, total int) { bar.at(1000 * done / max(total, 1)) },
	}).Run(ctx)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(r)
	}
	fmt.Printf("%d %s written in %d files", r.Rows, c.Kind, r.Files)
	if r.Resumed > 0 {
		fmt.Printf(", %d of them before it was interrupted", r.Resumed)
	}
	fmt.Println()
	return nil
}

func (c *exportCommand) source(ctx context.Context) (dump.Source, func() error, error) {
	if c.URL != "" {
		return &served{c.URL, c.SecretKey, c.Audience, c.For, c.ads()}, func() error { return nil }, nil
	}
	s, err := openKept(ctx, c.Data, "to ask the server that has it, give --url and --secret-key")
	if err != nil {
		return nil, nil, err
	}
	archive := engine.NewArchive(engine.Config{Store: s})
	if err := archive.Restore(ctx); err != nil && !errors.Is(err, store.ErrNotFound) { // without a brand there is less to say of decisions
		return nil, nil, errors.Join(err, s.Close())
	}
	grants, err := archived(ctx, s, c.GrantedBy)
	if err != nil {
		return nil, nil, errors.Join(err, s.Close())
	}
	done := func() error { return errors.Join(grants.Close(), s.Close()) }
	return &kept{archive, aparte.AudienceID(c.Audience), c.ads(), grants, c.For}, done, nil
}

// adColumns are the columns of a file for an advertising platform; nil of other kinds.
func (c *exportCommand) adColumns(format record.Format) (columns []record.Column, err error) {
	if c.Kind != "customers" && c.Kind != "conversions" {
		return nil, nil
	}
	platform := aparte.AdPlatform(c.Platform)
	names := adplatform.ListColumns(platform)
	if c.Kind == "conversions" && platform == aparte.GoogleAds {
		names = adplatform.ClickColumns
	}
	switch {
	case platform == "":
		return nil, errors.New("say --platform: google, meta or tiktok")
	case c.Split:
		return nil, errors.New("--split is not for files that a platform takes")
	case format == record.Parquet || c.Kind == "conversions" && platform != aparte.GoogleAds && format != record.NDJSON:
		return nil, fmt.Errorf("%s takes no such file: .csv, or of conversions of meta and tiktok .ndjson", platform)
	}
	for _, name := range names {
		columns = append(columns, record.Column{Name: name})
	}
	return columns, nil
}

func (c *exportCommand) ads() api.AdsExport {
	x := api.AdsExport{Platform: aparte.AdPlatform(c.Platform), Objective: aparte.ObjectiveID(c.Objective), AdConversion: aparte.AdConversion{Action: c.Action}}
	if c.Value == string(aparte.LifetimeValue) {
		x.Value = aparte.LifetimeValue
	}
	if c.Days > 0 {
		x.Since = time.Now().AddDate(0, 0, -c.Days)
	}
	return x
}

// kept tells from a store.
type kept struct {
	archive  *engine.Archive
	audience aparte.AudienceID // empty: everybody
	ads      api.AdsExport
	grants   *grant.Ledger
	to       string // the destination
}

// Part writes a part.
func (k *kept) Part(ctx context.Context, kind string, part int, identifiers bool, to io.Writer) error {
	e := api.Exported{Kind: kind, Part: part, Audience: k.audience, Ads: k.ads, Identifiers: identifiers, Now: time.Now().UTC()}
	if err := e.Grant(ctx, k.grants, k.to); errors.Is(err, grant.ErrNotGranted) {
		return fmt.Errorf("%w; --granted-by NAME grants it", err)
	} else if err != nil {
		return err
	}
	return api.WriteExport(ctx, k.archive, e, to)
}

// served tells from a server.
type served struct {
	url, key, audience, to string
	ads                    api.AdsExport
}

// Part writes a part.
func (s *served) Part(ctx context.Context, kind string, part int, identifiers bool, to io.Writer) error {
	address, err := url.JoinPath(s.url, "/v1/admin/export", kind)
	if err != nil {
		return fmt.Errorf("--url: %w", err)
	}
	query := url.Values{}
	if s.ads.Platform != "" {
		query = s.ads.Query()
	}
	query.Set("part", strconv.Itoa(part))
	query.Set("identifiers", strconv.FormatBool(identifiers))
	query.Set("to", s.to)
	if s.audience != "" {
		query.Set("audience", s.audience)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address+"?"+query.Encode(), nil)
	if err != nil {
		return fmt.Errorf("--url: %w", err)
	}
	r.SetBasicAuth(s.key, "")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(io.LimitReader(answer.Body, 1<<10)) // the status says enough
		return fmt.Errorf("%s://%s answers %s: %s", r.URL.Scheme, r.URL.Host, answer.Status, body)
	}
	_, err = io.Copy(to, answer.Body)
	return err
}
