package console

import (
	"errors"
	"net/http"
	"strings"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel/webhook"
)

// adPlatforms are those that can be chosen.
var adPlatforms = []aparte.AdPlatform{aparte.GoogleAds, aparte.MetaAds, aparte.TikTokAds}

// adsForm is the form that declares an account at an advertising platform.
type adsForm struct {
	Platforms  []aparte.AdPlatform
	Asked      webhook.Endpoint // what was asked and cannot be
	Audiences  []adsRow
	Objectives []adsRow
}

// adsRow is an audience or an objective, and what it is called at the platform.
type adsRow struct {
	ID, Name, There string
	Lifetime        bool
}

// adsFormOf is the form of a brand's audiences and objectives, filled in as it was asked.
func adsFormOf(lang string, b *aparte.Brand, asked *webhook.Endpoint) *adsForm {
	f := &adsForm{Platforms: adPlatforms, Asked: *asked}
	f.Asked.Token = "" // it is not shown
	if f.Asked.Ads == nil {
		f.Asked.Ads = &aparte.AdAccount{}
	}
	if b == nil {
		return f
	}
	for i := range b.Audiences {
		a := &b.Audiences[i]
		f.Audiences = append(f.Audiences, adsRow{ID: string(a.ID), Name: audienceName(lang, a), There: f.Asked.Ads.Lists[a.ID]})
	}
	for i := range b.Objectives {
		id := b.Objectives[i].ID
		c := f.Asked.Ads.Conversions[id]
		f.Objectives = append(f.Objectives, adsRow{ID: string(id), Name: string(id), There: c.Action, Lifetime: c.Value == aparte.LifetimeValue})
	}
	return f
}

// addAds declares an account at an advertising platform as the form has it. An empty token leaves the one that is kept.
func (s *console) addAds(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r, maxHookForm) {
		return
	}
	field := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	a := &aparte.AdAccount{Platform: aparte.AdPlatform(field("platform")), Account: field("account"), Login: field("login")}
	for name := range r.PostForm {
		if id, is := strings.CutPrefix(name, "list:"); is && field(name) != "" {
			if a.Lists == nil {
				a.Lists = map[aparte.AudienceID]string{}
			}
			a.Lists[aparte.AudienceID(id)] = field(name)
		}
		if id, is := strings.CutPrefix(name, "conversion:"); is && field(name) != "" {
			if a.Conversions == nil {
				a.Conversions = map[aparte.ObjectiveID]aparte.AdConversion{}
			}
			c := aparte.AdConversion{Action: field(name)}
			if field("lifetime:"+id) != "" {
				c.Value = aparte.LifetimeValue
			}
			a.Conversions[aparte.ObjectiveID(id)] = c
		}
	}
	e := webhook.Endpoint{ID: field("id"), URL: field("url"), Ads: a, Token: field("token"), Enabled: true}
	_, err := s.Webhooks.Put(r.Context(), e)
	if errors.Is(err, webhook.ErrEndpoint) {
		s.showWebhooks(w, r, http.StatusUnprocessableEntity, webhooksView{
			Done: "hooks.done.wrong", Wrong: true, AskedAds: e, Said: behind(language(r), err, webhook.ErrEndpoint),
		})
		return
	}
	s.didWebhook(w, r, err, "kept")
}
