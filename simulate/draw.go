package simulate

import "math"

// What is drawn. Each draw has a place of its own, so that what a policy does shifts no other draw.
const (
	wKind = iota + 1
	wOdd
	wOddKind
	wDevice
	wLanguage
	wOrders
	wSince
	wBargain
	wBasket
	wTaste
	wFirst
	wSecond
	wSecondLike
	wGap
	wReturn
	wLife
	wLook
	wOrder
	wAmount
	wDelay
	wClick
	wLeave
	wPolicy
	wPick
)

// stream is where draws come from: a point of the space of seed, person and time.
type stream uint64

// at is the stream of a part of what s stands for.
func (s stream) at(part, what uint64) stream { return stream(mix(uint64(s) ^ mix(part<<8|what))) }

// unit is a number in [0, 1).
func (s stream) unit(what uint64) float64 { return float64(mix(uint64(s)+what)>>11) / (1 << 53) }

func (s stream) below(what uint64, n int) int { return int(s.unit(what) * float64(n)) }

// normal is a draw from the standard normal distribution (Box and Muller 1958).
func (s stream) normal(what uint64) float64 {
	radius := math.Sqrt(-2 * math.Log(1-s.unit(what)))
	return radius * math.Cos(2*math.Pi*s.at(what, wPolicy).unit(what))
}

// mix is the finaliser of SplitMix64: Steele, Lea, Flood, Fast splittable pseudorandom number generators,
// 2014, figure 16.
func mix(z uint64) uint64 {
	z += 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
