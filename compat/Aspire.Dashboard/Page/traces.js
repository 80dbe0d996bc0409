// Requests from end to end: a list of them, and one as a waterfall.
import { element, ask, chooser, clock, colourOf, drawing, duration, every, go, say } from "./parts.js";

export function traces(view, query, board) {
  return query.get("trace") ? one(view, query.get("trace")) : list(view, query, board);
}

function list(view, query, board) {
  const chosen = Object.fromEntries(query);
  const change = (what) => go("traces", { ...chosen, ...what });
  const body = element("tbody");
  view.replaceChildren(
    element("h2", {}, "Traces"),
    element("div", { class: "bar" },
      chooser("Resource", board.resources.map((one) => one.name), chosen.resource, "all", (resource) => change({ resource })),
      element("label", {}, "At least", element("select", { change: (event) => change({ atLeast: event.target.value }) },
        [["0", "0 ms"], ["10", "10 ms"], ["100", "100 ms"], ["1000", "1 s"]].map(([value, name]) => element("option", { value, selected: value === (chosen.atLeast ?? "0") }, name)))),
      element("label", {}, element("input", { type: "checkbox", checked: chosen.failed === "true", change: (event) => change({ failed: event.target.checked ? "true" : "" }) }), "failed only")),
    element("div", { class: "scroll" }, element("table", {},
      element("thead", {}, element("tr", {}, ["Time", "Name", "Resources", "Spans", "Duration"].map((title) =>
        element("th", { scope: "col", class: ["Spans", "Duration"].includes(title) ? "number" : null }, title)))), body)));
  return every(2000, async () => {
    const found = await ask(`/api/traces?${new URLSearchParams({ service: chosen.resource ?? "", failed: chosen.failed ?? "false", atLeast: chosen.atLeast ?? "0" })}`);
    body.replaceChildren(...(found.length > 0 ? found.map(row) : [element("tr", {}, element("td", { colspan: "5", class: "quiet" }, "Nothing yet: send a clip to the gateway."))]));
  });
}

const row = (trace) => element("tr", {},
  element("td", { class: "mono" }, clock(trace.start)),
  element("td", {}, element("a", { href: `#/traces?trace=${trace.id}` }, trace.name), trace.failed ? element("span", { class: "bad" }, "  failed") : null),
  element("td", {}, Object.entries(trace.services).map(([name, spans]) => {
    const made = element("span", {}, `■ ${name} (${spans}) `);
    made.style.color = colourOf(name);
    return made;
  })),
  element("td", { class: "number" }, String(trace.spans + trace.dropped)),
  element("td", { class: "number" }, duration(trace.duration)));

function one(view, id) {
  ask(`/api/traces/${id}`).then((trace) => draw(view, id, trace), (problem) => {
    view.replaceChildren(element("p", {}, problem.message, " ", element("a", { href: "#/traces" }, "All traces")));
    say(problem.message);
  });
}

function draw(view, id, { summary, spans }) {
  const known = new Set(spans.map((span) => span.id));
  const children = Map.groupBy(spans, (span) => (known.has(span.parentId) ? span.parentId : ""));
  const ordered = [];
  const place = (parent, depth) => {
    for (const span of children.get(parent) ?? []) {
      ordered.push([span, depth]);
      place(span.id, depth + 1);
    }
  };
  place("", 0);
  view.replaceChildren(
    element("div", { class: "bar" }, element("a", { href: "#/traces" }, "← Traces"), element("h2", {}, summary.name),
      element("span", { class: "quiet" }, `${clock(summary.start)}, ${duration(summary.duration)}, ${spans.length} spans${summary.dropped > 0 ? ` (${summary.dropped} more were not kept)` : ""}`),
      element("a", { href: `#/logs?trace=${id}` }, "its logs"), element("span", { class: "mono quiet" }, id)),
    element("div", { class: "panel waterfall" }, ordered.flatMap(([span, depth]) => bar(span, depth, summary))));
}

function bar(span, depth, whole) {
  const name = element("span", { class: "name" }, `${span.service}: ${span.name}`);
  name.style.paddingLeft = `${depth * 0.9}rem`;
  if (span.error !== null) name.classList.add("bad");
  const share = (milliseconds) => (whole.duration > 0 ? (1000 * milliseconds) / whole.duration : 0);
  const from = share(span.start - whole.start);
  const length = Math.max(3, share(span.duration));
  const track = element("span", { class: "track" }, drawing("svg", { viewBox: "0 0 1000 20", preserveAspectRatio: "none", width: "100%", height: "100%" },
    drawing("rect", { x: Math.min(from, 997), y: 4, width: length, height: 12, rx: 2, fill: span.error === null ? colourOf(span.service) : "var(--bad)" })));
  const lasts = element("span", { class: "quiet lasts" }, duration(span.duration));
  const detail = element("div", { class: "detail", hidden: true });
  const button = element("button", {
    type: "button", class: "span", "aria-expanded": "false",
    click: () => {
      detail.hidden = !detail.hidden;
      button.setAttribute("aria-expanded", String(!detail.hidden));
      if (detail.childElementCount === 0) detail.append(facts(span, whole));
    },
  }, name, track, lasts);
  return [button, detail];
}

const facts = (span, whole) => element("dl", {}, [
  ["span", `${span.id} of ${span.parentId || "nobody"}`], ["kind", span.kind], ["source", span.source],
  ["begins", `${duration(Math.max(0, span.start - whole.start))} after the first`], ["lasts", duration(span.duration)],
  ...(span.error === null ? [] : [["error", span.error || "yes"]]),
  ...Object.entries(span.attributes),
  ...span.events.map((event) => [`+${duration(Math.max(0, event.time - span.start))}`, `${event.name} ${Object.entries(event.attributes).map(([key, value]) => `${key}=${value}`).join(" ")}`]),
].flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]));
