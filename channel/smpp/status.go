package smpp

import "github.com/aparte-dev/aparte/channel"

// status is how a request was answered (section 5.1.3, table 5-2); 0 is success.
type status uint32

// The statuses that are told apart or sent here.
const (
	statusOK          status = 0x00
	invalidCommand    status = 0x03
	notBoundForThis   status = 0x04
	systemError       status = 0x08
	invalidSender     status = 0x0a
	invalidRecipient  status = 0x0b
	queueFull         status = 0x14
	submitFailed      status = 0x45
	throttled         status = 0x58
	notTakenNow       status = 0x64 // what a receiver answers that wants it again
	notTakenEver      status = 0x65
	cannotBeDelivered status = 0xfe
)

// verdict is what a status means for a message.
type verdict struct {
	temporary, suppress bool
	reason              string
}

var verdicts = map[status]verdict{
	0x01:              {reason: "the message is too long"},
	notBoundForThis:   {temporary: true, reason: "the connection is not bound for sending"},
	0x05:              {temporary: true, reason: "the account is bound already"},
	systemError:       {temporary: true, reason: "the message centre has a problem"},
	invalidSender:     {reason: "the sender is refused"},
	invalidRecipient:  {suppress: true, reason: "no such number"},
	0x0d:              {temporary: true, reason: "the binding is refused"},
	0x0e:              {temporary: true, reason: "the password is refused"},
	0x0f:              {temporary: true, reason: "the account is refused"},
	queueFull:         {temporary: true, reason: "the message centre's queue is full"},
	submitFailed:      {reason: "the message centre could not take it"},
	throttled:         {temporary: true, reason: "too many messages at once"},
	0x62:              {reason: "the validity is refused"},
	notTakenNow:       {temporary: true, reason: "the message centre cannot take it now"},
	notTakenEver:      {reason: "the message centre will not take it"},
	0x66:              {reason: "the message centre rejects it"},
	cannotBeDelivered: {reason: "it cannot be delivered"},
	0xff:              {temporary: true, reason: "the message centre knows no reason"},
}

// refused is the failure of a message that was answered with a status. One that the specification leaves to providers says
// nothing of whether to try again, so that it is not.
func refused(doing string, s status) *channel.Failure {
	v, known := verdicts[s]
	if !known {
		v.reason = "the message centre refuses"
	}
	return &channel.Failure{Temporary: v.temporary, Suppress: v.suppress, Code: int(s), Reason: doing + ": " + v.reason}
}
