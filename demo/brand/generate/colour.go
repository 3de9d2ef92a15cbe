package main

import (
	"image/color"
	"strconv"
)

// Colour is a colour with its opacity, not premultiplied.
type Colour color.NRGBA

// Faint is the colour at an opacity in [0, 1].
func (c Colour) Faint(opacity float64) Colour {
	c.A = uint8(opacity*255 + .5)
	return c
}

// Mix is the colour with a share of another in it.
func (c Colour) Mix(other Colour, share float64) Colour {
	mix := func(a, b uint8) uint8 { return uint8(float64(a)*(1-share) + float64(b)*share + .5) }
	return Colour{mix(c.R, other.R), mix(c.G, other.G), mix(c.B, other.B), 255}
}

// Dark and Light are the colour's shadow and its light side.
func (c Colour) Dark() Colour  { return c.Mix(Ink, .18) }
func (c Colour) Light() Colour { return c.Mix(White, .35) }

// The palette of the house. Every picture is painted with these and their mixtures.
var (
	Ink        = hex("2f2e38")
	White      = hex("ffffff")
	Paper      = hex("fbf6ee")
	Cream      = hex("f6ead6")
	Ivory      = hex("efe3cb")
	Red        = hex("c2443c")
	Rose       = hex("e39a97")
	Blush      = hex("f2cfc8")
	Coral      = hex("e0785d")
	Terracotta = hex("bf6a47")
	Mustard    = hex("e1a948")
	Butter     = hex("f4d58d")
	Sage       = hex("a3b899")
	Green      = hex("5d8067")
	Pine       = hex("365b4c")
	Duck       = hex("a9cbc6")
	Sky        = hex("8fb3c9")
	Blue       = hex("4c7391")
	Navy       = hex("2c4259")
	Lilac      = hex("b9a7c9")
	Wood       = hex("c3935f")
	Oak        = hex("96693f")
	Wicker     = hex("d1a874")
	Slate      = hex("4a5058")
	Zinc       = hex("c3c8ca")
	Steel      = hex("8f989d")
	Flame      = hex("ffdf8e")
	Warm       = hex("fff4d6") // light in the air
)

func hex(s string) Colour {
	n, err := strconv.ParseUint(s, 16, 32)
	if err != nil {
		panic(err)
	}
	return Colour{uint8(n >> 16), uint8(n >> 8), uint8(n), 255}
}
