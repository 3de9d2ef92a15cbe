package story

import (
	"regexp"
	"strings"
)

// The facts of which the story is made, as Segment's specification words them.

// point is somewhere, in degrees.
type point struct{ lat, lon float64 }

// Where the shop is, ninety metres from its door, and a kilometre away.
var (
	door    = point{48.85755, 2.36232}
	inside  = point{48.85835, 2.36232}
	outside = point{48.86700, 2.36300}
)

func account(email, phone string) properties {
	agreed := func(purpose string) properties { // on all channels
		return properties{"purpose": purpose, "granted": true, "source": "account"}
	}
	return properties{"type": "identify", "traits": properties{
		"email": email, "consents": []properties{agreed("marketing"), agreed("location")},
	}, "context": properties{"device": properties{"token": phone, "type": "ios"}, "timezone": "Europe/Paris"}}
}

func track(name string, what properties) properties {
	return properties{"type": "track", "event": name, "properties": what}
}

func looked(item string) properties { return track("Product Viewed", properties{"product_id": item}) }

func triedOn(item string) properties {
	return track("Product Tried On", properties{"product_id": item})
}

func shared(item string) properties { return track("Share Completed", properties{"item": item}) }

func located(at point) properties {
	return track("Location Updated", properties{"lat": at.lat, "lon": at.lon, "accuracy": 15})
}

// ordered is a purchase of one of each item, a shade at its price and the cream at that of the catalogue.
func ordered(id string, shadeCosts int, items ...string) properties {
	revenue, products := 0, []properties{}
	for _, item := range items {
		price := shadeCosts
		if strings.HasPrefix(item, "creme") {
			price = creamPrice
		}
		revenue += price
		products = append(products, properties{"product_id": item, "price": price, "quantity": 1})
	}
	return track("Order Completed", properties{"order_id": id, "revenue": revenue, "currency": "EUR", "products": products})
}

// pictureIn is the address of the picture of a mail that is decided when it is opened; empty: it has none.
func pictureIn(html string) string { return openPicture.FindString(html) }

var openPicture = regexp.MustCompile(Base + `/x/[\w-]+\.png`)
