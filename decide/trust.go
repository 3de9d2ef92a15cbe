package decide

// breach is the price of the trust that saying a content loses, in minor units: how much oftener than what else is said it makes people complain or
// ask for silence, times all that the person is still worth, as who goes away so is thought lost (package profile), and more of who lost trust
// already. It is paid in what a person brings over their life: no number of clicks now is worth it, and what people are asked to click with
// at the price of their trust is not said.
func (d *deliberation) breach(c *content) float64 {
	if d.q.Fit == nil {
		return 0
	}
	excess := d.q.Fit.Distrust(c.ID)
	if !(excess > 0) {
		return 0
	}
	return min(excess, 1) * d.toll.stake * (1 + d.person.Trust(d.now).Lost())
}
