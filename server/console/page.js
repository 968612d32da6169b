// What every view is made of: asking the admin API, and making elements. Nothing of an answer becomes markup: text is set as text.

let token = sessionStorage.getItem("token") || "";

export async function api(path, options = {}) {
  const headers = { ...(options.body ? { "Content-Type": "application/json" } : {}), ...(token ? { Authorization: "Bearer " + token } : {}) };
  const answer = await fetch("/api/v1" + path, { ...options, headers });
  if (answer.status === 401) {
    await askToken();
    return api(path, options);
  }
  if (!answer.ok) {
    const problem = await answer.json().catch(() => ({}));
    const details = (problem.errors || []).map((e) => e.message).join("; ");
    throw new Error([problem.detail || answer.statusText, details].filter(Boolean).join(": "));
  }
  return answer;
}

export const get = async (path) => (await api(path)).json();

export const act = (what) => api("/acts", { method: "POST", body: JSON.stringify(what) });

export async function pages(path, key, value) {
  const all = [];
  for (let next = ""; ; ) {
    const page = await get(path + (path.includes("?") ? "&" : "?") + "limit=500" + (next ? `&${value}=${encodeURIComponent(next)}` : ""));
    all.push(...page[key]);
    next = page.next;
    if (!next) return all;
  }
}

let asking; // one dialog, however many requests wait for it

function askToken() {
  asking ||= new Promise((resolve) => {
    const dialog = document.getElementById("token");
    dialog.addEventListener("close", () => {
      token = document.getElementById("secret").value;
      sessionStorage.setItem("token", token);
      asking = undefined;
      resolve();
    }, { once: true });
    dialog.showModal();
  });
  return asking;
}

// el makes an element: attributes by name, listeners by on…, children as text or elements.
export function el(name, attributes = {}, ...children) {
  const svg = ["svg", "path", "rect", "text", "g", "title"].includes(name);
  const e = svg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) e.addEventListener(key.slice(2), value);
    else if (value !== undefined && value !== false) e.setAttribute(key, value);
  }
  e.append(...children.flat().filter((c) => c !== undefined && c !== null && c !== false));
  return e;
}

// table: a head that begins with # is of a column of numbers.
export function table(heads, rows, empty) {
  if (!rows.length) return el("p", { class: "quiet" }, empty);
  const numeric = (h) => (h.startsWith("#") ? "n" : undefined);
  return el("div", { class: "wide" }, el("table", {},
    el("thead", {}, el("tr", {}, heads.map((h) => el("th", { class: numeric(h) }, h.replace("#", ""))))),
    el("tbody", {}, rows.map((row) => el("tr", {}, row.map((cell, i) => el("td", { class: numeric(heads[i]) }, cell)))))));
}

const main = document.getElementById("main");

// run does one thing and says what went wrong.
export async function run(f) {
  main.querySelectorAll("[role=alert]").forEach((e) => e.remove());
  try { await f(); } catch (e) { main.prepend(el("p", { class: "warn", role: "alert" }, e.message)); }
}

export const button = (text, f, attributes = {}) => el("button", { ...attributes, onclick: () => run(f) }, text);
export const short = (id) => { const m = /^spiffe:\/\/[^/]+\/ns\/([^/]+)\/sa\/([^/]+)$/.exec(id); return m ? `${m[1]}/${m[2]}` : id; };
export const at = (t) => new Date(t).toLocaleString("sv-SE"); // 2026-11-28 00:35:43, of this place
export const when = (t) => el("time", { datetime: t }, at(t));
export const share = (x) => (x >= 0.9995 ? "100" : Number((100 * x).toPrecision(2)).toString()) + " %";
export const calleeLink = (id) => el("a", { href: "#callee=" + encodeURIComponent(id) }, short(id));
export const explainLink = (id, text) => el("a", { href: "#explain=" + id }, text);
export const path = (p, empty = "") => el("span", { class: "path" }, p || empty);
export const word = (w) => el("span", { class: "word " + w }, w);
export const quiet = (text) => el("p", { class: "quiet" }, text);
export const warn = (text) => el("p", { class: "warn" }, text);
