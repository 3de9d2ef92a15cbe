package main

// Home.

func pictureFrame(p *Pen, t Tones) {
	p.Shadow(300, 150)
	p.Fill(Ink.Faint(.08), Round(166, 122, 286, 362, 8))
	outer := Round(150, 114, 300, 370, 8)
	p.Solid(t.Body, outer, 150, 450)
	p.Line(t.Body.Dark(), 4, Round(170, 134, 260, 330, 4))
	p.Fill(White, Box(188, 152, 224, 294))
	photo := Box(212, 180, 176, 238)
	p.Fill(t.Second, photo)
	in := p.In(photo)
	in.Fill(Butter, Circle(346, 236, 28))
	in.Fill(Sage, Path("M200 340 C250 300 300 330 340 316 C370 306 390 320 400 316 V430 H200 Z"))
	in.Fill(Green, Path("M200 380 C250 350 300 390 400 358 V430 H200 Z"))
	in.Fill(t.Detail, Path("M252 352 V318 L276 296 L300 318 V352 Z"))
	in.Fill(Red, Path("M244 322 L276 288 L308 322 L300 326 L276 302 L252 326 Z"))
	p.Line(Ink.Faint(.15), 5, Path("M188 152 H412 M188 152 V446"))
}

func alarmClock(p *Pen, t Tones) {
	p.Shadow(300, 130)
	for _, side := range []float64{-1, 1} {
		p.Line(t.Detail, 20, Path(pathf("M%g 430 L%g 476", 300+side*92, 300+side*118)))
		q := p.Turned(side*32, 300, 310)
		q.Solid(t.Detail, Path("M246 142 C250 96 350 96 354 142 Z"), 246, 354)
		q.Line(t.Detail, 10, Path("M300 104 V88"))
	}
	p.Line(t.Detail, 9, Path("M270 112 C276 62 324 62 330 112"))
	p.Solid(t.Body, Circle(300, 310, 168), 132, 468)
	p.Line(t.Body.Dark(), 6, Circle(300, 310, 134))
	dial(p, 300, 310, 128, t)
}

// dial is a clock's face showing ten past ten.
func dial(p *Pen, x, y, r float64, t Tones) {
	p.Fill(t.Second, Circle(x, y, r))
	for i := range 12 {
		q := p.Turned(float64(i)*30, x, y)
		w, l := 5.0, r*.1
		if i%3 == 0 {
			w, l = 9, r*.16
		}
		q.Line(Ink, w, Path(pathf("M%g %g v%g", x, y-r*.88, l)))
	}
	p.Turned(-56, x, y).Line(Ink, r*.075, Path(pathf("M%g %g V%g", x, y, y-r*.46)))
	p.Turned(60, x, y).Line(Ink, r*.055, Path(pathf("M%g %g V%g", x, y, y-r*.68)))
	p.Turned(200, x, y).Line(Red, r*.03, Path(pathf("M%g %g V%g", x, y+r*.1, y-r*.6)))
	p.Fill(Red, Circle(x, y, r*.07))
}

func wallClock(p *Pen, t Tones) {
	p.Fill(Ink.Faint(.1), Circle(308, 306, 196))
	p.Solid(t.Body, Circle(300, 296, 196), 104, 496)
	p.Line(t.Detail, 9, Circle(300, 296, 160))
	dial(p, 300, 296, 154, t)
	p.Line(White.Faint(.5), 10, Arc(300, 296, 178, 178, 190, 250))
}

func doormat(print func(*Pen, Tones)) motif {
	return func(p *Pen, t Tones) {
		p.Fill(Ink.Faint(.12), Path("M60 512 H548 L504 196 H104 Z"))
		mat := Path("M52 500 H548 L496 190 H104 Z")
		p.Fill(t.Body, mat)
		in := p.In(mat)
		print(in, t)
		in.Line(t.Detail, 16, Path("M78 482 H522 L478 208 H122 Z"))
		for x := 54.0; x < 548; x += 12 {
			p.Line(t.Body.Dark(), 4, Path(pathf("M%g 500 v14", x)))
		}
		for x := 108.0; x < 496; x += 10 {
			p.Line(t.Body.Dark(), 3, Path(pathf("M%g 190 v-9", x)))
		}
	}
}

