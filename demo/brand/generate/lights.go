package main

// Lanterns and lights.

func heartHolder(p *Pen, t Tones) {
	p.Line(t.Detail, 3, Path("M300 -20 V150"))
	p.Line(t.Detail, 7, Path("M300 178 C262 120 176 130 172 214 C170 300 250 356 300 420 C350 356 430 300 428 214 C424 130 338 120 300 178 Z"))
	p.Line(t.Body, 19, Path("M300 178 C262 120 176 130 172 214 C170 300 250 356 300 420 C350 356 430 300 428 214 C424 130 338 120 300 178 Z"))
	p.Line(White.Faint(.35), 5, Path("M186 190 C190 160 212 148 232 148"))
	p.Line(t.Detail, 9, Circle(300, 163, 12))
	p.Flame(300, 262, 46)
	glass := Path("M256 258 H344 L334 336 C330 350 270 350 266 336 Z")
	p.Fill(Cream, Round(268, 286, 64, 48, 8))
	p.Fill(White.Faint(.45), glass)
	p.Line(White.Faint(.8), 3, glass)
	p.Line(t.Body.Dark(), 5, Path("M252 300 H348"))
	p.Line(Ink.Faint(.6), 3, Path("M300 288 V272"))
}

func glassTealight(p *Pen, t Tones) {
	p.Line(t.Detail, 3, Path("M300 -20 V120"))
	p.Line(t.Detail, 5, Path("M196 250 C200 160 260 124 300 120 C340 124 400 160 404 250"))
	p.Line(t.Detail, 7, Circle(300, 112, 9))
	glass := Path("M188 236 H412 C420 300 410 350 372 384 C350 402 250 402 228 384 C190 350 180 300 188 236 Z")
	p.Fill(Cream, Round(258, 330, 84, 48, 8))
	p.Line(Ink.Faint(.6), 3, Path("M300 330 V314"))
	p.Flame(300, 312, 52)
	p.Fill(t.Body.Faint(.5), glass)
	in := p.In(glass)
	for _, x := range []float64{205, 253, 301, 349, 397} {
		in.Line(White.Faint(.55), 4, Petal(x, 392, 150, 34, 0))
	}
	in.Fill(White.Faint(.3), Box(204, 230, 24, 180))
	p.Line(t.Detail, 9, Path("M186 238 H414"))
	p.Fill(t.Detail, Path("M262 396 H338 L324 414 H276 Z"))
	p.Fill(t.Body, Circle(300, 426, 12))
}

func heartLantern(p *Pen, t Tones) {
	p.Line(t.Detail, 4, Path("M300 -20 V128"))
	p.Line(t.Body, 9, Circle(300, 142, 15))
	p.Solid(t.Body, Path("M300 158 C330 190 390 200 404 226 H196 C210 200 270 190 300 158 Z"), 196, 404)
	body := Round(208, 226, 184, 216, 10)
	p.Solid(t.Body, body, 208, 392)
	p.Fill(Flame, Heart(300, 336, 128))
	p.Fill(Flame.Mix(Mustard, .35), Heart(300, 342, 84))
	for _, x := range []float64{232, 368} {
		for _, y := range []float64{258, 412} {
			p.Fill(Flame, Circle(x, y, 7))
		}
	}
	p.Line(t.Body.Dark(), 5, Heart(300, 336, 132))
	p.Solid(t.Body.Dark(), Round(194, 438, 212, 22, 8), 194, 406)
}

