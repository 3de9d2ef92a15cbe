package compose

import (
	"errors"
	"fmt"
)

// ean13 is the modules of an EAN-13 symbol: 12 digits, to which the check digit is added, or 13 of which the
// last is right (GS1 General Specifications, section 5.2).
func ean13(text string) ([]bool, error) {
	if len(text) != 12 && len(text) != 13 {
		return nil, fmt.Errorf("%d characters: EAN-13 has 12 digits and a check digit", len(text))
	}
	var digits [13]int
	sum := 0
	for i := range 12 {
		d := int(text[i]) - '0'
		if d < 0 || d > 9 {
			return nil, errors.New("EAN-13 has digits only")
		}
		digits[i] = d
		sum += d * (1 + 2*(i%2))
	}
	digits[12] = (10 - sum%10) % 10
	if len(text) == 13 && int(text[12])-'0' != digits[12] {
		return nil, fmt.Errorf("the check digit must be %d", digits[12])
	}
	bars := appendBars(nil, "101")
	for i := 1; i <= 6; i++ {
		code := eanLeft[digits[i]]
		if eanParity[digits[0]]&(1<<(6-i)) != 0 {
			code = mirrored(eanRight(digits[i])) // set B
		}
		bars = appendBars(bars, code)
	}
	bars = appendBars(bars, "01010")
	for _, d := range digits[7:] {
		bars = appendBars(bars, eanRight(d))
	}
	return appendBars(bars, "101"), nil
}

// eanLeft is number set A.
var eanLeft = [10]string{
	"0001101", "0011001", "0010011", "0111101", "0100011", "0110001", "0101111", "0111011", "0110111", "0001011",
}

// eanParity says by the first digit which of the next six are of number set B.
var eanParity = [10]uint8{0b000000, 0b001011, 0b001101, 0b001110, 0b010011, 0b011001, 0b011100, 0b010101, 0b010110, 0b011010}

// eanRight is number set C: set A with dark and light exchanged.
func eanRight(digit int) string {
	var code [7]byte
	for i := range code {
		code[i] = '0' + '1' - eanLeft[digit][i]
	}
	return string(code[:])
}

func mirrored(code string) string {
	out := []byte(code)
	for i := range out {
		out[i] = code[len(code)-1-i]
	}
	return string(out)
}

func appendBars(bars []bool, code string) []bool {
	for i := range len(code) {
		bars = append(bars, code[i] == '1')
	}
	return bars
}

// maxCode128 bounds what is written as bars: more is too long for any till.
const maxCode128 = 48

// Values of Code 128 that are no characters (ISO/IEC 15417, table 1).
const (
	code128ToC    = 99
	code128ToB    = 100
	code128StartB = 104
	code128StartC = 105
	code128Stop   = 106
)

// code128 is the modules of a Code 128 symbol of printable ASCII: pairs of digits in code set C where four or
// more stand together, all else in set B (ISO/IEC 15417, annex E).
func code128(text string) ([]bool, error) {
	if text == "" || len(text) > maxCode128 {
		return nil, fmt.Errorf("%d characters: a barcode has 1 to %d", len(text), maxCode128)
	}
	values := []int{code128StartB}
	pairs := wantsPairs(text) // in set C
	if pairs {
		values[0] = code128StartC
	}
	for i := 0; i < len(text); {
		switch rest := text[i:]; {
		case pairs && digitsAt(rest) >= 2:
			values = append(values, 10*int(rest[0]-'0')+int(rest[1]-'0'))
			i += 2
		case pairs:
			values, pairs = append(values, code128ToB), false
		case i > 0 && wantsPairs(rest):
			values, pairs = append(values, code128ToC), true
		case rest[0] < ' ' || rest[0] > '~':
			return nil, errors.New("a barcode has printable ASCII characters only")
		default:
			values = append(values, int(rest[0]-' '))
			i++
		}
	}
	sum := values[0]
	for i, v := range values[1:] {
		sum += (i + 1) * v
	}
	values = append(values, sum%103, code128Stop)
	var bars []bool
	for _, v := range values {
		bars = appendWidths(bars, code128Widths[v])
	}
	return bars, nil
}

// wantsPairs reports whether digits begin that are worth the change to set C: an even number of them, since
// the odd one is written before. Two digits alone are a symbol of their own.
func wantsPairs(text string) bool {
	digits := digitsAt(text)
	return digits%2 == 0 && (digits >= 4 || digits == 2 && len(text) == 2)
}

func digitsAt(text string) int {
	n := 0
	for n < len(text) && text[n] >= '0' && text[n] <= '9' {
		n++
	}
	return n
}

// appendWidths appends bars and spaces of these widths by turns.
func appendWidths(bars []bool, widths string) []bool {
	for i := range len(widths) {
		for range int(widths[i] - '0') {
			bars = append(bars, i%2 == 0)
		}
	}
	return bars
}

// code128Widths are the widths of the bars and spaces of each value (ISO/IEC 15417, table 1).
var code128Widths = [107]string{
	"212222", "222122", "222221", "121223", "121322", "131222", "122213", "122312", "132212", "221213",
	"221312", "231212", "112232", "122132", "122231", "113222", "123122", "123221", "223211", "221132",
	"221231", "213212", "223112", "312131", "311222", "321122", "321221", "312212", "322112", "322211",
	"212123", "212321", "232121", "111323", "131123", "131321", "112313", "132113", "132311", "211313",
	"231113", "231311", "112133", "112331", "132131", "113123", "113321", "133121", "313121", "211331",
	"231131", "213113", "213311", "213131", "311123", "311321", "331121", "312113", "312311", "332111",
	"314111", "221411", "431111", "111224", "111422", "121124", "121421", "141122", "141221", "112214",
	"112412", "122114", "122411", "142112", "142211", "241211", "221114", "413111", "241112", "134111",
	"111242", "121142", "121241", "114212", "124112", "124211", "411212", "421112", "421211", "212141",
	"214121", "412121", "111143", "111341", "131141", "114113", "114311", "411113", "411311", "113141",
	"114131", "311141", "411131", "211412", "211214", "211232", "2331112",
}
