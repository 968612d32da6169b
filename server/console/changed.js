// What changes: releases that were announced, and drift, which is new structure that no release explains.
import { act, at, button, calleeLink, el, explainLink, get, pages, path, quiet, short, table, when, word } from "./page.js";

const hour = 3600e3;
const again = () => setTimeout(() => dispatchEvent(new Event("hashchange")), 300);

export async function releases() {
  const [callees, decisions] = await Promise.all([pages("/callees", "callees", "after"), pages("/decisions", "decisions", "after")]);
  const rows = decisions.filter((d) => d.act.do === "release" || d.act.do === "rollback").reverse().map((d) => {
    const until = d.act.until ? Date.parse(d.act.until) : Date.parse(d.time) + hour;
    const release = d.act.do === "release";
    return [d.seq, when(d.time), d.by, calleeLink(d.act.callee), release ? (d.act.version || "any version") + (d.act.seen ? ", seen in its calls" : "") : `rolled back${d.act.revision ? " to before " + d.act.revision : ""}`,
      release ? (until <= Date.now() ? "closed " + at(until) : d.state === "over" ? "withdrawn" : "open until " + at(until)) : "",
      release && button("Roll back", async () => { await act({ do: "rollback", callee: d.act.callee, revision: d.seq }); again(); })];
  });
  const callee = el("select", { "aria-label": "Service" }, callees.map((c) => el("option", { value: c.id }, c.name)));
  const version = el("input", { "aria-label": "Version", placeholder: "version, such as v2", maxlength: 128 });
  const hours = el("select", { "aria-label": "For" }, [1, 4, 24, 72].map((n) => el("option", { value: n }, n === 1 ? "1 hour" : n + " hours")));
  const announce = async () => {
    await act({ do: "release", callee: callee.value, version: version.value, until: new Date(Date.now() + hours.value * hour).toISOString() });
    again();
  };
  return [
    quiet("While a release is open, new operations and fields of its service are let pass and learned once they recur and succeed, if they hold no attack. A pipeline announces one by: postern release -callee NS/SA -version V"),
    callees.length > 0 && el("p", { class: "form" }, callee, version, hours, button("Announce a release", announce)),
    table(["#No", "When", "By", "Service", "Version", "Window", ""], rows, "No release was announced yet."),
  ];
}

// structural are the levels at which a change of a service shows; an attack or an odd value is no drift.
const structural = ["operation", "shape"];

export async function drift() {
  const [waiting, page] = await Promise.all([get("/drift"), get("/denials?limit=500")]);
  const groups = new Map();
  page.denials.filter((d) => d.reasons.length && structural.includes(d.reasons[0].level) && !d.reasons.some((r) => r.level === "attack")).forEach((d) => {
    const r = d.reasons[0], key = JSON.stringify([d.callee, d.operation, r.class, r.path, d.verdict]);
    const g = groups.get(key) || { d, r, calls: 0, callers: new Set(), first: d.time };
    groups.set(key, { ...g, calls: g.calls + 1, callers: g.callers.add(d.caller), first: d.time });
  });
  const approve = (n) => button("Approve", async () => {
    await act({ do: "approve", callee: n.callee, operation: n.operation, field: n.path, class: n.class, note: "drift" });
    location.hash = "log";
  });
  const wants = (n) => [n.wants_callers && `${n.wants_callers} more callers`, n.wants_calls && `${n.wants_calls} more calls`, Date.parse(n.until) > Date.now() && `until ${at(n.until)}`].filter(Boolean).join(", ") || "the next call";
  return [
    el("h2", {}, "Waiting to be learned"),
    quiet("New structure that was let through and succeeded. It is learned once enough callers say it for long enough; where a service has fewer callers, approve it or announce a release. Each replica tells what it saw itself."),
    table(["Service", "Operation", "What", "Where", "#Calls", "Callers", "First", "Waits for", ""],
      waiting.novelties.map((n) => [calleeLink(n.callee), n.operation || "", n.class, path(n.path, "the call"), n.calls, n.callers.map(short).join(", "), when(n.first), wants(n), approve(n)]), "Nothing waits."),
    waiting.more > 0 && quiet(`${waiting.more} more wait.`),
    el("h2", {}, "Denied, or would be, for its structure"),
    quiet("Of the latest 500 denials and would-be denials. Many at once after a deployment: a release that nobody announced."),
    table(["Service", "Operation", "What", "Where", "Verdict", "#Calls", "Callers", "First", "Last", ""],
      [...groups.values()].map(({ d, r, calls, callers, first }) => [calleeLink(d.callee), d.operation || d.method, r.class, path(r.path, "the call"), word(d.verdict), calls, [...callers].map(short).join(", "), when(first), when(d.time), explainLink(d.decision_id, "explain")]),
      "None."),
  ];
}
