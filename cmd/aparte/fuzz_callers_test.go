package main

import (
	"encoding/base64"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/aparte-dev/aparte/access"
)

// caller is somebody who comes to a door: with a session of the console, with a key, or with nothing.
type caller struct {
	role    access.Role // of a session or a key; empty: of neither
	session bool
	key     string
	strange bool // a page of another site has their browser ask
}

func (c caller) String() string {
	switch {
	case c.session && c.strange:
		return "the session of an " + string(c.role) + ", by a page of another site"
	case c.session:
		return "the session of a " + string(c.role)
	case c.key != "" && c.role == "":
		return "a public key"
	case c.key != "":
		return "a key of a " + string(c.role)
	}
	return "nobody"
}

// everywhere is asked of no door in particular: anybody may.
const everywhere access.Right = ""

// callers are all who may come to a door, those whom it is for last.
func (h *besieged) callers(d *door) []caller {
	sessions := func(strange bool) (cs []caller) {
		for _, role := range access.Roles() {
			cs = append(cs, caller{role: role, session: true, strange: strange})
		}
		return cs
	}
	keys := []caller{{key: h.made[""]}}
	for _, role := range access.Roles() {
		keys = append(keys, caller{role: role, key: h.made[role]})
	}
	switch {
	case strings.HasPrefix(d.path, "/console/"):
		return slices.Concat([]caller{{}}, keys, sessions(true), sessions(false))
	case strings.HasPrefix(d.path, "/v1/admin/"):
		return slices.Concat([]caller{{}}, sessions(true), sessions(false), keys)
	default:
		return slices.Concat([]caller{{}}, sessions(false), keys)
	}
}

// usual is who comes to a door in good faith.
func (h *besieged) usual(d *door) caller {
	switch {
	case strings.HasPrefix(d.path, "/console/"):
		return caller{role: access.Administrator, session: true}
	case d.guarded(), d.path == "/metrics":
		return caller{role: access.Administrator, key: siegeSecretKey}
	case d.key != "":
		return caller{key: d.key}
	}
	return caller{}
}

// by has a request come from somebody.
func (h *besieged) by(a *attack, c caller) {
	a.header.Del("Authorization")
	a.header.Del("Cookie")
	if a.ticket != "" {
		a.header.Set("Cookie", "aparte-code="+a.ticket)
	}
	if c.key != "" {
		a.header.Set("Authorization", "Bearer "+c.key)
	}
	if c.session && a.role != "" {
		c.role = a.role
	}
	if c.session {
		a.header.Add("Cookie", sessionCookie+"="+h.session(c.role))
	}
	if c.strange {
		a.header.Set("Sec-Fetch-Site", pick(a.rng, []string{"cross-site", "same-site"}))
		a.header.Set("Origin", "https://evil.example")
	}
}

const sessionCookie = "aparte-session"

// siegeWords is the password of everybody who works in the house.
const siegeWords = "une phrase que personne ne devine"

// session is the token of a session of somebody in a role. Attacks end sessions and take accounts away: another is begun then.
func (h *besieged) session(role access.Role) string {
	h.t.Helper()
	if h.porter.Demands() { // an attack demanded it: nobody in the house would come further
		h.must(h.porter.Demand(h.t.Context(), false))
	}
	if u, open := h.porter.SessionOf(h.t.Context(), h.sessions[role], false); open && u.Role == role {
		return h.sessions[role]
	}
	token := ""
	for _, m := range h.porter.Members() {
		if m.ID == h.staff[role] && m.Role == role {
			_, link, err := h.porter.Reset(h.t.Context(), m.ID)
			h.must(err)
			token = link
		}
	}
	if token == "" {
		h.staffed++
		u, link, err := h.porter.Invite(h.t.Context(), "Some "+string(role), fmt.Sprintf("%s-%d@staff.example", role, h.staffed), role)
		h.must(err)
		h.staff[role], token = u.ID, link
	}
	_, session, err := h.porter.Join(h.t.Context(), token, siegeWords)
	h.must(err)
	if session == "" { // they have a second factor since: somebody else is taken on
		delete(h.staff, role)
		return h.session(role)
	}
	h.sessions[role] = session
	return session
}

// employ has somebody administer the house, and makes a key of each kind.
func (h *besieged) employ() {
	h.t.Helper()
	token, err := h.porter.SetUpToken(h.t.Context())
	h.must(err)
	_, _, err = h.porter.SetUp(h.t.Context(), token, "Zoé", "zoe@staff.example", siegeWords) // whom no attack knows: somebody is left who administers
	h.must(err)
	h.staff, h.sessions, h.made = map[access.Role]access.UserID{}, map[access.Role]string{}, map[access.Role]string{}
	for _, role := range slices.Concat([]access.Role{""}, access.Roles()) {
		_, value, err := h.porter.CreateKey(h.t.Context(), "siege "+string(role), role)
		h.must(err)
		h.made[role] = value
		h.secret = append(h.secret, value)
	}
}

