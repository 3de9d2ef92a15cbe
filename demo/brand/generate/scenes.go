package main

import "image"

// scene is a picture behind a hero, or the logo. Heroes are 1200 × 600 and keep their left side calm,
// for the words.
type scene struct {
	name string
	draw func() *image.RGBA
}

var scenes = []scene{
	{"scene-table", tableScene},
	{"scene-garden", gardenScene},
	{"scene-christmas", christmasScene},
	{"scene-kitchen", kitchenScene},
	{"scene-gifts", giftsScene},
	{"scene-shop", shopScene},
	{"scene-nursery", nurseryScene},
	{"logo", logo},
}

const sceneFloor = 500

// room is a wall, an arch on its right and a table.
func room(wall, table Colour) *Pen {
	p := NewPen(1200, 600, wall)
	p.Fill(wall.Mix(White, .34), Path("M560 500 V330 C560 160 690 50 860 50 C1030 50 1160 160 1160 330 V500 Z"))
	p.Fill(table, Box(0, sceneFloor, 1200, 100))
	p.Fill(table.Mix(White, .35), Box(0, sceneFloor, 1200, 8))
	return p
}

// put stands a motif on the table of a scene, its middle at x.
func (p *Pen) put(x, scale float64, draw motif, t Tones) {
	draw(p.At(x-300*scale, sceneFloor-floor*scale, scale), t)
}

// hang hangs a motif whose own string leaves its top at y.
func (p *Pen) hang(x, y, scale float64, draw motif, t Tones) {
	draw(p.At(x-300*scale, y, scale), t)
}

func tableScene() *image.RGBA {
	p := room(hex("efd9d0"), White.Mix(Cream, .5))
	flags(p, 520, 40, 1200, []Colour{Duck, Cream, Rose, Mustard})
	p.put(700, .62, jug, Tones{Cream, Rose, Blue})
	p.put(880, .92, cakeStand, Tones{White, Rose, Mustard})
	p.put(1070, .6, teapot, Tones{White, Rose, Mustard})
	p.put(560, .34, teacup, Tones{White, Rose, Mustard})
	p.put(780, .3, teacup, Tones{Sage.Mix(White, .45), Green, Mustard})
	p.Fill(Rose.Faint(.35), Box(0, 548, 1200, 6))
	p.Fill(Rose.Faint(.35), Box(0, 562, 1200, 3))
	return p.dst
}

// flags hang a row of pennants along a cord.
func flags(p *Pen, x0, y, x1 float64, colours []Colour) {
	p.Line(Oak, 4, Path(pathf("M%g %g Q%g %g %g %g", x0-40, y-40, (x0+x1)/2, y+110, x1+40, y-40)))
	const n = 9
	for i := range n {
		u := float64(i)/(n-1)*2 - 1
		x := (x0+x1)/2 + u*(x1-x0)/2*.94
		top := y - 38 + (1-u*u*.88)*73
		q := p.Turned(-u*11, x, top)
		q.Fill(colours[i%len(colours)], Path(pathf("M%g %g h56 l-28 74 Z", x-28, top)))
		if i%2 == 1 {
			flag := Path(pathf("M%g %g h56 l-28 74 Z", x-28, top))
			q.In(flag).Dots(White.Faint(.7), x-24, top+14, x+28, top+70, 16, 4)
		}
	}
}

func gardenScene() *image.RGBA {
	p := room(hex("5f7f83"), hex("7d8a63"))
	p.Fill(hex("4d6e63"), Path("M0 500 V420 C80 380 160 430 240 410 C340 380 420 440 540 420 C640 396 760 440 860 412 C960 392 1060 440 1200 400 V500 Z"))
	lightString(p)
	p.put(680, .66, wateringCan, Tones{Cream, Rose, Green})
	p.put(890, .86, plantLadder, Tones{White.Mix(Ivory, .35), Terracotta, Coral})
	p.put(1090, .62, lantern, Tones{White.Mix(Ivory, .4), Cream, Flame})
	p.put(560, .42, gazebo, Tones{Ivory, Cream, Flame})
	return p.dst
}

func lightString(p *Pen) {
	p.Line(Pine, 4, Path("M440 -20 C560 130 760 130 860 40 C960 130 1100 120 1220 10"))
	for _, at := range [][2]float64{{520, 56}, {590, 88}, {670, 101}, {750, 93}, {816, 68}, {910, 76}, {980, 94}, {1056, 91}, {1130, 68}} {
		p.Glow(at[0], at[1]+20, 44)
		p.Fill(Pine, Round(at[0]-6, at[1]-4, 12, 12, 3))
		p.Fill(Flame, Circle(at[0], at[1]+20, 14))
	}
}

