package main

// For children.

func lunchBox(p *Pen, t Tones) {
	p.Shadow(300, 190)
	p.Line(t.Second, 18, Path("M232 204 C232 132 368 132 368 204"))
	body := Round(116, 198, 368, 286, 44)
	p.Solid(t.Body, body, 116, 484)
	in := p.In(body)
	for _, s := range [][3]float64{{170, 260, 14}, {430, 258, 16}, {180, 412, 12}, {424, 420, 14}, {226, 330, 9}, {390, 340, 9}, {240, 246, 8}} {
		in.Fill(Butter, Star(s[0], s[1], s[2], s[2]*.45, 5))
	}
	rocket(p.Turned(22, 300, 350).At(300, 360, 1.2), t)
	p.Line(t.Body.Dark(), 6, Path("M118 262 H190 M410 262 H482"))
	for _, x := range []float64{176, 392} {
		p.Fill(t.Second, Round(x, 186, 32, 52, 8))
	}
}

func cutlery(p *Pen, t Tones) {
	for i, x := range []float64{180, 300, 420} {
		handle := Round(x-21, 292, 42, 196, 21)
		switch i {
		case 0:
			p.Fill(Zinc, Path("M152 120 V206 C152 240 168 252 172 262 V300 H188 V262 C192 252 208 240 208 206 V120 H198 V196 H188 V120 H172 V196 H162 V120 Z"))
		case 1:
			p.Fill(Zinc, Path("M286 300 V140 C286 118 330 122 330 170 C330 226 316 250 314 300 Z"))
		case 2:
			p.Fill(Zinc, Oval(420, 176, 42, 60))
			p.Fill(Zinc, Box(411, 226, 18, 70))
			p.Fill(White.Faint(.5), Oval(408, 164, 12, 30))
		}
		p.Solid(t.Body, handle, x-21, x+21)
		p.In(handle).Dots(t.Second, x-14, 316, x+20, 500, 27, 7)
		p.Fill(Steel, Round(x-17, 284, 34, 16, 6))
	}
}

func doll(p *Pen, t Tones) {
	p.Shadow(300, 120)
	p.Fill(Oak, Path("M206 210 C200 96 400 96 394 210 C420 270 410 320 388 336 H212 C190 320 180 270 206 210 Z"))
	for _, x := range []float64{272, 328} {
		p.Fill(Ivory.Mix(Blush, .5), Round(x-13, 430, 26, 44, 10))
		p.Fill(t.Detail, Round(x-20, 462, 40, 22, 10))
	}
	dress := Path("M258 280 H342 L412 444 C380 458 220 458 188 444 Z")
	p.Solid(t.Body, dress, 188, 412)
	in := p.In(dress)
	in.Dots(Cream, 190, 320, 420, 440, 42, 9)
	in.Line(t.Second, 16, Path("M180 440 Q300 472 420 440"))
	for _, side := range []float64{-1, 1} {
		p.Line(Ivory.Mix(Blush, .5), 22, Path(pathf("M%g 306 L%g 368", 300+side*48, 300+side*92)))
		p.Line(t.Body.Dark(), 30, Path(pathf("M%g 298 L%g 316", 300+side*46, 300+side*58)))
	}
	p.Fill(Ivory.Mix(Blush, .5), Circle(300, 212, 72))
	p.Fill(Oak, Path("M226 214 C222 120 378 120 374 214 C358 176 330 168 300 172 C270 168 242 176 226 214 Z"))
	p.Fill(Ink, Circle(274, 222, 7))
	p.Fill(Ink, Circle(326, 222, 7))
	p.Fill(Rose.Faint(.7), Circle(252, 242, 13))
	p.Fill(Rose.Faint(.7), Circle(348, 242, 13))
	p.Line(Red, 5, Arc(300, 236, 17, 14, 25, 155))
	p.Fill(Mustard, Path("M262 150 L256 106 L278 128 L300 96 L322 128 L344 106 L338 150 Z"))
	p.Fill(t.Body, Heart(300, 322, 40))
}

