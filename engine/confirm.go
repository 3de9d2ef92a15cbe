package engine

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/compose"
	"github.com/aparte-dev/aparte/profile"
	"github.com/aparte-dev/aparte/store"
)

// Whoever types an address may not be who reads its mail. So nothing is done with a typed address but to write to it once:
// it names nobody, is kept nowhere, and changes nobody. It stands, sealed so that only this server can read it, in the link of
// that one mail; when the link has not been followed in time, nothing is left of it. Who follows it and confirms reads the
// mailbox, and only then is there a consent. That the reader is also who typed it is believed only where nothing of
// somebody else's can be seen by it: where the address named nobody before, and the one who typed it had none. Else
// the consent goes to whom the address names already, and the two stay two.

// confirmWithin is how long the link in the mail holds.
const confirmWithin = 48 * time.Hour

// sealedAddress is an address with the question that it answers.
type sealedAddress struct {
	decision aparte.DecisionID
	taken    time.Time // when the decision was
	at       time.Time // when the address was given
	address  string    // in its normal form
}

// askToConfirm writes to the address that somebody gave.
func (e *Engine) askToConfirm(ctx context.Context, a *asked, given Given) error {
	id, err := profile.Normalize(aparte.KindEmail, given.Answer, "")
	if err != nil {
		return ErrAnswer
	}
	sender := e.sender(aparte.Email)
	if sender == nil {
		e.log.Error("an address was given and nothing sends e-mail here", "content", a.content.ID)
		return ErrUnsent
	}
	if !e.confirms.allow(e.now(), identifierKey(e.secret, id), a.person.ID, given.From) {
		return ErrOften
	}
	token, err := e.seal(sealedAddress{a.decision.ID, a.decision.At, e.now(), id.Value})
	if err != nil {
		return err
	}
	message, err := e.confirmation(a, id.Value, token)
	if err != nil {
		return fmt.Errorf("confirmation of %s: %w", a.decision.ID, err)
	}
	e.handed(aparte.Email)
	if err := sender.Send(ctx, message); err != nil {
		e.log.Warn("a confirmation was not sent", "decision", a.decision.ID, "error", err)
		return ErrUnsent
	}
	return nil
}

// confirmation is the mail to an address that somebody gave. It says nothing of anybody: its reader may be a stranger to who
// gave it.
func (e *Engine) confirmation(a *asked, to, token string) (*channel.Message, error) {
	brand := a.brand.plan.Brand()
	composed, err := e.composer.Mail(&compose.MailScene{Scene: compose.Scene{
		Brand: brand, Content: &confirmContent, Locale: localeOf(a.brand, a.person, a.decision.Context.Locale),
		Now: e.now(), Zone: brand.Zone, Link: e.baseURL + "/v/" + token,
	}})
	if err != nil {
		return nil, err
	}
	return &channel.Message{
		Key: fmt.Sprintf("confirm-%s-%d", a.decision.ID, e.now().Unix()), To: to, ReplyTo: brand.Sender.ReplyTo,
		From:    (&mail.Address{Name: brand.Sender.Name, Address: brand.Sender.Address}).String(),
		Subject: composed.Subject, HTML: composed.HTML, Text: composed.Text,
	}, nil
}

// confirmContent is what the mail says.
var confirmContent = aparte.Content{
	ID: "aparte-confirm", Kind: "confirmation", Purpose: aparte.Service,
	Elements: []aparte.Element{
		confirmWords("subject", "Please confirm your address", "Confirmez votre adresse"),
		confirmWords("headline", "Is this your address?", "Est-ce bien votre adresse\u00a0?"),
		confirmWords("body", "Somebody gave it to {{ brand.name }} to be written to. If it was you, confirm it.\n\nIf it was not, do nothing: we do not keep it, and it is on no list of ours.",
			"Quelqu’un l’a donnée à {{ brand.name }} pour recevoir nos messages. Si c’était vous, confirmez-la.\n\nSinon, ne faites rien\u00a0: nous ne la gardons pas, et elle n’est sur aucune liste."),
		confirmWords("cta", "Confirm my address", "Confirmer mon adresse"),
	},
}

func confirmWords(element, en, fr string) aparte.Element {
	return aparte.Element{Name: element, Variants: []aparte.Variant{{ID: "a", Words: aparte.Words{"en": en, "fr": fr}}}}
}

// Confirmable is nil where an address can be confirmed with a token, else ErrToken. It changes nothing.
func (e *Engine) Confirmable(token string) error {
	_, err := e.unseal(token)
	return err
}

// Confirm makes the address of a token the person's who gave it, or finds whose it is, and notes what they consent to. Doing it
// again changes nothing.
func (e *Engine) Confirm(ctx context.Context, token string) error {
	s, err := e.unseal(token)
	if err != nil {
		return err
	}
	a, err := e.askedThen(ctx, s)
	if err != nil {
		return err
	}
	agreement, err := e.agreement(ctx, &a, s)
	if err != nil {
		return fmt.Errorf("confirm for %s: %w", s.decision, err)
	}
	if err := e.Accept(ctx, []aparte.Event{agreement}); err != nil {
		return fmt.Errorf("confirm for %s: %w", s.decision, err)
	}
	return e.disclose(ctx, s.decision, confirmedCount, s.at, func(at time.Time) aparte.Event {
		event := ownEvent(aparte.EventAnswered, &a.decision, at, map[string]any{
			"trait": a.trait(), "answer": aparte.AskConfirmed, "worth": a.content.Ask.Worth,
		})
		event.MessageID = s.messageID("confirmed") // once, however often the link is followed
		return event
	})
}

