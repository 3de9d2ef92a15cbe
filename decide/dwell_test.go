package decide

import (
	"slices"
	"testing"
)

func TestWhatWasLookedAtForLongDisturbsLessAndIsToldOf(t *testing.T) {
	p := plan(t, shop())
	last := 2.0
	for _, seconds := range []int64{0, 20, 60, 600} {
		who := marie()
		who.Session.ItemDwell = seconds
		d := p.open(onWeb(who))
		d.gather()
		d.enumerate()
		v := d.views[d.see(d.plan.catalogue.index["i06"])]
		d.sheet.naming = true
		d.describeItem(&d.sheet, &v)
		if told := slices.ContainsFunc(d.sheet.names, func(h hashed) bool { return h.name == featureDwelt }); told != (seconds > 0) {
			t.Errorf("after %d s that it was looked at for long is told: %v", seconds, told)
		}
		if left := Intrusion(0, v.relevant); left >= last {
			t.Errorf("after %d s it disturbs by %v, after less by %v", seconds, left, last)
		} else {
			last = left
		}
		p.close(d)
	}
}

func TestRulesReadHowLongSomethingWasLookedAt(t *testing.T) {
	who := marie()
	who.Session.Dwell, who.Session.ItemDwell = 95, 40
	for when, want := range map[string]verdict{`session.dwell == 95 && session.item_dwell == 40`: holds, `session.item_dwell > 60`: saysNo} {
		if got := judge(t, when, who, func(*Question) {}); got != want {
			t.Errorf("%s: verdict %d, want %d", when, got, want)
		}
	}
	who.Session.LastAt = noon.Add(-day)
	if got := judge(t, `session.dwell == 0 && session.item_dwell == 40`, who, func(*Question) {}); got != holds {
		t.Errorf("verdict %d on the day after, want the item remembered and the visit over", got)
	}
}
