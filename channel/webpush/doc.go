// Package webpush is push to browsers: the protocol of RFC 8030, messages encrypted for the browser alone (RFC 8291, RFC 8188), and
// requests signed by the site's own key, called VAPID (RFC 8292).
//
// It knows subscriptions and the push services that they name, which are whoever made the browser. It never knows whose browser it
// is, and the push service never learns what is said. A message's Key is its tag, under which a browser shows it, so that one that
// is sent the same message twice shows it once; its Collapse has a push service drop what was not shown yet.
//
// Start reading at [Sender.Send].
package webpush