func spotsInRows(p *Pen, t Tones) {
	for row := range 5 {
		y := 236 + float64(row)*56 + float64(row*row)*1.5
		k := .8 + float64(row)*.07
		for i := -4; i <= 4; i++ {
			x := 300 + (float64(i)+.5*float64(row%2))*74*k
			p.Fill(t.Second, Oval(x, y, 21*k, 15*k))
		}
	}
}

func heartsInRows(p *Pen, t Tones) {
	for row := range 4 {
		y := 246 + float64(row)*64 + float64(row*row)*2
		k := .8 + float64(row)*.09
		for i := -3; i <= 3; i++ {
			x := 300 + (float64(i)+.5*float64(row%2))*92*k
			p.Fill([]Colour{t.Second, t.Detail}[(i+row+8)%2], Heart(x, y, 54*k))
		}
	}
}

func hotWaterBottle(print func(*Pen, Tones)) motif {
	return func(p *Pen, t Tones) {
		p.Shadow(300, 120)
		p.Solid(Ink.Mix(t.Body, .2), Round(262, 84, 76, 36, 10), 262, 338)
		body := Path("M266 118 H334 C338 160 352 176 390 190 C424 204 436 226 436 260 V430 C436 468 414 484 380 484 H220 C186 484 164 468 164 430 V260 C164 226 176 204 210 190 C248 176 262 160 266 118 Z")
		p.Solid(t.Body, body, 164, 436)
		print(p.In(body), t)
		neck := Round(252, 112, 96, 52, 16)
		p.Solid(t.Body.Mix(White, .2), neck, 252, 348)
		p.In(neck).Stripes(t.Body.Dark(), 258, 346, 12, 4)
		p.Bow(t.Detail, 300, 186, 110)
	}
}

func scottie(p *Pen, t Tones) {
	q := p.At(300, 360, 1.25)
	q.Fill(t.Second, Path("M-88 60 V16 C-96 4 -98 -22 -92 -40 L-78 -18 C-40 -22 0 -18 24 -22 L30 -62 L44 -44 L52 -66 L62 -42 C76 -36 92 -30 96 -12 C88 2 70 4 62 6 C60 24 56 30 54 60 H30 V30 C4 36 -30 36 -58 30 L-62 60 Z"))
	q.Fill(t.Detail, Path("M26 -20 L62 -2 L58 12 L22 -8 Z"))
	q.Fill(t.Body, Circle(62, -26, 4))
	p.Hearts(t.Second.Faint(.5), 200, 260, 420, 264, 66, 22)
	p.Hearts(t.Second.Faint(.5), 200, 462, 420, 464, 66, 22)
}

func spotsAndHeart(p *Pen, t Tones) {
	p.Dots(t.Second, 150, 220, 450, 500, 60, 16)
	p.Fill(t.Body, Heart(300, 346, 170))
	p.Fill(t.Second, Heart(300, 344, 140))
	p.Line(t.Body, 4, Heart(300, 344, 118))
}

