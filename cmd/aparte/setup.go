package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/access"
	"github.com/aparte-dev/aparte/console"
	"github.com/aparte-dev/aparte/demo/brand"
	"github.com/aparte-dev/aparte/exchange/load"
	"github.com/aparte-dev/aparte/exchange/table"
)

// inviteFirst prints the link by which the first account is made, where there is none.
func (h *house) inviteFirst(ctx context.Context, w io.Writer) error {
	token, err := h.porter.SetUpToken(ctx)
	if errors.Is(err, access.ErrSetUp) {
		return nil
	} else if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "\nNobody has an account yet. Set up by this link, which is good once:\n\n  %s/console/set-up/%s\n\n", h.base, token)
	return err
}

// furnish gives a brand layouts to speak in and manners, and with examples what the furnished brand says, in the brand's own currency.
func furnish(b *aparte.Brand, examples bool) error {
	f, err := brand.Brand()
	if err != nil {
		return err
	}
	if !examples {
		b.Layouts, b.Style, b.Pressure, b.Holdout = f.Layouts, f.Style, f.Pressure, f.Holdout
		b.Style.Logo = "" // which is another's
		return nil
	}
	for i := range f.Items {
		f.Items[i].Price.Currency = b.Currency
		if f.Items[i].WasPrice.Currency != "" {
			f.Items[i].WasPrice.Currency = b.Currency
		}
	}
	b.Categories, b.Items, b.Contents, b.Rules, b.Audiences = f.Categories, f.Items, f.Contents, f.Rules, f.Audiences
	b.Objectives, b.Scores, b.Scenarios, b.Budgets, b.Personas = f.Objectives, f.Scores, f.Scenarios, f.Budgets, f.Personas
	return nil
}

// layered is a file system over another: what it has not, the other may.
type layered struct{ over, under fs.FS }

func (l layered) Open(name string) (fs.File, error) {
	f, err := l.over.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return l.under.Open(name)
	}
	return f, err
}

// bring brings in what a file holds that somebody chose in the console.
func (h *house) bring(ctx context.Context, kind, name string, file io.Reader) (console.Brought, error) {
	if h.own == nil {
		return console.Brought{}, errors.New("is starting: try again")
	}
	temp, err := os.MkdirTemp("", "aparte-bring-")
	if err != nil {
		return console.Brought{}, err
	}
	defer os.RemoveAll(temp) // it may hold personal data
	path := filepath.Join(temp, "file"+endings(name))
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return console.Brought{}, err
	}
	err = unpackTo(f, file, maxUnpacked)
	if err = errors.Join(err, f.Close()); err != nil {
		return console.Brought{}, err
	}
	door := h.own("file")
	if kind == "catalogue" {
		c := load.Catalogue{Files: []string{path}, Form: load.PlainItem(), Stock: 100, Door: door, Aside: io.Discard}
		r, err := c.Run(ctx)
		if err != nil {
			return console.Brought{}, plainly(err, temp)
		}
		return console.Brought{Rows: r.Rows, Taken: r.New + r.Changed + r.Unchanged, Aside: r.Aside, Reasons: whyAside(r.Reasons, path)}, nil
	}
	of := load.People
	if kind == "events" {
		of = load.Events
	}
	l := load.Load{Kind: of, Files: []string{path}, Lenient: load.Usual(of).Columns(), Door: door, Aside: io.Discard}
	r, err := l.Run(ctx)
	if err != nil {
		return console.Brought{}, plainly(err, temp)
	}
	return console.Brought{Rows: r.Rows, Taken: r.Taken + r.Repeated, Aside: r.Aside, Reasons: whyAside(r.Reasons, path)}, nil
}

// maxUnpacked bounds what a packed file of the console may become: sixteen times what may be sent.
const maxUnpacked = 1 << 30

// unpackTo copies a file, unpacked where it begins as gzip does. What would become more than most bytes is refused as soon as that is known.
func unpackTo(to io.Writer, file io.Reader, most int64) error {
	plain, err := table.Unpacked(file)
	if err != nil {
		return err
	}
	n, err := io.Copy(to, io.LimitReader(plain, most+1))
	if err == nil && n > most {
		return fmt.Errorf("unpacked it has over %d MB: bring it by aparte import", most>>20)
	}
	return err
}

// endings are those of a file's name that tell what it is: .csv, .ndjson.gz.
func endings(name string) string {
	name = strings.ToLower(filepath.Base(name))
	end := filepath.Ext(name)
	if end == ".gz" {
		end = filepath.Ext(strings.TrimSuffix(name, end)) + end
	}
	if len(end) > 20 || strings.ContainsFunc(end, func(r rune) bool { return !(r == '.' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9') }) {
		return ""
	}
	return end
}

// plainly is an error without where the file was kept meanwhile.
func plainly(err error, temp string) error {
	return errors.New(strings.ReplaceAll(err.Error(), temp+string(filepath.Separator), ""))
}

func whyAside(all []load.Reason, path string) (said []string) {
	for _, r := range all {
		said = append(said, fmt.Sprintf("%d × %s: %s (first %s)", r.Rows, r.Field, r.Reason, strings.ReplaceAll(r.First, path, "line")))
	}
	return said
}