func christmasScene() *image.RGBA {
	p := room(hex("48635c"), hex("f2ece0"))
	for i := range 34 {
		x, y := float64(i*173%1200), float64(i*97%460)
		p.Fill(White.Faint(.22), Circle(x, y, 3+float64(i%3)))
	}
	p.hang(860, -30, .7, wreath, Tones{Wicker, Red, Red})
	p.hang(640, -12, .4, starLantern, Tones{Zinc, Cream, Wicker})
	p.hang(1090, -24, .42, glassBall, Tones{Sky, Red, Zinc})
	p.put(700, .52, adventSack, Tones{Red, Red.Dark(), Cream})
	p.put(1020, .62, lantern, Tones{White.Mix(Ivory, .4), Cream, Flame})
	parcel(p, 800, 150, 110, Cream, Red)
	parcel(p, 866, 90, 70, Red, Cream)
	parcel(p, 566, 110, 84, Duck, Red)
	return p.dst
}

// parcel is a wrapped box standing on the table.
func parcel(p *Pen, x, w, h float64, paper, ribbon Colour) {
	y := float64(sceneFloor) - h
	p.Fill(Ink.Faint(.13), Oval(x+w/2, sceneFloor+3, w*.56, 8))
	p.Solid(paper, Round(x, y, w, h, 6), x, x+w)
	p.Fill(ribbon, Box(x+w/2-w*.07, y, w*.14, h))
	p.Fill(ribbon.Dark(), Box(x, y+h*.42, w, h*.14))
	p.Bow(ribbon, x+w/2, y, w*.62)
}

func kitchenScene() *image.RGBA {
	p := room(hex("e6d3ae"), hex("c99f6b"))
	p.Fill(hex("b98a5b"), Round(560, 176, 600, 16, 6))
	p.Fill(Ink.Faint(.1), Box(570, 192, 580, 10))
	for i, c := range []Colour{Duck, Rose, Mustard, Sage} {
		x := 600 + float64(i)*74
		tin(p, c, Cream, x, 104, 58, 72)
	}
	pot(p.At(960, 176, .8), Terracotta)
	jamJar(p.At(1040, 176, .5), Red, Red)
	jamJar(p.At(1106, 176, .5), Coral, Blue)
	p.put(650, .6, bakingSet, Tones{Red, Rose, Mustard})
	p.put(880, .62, scales, Tones{Ivory, Mustard, Red})
	p.put(1074, .54, breadBin, Tones{Duck, Cream, Wood})
	p.put(770, .32, mug, Tones{White.Mix(Ivory, .3), Blue, Cream})
	return p.dst
}

func giftsScene() *image.RGBA {
	p := room(hex("dcd3e2"), hex("f6efe6"))
	parcel(p, 616, 140, 236, Cream, Red)
	parcel(p, 880, 220, 186, Duck, Cream)
	parcel(p, 744, 130, 112, Red, Cream)
	parcel(p, 1060, 110, 120, Butter, Green)
	p.put(520, .3, ribbons, Tones{Red, Rose, Mustard})
	tagBird(p.At(1000, 266, .3), Blue)
	return p.dst
}

func shopScene() *image.RGBA {
	p := NewPen(1200, 600, hex("dfe6e0"))
	p.Fill(hex("cfd8d0"), Box(0, 540, 1200, 60))
	p.Solid(Pine, Box(540, 90, 620, 450), 540, 1160)
	p.Fill(Pine.Dark(), Box(540, 90, 620, 70))
	tagBird(p.At(850, 124, .15), Cream)
	for i := range 10 {
		x := 530 + float64(i)*64
		c := []Colour{Cream, Red}[i%2]
		p.Fill(c, Path(pathf("M%g 160 h64 v70 c0 36 -64 36 -64 0 Z", x)))
	}
	p.Fill(Ink.Faint(.12), Box(530, 160, 640, 14))
	window := Box(580, 272, 330, 220)
	p.Fill(Warm, window)
	in := p.In(window)
	in.Fill(Wicker, Box(580, 470, 330, 30))
	window1 := func(x, s float64, draw motif, t Tones) {
		draw(in.At(x-300*s, 472-floor*s, s), t)
	}
	window1(650, .34, teapot, Tones{White, Rose, Mustard})
	window1(748, .42, cakeStand, Tones{White, Rose, Mustard})
	window1(846, .36, lantern, Tones{White.Mix(Ivory, .4), Cream, Flame})
	p.Line(Cream, 9, window)
	p.Fill(Cream, Round(950, 272, 160, 268, 6))
	p.Fill(Warm, Round(968, 290, 124, 150, 4))
	p.Line(Oak, 5, Path("M1000 330 L1030 304 L1060 330"))
	p.Fill(Slate, Heart(1030, 360, 84))
	p.Fill(Mustard, Circle(970, 460, 8))
	pot(p.At(520, 540, 1.1), Terracotta)
	pot(p.At(1150, 540, 1.1), Coral)
	return p.dst
}

func nurseryScene() *image.RGBA {
	p := room(hex("f3e1b5"), hex("dfc08a"))
	flags(p, 540, 40, 1200, []Colour{Red, Cream, Blue, Green})
	p.put(650, .5, lunchBox, Tones{Blue, Red, Cream})
	p.put(872, .62, babushka, Tones{Red, Duck, Green})
	p.put(1074, .4, spinningTops, Tones{Red, Cream, Blue})
	p.put(530, .3, rabbitLight, Tones{White.Mix(Cream, .4), Rose, Cream})
	return p.dst
}
