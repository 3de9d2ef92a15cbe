package main

import "fmt"

// The tea table.

func pathf(format string, args ...any) string { return fmt.Sprintf(format, args...) }

// plate is a flat dish seen from a little above.
func plate(p *Pen, t Tones, y, r float64, trim func(*Pen, float64)) {
	dish := Path(pathf("M%g %g C%g %g %g %g %g %g C%g %g %g %g %g %g Z",
		300-r, y, 300-r, y-r*.19, 300+r, y-r*.19, 300+r, y, 300+r*.82, y+r*.1+52, 300-r*.82, y+r*.1+52, 300-r, y))
	p.Solid(t.Body, dish, 300-r, 300+r)
	trim(p.In(dish), y)
	p.Fill(t.Body.Light(), Oval(300, y, r, r*.13))
	p.Line(t.Detail, 4, Oval(300, y, r, r*.13))
}

func cakeStand(p *Pen, t Tones) {
	p.Shadow(300, 106)
	trim := func(q *Pen, y float64) {
		q.Roses(t.Second, Green, 300-264, y+31, 560, y+31, 44, 10)
	}
	p.Solid(t.Detail, Path("M288 430 H312 L318 462 C360 466 376 474 380 484 H220 C224 474 240 466 282 462 Z"), 220, 380)
	for _, tier := range [][2]float64{{416, 168}, {300, 128}, {192, 90}} {
		p.Solid(t.Detail, Round(294, tier[0]-108, 12, 108, 4), 294, 306)
	}
	plate(p, t, 416, 168, trim)
	plate(p, t, 300, 128, trim)
	plate(p, t, 192, 90, trim)
	p.Solid(t.Detail, Round(294, 96, 12, 92, 4), 294, 306)
	p.Line(t.Detail, 8, Circle(300, 80, 17))
	p.Solid(t.Detail, Round(294, 206, 12, 86, 4), 294, 306)
	p.Solid(t.Detail, Round(294, 316, 12, 92, 4), 294, 306)
	cupcake(p.At(216, 408, .62), Tones{Blush, Rose, Red})
	cupcake(p.At(262, 412, .62), Tones{Butter, Cream, Red})
	cupcake(p.At(346, 412, .62), Tones{Duck, Blush, Red})
	cupcake(p.At(392, 408, .62), Tones{Blush, Rose, Red})
	cupcake(p.At(244, 296, .54), Tones{Butter, Cream, Red})
	cupcake(p.At(356, 296, .54), Tones{Duck, Rose, Red})
}

func sweetheartStand(p *Pen, t Tones) {
	p.Shadow(300, 106)
	trim := func(q *Pen, y float64) { q.Hearts(t.Second, 300-238, y+31, 540, y+31, 34, 20) }
	p.Solid(t.Detail, Path("M288 430 H312 L318 462 C360 466 376 474 380 484 H220 C224 474 240 466 282 462 Z"), 220, 380)
	plate(p, t, 416, 160, trim)
	p.Solid(t.Detail, Round(294, 316, 12, 92, 4), 294, 306)
	plate(p, t, 306, 124, trim)
	p.Solid(t.Detail, Round(294, 210, 12, 88, 4), 294, 306)
	plate(p, t, 200, 88, trim)
	p.Solid(t.Detail, Round(294, 122, 12, 72, 4), 294, 306)
	p.Line(t.Second, 9, Heart(300, 104, 50))
}

func retroStand(p *Pen, t Tones) {
	p.Shadow(300, 120)
	foot := Path("M282 376 H318 C322 430 344 452 386 466 C396 474 392 484 380 484 H220 C208 484 204 474 214 466 C256 452 278 430 282 376 Z")
	p.Solid(t.Body, foot, 206, 394)
	cake := Path("M186 332 V250 C186 226 206 222 226 222 H374 C394 222 414 226 414 250 V332 Z")
	p.Solid(Butter, cake, 186, 414)
	p.In(cake).Fill(Blush, Path("M180 200 H420 V262 C404 290 390 262 372 268 C356 296 336 296 326 268 C306 262 296 300 276 270 C256 258 242 294 226 268 C206 256 196 286 180 260 Z"))
	p.In(cake).Fill(Red.Faint(.8), Box(180, 304, 240, 8))
	for _, x := range []float64{220, 260, 300, 340, 380} {
		p.Fill(Red, Circle(x, 216, 13))
		p.Fill(White.Faint(.6), Circle(x-4, 212, 4))
	}
	rim := Path("M104 330 H496 C492 366 440 386 300 386 C160 386 108 366 104 330 Z")
	p.Solid(t.Body, rim, 104, 496)
	p.In(rim).Dots(t.Second, 116, 346, 500, 384, 36, 9)
	p.Fill(t.Body.Light(), Round(98, 322, 404, 16, 8))
}

