// The shop's own script: a basket in the browser, and the events of the Segment e-commerce spec.
(function () {
  "use strict";
  var analytics = (window.analytics = window.analytics || []);
  function track(name, properties) {
    if (analytics.track) analytics.track(name, properties);
    else analytics.push(["track", name, properties]);
  }
  function identify(id, traits) {
    if (analytics.identify) analytics.identify(id, traits);
    else analytics.push(["identify", id, traits]);
  }
  function read() { try { return JSON.parse(localStorage.getItem("shop-basket")) || []; } catch (e) { return []; } }
  function write(lines) { try { localStorage.setItem("shop-basket", JSON.stringify(lines)); } catch (e) { /* a private window: the basket lasts a page */ } count(); }
  function count() { var n = read().length; document.getElementById("count").textContent = n ? "(" + n + ")" : ""; }

  var item = document.getElementById("item");
  if (item) {
    var d = item.dataset;
    var product = { product_id: d.id, name: d.name, category: d.category, brand: d.brand, price: Number(d.price), currency: d.currency, quantity: 1 };
    track("Product Viewed", product);
    document.getElementById("add").addEventListener("click", function () {
      write(read().concat(product));
      track("Product Added", product);
      document.getElementById("said").textContent = document.body.dataset.added;
    });
  }

  var lines = document.getElementById("lines");
  if (lines) {
    var basket = read();
    var buy = document.getElementById("buy");
    if (!basket.length) lines.textContent = lines.dataset.empty;
    basket.forEach(function (p) {
      var row = document.createElement("div"), name = document.createElement("span"), price = document.createElement("span");
      name.textContent = p.name;
      price.textContent = new Intl.NumberFormat(document.documentElement.lang === "fr" ? "fr-FR" : "en-GB", { style: "currency", currency: p.currency }).format(p.price);
      row.append(name, price);
      lines.append(row);
    });
    buy.hidden = !basket.length;
    buy.addEventListener("click", function () {
      var total = basket.reduce(function (sum, p) { return sum + p.price * p.quantity; }, 0);
      track("Order Completed", { order_id: "demo-" + Date.now(), total: total, revenue: total, currency: basket[0].currency, products: basket });
      write([]);
      lines.textContent = "";
      buy.hidden = true;
      var thanks = document.getElementById("thanks");
      thanks.textContent = thanks.dataset.thanks;
    });
  }

  document.getElementById("letters").addEventListener("submit", function (e) {
    e.preventDefault();
    var email = e.target.elements.email.value;
    identify(undefined, { email: email, consents: [{ purpose: "marketing", channel: "email", granted: true, source: "shop footer", wording: "v1" }] });
    var said = e.target.querySelector("[role=status]");
    said.textContent = said.dataset.done;
  });
  count();
})();
