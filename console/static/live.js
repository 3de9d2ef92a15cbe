// Decisions as they happen: each server-sent event is one list item, rendered by the server.
(function () {
  "use strict";
  var list = document.getElementById("feed");
  if (!list || !window.EventSource) return;
  var source = new EventSource(list.dataset.source);
  source.addEventListener("decision", function (e) {
    var holder = document.createElement("template");
    holder.innerHTML = e.data;
    var item = holder.content.firstElementChild;
    if (!item) return;
    var empty = document.getElementById("feed-empty");
    if (empty) empty.remove();
    var at = item.querySelector("time"); // the server tells UTC
    if (at) at.textContent = new Date(at.dateTime).toLocaleTimeString(document.documentElement.lang, { hour12: false });
    item.classList.add("new");
    list.prepend(item);
    while (list.children.length > 25) list.lastElementChild.remove();
  });
  window.addEventListener("pagehide", function () { source.close(); });
})();
