package api

import (
	"bytes"
	_ "embed"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
)

// The proof of what somebody agreed to, and what not. It names nobody: whoever knows the person by an identifier finds it by that, and
// who is shown it is told a keyed hash.

// ConsentProof is the file.
type ConsentProof struct {
	Written time.Time       `json:"written"`
	Brand   string          `json:"brand,omitempty"`
	Subject string          `json:"subject"`
	Answers []ConsentAnswer `json:"answers"` // the latest first
}

// ConsentAnswer is one answer and what shows it.
type ConsentAnswer struct {
	Purpose   aparte.Purpose       `json:"purpose"`
	Channel   aparte.Channel       `json:"channel,omitempty"`
	Granted   bool                 `json:"granted"`
	Stands    bool                 `json:"stands"`
	At        time.Time            `json:"at"`
	Received  time.Time            `json:"received"`
	Source    string               `json:"source,omitempty"`
	Through   string               `json:"through,omitempty"`
	Page      string               `json:"page,omitempty"`
	MessageID aparte.MessageID     `json:"messageId,omitempty"`
	Language  string               `json:"language,omitempty"`
	Wording   string               `json:"wording,omitempty"`
	Worded    *aparte.Wording      `json:"worded,omitempty"`
	Confirmed *engine.Confirmation `json:"confirmed,omitempty"`
}

// ProofOf is the proof of a person's answers.
func ProofOf(mark, brand string, proofs []engine.ConsentProof, now time.Time) ConsentProof {
	return ConsentProof{Written: now.UTC().Truncate(time.Second), Brand: brand, Subject: mark, Answers: each(proofs, answerOf)}
}

func answerOf(p engine.ConsentProof) ConsentAnswer {
	a := ConsentAnswer{
		Purpose: p.Purpose, Channel: p.Channel, Granted: p.Granted, Stands: p.Stands, At: p.At, Received: p.Received, Source: p.Source, Through: p.Through,
		Page: p.Page, MessageID: p.Message, Language: p.Language, Wording: p.Wording, Worded: p.Worded, Confirmed: p.Confirmed,
	}
	if a.Worded == nil && a.Wording == meWording {
		a.Worded = meWorded(a.Purpose)
	}
	return a
}

// meWorded is what a person's own page asks about a purpose.
func meWorded(purpose aparte.Purpose) *aparte.Wording {
	question, answer := meWords["choices.channels"], meWord{}
	if purpose == aparte.Profiling {
		question, answer = meWords["choices.use"], meWords["choices.profiling"]
	}
	text := aparte.Words{}
	for _, lang := range []string{"en", "fr"} {
		if text[lang] = question.in(lang); answer != (meWord{}) {
			text[lang] += " " + answer.in(lang)
		}
	}
	return &aparte.Wording{ID: meWording, Purpose: purpose, Text: text}
}

// Texts are what was read: in the language in which it was asked where that is known, else in all.
func (a *ConsentAnswer) Texts() (texts []ProofText) {
	if a.Worded == nil {
		return nil
	}
	if a.Language != "" {
		if text := a.Worded.Text.In(a.Language, ""); text != "" {
			for lang, t := range a.Worded.Text {
				if t == text {
					return []ProofText{{lang, t}}
				}
			}
		}
	}
	for _, lang := range slices.Sorted(maps.Keys(a.Worded.Text)) {
		texts = append(texts, ProofText{lang, a.Worded.Text[lang]})
	}
	return texts
}

// ProofText is a text in a language.
type ProofText struct{ Lang, Text string }

// wordings answers GET /v1/admin/wordings.
func (s *server) wordings(w http.ResponseWriter, r *http.Request) error {
	all, err := s.engine.Wordings(r.Context())
	if err != nil {
		return err
	}
	s.json(w, http.StatusOK, map[string]any{"wordings": append([]aparte.Wording{}, all...)})
	return nil
}

// proofOf answers GET /v1/admin/people/{id}/consents.json and .html.
func (s *server) proofOf(write func(http.ResponseWriter, *http.Request, ConsentProof) error) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		id, err := s.whom(r.Context(), r.PathValue("id"))
		if err != nil {
			return err
		}
		p, err := s.engine.Person(r.Context(), id)
		if err != nil {
			return unknownPerson(err)
		}
		proofs, err := s.engine.ConsentProofs(r.Context(), &p)
		if err != nil {
			return err
		}
		brand := ""
		if plan := s.engine.Plan(); plan != nil {
			brand = plan.Brand().Name
		}
		return write(w, r, ProofOf(s.engine.Mark(&p), brand, proofs, s.now()))
	}
}

func (s *server) proofJSON(w http.ResponseWriter, _ *http.Request, doc ConsentProof) error {
	body, err := json.Marshal(doc, json.Deterministic(true))
	if err != nil {
		return err
	}
	keepFile(w, "application/json", "consents.json", body)
	return nil
}

//go:embed proof.html
var proofSource string

var proofTemplate = template.Must(template.New("proof").Parse(proofSource))

// proofView is the proof as it is read.
type proofView struct {
	ConsentProof
	Lang string
}

// W is a word in the reader's language.
func (v *proofView) W(key string) string {
	if w, ok := proofWords[key]; ok {
		return w.in(v.Lang)
	}
	return meWords[key].in(v.Lang)
}

// Time is a moment, to the second, UTC.
func (v *proofView) Time(at time.Time) string { return at.UTC().Format("2006-01-02 15:04:05 UTC") }

func (s *server) proofHTML(w http.ResponseWriter, r *http.Request, doc ConsentProof) error {
	var body bytes.Buffer
	if err := proofTemplate.Execute(&body, &proofView{doc, s.language(r)}); err != nil {
		return err
	}
	keepFile(w, "text/html; charset=utf-8", "consents.html", body.Bytes())
	return nil
}

// proofWords are the words of a proof that the person's page has none of.
var proofWords = map[string]meWord{
	"proof":         {"Proof of consents", "Preuve des consentements"},
	"proof.lead":    {"Every answer of one person, the latest first. Who it is stands here as a keyed hash.", "Toutes les réponses d’une personne, la plus récente d’abord. Son identité n’y figure que sous forme d’empreinte à clé."},
	"proof.subject": {"Person", "Personne"},
	"proof.written": {"Written", "Établi le"},
	"proof.none":    {"This person was never heard to answer.", "Aucune réponse de cette personne n’est connue."},
	"proof.yes":     {"Agreed", "A accepté"},
	"proof.no":      {"Refused", "A refusé"},
	"proof.stands":  {"stands today", "en vigueur"},
	"proof.former":  {"replaced by a later answer", "remplacée par une réponse ultérieure"},
	"proof.at":      {"Answered", "Répondu"},
	"proof.heard":   {"Received", "Reçu"},
	"proof.where":   {"Where", "Où"},
	"proof.message": {"Event", "Événement"},
	"proof.words":   {"What was read", "Texte lu"},
	"proof.unknown": {"The text of this version was never published here.", "Le texte de cette version n’a jamais été publié ici."},
	"proof.version": {"version", "version"},
	"proof.since":   {"since", "depuis"},
	"proof.optin":   {"Address confirmed by its reader", "Adresse confirmée par qui la lit"},
	"proof.given":   {"given", "donnée"},
	"proof.done":    {"confirmed", "confirmée"},
}
