package console

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aparte-dev/aparte/access"
)

// mountSettings gives their addresses to the pages of administrators.
func (s *console) mountSettings(mux *doors) {
	mux.HandleFunc("GET /console/users", s.users)
	mux.HandleFunc("POST /console/users", s.invite)
	mux.HandleFunc("POST /console/users/{id}/{do}", s.changeUser)
	mux.HandleFunc("GET /console/keys", s.apiKeys)
	mux.HandleFunc("POST /console/keys", s.makeKey)
	mux.HandleFunc("POST /console/keys/{id}/revoke", s.revokeKey)
	mux.HandleFunc("GET /console/channels", s.channels)
	mux.HandleFunc("POST /console/channels/email/test", s.testMail)
	mux.HandleFunc("GET /console/record", s.record)
	mux.HandleFunc("GET /console/record/{file}", s.recordFile)
}

// wrote puts a line into the record.
func (s *console) wrote(ctx context.Context, action, subject string) {
	if err := s.Entrance.Porter.Write(ctx, action, subject); err != nil {
		s.Logger.ErrorContext(ctx, "console access", "error", err)
	}
}

// usersView is who works in the console.
type usersView struct {
	Users    []access.Member
	Demands  bool // a second factor of everybody
	Roles    []access.Role
	Me       access.UserID
	Done     string
	Said     string // what is wrong
	Link     string // shown this once
	Whose    string
	Name     string // what was asked and cannot be
	Email    string
	AskedFor access.Role
}

func (s *console) users(w http.ResponseWriter, r *http.Request) {
	v := usersView{}
	switch done := r.URL.Query().Get("done"); done {
	case "role", "removed", "second", "demanded", "free":
		v.Done = "users.done." + done
	}
	s.showUsers(w, r, http.StatusOK, v)
}

func (s *console) showUsers(w http.ResponseWriter, r *http.Request, status int, v usersView) {
	u, _ := access.UserOf(r.Context())
	v.Users, v.Roles, v.Me, v.Demands = s.Entrance.Porter.Members(), access.Roles(), u.ID, s.Entrance.Porter.Demands()
	if v.AskedFor == "" {
		v.AskedFor = access.Marketer
	}
	page := s.view(r, "users", v)
	page.Here = "/console/users"
	s.answer(w, status, "users", "frame.html", page)
}

// outside is an address of the console as it is reached by whoever asks.
func (s *console) outside(r *http.Request, path string) string {
	scheme := "http"
	if s.Entrance.Secure(r) {
		scheme = "https"
	}
	return (&url.URL{Scheme: scheme, Host: r.Host, Path: path}).String()
}

func (s *console) invite(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r, maxAccessForm) {
		return
	}
	v := usersView{Name: r.PostForm.Get("name"), Email: r.PostForm.Get("email"), AskedFor: access.Role(r.PostForm.Get("role"))}
	u, token, err := s.Entrance.Porter.Invite(r.Context(), v.Name, v.Email, v.AskedFor)
	if err != nil {
		var status int
		status, v.Said = s.refusedIn(w, r, err)
		s.showUsers(w, r, status, v)
		return
	}
	access.Did(r.Context(), "user.invited", string(u.ID))
	s.showUsers(w, r, http.StatusOK, usersView{Done: "users.done.invited", Link: s.outside(r, "/console/join/"+token), Whose: u.Name})
}

// changeUser does to a user what a button says.
func (s *console) changeUser(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r, maxAccessForm) {
		return
	}
	id, porter := access.UserID(r.PathValue("id")), s.Entrance.Porter
	var err error
	var done string
	switch r.PathValue("do") {
	case "role":
		role := access.Role(r.PostForm.Get("role"))
		err, done = porter.SetRole(r.Context(), id, role), "role"
		access.Did(r.Context(), "user.role."+string(role), string(id))
	case "remove":
		err, done = porter.Remove(r.Context(), id), "removed"
		access.Did(r.Context(), "user.removed", string(id))
	case "second":
		err, done = porter.DropSecond(r.Context(), id), "second"
		access.Did(r.Context(), "user.second.removed", string(id))
	case "link":
		u, token, failed := porter.Reset(r.Context(), id)
		if err = failed; err == nil {
			access.Did(r.Context(), "user.link", string(id))
			s.showUsers(w, r, http.StatusOK, usersView{Done: "users.done.link", Link: s.outside(r, "/console/join/"+token), Whose: u.Name})
			return
		}
	default:
		s.nowhere(w, r)
		return
	}
	if err != nil {
		status, said := s.refusedIn(w, r, err)
		s.showUsers(w, r, status, usersView{Said: said})
		return
	}
	http.Redirect(w, r, "/console/users?done="+done, http.StatusSeeOther)
}

// keysView are the keys by which programs come in.
type keysView struct {
	Keys  []access.Key
	Roles []access.Role
	Done  string
	Said  string
	Value string // shown this once
	Made  access.Key
	Tag   string // what to put into a page, of a public key
	Name  string
}

func (s *console) apiKeys(w http.ResponseWriter, r *http.Request) {
	v := keysView{}
	if r.URL.Query().Get("done") == "revoked" {
		v.Done = "keys.done.revoked"
	}
	s.showKeys(w, r, http.StatusOK, v)
}

func (s *console) showKeys(w http.ResponseWriter, r *http.Request, status int, v keysView) {
	v.Keys, v.Roles = s.Entrance.Porter.Keys().All(), access.Roles()
	page := s.view(r, "keys", v)
	page.Here = "/console/keys"
	s.answer(w, status, "keys", "frame.html", page)
}

