package adplatform

import (
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
)

// Remember is how the platforms that take lists know a person, hashed, in one text: for those that are still to take them off when they are not
// there any more to be asked. It is empty where no platform can find them.
func Remember(p *aparte.Person) string {
	var words []string
	for _, platform := range []aparte.AdPlatform{aparte.GoogleAds, aparte.MetaAds} {
		c := Of(p, platform, time.Time{}) // clicks are on no list
		for _, x := range c.Emails {
			words = append(words, string(platform)+":email:"+x)
		}
		for _, x := range c.Phones {
			words = append(words, string(platform)+":phone:"+x)
		}
	}
	return strings.Join(words, " ")
}

// Recall is how a platform knows whom Remember remembers.
func Recall(remembered string, platform aparte.AdPlatform) (c Contact) {
	for word := range strings.FieldsSeq(remembered) {
		if x, is := strings.CutPrefix(word, string(platform)+":email:"); is {
			c.Emails = append(c.Emails, x)
		}
		if x, is := strings.CutPrefix(word, string(platform)+":phone:"); is {
			c.Phones = append(c.Phones, x)
		}
	}
	return c
}
