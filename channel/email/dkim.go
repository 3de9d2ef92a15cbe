package email

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/emersion/go-msgauth/dkim"

	"github.com/aparte-dev/aparte/channel"
)

// Key signs mails (DKIM, RFC 6376): whoever receives one reads the public half in the DNS of Domain, under Selector, and
// so knows that the domain answers for it. A mail is signed with every key it is given: an RSA and an Ed25519 one (RFC
// 8463), where not all receivers know the latter.
//
// To change a key, publish the record of the new one under another selector, sign with that, and leave the old record
// until the last mail signed with it has arrived.
type Key struct {
	Domain   string // empty: that of Config.From. For DMARC it must be the domain of whoever speaks, or one above it
	Selector string
	Signer   crypto.Signer // *rsa.PrivateKey of 2048 bits or more, or ed25519.PrivateKey
}

const (
	maxKeys    = 4
	minRSABits = 2048 // RFC 8301 section 3.2: signers should use no less
	maxKeyFile = 64 << 10
)

// signed are the fields a signature covers, those that are absent included, so that nobody adds one on the way (RFC 6376
// section 5.4 and 8.15). From and Subject stand there once more than a mail has them, for the same reason; RFC 8058
// section 4 asks for the two of List-Unsubscribe.
var signed = []string{
	"From", "From", "To", "Subject", "Subject", "Date", "Message-ID", "Reply-To", "In-Reply-To", "References",
	"Auto-Submitted", "List-Unsubscribe", "List-Unsubscribe-Post", "Feedback-ID",
	"MIME-Version", "Content-Type", "Content-Transfer-Encoding",
}

// ReadKey reads a private key from a PEM file, as openssl writes them: PKCS #8, or PKCS #1 for RSA.
func ReadKey(path string) (crypto.Signer, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("DKIM key: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxKeyFile))
	if err != nil {
		return nil, fmt.Errorf("DKIM key %s: %w", path, err)
	}
	signer, err := parseKey(text)
	if err != nil {
		return nil, fmt.Errorf("DKIM key %s: %w", path, err)
	}
	return signer, nil
}

func parseKey(text []byte) (crypto.Signer, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("no PEM block")
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, checkKey(key)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("no private key in PKCS #8 or PKCS #1: block %q", block.Type)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("%T cannot sign", key)
	}
	return signer, checkKey(signer)
}

func checkKey(signer crypto.Signer) error {
	switch public := signer.Public().(type) {
	case ed25519.PublicKey:
		return nil
	case *rsa.PublicKey:
		if bits := public.N.BitLen(); bits < minRSABits {
			return fmt.Errorf("RSA key of %d bits, at least %d", bits, minRSABits)
		}
		return nil
	default:
		return fmt.Errorf("%T: want RSA or Ed25519", public)
	}
}

// Name is where in the DNS the key's record stands.
func (k *Key) Name() string { return k.Selector + "._domainkey." + k.Domain }

// Record is the TXT record by which others verify what the key signs (RFC 6376 section 3.6.1, RFC 8463 section 4).
func (k *Key) Record() (string, error) {
	if k.Signer == nil {
		return "", errors.New("no key")
	}
	switch public := k.Signer.Public().(type) {
	case ed25519.PublicKey:
		return "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(public), nil
	case *rsa.PublicKey:
		der, err := x509.MarshalPKIXPublicKey(public)
		if err != nil {
			return "", fmt.Errorf("DKIM key: %w", err)
		}
		return "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(der), nil
	default:
		return "", fmt.Errorf("%T: want RSA or Ed25519", public)
	}
}

// Check says what is wrong with the key's names, or the key.
func (k *Key) Check() error {
	if err := checkDomain(k.Domain); err != nil {
		return fmt.Errorf("domain %q: not a domain", k.Domain)
	}
	if err := checkDomain(k.Selector); err != nil {
		return fmt.Errorf("selector %q: want letters, digits and hyphens", k.Selector)
	}
	if k.Signer == nil {
		return errors.New("no key")
	}
	return checkKey(k.Signer)
}

func (s *settings) checkKeys() error {
	if len(s.Keys) > maxKeys {
		return fmt.Errorf("keys: %d of them, at most %d", len(s.Keys), maxKeys)
	}
	_, domain, _ := strings.Cut(s.from.Address, "@")
	for _, key := range s.Keys {
		if key.Domain == "" {
			key.Domain = domain
		}
		if err := key.Check(); err != nil {
			return fmt.Errorf("key %q: %w", key.Selector, err)
		}
		s.signing = append(s.signing, &dkim.SignOptions{
			Domain: key.Domain, Selector: key.Selector, Signer: key.Signer, HeaderKeys: signed,
			HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed,
		})
	}
	return nil
}

// sign puts the signatures before a mail. Each covers the mail, not the others.
func (s *settings) sign(mail []byte) ([]byte, error) {
	if len(s.signing) == 0 {
		return mail, nil
	}
	var out bytes.Buffer
	out.Grow(len(mail) + 1024*len(s.signing))
	for _, options := range s.signing {
		signature, err := signatureOf(mail, options)
		if err != nil {
			return nil, channel.Unsendable("sign: %v", err)
		}
		out.WriteString(signature)
	}
	out.Write(mail)
	return out.Bytes(), nil
}

func signatureOf(mail []byte, options *dkim.SignOptions) (string, error) {
	signer, err := dkim.NewSigner(options)
	if err != nil {
		return "", err
	}
	_, err = signer.Write(mail)
	if err := errors.Join(err, signer.Close()); err != nil {
		return "", err
	}
	return signer.Signature(), nil
}
