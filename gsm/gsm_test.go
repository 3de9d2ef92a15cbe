package gsm_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte/gsm"
)

func TestASegmentHoldsWhatTheSpecificationSays(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		want gsm.Size
	}{
		"nothing":                           {"", gsm.Size{Alphabet: gsm.GSM7}},
		"160 letters":                       {strings.Repeat("a", 160), gsm.Size{Alphabet: gsm.GSM7, Units: 160, Segments: 1}},
		"161 letters":                       {strings.Repeat("a", 161), gsm.Size{Alphabet: gsm.GSM7, Units: 161, Segments: 2}},
		"306 letters":                       {strings.Repeat("a", 306), gsm.Size{Alphabet: gsm.GSM7, Units: 306, Segments: 2}},
		"307 letters":                       {strings.Repeat("a", 307), gsm.Size{Alphabet: gsm.GSM7, Units: 307, Segments: 3}},
		"accents that phones have":          {"èéùìòÇØøÅåÆæßÉÄÖÑÜäöñüà¡¿", gsm.Size{Alphabet: gsm.GSM7, Units: 25, Segments: 1}},
		"the extension counts twice":        {strings.Repeat("€", 80), gsm.Size{Alphabet: gsm.GSM7, Units: 160, Segments: 1}},
		"and is not cut":                    {strings.Repeat("a", 152) + "€" + strings.Repeat("a", 10), gsm.Size{Alphabet: gsm.GSM7, Units: 164, Segments: 2}},
		"a c with a cedilla is not its big": {"ça", gsm.Size{Alphabet: gsm.UCS2, Units: 2, Segments: 1, Strange: []rune{'ç'}}},
		"70 letters with one strange":       {"ê" + strings.Repeat("a", 69), gsm.Size{Alphabet: gsm.UCS2, Units: 70, Segments: 1, Strange: []rune{'ê'}}},
		"71 letters with one strange":       {"ê" + strings.Repeat("a", 70), gsm.Size{Alphabet: gsm.UCS2, Units: 71, Segments: 2, Strange: []rune{'ê'}}},
		"a letter beyond the basic plane":   {strings.Repeat("😀", 35), gsm.Size{Alphabet: gsm.UCS2, Units: 70, Segments: 1, Strange: []rune{'😀'}}},
		"is not cut in two":                 {strings.Repeat("😀", 67), gsm.Size{Alphabet: gsm.UCS2, Units: 134, Segments: 3, Strange: []rune{'😀'}}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, gsm.Measure(test.text)); diff != "" {
				t.Errorf("size (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSegmentsPutTogetherAreTheText(t *testing.T) {
	letters := rapid.SampledFrom([]rune("aZ 9@€{}^~[]|\\\n\rèéàçêœ漢😀é"))
	plain := rapid.SampledFrom([]rune("aZ 9@€{}^~[]|\\\n\rèéà"))
	rapid.Check(t, func(t *rapid.T) {
		of := letters
		if rapid.Bool().Draw(t, "plain") {
			of = plain
		}
		text := string(rapid.SliceOfN(of, 0, 900).Draw(t, "text"))
		size := gsm.Measure(text)
		decode, single, each := gsm.DecodeSeptets, 160, 153
		if size.Alphabet == gsm.UCS2 {
			decode, single, each = gsm.DecodeUCS2, 140, 134
		}
		var back strings.Builder
		segments := gsm.Split(text)
		for i, s := range segments {
			back.WriteString(decode(s)) // each by itself: none ends within a letter
			if room := each; len(segments) > 1 && len(s) > room || len(segments) == 1 && len(s) > single || len(s) == 0 {
				t.Errorf("segment %d of %d has %d bytes", i, len(segments), len(s))
			}
		}
		if back.String() != text {
			t.Errorf("%q became %q", text, back.String())
		}
		if len(segments) != size.Segments {
			t.Errorf("%d segments, measured %d", len(segments), size.Segments)
		}
	})
}

func TestTypographyIsWrittenPlainlyAndWordsStay(t *testing.T) {
	got := gsm.Plain("« L’été\u202f! » : 12,50\u00a0€ – à bientôt… cœur, œuvre")
	if want := `" L'été ! " : 12,50 € - à bientôt... coeur, oeuvre`; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		once := gsm.Plain(text)
		if len(gsm.Measure(once).Strange) > len(gsm.Measure(text).Strange) {
			t.Errorf("%q became stranger: %q", text, once)
		}
	})
}

func FuzzDecoding(f *testing.F) {
	f.Add([]byte("\x1b\x65 hello"))
	f.Add([]byte{0x1b})
	f.Add([]byte{0xd8, 0x3d, 0xde})
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, text := range []string{gsm.DecodeSeptets(b), gsm.DecodeUCS2(b)} {
			if !utf8.ValidString(text) {
				t.Errorf("%q is not UTF-8", text)
			}
		}
	})
}
