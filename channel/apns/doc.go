// Package apns is mobile push to Apple's devices: notifications over HTTP/2 to the Apple Push Notification service
// (https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns).
//
// It knows the protocol: provider tokens, headers, the payload, and what each refusal means. It never knows whose device a token
// is of. A message's Key becomes the apns-id, so that Apple's logs and ours tell of the same, and, where the message has no
// Collapse, the apns-collapse-id: a device that is sent the same message twice shows it once.
//
// Start reading at [Sender.Send].
package apns
