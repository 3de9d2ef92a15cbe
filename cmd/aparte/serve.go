package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"slices"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/api"
	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/channel/email"
	"github.com/aparte-dev/aparte/demo/brand"
	"github.com/aparte-dev/aparte/observe"
)

type serveCommand struct {
	Addr      string            `help:"Address to listen on." default:"127.0.0.1:8080" env:"APARTE_ADDR"`
	BaseURL   string            `help:"Where people reach this address from outside, such as https://say.example.com." env:"APARTE_BASE_URL"`
	Data      string            `help:"Directory of the embedded store." default:"./data" type:"path" env:"APARTE_DATA"`
	Store     []string          `help:"Addresses of PostgreSQL (postgres://user@host/database) to keep everything in instead of --data; several spread people over as many servers. Any number of nodes may share them." placeholder:"ADDRESS" env:"APARTE_STORE" sep:"none"`
	NodeURL   string            `help:"With --store: where the other nodes reach this one, such as http://10.0.0.3:8080." name:"node-url" env:"APARTE_NODE_URL"`
	Brand     string            `help:"Brand to publish at start: a JSON file." type:"existingfile" env:"APARTE_BRAND"`
	Memory    int               `help:"Megabytes to stay within, about: caches grow with them." default:"${memory}" env:"APARTE_MEMORY"`
	Assets    string            `help:"Directory of the brand's pictures." default:"." type:"existingdir" env:"APARTE_ASSETS"`
	WriteKey  string            `help:"Public key: writes events, asks for decisions. Others are made in the console." env:"APARTE_WRITE_KEY"`
	SecretKey string            `help:"Secret key: reads people, publishes brands. Others are made in the console." env:"APARTE_SECRET_KEY"`
	Proxy     bool              `help:"A proxy stands before this address: what it says of clients is believed (X-Forwarded-For, X-Forwarded-Proto)." name:"behind-proxy" env:"APARTE_BEHIND_PROXY"`
	RateLimit int               `help:"Events and decisions a second that may come by the write key, on average, by all nodes together; 0: no bound." default:"0" env:"APARTE_RATE_LIMIT"`
	SMTP      string            `help:"Mail server, host:port; without one no e-mail leaves." name:"smtp" env:"APARTE_SMTP"`
	SMTPUser  string            `help:"User at the mail server." name:"smtp-user" env:"APARTE_SMTP_USER"`
	SMTPWidth int               `help:"Connections to the mail server at once." name:"smtp-connections" default:"24" env:"APARTE_SMTP_CONNECTIONS"`
	SMTPPass  string            `help:"Password at the mail server." name:"smtp-password" env:"APARTE_SMTP_PASSWORD"`
	DKIM      map[string]string `help:"Keys that sign mails, each by its selector: SELECTOR=FILE (PEM; see aparte keys dkim). The domain is that of --from." name:"dkim" env:"APARTE_DKIM" mapsep:","`
	Private   bool              `help:"Webhooks may go to private networks, this host included, and without TLS." name:"webhooks-private" env:"APARTE_WEBHOOKS_PRIVATE"`
	Addresses string            `help:"Directory of files, each the address of a database that a source can name (file:NAME); others are in APARTE_SOURCE_… (env:APARTE_SOURCE_…)." name:"source-addresses" type:"existingdir" env:"APARTE_SOURCE_ADDRESSES"`
	MailIn    string            `help:"Where mail servers deliver what comes back, host:port: bounces, complaints, replies. The MX of --mail-domain leads here." name:"mail-in" env:"APARTE_MAIL_IN"`
	MailBack  string            `help:"Domain of the addresses by which mail comes back, such as back.atelier.example." name:"mail-domain" env:"APARTE_MAIL_DOMAIN"`
	From      string            `help:"Sender of e-mails where the brand names none." env:"APARTE_FROM"`
	Push      pushFlags         `embed:""`
	Texts     smsFlags          `embed:""`
	Single    singleFlags       `embed:""`

	modelFlags `embed:""`
}

// minSecret is the least length of a secret key: a machine makes it, nobody types it.
const minSecret = 16