func owlCushion(p *Pen, t Tones) {
	p.Shadow(300, 170)
	body := Path("M120 150 C180 176 250 140 300 150 C350 140 420 176 480 150 C466 220 476 260 472 310 C480 360 464 420 482 478 C430 496 350 478 300 486 C250 478 170 496 118 478 C136 420 120 360 128 310 C124 260 134 220 120 150 Z")
	p.Solid(t.Body, body, 118, 482)
	p.In(body).Dots(White.Faint(.6), 130, 176, 490, 500, 54, 5)
	owl := Path("M210 214 C240 232 360 232 390 214 C404 280 410 350 380 404 C350 444 250 444 220 404 C190 350 196 280 210 214 Z")
	p.Fill(t.Second, owl)
	p.Fill(t.Detail, Path("M236 330 C250 312 350 312 364 330 C366 390 340 420 300 422 C260 420 234 390 236 330 Z"))
	for i := range 3 {
		y := 346 + float64(i)*24
		for j := range 4 - i%2 {
			p.Line(t.Second, 4, Arc(258+float64(j)*28+14*float64(i%2), y, 11, 10, 10, 170))
		}
	}
	for _, x := range []float64{256, 344} {
		p.Fill(Cream, Circle(x, 276, 40))
		p.Fill(Ink, Circle(x, 276, 19))
		p.Fill(White, Circle(x+6, 269, 6))
	}
	p.Fill(Mustard, Path("M286 292 H314 L300 320 Z"))
	p.Line(Mustard, 8, Path("M266 432 V446 M280 432 V446 M320 432 V446 M334 432 V446"))
}

func homeLetters(p *Pen, t Tones) {
	p.Shadow(300, 230)
	p.Solid(t.Body, Path("M64 484 V330 H98 V388 H128 V330 H162 V484 H128 V420 H98 V484 Z"), 64, 162)
	p.Fill(t.Second, Circle(228, 406, 78))
	p.In(Circle(228, 406, 78)).Fill(White.Faint(.2), Box(160, 320, 34, 170))
	p.Fill(Cream.Mix(Duck, .3), Heart(228, 412, 70))
	p.Solid(t.Body, Path("M318 484 V330 H350 L376 388 L402 330 H434 V484 H404 V394 L384 440 H368 L348 394 V484 Z"), 318, 434)
	p.Solid(t.Detail, Path("M448 484 V330 H536 V364 H484 V390 H526 V422 H484 V450 H536 V484 Z"), 448, 536)
	p.Sprig(Green, 112, 328, 130, -20)
	p.Sprig(Green, 122, 328, 100, 26)
	p.Solid(Cream, Round(350, 276, 52, 54, 6), 350, 402)
	p.Flame(376, 270, 46)
}

func wickerHeart(p *Pen, t Tones) {
	p.Line(t.Detail, 5, Path("M300 -20 V180"))
	for i, w := range []float64{350, 322, 294, 266} {
		c := []Colour{t.Body.Dark(), t.Body, t.Body.Mix(White, .25), t.Body.Dark()}[i]
		p.Line(c, 15, Heart(300, 312+float64(i)*1.5, w))
	}
	outer := Heart(300, 312, 364)
	in := p.In(outer)
	for i := range 40 {
		a := float64(i) * 9
		q := in.Turned(a, 300, 300)
		q.Line(t.Body.Dark().Faint(.5), 4, Path("M292 96 C300 130 312 150 304 190"))
	}
	p.Line(t.Body.Mix(White, .3), 8, Heart(300, 316, 246))
	p.Bow(t.Second, 300, 196, 140)
}

func umbrella(p *Pen, t Tones) {
	q := p.Turned(12, 300, 300)
	q.Line(Steel, 9, Path("M300 120 V470"))
	q.Line(Oak, 16, Path("M300 440 V486 C300 530 352 530 352 490"))
	canopy := Path("M84 326 C90 196 190 118 300 118 C410 118 510 196 516 326 C480 296 448 298 408 322 C372 296 336 296 300 322 C264 296 228 296 192 322 C152 298 120 296 84 326 Z")
	q.Fill(t.Body, canopy)
	in := q.In(canopy)
	in.Dots(t.Second, 80, 146, 540, 340, 64, 17)
	in.Fill(Ink.Faint(.08), Path("M300 118 C372 170 400 250 408 330 H540 V110 Z"))
	q.Line(t.Body.Dark(), 4, Path("M300 118 C230 170 200 250 192 322 M300 118 V322 M300 118 C370 170 400 250 408 322"))
	q.Line(Steel, 9, Path("M300 118 V92"))
}
