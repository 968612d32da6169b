"use strict";
// The console: every view asks the admin API, every action is one call of it. Nothing of an answer becomes markup: text is set as text.

const main = document.getElementById("main");
const state = document.getElementById("state");
let token = sessionStorage.getItem("token") || "";
let leave = () => {}; // ends the view that is shown

async function api(path, options = {}) {
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

const get = async (path) => (await api(path)).json();

async function pages(path, key, value) {
  const all = [];
  for (let next = ""; ; ) {
    const page = await get(path + (path.includes("?") ? "&" : "?") + "limit=500" + (next ? `&${value}=${encodeURIComponent(next)}` : ""));
    all.push(...page[key]);
    next = page.next;
    if (!next) return all;
  }
}

function askToken() {
  const dialog = document.getElementById("token");
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      token = document.getElementById("secret").value;
      sessionStorage.setItem("token", token);
      resolve();
    }, { once: true });
    if (!dialog.open) dialog.showModal();
  });
}

// el makes an element: attributes by name, listeners by on…, children as text or elements.
function el(name, attributes = {}, ...children) {
  const svg = ["svg", "path", "rect", "text", "g", "title"].includes(name);
  const e = svg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) e.addEventListener(key.slice(2), value);
    else if (value !== undefined && value !== false) e.setAttribute(key, value);
  }
  e.append(...children.flat().filter((c) => c !== undefined && c !== null && c !== false));
  return e;
}

function table(heads, rows, empty) {
  if (!rows.length) return el("p", { class: "quiet" }, empty);
  const numeric = (h) => (h.startsWith("#") ? "n" : undefined);
  return el("table", {},
    el("thead", {}, el("tr", {}, heads.map((h) => el("th", { class: numeric(h) }, h.replace("#", ""))))),
    el("tbody", {}, rows.map((row) => el("tr", {}, row.map((cell, i) => el("td", { class: numeric(heads[i]) }, cell))))));
}

const short = (id) => { const m = /^spiffe:\/\/[^/]+\/ns\/([^/]+)\/sa\/([^/]+)$/.exec(id); return m ? `${m[1]}/${m[2]}` : id; };
const when = (t) => new Date(t).toLocaleString();
const calleeLink = (id) => el("a", { href: "#callee=" + encodeURIComponent(id) }, short(id));
const share = (x) => (100 * x).toPrecision(2) + " %";
const mature = (list, key) => `${list.filter((o) => o[key]).length} of ${list.length}`;

async function status() {
  const s = await get("/status");
  const checks = Object.entries(s.checks).map(([word, n]) => `${n} ${word}`).join(", ") || "no checks yet";
  state.textContent = `mesh: ${s.mode} · ${checks}` + (s.store_up ? "" : " · STORE DOWN");
  return s.warnings.map((w) => el("p", { class: "warn" }, w));
}

// The map: callers on the left, callees on the right; an edge is as thick as it has calls, dashed while young, green where it is enforced.
async function map() {
  const callees = await pages("/callees", "callees", "after");
  if (!callees.length) return [el("p", { class: "quiet" }, "Nothing was learned yet. Once Envoys ask, and their access logs tell how calls end, services appear here.")];
  const callers = [...new Set(callees.flatMap((c) => c.callers.map((o) => o.id)))].sort();
  const row = 34, wide = 230, gap = 420;
  const height = Math.max(callers.length, callees.length) * row + 20;
  const y = (i, n) => 10 + (i + 0.5) * (height - 20) / n;
  const svg = el("svg", { viewBox: `0 0 ${2 * wide + gap} ${height}`, width: 2 * wide + gap, role: "img", "aria-label": "Who calls whom" });
  callees.forEach((c, j) => c.callers.forEach((o) => {
    const y1 = y(callers.indexOf(o.id), callers.length), y2 = y(j, callees.length);
    const young = !c.edge_mature, enforced = o.mode === "enforce";
    svg.append(el("path", { class: `edge${young ? " young" : ""}${enforced ? " enforced" : ""}`, "stroke-width": 1 + Math.log10(1 + o.calls), d: `M${wide},${y1} C${wide + gap / 2},${y1} ${wide + gap / 2},${y2} ${wide + gap},${y2}` },
      el("title", {}, `${o.name} → ${c.name}: ${o.calls} calls, ${o.operations.length} operations, ${o.mode}`)));
  }));
  const node = (x, at, id, link) => {
    const box = el("g", {}, el("rect", { class: "box", x, y: at - 13, width: wide, height: 26, rx: 4 }), el("text", { x: x + 10, y: at + 4 }, short(id)));
    if (link) { box.setAttribute("class", "link"); box.addEventListener("click", () => { location.hash = "callee=" + encodeURIComponent(id); }); }
    return box;
  };
  callers.forEach((id, i) => svg.append(node(0, y(i, callers.length), id, false)));
  callees.forEach((c, j) => svg.append(node(wide + gap, y(j, callees.length), c.id, true)));
  return [el("p", { class: "quiet" }, "Callers on the left, callees on the right. Thicker: more calls. Dashed: not mature yet. Green: enforced."), svg];
}

