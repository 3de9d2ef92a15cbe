package api

import (
	"bytes"
	"context"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/exchange/adplatform"
)

// Advertised says what accounts at advertising platforms are told of a notice. Of whoever does not agree to it now nothing is told but
// that they are to be taken off all lists, and that only where they agreed before. Memberships are told as they are when the
// request leaves, so that requests that come late or twice end in the same lists.
func Advertised(from Teller, now func() time.Time) func(ctx context.Context, n aparte.Notice, a *aparte.AdAccount) ([]adplatform.Request, error) {
	return func(ctx context.Context, n aparte.Notice, a *aparte.AdAccount) ([]adplatform.Request, error) {
		if n.Erased != "" {
			contact := adplatform.Recall(n.Erased, a.Platform)
			return adplatform.Member(a, listsOf(a, func(aparte.AudienceID) bool { return true }), false, &contact), nil
		}
		entry, err := from.Entry(ctx, n.Person, n.Seq)
		if err != nil {
			return nil, err
		}
		p, err := from.Person(ctx, n.Person)
		if err != nil {
			return nil, err
		}
		at := now().UTC()
		contact := adplatform.Of(&p, a.Platform, at)
		switch agreed := p.Advertised(); {
		case n.Kind == aparte.AdvertisingEnded && !agreed:
			return adplatform.Member(a, listsOf(a, func(aparte.AudienceID) bool { return true }), false, &contact), nil
		case !agreed:
			return nil, nil
		case n.Kind == aparte.ObjectiveReached:
			return conversions(from, &p, entry.Event, a, at), nil
		case n.Kind == aparte.PersonChanged && !reachChanged(&entry):
			return nil, nil
		}
		in := func(id aparte.AudienceID) bool { return slices.Contains(p.Audiences, id.Key()) }
		if told := toldAudience(&entry); told != "" && !in(told) {
			return adplatform.Member(a, listsOf(a, func(id aparte.AudienceID) bool { return id == told }), false, &contact), nil
		} else if told != "" {
			return adplatform.Member(a, listsOf(a, func(id aparte.AudienceID) bool { return id == told }), true, &contact), nil
		}
		return adplatform.Member(a, listsOf(a, in), true, &contact), nil
	}
}

// listsOf are the lists of an account that follow audiences which hold.
func listsOf(a *aparte.AdAccount, holds func(aparte.AudienceID) bool) (lists []string) {
	for audience, list := range a.Lists {
		if holds(audience) {
			lists = append(lists, list)
		}
	}
	return lists // sorted by who writes the request
}

// reachChanged reports whether an entry may have brought another address or number, or two people's together.
func reachChanged(entry *engine.StoryEntry) bool {
	if e := entry.Event; e != nil {
		for _, part := range [][]byte{e.Traits, e.Context} {
			if bytes.Contains(part, []byte(`"email"`)) || bytes.Contains(part, []byte(`"phone"`)) {
				return true
			}
		}
		return e.Type == aparte.Alias
	}
	return !entry.Merged.IsZero()
}

// toldAudience is the audience that an entry says somebody entered or left; empty where it says something else.
func toldAudience(entry *engine.StoryEntry) aparte.AudienceID {
	e := entry.Event
	if e == nil || e.Source != aparte.OwnSource || e.Name != aparte.EventEntered && e.Name != aparte.EventExited {
		return ""
	}
	var told struct {
		Audience aparte.AudienceID `json:"audience"`
	}
	if json.Unmarshal(e.Properties, &told) != nil {
		return ""
	}
	return told.Audience
}

// conversions are what an account is told of an event that objectives count.
func conversions(from Teller, p *aparte.Person, e *aparte.Event, a *aparte.AdAccount, now time.Time) (all []adplatform.Request) {
	plan := from.Plan()
	if e == nil || plan == nil {
		return nil
	}
	for _, won := range objectivesWon(plan, e) {
		as, wanted := a.Conversions[won.ID]
		if !wanted {
			continue
		}
		c := conversionOf(plan, from.Fit(), p, e, won, &as, a.Platform, now)
		all = append(all, adplatform.Converted(a, &c, now)...)
	}
	return all
}

