package profile

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
)

var update = flag.Bool("update", false, "write the golden files anew")

// A record is read back as what was written, to the bit, and written again as the same bytes.
func TestWhatIsWrittenIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPerson(t)
		b := Encode(nil, &p)
		got, err := Decode(b)
		if err != nil {
			t.Fatal(err)
		}
		if d := diff(p, got, exact); d != "" {
			t.Fatal("(-written +read)\n", d)
		}
		if again := Encode(nil, &got); !bytes.Equal(b, again) {
			t.Fatalf("written again as\n%x, want\n%x", again, b)
		}
	})
}

func TestEncodeAppends(t *testing.T) {
	p, _ := shopper(3)
	if b := Encode([]byte("before"), &p); !bytes.Equal(b[6:], Encode(nil, &p)) || string(b[:6]) != "before" {
		t.Error("what was in the buffer is not in front of the record")
	}
}

// The bound by which a person is fitted holds for whatever the record is asked to keep.
func TestSizeIsAnUpperBound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPerson(t)
		p.Open, p.Timers, p.RecentIDs, p.Absorbed, p.Formerly, p.Trials, p.Journey.Reached = nil, nil, nil, nil, nil, nil, nil
		if b := Encode(nil, &p); len(b) > size(&p) {
			t.Fatalf("takes %d bytes, bound is %d", len(b), size(&p))
		}
	})
}

func TestTheLargestPersonFitsTheRecord(t *testing.T) {
	p := maximal()
	if n := len(Encode(nil, &p)); n < 3*MaxRecord {
		t.Fatalf("the largest person takes %d bytes before being fitted: not large enough to prove anything", n)
	}
	fitted := p
	fit(&fitted)
	n := len(Encode(nil, &fitted))
	t.Logf("%d bytes, %d of %d traits, %d of %d exposures", n, len(fitted.Traits), len(p.Traits), len(fitted.Said), len(p.Said))
	if n > MaxRecord {
		t.Errorf("takes %d bytes, want at most %d", n, MaxRecord)
	}
	if !slices.IsSortedFunc(fitted.Traits, func(a, b aparte.Trait) int { return bytes.Compare([]byte(a.Name), []byte(b.Name)) }) {
		t.Error("traits are not in order")
	}
	p.Said, fitted.Said, p.Traits, fitted.Traits, p.Journey.Touches, fitted.Journey.Touches = nil, nil, nil, nil, nil, nil
	p.Affinities, fitted.Affinities = nil, nil
	if d := diff(p, fitted, exact); d != "" {
		t.Error("something else than touches, traits, memory and affinities gave way\n", d)
	}
}

func TestTheOldestGiveWay(t *testing.T) {
	p := maximal()
	p.Identifiers = nil
	fitted := p
	fit(&fitted)
	if n := len(fitted.Said); n != 16 || fitted.Said[15] != p.Said[aparte.MaxMemory-1] {
		t.Errorf("%d exposures are kept, want the 16 newest", n)
	}
	if n := len(fitted.Traits); n == 0 || n == len(p.Traits) || fitted.Traits[n-1] != p.Traits[len(p.Traits)-1] {
		t.Errorf("%d traits are kept, want the newest of them", n)
	}
}

