package api

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/compose"
)

//go:embed page.html
var pageSource string

var pageTemplate = template.Must(template.New("page").Parse(pageSource))

// pageStyle is inline so that the page needs nothing else; the content security policy allows it by its
// hash and nothing more. The colours stand before it: the brand's, or without a brand, the reader's own.
const pageStyle = `
body{margin:0;min-height:100vh;display:grid;place-items:center;font:1.0625rem/1.6 system-ui,sans-serif;background:var(--paper);color:var(--ink)}
main{max-width:32rem;padding:2rem 1.5rem}
h1{font-size:1.5rem;line-height:1.3;margin:0 0 .75rem}
a{color:inherit}
.brand{margin:0 0 1.5rem;font-weight:600;color:var(--accent)}
button{font:inherit;font-weight:600;padding:.75rem 1.25rem;min-height:2.75rem;border:0;border-radius:.5rem;background:var(--accent);color:var(--on-accent);cursor:pointer}
fieldset{margin:0;padding:0;border:0;min-width:0}
legend{padding:0}
label{display:block;margin:.25rem 0}
.choice{display:flex;align-items:center;gap:.75rem;min-height:2.75rem}
input[type=radio]{width:1.25rem;height:1.25rem;accent-color:var(--accent)}
input:not([type=radio]){display:block;box-sizing:border-box;width:100%;font:inherit;min-height:2.75rem;margin-top:.25rem;padding:.5rem .75rem;border:2px solid var(--accent);border-radius:.5rem;background:var(--paper);color:var(--ink)}
.send{margin:1rem 0 0;display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:center}
.rather{background:none;color:inherit;font-weight:400;text-decoration:underline;padding-inline:0}
.wrong{font-weight:600;border-inline-start:4px solid var(--accent);padding-inline-start:.75rem}
.ends{display:flex;justify-content:space-between;gap:1rem;margin:0}
.privacy{font-size:.9375rem}
button:hover{box-shadow:0 0 0 2px var(--paper),0 0 0 4px var(--accent)}
:focus-visible{outline:3px solid var(--accent);outline-offset:3px}
`

const plainColours = `:root{color-scheme:light dark;--paper:Canvas;--ink:CanvasText;--accent:#1d4ed8;--on-accent:#fff}
@media (prefers-color-scheme:dark){:root{--accent:#93b4fd;--on-accent:#0b1b3f}}`

// styled is the page's style in a brand's colours.
func styled(s aparte.Style) string { return coloursOf(s) + pageStyle }

// coloursOf are a brand's colours. Anything that is not #rrggbb leaves the plain ones.
func coloursOf(s aparte.Style) string {
	for _, c := range [...]string{s.Paper, s.Ink, s.Accent, s.OnAccent} {
		if !hexColour.MatchString(c) {
			return plainColours
		}
	}
	return ":root{color-scheme:only light;--paper:" + s.Paper + ";--ink:" + s.Ink + ";--accent:" + s.Accent + ";--on-accent:" + s.OnAccent + "}"
}

var hexColour = regexp.MustCompile(`^#[0-9A-Fa-f]{6}$`)

// policyOf allows a page its own style, and to send its form to us.
func policyOf(style string) string {
	hash := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) +
		"'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
}

// pageKind is one of the few pages that a person may see of the doors.
type pageKind string

const (
	askPage      pageKind = "ask"
	donePage     pageKind = "done"
	deadLinkPage pageKind = "dead link"

	thanksPage    pageKind = "thanks"    // of an answer; its title is said by the question
	noAnswerPage  pageKind = "no answer" // what is wrong with an answer, above the question
	tooOftenPage  pageKind = "too often"
	unsentPage    pageKind = "unsent"
	confirmPage   pageKind = "confirm"
	confirmedPage pageKind = "confirmed"
)

// pageData is what a page says.
type pageData struct {
	Lang, Title, Text, Button, Back string

	Question *compose.Question // what is asked; nil: nothing
	Wrong    string            // what was wrong with the answer before
	Chosen   string            // the choice that is picked already
	Given    string            // what was written before
	Refusing bool              // they came to say that they would rather not

	Brand, Home string
	Style       template.CSS
}