func babushka(p *Pen, t Tones) {
	p.Shadow(300, 190)
	nest(p.At(458, 484, .52), t.Detail, Mustard)
	nest(p.At(150, 484, .66), t.Second, t.Body)
	nest(p.At(306, 484, 1.05), t.Body, t.Second)
}

// nest is one nesting doll standing at the origin.
func nest(p *Pen, coat, apron Colour) {
	body := Path("M-72 0 C-110 -60 -106 -150 -72 -196 C-104 -240 -88 -336 0 -338 C88 -336 104 -240 72 -196 C106 -150 110 -60 72 0 Z")
	p.Fill(coat, body)
	in := p.In(body)
	in.Fill(Ink.Faint(.09), Box(58, -400, 100, 420))
	in.Fill(apron, Oval(0, -84, 66, 82))
	in.Rose(coat.Mix(White, .25), Green, 0, -92, 26)
	in.Dots(White.Faint(.7), -40, -36, 44, -30, 20, 4)
	in.Fill(apron.Dark(), Path("M-120 -206 C-60 -176 60 -176 120 -206 V-190 C60 -160 -60 -160 -120 -190 Z"))
	p.Fill(Ivory.Mix(Blush, .4), Circle(0, -250, 52))
	p.Fill(Oak.Dark(), Path("M-52 -254 C-50 -316 50 -316 52 -254 C36 -282 14 -288 0 -296 C-14 -288 -36 -282 -52 -254 Z"))
	p.Fill(Ink, Circle(-18, -246, 5))
	p.Fill(Ink, Circle(18, -246, 5))
	p.Fill(Rose.Faint(.8), Circle(-32, -230, 9))
	p.Fill(Rose.Faint(.8), Circle(32, -230, 9))
	p.Line(Red, 4, Arc(0, -234, 10, 8, 20, 160))
	p.Bow(apron, 0, -192, 54)
}

func spinningTops(p *Pen, t Tones) {
	p.Shadow(170, 60)
	p.Shadow(330, 84)
	p.Shadow(474, 50)
	top(p.At(330, 484, 1.3).Turned(7, 0, 0), t.Body, t.Second)
	top(p.At(170, 484, .9).Turned(-10, 0, 0), t.Detail, Cream)
	top(p.At(474, 484, .76).Turned(12, 0, 0), t.Second, t.Body)
}

func top(p *Pen, a, b Colour) {
	p.Solid(Wood, Round(-9, -236, 18, 80, 8), -9, 9)
	p.Fill(Oak, Circle(0, -238, 15))
	body := Path("M-96 -130 C-96 -172 96 -172 96 -130 C92 -84 40 -40 8 -4 L0 0 L-8 -4 C-40 -40 -92 -84 -96 -130 Z")
	p.Solid(a, body, -96, 96)
	in := p.In(body)
	in.Fill(b, Path("M-100 -128 C-60 -108 60 -108 100 -128 L94 -98 C60 -80 -60 -80 -94 -98 Z"))
	in.Fill(Mustard, Path("M-64 -62 C-30 -52 30 -52 64 -62 L52 -44 C20 -36 -20 -36 -52 -44 Z"))
}

func skippingRope(p *Pen, t Tones) {
	p.Line(t.Body.Dark(), 15, Path("M200 300 C60 470 220 540 300 400 C380 260 220 180 250 330 C280 500 560 500 400 300"))
	p.Line(t.Body, 10, Path("M200 300 C60 470 220 540 300 400 C380 260 220 180 250 330 C280 500 560 500 400 300"))
	for _, h := range [][2]float64{{200, -24}, {400, 24}} {
		q := p.Turned(h[1], h[0], 300)
		x := h[0]
		q.Solid(Wood, Path(pathf("M%g 306 C%g 260 %g 200 %g 130 C%g 108 %g 108 %g 130 C%g 200 %g 260 %g 306 Z",
			x-20, x-34, x-14, x-26, x-20, x+20, x+26, x+14, x+34, x+20)), x-30, x+30)
		q.Fill(t.Second, Box(x-19, 160, 38, 16))
		q.Fill(t.Detail, Box(x-18, 182, 36, 10))
	}
}

