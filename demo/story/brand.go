package story

import (
	"bytes"
	"embed"
	"fmt"
	"image/png"
	"io/fs"
	"testing/fstest"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/demo/brand"
)

//go:embed brand
var files embed.FS

// Brand is the house of the story: an invented one, that makes lipsticks and creams. Its documents are those of package brand.
func Brand() (*aparte.Brand, error) {
	dir, err := fs.Sub(files, "brand")
	if err != nil {
		return nil, fmt.Errorf("story: %w", err)
	}
	return brand.Read(dir)
}

// Places is the house's one shop, whose fence is 150 metres wide: open on Sundays too, with its lipsticks on offer.
func Places() []aparte.Place {
	shop := aparte.Place{
		ID: "tilleuls", Kind: "shop", Name: aparte.Words{"en": "Rosalie, rue des Tilleuls", "fr": "Rosalie, rue des Tilleuls"},
		At: &aparte.Point{Lat: door.lat, Lon: door.lon}, Radius: 150, Zone: "Europe/Paris", Address: "12 rue des Tilleuls, Paris", Link: "/shops/tilleuls",
	}
	for day := 1; day <= 7; day++ {
		shop.Hours = append(shop.Hours, aparte.Hours{Day: day, From: "10:30", Until: "19:30"})
	}
	for _, item := range shades {
		offer := aparte.Money{Amount: 100 * shadeOffer, Currency: "EUR"}
		shop.Items = append(shop.Items, aparte.OnShelf{Item: aparte.ItemID(item), Stock: 12, Offer: offer})
	}
	shop.Items = append(shop.Items, aparte.OnShelf{Item: cream, Stock: 20})
	return []aparte.Place{shop}
}

// Assets are the house's pictures, painted anew.
func Assets() (fs.FS, error) {
	assets := fstest.MapFS{}
	for _, p := range pictures {
		var b bytes.Buffer
		if err := png.Encode(&b, p.paint()); err != nil {
			return nil, fmt.Errorf("story: paint %s: %w", p.name, err)
		}
		assets[p.name+".png"] = &fstest.MapFile{Data: b.Bytes()}
	}
	return assets, nil
}
