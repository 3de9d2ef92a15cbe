package compose

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"strconv"
	"strings"

	"github.com/osteele/liquid/values"

	"github.com/aparte-dev/aparte"
)

// Question is what a content asks, in the words of one language, for whoever puts it: as a form in a page, as links in
// an e-mail, as a page of its own.
type Question struct {
	Kind     aparte.AskKind
	Language string
	Legend   string   // the question itself
	Choices  []Choice // one of which answers it; none: something is written
	Ends     [2]string
	Privacy  string

	Label, Send, Refuse, Thanks, Pending string // in Aparté's own words, but for Thanks where the content has that element
}

// Choice is one answer that can be picked.
type Choice struct{ Value, Words string }

// Yes and No are the values of the choices of a question of yes or no.
const (
	Yes = "yes"
	No  = "no"
)

// Question is what the scene's content asks; an error where it asks nothing.
func (c *Composer) Question(s *Scene) (Question, error) {
	sc, err := c.scope(s)
	if err != nil {
		return Question{}, err
	}
	if s.Content.Ask == nil {
		return Question{}, fmt.Errorf("content %q asks nothing", s.Content.ID)
	}
	return sc.question(), nil
}

// question is what the content asks: it asks something.
func (sc *scope) question() Question {
	ask, own := sc.scene.Content.Ask, ownWords(sc.voice.base)
	said := func(w aparte.Words) string { return w.In(sc.voice.locale, sc.scene.Brand.Locale) }
	q := Question{
		Kind: ask.Kind, Language: sc.voice.locale, Legend: sc.elements["headline"], Privacy: said(ask.Privacy),
		Send: own.send, Refuse: own.refuse, Thanks: own.thanks, Pending: own.pending,
	}
	if thanks := sc.elements["thanks"]; thanks != "" {
		q.Thanks = thanks
	}
	switch ask.Kind {
	case aparte.AskChoice:
		for _, o := range ask.Options {
			q.Choices = append(q.Choices, Choice{o.Key, said(o.Words)})
		}
	case aparte.AskYesNo:
		q.Choices = []Choice{{Yes, own.yes}, {No, own.no}}
	case aparte.AskScale:
		q.Ends = [2]string{said(ask.Ends[0]), said(ask.Ends[1])}
		for n := ask.Least; n <= ask.Most; n++ {
			q.Choices = append(q.Choices, Choice{strconv.Itoa(n), strconv.Itoa(n)})
		}
	case aparte.AskAddress:
		q.Label, q.Refuse = own.address, own.noThanks
	case aparte.AskDate:
		q.Label = own.date
	default:
		q.Label = own.text
	}
	return q
}

// askWords are Aparté's own words around a question.
type askWords struct {
	send, refuse, noThanks, thanks, pending, yes, no string
	address, date, text                              string
}

func ownWords(language string) askWords {
	if language == "fr" {
		return askWords{
			send: "Envoyer", refuse: "Je préfère ne pas répondre", noThanks: "Non merci", thanks: "Merci, c’est noté.",
			pending: "Merci. Un e-mail part à cette adresse" + noBreakSpace + ": suivez son lien pour confirmer.",
			yes:     "Oui", no: "Non", address: "Votre adresse e-mail", date: "Date", text: "Votre réponse",
		}
	}
	return askWords{
		send: "Send", refuse: "I would rather not say", noThanks: "No, thank you", thanks: "Thank you, noted.",
		pending: "Thank you. An e-mail is on its way to that address: follow its link to confirm.",
		yes:     "Yes", no: "No", address: "Your e-mail address", date: "Date", text: "Your answer",
	}
}

//go:embed frame/form.html
var formFrame string

func newForm() (*htmltemplate.Template, error) { return htmltemplate.New("form").Parse(formFrame) }

// newAddress is the beginning of a form, which escapes an address as the form does.
func newAddress() (*htmltemplate.Template, error) {
	return htmltemplate.New("address").Parse(beforeAddress + "{{.}}" + afterAddress)
}

const beforeAddress, afterAddress = `<form method="post" action="`, `">`

// formKey is all that a form may depend on within a brand, but for the address that it is sent to.
type formKey struct {
	content        *aparte.Content
	locale, legend string
}

// maxForms is how many bytes of forms are kept.
const maxForms = 1 << 20

// form is the question as a form that is sent to the scene's Answer, with or without a script. A layout prints it as
// {{ form }}. All of it but that address is the same for everybody who reads the same question, and is filled in once.
func (c *Composer) form(sc *scope) (any, error) {
	s := sc.scene
	if s.Content.Ask == nil || s.Answer == "" {
		return nil, nil
	}
	if !isAbsolute(s.Answer) {
		return nil, errors.New("the address of answers must be absolute, http or https")
	}
	key := formKey{s.Content, sc.voice.locale, sc.elements["headline"]}
	around, err := c.pagesOf(s.Brand).forms.get(key, func() (around [2]string, weight int64, err error) {
		const somewhere = "https://somewhere.invalid/"
		text, err := c.formTo(sc, somewhere)
		around[0], around[1], _ = strings.Cut(text, somewhere) // the address comes before all that somebody wrote
		return around, int64(512 + len(key.locale) + len(key.legend) + len(text)), err
	})
	if err != nil {
		return nil, err
	}
	var address bytes.Buffer
	if err := c.address.Execute(&address, s.Answer); err != nil {
		return nil, err
	}
	escaped := address.Bytes()[len(beforeAddress) : address.Len()-len(afterAddress)]
	return values.SafeValue{Value: around[0] + string(escaped) + around[1]}, nil
}

// formTo is the form that is sent to an address.
func (c *Composer) formTo(sc *scope, address string) (string, error) {
	style := &sc.scene.Brand.Style
	var out bytes.Buffer
	err := c.asking.Execute(&out, struct {
		Question
		Action                       string
		Ink, Paper, Accent, OnAccent string
	}{sc.question(), address, hexOf(brandColour("ink", style)), hexOf(brandColour("paper", style)), hexOf(brandColour("accent", style)), hexOf(brandColour("onAccent", style))})
	return out.String(), err
}

// links are the choices of a question as addresses that lead to its page, where the choice is confirmed: what opens the
// links of a mail by itself answers nothing. The address tells which choice by its place, not what it says.
func (s *MailScene) links(q *Question) []answerLink {
	links := make([]answerLink, len(q.Choices))
	for i, choice := range q.Choices {
		links[i] = answerLink{choice.Words, fmt.Sprintf("%s?v=%d", s.Answer, i+1)}
	}
	return links
}

// answerLink is one choice in a mail.
type answerLink struct{ Words, Link string }
