package main

// Christmas.

func paperChain(p *Pen, t Tones) {
	colours := []Colour{t.Body, t.Second, t.Detail, Cream}
	for i := range 3 {
		y := 110 + float64(i)*120
		n := 9
		for j := range n {
			u := float64(j)/float64(n-1)*2 - 1
			x := 300 + u*270
			drop := (1 - u*u) * 90
			q := p.Turned(-u*18, x, y+drop)
			c := colours[(i+j)%4]
			if j%2 == 0 {
				q.Line(c.Dark(), 17, Oval(x+2, y+drop+2, 36, 24))
				q.Line(c, 17, Oval(x, y+drop, 36, 24))
			} else {
				q.Line(c.Dark(), 19, Path(pathf("M%g %g h44", x-22, y+drop)))
				q.Line(c, 14, Path(pathf("M%g %g h44", x-22, y+drop-2)))
			}
		}
	}
}

func baubleLights(p *Pen, t Tones) {
	colours := []Colour{t.Body, t.Second, t.Detail}
	for i, at := range garland(p, Pine) {
		p.Glow(at.x, at.y+46, 60)
		p.bauble(colours[i%3], at.x, at.y+46, 36)
	}
}

func (p *Pen) bauble(c Colour, x, y, r float64) {
	p.Solid(c, Circle(x, y, r), x-r, x+r)
	in := p.In(Circle(x, y, r))
	in.Line(White.Faint(.75), r*.13, Path(pathf("M%g %g q%g %g %g 0 q%g %g %g 0", x-r, y, r/2, -r*.5, r, r/2, r*.5, r)))
	in.Fill(White.Faint(.35), Oval(x-r*.4, y-r*.5, r*.2, r*.26))
	p.Fill(Mustard, Round(x-r*.24, y-r*1.22, r*.48, r*.3, 3))
}

func glassBall(p *Pen, t Tones) {
	p.Line(t.Detail, 3, Path("M300 -20 V118"))
	p.Bow(t.Second, 300, 118, 104)
	p.Fill(Mustard, Round(270, 144, 60, 36, 8))
	ball := Circle(300, 320, 156)
	p.Glow(300, 330, 210)
	p.Fill(t.Body.Faint(.5), ball)
	in := p.In(ball)
	in.Fill(White.Faint(.85), Path("M100 400 C200 372 260 420 320 396 C380 376 440 396 500 390 V520 H100 Z"))
	for _, tree := range [][3]float64{{250, 404, 1}, {336, 408, 1.25}, {390, 398, .8}} {
		q := in.At(tree[0], tree[1], tree[2])
		q.Fill(Pine, Path("M0 -112 L34 -50 H20 L42 -8 H-42 L-20 -50 H-34 Z"))
		q.Fill(Oak, Box(-6, -8, 12, 14))
	}
	for i := range 16 {
		x, y := 190+float64(i*67%220), 200+float64(i*41%190)
		in.Glow(x, y, 14)
		in.Fill(Flame, Circle(x, y, 6))
	}
	p.Line(White.Faint(.8), 8, Arc(300, 320, 130, 130, 190, 240))
	p.Line(White.Faint(.6), 4, ball)
}

func bunting(p *Pen, flags []Colour, trim func(q *Pen, i int, x, y float64)) {
	for row, y := range []float64{110, 300} {
		cord := Path(pathf("M-20 %g Q300 %g 620 %g", y, y+130, y))
		p.Line(Oak, 6, cord)
		for i := range 6 {
			x := 20 + float64(i)*112 + float64(row)*6
			u := x/300 - 1
			top := y + 65*(1-u*u)*1.02
			q := p.Turned(-u*10, x, top)
			flag := Path(pathf("M%g %g H%g L%g %g Z", x-47, top, x+47, x, top+128))
			c := flags[(i+row*2)%len(flags)]
			q.Fill(Ink.Faint(.08), Path(pathf("M%g %g H%g L%g %g Z", x-41, top+5, x+53, x+6, top+136)))
			q.Fill(c, flag)
			trim(q.In(flag), i+row, x, top)
			q.In(flag).Fill(Ink.Faint(.07), Path(pathf("M%g %g h60 V%g H%g Z", x, top, top+140, x)))
			q.Line(Cream.Mix(c, .3), 9, Path(pathf("M%g %g H%g", x-47, top, x+47)))
		}
	}
}

func partyBunting(p *Pen, t Tones) {
	bunting(p, []Colour{t.Body, Cream, t.Second, t.Detail, Blush}, func(q *Pen, i int, x, y float64) {
		switch i % 3 {
		case 0:
			q.Dots(White.Faint(.8), x-60, y+26, x+60, y+130, 26, 6)
		case 1:
			q.Rose(Rose, Green, x, y+46, 20)
		case 2:
			q.Stripes(White.Faint(.5), x-60, x+60, 22, 8)
		}
	})
}

func spottyBunting(p *Pen, t Tones) {
	bunting(p, []Colour{t.Body, t.Second, t.Detail}, func(q *Pen, i int, x, y float64) {
		q.Dots(White, x-60, y+26, x+60, y+130, 30, 9)
	})
}

