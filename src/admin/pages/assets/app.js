"use strict";
// Pages work without this: it saves typing and waiting.

const each = (root, selector, act) => root.querySelectorAll(selector).forEach(act);
const main = document.getElementById("main");

// ---- What a page has when it comes, whole or in part

function ready(root) {
  each(root, "[data-from-fragment]", fromFragment);
  each(root, "[data-copy]", copyable);
  each(root, "time[datetime]", localTime);
  each(root, "[data-all]", choosesAll);
  each(root, "[data-chart]", chart);
  each(root, "table[data-dimension]", named);
  each(root, "#zones", zones);
  each(root, "form[data-typing]", typing);
  each(root, "[data-live]", live);
}

// A secret in the address's fragment goes into the form, and out of sight.
function fromFragment(field) {
  const secret = decodeURIComponent(location.hash.slice(1));
  if (!secret || field.value) return;
  field.value = secret;
  history.replaceState(null, "", location.pathname);
  if ("send" in field.dataset) field.form.requestSubmit();
}

function copyable(button) {
  if (!navigator.clipboard) return;
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = "Copied";
    } catch {
      // The browser does not allow it now: the button is there to be pressed.
    }
  };
  button.hidden = false;
  button.addEventListener("click", copy);
  if ("copyNow" in button.dataset) copy();
}

function localTime(time) {
  const at = new Date(time.dateTime);
  if (isNaN(at)) return;
  time.title = time.dateTime;
  time.textContent = at.toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
}

function choosesAll(box) {
  box.hidden = false;
  box.addEventListener("change", () => {
    each(box.form || document, "input[name=id]", (it) => { it.checked = box.checked; });
  });
}

// Countries and languages are stored by their codes.
function named(table) {
  const type = { country: "region", language: "language" }[table.dataset.dimension];
  if (!type) return;
  const names = new Intl.DisplayNames(["en"], { type, fallback: "code" });
  each(table, "[data-value]", (it) => {
    try {
      it.textContent = names.of(it.dataset.value);
    } catch {
      // It is no code: it stays as it is.
    }
  });
}

function zones(list) {
  for (const zone of Intl.supportedValuesOf?.("timeZone") ?? []) {
    list.append(Object.assign(document.createElement("option"), { value: zone }));
  }
}

// The server shows days by these clocks.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone) {
  document.cookie = `carom_tz=${encodeURIComponent(zone)}; Path=/; Max-Age=31536000; SameSite=Lax`;
}

// ---- Another page without a blank in between

let under_way = null;

// Fetches a page and shows it, or what `part` of it names.
async function go(address, { part = "main", push = true, ...request } = {}) {
  under_way?.abort();
  const mine = (under_way = new AbortController());
  main.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(address, { ...request, headers: { accept: "text/html" }, signal: mine.signal });
    const text = await response.text();
    const page = new DOMParser().parseFromString(text, "text/html");
    const fresh = page.getElementById(part);
    const old = document.getElementById(part);
    // Another sort of page, such as the sign-in.
    if (!fresh || !old || new URL(response.url).pathname === "/sign-in") return location.assign(response.url);
    old.replaceChildren(...fresh.childNodes);
    document.title = page.title;
    if (push) history.pushState(null, "", response.url);
    else history.replaceState(null, "", response.url);
    ready(old);
  } catch (error) {
    // Without an answer the browser says it in its own words.
    if (error.name !== "AbortError" && !request.method) location.assign(address);
    else if (error.name !== "AbortError") say("Nothing was sent: is the server there? Try again.");
  } finally {
    if (under_way === mine) main.removeAttribute("aria-busy");
  }
}

function say(text) {
  const told = Object.assign(document.createElement("p"), { className: "wrong", textContent: text });
  told.setAttribute("role", "alert");
  main.prepend(told);
}

// The parts of the dashboard that are looked at again and again.
const QUICK = ["/links", "/analytics"];

function isQuick(url) {
  return url.origin === location.origin && QUICK.includes(url.pathname);
}

main.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || link.hasAttribute("download")) return;
  const url = new URL(link.href);
  if (!isQuick(url) || url.pathname !== location.pathname) return;
  event.preventDefault();
  go(url).then(() => main.focus({ preventScroll: true }));
});

main.addEventListener("submit", (event) => {
  const form = event.target;
  const method = form.method.toUpperCase();
  const url = new URL(form.action);
  if (!isQuick(url) || url.pathname !== location.pathname || event.defaultPrevented) return;
  event.preventDefault();
  const fields = new URLSearchParams(new FormData(form, event.submitter));
  if (method === "GET") {
    url.search = fields;
    go(url);
  } else {
    go(url, { method, body: fields }).then(() => document.getElementById("url")?.focus());
  }
});

addEventListener("popstate", () => location.reload());

// A search runs as it is typed.
function typing(form) {
  let soon;
  const search = () => {
    const url = new URL(form.action);
    url.search = new URLSearchParams(new FormData(form));
    go(url, { part: "found", push: false });
  };
  form.addEventListener("input", () => {
    clearTimeout(soon);
    soon = setTimeout(search, 150);
  });
}