// Run serves until it is interrupted.
func (c *serveCommand) Run(ctx context.Context) error {
	if c.SecretKey != "" && len(c.SecretKey) < minSecret {
		return fmt.Errorf("the secret key must have at least %d characters", minSecret)
	}
	if (c.MailIn == "") != (c.MailBack == "") {
		return errors.New("--mail-in and --mail-domain go together")
	}
	log := slog.New(observe.Logs(slog.NewJSONHandler(os.Stderr, nil)))
	model, err := c.writer()
	if err != nil {
		return err
	}
	single, err := c.Single.settings()
	if err != nil {
		return err
	}
	tracer, err := observe.OpenTracer(ctx, os.Getenv)
	if err != nil {
		return err
	}
	defer closeTracer(tracer, log)
	heard := new(ear)
	senders, told, closeSenders, err := c.senders(heard, log)
	if err != nil {
		return err
	}
	defer closeSenders()
	var more func(*http.ServeMux)
	if told != nil {
		more = func(mux *http.ServeMux) { mux.Handle(toldPath, told) }
	}
	p := plan{
		addr: c.Addr, baseURL: c.BaseURL, data: c.Data, memory: c.Memory, assets: layered{os.DirFS(c.Assets), brand.Assets()}, senders: senders, hosts: c.hosts(), width: c.SMTPWidth, mailIn: c.MailIn, mailBack: c.MailBack, log: log,
		writer: model, proxied: c.Proxy, private: c.Private, addresses: c.Addresses, rateLimit: c.RateLimit, more: more, keys: c.given(), single: single, databases: c.Store, tracer: tracer,
	}
	if len(c.Store) > 0 {
		return c.serveNode(ctx, p, heard)
	}
	h, err := build(ctx, p)
	if err != nil {
		return err
	}
	heard.engine.Store(h.engine)
	err = c.publish(ctx, h)
	if err == nil {
		err = h.inviteFirst(ctx, os.Stdout)
	}
	if err == nil {
		h.open(ctx)
		log.Info("serving", "address", h.listen.Addr().String(), "data", c.Data, "people's console", "/console/")
		err = h.serve(ctx, nil)
	}
	return errors.Join(err, h.close())
}

// given are the keys of the command line. Those made in the console open beside them.
func (c *serveCommand) given() (keys []api.Key) {
	if c.WriteKey != "" {
		keys = append(keys, api.Key{Name: "write key", Kind: api.PublicKey, Source: "web", Value: c.WriteKey})
	}
	if c.SecretKey != "" {
		keys = append(keys, api.Key{Name: "secret key", Kind: api.SecretKey, Source: "server", Value: c.SecretKey})
	}
	return keys
}

// publish puts the brand file into force, where one was named.
func (c *serveCommand) publish(ctx context.Context, h *house) error {
	if c.Brand == "" {
		return nil
	}
	b, err := readBrand(c.Brand)
	if err != nil {
		return err
	}
	if _, err := h.engine.Publish(ctx, b); err != nil {
		return fmt.Errorf("%s: %w", c.Brand, err)
	}
	return nil
}

// maxBrand bounds a brand file: a catalogue of a hundred thousand items fits.
const maxBrand = 256 << 20

func readBrand(path string) (*aparte.Brand, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("brand: %w", err)
	}
	defer f.Close()
	body, err := io.ReadAll(io.LimitReader(f, maxBrand+1))
	if err != nil {
		return nil, fmt.Errorf("brand: %w", err)
	}
	if len(body) > maxBrand {
		return nil, fmt.Errorf("%s: has more than %d bytes", path, maxBrand)
	}
	b, err := api.ParseBrand(body)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return b, nil
}

// senders are the doors outward that were configured, what closes them, and the door at which a provider of texts tells what it
// hears; nil: it has none.
func (c *serveCommand) senders(heard *ear, log *slog.Logger) ([]channel.Sender, http.Handler, func(), error) {
	all, closes, err := c.Push.senders()
	if err != nil {
		return nil, nil, nil, err
	}
	closeAll := func() {
		for _, f := range closes {
			f()
		}
	}
	add := func(sender channel.Sender, closer io.Closer) {
		all, closes = append(all, sender), append(closes, func() {
			if err := closer.Close(); err != nil {
				fmt.Fprintln(os.Stderr, "aparte: close a channel:", err)
			}
		})
	}
	if c.SMTP != "" {
		mail, err := c.mail()
		if err != nil {
			closeAll()
			return nil, nil, nil, err
		}
		add(mail, mail)
	}
	texts, told, err := c.Texts.open(heard, log)
	if err != nil {
		closeAll()
		return nil, nil, nil, err
	}
	if texts != nil {
		add(texts, texts)
	}
	return all, told, closeAll, nil
}

func (c *serveCommand) mail() (*email.Sender, error) {
	keys, err := c.keys()
	if err != nil {
		return nil, err
	}
	mail, err := email.New(email.Config{
		Addr: c.SMTP, From: c.From, Username: c.SMTPUser, Password: c.SMTPPass, Keys: keys, Connections: c.SMTPWidth,
	})
	if err != nil {
		return nil, fmt.Errorf("mail server: %w", err)
	}
	return mail, nil
}

// keys are those that sign mails, by selector.
func (c *serveCommand) keys() ([]email.Key, error) {
	var keys []email.Key
	for _, selector := range slices.Sorted(maps.Keys(c.DKIM)) {
		signer, err := email.ReadKey(c.DKIM[selector])
		if err != nil {
			return nil, err
		}
		keys = append(keys, email.Key{Selector: selector, Signer: signer})
	}
	return keys, nil
}
