package profile

import "github.com/aparte-dev/aparte"

// recordVersion is the first byte of a record. In records of versionOfFirst the times that are after 1970 here were
// after last_seen: every event moved them all.
const (
	recordVersion  = 2
	versionOfFirst = 1
)

// A record is the version byte and a message in the wire format of Protocol Buffers
// (https://protobuf.dev/programming-guides/encoding/), fields in order of number, fields of their zero
// value left out. It only grows by new fields; whoever does not know a field passes over it.
//
//	message Person {
//	  bytes  id           = 1;   // 16 bytes
//	  bytes  merged_into  = 2;
//	  uint64 seq          = 3;
//	  sint64 first_seen   = 4;   // as below; left out: zero time
//	  sint64 last_seen    = 5;
//	  string locale       = 6;
//	  string zone         = 7;
//	  bytes  device       = 8;   // a word of deviceWords
//	  bytes  goodwill     = 9;   // value (8 bytes, IEEE 754, little endian), then at (varint, zigzag, as below)
//	  Identifiers { words kind = 2 (kindWords); texts value = 3; }                                  identifiers = 10;
//	  Traits      { texts name = 2; kinds kind = 3; times at = 4; texts text = 5; floats number = 6; } traits = 11;
//	  Consents    { words purpose = 2 (purposeWords); words channel = 3 (channelWords); flags granted = 4;
//	                repeats source = 5; repeats wording = 6; times at = 7; }                            consents = 12;
//	  Counters    { words name = 2 (counterNames); floats value = 3; times at = 4; }                counters = 13;
//	  Affinities  { words kind = 2 (affinityWords); texts key = 3; floats weight = 4; times at = 5; } affinities = 14;
//	  Orders      { sint64 count = 1; sint64 revenue = 2; string currency = 3; sint64 first_at = 4; sint64 last_at = 5;
//	                Items { texts item = 2; } items = 6; Recent { hashes id = 2; ints left = 3; repeats currency = 4; } recent = 7;
//	                OtherRevenue { texts currency = 2; ints amount = 3; } other_revenue = 8; }              orders = 15;
//	  Session     { sint64 started_at = 1; sint64 last_at = 2; sint64 count = 3; sint64 pages = 4; string last_item = 5;
//	                string search = 6; Affinities intents = 7; sint64 dwell = 8; sint64 item_dwell = 9; } session = 16;
//	  Cart        { sint64 updated_at = 1;
//	                Lines { texts item = 2; ints quantity = 3; ints amount = 4; repeats currency = 5; } lines = 2; } cart = 17;
//	  Said        { people person = 2; steps seq = 3; repeats content = 4; repeats item = 5; words channel = 6;
//	                repeats slot = 7; times at = 8; ints seen = 9; flags clicked = 10;
//	                parents parent = 11; }                                                          said = 18;
//	  Open        { people person = 2; steps seq = 3; repeats objective = 4; times at = 5; ints due = 6;
//	                floats reward = 7; repeats silence = 8; flags unpaired = 9; }                   open = 19;
//	  Timers      { texts name = 2; times due = 3; steps gen = 4; }                                 timers = 20;
//	  RecentIDs   { hashes id = 2; }                                                                recent_ids = 21;
//	  Absorbed    { keys id = 2; }                                                                  absorbed = 22;
//	  Formerly    { keys id = 2; }                                                                  formerly = 23;
//	  bytes  watch        = 24;  // since (varint, zigzag, as below), goodwill, lost, earned (8 bytes each, as in goodwill)
//	  Rhythm      { sint64 at = 2; uints hour = 3; singles weight = 4; }                            rhythm = 25;
//	  Trials      { steps number = 2; ints holdout = 3; ints objective = 4; flags held = 5; times since = 6;
//	                ints value = 7; }                                                               trials = 26;
//	  bytes  return       = 27;  // 2 × before + whether one is under way (varint); and if so since (varint, zigzag, as below),
//	                             // days (varint), aside, earned (8 bytes each, as in goodwill)
//	Cadences    { texts category = 2; times last = 3; singles weight = 4; singles logs = 5; singles squares = 6; } cadences = 28;
//	Stages      { words name = 2 (stageWords); times since = 3; }                                   stages = 29;
//	Points      { hashes objective = 2; uints half_life = 3 (seconds); floats value = 4; times at = 5; } points = 35;
//	Audiences   { steps key = 2; }                                                                audiences = 30;
//	Fences      { texts place = 2; times since = 3; times seen = 4; flags dwelled = 5; }          fences = 39;
//	Journey     { Touches { times at = 2; repeats channel = 3; repeats what = 4; words device = 5 (touchDevices); } touches = 1;
//	              Reached { hashes objective = 2; times at = 3; } reached = 2; }                   journey = 36;
//	}
//
// Times are microseconds after 1970. Inside Orders, Session, Cart and Rhythm they are left out where they are
// zero times. The other messages are lists, kept by column: field 1 is the number of entries n, every
// other field holds that attribute of all of them one after the other, without tags. A column whose
// bytes are all zero is left out.
//
//	texts    length (varint), bytes
//	words    place in the vocabulary, from 1 (varint); 0, then a text, for a word it does not have
//	repeats  0 for the empty text; 1, then a text; 1 + how many different texts ago the column had this
//	         one, up to repeatWindow
//	people   0 for the person whose record it is; 1, then 16 bytes, for another
//	parents  0 for none; 1 for a decision of the person whose record it is; 2, then 16 bytes, of another; then
//	         how much lower its number is than the decision's (varint, zigzag)
//	kinds    kind + 8 × provenance (varint): kind is 0 null, 1 text, 2 number, 3 false, 4 JSON, 5 true;
//	         only texts and JSON have an entry in text, only numbers one in number
//	flags    0 or 1 (varint)
//	ints     varint, zigzag; due is microseconds after at
//	steps    difference from the entry before, from 0 before the first (varint, zigzag)
//	times    microseconds after the entry before, after 1970 for the first (varint, zigzag)
//	floats   8 bytes, IEEE 754, little endian
//	singles  4 bytes, IEEE 754, little endian
//	uints    varint
//	hashes   8 bytes, little endian
//	keys     16 bytes

