package main

// Garden and outdoors.

func bird(p *Pen, t Tones) {
	p.Line(t.Detail, 3, Path("M300 -20 V196"))
	p.Fill(t.Body.Dark(), Path("M372 316 L524 250 L508 316 L540 352 L400 376 Z"))
	body := Path("M128 262 L172 232 C180 190 216 166 256 172 C300 178 318 210 330 246 C380 252 424 296 428 346 C420 408 350 436 288 428 C222 420 176 366 176 290 L170 276 Z")
	p.Solid(t.Body, body, 150, 440)
	p.Fill(Mustard, Path("M128 262 L174 234 L178 284 Z"))
	p.Fill(t.Second, Path("M188 330 C214 380 270 410 330 408 C298 432 232 424 204 382 C196 366 190 350 188 330 Z"))
	wing := Path("M276 274 C346 262 410 296 436 372 C380 384 300 372 282 322 C276 306 274 290 276 274 Z")
	p.Fill(t.Detail, wing)
	p.Line(White.Faint(.55), 5, Path("M310 300 C350 300 386 320 408 352 M304 326 C334 332 358 344 380 362"))
	p.Fill(Ink, Circle(224, 230, 11))
	p.Fill(White, Circle(228, 226, 4))
	p.Fill(t.Detail, Circle(262, 196, 6))
	p.Fill(t.Detail, Circle(280, 212, 6))
	p.Line(Oak, 7, Path("M270 428 V470 M312 428 V470"))
	p.Line(Oak, 6, Path("M246 472 H290 M290 472 H334"))
}

func plantLadder(p *Pen, t Tones) {
	p.Shadow(300, 180)
	p.Line(t.Body.Dark(), 16, Path("M330 120 L440 480"))
	p.Line(t.Body.Dark(), 16, Path("M270 120 L160 480"))
	p.Line(t.Body, 18, Path("M216 120 L134 480 M384 120 L466 480"))
	for _, s := range []struct{ y, x0, x1 float64 }{{230, 172, 428}, {350, 142, 458}, {462, 116, 484}} {
		p.Solid(t.Body, Round(s.x0, s.y, s.x1-s.x0, 18, 5), s.x0, s.x1)
	}
	p.Solid(t.Body, Round(204, 106, 192, 18, 6), 204, 396)
	pot(p.At(236, 230, .6), t.Second)
	pot(p.At(356, 230, .7), t.Detail)
	pot(p.At(206, 350, .74), t.Detail)
	pot(p.At(312, 350, .6), t.Second)
	pot(p.At(398, 350, .7), t.Second)
	pot(p.At(180, 462, .76), t.Second)
	pot(p.At(300, 462, .82), t.Detail)
	pot(p.At(414, 462, .7), t.Second)
}

// pot is a plant in a pot, standing at the origin.
func pot(p *Pen, c Colour) {
	for i, lean := range []float64{-38, -14, 12, 38} {
		p.Fill([]Colour{Green, Sage.Mix(Green, .4), Pine, Green}[i], Petal(lean*.4, -58, 76, 20, lean))
	}
	p.Solid(c, Path("M-40 -60 H40 L30 0 H-30 Z"), -40, 40)
	p.Fill(c.Mix(White, .15), Round(-46, -68, 92, 18, 6))
}

func picnicBasket(p *Pen, t Tones) {
	p.Shadow(300, 200)
	p.Line(t.Body.Dark(), 17, Path("M198 260 C198 110 402 110 402 260"))
	p.Line(t.Body.Light(), 6, Path("M198 250 C202 116 398 116 402 250"))
	cloth := Path("M120 270 C160 232 240 262 300 236 C360 262 440 232 480 270 L440 330 L400 286 L350 336 L300 286 L250 336 L200 286 L160 330 Z")
	body := Path("M104 286 H496 L474 456 C472 476 462 484 446 484 H154 C138 484 128 476 126 456 Z")
	p.Solid(t.Body, body, 104, 496)
	in := p.In(body)
	for row := range 9 {
		y := 300 + float64(row)*21
		for col := range 12 {
			x := 106 + float64(col)*36 + 18*float64(row%2)
			in.Fill(t.Body.Dark().Faint(.55), Round(x, y, 27, 9, 4))
		}
	}
	p.Fill(Cream, cloth)
	p.In(cloth).Checks(t.Second, 96, 220, 500, 340, 15)
	p.Fill(t.Body.Mix(Oak, .35), Round(98, 276, 404, 22, 10))
	for _, x := range []float64{198, 402} {
		p.Fill(t.Detail, Round(x-13, 290, 26, 62, 6))
		p.Fill(Mustard, Round(x-8, 318, 16, 16, 4))
	}
}

