package main

// Bags.

// print paints a bag's cloth.
type print func(p *Pen, t Tones)

func retrospot(p *Pen, t Tones) { p.Dots(t.Second, 100, 150, 520, 520, 66, 19) }
func polkadot(p *Pen, t Tones)  { p.Dots(t.Second, 100, 150, 520, 520, 38, 9) }

func strawberries(p *Pen, t Tones) {
	for row, y := 0, 210.0; y < 500; row, y = row+1, y+78 {
		for x := 130 + 45*float64(row%2); x < 500; x += 90 {
			strawberry(p.At(x, y, .34), Tones{t.Second, t.Detail, Cream})
		}
	}
}

func cars(p *Pen, t Tones) {
	colours := []Colour{Red, Mustard, Cream}
	for row, y := 0, 260.0; y < 500; row, y = row+1, y+70 {
		for i, x := 0, 150+50*float64(row%2); x < 480; i, x = i+1, x+100 {
			car(p.At(x, y, .8), colours[(i+row)%3])
		}
	}
}

func car(p *Pen, c Colour) {
	p.Fill(c, Path("M-40 0 C-42 -18 -30 -20 -24 -22 C-18 -44 20 -44 26 -22 C38 -20 42 -14 40 0 Z"))
	p.Fill(Duck.Light(), Path("M-16 -22 C-12 -36 -6 -36 -2 -36 V-22 Z M4 -22 V-36 C12 -36 16 -30 18 -22 Z"))
	p.Fill(Ink, Circle(-22, 0, 9))
	p.Fill(Ink, Circle(22, 0, 9))
	p.Fill(Zinc, Circle(-22, 0, 4))
	p.Fill(Zinc, Circle(22, 0, 4))
}

func rockets(p *Pen, t Tones) {
	for _, s := range [][2]float64{{180, 270}, {420, 292}, {196, 440}, {404, 452}, {300, 262}, {244, 346}, {372, 386}} {
		p.Fill(Butter, Star(s[0], s[1], 13, 6, 5))
	}
	rocket(p.Turned(24, 300, 360).At(300, 366, 1), t)
}

func rocket(p *Pen, t Tones) {
	p.Fill(Mustard, Petal(0, 50, 56, 20, 180))
	p.Fill(t.Second, Path("M-22 10 L-48 52 L-20 46 Z M22 10 L48 52 L20 46 Z"))
	p.Fill(Cream, Path("M0 -84 C40 -44 34 20 22 52 H-22 C-34 20 -40 -44 0 -84 Z"))
	p.Fill(t.Second, Path("M0 -84 C16 -68 24 -54 28 -40 H-28 C-24 -54 -16 -68 0 -84 Z"))
	p.Fill(t.Second, Circle(0, -8, 18))
	p.Fill(Duck, Circle(0, -8, 12))
}

func woodland(p *Pen, t Tones) {
	p.Fill(t.Second, Path("M100 520 V420 C180 390 240 440 320 410 C400 390 440 420 520 400 V520 Z"))
	for _, x := range [][2]float64{{186, 412}, {420, 400}} {
		p.Fill(Oak, Box(x[0]-5, x[1]-10, 10, 30))
		p.Fill(Pine, Path(pathf("M%g %g l40 62 h-80 Z", x[0], x[1]-106)))
		p.Fill(Green, Path(pathf("M%g %g l34 54 h-68 Z", x[0], x[1]-132)))
	}
	fox(p.At(304, 392, 1))
	small := p.At(246, 448, .2).At(-300, -460, 1)
	toadstoolMark(small)
	toadstoolMark(p.At(366, 446, .16).At(-300, -460, 1))
}

func toadstoolMark(p *Pen) {
	p.Fill(Cream, Path("M262 312 C262 380 246 430 234 470 H366 C354 430 338 380 338 312 Z"))
	p.Fill(Red, Path("M138 322 C134 216 214 146 300 146 C386 146 466 216 462 322 C440 350 160 350 138 322 Z"))
	for _, d := range [][3]float64{{300, 210, 34}, {210, 270, 30}, {390, 270, 30}} {
		p.Fill(Cream, Circle(d[0], d[1], d[2]))
	}
}