func lantern(p *Pen, t Tones) {
	p.Shadow(300, 130)
	p.Line(t.Body.Dark(), 8, Path("M250 168 C250 96 350 96 350 168"))
	p.Solid(t.Body, Path("M300 128 C312 158 372 166 388 204 H212 C228 166 288 158 300 128 Z"), 212, 388)
	p.Fill(t.Detail.Faint(.4), Box(214, 204, 172, 250))
	p.Solid(Cream, Round(262, 336, 76, 118, 6), 262, 338)
	p.Line(Ink.Faint(.7), 4, Path("M300 336 V318"))
	p.Flame(300, 316, 62)
	p.Line(White.Faint(.5), 6, Path("M238 220 V430"))
	for _, x := range []float64{208, 378} {
		p.Fill(t.Body, Box(x, 200, 14, 256))
	}
	p.Fill(t.Body.Dark(), Box(380, 200, 12, 256))
	p.Line(t.Body, 7, Path("M222 208 C240 250 286 262 300 208 C314 262 360 250 378 208"))
	p.Solid(t.Body, Round(190, 446, 220, 36, 6), 190, 410)
	p.Fill(t.Body.Dark(), Box(196, 198, 208, 10))
}

func gazebo(p *Pen, t Tones) {
	p.Shadow(300, 140)
	p.Line(t.Body.Dark(), 7, Circle(300, 96, 15))
	p.Solid(t.Body, Path("M300 108 C304 168 396 182 424 240 H176 C204 182 296 168 300 108 Z"), 176, 424)
	p.Line(t.Body.Dark(), 4, Path("M300 116 C284 180 250 200 244 240 M300 116 C316 180 350 200 356 240"))
	p.Fill(t.Detail.Faint(.35), Box(196, 240, 208, 212))
	p.Solid(Cream, Round(268, 360, 64, 92, 6), 268, 332)
	p.Line(Ink.Faint(.7), 4, Path("M300 360 V344"))
	p.Flame(300, 342, 54)
	for _, x := range []float64{190, 258, 334, 400} {
		p.Fill(t.Body, Box(x, 240, 10, 214))
	}
	for _, x := range []float64{229, 300, 371} {
		p.Line(t.Body, 6, Arc(x, 282, 32, 36, 180, 360))
	}
	for _, x := range []float64{192, 228, 264, 300, 336, 372, 408} {
		p.Fill(t.Body, Circle(x, 246, 17))
	}
	p.Solid(t.Body, Round(172, 448, 256, 34, 6), 172, 428)
	p.Fill(t.Body.Dark(), Box(180, 236, 240, 6))
}

func jarCandle(p *Pen, t Tones) {
	p.Shadow(300, 110)
	jar := Path("M214 268 H386 C402 284 404 300 404 320 V450 C404 476 392 482 372 482 H228 C208 482 196 476 196 450 V320 C196 300 198 284 214 268 Z")
	p.Flame(300, 258, 58)
	p.Solid(t.Body, jar, 196, 404)
	p.In(jar).Fill(t.Second, Box(190, 250, 220, 62))
	p.In(jar).Fill(White.Faint(.35), Box(208, 250, 18, 240))
	p.Fill(Ivory.Light(), Round(206, 250, 188, 28, 8))
	p.Line(Ink.Faint(.7), 4, Path("M300 268 V250"))
	p.Fill(Cream, Round(236, 344, 128, 96, 12))
	p.Line(t.Body, 3, Round(244, 352, 112, 80, 8))
	strawberry(p.At(300, 394, .36), Tones{Red, Green, Cream})
}

func toadstool(p *Pen, t Tones) {
	p.Shadow(300, 92)
	p.Glow(300, 290, 230)
	stem := Path("M262 312 C262 380 246 430 234 470 C240 486 360 486 366 470 C354 430 338 380 338 312 Z")
	p.Solid(Cream, stem, 234, 366)
	cap := Path("M138 322 C134 216 214 146 300 146 C386 146 466 216 462 322 C440 350 160 350 138 322 Z")
	p.Fill(Blush, Path("M190 330 C220 366 380 366 410 330 Z"))
	p.Solid(t.Body, cap, 138, 462)
	in := p.In(cap)
	for _, d := range [][3]float64{{300, 196, 28}, {220, 226, 20}, {384, 232, 22}, {268, 276, 22}, {348, 298, 18}, {180, 300, 18}, {426, 312, 20}, {238, 338, 12}} {
		in.Fill(t.Second, Circle(d[0], d[1], d[2]))
	}
	p.Fill(t.Body.Dark(), Round(222, 464, 156, 20, 10))
}

