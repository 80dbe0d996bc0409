// Log records of all resources, with the traces that they belong to.
import { element, ask, chooser, clock, colourOf, every, go } from "./parts.js";

const severities = [["0", "all"], ["9", "information"], ["13", "warnings"], ["17", "errors"]];

export function logs(view, query, board) {
  const chosen = Object.fromEntries(query);
  const change = (what) => go("logs", { ...chosen, ...what });
  const body = element("tbody");
  view.replaceChildren(
    element("h2", {}, "Logs"),
    element("div", { class: "bar" },
      chooser("Resource", board.resources.map((one) => one.name), chosen.resource, "all", (resource) => change({ resource })),
      element("label", {}, "At least", element("select", { change: (event) => change({ severity: event.target.value }) },
        severities.map(([value, name]) => element("option", { value, selected: value === (chosen.severity ?? "0") }, name)))),
      element("label", {}, "Text", element("input", { type: "search", value: chosen.text ?? "", change: (event) => change({ text: event.target.value }) })),
      chosen.trace ? element("button", { type: "button", click: () => change({ trace: "" }) }, `of trace ${chosen.trace.slice(0, 8)} ×`) : null),
    element("div", { class: "scroll" }, element("table", {},
      element("thead", {}, element("tr", {}, ["Time", "Resource", "Level", "Message", "Trace"].map((title) => element("th", { scope: "col" }, title)))), body)));
  let shown = "";
  return every(2000, async () => {
    const asked = new URLSearchParams({ service: chosen.resource ?? "", severity: chosen.severity ?? "0", trace: chosen.trace ?? "", text: chosen.text ?? "" });
    const records = await ask(`/api/logs?${asked}`);
    const now = records.map((record) => record.number).join();
    if (now === shown && body.childElementCount > 0) return;
    shown = now;
    body.replaceChildren(...(records.length > 0 ? records.map(row) : [element("tr", {}, element("td", { colspan: "5", class: "quiet" }, "Nothing yet."))]));
  });
}

const row = (record) => element("tr", {},
  element("td", { class: "mono" }, clock(record.time)),
  element("td", { class: "name" }, dot(record.service), record.service),
  element("td", { class: record.severity >= 17 ? "bad" : record.severity >= 13 ? "warn" : "quiet" }, record.severityText),
  element("td", { class: "message" }, record.message, element("div", { class: "quiet" }, record.category),
    record.attributes["exception.message"] ? element("div", { class: "bad" }, record.attributes["exception.message"]) : null),
  element("td", { class: "mono" }, record.traceId ? element("a", { href: `#/traces?trace=${record.traceId}` }, record.traceId.slice(0, 8)) : ""));

function dot(name) {
  const made = element("span", { "aria-hidden": "true" }, "■ ");
  made.style.color = colourOf(name);
  return made;
}