// ---- The chart's cursor

function chart(it) {
  const rows = [...it.parentElement.querySelectorAll("[data-pieces] tbody tr")];
  const drawing = it.querySelector("svg");
  const cursor = it.querySelector(".cursor");
  const reading = it.querySelector(".reading");
  const heads = [...it.parentElement.querySelectorAll("[data-pieces] thead th")].map((th) => th.textContent.toLowerCase());
  if (!rows.length) return;
  let at = null;
  let began = null;
  const place = (event) => {
    const box = drawing.getBoundingClientRect();
    const index = Math.floor(((event.clientX - box.left) / box.width) * rows.length);
    return Math.min(rows.length - 1, Math.max(0, index));
  };
  const read = (index) => {
    at = index;
    const first = Math.min(index, began ?? index);
    const last = Math.max(index, began ?? index);
    cursor.setAttribute("x", (first * 1000) / rows.length);
    cursor.setAttribute("width", ((last - first + 1) * 1000) / rows.length);
    const cells = [...rows[index].cells].map((cell) => cell.textContent);
    reading.textContent = first === last
      ? `${cells[0]}: ${cells.slice(1).map((cell, n) => `${cell} ${heads[n + 1]}`).join(", ")}`
      : `${rows[first].cells[0].textContent} to ${rows[last].cells[0].textContent}: let go to look at it closer`;
  };
  const zoom = (first, last) => {
    const url = new URL(rows[first].querySelector("a").href);
    url.searchParams.set("to", rows[last].dataset.to);
    location.pathname === url.pathname ? go(url) : location.assign(url);
  };
  drawing.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    drawing.setPointerCapture(event.pointerId);
    began = place(event);
    read(began);
  });
  drawing.addEventListener("pointermove", (event) => read(place(event)));
  drawing.addEventListener("pointerup", (event) => {
    const [from, to] = [began, place(event)];
    began = null;
    if (from !== null && from !== to) zoom(Math.min(from, to), Math.max(from, to));
  });
  drawing.addEventListener("pointercancel", () => { began = null; });
  it.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step) {
      event.preventDefault();
      read(Math.min(rows.length - 1, Math.max(0, at === null ? (step > 0 ? 0 : rows.length - 1) : at + step)));
    } else if (event.key === "Enter" && at !== null && event.target === it) {
      zoom(at, at);
    }
  });
}

// ---- Numbers that stay alive

async function count() {
  const shown = [...document.querySelectorAll("[data-count]")];
  if (!shown.length || document.hidden) return;
  const ids = [...new Set(shown.map((it) => it.dataset.count))].join(",");
  try {
    const response = await fetch(`/links/counts?ids=${ids}`);
    if (!response.ok) return;
    const counts = await response.json();
    for (const it of shown) {
      const clicks = counts[it.dataset.count];
      if (clicks !== undefined) it.textContent = clicks.toLocaleString("en");
    }
  } catch {
    // The next one will tell.
  }
}
setInterval(count, 2000);

// ---- Visits as they happen

const VISITS_SHOWN = 50;

function element(tag, text, more = {}) {
  return Object.assign(document.createElement(tag), { textContent: text ?? "" }, more);
}

function linkCell(it) {
  const cell = element("th", "", { scope: "row" });
  cell.append(it.short_url ? element("a", it.short_url, { href: `/links/${it.link}` }) : element("span", "a link that is gone", { className: "quiet" }));
  return cell;
}

function live(root) {
  const find = (name) => root.querySelector(`[data-live-${name}]`);
  const visits = find("visits");
  const events = new EventSource(root.dataset.live);
  events.onopen = () => { find("state").textContent = ""; };
  events.onerror = () => { find("state").textContent = "Connecting again …"; };
  events.onmessage = ({ data }) => {
    const beat = JSON.parse(data);
    find("pace").textContent = beat.per_second.toLocaleString("en");
    find("total").textContent = beat.total.toLocaleString("en");
    find("top").replaceChildren(...beat.top.map((it) => {
      const row = element("tr");
      row.append(linkCell(it), element("td", it.clicks.toLocaleString("en"), { className: "number" }));
      return row;
    }));
    for (const it of beat.visits.toReversed()) {
      if (visits.querySelector(`[data-key="${CSS.escape(it.key)}"]`)) continue;
      const row = element("tr");
      row.dataset.key = it.key;
      const when = element("td");
      when.append(element("time", new Date(it.at).toLocaleTimeString(), { dateTime: it.at }));
      const what = it.is_bot ? "a bot" : [it.browser, it.device].filter(Boolean).join(" ");
      row.append(when, linkCell(it), element("td", [it.country, it.referrer].filter(Boolean).join(" ")), element("td", what));
      visits.prepend(row);
    }
    while (visits.rows.length > VISITS_SHOWN) visits.lastElementChild.remove();
    find("top-empty").hidden = beat.top.length > 0;
    find("visits-empty").hidden = visits.rows.length > 0;
  };
}

ready(document);