// readRights reads the rights that doors ask for from the tables that stand in the source, and where each pattern leads.
func (h *besieged) readRights(ds []door) {
	h.t.Helper()
	console := h.table("../../console/rights.go", func(outer *ast.KeyValueExpr, put func(string, access.Right)) {
		right := rightNamed(h.t, outer.Key)
		for _, pattern := range outer.Value.(*ast.CompositeLit).Elts {
			put(unquoted(h.t, pattern), right)
		}
	})
	doors := h.table("../../api/rights.go", func(one *ast.KeyValueExpr, put func(string, access.Right)) {
		put(unquoted(h.t, one.Key), rightNamed(h.t, one.Value))
	})
	if len(console) < 100 || len(doors) < 10 {
		h.t.Fatalf("%d rights of the console and %d of the API were found", len(console), len(doors))
	}
	h.rights, h.leads = map[string]access.Right{}, http.NewServeMux()
	for i := range ds {
		d := &ds[i]
		pattern := d.method + " " + d.path
		right, told := console[pattern]
		if !told && strings.HasSuffix(d.path, "/") {
			right, told = console[pattern+"{$}"]
		}
		switch {
		case told:
		case strings.HasPrefix(d.path, "/console/"):
			right = access.Administer
		case !d.guarded() && d.path != "/metrics":
			right = everywhere
		default:
			if right, told = doors[pattern]; !told && d.method == "GET" {
				right = access.See
			} else if !told {
				right = access.Change
			}
		}
		if _, twice := h.rights[pattern]; !twice {
			h.rights[pattern] = right
			h.leads.Handle(pattern, http.NotFoundHandler())
		}
	}
}

// table reads the composite literal of a file that is called rights.
func (h *besieged) table(file string, each func(*ast.KeyValueExpr, func(string, access.Right))) map[string]access.Right {
	h.t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	h.must(err)
	all := map[string]access.Right{}
	ast.Inspect(parsed, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || spec.Names[0].Name != "rights" {
			return true
		}
		at := spec.Values[0]
		if call, ok := at.(*ast.CallExpr); ok {
			at = call.Args[0]
		}
		for _, e := range at.(*ast.CompositeLit).Elts {
			each(e.(*ast.KeyValueExpr), func(pattern string, r access.Right) { all[pattern] = r })
		}
		return false
	})
	return all
}

func unquoted(t testing.TB, e ast.Expr) string {
	text, err := strconv.Unquote(e.(*ast.BasicLit).Value)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// rightNamed is the right that an expression of a table of rights names.
func rightNamed(t testing.TB, e ast.Expr) access.Right {
	switch e := e.(type) {
	case *ast.Ident:
		if e.Name == "anybody" {
			return everywhere
		}
	case *ast.SelectorExpr:
		if r, known := map[string]access.Right{"Own": access.Own, "See": access.See, "Change": access.Change, "Personal": access.Personal, "Administer": access.Administer}[e.Sel.Name]; known {
			return r
		}
	}
	t.Fatalf("a right that nobody knows: %v", e)
	return ""
}

// asks is the right that the door of a request asks for, as its method and path say it, and whether there is such a door. It knows doors by
// what is written of them, not by what answers.
func (h *besieged) asks(r *http.Request) (access.Right, bool) {
	_, pattern := h.leads.Handler(&http.Request{Method: r.Method, URL: r.URL, Host: r.Host})
	right, known := h.rights[pattern]
	return right, known
}

// may says whether who sends a request has a right, by what the request carries and nothing else.
func (h *besieged) may(r *http.Request, right access.Right) bool {
	if right == everywhere {
		return true
	}
	console, admin := strings.HasPrefix(r.URL.Path, "/console/"), strings.HasPrefix(r.URL.Path, "/v1/admin/")
	if c, err := r.Cookie(sessionCookie); err == nil && (console || admin) {
		for role, token := range h.sessions {
			if token == c.Value && (access.User{Role: role}).May(right) {
				return true
			}
		}
	}
	if console {
		return false
	}
	said := r.Header.Get("Authorization")
	kind, value, _ := strings.Cut(said, " ")
	if strings.EqualFold(kind, "Basic") {
		plain, _ := base64.StdEncoding.DecodeString(value)
		value, _, _ = strings.Cut(string(plain), ":")
	}
	value = strings.TrimSpace(value)
	if value == siegeSecretKey {
		return true
	}
	for role, key := range h.made {
		if key == value && (access.User{Role: role}).May(right) {
			return true
		}
	}
	return false
}

// strange says whether a page of another site has a browser ask for a change.
func strange(r *http.Request) bool {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return false
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "same-origin", "none":
		return false
	case "":
		origin := r.Header.Get("Origin")
		at, err := url.Parse(origin)
		return origin != "" && (err != nil || at.Host != r.Host)
	}
	return true
}