func wateringCan(p *Pen, t Tones) {
	p.Shadow(320, 130)
	p.Line(t.Body.Dark(), 17, Path("M424 282 C530 262 520 440 428 440"))
	p.Line(t.Body, 11, Path("M424 282 C530 262 520 440 428 440"))
	p.Line(t.Body.Dark(), 15, Path("M246 250 C250 150 392 150 396 250"))
	p.Fill(t.Body.Dark(), Path("M226 446 L116 236 L144 222 L240 368 Z"))
	p.Fill(t.Body.Mix(White, .2), Path("M92 250 L150 198 L166 216 L112 266 Z"))
	body := Path("M216 254 H424 L438 462 C438 478 430 484 416 484 H224 C210 484 202 478 202 462 Z")
	p.Solid(t.Body, body, 202, 438)
	in := p.In(body)
	in.Rose(t.Second, Green, 320, 384, 40)
	in.Rose(t.Second.Light(), Green, 260, 402, 22)
	in.Rose(t.Second.Light(), Green, 380, 402, 22)
	p.Fill(t.Body.Mix(White, .2), Oval(320, 254, 104, 15))
	p.Fill(Ink.Faint(.35), Oval(320, 257, 90, 10))
	p.Line(t.Detail, 5, Path("M206 462 H434"))
	for _, d := range [][2]float64{{92, 292}, {70, 322}, {104, 330}, {78, 366}} {
		p.Fill(Sky, Petal(d[0], d[1]+16, 24, 9, 0))
	}
}

func bunnyCan(p *Pen, t Tones) {
	p.Shadow(306, 124)
	p.Line(t.Body.Dark(), 15, Path("M410 300 C500 290 496 430 412 430"))
	p.Fill(t.Body.Dark(), Path("M222 440 L122 288 L146 270 L240 366 Z"))
	p.Fill(t.Second, Path("M98 300 L150 252 L166 270 L116 316 Z"))
	for _, x := range []float64{270, 350} {
		p.Fill(t.Body, Petal(x, 292, 166, 48, (x-310)/4))
		p.Fill(t.Second, Petal(x, 278, 122, 24, (x-310)/4))
	}
	body := Path("M310 250 C412 250 436 330 428 420 C424 464 392 484 352 484 H268 C228 484 196 464 192 420 C184 330 208 250 310 250 Z")
	p.Solid(t.Body, body, 190, 430)
	for _, x := range []float64{268, 352} {
		p.Fill(Ink, Circle(x, 350, 9))
		p.Fill(White, Circle(x+3, 347, 3))
		p.Fill(t.Second, Circle(x+(x-310)*.55, 384, 16))
	}
	p.Fill(t.Second.Dark(), Path("M298 374 H322 L310 388 Z"))
	p.Line(Ink.Faint(.75), 4, Path("M310 388 C304 402 290 400 286 394 M310 388 C316 402 330 400 334 394"))
}

func croquet(p *Pen, t Tones) {
	p.Shadow(300, 190)
	p.Line(Zinc, 10, Path("M356 484 V360 C356 320 468 320 468 360 V484"))
	p.Line(Steel, 3, Path("M352 484 V360 C352 326 464 322 464 350"))
	for i, m := range [][2]float64{{-14, 208}, {10, 292}} {
		c := []Colour{t.Body, t.Second}[i]
		q := p.Turned(m[0], m[1], 300)
		q.Solid(Wood, Round(m[1]-8, 100, 16, 320, 8), m[1]-8, m[1]+8)
		for j := range 3 {
			q.Fill([]Colour{c, Cream, c}[j], Box(m[1]-8, 112+float64(j)*18, 16, 14))
		}
		q.Solid(Oak.Mix(Wood, .5), Round(m[1]-66, 402, 132, 52, 14), m[1]-66, m[1]+66)
		q.Fill(c, Box(m[1]-48, 402, 14, 52))
		q.Fill(c, Box(m[1]+34, 402, 14, 52))
	}
	for _, b := range []struct {
		x, r float64
		c    Colour
	}{{410, 36, t.Detail}, {150, 30, t.Second}, {484, 26, t.Body}} {
		ball := Circle(b.x, floor-b.r, b.r)
		p.Solid(b.c, ball, b.x-b.r, b.x+b.r)
		p.In(ball).Fill(White.Faint(.75), Box(b.x-40, floor-b.r-5, 80, 10))
	}
}

