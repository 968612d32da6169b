// What was learned: the map, the services, one service with its fields and its mode.
import { act, at, button, calleeLink, el, explainLink, get, pages, path, quiet, run, share, short, table, warn, when, word } from "./page.js";

const mature = (list, key) => `${list.filter((o) => o[key]).length} of ${list.length}`;

// said is what an operator said of a field.
const said = (m) => `${m.do} ${[m.rule, m.class].filter(Boolean).join(" against ")}${m.caller ? " from " + short(m.caller) : ""}${m.until ? " until " + at(m.until) : ""} (decision ${m.decision})`;

// map: callers on the left, callees on the right; an edge is as thick as it has calls, dashed while young, green where it is enforced.
export async function map() {
  const callees = await pages("/callees", "callees", "after");
  if (!callees.length) return [quiet("Nothing was learned yet. Once Envoys ask, and their access logs tell how calls end, services appear here.")];
  const callers = [...new Set(callees.flatMap((c) => c.callers.map((o) => o.id)))].sort((a, b) => short(a).localeCompare(short(b)));
  const row = 44, wide = 240, gap = 520, foot = 20;
  const height = Math.max(callers.length, callees.length) * row + foot;
  const y = (i, n) => foot / 2 + (i + 0.5) * (height - foot) / n;
  const svg = el("svg", { viewBox: `0 0 ${2 * wide + gap} ${height}`, width: 2 * wide + gap, role: "img", "aria-label": "Who calls whom" });
  callees.forEach((c, j) => c.callers.forEach((o) => {
    const y1 = y(callers.indexOf(o.id), callers.length), y2 = y(j, callees.length);
    const young = !c.edge_mature, enforced = o.mode === "enforce";
    svg.append(el("path", { class: `edge${young ? " young" : ""}${enforced ? " enforced" : ""}`, "stroke-width": 1 + Math.log10(1 + o.calls), d: `M${wide},${y1} C${wide + gap / 2},${y1} ${wide + gap / 2},${y2} ${wide + gap},${y2}` },
      el("title", {}, `${o.name} → ${c.name}: ${o.calls} calls, ${o.operations.length} operations, ${o.mode}`)));
  }));
  const node = (x, at, id, note, link) => {
    const box = el("g", {}, el("rect", { class: "box", x, y: at - 17, width: wide, height: 34, rx: 6 }), el("text", { x: x + 12, y: at + 5 }, short(id)),
      el("text", { class: "note", x: x + wide - 12, y: at + 4, "text-anchor": "end" }, note));
    if (link) {
      Object.entries({ class: "link", tabindex: 0, role: "link" }).forEach(([k, v]) => box.setAttribute(k, v));
      const go = () => { location.hash = "callee=" + encodeURIComponent(id); };
      box.addEventListener("click", go);
      box.addEventListener("keydown", (e) => { if (e.key === "Enter") go(); });
    }
    return box;
  };
  const called = new Set(callees.map((c) => c.id));
  callers.forEach((id, i) => svg.append(node(0, y(i, callers.length), id, "", called.has(id))));
  callees.forEach((c, j) => svg.append(node(wide + gap, y(j, callees.length), c.id, c.mode, true)));
  return [quiet("Callers on the left, callees on the right. Thicker: more calls. Dashed: callers are not mature yet, so a new one would not be denied. Green: enforced."), el("div", { class: "wide" }, svg)];
}

export async function callees() {
  const list = await pages("/callees", "callees", "after");
  return [table(["Service", "Mode", "#Calls", "#Callers", "#Structure mature", "#Values mature", "#Can hold"],
    list.map((c) => [calleeLink(c.id), word(c.mode), c.calls, c.callers.length, mature(c.operations, "structure_mature"), mature(c.operations, "value_mature"), c.scored ? share(c.holds) : "–"]), "Nothing was learned yet."),
    quiet("Mature: of so many operations, how many know enough to deny. Can hold: the smallest share of false denials that the calls scored so far vouch for.")];
}

export async function callee(id) {
  const c = await get("/callee?callee=" + encodeURIComponent(id));
  const fields = el("div", {});
  const show = async (operation) => {
    const list = await pages(`/fields?callee=${encodeURIComponent(id)}&operation=${encodeURIComponent(operation)}`, "fields", "after");
    fields.replaceChildren(el("h2", {}, "Fields of " + operation), table(["Field", "Rule", "#In calls", "Note"],
      list.map((f) => [path(f.path), f.rule, share(f.calls / f.of), [f.required ? "required" : "", ...f.sensitive, ...f.findings.map((c) => c + " is ordinary"), ...f.marks.map(said)].filter(Boolean).join(", ")]), "None."));
    fields.scrollIntoView({ behavior: "smooth" });
  };
  return [
    el("h2", {}, c.name), el("p", { class: "quiet path" }, c.id),
    el("p", {}, "Mode ", word(c.mode), `. ${c.calls} calls learned, ${c.scored} scored: can hold ${share(c.holds)} false denials.`),
    modeButtons(c),
    c.left_out.length > 0 && warn("Left out of learning, since their calls stand far from the others': " + c.left_out.map(short).join(", ")),
    el("h2", {}, "Callers"), table(["Caller", "Mode", "#Calls", "#Operations", "Since", "Last seen", "Sensitive"],
      c.callers.map((o) => [o.name, word(o.mode), o.calls, o.operations.length, when(o.first), when(o.last), o.sensitive.join(", ")]), "None."),
    el("h2", {}, "Operations"), table(["Operation", "Mode", "#Calls", "#Callers", "Mature", "Last seen"], c.operations.map((o) => [
      button(o.name, () => show(o.name), { class: "plain" }), word(o.mode), o.calls, o.callers,
      o.value_mature ? "structure, values" : o.structure_mature ? `structure (values: ${o.needs} more calls)` : "no", when(o.last)]), "None."),
    fields,
  ];
}

// modeButtons sets a callee's mode; enforce first shows what it would have denied.
function modeButtons(c) {
  const say = el("div", {});
  const set = async (mode, force) => {
    await act({ do: "mode", callee: c.id, mode, force });
    setTimeout(() => dispatchEvent(new Event("hashchange")), 300);
  };
  const enforce = async () => {
    const p = await get("/preview?callee=" + encodeURIComponent(c.id));
    const refused = p.refused.length > 0;
    say.replaceChildren(el("section", {},
      el("p", {}, `Since ${at(p.since)} enforce would have denied ${p.would_deny} of ${p.calls} calls (${share(p.rate)}; asked: at most ${share(p.asked)}).`),
      table(["Operation", "#Would deny", "#Of", "Why", "Example"], p.operations.map((o) => [o.operation, o.would_deny, o.calls, Object.entries(o.reasons).map(([k, n]) => `${k} ${n}`).join(", "),
        explainLink(o.example, o.example.slice(0, 8))]), "Nothing would have been denied."),
      p.immature.length > 0 && quiet("Immature, so that attacks alone would be denied there: " + p.immature.map((o) => `${o.operation} (${o.calls} calls)`).join(", ")),
      p.refused.map(warn),
      el("p", {}, button(refused ? "Enforce all the same" : "Enforce", () => set("enforce", refused)))));
  };
  return el("div", {},
    el("p", {}, button("Enforce…", enforce, { disabled: c.mode === "enforce" }), button("Shadow", () => set("shadow"), { disabled: c.mode === "shadow" }),
      button("Off", () => set("off"), { disabled: c.mode === "off" }), button("As the mesh", () => set("inherit"))), say);
}
