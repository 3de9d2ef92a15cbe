package main

// Kitchen and baking.

func tin(p *Pen, c, trim Colour, x, y, w, h float64) {
	body := Round(x, y, w, h, 10)
	p.Solid(c, body, x, x+w)
	in := p.In(body)
	in.Fill(trim, Box(x, y+h*.32, w, h*.36))
	p.Solid(c.Mix(Ink, .12), Round(x-5, y-4, w+10, h*.2, 7), x, x+w)
}

func cakeTins(p *Pen, t Tones) {
	p.Shadow(300, 170)
	tin(p, t.Body, Cream, 144, 372, 312, 112)
	tin(p, t.Second, Cream, 178, 264, 244, 104)
	tin(p, t.Detail, Cream, 212, 164, 176, 96)
	p.Line(Ink.Faint(.6), 7, Path("M282 158 C282 136 318 136 318 158"))
	for _, at := range [][3]float64{{300, 428, 1}, {300, 318, .9}, {300, 214, .8}} {
		wheat(p.At(at[0], at[1], at[2]), Terracotta)
	}
}

// wheat is the pantry's label: an ear between two dots.
func wheat(p *Pen, c Colour) {
	p.Line(c, 3, Path("M-44 0 H44"))
	for i := range 5 {
		x := -36 + float64(i)*18
		p.Fill(c, Petal(x, 0, 18, 7, 60))
		p.Fill(c, Petal(x, 0, 18, 7, 120))
	}
}

func jamSet(p *Pen, t Tones) {
	p.Shadow(300, 180)
	jamJar(p.At(178, 484, .95), t.Body, t.Second)
	jamJar(p.At(422, 484, .95), t.Detail, t.Second)
	jamJar(p.At(300, 484, 1.3), t.Body.Mix(Mustard, .5), t.Second)
}

// jamJar is a jar with a cloth on its lid, standing at the origin.
func jamJar(p *Pen, jam, cloth Colour) {
	jar := Path("M-62 -150 C-74 -140 -74 -130 -74 -116 V-22 C-74 -6 -66 0 -52 0 H52 C66 0 74 -6 74 -22 V-116 C74 -130 74 -140 62 -150 Z")
	p.Solid(jam, jar, -74, 74)
	p.In(jar).Fill(White.Faint(.5), Box(-80, -160, 160, 26))
	p.Fill(Cream, Round(-48, -98, 96, 62, 8))
	p.Fill(jam, Heart(0, -64, 36))
	hood := Path("M-66 -194 C-60 -206 60 -206 66 -194 L88 -140 L70 -146 L56 -136 L36 -146 L18 -136 L0 -146 L-18 -136 L-36 -146 L-56 -136 L-70 -146 L-88 -140 Z")
	p.Fill(Cream, hood)
	p.In(hood).Checks(cloth, -96, -210, 96, -130, 12)
	p.Line(Wicker.Dark(), 6, Path("M-68 -164 H68"))
}

func recipeBox(p *Pen, t Tones) {
	p.Shadow(300, 150)
	for i, x := range []float64{186, 206, 226} {
		card := Path(pathf("M%g 330 L%g %g H%g L%g 330 Z", x, x+10, 176+float64(i)*26, x+180, x+186))
		p.Fill([]Colour{Blush, Cream, White}[i], card)
		p.Fill([]Colour{Rose, Sage, Mustard}[i], Round(x+20+float64(i)*44, 162+float64(i)*26, 56, 26, 6))
	}
	for _, y := range []float64{262, 282} {
		p.Line(Ink.Faint(.25), 4, Path(pathf("M256 %g H388", y)))
	}
	body := Round(150, 304, 300, 180, 12)
	p.Solid(t.Body, body, 150, 450)
	p.In(body).Fill(t.Second, Box(150, 344, 300, 10))
	p.In(body).Fill(t.Second, Box(150, 440, 300, 10))
	p.Fill(Cream, Round(212, 366, 176, 62, 10))
	wheat(p.At(300, 398, 1.3), t.Detail)
}

func bakingSet(p *Pen, t Tones) {
	p.Shadow(300, 160)
	p.Line(t.Detail, 16, Path("M214 330 L156 112"))
	p.Line(t.Detail.Light(), 5, Path("M208 322 L154 116"))
	p.Fill(t.Detail, Oval(150, 104, 30, 46))
	q := p.Turned(16, 380, 330)
	for _, rx := range []float64{14, 34, 54} {
		q.Line(Steel, 5, Oval(380, 170, rx, 84))
	}
	q.Solid(t.Body, Round(368, 244, 24, 110, 10), 368, 392)
	q2 := p.Turned(2, 300, 330)
	q2.Solid(Wood, Round(288, 150, 24, 190, 10), 288, 312)
	q2.Solid(t.Second, Path("M262 70 H338 C344 110 340 150 322 168 H278 C260 150 256 110 262 70 Z"), 262, 338)
	bowl := Path("M124 304 H476 C474 400 424 466 352 484 H248 C176 466 126 400 124 304 Z")
	p.Solid(t.Body, bowl, 124, 476)
	p.In(bowl).Dots(Cream, 130, 350, 480, 480, 62, 15)
	p.Fill(t.Body.Light(), Round(112, 292, 376, 26, 13))
}

