// The console: every view asks the admin API, every action is one call of it.
import { el, get, run, warn } from "./page.js";
import { callee, callees, map } from "./known.js";
import { denials, explain, log } from "./denied.js";
import { drift, releases } from "./changed.js";

// views by their name in the address; menu is the entry that stands for it.
const views = {
  map: [map, "map"], callees: [callees, "callees"], callee: [callee, "callees"], denials: [denials, "denials"], explain: [explain, "denials"],
  releases: [releases, "releases"], drift: [drift, "drift"], log: [log, "log"],
};

const main = document.getElementById("main");
const state = document.getElementById("state");
let leave = () => {}; // ends the view that is shown
let shown = 0;

async function status() {
  const s = await get("/status");
  const checks = Object.entries(s.checks).map(([word, n]) => `${n} ${word}`).join(", ") || "no checks yet";
  state.replaceChildren("mesh: ", el("span", { class: "word " + s.mode }, s.mode), ` · ${checks}`, s.store_up ? "" : el("span", { class: "word deny" }, " · STORE DOWN"));
  return s.warnings.map(warn);
}

async function route() {
  leave();
  leave = () => {};
  const turn = ++shown; // a slow view must not replace a later one
  const [name, argument] = (location.hash.slice(1) || "map").split("=");
  const [view, menu] = views[name] || views.map;
  document.querySelectorAll("nav a").forEach((a) => a.getAttribute("href") === "#" + menu ? a.setAttribute("aria-current", "page") : a.removeAttribute("aria-current"));
  await run(async () => {
    const [warnings, parts] = await Promise.all([status(), view(argument ? decodeURIComponent(argument) : "", (end) => { turn === shown ? leave = end : end(); })]);
    if (turn !== shown) return;
    main.replaceChildren(...[...warnings, ...parts].filter(Boolean));
    main.focus();
  });
}

addEventListener("hashchange", route);
setInterval(() => status().catch((e) => { state.textContent = e.message; }), 10000);
route();
