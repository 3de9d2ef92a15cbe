// Package fcm is mobile push through Firebase Cloud Messaging, version 1 of its HTTP API
// (https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages): Android, and every device whose app registers there.
//
// It knows the protocol: how a service account's key becomes an access token (RFC 7523), the message's form, and what each refusal
// means. It never knows whose device a token is of. FCM recognises no repetition; the message's Key, or its Collapse, is the tag
// under which a device shows it, so that one that is sent the same message twice shows it once.
//
// Start reading at [Sender.Send].
package fcm