async function callees() {
  const list = await pages("/callees", "callees", "after");
  return [table(["Service", "Mode", "#Calls", "#Callers", "Structure mature", "Values mature", "Can hold"],
    list.map((c) => [calleeLink(c.id), c.mode, c.calls, c.callers.length, mature(c.operations, "structure_mature"), mature(c.operations, "value_mature"), c.scored ? share(c.holds) : "–"]), "Nothing was learned yet.")];
}

async function callee(id) {
  const c = await get("/callee?callee=" + encodeURIComponent(id));
  const fields = el("div", {});
  const show = async (operation) => {
    const list = await pages(`/fields?callee=${encodeURIComponent(id)}&operation=${encodeURIComponent(operation)}`, "fields", "after");
    fields.replaceChildren(el("h2", {}, "Fields of " + operation), table(["Field", "Rule", "#In calls", "Note"],
      list.map((f) => [el("span", { class: "path" }, f.path), f.rule, share(f.calls / f.of), [f.required ? "required" : "", ...f.sensitive, ...f.findings].filter(Boolean).join(", ")]), "None."));
    fields.scrollIntoView({ behavior: "smooth" });
  };
  return [
    el("h2", {}, c.name), el("p", { class: "quiet path" }, c.id),
    el("p", {}, `Mode ${c.mode}. ${c.calls} calls learned, ${c.scored} scored: can hold ${share(c.holds)} false denials.`),
    modeButtons(c),
    el("h2", {}, "Callers"), table(["Caller", "Mode", "#Calls", "#Operations"], c.callers.map((o) => [o.name, o.mode, o.calls, o.operations.length]), "None."),
    el("h2", {}, "Operations"), table(["Operation", "Mode", "#Calls", "#Callers", "Mature", "Last seen"], c.operations.map((o) => [
      el("button", { onclick: () => run(() => show(o.name)) }, o.name), o.mode, o.calls, o.callers,
      o.value_mature ? "structure, values" : o.structure_mature ? `structure (values: ${o.needs} more calls)` : "no", when(o.last)]), "None."),
    fields,
  ];
}

// modeButtons sets a callee's mode; enforce first shows what it would have denied.
function modeButtons(c) {
  const say = el("div", {});
  const set = async (mode, force) => {
    await api("/acts", { method: "POST", body: JSON.stringify({ do: "mode", callee: c.id, mode, force }) });
    setTimeout(route, 300);
  };
  const enforce = async () => {
    const p = await get("/preview?callee=" + encodeURIComponent(c.id));
    const refused = p.refused.length > 0;
    say.replaceChildren(el("p", {}, `Since ${when(p.since)} enforce would have denied ${p.would_deny} of ${p.calls} calls (${share(p.rate)}; asked: ${share(p.asked)}).`),
      table(["Operation", "#Would deny", "#Of", "Why", "Example"], p.operations.map((o) => [o.operation, o.would_deny, o.calls, Object.entries(o.reasons).map(([k, n]) => `${k} ${n}`).join(", "),
        el("a", { href: "#explain=" + o.example }, o.example.slice(0, 8))]), "Nothing would have been denied."),
      ...p.refused.map((r) => el("p", { class: "warn" }, r)),
      el("button", { onclick: () => run(() => set("enforce", refused)) }, refused ? "Enforce all the same" : "Enforce"));
  };
  return el("div", {},
    el("button", { onclick: () => run(enforce), disabled: c.mode === "enforce" }, "Enforce…"),
    el("button", { onclick: () => run(() => set("shadow")), disabled: c.mode === "shadow" }, "Shadow"),
    el("button", { onclick: () => run(() => set("off")), disabled: c.mode === "off" }, "Off"),
    el("button", { onclick: () => run(() => set("inherit")) }, "As the mesh"), say);
}

