package main

import (
	"bytes"
	"fmt"
	"html"
	"net/http"
	"regexp"
	"slices"
	"testing"

	"github.com/aparte-dev/aparte"
)

// inMail leaves only these contents to be shown in a mail that is opened.
func inMail(b *aparte.Brand, only ...aparte.ContentID) {
	for i := range b.Contents {
		content := &b.Contents[i]
		if slices.Contains(only, content.ID) {
			continue
		}
		content.Slots = slices.DeleteFunc(content.Slots, func(slot string) bool { return slot == "email-hero" })
		if !slices.Contains(content.Slots, "email") {
			content.Channels = slices.DeleteFunc(content.Channels, func(c aparte.Channel) bool { return c == aparte.Email })
		}
	}
}

// aBasketIsLeft follows a mail from the basket that was left to the end of mails.
func aBasketIsLeft(c child, b *aparte.Brand) {
	who, mail := leaveBaskets(c, b)
	body := html.UnescapeString(string(c.must(http.StatusOK, "GET", "/console/mail/"+mail+"/body", "", nil).body))
	picture := inBody(c.t, body, regexp.MustCompile(`src="([^"]+/x/[^"]+)"`))
	token := regexp.MustCompile(`/x/([^.]+)\.png`).FindStringSubmatch(picture)[1]

	before := pictureOf(c, picture, 1200, 600)
	if shown := slotShows(c, token); shown != "welcome-offer" {
		c.t.Errorf("before the first order, the mail shows %q", shown)
	}
	c.order(who, "basket-order-"+who)
	c.eventually("shown something else in the mail", func() bool { return slotShows(c, token) == "looked-at" })
	if after := pictureOf(c, picture, 1200, 600); bytes.Equal(before, after) {
		c.t.Error("the order did not change the picture")
	}

	leave := inBody(c.t, body, regexp.MustCompile(`href="([^"]+/u/[^"]+)"`))
	c.must(http.StatusOK, "GET", leave, "", nil) // machines do so: it asks, and changes nothing
	if !c.mayWrite(who) {
		c.t.Error("looking at the address was enough to unsubscribe")
	}
	c.must(http.StatusOK, "POST", leave, "", []byte("List-Unsubscribe=One-Click"), "Content-Type", "application/x-www-form-urlencoded")
	if c.mayWrite(who) {
		c.t.Error("one click did not unsubscribe")
	}
}

// leaveBaskets has people leave baskets until one of them is written to: silence is a choice too. It
// returns whom, and the mail.
func leaveBaskets(c child, b *aparte.Brand) (who, mail string) {
	c.t.Helper()
	item := &b.Items[0]
	for i := range 20 {
		who := fmt.Sprintf("shopper-%d", i)
		c.must(http.StatusOK, "POST", "/v1/batch", demoWriteKey, fmt.Appendf(nil, `{"batch":[
			{"type":"identify","userId":%[1]q,"messageId":"%[1]s-1","traits":{"email":"%[1]s@shop.example","locale":"en-GB",
			 "consents":[{"purpose":"marketing","channel":"email","granted":true,"source":"test","wording":"1"}]}},
			{"type":"track","event":"Product Viewed","userId":%[1]q,"messageId":"%[1]s-2","properties":{"product_id":%[2]q}},
			{"type":"track","event":"Product Added","userId":%[1]q,"messageId":"%[1]s-3","properties":{"product_id":%[2]q,"quantity":2}}]}`, who, item.ID))
	}
	listed := regexp.MustCompile(`/console/mail/(\d+)">[^<]*</a></td><td[^>]*>(shopper-\d+)@shop\.example`)
	c.eventually("written to anybody", func() bool {
		m := listed.FindSubmatch(c.must(http.StatusOK, "GET", "/console/mail", "", nil).body)
		if m != nil {
			mail, who = string(m[1]), string(m[2])
		}
		return m != nil
	})
	return who, mail
}

func inBody(t *testing.T, body string, pattern *regexp.Regexp) string {
	t.Helper()
	m := pattern.FindStringSubmatch(body)
	if m == nil {
		t.Fatalf("no %s in %s", pattern, body)
	}
	return m[1]
}

// slotShows is the content that a mail's slot shows at this instant.
func slotShows(c child, token string) string {
	c.t.Helper()
	return decoded[said](c.t, c.must(http.StatusOK, "GET", "/x/"+token+".json", "", nil).body).Content
}

// mayWrite says whether somebody agrees to be written to.
func (c child) mayWrite(who string) bool {
	c.t.Helper()
	for _, consent := range c.person(who).Consents {
		if consent.Purpose == "marketing" && consent.Channel == "email" {
			return consent.Granted
		}
	}
	return false
}
