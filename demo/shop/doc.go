// Package shop is the demo's shop window: a few pages of the furnished brand with Aparté's tag on them,
// so that whoever tries the demo can be a visitor themself, see the slots change, leave a basket, buy.
// It is an ordinary site: what it knows of Aparté is the script tag and the slots' names. Nothing is
// sold.
package shop