func cupcake(p *Pen, t Tones) {
	p.Fill(t.Second, Path("M-34 -28 C-40 -60 -16 -62 -10 -70 C-4 -82 14 -80 14 -66 C34 -62 40 -44 34 -28 Z"))
	cup := Path("M-32 -32 H32 L24 0 H-24 Z")
	p.Fill(t.Body, cup)
	p.In(cup).Stripes(White.Faint(.45), -30, 30, 12, 5)
	p.Fill(t.Detail, Circle(2, -76, 8))
}

func teacup(p *Pen, t Tones) {
	p.Shadow(300, 150)
	saucer := Path("M112 446 C140 486 460 486 488 446 Z")
	p.Solid(t.Body, saucer, 112, 488)
	p.Fill(t.Body.Light(), Oval(300, 446, 190, 22))
	p.Line(t.Detail, 4, Oval(300, 446, 190, 22))
	p.Fill(Ink.Faint(.12), Oval(300, 446, 84, 10))
	p.Line(t.Body.Dark(), 22, Path("M412 276 C486 250 494 352 392 372"))
	p.Line(t.Body, 15, Path("M412 276 C486 250 494 352 392 372"))
	p.Line(t.Detail, 3, Path("M416 268 C496 240 504 358 396 380"))
	cup := Path("M160 250 H436 C432 356 396 420 348 436 H248 C200 420 164 356 160 250 Z")
	p.Solid(t.Body, cup, 160, 436)
	in := p.In(cup)
	in.Fill(t.Second, Box(150, 250, 300, 34))
	in.Rose(t.Detail.Mix(Rose, .85), Green, 298, 348, 34)
	in.Rose(Blush.Mix(Rose, .4), Green, 222, 338, 20)
	in.Rose(Blush.Mix(Rose, .4), Green, 374, 338, 20)
	p.Fill(t.Body.Light(), Oval(298, 250, 138, 24))
	p.Fill(Terracotta.Mix(Oak, .3), Oval(298, 254, 122, 17))
	p.Line(t.Detail, 5, Oval(298, 250, 138, 24))
	p.Line(White.Faint(.7), 6, Path("M262 212 C242 186 282 170 262 142 M322 212 C302 186 342 170 322 142"))
}

func teapot(p *Pen, t Tones) {
	p.Shadow(296, 140)
	p.Line(t.Body.Dark(), 30, Path("M402 262 C510 226 514 408 394 404"))
	p.Line(t.Body, 22, Path("M402 262 C510 226 514 408 394 404"))
	p.Fill(t.Body.Dark(), Path("M206 330 C150 324 148 268 112 234 L84 246 C96 300 112 404 216 408 Z"))
	p.Fill(t.Body, Path("M206 324 C156 318 152 262 116 232 L88 242 C100 296 116 396 216 400 Z"))
	body := Path("M236 222 H364 C424 262 438 342 416 402 C400 452 364 470 300 470 C236 470 200 452 184 402 C162 342 176 262 236 222 Z")
	p.Solid(t.Body, body, 172, 428)
	in := p.In(body)
	in.Rose(Rose, Green, 300, 352, 48)
	in.Rose(Blush.Mix(Rose, .4), Green, 220, 372, 25)
	in.Rose(Blush.Mix(Rose, .4), Green, 380, 372, 25)
	in.Rose(Blush.Mix(Rose, .4), Green, 256, 292, 17)
	in.Rose(Blush.Mix(Rose, .4), Green, 344, 292, 17)
	p.Solid(t.Body, Path("M238 226 C246 180 354 180 362 226 Z"), 238, 362)
	p.Line(t.Detail, 6, Path("M232 226 H368"))
	p.Fill(t.Detail, Circle(300, 178, 15))
	p.Fill(t.Detail, Round(230, 464, 140, 18, 8))
}

