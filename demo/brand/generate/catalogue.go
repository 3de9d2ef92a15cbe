package main

// motif paints one kind of thing.
type motif func(p *Pen, t Tones)

// picture is how one item is drawn. Its file is named after the item.
type picture struct {
	item  string
	tint  Colour
	draw  motif
	tones Tones
}

// Each department has its wall.
var (
	lights     = hex("819d9d")
	tea        = hex("efd6ce")
	kitchen    = hex("eacfa8")
	bags       = hex("d3e0de")
	garden     = hex("cbd9c0")
	christmas  = hex("bccdd0")
	stationery = hex("e2d8e6")
	children   = hex("f4e0b0")
	home       = hex("e2dacd")
	keepsakes  = hex("f0dbdd")
)

// pictures is the whole catalogue, by department.
var pictures = []picture{
	{"85123A", lights, heartHolder, Tones{White, Cream, Ivory}},
	{"21733", lights, heartHolder, Tones{Red, Cream, Ivory}},
	{"22178", lights, glassTealight, Tones{Duck, Cream, Mustard}},
	{"22464", lights, heartLantern, Tones{Zinc.Mix(White, .5), Cream, Ivory}},
	{"71053", lights, lantern, Tones{White.Mix(Ivory, .4), Cream, Flame}},
	{"22784", lights, gazebo, Tones{Ivory, Cream, Flame}},
	{"22969", lights, jarCandle, Tones{Red.Mix(Rose, .3), Red.Dark(), Cream}},
	{"21731", lights, toadstool, Tones{Red, White, Cream}},
	{"23084", lights, rabbitLight, Tones{White.Mix(Cream, .4), Rose, Cream}},
	{"23108", lights, dollyLights, Tones{Rose, Butter, Duck}},
	{"79321", lights, chilliLights, Tones{Red, Green, Cream}},

	{"22423", tea, cakeStand, Tones{White, Rose, Mustard}},
	{"22776", tea, sweetheartStand, Tones{White, Red.Mix(Rose, .35), Ivory.Dark()}},
	{"21843", tea, retroStand, Tones{Red, White, Cream}},
	{"22699", tea, teacup, Tones{White, Rose, Mustard}},
	{"22697", tea, teacup, Tones{Sage.Mix(White, .45), Green, Mustard}},
	{"22698", tea, teacup, Tones{Rose.Mix(White, .45), Red.Mix(Rose, .4), Mustard}},
	{"23173", tea, teapot, Tones{White, Rose, Mustard}},
	{"22139", tea, teaSet, Tones{White, Red, Cream}},
	{"21212", tea, cakeCases, Tones{Red, White, Cream}},
	{"21877", tea, mug, Tones{White.Mix(Ivory, .3), Blue, Cream}},

	{"22720", kitchen, cakeTins, Tones{Duck, Butter.Mix(Mustard, .3), Rose}},
	{"22960", kitchen, jamSet, Tones{Red, Red, Coral}},
	{"22666", kitchen, recipeBox, Tones{Mustard, Cream, Terracotta}},
	{"22138", kitchen, bakingSet, Tones{Red, Rose, Mustard}},
	{"22427", kitchen, jug, Tones{Cream, Rose, Blue}},
	{"22624", kitchen, scales, Tones{Ivory, Mustard, Red}},
	{"22424", kitchen, breadBin, Tones{Cream.Mix(Ivory, .5), Green, Wood}},
	{"84378", kitchen, cookieCutters, Tones{Wood, Red, Cream}},
	{"22993", kitchen, jellyMoulds, Tones{Duck, Rose, Cream.Mix(Butter, .5)}},

	{"85099B", bags, jumboBag(retrospot), Tones{Red, White, Cream}},
	{"22386", bags, jumboBag(polkadot), Tones{Rose, White, Cream}},
	{"85099F", bags, jumboBag(strawberries), Tones{Cream, Red, Green}},
	{"20725", bags, lunchBag(retrospot), Tones{Red, White, Cream}},
	{"20728", bags, lunchBag(cars), Tones{Sky, Red, Cream}},
	{"22382", bags, lunchBag(rockets), Tones{Navy.Mix(Blue, .5), Red, Cream}},
	{"20726", bags, lunchBag(woodland), Tones{Duck.Mix(Cream, .3), Sage, Cream}},
	{"21936", bags, picnicBag, Tones{Red, White, Cream}},

	{"84879", garden, bird, Tones{Sky, Butter, Blue}},
	{"22487", garden, plantLadder, Tones{White.Mix(Ivory, .35), Terracotta, Coral}},
	{"22501", garden, picnicBasket, Tones{Wicker, Red, Oak}},
	{"22430", garden, wateringCan, Tones{Cream, Rose, Green}},
	{"22432", garden, bunnyCan, Tones{Rose, Blush, Cream}},
	{"22605", garden, croquet, Tones{Red, Blue, Mustard}},
	{"22926", garden, thermometer, Tones{Ivory, Green, Red}},
	{"21340", garden, birdcage, Tones{White, Rose, Cream}},
	{"15056N", garden, parasol, Tones{Cream, Ivory.Mix(Wicker, .35), Wood}},

	{"22086", christmas, paperChain, Tones{Red, Pine, Mustard}},
	{"22943", christmas, baubleLights, Tones{Red, Pine, Mustard}},
	{"85048", christmas, glassBall, Tones{Sky, Red, Zinc}},
	{"23313", christmas, christmasBunting, Tones{Red, Pine, Green}},
	{"21730", christmas, starHolder, Tones{Sky, White, Cream}},
	{"22465", christmas, starLantern, Tones{Zinc, Cream, Oak}},
	{"22696", christmas, wreath, Tones{Wicker, Red, Red}},
	{"22580", christmas, adventSack, Tones{Red, Red.Dark(), Cream}},

	{"22457", stationery, slateHeart, Tones{Slate, Rose, Cream}},
	{"22077", stationery, ribbons, Tones{Red, Rose, Mustard}},
	{"22759", stationery, notebooks, Tones{Duck, Coral, Mustard}},
	{"22585", stationery, giftTags, Tones{Duck, Rose, Blue}},
	{"21498", stationery, wrapRoll, Tones{Red, White, Red}},
	{"22507", stationery, memoBoard, Tones{Red, White, Wicker}},
	{"22030", stationery, greetingCard, Tones{Cream, Duck, Navy}},
	{"20975", stationery, pencils, Tones{Red, White, Cream}},

	{"22629", children, lunchBox, Tones{Blue, Red, Cream}},
	{"84997B", children, cutlery, Tones{Red, White, Cream}},
	{"22749", children, doll, Tones{Rose, Cream, Red}},
	{"22752", children, babushka, Tones{Red, Duck, Green}},
	{"22620", children, spinningTops, Tones{Red, Cream, Blue}},
	{"21891", children, skippingRope, Tones{Red.Mix(Rose, .3), Red, Blue}},
	{"22492", children, paintSet, Tones{Coral, Sky, Cream}},
	{"22367", children, apron, Tones{Blue, Red, Cream}},
	{"22619", children, skittles, Tones{Red, Blue, Green}},

	{"47566", home, partyBunting, Tones{Duck, Mustard, Rose}},
	{"23298", home, spottyBunting, Tones{Red, Blue, Green}},
	{"82482", home, pictureFrame, Tones{White.Mix(Ivory, .4), Sky, Cream}},
	{"22727", home, alarmClock, Tones{Red, Cream, Steel}},
	{"22726", home, alarmClock, Tones{Green, Cream, Steel}},
	{"20685", home, doormat(spotsInRows), Tones{Red, White, Red.Dark()}},
	{"48194", home, doormat(heartsInRows), Tones{Wicker, Red, Cream}},
	{"22111", home, hotWaterBottle(scottie), Tones{Rose.Mix(Red, .2), Cream, Red}},
	{"21485", home, hotWaterBottle(spotsAndHeart), Tones{Red, White, Cream}},
	{"22193", home, wallClock, Tones{Red, Cream, Zinc}},
	{"22568", home, owlCushion, Tones{Duck, Terracotta, Butter}},
	{"21754", home, homeLetters, Tones{Blue, Duck, Rose}},
	{"22469", home, wickerHeart, Tones{Wicker, Cream, Oak}},
	{"85014B", home, umbrella, Tones{Red, White, Cream}},

	{"21232", keepsakes, trinketBox, Tones{Red, Green, Cream}},
	{"23118", keepsakes, jewelleryDrawers, Tones{Duck, Rose, Mustard}},
	{"23065", keepsakes, jewelleryStand, Tones{Slate, Rose, Duck}},
	{"85066", keepsakes, miniChest, Tones{Cream.Mix(Ivory, .5), Rose, Rose}},
}
