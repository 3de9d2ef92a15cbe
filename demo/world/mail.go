package world

import (
	"context"
	"html"
	"regexp"
	"strings"
)

const (
	opens      = .75 // the share of mails that are opened
	clicksMail = .3  // the share of opened mails whose link is followed
	agentMail  = "Mozilla/5.0 (X11; Linux x86_64) AparteDemoWorld/1.0 Mail"
)

var address = regexp.MustCompile(`(?:src|href)="([^"]+)"`)

// readMail opens the mails that came since the visitor last looked: their pictures are fetched, as a
// mail client does, and perhaps a link is followed.
func (v *visit) readMail(ctx context.Context) {
	if v.config.Inbox == nil || v.who.email == "" {
		return
	}
	mails := v.config.Inbox(v.who.email)
	if len(mails) < v.who.mails { // the mailbox keeps only so many
		v.who.mails = 0
	}
	for _, mail := range mails[v.who.mails:] {
		if v.rng.Float64() < opens {
			v.openMail(ctx, mail)
		}
	}
	v.who.mails = len(mails)
}

func (v *visit) openMail(ctx context.Context, mail string) {
	v.did.Letters++
	link := ""
	for _, found := range address.FindAllStringSubmatch(mail, -1) {
		where := html.UnescapeString(found[1])
		switch {
		case strings.HasPrefix(where, v.doors.base+"/x/"):
			v.failed(v.doors.follow(ctx, agentMail, where))
		case strings.HasPrefix(where, v.doors.base+"/c/") && link == "":
			link = where
		}
	}
	if link != "" && v.rng.Float64() < clicksMail && !v.failed(v.doors.follow(ctx, agentMail, link)) {
		v.did.Clicks++
		v.led = true
	}
}