func jug(p *Pen, t Tones) {
	p.Shadow(296, 110)
	for _, f := range [][3]float64{{250, 176, -26}, {300, 150, 0}, {350, 172, 24}} {
		p.Line(Green, 6, Path(pathf("M300 300 L%g %g", f[0], f[1])))
		p.Fill(Green, Petal(300+f[2]*.8, 226, 60, 20, f[2]*2.4))
		p.Rose(t.Second, Green, f[0], f[1], 32)
	}
	p.Line(t.Body.Dark(), 26, Path("M384 270 C470 256 468 402 392 398"))
	p.Line(t.Body, 18, Path("M384 270 C470 256 468 402 392 398"))
	body := Path("M186 206 C214 224 236 216 252 222 H388 C378 284 422 330 414 412 C410 462 386 484 348 484 H252 C214 484 190 462 186 412 C180 330 224 290 214 246 Z")
	p.Solid(t.Body, body, 184, 416)
	in := p.In(body)
	in.Rose(t.Second, Green, 300, 390, 30)
	in.Rose(t.Second.Light(), Green, 246, 406, 18)
	in.Rose(t.Second.Light(), Green, 354, 406, 18)
	p.Line(t.Detail, 7, Path("M186 206 C214 226 236 218 252 223 H388"))
	p.Line(t.Detail, 7, Path("M240 482 H360"))
}

func scales(p *Pen, t Tones) {
	p.Shadow(300, 150)
	pan := Path("M132 172 H468 C460 218 420 240 380 242 H220 C180 240 140 218 132 172 Z")
	p.Solid(Zinc, pan, 132, 468)
	p.Fill(Zinc.Light(), Round(124, 162, 352, 16, 8))
	p.Fill(Red, Circle(232, 134, 34))
	p.Fill(Red.Dark(), Petal(232, 108, 24, 8, 20))
	p.Fill(Coral, Circle(300, 130, 38))
	p.Fill(Mustard, Circle(366, 136, 32))
	p.Line(Green, 6, Path("M300 96 q4 -14 14 -20"))
	p.Fill(Steel, Box(284, 242, 32, 22))
	body := Path("M220 262 H380 C410 262 420 280 426 304 L452 452 C456 474 446 484 424 484 H176 C154 484 144 474 148 452 L174 304 C180 280 190 262 220 262 Z")
	p.Solid(t.Body, body, 146, 454)
	p.Fill(t.Second, Circle(300, 376, 84))
	p.Fill(Paper, Circle(300, 376, 74))
	for i := range 12 {
		p.Turned(float64(i)*30, 300, 376).Line(Ink.Faint(.65), 4, Path("M300 310 V322"))
	}
	p.Turned(38, 300, 376).Line(t.Detail, 6, Path("M300 390 V322"))
	p.Fill(t.Detail, Circle(300, 376, 10))
}

func breadBin(p *Pen, t Tones) {
	p.Shadow(300, 190)
	body := Round(116, 250, 368, 234, 26)
	p.Solid(t.Body, body, 116, 484)
	p.In(body).Line(t.Second, 5, Path("M100 462 H500"))
	lid := Path("M108 268 C112 214 160 198 200 196 H400 C440 198 488 214 492 268 Z")
	p.Solid(t.Body.Mix(White, .25), lid, 108, 492)
	p.Line(t.Second, 6, Path("M108 270 H492"))
	p.Line(t.Second, 13, Path("M256 196 C256 160 344 160 344 196"))
	loaf := Path("M220 412 C204 412 206 396 208 374 C196 344 214 324 246 328 C280 314 330 318 358 328 C392 322 404 348 392 374 C394 396 396 412 380 412 Z")
	p.Fill(t.Detail, loaf)
	p.Line(t.Body, 7, Path("M262 346 L250 372 M302 342 L290 370 M344 346 L332 372"))
}

func cookieCutters(p *Pen, t Tones) {
	p.Line(Steel, 3, Path("M300 -20 V118"))
	p.Bow(t.Second, 300, 124, 110)
	for i, h := range [][4]float64{{228, 262, 176, -8}, {398, 284, 136, 12}, {318, 398, 112, 4}} {
		q := p.Turned(h[3], h[0], h[1])
		q.Fill(t.Body.Faint([]float64{.35, .3, .3}[i]), Heart(h[0], h[1], h[2]))
		q.Line(Steel.Mix(Ink, .25), 15, Heart(h[0]+4, h[1]+5, h[2]))
		q.Line(Zinc, 12, Heart(h[0], h[1], h[2]))
		q.Line(White.Faint(.7), 3, Heart(h[0]-2, h[1]-3, h[2]))
	}
}

func jellyMoulds(p *Pen, t Tones) {
	p.Shadow(300, 190)
	mould(p.At(172, 484, .95), t.Body)
	mould(p.At(428, 484, .95), t.Second)
	mould(p.At(300, 484, 1.35), t.Detail)
}

func mould(p *Pen, c Colour) {
	body := Path("M-92 0 C-96 -70 -84 -104 -60 -112 C-62 -140 -26 -150 0 -150 C26 -150 62 -140 60 -112 C84 -104 96 -70 92 0 Z")
	p.Solid(c, body, -92, 92)
	in := p.In(body)
	for _, x := range []float64{-60, -20, 20, 60} {
		in.Line(Ink.Faint(.14), 5, Path(pathf("M%g -4 Q%g -90 %g -144", x, x*.9, x*.35)))
	}
	p.Solid(c.Mix(White, .2), Round(-104, -18, 208, 18, 9), -104, 104)
}