func christmasBunting(p *Pen, t Tones) {
	bunting(p, []Colour{t.Body, Cream, t.Second}, func(q *Pen, i int, x, y float64) {
		switch i % 3 {
		case 0:
			q.Fill(White, Star(x, y+46, 25, 11, 5))
		case 1:
			q.Fill(t.Detail, Path(pathf("M%g %g l24 44 h-14 l20 0 h-60 l20 0 Z", x, y+20)))
			q.Fill(Oak, Box(x-4, y+64, 8, 10))
		case 2:
			q.Fill(White, Heart(x, y+48, 46))
		}
	})
}

func starHolder(p *Pen, t Tones) {
	p.Shadow(300, 130)
	p.Glow(300, 330, 200)
	glass := Path("M166 196 H434 L410 450 C406 474 396 484 374 484 H226 C204 484 194 474 190 450 Z")
	p.Fill(t.Body.Faint(.75), glass)
	p.Fill(Cream, Round(258, 404, 84, 60, 8))
	p.Flame(300, 392, 62)
	in := p.In(glass)
	in.Fill(White.Faint(.28), everywhere)
	for _, s := range [][3]float64{{228, 260, 30}, {360, 280, 36}, {250, 372, 24}, {376, 400, 26}, {300, 226, 18}, {214, 444, 18}} {
		in.Fill(White.Faint(.95), Star(s[0], s[1], s[2], s[2]*.45, 5))
	}
	in.Fill(White.Faint(.4), Path("M186 190 L206 480 H226 L210 190 Z"))
	p.Line(White, 7, Path("M166 197 H434"))
}

func starLantern(p *Pen, t Tones) {
	p.Line(t.Detail, 4, Path("M300 -20 V100"))
	p.Line(t.Body, 8, Circle(300, 112, 13))
	p.Glow(300, 310, 220)
	p.Fill(t.Body, Star(300, 310, 186, 88, 5))
	in := p.In(Star(300, 310, 186, 88, 5))
	for i := range 5 {
		q := in.Turned(float64(i)*72, 300, 310)
		q.Fill(t.Body.Dark(), Path("M300 310 L300 124 L352 238 Z"))
		for j := range 3 {
			q.Fill(Flame, Circle(300, 172+float64(j)*26, 4+float64(j)*1.5))
		}
	}
	p.Fill(Flame, Star(300, 310, 78, 38, 5))
	p.Fill(Flame.Mix(Mustard, .5), Star(300, 310, 44, 21, 5))
	p.Line(t.Body.Light(), 5, Star(300, 310, 186, 88, 5))
}

func wreath(p *Pen, t Tones) {
	p.Line(t.Second, 14, Path("M300 -20 V160"))
	for i := range 30 {
		a := float64(i) * 12
		q := p.Turned(a, 300, 310)
		q.Line(t.Body.Dark(), 9, Path("M276 172 C300 150 320 172 344 190"))
		q.Line(t.Body, 7, Path("M270 196 C290 206 322 210 346 186"))
	}
	for i := range 24 {
		q := p.Turned(float64(i)*15+4, 300, 310)
		c := []Colour{Pine, Green, Sage}[i%3]
		q.Fill(c, Petal(300, 180, 62, 17, 62))
		q.Fill(c.Dark(), Petal(300, 186, 54, 15, 118))
	}
	for i := range 9 {
		q := p.Turned(float64(i)*40+16, 300, 310)
		for _, b := range [][2]float64{{296, 170}, {310, 182}, {294, 190}} {
			q.Fill(t.Detail, Circle(b[0], b[1], 9))
			q.Fill(White.Faint(.5), Circle(b[0]-3, b[1]-3, 3))
		}
	}
	p.Bow(t.Second, 300, 446, 190)
}

func adventSack(p *Pen, t Tones) {
	p.Shadow(300, 140)
	sack := Path("M214 226 C170 300 152 400 172 464 C178 480 190 484 206 484 H394 C410 484 422 480 428 464 C448 400 430 300 386 226 Z")
	p.Fill(t.Body, sack)
	in := p.In(sack)
	in.Checks(Cream, 140, 180, 460, 500, 22)
	in.Fill(Ink.Faint(.09), Box(376, 100, 100, 400))
	p.Fill(t.Body, Path("M214 226 C204 190 190 172 186 152 C210 164 226 148 246 160 C264 144 284 160 300 148 C316 160 336 144 354 160 C374 148 390 164 414 152 C410 172 396 190 386 226 Z"))
	p.In(Path("M214 226 C204 190 190 172 186 152 C210 164 226 148 246 160 C264 144 284 160 300 148 C316 160 336 144 354 160 C374 148 390 164 414 152 C410 172 396 190 386 226 Z")).Checks(Cream, 140, 120, 460, 230, 22)
	p.Line(t.Second, 13, Path("M210 226 H390"))
	p.Bow(t.Second, 300, 230, 130)
	p.Fill(Cream, Circle(300, 386, 62))
	p.Line(t.Second, 5, Circle(300, 386, 52))
	p.Fill(t.Second, Star(300, 388, 40, 18, 5))
}
