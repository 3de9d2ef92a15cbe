package fellow

// Forget has the office forget a member, as where it was not heard of for some seconds.
func (o *Office) Forget(at string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.members, at)
}