// askedThen is the question that an address answered, as the brand put it at the time: what was agreed to is what was read.
func (e *Engine) askedThen(ctx context.Context, s sealedAddress) (asked, error) {
	var a asked
	err := e.visit(ctx, s.decision.Person, func(t *turn, p *aparte.Person) (err error) {
		a.person = p
		a.decision, err = t.decisionAt(s.decision, s.taken)
		return err
	})
	switch {
	case errors.Is(err, store.ErrNotFound):
		return a, ErrToken
	case err != nil:
		return a, fmt.Errorf("question of %s: %w", s.decision, err)
	}
	b, _, err := e.brandAt(ctx, a.decision.Brand)
	if err != nil {
		return a, err
	}
	at := slices.IndexFunc(b.Contents, func(c aparte.Content) bool { return c.ID == a.decision.Action.Content })
	if at < 0 || b.Contents[at].Ask == nil || b.Contents[at].Ask.Kind != aparte.AskAddress {
		return a, ErrToken
	}
	a.content = &b.Contents[at]
	return a, nil
}

// agreement is the event by which the reader of a mailbox consents.
func (e *Engine) agreement(ctx context.Context, a *asked, s sealedAddress) (aparte.Event, error) {
	ask, now := a.content.Ask, e.now().UTC()
	traits, err := json.Marshal(map[string]any{
		"email": s.address, a.trait(): aparte.AskConfirmed,
		"consents": []map[string]any{{
			"purpose": ask.Consent, "channel": aparte.Email, "granted": true, "source": "confirmed: " + clipped(string(a.content.ID), 48), "wording": ask.Wording,
		}},
	})
	if err != nil {
		return aparte.Event{}, err
	}
	proof, err := json.Marshal(map[string]any{
		"confirmed": Confirmation{Decision: s.decision.String(), Content: a.content.ID, Brand: a.decision.Brand, Given: s.at.UTC(), Confirmed: now},
		"asked":     asking{Language: localeOf(e.brand.Load(), a.person, a.decision.Context.Locale)},
	})
	if err != nil {
		return aparte.Event{}, err
	}
	event := aparte.Event{
		Type: aparte.Identify, MessageID: s.messageID("consent"), Source: aparte.OwnSource, Traits: traits, Context: proof,
		Timestamp: now, OriginalTimestamp: now, ReceivedAt: now,
	}
	theirs, err := e.believed(ctx, a.person, aparte.Identifier{Kind: aparte.KindEmail, Value: s.address})
	if err != nil || !theirs {
		return event, err
	}
	for _, id := range a.person.Identifiers {
		switch {
		case id.Kind == aparte.KindUserID && event.UserID == "":
			event.UserID = id.Value
		case id.Kind == aparte.KindAnonymousID && event.AnonymousID == "":
			event.AnonymousID = id.Value
		}
	}
	return event, nil
}

// believed reports whether an address whose reader has confirmed it is that of the person who gave it: it names them already,
// or it named nobody and they had none.
func (e *Engine) believed(ctx context.Context, p *aparte.Person, address aparte.Identifier) (bool, error) {
	owner, err := e.Find(ctx, address)
	if errors.Is(err, store.ErrNotFound) {
		_, has := p.Identifier(aparte.KindEmail)
		return !has, nil
	} else if err != nil {
		return false, err
	}
	named, err := e.Person(ctx, owner)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return named.ID == p.ID, err
}

func clipped(s string, n int) string { return s[:min(n, len(s))] }

// messageID names what a confirmation does, once for each time an address was given.
func (s sealedAddress) messageID(what string) aparte.MessageID {
	return aparte.MessageID(fmt.Sprintf("aparte-%s:%s:%d", what, s.decision, s.at.Unix()))
}

// seal is a token that only this server can read or make: AES-256-GCM under a key of its own. The nonce stands before it.
func (e *Engine) seal(s sealedAddress) (string, error) {
	aead, err := e.sealing()
	if err != nil {
		return "", err
	}
	b := append(make([]byte, 0, 320), s.decision.Person[:]...)
	b = binary.AppendUvarint(b, s.decision.Seq)
	b = binary.AppendUvarint(b, uint64(s.taken.Unix()))
	b = binary.AppendUvarint(b, uint64(s.at.Unix()))
	b = append(b, s.address...)
	return base64.RawURLEncoding.EncodeToString(aead.Seal(nil, nil, b, nil)), nil
}

// unseal is what a token holds, or ErrToken where it is none or its time is over.
func (e *Engine) unseal(token string) (sealedAddress, error) {
	var s sealedAddress
	const longest = 640
	if len(token) > longest {
		return s, ErrToken
	}
	aead, err := e.sealing()
	if err != nil {
		return s, err
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil {
		return s, ErrToken
	}
	b, err := aead.Open(nil, nil, sealed, nil)
	if err != nil || len(b) < len(s.decision.Person) {
		return s, ErrToken
	}
	b = b[copy(s.decision.Person[:], b):]
	var numbers [3]uint64
	for i := range numbers {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			return s, ErrToken
		}
		numbers[i], b = v, b[n:]
	}
	s.decision.Seq, s.address = numbers[0], string(b)
	s.taken, s.at = time.Unix(int64(numbers[1]), 0).UTC(), time.Unix(int64(numbers[2]), 0).UTC()
	if age := e.now().Sub(s.at); age > confirmWithin || age < -time.Minute {
		return s, ErrToken
	}
	return s, nil
}

// sealing is the cipher of sealed tokens; its key is kept apart from whatever else the secret is used for.
func (e *Engine) sealing() (cipher.AEAD, error) {
	mac := hmac.New(sha256.New, e.linkKey())
	mac.Write([]byte("sealed address"))
	block, err := aes.NewCipher(mac.Sum(nil))
	if err != nil {
		return nil, fmt.Errorf("cipher of addresses: %w", err)
	}
	return cipher.NewGCMWithRandomNonce(block)
}
