// What was denied, or would have been: the feed, one denial explained, and what operators decided.
import { act, api, at, button, calleeLink, el, explainLink, get, pages, path, quiet, short, table, when, word } from "./page.js";

const row = (d) => [when(d.time), word(d.verdict), short(d.caller), calleeLink(d.callee), d.operation || d.method,
  d.reasons.length ? `${d.reasons[0].level}/${d.reasons[0].class}` : "", path(d.reasons.length ? d.reasons[0].path : ""), explainLink(d.decision_id, "explain")];

// denials shows the newest and follows; onLeave is told how to end that.
export async function denials(_, onLeave) {
  const page = await get("/denials?limit=100");
  let list = page.denials;
  const box = el("div", {}), note = quiet("New ones appear as they happen.");
  const draw = () => box.replaceChildren(table(["When", "Verdict", "Caller", "Callee", "Operation", "Reason", "Where", ""], list.map(row), "No denial and no would-be denial is stored."));
  draw();
  const stop = new AbortController();
  onLeave(() => stop.abort());
  follow(stop.signal, (d) => { list = [d, ...list].slice(0, 500); draw(); }).catch((e) => { if (!stop.signal.aborted) note.textContent = "The stream of denials ended: " + e.message; });
  return [note, box];
}

// follow reads server-sent events with fetch: EventSource can send no token.
async function follow(signal, take) {
  const answer = await api("/denials/stream", { signal });
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let text = ""; ; ) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (text + value).split("\n");
    text = lines.pop();
    lines.filter((l) => l.startsWith("data: ")).forEach((l) => take(JSON.parse(l.slice(6))));
  }
}

export async function explain(id) {
  const e = await get("/explain/" + encodeURIComponent(id));
  const d = e.denial;
  const ordinary = (r) => e.expected.filter((f) => f.path === r.path).map((f) => f.rule).filter(Boolean).join("; ");
  return [
    el("h2", {}, d.verdict === "deny" ? "Denied" : "Would have been denied"), el("p", { class: "quiet path" }, d.decision_id),
    el("p", {}, `${at(d.time)}: ${short(d.caller)} → `, calleeLink(d.callee), `${d.version ? " " + d.version : ""}, ${d.operation || d.method}, score ${d.score.toFixed(2)}, mode ${d.mode}.`),
    e.trace_url && el("p", {}, "Trace: ", el("a", { href: /^https?:/.test(e.trace_url) ? e.trace_url : "#", rel: "noreferrer" }, e.trace_url)),
    el("h2", {}, "Why"), table(["Reason", "Where", "What came", "Ordinary there", "#Score", "May deny"],
      d.reasons.map((r) => [`${r.level}/${r.class}`, path(r.path, "the call"), r.text || "", ordinary(r), r.score.toFixed(2), r.mature ? "yes" : r.decision ? "approved" : "immature"]), "None."),
    el("h2", {}, "What was opened"), el("pre", {}, d.features.layers.join("\n") || "Nothing but plain values."),
    quiet(`${d.features.nodes} values; bytes: ${d.features.decoded_bytes} decoded, ${d.features.opaque_bytes} opaque, ${d.features.unexamined_bytes} unexamined.`),
    el("h2", {}, "To allow exactly this"),
    e.acts.length > 0 && el("p", {}, button("Approve exactly this", async () => {
      for (const a of e.acts) await act(a);
      location.hash = "log";
    }), "or, on the command line, ", el("code", {}, "postern profile approve -denial " + d.decision_id), ", which does:"),
    el("pre", {}, e.allow.join("\n") || "Nothing of it is mature: it would not be denied."),
  ];
}

// said is a decision in words: what was done, and to what.
function said(a) {
  const rest = { ...a };
  const parts = ["do", "callee", "caller", "operation", "field"].map((k) => { delete rest[k]; return a[k]; });
  delete rest.v;
  const [what, callee, caller, operation, field] = parts;
  const where = [caller && callee ? `${short(caller)} → ${short(callee)}` : callee ? short(callee) : what === "mode" ? "the mesh" : "", operation, field].filter(Boolean).join(" · ");
  const details = Object.entries(rest).map(([k, v]) => `${k} ${v}`).join(", ");
  return [el("b", {}, what), " ", where, details ? el("span", { class: "quiet" }, " (" + details + ")") : ""];
}

export async function log() {
  const list = await pages("/decisions", "decisions", "after");
  const undo = (d) => d.state === "over" ? "over" : d.state === "holds" && button("Withdraw", async () => {
    await act({ do: "withdraw", decision: d.seq });
    setTimeout(() => dispatchEvent(new Event("hashchange")), 300);
  });
  return [table(["#No", "When", "By", "What", ""], list.reverse().map((d) => [d.seq, when(d.time), d.by, said(d.act), undo(d)]), "Nothing was decided yet."),
    quiet("The decisions are their own audit log: nothing can be removed from it.")];
}
