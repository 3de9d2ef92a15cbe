package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/channel/account"
	"github.com/aparte-dev/aparte/exchange/adplatform"
)

// datamanager is what a service account must be allowed to (google/ads/datamanager/v1/ingestion_service.proto).
const datamanager = "https://www.googleapis.com/auth/datamanager"

// advertise makes one request to a platform, shown who asks as it wants it: Google and TikTok in a header of their own, Meta in
// the form, as its documentation has it.
func (l *line) advertise(ctx context.Context, k *kept, q *adplatform.Request) answer {
	token := k.Token
	if k.Ads.Platform == aparte.GoogleAds {
		var err error
		if token, err = l.google(ctx, k.Token); err != nil {
			return answer{reason: "no access", status: failedWith(err)}
		}
	}
	body, kind := string(q.JSON), "application/json"
	if q.JSON == nil {
		form := maps.Clone(q.Form)
		if form == nil {
			form = url.Values{}
		}
		form.Set("access_token", token)
		body, kind = form.Encode(), "application/x-www-form-urlencoded"
	}
	r, err := http.NewRequestWithContext(ctx, q.Method, strings.TrimSuffix(k.URL, "/")+q.Path, strings.NewReader(body))
	if err != nil {
		return answer{reason: "the address cannot be used"}
	}
	r.Header.Set("Content-Type", kind)
	r.Header.Set("User-Agent", "Aparte-Webhooks/1")
	switch k.Ads.Platform {
	case aparte.GoogleAds:
		r.Header.Set("Authorization", "Bearer "+token)
	case aparte.TikTokAds:
		r.Header.Set("Access-Token", token)
	}
	a, said := ask(l.hooks.client, r)
	if a.status == http.StatusUnauthorized && k.Ads.Platform == aparte.GoogleAds {
		l.dropAccess()
	}
	if a.taken() && k.Ads.Platform == aparte.TikTokAds {
		a.reason = tiktokSaid(said)
	}
	return a
}

// tiktokSaid is the code by which TikTok refuses what it answers with 200, empty where it took it.
func tiktokSaid(said []byte) string {
	var told struct {
		Code *int64 `json:"code"`
	}
	switch {
	case json.Unmarshal(said, &told) != nil || told.Code == nil:
		return "without a code"
	case *told.Code != 0:
		return "code " + strconv.FormatInt(*told.Code, 10)
	}
	return ""
}

// failedWith is the status of a failure, 0 where there is none.
func failedWith(err error) int {
	var f *channel.Failure
	if errors.As(err, &f) {
		return f.Code
	}
	return 0
}

// google is a token that a service account is given.
func (l *line) google(ctx context.Context, file string) (string, error) {
	l.mu.Lock()
	if l.access == nil || l.asked != file {
		who, err := account.Parse([]byte(file))
		if err != nil {
			l.mu.Unlock()
			return "", err
		}
		l.access, l.asked = account.NewAccess(who, datamanager, l.hooks.google, l.hooks.Now), file
	}
	access := l.access
	l.mu.Unlock()
	return access.Get(ctx)
}

func (l *line) dropAccess() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.access != nil {
		l.access.Drop()
	}
}
