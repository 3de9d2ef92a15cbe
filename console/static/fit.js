// Frames that show what somebody would be shown are as high as what is in them. What is in them runs no script.
(function () {
	function fit(frame) {
		var inside = frame.contentDocument
		if (!inside || !inside.body) return
		frame.style.height = "0"
		var high = Math.max(inside.body.scrollHeight, inside.documentElement.scrollHeight)
		frame.style.height = (high ? Math.min(high, 2400) + 2 : 0) + "px"
		if (!high) frame.style.removeProperty("height")
	}
	function all() { document.querySelectorAll("iframe.fit").forEach(fit) }
	document.addEventListener("load", function (e) { if (e.target.matches && e.target.matches("iframe.fit")) fit(e.target) }, true)
	window.addEventListener("resize", all)
	window.addEventListener("load", all)
})()