// repeatWindow is how many different texts a column of repeats looks back.
const repeatWindow = 16

// The vocabularies of the record, counterNames beside them: append only.
var (
	deviceWords   = []string{desktop, mobile, tablet}
	touchDevices  = []string{"", desktop, mobile, tablet}
	kindWords     = vocabulary(aparte.KindUserID, aparte.KindEmail, aparte.KindPhone, aparte.KindDeviceToken, aparte.KindAnonymousID)
	purposeWords  = vocabulary(aparte.Marketing, aparte.Service, aparte.Profiling, aparte.Location)
	affinityWords = vocabulary(aparte.CategoryAffinity, aparte.BrandAffinity, aparte.ItemAffinity, aparte.PriceAffinity, aparte.AttributeAffinity,
		aparte.ContentAffinity, aparte.ToneAffinity, aparte.ChannelAffinity)
	stageWords   = vocabulary(aparte.Prospect, aparte.New, aparte.Active, aparte.AtRisk, aparte.Dormant, aparte.Lost, aparte.WonBack)
	channelWords = vocabulary("", aparte.Web, aparte.Email, aparte.MobilePush, aparte.WebPush, aparte.SMS, aparte.InApp,
		aparte.Ads, aparte.Human, aparte.Webhook)
)

func vocabulary[T ~string](list ...T) []string {
	s := make([]string, len(list))
	for i, w := range list {
		s[i] = string(w)
	}
	return s
}

// Numbers of the fields of Person.
const (
	fieldID = 1 + iota
	fieldMergedInto
	fieldSeq
	fieldFirstSeen
	fieldLastSeen
	fieldLocale
	fieldZone
	fieldDevice
	fieldGoodwill
	fieldIdentifiers
	fieldTraits
	fieldConsents
	fieldCounters
	fieldAffinities
	fieldOrders
	fieldSession
	fieldCart
	fieldSaid
	fieldOpen
	fieldTimers
	fieldRecentIDs
	fieldAbsorbed
	fieldFormerly
	fieldWatch
	fieldRhythm
	fieldTrials
	fieldReturn
	fieldCadences
	fieldStages
	fieldAudiences

	fieldPoints  = 35
	fieldJourney = 36
	fieldFences  = 39
)

// Kinds of trait values in the record.
const (
	nullTrait = iota
	textTrait
	numberTrait
	falseTrait
	jsonTrait
	trueTrait
)