func paintSet(p *Pen, t Tones) {
	p.Shadow(300, 190)
	lid := Path("M134 250 L156 104 H444 L466 250 Z")
	p.Solid(t.Body.Mix(White, .25), lid, 134, 466)
	p.Fill(Paper, Path("M156 236 L174 124 H426 L444 236 Z"))
	p.Line(Sky, 12, Path("M204 190 C240 150 270 210 300 170"))
	p.Line(Coral, 12, Path("M312 204 C340 160 370 210 400 166"))
	body := Round(116, 250, 368, 234, 20)
	p.Solid(t.Body, body, 116, 484)
	p.Fill(White, Round(138, 272, 324, 134, 12))
	for i, c := range []Colour{Red, Mustard, Green, Sky, Navy, Coral, Butter, Sage, Lilac, Oak} {
		x, y := 172+float64(i%5)*64, 306+float64(i/5)*64
		p.Fill(c, Circle(x, y, 25))
		p.Fill(White.Faint(.3), Oval(x-8, y-9, 8, 5))
	}
	p.Solid(Wood, Round(150, 434, 230, 15, 7), 150, 380)
	p.Fill(Steel, Box(376, 433, 34, 17))
	p.Fill(t.Second, Path("M410 431 C436 430 446 438 458 441 C446 446 436 453 410 452 Z"))
}

func apron(p *Pen, t Tones) {
	p.Line(t.Second, 11, Path("M238 170 C226 60 374 60 362 170"))
	p.Line(t.Second, 11, Path("M176 286 C130 280 110 320 84 300 M424 286 C470 280 490 320 516 300"))
	body := Path("M232 160 C256 176 344 176 368 160 C376 220 396 262 436 280 L448 454 C448 474 436 484 420 484 H180 C164 484 152 474 152 454 L164 280 C204 262 224 220 232 160 Z")
	p.Solid(t.Body, body, 152, 448)
	in := p.In(body)
	for _, s := range [][3]float64{{206, 310, 12}, {396, 316, 12}, {262, 214, 9}, {340, 210, 9}, {196, 444, 10}, {410, 440, 10}} {
		in.Fill(Butter, Star(s[0], s[1], s[2], s[2]*.45, 5))
	}
	rocket(p.At(300, 268, .6), t)
	p.Fill(t.Second, Path("M220 350 H380 V420 C380 446 366 456 346 456 H254 C234 456 220 446 220 420 Z"))
	p.Line(Cream.Faint(.8), 4, Path("M228 364 H372"))
	p.Line(t.Second, 9, Path("M232 160 C256 176 344 176 368 160"))
}

func skittles(p *Pen, t Tones) {
	p.Shadow(300, 190)
	for _, s := range []struct {
		x, k float64
		c    Colour
	}{{100, .84, t.Body}, {180, .84, t.Second}, {260, .84, t.Body}, {340, .84, t.Second}, {420, .84, t.Body}, {500, .84, t.Second}} {
		soldier(p.At(s.x, 484, s.k), s.c)
	}
	ball := Circle(300, 476, 34)
	p.Solid(Wood, ball, 266, 334)
	p.In(ball).Fill(t.Detail, Box(260, 469, 90, 14))
}

func soldier(p *Pen, c Colour) {
	body := Path("M-40 0 C-46 -60 -44 -110 -26 -150 H26 C44 -110 46 -60 40 0 Z")
	p.Solid(c, body, -44, 44)
	in := p.In(body)
	in.Fill(Navy, Box(-60, -44, 120, 60))
	in.Line(White, 7, Path("M-44 -140 L44 -56 M44 -140 L-44 -56"))
	in.Fill(Mustard, Box(-60, -56, 120, 14))
	p.Fill(Ivory.Mix(Blush, .4), Circle(0, -176, 32))
	p.Fill(Ink, Path("M-36 -182 C-40 -262 40 -262 36 -182 Z"))
	p.Fill(Mustard, Box(-36, -190, 72, 8))
	p.Fill(Ink, Circle(-11, -170, 4))
	p.Fill(Ink, Circle(11, -170, 4))
	p.Line(Ink.Faint(.8), 4, Path("M-11 -160 C-4 -153 4 -153 11 -160"))
}
