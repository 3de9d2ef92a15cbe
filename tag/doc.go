// Package tag is the script that puts Aparté into a web page: the calls of analytics.js, and slots that
// are filled for the person who looks. It knows the script and how to serve it, and nothing of what the
// script talks to but its doors: POST /v1/batch, /v1/moment and /v1/decide. Start reading at tag.js;
// [Handler] serves it, and [Worker] the service worker push.js.
//
// A page needs one line, and a place for each slot:
//
//	<script src="https://aparte.example/tag.js" data-write-key="…" async></script>
//	<div data-aparte-slot="hero" style="aspect-ratio:2/1">what everybody sees</div>
//
// Calls made before the script is there wait in a stub:
//
//	<script>(function(w,m){var a=w.aparte=w.aparte||[];m.forEach(function(k){a[k]=function(){
//	a.push([k].concat([].slice.call(arguments)));return a}})})(window,["load","identify","track","page",
//	"screen","group","alias","reset","ready","on","off","consent","flush"])</script>
//
// # Calls
//
// aparte.identify, track, page, screen, group, alias, reset, ready, on, off and user().anonymousId() do
// what they do in analytics.js; traits live as long as the page and are not kept in the browser. The tag
// calls page() itself, at first and when the page's address changes without a load, and asks for all
// slots in that same request.
//
// # Slots
//
// A slot keeps the size that its style gives it, or the size of what stands in it, and what is put in it
// never moves what is around it; what is larger is cut. data-aparte-size="600x300" is a shorthand for the
// style, for slots below the first screen: the tag can only apply it once it is there. A slot's
// data-aparte-state says how it is:
// asked, shown, silent (nothing is worth saying: it keeps its content), default (no answer in time, or
// none wanted) or dismissed. What stands in it should be good for anybody. To show nothing until the
// answer is there, and at most for a second, without a script:
//
//	[data-aparte-slot]:not([data-aparte-state=shown]){animation:aparte-wait 1s step-end}
//	@keyframes aparte-wait{from{opacity:0}to{opacity:1}}
//
// A slot was seen (the event Aparte Exposed, once) when half of it, or enough of it to fill half the
// window, was in view for a second. An element with data-aparte-dismiss inside a slot closes it. What the
// page is about can be told by data-aparte-item, data-aparte-category and data-aparte-search on any
// element.
//
// How long a page is in view is told when it is left, hidden or followed by another (the event Page Dwelled, in parts that add
// up): seconds, the item and category that the page or the last Product Viewed on it tell, and the path. Only time counts in
// which the page is visible (Page Visibility) and somebody moved, typed or scrolled within the last minute, half an hour a page
// at most.
//
// A question in a slot is a form: the tag sends its answer without leaving the page, puts the words of thanks in its place and
// emits "answer" to on(). Without the tag's script, or where sending fails, the browser sends the form itself. A slot
// with a form scrolls where the form is larger than the slot. Other forms of the page are not read, and no field for a password,
// a file or a card is sent with an answer.
//
// A page with a strict Content-Security-Policy needs script-src and connect-src for the doors, img-src for pictures, and where it asks for
// Trusted Types the policy "aparte". Style attributes of layouts need style-src 'unsafe-inline' or 'unsafe-hashes'; without it they show plain.
//
// # Notifications
//
// aparte.push.subscribe("v3") asks the browser for leave to notify, from the visitor's own click only (it resolves to
// "unasked" otherwise), and tells of the browser as a
// device, with a consent to marketing by web push to that version of the words around the click. It resolves to "granted", "denied",
// "default", "refused" (by Global Privacy Control or consent), "unsupported" or "unasked". aparte.push.unsubscribe() takes it back.
// Service workers come from the site itself: it serves, at /aparte-push.js, one line (or [Worker]'s text):
//
//	importScripts("https://aparte.example/push.js")
//
// The worker shows what is pushed, opens its link when it is clicked, and tells what became of it. push.js knows one more door:
// the address in the notification to which it reports.
//
// # Attributes of the script element
//
//	data-write-key       the public key; without it, aparte.load("…") starts the tag
//	data-host            where the doors are; usually where the script came from
//	data-global          name of the global, usually "aparte"; "analytics" to take the place of analytics.js
//	data-page            "manual": the page calls page() itself
//	data-spa             "off": changes of address are not followed
//	data-consent         "required": nothing is kept or sent before aparte.consent(true)
//	data-dwell           "off": it is not told how long pages are in view
//	data-cookie-domain   keeps the device's id in a first-party cookie for this domain as well
//	data-timeout         milliseconds until a slot keeps its content; usually 1500
//	data-push-key        the public key that browsers subscribe with (aparte keys vapid)
//	data-push-worker     where the site serves the service worker; usually /aparte-push.js
//	data-debug           faults are told on the console
//
// # Privacy
//
// Where the browser sends Global Privacy Control, that is final, whatever consent says: ids kept before
// are deleted, nothing is kept or sent, every slot keeps the content the page gave it, and the calls do
// nothing, so that the page need not care. The same holds after aparte.consent(false).
package tag