func fox(p *Pen) {
	p.Fill(Terracotta, Path("M-60 -58 L-50 -96 L-20 -72 H20 L50 -96 L60 -58 C62 -20 30 10 0 34 C-30 10 -62 -20 -60 -58 Z"))
	p.Fill(Cream, Path("M-58 -36 C-36 -40 -14 -14 0 34 C-34 10 -58 -8 -58 -36 Z M58 -36 C36 -40 14 -14 0 34 C34 10 58 -8 58 -36 Z"))
	p.Fill(Ink, Circle(-24, -30, 6))
	p.Fill(Ink, Circle(24, -30, 6))
	p.Fill(Ink, Oval(0, 30, 10, 8))
}

func jumboBag(cloth print) motif {
	return func(p *Pen, t Tones) {
		p.Shadow(300, 170)
		p.Line(t.Body.Dark(), 17, Path("M226 236 C222 84 378 84 374 236"))
		body := Path("M140 212 H460 L484 462 C486 478 478 484 464 484 H136 C122 484 114 478 116 462 Z")
		p.Solid(t.Body, body, 116, 484)
		cloth(p.In(body), t)
		p.In(body).Fill(Ink.Faint(.1), Path("M410 200 L440 500 H500 V200 Z"))
		p.Fill(t.Body.Dark(), Path("M140 212 H460 L463 236 H137 Z"))
		p.Line(t.Body.Mix(White, .2), 17, Path("M210 300 V240 C202 104 398 104 390 240 V300"))
		for _, x := range []float64{210, 390} {
			p.Line(Cream.Faint(.8), 3, Path(pathf("M%g 262 l12 24 M%g 262 l-12 24", x-6, x+6)))
		}
	}
}

func lunchBag(cloth print) motif {
	return func(p *Pen, t Tones) {
		p.Shadow(300, 150)
		p.Line(t.Body.Dark(), 19, Path("M240 190 C240 92 360 92 360 190"))
		p.Line(t.Body.Mix(White, .25), 12, Path("M240 190 C240 92 360 92 360 190"))
		body := Path("M170 206 H430 L448 462 C448 478 440 484 428 484 H172 C160 484 152 478 152 462 Z")
		p.Solid(t.Body, body, 152, 448)
		cloth(p.In(body), t)
		p.In(body).Fill(Ink.Faint(.1), Path("M390 200 L412 500 H470 V200 Z"))
		flap := Path("M158 182 H442 C450 182 452 190 450 198 L442 232 H158 L150 198 C148 190 150 182 158 182 Z")
		p.Solid(t.Body.Mix(Ink, .1), flap, 150, 450)
		p.Line(Cream.Faint(.6), 3, Path("M170 222 H430"))
		p.Fill(Cream, Circle(300, 228, 17))
		p.Fill(t.Body.Dark(), Circle(300, 228, 7))
	}
}

func picnicBag(p *Pen, t Tones) {
	p.Shadow(300, 190)
	p.Line(Wicker.Dark(), 18, Path("M190 290 C190 110 410 110 410 290"))
	for _, b := range [][3]float64{{218, 178, -8}, {372, 186, 8}} {
		bottle := Path(pathf("M%g %g h28 v46 c18 16 20 30 20 60 v60 h-68 v-60 c0 -30 2 -44 20 -60 Z", b[0]-14, b[1]-44))
		p.Turned(b[2], b[0], b[1]).Solid(Pine, bottle, b[0]-34, b[0]+34)
	}
	p.Fill(Wicker, Path("M262 290 L282 150 C288 138 310 138 316 150 L340 290 Z"))
	p.Line(Wicker.Dark(), 4, Path("M282 186 L312 176 M280 222 L320 210 M276 256 L328 244"))
	body := Path("M110 276 H490 L470 456 C468 476 460 484 442 484 H158 C140 484 132 476 130 456 Z")
	p.Solid(t.Body, body, 110, 490)
	p.In(body).Dots(t.Second, 110, 306, 500, 500, 62, 17)
	p.Fill(Wicker, Round(104, 264, 392, 26, 12))
	p.Line(Wicker.Dark(), 3, Path("M116 277 H484"))
}