// gives says whether an answer gives what was asked for: it is no refusal, no way to sign in, and no other spelling of the address.
func gives(w *heard) bool {
	switch w.status {
	case http.StatusMovedPermanently, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return false
	case http.StatusSeeOther:
		return !strings.HasPrefix(w.header.Get("Location"), "/console/sign-in")
	}
	return w.status < 400
}

// trespasses are what is wrong with an answer to somebody who may not have it.
func (h *besieged) trespasses(r *http.Request, w *heard) (wrong []string) {
	right, known := h.asks(r)
	if known && !h.may(r, right) {
		if gives(w) {
			wrong = append(wrong, fmt.Sprintf("opens to who has not the right %q: %d", right, w.status))
		}
		for _, of := range []string{hiddenID, hiddenMail, hiddenPhone, hiddenName} {
			if strings.Contains(w.body.String(), of) && !strings.Contains(r.RequestURI, of) {
				wrong = append(wrong, "tells of somebody to who has not the right: "+of)
			}
		}
		if now := h.state(); now != h.stood {
			wrong = append(wrong, fmt.Sprintf("changes the house for who has not the right %q: from %s to %s", right, h.stood, now))
		}
	}
	ofSession := strings.HasPrefix(r.URL.Path, "/console/") || strings.HasPrefix(r.URL.Path, "/v1/admin/") && r.Header.Get("Authorization") == ""
	if ofSession && strange(r) && gives(w) {
		wrong = append(wrong, fmt.Sprintf("does what a page of another site has a browser ask: %d", w.status))
	}
	return wrong
}

// state is what those without a right must not change, as far as it costs nothing to ask.
func (h *besieged) state() string {
	return fmt.Sprintf("brand %d, %d users, %d keys, %d sources", h.engine.Plan().Version(), len(h.porter.Members()), len(h.porter.Keys().All()), len(h.asked.States()))
}

// TestADoorOpensToWhomItIsFor comes to every door as everybody: without anything, with a key of each kind, and with a session of each role,
// of which pages of another site make use too. What a door answers is held against the right that is written of it.
func TestADoorOpensToWhomItIsFor(t *testing.T) {
	h := besiege(t)
	doors := h.allDoors(t)
	h.readRights(doors)
	forms := h.readForms(doors)
	refused, let := 0, 0
	for i := range doors {
		d := &doors[i]
		rng := rand.New(rand.NewPCG(4, uint64(i)))
		for _, c := range h.callers(d) {
			if d.dear() && c.role != access.Reader {
				continue // the right is looked at before any work is done, and of work one answer is enough
			}
			a := h.base(rng, d, forms)
			h.by(a, c)
			r := a.request()
			right, known := h.asks(r)
			if !known {
				t.Fatalf("%s leads to no door", r.RequestURI)
			}
			may := h.may(r, right)
			h.stood = h.state()
			w := h.answer(r)
			for _, wrong := range slices.Concat(h.trespasses(r, w), h.faults(d, r, a.body, w)) {
				t.Errorf("%s, by %s: %s\n%.300s", d, c, wrong, w.body.Bytes())
			}
			stopped := w.status == http.StatusUnauthorized || w.status == http.StatusForbidden || strings.HasPrefix(w.header.Get("Location"), "/console/sign-in")
			switch {
			case may && !strange(r) && d.guarded() && stopped:
				t.Errorf("%s does not open to %s, who has the right %q: %d %.300s", d, c, right, w.status, w.body.Bytes())
			case may && !strange(r) && stopped && strings.HasPrefix(d.path, "/console/") && !strings.Contains(d.path, "sign-") && !strings.Contains(d.path, "everywhere"):
				t.Errorf("%s does not open to %s, who has the right %q: %d %.300s", d, c, right, w.status, w.body.Bytes())
			case !may && !stopped:
				t.Errorf("%s answers %d to %s, who has not the right %q, and not that it is theirs to have", d, w.status, c, right)
			}
			if stopped {
				refused++
			} else {
				let++
			}
		}
		h.mend()
	}
	t.Logf("%d doors: %d answers, %d refusals", len(doors), let, refused)
	if refused < 800 || let < 800 {
		t.Errorf("%d refusals and %d answers are too few to say anything", refused, let)
	}
	if patterns := slices.Collect(maps.Keys(h.rights)); len(patterns) < 240 {
		t.Errorf("%d doors were known", len(patterns))
	}
}
