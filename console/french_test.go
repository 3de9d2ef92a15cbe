package console_test

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// told is what a page says is wrong.
var told = regexp.MustCompile(`(?s)<(?:p|div|li)[^>]*class="[^"]*(?:wrong|hot)[^"]*"[^>]*>(.*?)</(?:p|div|li)>|<li><code>(/[^<]*)</code></li>`)

// inEnglish is a word that no French sentence has; what is quoted is what somebody wrote.
var inEnglish = regexp.MustCompile(`(?i)\b(the|is|has|must|there|unknown|undeclared|wanted|not|nobody|already|none|names|with|longer|which|did|mean|line)\b`)

func TestNoFormRefusesInEnglishOnAFrenchPage(t *testing.T) {
	s := open(t)
	quoted := regexp.MustCompile(`&#34;.*?&#34;|&#39;.*?&#39;|«.*?»|<[^>]*>|\{\{.*?\}\}`)
	content := func(change url.Values) url.Values {
		form := url.Values{"english": {"Other"}, "french": {"Autre"}, "kind": {"service"}, "channel": {"web"}, "like": {"gift-wrap"}, "headline-en": {"x"}, "cta-en": {"y"}}
		for k, v := range change {
			form[k] = v
		}
		return form
	}
	objective := func(change url.Values) url.Values {
		form := url.Values{"english": {"Letters"}, "event": {"Signed Up"}, "worth": {"fixed"}, "amount": {"2"}, "window": {"7"}, "credit": {"clicked"}, "holdout": {"0"}}
		for k, v := range change {
			form[k] = v
		}
		return form
	}
	rule := func(when string) url.Values { return url.Values{"english": {"R"}, "shown": {""}, "when": {when}} }
	for i, one := range []struct {
		path string
		form url.Values
	}{
		{"/console/rules", rule("person.orders >")}, {"/console/rules", rule("person.ordes > 1")}, {"/console/rules", rule("person.orders == 2.5")}, {"/console/rules", rule("person.locale")},
		{"/console/rules", rule("score[\"nothing\"] > 0.5")}, {"/console/rules", rule(strings.Repeat("true && ", 700) + "true")}, {"/console/rules", rule("")}, {"/console/rules", url.Values{"english": {"R"}, "field": {"orders"}, "sign": {"=="}, "value": {"many"}}},
		{"/console/rules", url.Values{"english": {"R"}, "field": {"revenue"}, "sign": {"=="}, "value": {"12.345"}}}, {"/console/rules", url.Values{"english": {"!"}, "when": {"true"}}},
		{"/console/objectives", objective(url.Values{"event": {""}})}, {"/console/objectives", objective(url.Values{"window": {"0"}})}, {"/console/objectives", objective(url.Values{"worth": {"formula"}, "formula": {"1 +"}})},
		{"/console/objectives", objective(url.Values{"worth": {"formula"}, "formula": {"'x'"}})}, {"/console/objectives", objective(url.Values{"holdout": {"20"}})}, {"/console/objectives", objective(url.Values{"credit": {"luck"}})},
		{"/console/objectives", objective(url.Values{"learn": {"luck"}})}, {"/console/objectives/order/delete", url.Values{}},
		{"/console/content", content(url.Values{"headline-en": {"Dear {{ person.first_nam }}"}})}, {"/console/content", content(url.Values{"headline-en": {"{{ item.nme }}"}})}, {"/console/content", content(url.Values{"headline-en": {"{{ item.name | upcse }}"}})},
		{"/console/content", content(url.Values{"headline-en": {"{% if x %}"}})}, {"/console/content", content(url.Values{"headline-en": {"{{ x"}})}, {"/console/content", content(url.Values{"link": {"javascript:alert(1)"}})}, {"/console/content", content(url.Values{"link": {"{{ item.lnk }}"}})},
		{"/console/content", content(url.Values{"channel": {"pigeon"}})}, {"/console/content", content(url.Values{"channel": {"email"}, "like": {""}})}, {"/console/content", content(url.Values{"channel": {"sms"}, "like": {""}, "headline-en": {strings.Repeat("x", 3000)}})},
		{"/console/content", content(url.Values{"cta-en": {""}})}, {"/console/content", content(url.Values{"headline-en": {"{% for x in (1..99999999) %}x{% endfor %}"}})}, {"/console/content", content(url.Values{"headline-en": {"{{ person.score }}"}})},
		{"/console/contents/gift-wrap/be/alter", url.Values{"element": {"0"}, "variant": {"0"}, "words-en": {"{{ nope.x }}"}}}, {"/console/contents/gift-wrap/be/alter", url.Values{"element": {"0"}, "variant": {"0"}, "tongue": {"not a tongue"}, "said": {"x"}}},
		{"/console/contents/gift-wrap/be/drop", url.Values{"element": {"0"}}}, {"/console/contents/gift-wrap/be/describe", url.Values{"english": {"x"}}}, {"/console/contents/gift-wrap/be/describe", url.Values{"channel": {"web"}}},
		{"/console/contents/gift-wrap/be/element", url.Values{"name": {""}, "english": {"x"}}}, {"/console/contents/gift-wrap/variants", url.Values{"element": {"headline"}, "english": {"{{ x }}"}}},
		{"/console/audiences", url.Values{"id": {"x"}, "english": {"X"}, "when": {"person.ordes > 1"}}}, {"/console/audiences", url.Values{"id": {"x"}, "english": {"X"}, "when": {"moment.hour > 1"}}}, {"/console/audiences", url.Values{"id": {""}, "english": {"X"}, "when": {"person.known"}}},
		{"/console/audiences", url.Values{"id": {"x"}, "english": {"X"}, "when": {"\"regulars\" in audiences"}}}, {"/console/audiences/regulars/delete", url.Values{}},
		{"/console/people/where", url.Values{"where": {"person."}}}, {"/console/people/where", url.Values{"where": {"persn.orders > 1"}}},
	} {
		one.form.Set("version", s.version())
		_, page := s.submit(one.path, one.form, "fr")
		_, main, _ := strings.Cut(page, `<main id="page">`)
		found := told.FindAllStringSubmatch(main, -1)
		if len(found) == 0 && !strings.Contains(main, `aria-invalid`) {
			t.Errorf("%d, %s %v: nothing is wrong with it:\n%s", i, one.path, fmt.Sprint(one.form)[:min(200, len(fmt.Sprint(one.form)))], main[:min(len(main), 400)])
		}
		for _, m := range found {
			text := quoted.ReplaceAllString(m[1]+m[2], " ")
			if word := inEnglish.FindString(text); word != "" && !strings.Contains(text, "/"+word) {
				t.Errorf("%d, %s: %q is English in %q", i, one.path, word, m[1]+m[2])
			}
		}
	}
}