// pageWords are the pages' words by language.
var pageWords = map[string]map[pageKind]pageData{
	"en": {
		askPage: {Title: "Stop receiving our messages?",
			Text:   "We will not write to you on this channel any more. What you have asked for, such as the news of an order, still reaches you.",
			Button: "Yes, stop"},
		donePage: {Title: "Done: we will not write to you any more", Back: "To our site",
			Text: "Your choice holds from now on. You need not do anything else, and you may close this page."},
		deadLinkPage: {Title: "This link leads nowhere any more", Back: "To our site",
			Text: "It may have been cut short on its way. Try to copy it whole from the message."},
		thanksPage:   {Text: "You may close this page.", Back: "To our site"},
		noAnswerPage: {Text: "Please look at your answer again: we could not read it."},
		tooOftenPage: {Text: "Too many addresses were given. Please try again tomorrow."},
		unsentPage:   {Text: "We could not write to this address just now. Please try again later."},
		confirmPage: {Title: "Is this your address?", Button: "Yes, it is mine",
			Text: "Confirm that you read the mail of the address we wrote to, and that you would like to hear from us. You can stop at any time."},
		confirmedPage: {Title: "Thank you: your address is confirmed", Text: "You may close this page.", Back: "To our site"},
	},
	"fr": {
		askPage: {Title: "Ne plus recevoir nos messages\u00a0?",
			Text:   "Nous ne vous écrirons plus par ce canal. Ce que vous avez demandé, comme les nouvelles d’une commande, vous parviendra toujours.",
			Button: "Oui, arrêter"},
		donePage: {Title: "C’est fait : nous ne vous écrirons plus", Back: "Vers notre site",
			Text: "Votre choix vaut dès maintenant. Vous n’avez rien d’autre à faire et pouvez fermer cette page."},
		deadLinkPage: {Title: "Ce lien ne mène plus nulle part", Back: "Vers notre site",
			Text: "Il a peut-être été coupé en chemin. Essayez de le copier en entier depuis le message."},
		thanksPage:   {Text: "Vous pouvez fermer cette page.", Back: "Vers notre site"},
		noAnswerPage: {Text: "Regardez encore votre réponse : nous n’avons pas pu la lire."},
		tooOftenPage: {Text: "Trop d’adresses ont été données. Réessayez demain."},
		unsentPage:   {Text: "Nous n’avons pas pu écrire à cette adresse. Réessayez plus tard."},
		confirmPage: {Title: "Est-ce bien votre adresse ?", Button: "Oui, c’est la mienne",
			Text: "Confirmez que vous lisez le courrier de l’adresse à laquelle nous avons écrit, et que vous souhaitez de nos nouvelles. Vous pourrez arrêter à tout moment."},
		confirmedPage: {Title: "Merci : votre adresse est confirmée", Text: "Vous pouvez fermer cette page.", Back: "Vers notre site"},
	},
}

// page answers with one of our pages, in the reader's language.
func (s *server) page(w http.ResponseWriter, r *http.Request, status int, kind pageKind) error {
	lang := s.language(r)
	data := pageWords[lang][kind]
	data.Lang = lang
	w.Header().Set("Vary", "Accept-Language")
	return s.writePage(w, status, data)
}

// writePage answers with a page, in the brand's colours.
func (s *server) writePage(w http.ResponseWriter, status int, data pageData) error {
	var colours aparte.Style
	if plan := s.engine.Plan(); plan != nil {
		data.Brand, colours = plan.Brand().Name, plan.Brand().Style
		if home, err := url.Parse(plan.Brand().Home); err == nil && data.Back != "" && home.Host != "" {
			data.Home = home.String()
		}
	}
	style := styled(colours)
	data.Style = template.CSS(style)
	var body bytes.Buffer
	if err := pageTemplate.Execute(&body, data); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", policyOf(style))
	h.Set("Content-Language", data.Lang)
	h["Cache-Control"] = noStore
	setTokenHeaders(h)
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // the caller has gone
	return nil
}

// language is "en" or "fr": the first of them that the reader's browser asks for, else the brand's.
func (s *server) language(r *http.Request) string {
	asked := r.Header.Get("Accept-Language")
	if plan := s.engine.Plan(); plan != nil {
		asked += "," + plan.Brand().Locale
	}
	return languageIn(asked)
}

// languageIn is the first language in a list such as that of Accept-Language that we have words in,
// else "en". Browsers send the list in order of preference.
func languageIn(list string) string {
	for one := range strings.SplitSeq(list, ",") {
		tag, _, _ := strings.Cut(strings.TrimSpace(one), ";")
		base, _, _ := strings.Cut(strings.ToLower(tag), "-")
		if _, ok := pageWords[base]; ok {
			return base
		}
	}
	return "en"
}
