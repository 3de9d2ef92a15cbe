package aparte

// Permits reports whether a person's answers let what is known of them be used elsewhere for every one of some purposes. Marketing and location ask
// for an agreement; service and profiling go on until they are refused. Where no channel is named on which it is used, an agreement to all
// channels is asked for, and no refusal of any.
func (p *Person) Permits(purposes []Purpose, channel Channel) bool {
	for _, purpose := range purposes {
		granted, told := p.Consented(purpose, channel)
		if told && !granted || !told && (purpose == Marketing || purpose == Location) {
			return false
		}
		for i := range p.Consents {
			if c := &p.Consents[i]; channel == "" && c.Purpose == purpose && !c.Granted {
				return false
			}
		}
	}
	return true
}
