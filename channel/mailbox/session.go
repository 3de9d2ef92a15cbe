package mailbox

import (
	"crypto/subtle"
	"io"
	"slices"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// session is one connection's conversation. Its methods are called one after the other.
type session struct {
	mailbox *Mailbox
	known   bool // has authenticated
	from    string
	to      []string
	begun   time.Time
}

func (s *session) AuthMechanisms() []string {
	if s.mailbox.config.Username == "" {
		return nil
	}
	return []string{sasl.Plain}
}

func (s *session) Auth(mechanism string) (sasl.Server, error) {
	if !slices.Contains(s.AuthMechanisms(), mechanism) {
		return nil, smtp.ErrAuthUnknownMechanism
	}
	return sasl.NewPlainServer(func(_, username, password string) error {
		config := &s.mailbox.config
		name := subtle.ConstantTimeCompare([]byte(username), []byte(config.Username))
		secret := subtle.ConstantTimeCompare([]byte(password), []byte(config.Password))
		if name&secret != 1 {
			return smtp.ErrAuthFailed
		}
		s.known = true
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if s.mailbox.config.Username != "" && !s.known {
		return smtp.ErrAuthRequired
	}
	s.from, s.begun = from, s.mailbox.config.Now()
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.mailbox.mu.Lock()
	refuse := s.mailbox.refuse
	s.mailbox.mu.Unlock()
	if refuse != nil {
		if refusal := refuse(to); refusal != nil {
			return refusal
		}
	}
	s.to = append(s.to, to)
	return nil
}

// Data reads the mail, which the server has bounded, and files it before the sender is told.
func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	mail := parse(raw)
	mail.BegunAt, mail.ReceivedAt = s.begun, s.mailbox.config.Now()
	mail.Sender, mail.Recipients = s.from, s.to
	s.mailbox.keep(mail)
	return nil
}

func (s *session) Reset() { s.from, s.to = "", nil }

func (s *session) Logout() error { return nil }
