package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/access"
	"github.com/aparte-dev/aparte/api"
	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/channel/email"
	"github.com/aparte-dev/aparte/channel/mailbox"
	"github.com/aparte-dev/aparte/demo/brand"
	"github.com/aparte-dev/aparte/demo/history"
	"github.com/aparte-dev/aparte/demo/shop"
	"github.com/aparte-dev/aparte/demo/world"
)

type demoCommand struct {
	Addr       string  `help:"Loopback address to listen on." default:"127.0.0.1:8080"`
	Data       string  `help:"Directory to keep the demo in; by default one that is removed at the end." type:"path"`
	QuietWorld bool    `help:"Furnish the brand and its people, but simulate no visitors."`
	Rate       float64 `help:"Simulated visits begun a second." default:"8"`
	Visitors   int     `help:"Stop simulating after this many visits; 0: never."`
	Seed       uint64  `help:"Seed of the simulated visitors." default:"1"`
	Verbose    bool    `help:"Log what the engine does."`

	Story    string `help:"Tell a story instead, and end: isabelle, a customer's fortnight from a look at a lipstick to friends who come by her link." placeholder:"NAME"`
	French   bool   `help:"Tell the story in French."`
	Pictures string `help:"Directory that the story's pictures are written to." type:"path"`

	modelFlags `embed:""`
}

// The demo's keys. They are public: the demo listens on this machine only.
const (
	demoWriteKey  = "demo-write-key"
	demoSecretKey = "demo-secret-key"
)

// Run furnishes a brand, brings its people in, and serves it until it is interrupted.
func (c *demoCommand) Run(ctx context.Context) (failed error) {
	if c.Story != "" {
		return c.tell(ctx)
	}
	if err := loopbackOnly(c.Addr); err != nil {
		return err
	}
	if c.Data == "" {
		temporary, err := os.MkdirTemp("", "aparte-demo-")
		if err != nil {
			return fmt.Errorf("demo: %w", err)
		}
		defer func() { failed = errors.Join(failed, os.RemoveAll(temporary)) }()
		c.Data = filepath.Join(temporary, "data") // its key is beside it
	}
	log := slog.New(slog.DiscardHandler)
	if c.Verbose {
		log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	box, err := mailbox.Start(ctx, "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("demo mailbox: %w", err)
	}
	defer func() { failed = errors.Join(failed, box.Close()) }()
	return c.run(ctx, box, log)
}

func (c *demoCommand) run(ctx context.Context, box *mailbox.Mailbox, log *slog.Logger) error {
	furnished, err := brand.Brand()
	if err != nil {
		return err
	}
	mail, err := email.New(email.Config{Addr: box.Addr(), From: furnished.Sender.Address, Connections: 2})
	if err != nil {
		return fmt.Errorf("demo mail server: %w", err)
	}
	model, err := c.writer()
	if err != nil {
		return err
	}
	window, err := shop.New(furnished, brand.Assets(), demoWriteKey)
	if err != nil {
		return err
	}
	h, err := build(ctx, plan{
		addr: c.Addr, data: c.Data, memory: defaultMemory, assets: brand.Assets(), senders: []channel.Sender{mail}, files: true, hosts: map[aparte.Channel]string{aparte.Email: "this host"},
		mailbox: box, writer: model, simulated: true, visitor: access.User{Name: "demo", Role: access.Administrator}, log: log,
		keys: []api.Key{
			{Name: "demo write key", Kind: api.PublicKey, Source: "web", Value: demoWriteKey},
			{Name: "demo secret key", Kind: api.SecretKey, Source: "server", Value: demoSecretKey},
			{Name: "simulation", Kind: api.PublicKey, Source: "simulation", Value: simulationKey},
		},
		more: func(mux *http.ServeMux) { mux.Handle("/shop/", window) },
	})
	if err != nil {
		return errors.Join(err, mail.Close())
	}
	err = c.live(ctx, h, furnished, box)
	return errors.Join(err, h.close(), mail.Close())
}

const simulationKey = "demo-simulation-key"

// live publishes the brand, brings in the people with their past, then answers while the world walks
// through.
func (c *demoCommand) live(ctx context.Context, h *house, furnished *aparte.Brand, box *mailbox.Mailbox) error {
	base := "http://" + h.listen.Addr().String()
	furnished.Home = base + "/shop/"
	if _, err := h.engine.Publish(ctx, furnished); err != nil {
		return err
	}
	past, err := history.Open(furnished.Items)
	if err != nil {
		return err
	}
	visitors, err := c.visitors(base, past, box)
	if err != nil {
		return err
	}
	if err := bringIn(ctx, h, past); err != nil {
		return err
	}
	h.open(ctx)
	fmt.Fprintf(os.Stdout, welcome, furnished.Name, base, base, demoWriteKey, demoSecretKey)

	ctx, stop := context.WithCancel(ctx)
	defer stop()
	walked := make(chan error, 1)
	go func() { // ends with ctx, and is waited for below
		if c.QuietWorld {
			walked <- nil
			return
		}
		err := visitors.Run(ctx)
		if err == nil {
			fmt.Fprintf(os.Stdout, "%d simulated visits are over.\n", c.Visitors)
		}
		walked <- err
	}()
	err = h.serve(ctx, nil)
	stop()
	if e := <-walked; e != nil && !errors.Is(e, context.Canceled) {
		err = errors.Join(err, fmt.Errorf("simulated visitors: %w", e))
	}
	return err
}

const welcome = `
%s is open. Its people's purchases are real ones, replayed; its visitors are simulated.

  Console     %s/console/
  Shop        %s/shop/          (be a visitor yourself)
  Write key   %s
  Secret key  %s

Press Ctrl-C to close.
`

// bringIn takes the real purchases in as the events a shop would have sent. Doing it again on the same
// data changes nothing: every event has its messageId.
func bringIn(ctx context.Context, h *house, past *history.History) error {
	bar := newProgress(os.Stderr, "Bringing people in", past.Len())
	const batch = 500
	var events []aparte.Event
	done := 0
	flush := func() error {
		if err := h.engine.Accept(ctx, events); err != nil {
			return fmt.Errorf("bring people in: %w", err)
		}
		done += len(events)
		events = events[:0]
		bar.at(done)
		return nil
	}
	for e := range past.Events(time.Now()) {
		events = append(events, e)
		if len(events) == batch {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// visitors are the simulated ones, who come through the doors as those of any site would.
func (c *demoCommand) visitors(base string, past *history.History, box *mailbox.Mailbox) (*world.World, error) {
	return world.New(world.Config{
		BaseURL: base, WriteKey: simulationKey, Seed: c.Seed, Rate: c.Rate, Visits: c.Visitors,
		Inbox: func(address string) []string { return received(box, address) },
	}, past.People())
}

// received is the HTML of the mails that an address has in the mailbox, oldest first.
func received(box *mailbox.Mailbox, address string) []string {
	var out []string
	for _, m := range slices.Backward(box.Mails()) {
		if slices.Contains(m.Recipients, address) {
			out = append(out, m.HTML)
		}
	}
	return out
}

// loopbackOnly refuses an address that others could reach: the demo's keys are known to everybody.
func loopbackOnly(addr string) error {
	u, err := url.Parse("http://" + addr)
	if err != nil {
		return fmt.Errorf("address %q: %w", addr, err)
	}
	switch u.Hostname() {
	case "localhost", "127.0.0.1", "::1":
		return nil
	}
	return fmt.Errorf("the demo listens on this machine only (127.0.0.1), not on %q: its keys are known to everybody", u.Hostname())
}
