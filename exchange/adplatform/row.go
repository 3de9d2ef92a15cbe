package adplatform

import (
	"github.com/aparte-dev/aparte"
)

// ListColumns are the columns of a platform's file of customers, by the names that it looks for. Sources:
// https://support.google.com/google-ads/answer/7659867, https://www.facebook.com/business/help/2082575038703844,
// https://ads.tiktok.com/help/ ("List of supported IDs and formats for a customer file").
func ListColumns(platform aparte.AdPlatform) []string {
	switch platform {
	case aparte.GoogleAds:
		return []string{"Email", "Phone"}
	case aparte.MetaAds:
		return []string{"email", "phone"}
	case aparte.TikTokAds:
		return []string{"Email_SHA256", "Phone_SHA256"}
	}
	return nil
}

// ListRows are the rows that a person takes in such a file, one for each address or number: none where the platform cannot
// find them.
func ListRows(platform aparte.AdPlatform, c *Contact) []map[string]string {
	names := ListColumns(platform)
	var rows []map[string]string
	for _, pair := range pairs(c) {
		rows = append(rows, map[string]string{names[0]: pair[0], names[1]: pair[1]})
	}
	return rows
}

// ClickColumns are the columns of Google's file of conversions from clicks (https://support.google.com/google-ads/answer/7014069).
// The time of each row tells its zone, so that no row of parameters is needed.
var ClickColumns = []string{
	"Google Click ID", "Conversion Name", "Conversion Time", "Conversion Value", "Conversion Currency", "Ad User Data", "Ad Personalization",
}

// ClickRow is a conversion's row in such a file, nil where no click led to it.
func ClickRow(c *Conversion) map[string]string {
	click := c.Contact.click("gclid").ID
	if click == "" {
		return nil
	}
	row := map[string]string{
		"Google Click ID": click, "Conversion Name": c.Action, "Conversion Time": c.At.UTC().Format("2006-01-02 15:04:05-0700"),
		"Ad User Data": "Granted", "Ad Personalization": "Granted",
	}
	if c.Value != nil {
		row["Conversion Value"], row["Conversion Currency"] = string(major(*c.Value)), c.Value.Currency
	}
	return row
}

// Row is a conversion's row in the file that a platform takes: Google's by its columns, others' as an event of their interfaces. It is nil
// where there is nothing to tell.
func Row(platform aparte.AdPlatform, c *Conversion) any {
	if platform != aparte.GoogleAds {
		return Event(platform, c, c.At)
	}
	if row := ClickRow(c); row != nil {
		return row
	}
	return nil
}
