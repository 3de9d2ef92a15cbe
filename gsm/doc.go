// Package gsm knows what fits into a text message: the 7-bit alphabet of phones and its extension (3GPP TS 23.038, sections
// 6.2.1 and 6.2.1.1), the 16-bit letters of everything else, and how long texts are cut into segments that phones put together
// again (3GPP TS 23.040, section 9.2.3.24.1).
//
// It knows letters and numbers of bytes, and neither protocols nor who is written to. Start reading at [Measure].
package gsm
