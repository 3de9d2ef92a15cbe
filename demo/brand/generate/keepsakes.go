package main

// Jewellery and keepsakes.

// strawberry is a strawberry whose middle is at the origin.
func strawberry(p *Pen, t Tones) {
	p.Fill(t.Body, Path("M-70 -30 C-80 -70 -30 -76 0 -62 C30 -76 80 -70 70 -30 C60 26 30 70 0 88 C-30 70 -60 26 -70 -30 Z"))
	for _, s := range [][2]float64{{-36, -26}, {0, -20}, {36, -26}, {-22, 10}, {20, 10}, {0, 44}} {
		p.Fill(t.Detail, Petal(s[0], s[1]+8, 16, 7, 0))
	}
	p.Fill(t.Second, Path("M0 -58 C-18 -30 -34 -46 -60 -40 C-52 -66 -28 -74 0 -72 C28 -74 52 -66 60 -40 C34 -46 18 -30 0 -58 Z"))
	p.Line(t.Second, 9, Path("M0 -68 Q4 -86 14 -94"))
}

func trinketBox(p *Pen, t Tones) {
	p.Shadow(300, 130)
	base := Path("M158 322 H442 C436 396 380 456 300 484 C220 456 164 396 158 322 Z")
	p.Solid(t.Body, base, 158, 442)
	lid := Path("M150 306 C130 206 220 176 300 200 C380 176 470 206 450 306 Z")
	p.Solid(t.Body, lid, 146, 454)
	for _, s := range [][2]float64{{206, 268}, {264, 282}, {336, 282}, {394, 268}, {222, 366}, {300, 360}, {378, 366}, {262, 412}, {338, 412}, {300, 450}} {
		p.Fill(t.Detail, Petal(s[0], s[1]+12, 26, 11, 0))
	}
	p.Fill(t.Second, Path("M300 212 C262 262 230 226 176 244 C188 192 244 172 300 178 C356 172 412 192 424 244 C370 226 338 262 300 212 Z"))
	p.Line(t.Second.Dark(), 16, Path("M300 184 Q304 150 326 136"))
	p.Fill(Mustard, Round(142, 302, 316, 22, 10))
	p.Fill(Mustard.Dark(), Round(284, 304, 32, 34, 8))
}

func jewelleryDrawers(p *Pen, t Tones) {
	p.Shadow(300, 160)
	p.Line(Mustard, 5, Path("M226 150 C230 230 300 250 300 226 C300 250 370 230 374 150"))
	p.Solid(t.Body, Path("M166 190 C170 130 250 150 300 112 C350 150 430 130 434 190 Z"), 166, 434)
	p.Fill(t.Second, Heart(300, 166, 34))
	p.Solid(t.Body, Round(150, 186, 300, 280, 10), 150, 450)
	for i := range 3 {
		y := 206 + float64(i)*84
		p.Fill(t.Body.Dark(), Round(170, y+2, 260, 72, 8))
		p.Fill(t.Body.Mix(White, .3), Round(170, y, 260, 68, 8))
		p.Rose(t.Second, Green, 222, y+34, 17)
		p.Rose(t.Second, Green, 378, y+34, 17)
		p.Fill(t.Detail, Circle(300, y+34, 13))
		p.Fill(White.Faint(.6), Circle(296, y+30, 4))
	}
	p.Line(Cream, 6, Path("M196 290 C206 330 250 332 256 290"))
	for i := range 7 {
		p.Fill(White, Circle(198+float64(i)*9.5, 297+[]float64{0, 13, 20, 23, 20, 13, 0}[i], 6))
	}
	p.Solid(t.Body.Dark(), Round(140, 462, 320, 22, 8), 140, 460)
}

func jewelleryStand(p *Pen, t Tones) {
	p.Shadow(300, 120)
	p.Solid(t.Body, Path("M290 440 H310 C314 462 360 466 388 484 H212 C240 466 286 462 290 440 Z"), 212, 388)
	p.Solid(t.Body, Round(291, 130, 18, 330, 6), 291, 309)
	p.Line(t.Body, 11, Path("M300 160 C230 140 170 160 150 190 M300 160 C370 140 430 160 450 190"))
	p.Line(t.Body, 11, Path("M300 270 C250 252 210 264 196 288 M300 270 C350 252 390 264 404 288"))
	for _, x := range [][2]float64{{150, 190}, {450, 190}, {196, 288}, {404, 288}} {
		p.Line(t.Body, 10, Circle(x[0], x[1]+10, 12))
	}
	p.Fill(t.Second, Heart(300, 112, 60))
	p.Line(Mustard, 4, Path("M150 204 C140 330 190 400 210 404 C230 400 196 320 160 204"))
	p.Fill(t.Detail, Petal(210, 446, 46, 20, 0))
	p.Fill(White.Faint(.5), Petal(206, 434, 22, 6, 0))
	for i := range 15 {
		u := float64(i)/7 - 1
		p.Fill(Cream, Circle(442+u*42, 214+(1-u*u)*148, 10))
		p.Fill(Ink.Faint(.12), Circle(445+u*42, 217+(1-u*u)*148, 6))
	}
	for _, x := range []float64{196, 404} {
		p.Line(Mustard, 4, Path(pathf("M%g 304 v26", x)))
		p.Fill(t.Second, Circle(x, 344, 16))
		p.Fill(White.Faint(.5), Circle(x-5, 339, 5))
	}
}

func miniChest(p *Pen, t Tones) {
	p.Shadow(300, 180)
	for _, x := range []float64{144, 424} {
		p.Solid(t.Body.Dark(), Path(pathf("M%g 456 h32 l-6 28 h-20 Z", x)), x, x+32)
	}
	p.Solid(t.Body, Round(122, 196, 356, 268, 12), 122, 478)
	p.Solid(t.Body.Mix(White, .3), Round(108, 178, 384, 28, 10), 108, 492)
	for row := range 2 {
		for col := range 2 {
			x, y := 142+float64(col)*162, 222+float64(row)*116
			p.Fill(t.Body.Dark(), Round(x, y+3, 152, 102, 8))
			p.Fill(t.Body.Mix(White, .35), Round(x, y, 152, 100, 8))
			p.Line(t.Body.Dark(), 3, Round(x+10, y+10, 132, 80, 5))
			p.Fill(t.Second, Heart(x+76, y+52, 42))
		}
	}
	pot(p.At(190, 178, .9), t.Detail)
	p.Solid(Cream, Round(368, 128, 44, 50, 5), 368, 412)
	p.Flame(390, 122, 42)
}
