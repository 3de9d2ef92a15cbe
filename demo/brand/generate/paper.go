package main

// Stationery.

func slateHeart(p *Pen, t Tones) {
	p.Line(Wicker.Dark(), 8, Path("M218 206 C230 90 370 90 382 206"))
	p.Bow(t.Second, 300, 118, 96)
	p.Fill(Ink.Faint(.12), Heart(306, 330, 372))
	p.Fill(t.Body, Heart(300, 318, 372))
	p.Line(t.Body.Mix(White, .18), 5, Heart(300, 318, 336))
	p.Fill(t.Body.Mix(Ink, .5), Circle(222, 200, 8))
	p.Fill(t.Body.Mix(Ink, .5), Circle(378, 200, 8))
	p.Line(White.Faint(.85), 6, Path("M214 300 C214 250 262 250 262 296 C262 326 232 326 232 302 C232 268 300 250 330 292 C348 320 322 338 310 320 C298 296 346 256 392 282"))
	p.Line(White.Faint(.7), 5, Path("M226 356 C250 344 274 368 300 356 C326 344 350 368 374 356"))
	p.Line(White.Faint(.7), 5, Heart(300, 404, 38))
}

func ribbons(p *Pen, t Tones) {
	p.Shadow(300, 180)
	colours := []Colour{t.Body, t.Second, t.Detail, Sage, Wicker, Duck}
	for i, c := range colours {
		x, y := 186+float64(i%3)*114, 424-float64(i/3)*136
		p.Fill(Cream.Dark(), Circle(x+5, y, 60))
		p.Fill(c, Circle(x, y, 60))
		for r := 52.0; r > 24; r -= 9 {
			p.Line(c.Dark().Faint(.5), 3, Circle(x, y, r))
		}
		p.Fill(Cream, Circle(x, y, 22))
		p.Fill(Ink.Faint(.25), Circle(x, y, 11))
	}
	p.Line(t.Body, 13, Path("M128 430 C80 470 110 500 60 520"))
	p.Line(Duck, 13, Path("M470 270 C520 260 500 210 560 196"))
}

func notebooks(p *Pen, t Tones) {
	p.Shadow(300, 160)
	for i, c := range []Colour{t.Detail, t.Second, t.Body} {
		q := p.Turned(float64(i-2)*7, 300, 480)
		x, y := 176+float64(i)*4, 164+float64(i)*8
		q.Fill(White, Round(x+8, y+8, 232, 306, 8))
		q.Solid(c, Round(x, y, 232, 312, 12), x, x+232)
	}
	body := Round(184, 180, 232, 304, 12)
	in := p.In(body)
	in.Dots(White.Faint(.5), 200, 200, 420, 490, 40, 6)
	p.Line(Wicker, 6, Path("M184 332 H416 M300 180 V484"))
	p.Bow(Wicker, 300, 332, 92)
	p.Fill(Cream, Round(214, 210, 70, 46, 5))
	p.Line(Ink.Faint(.4), 4, Path("M226 226 H272 M226 240 H258"))
}

func giftTags(p *Pen, t Tones) {
	for i, tag := range []struct {
		x, y, turn float64
		c          Colour
	}{{154, 226, -5, t.Body}, {446, 240, 5, t.Second}, {300, 340, 0, Cream}} {
		q := p.Turned(tag.turn, tag.x, 0)
		q.Line(Wicker.Dark(), 4, Path(pathf("M%g -60 V%g", tag.x, tag.y-80)))
		shape := Path(pathf("M%g %g l44 44 v176 c0 8 -4 12 -12 12 h-112 c-8 0 -12 -4 -12 -12 v-176 l44 -44 Z", tag.x+24, tag.y-110))
		q.Fill(Ink.Faint(.09), shiftedBy(shape, 7, 8))
		q.Fill(tag.c, shape)
		q.Fill(Paper, Circle(tag.x, tag.y-78, 13))
		q.Line(Wicker.Dark(), 4, Path(pathf("M%g %g V%g", tag.x, tag.y-120, tag.y-78)))
		tagBird(q.At(tag.x, tag.y+30, .34), []Colour{Cream, Cream, t.Detail}[i])
	}
}

func shiftedBy(s Shape, dx, dy float64) Shape {
	moved := make(Shape, len(s))
	for i, o := range s {
		moved[i].closed = o.closed
		for _, a := range o.points {
			moved[i].points = append(moved[i].points, point{a.x + dx, a.y + dy})
		}
	}
	return moved
}

// tagBird is the bird of the ornament in one colour, its middle at the origin.
func tagBird(p *Pen, c Colour) {
	q := p.At(-300, -300, 1)
	q.Fill(c, Path("M372 316 L524 250 L508 316 L540 352 L400 376 Z"))
	q.Fill(c, Path("M128 262 L172 232 C180 190 216 166 256 172 C300 178 318 210 330 246 C380 252 424 296 428 346 C420 408 350 436 288 428 C222 420 176 366 176 290 L170 276 Z"))
	q.Fill(c.Mix(Ink, .25), Path("M276 274 C346 262 410 296 436 372 C380 384 300 372 282 322 C276 306 274 290 276 274 Z"))
	q.Fill(Ink, Circle(224, 230, 12))
}