func (s *console) makeKey(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r, maxAccessForm) {
		return
	}
	kind := access.Role(r.PostForm.Get("kind"))
	if kind == "public" {
		kind = ""
	} else if !slices.Contains(access.Roles(), kind) {
		kind = "none"
	}
	k, value, err := s.Entrance.Porter.CreateKey(r.Context(), r.PostForm.Get("name"), kind)
	if err != nil {
		status, said := s.refusedIn(w, r, err)
		s.showKeys(w, r, status, keysView{Said: said, Name: r.PostForm.Get("name")})
		return
	}
	access.Did(r.Context(), "key.made", string(k.ID))
	v := keysView{Done: "keys.done.made", Value: value, Made: k}
	if k.Public() {
		v.Tag = s.tag(r, value)
	}
	s.showKeys(w, r, http.StatusOK, v)
}

// tag is the line by which a page speaks to this server.
func (s *console) tag(r *http.Request, key string) string {
	return `<script src="` + s.outside(r, "/tag.js") + `" data-write-key="` + key + `" async></script>`
}

func (s *console) revokeKey(w http.ResponseWriter, r *http.Request) {
	k, err := s.Entrance.Porter.RevokeKey(r.Context(), access.KeyID(r.PathValue("id")))
	if err != nil {
		status, said := s.refusedIn(w, r, err)
		s.showKeys(w, r, status, keysView{Said: said})
		return
	}
	access.Did(r.Context(), "key.revoked", string(k.ID))
	http.Redirect(w, r, "/console/keys?done=revoked", http.StatusSeeOther)
}

// recordView is a page of the record of what was changed, newest first.
type recordView struct {
	Entries []access.Entry
	Names   map[string]string // of users and keys that entries are about, by id
	Before  uint64            // of the next page; 0: there is none
	Paged   bool
}

// recordPage is how many lines of the record a page has.
const recordPage = 50

func (s *console) record(w http.ResponseWriter, r *http.Request) {
	before, _ := strconv.ParseUint(r.URL.Query().Get("before"), 10, 64) // anything else: from the end
	entries, err := s.Entrance.Porter.Record(r.Context(), before, recordPage+1)
	if err != nil {
		s.Logger.ErrorContext(r.Context(), "console record", "error", err)
		s.problem(w, r, http.StatusInternalServerError, "problem.read")
		return
	}
	v := recordView{Entries: entries, Names: s.namesOfAccess(), Paged: before > 0}
	if len(entries) > recordPage {
		v.Entries = entries[:recordPage]
		v.Before = v.Entries[recordPage-1].Number
	}
	page := s.view(r, "record", v)
	page.Here = r.URL.RequestURI()
	s.show(w, "record", "frame.html", page)
}

// namesOfAccess are the names of users and keys, by id.
func (s *console) namesOfAccess() map[string]string {
	names := map[string]string{}
	for _, m := range s.Entrance.Porter.Members() {
		names[string(m.ID)] = m.Name
	}
	for _, k := range s.Entrance.Porter.Keys().All() {
		names[string(k.ID)] = k.Name
	}
	return names
}

// recordFile is the whole record, oldest last.
func (s *console) recordFile(w http.ResponseWriter, r *http.Request) {
	var write func(access.Entry) error
	var end func() error
	switch r.PathValue("file") {
	case "changes.csv":
		w.Header().Set("Content-Type", "text/csv; charset=utf-8")
		table := csv.NewWriter(w)
		_ = table.Write([]string{"number", "at", "who", "user", "action", "subject"}) // an error comes again at the end
		write = func(e access.Entry) error {
			return table.Write([]string{strconv.FormatUint(e.Number, 10), e.At.Format(time.RFC3339), inert(e.Who), string(e.User), e.Action, inert(e.Subject)})
		}
		end = func() error { table.Flush(); return table.Error() }
	case "changes.ndjson":
		w.Header().Set("Content-Type", "application/x-ndjson")
		lines := json.NewEncoder(w)
		write, end = func(e access.Entry) error { return lines.Encode(e) }, func() error { return nil }
	default:
		s.nowhere(w, r)
		return
	}
	w.Header().Set("Content-Disposition", `attachment; filename="`+r.PathValue("file")+`"`)
	w.Header().Set("Cache-Control", "no-store")
	for before := uint64(0); ; {
		entries, err := s.Entrance.Porter.Record(r.Context(), before, 1000)
		for i := range entries {
			if err == nil {
				err = write(entries[i])
			}
		}
		if err != nil {
			s.Logger.ErrorContext(r.Context(), "console record", "error", err)
			panic(http.ErrAbortHandler) // a file that breaks off must not look whole
		}
		if len(entries) == 0 {
			break
		}
		before = entries[len(entries)-1].Number
		if before == 1 {
			break
		}
	}
	if err := end(); err != nil {
		s.Logger.DebugContext(r.Context(), "console record not read to its end")
	}
}

// inert is a text that no spreadsheet takes for a formula (OWASP, CSV injection).
func inert(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}

// browserText is at what somebody signed in.
func browserText(lang string, b access.Browser) string {
	switch {
	case b.Name != "" && b.System != "":
		return strings.NewReplacer("{browser}", b.Name, "{system}", b.System).Replace(word(lang, "account.browser.on"))
	case b.Name != "" || b.System != "":
		return b.Name + b.System
	}
	return word(lang, "account.browser")
}

// actionText is what somebody did, in words where there are any.
func actionText(lang, action string) string {
	if named := keyedText(lang, "did."+action, ""); named != "" {
		return named
	}
	return action
}
