package engine

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// A content of the kind "share" has a link that is the person's own, /r/{token}: it names the decision that offered to share, and
// so who offered what. It leads to the item's page with the token in its address, so that the page's first event tells who is new
// and came by it (friends.go). Nobody is known by following it, and machines that look where it leads change nothing.

// shareLasts is how long after a link was offered who comes by it counts as referred.
const shareLasts = 90 * 24 * time.Hour

// Parameters of the address a share link leads to. The first is what counts; the others say the same to whoever else counts visits.
const (
	shareParameter = "aparte_ref"
	shareSource    = "friend"
	shareMedium    = "referral"
)

// shareAddress is the link by which friends of who was told may come.
func (e *Engine) shareAddress(d *aparte.Decision) string {
	return e.baseURL + "/r/" + e.token(tokenShare, d.ID, d.At)
}

// SharedLink is where a share link leads: to what was shared, else to the brand's home, on whose page the address says that a
// friend came by the link. ErrToken where it is none.
func (e *Engine) SharedLink(ctx context.Context, token string) (string, error) {
	id, at, err := e.readToken(tokenShare, token)
	if err != nil {
		return "", err
	}
	now := e.brand.Load()
	if now == nil {
		return "", ErrNoBrand
	}
	home := now.plan.Brand().Home
	d, err := e.Decision(ctx, id)
	switch {
	case errors.Is(err, store.ErrNotFound) || err == nil && d.At.Unix() != at.Unix():
		return home, nil // who shared is gone: there is nobody to have been sent by
	case err != nil:
		return "", fmt.Errorf("share link: %w", err)
	}
	to, err := url.Parse(home)
	if err != nil {
		return "", fmt.Errorf("share link: home: %w", err)
	}
	if item, known := now.plan.Item(d.Action.Item); known {
		if page, err := to.Parse(item.Link); err == nil && (page.Scheme == "http" || page.Scheme == "https") {
			to = page
		}
	}
	query := to.Query()
	query.Set(shareParameter, token)
	query.Set("utm_source", shareSource)
	query.Set("utm_medium", shareMedium)
	query.Set("utm_campaign", string(d.Action.Content))
	to.RawQuery = query.Encode()
	return to.String(), nil
}