func wrapRoll(p *Pen, t Tones) {
	p.Shadow(300, 190)
	sheet := Path("M130 140 H470 V420 C430 450 420 400 380 430 C350 452 330 410 300 430 C260 456 240 404 210 430 C180 452 160 420 130 440 Z")
	p.Fill(t.Body, sheet)
	p.In(sheet).Dots(t.Second, 130, 170, 480, 470, 64, 17)
	p.In(sheet).Fill(Ink.Faint(.08), Box(400, 100, 80, 400))
	roll := Round(106, 108, 388, 66, 30)
	p.Solid(t.Body.Dark(), roll, 106, 494)
	p.In(roll).Dots(t.Second.Faint(.75), 116, 124, 500, 180, 64, 15)
	p.Fill(Cream, Oval(118, 141, 14, 33))
	p.Line(Wicker, 4, Oval(118, 141, 7, 18))
	parcel := Round(226, 344, 148, 140, 8)
	p.Fill(Cream, parcel)
	p.In(parcel).Fill(Wicker.Faint(.35), Box(350, 300, 40, 200))
	p.Fill(t.Detail, Box(290, 344, 20, 140))
	p.Fill(t.Detail, Box(226, 404, 148, 18))
	p.Bow(t.Detail, 300, 344, 96)
}

func memoBoard(p *Pen, t Tones) {
	p.Line(t.Detail, 5, Path("M190 150 L300 40 L410 150"))
	p.Fill(Steel, Circle(300, 40, 8))
	p.Fill(Ink.Faint(.1), Round(136, 150, 344, 330, 14))
	board := Round(128, 140, 344, 330, 14)
	p.Fill(t.Body, board)
	in := p.In(board)
	in.Dots(t.Second, 140, 156, 480, 480, 62, 17)
	in.Line(Cream, 9, Path("M128 140 L472 470 M472 140 L128 470 M300 140 L472 305 L300 470 L128 305 Z"))
	for _, x := range [][2]float64{{300, 305}, {214, 222}, {386, 222}, {214, 388}, {386, 388}, {300, 140}, {300, 470}, {128, 305}, {472, 305}} {
		in.Fill(Mustard, Circle(x[0], x[1], 9))
	}
	note := p.Turned(-6, 236, 260)
	note.Fill(White, Box(178, 214, 112, 84))
	note.Line(Sky, 4, Path("M192 240 H274 M192 258 H262 M192 276 H250"))
	card := p.Turned(7, 372, 370)
	card.Fill(Butter, Box(322, 330, 104, 78))
	card.Fill(Red, Heart(374, 370, 46))
	p.Line(t.Body.Dark(), 6, board)
}

func greetingCard(p *Pen, t Tones) {
	p.Shadow(310, 170)
	env := p.Turned(-9, 260, 400)
	env.Fill(t.Second, Round(116, 254, 300, 212, 10))
	env.Line(t.Second.Dark(), 5, Path("M120 260 L266 378 L412 260"))
	p.Fill(White.Mix(Ink, .08), Path("M262 132 L476 152 V484 L262 484 Z"))
	card := Path("M236 128 H452 V484 H236 Z")
	p.Fill(t.Body, card)
	in := p.In(card)
	in.Fill(Ink.Faint(.05), Box(236, 120, 22, 380))
	for i, s := range [][3]float64{{312, 220, .9}, {384, 292, .75}, {310, 352, .66}} {
		swallow(in.At(s[0], s[1], s[2]), []Colour{t.Detail, t.Detail, t.Detail}[i])
	}
	in.Sprig(Green, 276, 470, 84, -10)
	in.Sprig(Green, 414, 470, 84, 12)
	p.Line(t.Detail, 4, Round(252, 144, 184, 324, 6))
}

func swallow(p *Pen, c Colour) {
	p.Fill(c, Path("M-58 -22 C-34 -34 -10 -26 4 -8 C20 -40 52 -56 76 -52 C56 -36 44 -8 28 10 C40 24 48 40 60 60 C40 52 26 42 12 28 C-2 28 -10 22 -18 10 C-38 14 -56 30 -66 44 C-66 10 -60 -6 -34 -10 C-44 -16 -52 -18 -58 -22 Z"))
	p.Fill(Coral, Path("M-34 -10 C-26 -14 -20 -10 -16 -2 C-24 2 -32 -2 -34 -10 Z"))
}

func pencils(p *Pen, t Tones) {
	p.Shadow(300, 100)
	for i, c := range []Colour{Coral, Mustard, Green, Sky, Navy, Lilac, Red} {
		x := 222 + float64(i)*26
		q := p.Turned(float64(i-3)*3.5, x, 480)
		top := 150 + float64((i*37)%50)
		q.Fill(c, Box(x-11, top+34, 22, 190))
		q.Fill(c.Dark(), Box(x+3, top+34, 8, 190))
		q.Fill(Ivory, Path(pathf("M%g %g L%g %g L%g %g Z", x-11, top+36, x, top, x+11, top+36)))
		q.Fill(c.Dark(), Path(pathf("M%g %g L%g %g L%g %g Z", x-4, top+13, x, top, x+4, top+13)))
	}
	body := Round(204, 270, 192, 214, 16)
	p.Solid(t.Body, body, 204, 396)
	p.In(body).Dots(t.Second, 216, 306, 410, 500, 54, 14)
	p.Solid(t.Detail, Round(198, 262, 204, 24, 8), 198, 402)
	p.Solid(t.Detail, Round(198, 462, 204, 22, 8), 198, 402)
}
