package engine

import (
	"context"
	"fmt"
	"strings"

	"golang.org/x/text/language"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel"
)

// A keyword is obeyed in the turn in which it is noted: the decision after a STOP knows of it. That it was is said once, where the
// law wants it said; who says STOP twice is answered once, and nobody more often than perDay, so that two machines do not talk.

// optAnswer is what is to be said to a keyword; without a word: nothing.
type optAnswer struct {
	word   channel.Keyword
	person aparte.PersonID
	locale string
}

// obey does what a keyword asks for.
func (t *turn) obey(p *aparte.Person, r *channel.Reply, word channel.Keyword) (optAnswer, error) {
	answer := optAnswer{word: word, person: p.ID, locale: p.Locale}
	granted, told := p.Consented(aparte.Marketing, r.Channel)
	name := ""
	switch word {
	case channel.Stop:
		name = aparte.EventUnsubscribed
		if told && !granted {
			return optAnswer{}, nil
		}
	case channel.Start:
		name = aparte.EventResubscribed
		if granted {
			return optAnswer{}, nil
		}
	default:
		return answer, nil
	}
	d := aparte.Decision{Channel: r.Channel}
	for _, said := range p.Said { // the message they most likely answer
		if said.Channel == r.Channel && said.Parent.IsZero() {
			d.ID, d.Action.Content = said.Decision, said.Content
		}
	}
	event := ownEvent(name, &d, t.now, map[string]any{"purpose": aparte.Marketing, "source": "keyword " + strings.ToUpper(string(word))})
	event.MessageID = aparte.MessageID(fmt.Sprintf("aparte-keyword:%s:%s", r.Channel, r.ID))
	_, err := t.apply(p, &event, named{}, messageKey(event.MessageID))
	t.count("keyword/"+string(word), 1)
	return answer, err
}

// answerKeyword says that a keyword was obeyed. It is tried once: the keyword has been obeyed all the same.
func (e *Engine) answerKeyword(ctx context.Context, r *channel.Reply, a *optAnswer) {
	sender, now := e.sender(r.Channel), e.brand.Load()
	if a.word == "" || sender == nil || now == nil || !e.keywords.allow(string(a.person[:]), e.now()) {
		return
	}
	b := now.plan.Brand()
	locale := a.locale
	if locale == "" {
		locale = b.Locale
	}
	e.handed(r.Channel)
	err := sender.Send(ctx, &channel.Message{Key: clip("keyword-"+r.ID, channel.MaxKey), To: r.From, Text: keywordAnswer(a.word, locale, b.Name, b.Home)})
	if err != nil {
		e.log.Warn("a keyword was obeyed and could not be answered", "channel", r.Channel, "keyword", a.word, "error", err)
	}
}

// perDay is how many keywords of one person are answered in a day.
const perDay = 4

// keywordAnswer is what is said to a keyword: one segment, for a name and a home of usual lengths.
func keywordAnswer(word channel.Keyword, locale, brand, home string) string {
	tag, _ := language.Parse(locale) // a tag that is none is English
	base, _ := tag.Base()
	words, ok := keywordAnswers[base.String()]
	if !ok {
		words = keywordAnswers["en"]
	}
	return strings.NewReplacer("{brand}", brand, "{home}", home).Replace(words[word])
}

var keywordAnswers = map[string]map[channel.Keyword]string{
	"en": {
		channel.Stop:  "{brand}: you will get no more texts from us. Text START to get them again.",
		channel.Start: "{brand}: you will get our texts again. Text STOP to end them, HELP for help.",
		channel.Help:  "{brand}: {home} Text STOP to get no more texts from us.",
	},
	"fr": {
		channel.Stop:  "{brand} : vous ne recevrez plus de SMS de notre part. Envoyez START pour en recevoir à nouveau.",
		channel.Start: "{brand} : vous recevrez à nouveau nos SMS. Envoyez STOP pour ne plus en recevoir, AIDE pour en savoir plus.",
		channel.Help:  "{brand} : {home} Envoyez STOP pour ne plus recevoir nos SMS.",
	},
}