func teaSet(p *Pen, t Tones) {
	p.Shadow(226, 120)
	p.Shadow(428, 92)
	q := p.At(-6, 116, .76)
	q.Line(t.Body, 22, Path("M402 262 C510 226 514 408 394 404"))
	q.Fill(t.Body, Path("M206 324 C156 318 152 262 116 232 L88 242 C100 296 116 396 216 400 Z"))
	body := Path("M236 222 H364 C424 262 438 342 416 402 C400 462 364 484 300 484 C236 484 200 462 184 402 C162 342 176 262 236 222 Z")
	q.Solid(t.Body, body, 172, 428)
	q.In(body).Dots(t.Second, 160, 240, 440, 480, 56, 14)
	q.Solid(t.Body, Path("M238 226 C246 180 354 180 362 226 Z"), 238, 362)
	q.Line(t.Second, 7, Path("M232 226 H368"))
	q.Fill(t.Second, Circle(300, 178, 16))
	p.Line(t.Body, 12, Path("M486 384 C536 368 536 432 478 436"))
	cup := Path("M352 366 H492 C490 430 474 462 452 472 H392 C370 462 354 430 352 366 Z")
	p.Solid(t.Body, cup, 352, 492)
	p.In(cup).Dots(t.Second, 350, 392, 500, 480, 42, 10)
	p.Fill(t.Body.Light(), Oval(422, 366, 70, 11))
	p.Fill(Terracotta.Mix(Oak, .3), Oval(422, 368, 60, 7))
	p.Solid(t.Second, Round(334, 468, 176, 14, 7), 334, 510)
}

func cakeCases(p *Pen, t Tones) {
	p.Shadow(300, 170)
	for _, c := range [][3]float64{{196, 484, 1.7}, {404, 484, 1.7}} {
		cupcase(p.At(c[0], c[1], c[2]), t)
	}
	cupcase(p.At(300, 484, 2.3), Tones{t.Body, t.Second, t.Detail})
	cupcake(p.At(300, 372, 1.9), Tones{t.Body, Blush, Red})
}

// cupcase is an empty paper case standing at the origin.
func cupcase(p *Pen, t Tones) {
	cup := Path("M-56 -62 L-50 -56 L-44 -62 L-38 -56 L-32 -62 L-26 -56 L-20 -62 L-14 -56 L-8 -62 L-2 -56 L4 -62 L10 -56 L16 -62 L22 -56 L28 -62 L34 -56 L40 -62 L46 -56 L52 -62 L56 -58 L40 0 H-40 Z")
	p.Solid(t.Body, cup, -56, 56)
	p.In(cup).Dots(t.Second, -52, -50, 60, 0, 21, 5)
}

func mug(p *Pen, t Tones) {
	p.Shadow(290, 120)
	p.Line(t.Body.Dark(), 30, Path("M388 268 C488 250 488 412 384 400"))
	p.Line(t.Body, 22, Path("M388 268 C488 250 488 412 384 400"))
	body := Path("M176 212 H400 V446 C400 474 386 484 362 484 H214 C190 484 176 474 176 446 Z")
	p.Solid(t.Body, body, 176, 400)
	in := p.In(body)
	in.Fill(t.Second, Box(170, 424, 240, 20))
	in.Fill(t.Second, Path("M288 268 L360 330 H344 V392 H232 V330 H216 Z"))
	in.Fill(t.Body, Heart(288, 356, 44))
	in.Fill(t.Second, Box(326, 276, 16, 40))
	p.Fill(t.Body.Light(), Oval(288, 212, 112, 18))
	p.Fill(Oak.Dark(), Oval(288, 215, 100, 13))
	p.Line(White.Faint(.7), 6, Path("M258 176 C238 150 278 134 258 106 M318 176 C298 150 338 134 318 106"))
}