// conversionOf is an event that an objective counts, as a conversion.
func conversionOf(
	plan *decide.Plan, fit *engine.Fit, p *aparte.Person, e *aparte.Event, won objectiveWon, as *aparte.AdConversion, platform aparte.AdPlatform, now time.Time,
) adplatform.Conversion {
	var properties struct {
		Order string `json:"order_id"`
	}
	var context struct {
		UserAgent string `json:"userAgent"`
		Page      struct {
			URL string `json:"url"`
		} `json:"page"`
	}
	_ = json.Unmarshal(e.Properties, &properties) // what cannot be read is not told
	_ = json.Unmarshal(e.Context, &context)
	page, _, _ := strings.Cut(context.Page.URL, "?") // parameters may name somebody
	c := adplatform.Conversion{
		Action: as.Action, ID: string(e.MessageID) + ":" + string(won.ID), At: e.Timestamp, Order: properties.Order,
		Page: page, UserAgent: context.UserAgent, Contact: adplatform.Of(p, platform, e.Timestamp),
	}
	switch as.Value {
	case aparte.LifetimeValue:
		if told := lifetimeDocumentOf(p, fit, now); told != nil {
			c.Value = &aparte.Money{Amount: told.Value, Currency: told.Currency}
		}
	default:
		c.Value = &aparte.Money{Amount: int64(math.Round(won.Value)), Currency: plan.Brand().Currency}
	}
	return c
}

// AdsExport is what an export for an advertising platform is of.
type AdsExport struct {
	Platform  aparte.AdPlatform
	Objective aparte.ObjectiveID // of conversions: which they reach
	aparte.AdConversion
	Since time.Time // of conversions; zero: ever
}

// Query is the export as GET /v1/admin/export/{kind} takes it.
func (x *AdsExport) Query() url.Values {
	q := url.Values{"platform": {string(x.Platform)}}
	for name, text := range map[string]string{"objective": string(x.Objective), "action": x.Action, "value": string(x.Value)} {
		if text != "" {
			q.Set(name, text)
		}
	}
	if !x.Since.IsZero() {
		q.Set("since", x.Since.UTC().Format(time.RFC3339))
	}
	return q
}

func adsExportAsked(r *http.Request) (x AdsExport, err error) {
	q := r.URL.Query()
	x = AdsExport{Platform: aparte.AdPlatform(q.Get("platform")), Objective: aparte.ObjectiveID(q.Get("objective"))}
	x.Action, x.Value = q.Get("action"), aparte.AdValue(q.Get("value"))
	x.Since, err = timeAsked(r, "since", time.Time{})
	return x, err
}

// adsKinds are the kinds of export that are for advertising platforms.
const (
	customersKind   = "customers"
	conversionsKind = "conversions"
)

// check says which parameter keeps an export from being one, and why; both are empty where none does.
func (e *Exported) check(plan *decide.Plan) (field, reason string) {
	x := &e.Ads
	switch {
	case e.Kind != customersKind && e.Kind != conversionsKind:
		return "", ""
	case adplatform.Home(x.Platform) == "":
		return "platform", "must be google, meta or tiktok"
	case e.Kind == customersKind && e.Audience == "":
		return "audience", "is missing: whom the list is to hold"
	case e.Kind == customersKind:
		return "", ""
	case plan == nil || !slices.ContainsFunc(plan.Brand().Objectives, func(o aparte.Objective) bool { return o.ID == x.Objective }):
		return "objective", "is no objective of the brand"
	case x.Action == "" || len(x.Action) > 128:
		return "action", "is missing: what a conversion is called at the platform"
	case x.Value != aparte.EventValue && x.Value != aparte.LifetimeValue:
		return "value", "must be lifetime, or left out"
	}
	return "", ""
}

// advertised writes what an export for a platform has of a person who agreed to it.
func (e *Exported) advertised(ctx context.Context, from Census, p *aparte.Person, line func(any) error) error {
	if !p.Advertised() {
		return nil
	}
	x, plan := &e.Ads, from.Plan()
	if e.Kind == customersKind {
		contact := adplatform.Of(p, x.Platform, e.Now)
		for _, row := range adplatform.ListRows(x.Platform, &contact) {
			if err := line(row); err != nil {
				return err
			}
		}
		return nil
	}
	return from.EachEvent(ctx, p, func(entry *engine.StoryEntry) error {
		event := entry.Event
		if event.Timestamp.Before(x.Since) {
			return ctx.Err()
		}
		for _, won := range objectivesWon(plan, event) {
			if won.ID != x.Objective {
				continue
			}
			c := conversionOf(plan, from.Fit(), p, event, won, &x.AdConversion, x.Platform, e.Now)
			row := adplatform.Row(x.Platform, &c)
			if row == nil {
				continue
			}
			if err := line(row); err != nil {
				return err
			}
		}
		return ctx.Err()
	})
}