func thermometer(p *Pen, t Tones) {
	p.Line(Steel, 3, Path("M300 -20 V92"))
	body := Round(214, 84, 172, 400, 60)
	p.Solid(t.Body, body, 214, 386)
	p.Line(t.Second, 5, Round(228, 98, 144, 372, 48))
	p.Fill(Paper, Round(280, 140, 40, 250, 20))
	p.Fill(Paper, Circle(300, 402, 38))
	p.Fill(t.Detail, Circle(300, 402, 26))
	p.Fill(t.Detail, Round(291, 236, 18, 170, 9))
	p.Fill(White.Faint(.5), Circle(291, 394, 7))
	for i := range 11 {
		y := 158 + float64(i)*20
		w := 14.0
		if i%5 == 0 {
			w = 24
		}
		p.Line(Ink.Faint(.55), 4, Path(pathf("M332 %g h%g", y, w)))
		p.Line(Ink.Faint(.55), 4, Path(pathf("M268 %g h%g", y, -w)))
	}
	p.Sprig(Green, 246, 458, 70, -16)
	p.Sprig(Green, 354, 458, 70, 16)
}

func birdcage(p *Pen, t Tones) {
	p.Shadow(300, 140)
	p.Line(t.Body, 8, Circle(300, 74, 18))
	for i, lean := range []float64{-52, -28, -6, 20, 44} {
		p.Fill([]Colour{Green, Sage, Pine, Green, Sage}[i], Petal(300+lean*.6, 436, 150, 38, lean))
	}
	for _, f := range [][3]float64{{250, 306, 22}, {334, 288, 26}, {300, 352, 22}, {370, 362, 18}} {
		p.Rose(t.Second, Green, f[0], f[1], f[2])
	}
	for _, x := range []float64{-136, -92, -46, 0, 46, 92, 136} {
		p.Line(t.Body, 6, Path(pathf("M%g 440 V248 C%g 160 %g 108 300 94", 300+x, 300+x, 300+x*.55)))
	}
	p.Line(t.Body, 8, Path("M164 250 H436"))
	p.Line(t.Body, 6, Path("M164 344 H436"))
	tray := Path("M152 428 H448 L436 470 C432 480 424 484 414 484 H186 C176 484 168 480 164 470 Z")
	p.Solid(t.Body, tray, 152, 448)
	p.In(tray).Line(t.Body.Dark(), 4, Path("M150 446 H450"))
}

func parasol(p *Pen, t Tones) {
	q := p.Turned(-14, 300, 300)
	q.Line(Oak, 12, Path("M300 108 V500"))
	q.Line(Wood, 4, Path("M297 300 V496"))
	q.Line(Oak, 13, Path("M300 500 C300 540 344 540 344 508"))
	canopy := Path("M76 330 C84 200 186 122 300 122 C414 122 516 200 524 330 C500 306 476 306 449 330 C420 306 400 306 374 330 C346 306 326 306 300 330 C274 306 254 306 226 330 C200 306 180 306 151 330 C124 306 100 306 76 330 Z")
	q.Fill(t.Body, canopy)
	in := q.In(canopy)
	in.Fill(t.Second, Path("M300 122 C220 150 170 230 151 340 H226 C236 240 260 170 300 122 Z"))
	in.Fill(t.Second, Path("M300 122 C380 150 430 230 449 340 H374 C364 240 340 170 300 122 Z"))
	in.Fill(Ink.Faint(.07), Path("M300 122 C420 130 500 220 524 340 H449 C430 230 380 150 300 122 Z"))
	for _, x := range []float64{76, 151, 226, 300, 374, 449, 524} {
		q.Fill(t.Detail, Circle(x, 331, 6))
	}
	q.Solid(Oak, Path("M292 124 L300 84 L308 124 Z"), 290, 310)
}