// A record written by an earlier version is read, whatever became of the schema since. Only the newest golden
// file can be written anew.
func TestOldRecordsAreRead(t *testing.T) {
	p := remarkable()
	if *update {
		if err := os.WriteFile(fmt.Sprintf("testdata/person-v%d.bin", recordVersion), Encode(nil, &p), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for version := 1; version <= recordVersion; version++ {
		b, err := os.ReadFile(fmt.Sprintf("testdata/person-v%d.bin", version))
		if err != nil {
			t.Fatal(err)
		}
		if int(b[0]) != version {
			t.Errorf("the golden file of version %d has version %d", version, b[0])
		}
		got, err := Decode(b)
		if err != nil {
			t.Fatalf("version %d: %v", version, err)
		}
		if d := diff(p, got, exact); d != "" {
			t.Errorf("version %d (-want +got)\n%s", version, d)
		}
	}
}

func TestFieldsOfANewerVersionArePassedOver(t *testing.T) {
	p := remarkable()
	b := Encode(nil, &p)
	b = append(b, 0xf8, 0x01, 0x05)       // 31: varint
	b = append(b, 0x82, 0x02, 0x02, 1, 2) // 32: bytes
	b = append(b, 0x8d, 0x02, 1, 2, 3, 4) // 33: fixed32
	got, err := Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	if d := diff(p, got, exact); d != "" {
		t.Error("(-want +got)\n", d)
	}
}

func TestBrokenRecordsAreErrors(t *testing.T) {
	p := remarkable()
	b := Encode(nil, &p)
	for n := range len(b) {
		Decode(b[:n]) // some are whole messages: only must not panic
	}
	huge := Encode(nil, &aparte.Person{RecentIDs: make([]uint64, maxEntries+1)})
	for name, b := range map[string][]byte{
		"nothing":       nil,
		"version 3":     {3},
		"half a tag":    {1, 0x80},
		"half a field":  {1, 0x0a, 16, 1},
		"short id":      {1, 0x0a, 1, 1},
		"long list":     huge,
		"short column":  {1, 0x6a, 5, 0x08, 2, 0x12, 1, 1}, // two counters, one name
		"long column":   {1, 0x6a, 7, 0x08, 1, 0x12, 3, 1, 1, 1},
		"unknown word":  {1, 0x6a, 6, 0x08, 1, 0x12, 2, 0xff, 0x01},
		"no such text":  {1, 0x92, 0x01, 5, 0x08, 1, 0x22, 1, 5},
		"over a MB":     append([]byte{1}, make([]byte, maxDecoded)...),
		"broken parent": {1, 0x92, 0x01, 5, 0x08, 1, 0x5a, 1, 7},
	} {
		if _, err := Decode(b); err == nil {
			t.Errorf("%s: read, want an error", name)
		}
	}
}

// remarkable is a person with something of everything, the story of the golden file: never change it,
// append another version's beside it.
func remarkable() aparte.Person {
	self := aparte.PersonID{0xa1, 15: 0x01}
	at := func(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }
	return aparte.Person{
		ID: self, MergedInto: aparte.PersonID{0xb2}, Seq: 300, FirstSeen: at(-60), LastSeen: at(90),
		Identifiers: []aparte.Identifier{{Kind: aparte.KindAnonymousID, Value: "anon-1"}, {Kind: aparte.KindEmail, Value: "zoé@example.com"}, {Kind: "loyaltyCard", Value: "77"}},
		Traits: []aparte.Trait{
			{Name: "address.city", Value: aparte.TextValue("Besançon"), At: at(0)},
			{Name: "age", Value: aparte.NumberValue(41.5), Provenance: aparte.Inferred, At: at(1)},
			{Name: "gone", At: at(1)},
			{Name: "pro", Value: aparte.BoolValue(false), Provenance: aparte.BoughtIn, At: at(2)},
			{Name: "tags", Value: aparte.Value{Kind: aparte.JSON, Str: `["a","b"]`}, Provenance: aparte.Observed, At: at(3)},
			{Name: "vip", Value: aparte.BoolValue(true), At: at(3)},
		},
		Consents: []aparte.Consent{
			{Purpose: aparte.Marketing, Granted: true, Source: "signup", Wording: "2026-01", At: at(0)},
			{Purpose: aparte.Marketing, Channel: aparte.SMS, Source: "signup", At: at(4)},
		},
		Counters:   []aparte.Counter{{Name: "orders_90d", Value: 1.25, At: at(5)}, {Name: "smiles_7d", Value: 2, At: at(6)}},
		Affinities: []aparte.Affinity{{Kind: aparte.BrandAffinity, Key: "Hasbro", Weight: 3, At: at(7)}, {Kind: aparte.ItemAffinity, Key: "sku-1", Weight: -1, At: at(8)}},
		Orders: aparte.Orders{
			Count: 2, Revenue: aparte.Money{Amount: 4250, Currency: "EUR"}, FirstAt: at(-50), LastAt: at(5),
			Items: []aparte.ItemID{"sku-1", "sku-2"}, Recent: []aparte.Order{{ID: 1 << 63, Left: 4000}, {ID: 7, Left: 250}},
		},
		Session: aparte.Session{
			StartedAt: at(70), LastAt: at(90), Count: 5, Pages: 3, LastItem: "sku-1", Search: "jeu de société",
			Intents: []aparte.Affinity{{Kind: aparte.CategoryAffinity, Key: "games", Weight: 1, At: at(88)}},
		},
		Cart: aparte.Cart{Lines: []aparte.CartLine{{Item: "sku-2", Quantity: 2, Price: aparte.Money{Amount: 1899, Currency: "EUR"}}}, UpdatedAt: at(80)},
		Said: []aparte.Said{
			{Decision: aparte.DecisionID{Person: self, Seq: 12}, Content: "welcome", Channel: aparte.Email, Slot: "email", At: at(10)},
			{
				Decision: aparte.DecisionID{Person: self, Seq: 40}, Parent: aparte.DecisionID{Person: self, Seq: 12}, Content: "welcome", Item: "sku-1",
				Channel: aparte.Email, Slot: "hero", At: at(60), Seen: 3, Clicked: true,
			},
			{Decision: aparte.DecisionID{Person: aparte.PersonID{0xc3}, Seq: 9}, Content: "hello", Channel: "pigeon", Slot: "hero", At: at(61), Seen: 1},
		},
		Open: []aparte.Open{
			{Decision: aparte.DecisionID{Person: self, Seq: 40}, Objective: "orders", At: at(60), Due: at(60 + 7*24*60), Reward: 12.5},
			{Decision: aparte.DecisionID{Person: self, Seq: 41}, Silence: "side", Objective: "orders", At: at(60), Due: at(60 + 7*24*60)},
		},
		Goodwill:  aparte.Goodwill{Value: 0.75, At: at(62)},
		Timers:    []aparte.Timer{{Name: "scenario:basket", Due: at(125), Gen: 3}},
		Locale:    "fr-FR",
		Zone:      "Europe/Paris",
		Device:    mobile,
		RecentIDs: []uint64{1, 1 << 63},
		Absorbed:  []aparte.PersonID{{0xd4}},
	}
}