const denialRow = (d) => [when(d.time), el("span", { class: d.verdict }, d.verdict), short(d.caller), calleeLink(d.callee), d.operation || d.method,
  d.reasons.length ? `${d.reasons[0].level}/${d.reasons[0].class}` : "", el("span", { class: "path" }, d.reasons.length ? d.reasons[0].path || "" : ""), el("a", { href: "#explain=" + d.decision_id }, "explain")];

async function denials() {
  const page = await get("/denials?limit=100");
  const heads = ["When", "Verdict", "Caller", "Callee", "Operation", "Reason", "Where", ""];
  let list = page.denials;
  const box = el("div", {});
  const draw = () => box.replaceChildren(table(heads, list.map(denialRow), "No denial and no would-be denial is stored."));
  draw();
  const stop = new AbortController();
  leave = () => stop.abort();
  follow(stop.signal, (d) => { list = [d, ...list].slice(0, 500); draw(); });
  return [el("p", { class: "quiet" }, "New ones appear as they happen."), box];
}

// follow reads server-sent events with fetch: EventSource can send no token.
async function follow(signal, take) {
  try {
    const answer = await api("/denials/stream", { signal });
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let text = ""; ; ) {
      const { done, value } = await reader.read();
      if (done) return;
      const lines = (text + value).split("\n");
      text = lines.pop();
      lines.filter((l) => l.startsWith("data: ")).forEach((l) => take(JSON.parse(l.slice(6))));
    }
  } catch (e) {
    if (!signal.aborted) state.textContent = "The stream of denials ended: " + e.message;
  }
}

async function explain(id) {
  const e = await get("/explain/" + encodeURIComponent(id));
  const d = e.denial;
  return [
    el("h2", {}, d.verdict === "deny" ? "Denied" : "Would have been denied"), el("p", { class: "quiet path" }, d.decision_id),
    el("p", {}, `${when(d.time)}: ${short(d.caller)} → ${short(d.callee)}${d.version ? " " + d.version : ""}, ${d.operation || d.method}, score ${d.score.toFixed(2)}, mode ${d.mode}.`),
    e.trace_url && el("p", {}, "Trace: ", el("a", { href: /^https?:/.test(e.trace_url) ? e.trace_url : "#", rel: "noreferrer" }, e.trace_url)),
    el("h2", {}, "Why"), table(["Reason", "Where", "What", "#Score", "May deny"], d.reasons.map((r) => [`${r.level}/${r.class}`, el("span", { class: "path" }, r.path || "the call"), [r.text, ...e.expected.filter((f) => f.path === r.path).map((f) => `ordinary there: ${f.rule}`)].filter(Boolean).join("; "), r.score.toFixed(2), r.mature ? "yes" : "immature"]), "None."),
    el("h2", {}, "What was opened"), el("pre", {}, d.features.layers.join("\n") || "Nothing but plain values."),
    el("p", { class: "quiet" }, `${d.features.nodes} values; bytes: ${d.features.decoded_bytes} decoded, ${d.features.opaque_bytes} opaque, ${d.features.unexamined_bytes} unexamined.`),
    el("h2", {}, "To allow exactly this"), el("pre", {}, e.allow.join("\n") || "Nothing of it is mature: it would not be denied."),
    e.acts.length > 0 && el("button", { onclick: () => run(async () => {
      for (const act of e.acts) await api("/acts", { method: "POST", body: JSON.stringify(act) });
      location.hash = "log";
    }) }, "Approve exactly this"),
  ];
}

async function log() {
  const list = await pages("/decisions", "decisions", "after");
  return [table(["#", "When", "By", "What"], list.reverse().map((d) => [d.seq, when(d.time), d.by, el("code", {}, JSON.stringify(d.act))]), "Nothing was decided yet.")];
}

const views = { map, callees, denials, log, callee, explain };

// run does one thing and says what went wrong.
async function run(f) {
  try { await f(); } catch (e) { main.prepend(el("p", { class: "warn", role: "alert" }, e.message)); }
}

async function route() {
  leave();
  leave = () => {};
  const [name, argument] = (location.hash.slice(1) || "map").split("=");
  const view = views[name] || map;
  document.querySelectorAll("nav a").forEach((a) => a.getAttribute("href") === "#" + name ? a.setAttribute("aria-current", "page") : a.removeAttribute("aria-current"));
  await run(async () => {
    const [warnings, parts] = await Promise.all([status(), view(argument ? decodeURIComponent(argument) : "")]);
    main.replaceChildren(...[...warnings, ...parts].filter(Boolean));
    main.focus();
  });
}

addEventListener("hashchange", route);
setInterval(() => run(status), 10000);
route();