func rabbitLight(p *Pen, t Tones) {
	p.Shadow(300, 106)
	p.Glow(300, 320, 236)
	for _, x := range []float64{252, 348} {
		lean := (x - 300) / 6
		p.Fill(t.Body, Petal(x, 268, 172, 52, lean))
		p.Fill(t.Second, Petal(x, 256, 128, 26, lean))
	}
	p.Solid(t.Body, Path("M300 250 C404 250 418 360 402 420 C394 470 360 484 300 484 C240 484 206 470 198 420 C182 360 196 250 300 250 Z"), 190, 410)
	p.Fill(White.Faint(.5), Oval(300, 430, 62, 46))
	for _, x := range []float64{258, 342} {
		p.Fill(Ink, Circle(x, 330, 9))
		p.Fill(White, Circle(x+3, 327, 3))
		p.Fill(t.Second.Faint(.8), Circle(x+(x-300)*.5, 362, 15))
	}
	p.Fill(t.Second.Dark(), Path("M288 352 H312 L300 366 Z"))
	p.Line(Ink.Faint(.75), 4, Path("M300 366 V374 M300 374 C294 386 282 384 278 378 M300 374 C306 386 318 384 322 378"))
}

// garland hangs a cable from corner to corner in two waves and gives the places of eight bulbs.
func garland(p *Pen, c Colour) []point {
	p.Line(c, 5, Path("M-20 150 C120 320 250 320 330 200 C420 320 520 300 620 130"))
	p.Line(c, 5, Path("M-20 380 C100 500 240 500 320 400 C420 510 540 480 620 360"))
	for _, nail := range [][2]float64{{330, 200}, {320, 400}} {
		p.Fill(Mustard, Circle(nail[0], nail[1], 9))
	}
	return []point{{52, 216}, {145, 272}, {240, 267}, {390, 250}, {495, 245}, {70, 438}, {180, 474}, {274, 444}, {382, 452}, {492, 459}}
}

func dollyLights(p *Pen, t Tones) {
	colours := []Colour{t.Body, t.Second, t.Detail}
	for i, at := range garland(p, Pine) {
		c := colours[i%3]
		p.Glow(at.x, at.y+44, 62)
		p.Fill(Pine, Round(at.x-9, at.y-8, 18, 22, 4))
		p.Solid(c, Path(pathf("M%g %g C%g %g %g %g %g %g Z", at.x-36, at.y+72, at.x-34, at.y-6, at.x+34, at.y-6, at.x+36, at.y+72)), at.x-36, at.x+36)
		p.Line(White.Faint(.9), 5, Path(pathf("M%g %g h66", at.x-33, at.y+58)))
		p.Dots(White.Faint(.85), at.x-14, at.y+34, at.x+15, at.y+36, 14, 3.4)
	}
}

func chilliLights(p *Pen, t Tones) {
	for i, at := range garland(p, Pine) {
		q := p.At(at.x, at.y, 1).Turned(float64(i%3-1)*14, 0, 0)
		q.Glow(0, 50, 56)
		q.Fill(t.Body, Path("M-20 8 C-26 60 -6 92 28 112 C20 80 24 50 20 8 Z"))
		q.Fill(White.Faint(.4), Path("M-10 22 C-12 52 -4 68 6 82 C-2 60 -2 40 -2 22 Z"))
		q.Fill(t.Second, Path("M-24 14 C-20 -6 20 -6 24 14 C12 20 8 12 0 18 C-8 12 -12 20 -24 14 Z"))
		q.Line(t.Second.Dark(), 7, Path("M0 4 V-10"))
	}
}
