/*! Aparté: the service worker that shows notifications. Apache-2.0. See doc.go of this package. */
(function (self) {
  "use strict";

  const isAddress = (text) => typeof text === "string" && /^https?:\/\//.test(text);
  // tell says what became of a notification; that it could not be told changes nothing for who reads it.
  const tell = (report, fate) => isAddress(report)
    ? fetch(report + "/" + fate, { method: "POST", mode: "no-cors", credentials: "omit", keepalive: true }).catch(() => {})
    : Promise.resolve();

  self.addEventListener("install", () => self.skipWaiting());
  self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

  self.addEventListener("push", (event) => {
    let said;
    try {
      said = event.data.json();
    } catch (e) { return; } // not ours
    if (!said || typeof said.body !== "string") return;
    const how = { body: said.body, tag: said.tag, data: { link: said.link, report: said.report } };
    if (isAddress(said.image)) how.image = said.image;
    event.waitUntil(self.registration.showNotification(String(said.title || ""), how).then(() => tell(said.report, "delivered")));
  });

  self.addEventListener("notificationclick", (event) => {
    const link = (event.notification.data || {}).link;
    event.notification.close();
    if (isAddress(link)) event.waitUntil(self.clients.openWindow(link)); // which counts the click and leads on
  });

  self.addEventListener("notificationclose", (event) => {
    event.waitUntil(tell((event.notification.data || {}).report, "dismissed"));
  });
})(self);
