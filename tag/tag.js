/*! Aparté tag: analytics.js calls and one-to-one slots for a web page. Apache-2.0. Options: see doc.go of this package. */
(function (window, document, navigator) {
  "use strict";

  // ---- options, from the script element ----

  const script = document.currentScript;
  const options = Object.assign({}, script && script.dataset);
  const name = options.global || "aparte";
  const library = { name: "aparte.js", version: "1.0.0" };
  let writeKey = options.writeKey;
  let host = options.host || (script && script.src ? new URL(script.src).origin : "");

  // Nothing here may break the page: what throws is dropped, or told on the console where asked.
  const safe = (f) => function () {
    try {
      return f.apply(this, arguments);
    } catch (error) {
      if (options.debug !== undefined) console.warn("aparte:", error);
    }
  };

  // ---- what is kept in the browser: a device id, a user id, the answer about consent ----

  const memory = {};
  const cookie = (key, value, age) => {
    document.cookie = key + "=" + encodeURIComponent(value) + ";path=/;SameSite=Lax;max-age=" + age +
      (location.protocol === "https:" ? ";Secure" : "") + (options.cookieDomain ? ";domain=" + options.cookieDomain : "");
  };
  const recall = (key) => {
    try {
      const kept = localStorage.getItem(key);
      if (kept !== null) return kept;
    } catch (e) { /* storage is off: the cookie has it */ }
    const found = document.cookie.match("(?:^|; )" + key + "=([^;]*)");
    return found ? decodeURIComponent(found[1]) : memory[key] || null;
  };
  const keep = (key, value) => {
    memory[key] = value;
    try {
      localStorage.setItem(key, value);
      if (!options.cookieDomain) return;
    } catch (e) { /* as above */ }
    cookie(key, value, 390 * 86400);
  };
  const forget = (key) => {
    delete memory[key];
    try { localStorage.removeItem(key); } catch (e) { /* as above */ }
    if (document.cookie.indexOf(key + "=") >= 0) cookie(key, "", 0);
  };
  const DEVICE = "aparte_anonymous_id", USER = "aparte_user_id", CONSENT = "aparte_consent", LEFT = "aparte_unsent";

  const uuid = () => {
    if (crypto.randomUUID) return crypto.randomUUID();
    const b = crypto.getRandomValues(new Uint8Array(16));
    b[6] = (b[6] & 15) | 64;
    b[8] = (b[8] & 63) | 128;
    return Array.from(b, (x) => (x + 256).toString(16).slice(1)).join("").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  };

  // ---- may we? ----

  // Global Privacy Control is final: nothing is kept, nothing is sent, slots keep what the page gave them.
  const refused = () => navigator.globalPrivacyControl === true || recall(CONSENT) === "denied";
  const asked = () => options.consent === "required" && recall(CONSENT) !== "granted";
  let waiting = []; // calls made before the person was asked

  // ---- events ----

  let traits = {};
  const anonymousId = (set) => {
    let id = set || recall(DEVICE);
    if (!id) id = uuid();
    if (id !== recall(DEVICE)) keep(DEVICE, id);
    return id;
  };

  const pageNow = () => ({
    path: location.pathname, url: location.href.split("#")[0], title: document.title,
    referrer: document.referrer, search: location.search,
  });
  const about = (what) => {
    const element = document.querySelector("[data-aparte-" + what + "]");
    return element ? element.getAttribute("data-aparte-" + what) : undefined;
  };
  const contextNow = () => {
    const context = {
      page: pageNow(), locale: document.documentElement.lang || navigator.language, userAgent: navigator.userAgent, library: library,
      item: about("item"), category: about("category"), search: about("search"),
    };
    try { context.timezone = Intl.DateTimeFormat().resolvedOptions().timeZone; } catch (e) { /* old browser */ }
    new URLSearchParams(location.search).forEach((value, key) => {
      if (key.slice(0, 4) !== "utm_") return;
      const part = key.slice(4);
      (context.campaign = context.campaign || {})[part === "campaign" ? "name" : part] = value;
    });
    return context;
  };

  const build = (type, fields, more) => {
    const event = Object.assign({
      type: type, messageId: "aparte-" + uuid(), timestamp: new Date().toISOString(),
      anonymousId: anonymousId(), userId: recall(USER), context: Object.assign(contextNow(), more && more.context),
    }, fields);
    if (more && more.timestamp) event.timestamp = new Date(more.timestamp).toISOString();
    return event;
  };

  // ---- sending: in batches, again after a fault, by beacon when the page goes ----

  let queue = []; // not sent yet
  let flying = []; // sent, not answered: sent again if the page goes first, for the messageId makes that harmless
  let timer = null, faults = 0, calm = 0; // calm: not before this time, after a fault

  const post = (door, body, how) => fetch(host + "/v1/" + door, Object.assign({
    // A plain text body with the key in it needs no preflight: one round trip, not two.
    method: "POST", credentials: "omit", body: JSON.stringify(Object.assign({ writeKey: writeKey, sentAt: new Date().toISOString() }, body)),
  }, how));
  const landed = (events) => { flying = flying.filter((e) => events.indexOf(e) < 0); };
  const later = (ms) => { if (!timer) timer = setTimeout(flush, ms); };
  const again = (events) => {
    landed(events);
    if (refused()) return;
    queue = events.concat(queue).slice(-500);
    const wait = Math.min(30000, 1000 * Math.pow(2, faults++)) * (0.5 + Math.random() / 2);
    calm = Date.now() + wait;
    later(wait);
  };
  const passing = (status) => status >= 500 || status === 429;

  const flush = safe(() => {
    clearTimeout(timer);
    timer = null;
    if (!queue.length || !writeKey) return;
    if (Date.now() < calm) return later(calm - Date.now());
    const events = queue.splice(0, 50);
    flying = flying.concat(events);
    post("batch", { batch: events }).then((answer) => {
      if (passing(answer.status)) return again(events);
      faults = 0;
      landed(events);
      if (queue.length) later(0);
    }, () => again(events)).catch(() => {});
  });

  const leave = safe(() => {
    let events = flying.concat(queue);
    queue = [];
    while (events.length) {
      let n = Math.min(events.length, 50), body;
      do {
        body = JSON.stringify({ writeKey: writeKey, sentAt: new Date().toISOString(), batch: events.slice(0, n) });
      } while (body.length > 60000 && (n = n >> 1));
      if (!n) { events.shift(); continue; }
      if (!navigator.sendBeacon || !navigator.sendBeacon(host + "/v1/batch", body)) break;
      landed(events.splice(0, n));
    }
    if (events.length) keepUnsent(events);
  });
  const keepUnsent = (events) => {
    landed(events);
    try { localStorage.setItem(LEFT, JSON.stringify(events.slice(-200))); } catch (e) { queue = events; }
  };
  const takeUnsent = safe(() => {
    const left = JSON.parse(localStorage.getItem(LEFT) || "[]");
    localStorage.removeItem(LEFT);
    queue = left.concat(queue);
    if (queue.length) later(1000);
  });

  const send = (event) => {
    queue.push(event);
    if (queue.length >= 20) flush(); else later(1000);
  };

  // ---- slots ----

  let view = 0; // counts page views: an answer to an earlier one comes too late
  const shown = new WeakMap(); // slot element to the answer in it
  const given = new WeakMap(); // slot element to what the page gave it
  const state = (element, is) => element.setAttribute("data-aparte-state", is);
  const slots = (fresh) => Array.from(document.querySelectorAll("[data-aparte-slot]"))
    .filter((e) => (fresh ? !e.dataset.aparteState : e.dataset.aparteState !== "dismissed")).slice(0, 16);
  const names = (elements) => Array.from(new Set(elements.map((e) => e.getAttribute("data-aparte-slot"))));
  let policy;
  const trust = (text, as) => {
    if (!window.trustedTypes) return text;
    policy = policy || window.trustedTypes.createPolicy("aparte", { createHTML: (s) => s, createScriptURL: (s) => s });
    return policy[as](text);
  };

  // A slot's place is its own: declared by CSS, or by data-aparte-size="600x300"; else what it takes now.
  // What is put in never moves what is around it.
  const reserve = (element) => {
    const size = /^(\d+)x(\d+)$/.exec(element.getAttribute("data-aparte-size"));
    if (!size || element.style.aspectRatio) return;
    Object.assign(element.style, { display: "block", width: "100%", maxWidth: size[1] + "px", aspectRatio: size[1] + "/" + size[2] });
  };
  const hold = (element, put) => {
    const style = element.style, height = element.offsetHeight;
    const before = element.previousElementSibling, after = element.nextElementSibling;
    const at = (e, edge) => (e ? e.getBoundingClientRect()[edge] : 0);
    const top = at(element, "top"), below = at(after, "top"), above = top - at(before, "bottom"), under = below - at(element, "bottom");
    if (!height) console.warn("aparte: slot " + element.getAttribute("data-aparte-slot") + " reserves no height: what follows it will move");
    else if (getComputedStyle(element).aspectRatio === "auto" && !style.height) {
      style.height = height + "px";
      window.addEventListener("resize", () => { style.height = ""; }, { once: true });
    }
    style.overflow = "hidden";
    style.minHeight = "0";
    put();
    if (element.querySelector("form")) style.overflow = "auto"; // what has to be answered must be reached
    // Margins of the old content may have reached out of the slot: its own take their place.
    if (height && before && Math.abs(at(element, "top") - top) > 0.1) style.marginTop = above + "px";
    if (height && after && Math.abs(at(after, "top") - below) > 0.1) style.marginBottom = under + "px";
  };

  // restore gives a slot back what the page gave it.
  const restore = (element, is) => {
    if (shown.delete(element)) element.replaceChildren(given.get(element).cloneNode(true));
    state(element, is);
  };
  const fill = safe((element, answer) => {
    if (answer.silent || !(answer.html || answer.image)) return restore(element, "silent");
    const markup = answer.html ? trust(answer.html, "createHTML") : "";
    hold(element, () => {
      if (!given.has(element)) {
        given.set(element, document.createDocumentFragment());
        given.get(element).append(...element.childNodes);
      }
      element.textContent = "";
      if (markup) element.innerHTML = markup;
      else element.appendChild(picture(answer));
    });
    shown.set(element, answer);
    state(element, "shown");
    if (element.animate && !matchMedia("(prefers-reduced-motion: reduce)").matches) {
      element.animate([{ opacity: 0 }, { opacity: 1 }], 180);
    }
    watch(element);
    emit("decision", [answer, element]);
  });
  const picture = (answer) => {
    const link = document.createElement("a"), image = document.createElement("img");
    image.src = answer.image;
    image.alt = (answer.elements && answer.elements.headline) || "";
    image.style.width = "100%";
    if (answer.link) link.href = answer.link;
    link.appendChild(image);
    return link;
  };

  // ask puts a question about elements; what goes wrong or takes too long leaves them as they are.
  const ask = (door, body, elements, failed) => {
    const mine = view, abort = window.AbortController && new AbortController();
    const late = setTimeout(() => abort && abort.abort(), +options.timeout || 1500);
    elements.forEach((e) => state(e, "asked"));
    const give = (decisions) => {
      clearTimeout(late);
      if (mine !== view) return;
      elements.forEach((e) => {
        const answer = decisions.find((d) => d.slot === e.getAttribute("data-aparte-slot"));
        if (answer) fill(e, answer); else restore(e, "default");
      });
    };
    post(door, Object.assign({ slots: names(elements), formats: ["html"] }, body), abort && { signal: abort.signal })
      .then((answer) => {
        if (failed) failed(answer.ok ? 0 : answer.status);
        return answer.ok ? answer.json() : { decisions: [] };
      }, () => {
        if (failed) failed(-1);
        return { decisions: [] };
      })
      .then((answer) => give(answer.decisions || []), () => give([])).catch(() => {});
  };

  // moment sends a page view and asks for all slots of the page at once. What was queued goes along, so
  // that it counts for the answer.
  const moment = (event) => {
    view++;
    const elements = slots();
    elements.forEach(reserve);
    if (!elements.length) return send(event);
    const before = queue.splice(0, 100), all = before.concat(event);
    flying = flying.concat(all);
    ask("moment", { batch: before, event: event }, elements, (status) => {
      if (status < 0 || passing(status)) again(all); else landed(all);
    });
  };

  // Slots that a script adds later are asked for together.
  let adding = null;
  const added = safe(() => {
    adding = null;
    if (refused() || asked() || !view) return;
    const elements = slots(true);
    elements.forEach(reserve);
    if (elements.length) ask("decide", { person: { userId: recall(USER), anonymousId: anonymousId() }, context: contextNow() }, elements);
  });

  // ---- exposure: half of it, or half the window, for a second; dismissal ----

  const tell = (element, what) => {
    const a = shown.get(element);
    send(build("track", { event: what, properties: { decision: a.id, content: a.content, item: a.item, slot: a.slot, channel: a.channel } }));
  };
  const seen = new WeakMap(); // element to its timer
  const observer = window.IntersectionObserver && new IntersectionObserver(safe((entries) => {
    entries.forEach((entry) => {
      const element = entry.target;
      clearTimeout(seen.get(element));
      // Of what is on no page any more there is nothing to see, in a window that has no height.
      const half = entry.isIntersecting && (entry.intersectionRatio >= 0.5 || (entry.rootBounds && entry.intersectionRect.height >= entry.rootBounds.height / 2));
      if (half) seen.set(element, setTimeout(exposed, 1000, element));
    });
  }), { threshold: [0, 0.25, 0.5, 0.75, 1] });
  const exposed = safe((element) => {
    if (document.visibilityState !== "visible") return seen.set(element, setTimeout(exposed, 1000, element));
    observer.unobserve(element);
    if (shown.has(element) && !refused()) tell(element, "Aparte Exposed");
  });
  const watch = (element) => {
    if (!observer) return;
    clearTimeout(seen.get(element));
    observer.unobserve(element);
    observer.observe(element);
  };
  const clicked = safe((click) => {
    const button = click.target.closest && click.target.closest("[data-aparte-dismiss]");
    const element = button && button.closest("[data-aparte-slot]");
    if (!element || !shown.has(element)) return;
    click.preventDefault();
    observer && observer.unobserve(element);
    clearTimeout(seen.get(element));
    tell(element, "Aparte Dismissed");
    shown.delete(element);
    state(element, "dismissed");
    element.style.display = "none";
  });

  // ---- dwell: how long a page is in view of somebody who is there ----

  const IDLE = 60000, LONGEST = 1800000; // after so long without a sign nobody is taken to look; of one page no more is told
  let looked = 0, mark = 0, dwelt = null; // ms looked and not told yet; since when, 0: not looking; the page, null: none is counted
  let product = {}; // viewed last, and where
  const glance = (going) => {
    const now = performance.now();
    if (mark) looked += Math.min(now - mark, IDLE);
    mark = dwelt && going && document.visibilityState === "visible" ? now : 0;
  };
  // tellDwell tells what was looked since it was told last; what is less than a second waits.
  const tellDwell = safe((going) => {
    glance(going);
    const seconds = dwelt ? Math.floor(Math.min(looked, dwelt.left) / 1000) : 0;
    if (!seconds || refused() || asked()) return;
    looked -= seconds * 1000;
    dwelt.left -= seconds * 1000;
    queue.push(build("track", { event: "Page Dwelled", properties: Object.assign({ seconds: seconds }, dwelt.about) }, { context: dwelt.context }));
  });
  // startDwell begins to count another page, and tells of the one before.
  const startDwell = (context) => {
    if (options.dwell === "off") return;
    tellDwell(false);
    looked = 0;
    dwelt = { left: LONGEST, context: context, about: { path: context.page.path, category: context.category } };
    dwelt.about.product_id = context.item || (product.path === location.pathname ? product.id : undefined);
    glance(true);
  };
  const dwellOn = (id) => {
    product = { id: id && String(id), path: location.pathname };
    if (dwelt && id) dwelt.about.product_id = product.id;
  };
  const stirred = safe(() => { if (dwelt) glance(true); });

  // ---- questions: answered without leaving the page; where that fails, as without a script ----

  const answered = safe((submit) => {
    const form = submit.target, by = submit.submitter, element = form.closest("[data-aparte-slot]");
    if (!element || !shown.has(element) || !form.hasAttribute("data-aparte-ask") || form.dataset.aparteAsk === "sent") return;
    submit.preventDefault();
    form.dataset.aparteAsk = "sent"; // once, however often they click
    const body = new URLSearchParams(new FormData(form));
    // Nobody's secrets are an answer, whoever put a field for them there.
    form.querySelectorAll("[type=password],[type=file],[autocomplete*=cc-],[autocomplete*=password]").forEach((field) => body.delete(field.name));
    if (by && by.name) body.set(by.name, by.value);
    fetch(form.action, { method: "POST", credentials: "omit", headers: { Accept: "application/json" }, body: body })
      .then((answer) => answer.json()).then((said) => {
        const words = document.createElement("p");
        words.textContent = said.thanks || said.problem;
        words.tabIndex = -1;
        words.style.outline = "none";
        if (said.thanks) {
          observer && observer.unobserve(element);
          clearTimeout(seen.get(element));
          form.replaceWith(words);
          emit("answer", [shown.get(element), element]);
        } else {
          form.dataset.aparteAsk = "";
          words.setAttribute("role", "alert");
          form.querySelectorAll("[role=alert]").forEach((old) => old.remove());
          form.prepend(words);
        }
        words.focus({ preventScroll: true });
      }).catch(safe(() => {
        const field = document.createElement("input");
        Object.assign(field, { type: "hidden", name: by ? by.name : "", value: by ? by.value : "" });
        if (field.name) form.append(field);
        form.submit();
      }));
  });

  // ---- notifications: the browser is told of as a device ----

  const PUSHED = "aparte_push";
  const worker = options.pushWorker || "/aparte-push.js";
  const canPush = navigator.serviceWorker && window.PushManager;
  const reach = (subscription, granted, wording) => {
    if (subscription) keep(PUSHED, subscription.endpoint);
    api.identify(granted === undefined ? {} : { consents: [{ purpose: "marketing", channel: "web_push", granted: granted, source: "browser", wording: wording }] },
      subscription && { context: { device: { type: "web", token: JSON.stringify(subscription) } } }).flush();
  };
  const current = async () => {
    const kept = canPush && await navigator.serviceWorker.getRegistration(worker);
    return kept && kept.pushManager.getSubscription();
  };
  const subscribe = async (wording) => {
    if (refused() || asked()) return "refused";
    if (!canPush || !options.pushKey) return "unsupported";
    if (navigator.userActivation && !navigator.userActivation.isActive) return "unasked";
    const said = await Notification.requestPermission();
    if (said === "granted") {
      await navigator.serviceWorker.register(trust(worker, "createScriptURL"));
      const ready = await navigator.serviceWorker.ready;
      reach(await ready.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: options.pushKey }), true, wording);
    }
    return said;
  };
  const drop = async () => {
    forget(PUSHED);
    const now = await current();
    if (now) await now.unsubscribe();
  };
  const unsubscribe = () => {
    if (recall(PUSHED)) reach(null, false);
    return drop();
  };
  // What changed while no page was open.
  const renew = async () => {
    if (!canPush || !recall(PUSHED)) return;
    if (Notification.permission !== "granted") return unsubscribe();
    const now = await current();
    if (now && now.endpoint !== recall(PUSHED)) reach(now);
  };

  // ---- the calls ----

  const listeners = {};
  const emit = (what, args) => (listeners[what] || []).forEach((f) => safe(f).apply(api, args));

  // sort tells a call's arguments apart, as analytics.js does: texts first, then objects, then a callback.
  const sort = (args) => {
    const texts = [], objects = [];
    let done;
    Array.from(args).forEach((a, i) => {
      if (typeof a === "function") done = a;
      else if (typeof a === "string" || typeof a === "number") texts.push(String(a));
      else if (a) objects.push(a);
      else if (i) objects.push({});
    });
    return { texts: texts, fields: objects[0] || {}, more: objects[1], done: done };
  };
  const calls = {
    track: (a) => {
      if (a.texts[0] === "Product Viewed") dwellOn(a.fields.product_id);
      send(build("track", { event: a.texts[0], properties: a.fields }, a.more));
    },
    identify: (a) => {
      if (a.texts[0]) keep(USER, a.texts[0]);
      Object.assign(traits, a.fields);
      send(build("identify", { traits: a.fields }, a.more));
    },
    group: (a) => send(build("group", { groupId: a.texts[0], traits: a.fields }, a.more)),
    alias: (a) => {
      const event = build("alias", { userId: a.texts[0], previousId: a.texts[1] || recall(USER) || anonymousId() }, a.more);
      keep(USER, a.texts[0]);
      send(event);
    },
    screen: (a) => send(build("screen", { name: a.texts[a.texts.length - 1], properties: a.fields }, a.more)),
    page: (a) => {
      const properties = Object.assign(pageNow(), a.fields);
      if (a.texts.length > 1) properties.category = a.texts[0];
      startDwell(contextNow());
      moment(build("page", { name: a.texts[a.texts.length - 1], properties: properties }, a.more));
    },
  };

  const whenParsed = (f) => {
    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", f); else f();
  };
  const api = { initialized: true, version: library.version };
  Object.keys(calls).forEach((call) => {
    api[call] = safe(function () {
      const args = sort(arguments), at = new Date();
      if (refused()) return api;
      if (asked()) {
        args.more = Object.assign({ timestamp: at }, args.more);
        if (waiting.length < 100) waiting.push([call, args]);
        return api;
      }
      const run = safe(() => {
        if (refused()) return;
        calls[call](args);
        emit(call, args.texts.concat(args.fields));
        if (args.done) safe(args.done)();
      });
      if (call === "page") whenParsed(run); else run();
      return api;
    });
  });
  Object.assign(api, {
    load: safe((key, how) => {
      writeKey = key || writeKey;
      if (how && how.host) host = how.host;
      start();
      return api;
    }),
    ready: safe((f) => { setTimeout(safe(f), 0); return api; }),
    on: safe((what, f) => { (listeners[what] = listeners[what] || []).push(f); return api; }),
    off: safe((what, f) => { listeners[what] = (listeners[what] || []).filter((g) => g !== f); return api; }),
    user: () => ({
      id: () => recall(USER),
      anonymousId: safe((set) => (refused() || asked() ? null : anonymousId(set))),
      traits: () => Object.assign({}, traits),
    }),
    reset: safe(() => { [USER, DEVICE].forEach(forget); traits = {}; return api; }),
    flush: safe(() => { flush(); return api; }),
    // consent(true) lets the tag work where it waits for an answer; consent(false) stops it and forgets.
    consent: safe((granted) => {
      if (navigator.globalPrivacyControl !== true) keep(CONSENT, granted ? "granted" : "denied");
      const held = waiting;
      waiting = [];
      if (granted) held.forEach((w) => api[w[0]].apply(api, w[1].texts.concat(w[1].fields, w[1].more, w[1].done || [])));
      else erase();
      return api;
    }),
    push: Object.assign(safe((call) => api[call[0]].apply(api, call.slice(1))), { subscribe: subscribe, unsubscribe: unsubscribe }),
  });
  const erase = () => {
    view++; // what was asked before is not shown after
    queue = [];
    flying = [];
    dwelt = null;
    looked = mark = 0;
    if (recall(PUSHED)) drop().catch(() => {});
    [USER, DEVICE, LEFT].forEach(forget);
    traits = {};
    slots().forEach((e) => restore(e, "default"));
  };

  // ---- start ----

  let started = false, path = location.pathname + location.search;
  const moved = safe(() => {
    const now = location.pathname + location.search;
    if (now === path) return;
    path = now;
    setTimeout(api.page, 50); // the page's own script draws first
  });
  const follow = () => {
    const push = history.pushState;
    history.pushState = function () {
      const result = push.apply(this, arguments);
      moved();
      return result;
    };
    window.addEventListener("popstate", moved);
  };
  const start = safe(() => {
    if (started || !writeKey) return;
    started = true;
    const stub = Array.isArray(window[name]) ? Array.from(window[name]) : [];
    window[name] = api;
    if (refused()) erase();
    else if (!asked()) { takeUnsent(); renew().catch(() => {}); }
    stub.forEach((call) => api.push(call));
    if (options.page !== "manual") {
      if (!stub.some((call) => call[0] === "page")) api.page();
      if (options.spa !== "off") follow();
    }
    window.addEventListener("pagehide", () => { tellDwell(false); leave(); });
    ["pointerdown", "pointermove", "keydown", "scroll", "touchstart"].forEach((sign) => document.addEventListener(sign, stirred, { passive: true, capture: true }));
    window.addEventListener("pageshow", safe((e) => { if (e.persisted && options.page !== "manual") api.page(); }));
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState !== "hidden") return stirred();
      tellDwell(false);
      leave();
    });
    document.addEventListener("click", clicked);
    document.addEventListener("submit", answered);
    whenParsed(safe(() => {
      if (refused()) slots(true).forEach((e) => state(e, "default"));
      if (window.MutationObserver) {
        new MutationObserver(() => { if (!adding && slots(true).length) adding = setTimeout(added, 60); })
          .observe(document.documentElement, { childList: true, subtree: true });
      }
    }));
  });

  if (writeKey) start();
  else {
    // Without a key in the script element, load(key) starts it; calls made before wait in the stub.
    const stub = window[name];
    if (Array.isArray(stub)) {
      const load = stub.find((call) => call[0] === "load");
      stub.load = api.load;
      if (load) api.load(load[1], load[2]);
    } else {
      window[name] = api;
    }
  }
})(window, document, navigator);
