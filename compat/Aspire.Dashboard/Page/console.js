// What a resource writes, as it writes it.
import { element, chooser, follow, go } from "./parts.js";

const mostLines = 3000;

export function console_(view, query, board) {
  const names = board.resources.map((one) => one.name);
  const name = query.get("resource") ?? names[0];
  const output = element("pre", { class: "console", tabindex: "0", role: "log", "aria-label": `Output of ${name}` });
  const stick = element("input", { type: "checkbox", checked: true });
  view.replaceChildren(
    element("h2", {}, "Console"),
    element("div", { class: "bar" },
      chooser("Resource", names, name, null, (chosen) => go("console", { resource: chosen })),
      element("label", {}, stick, "stay at the end")),
    output);
  return follow(`/api/console/${encodeURIComponent(name)}/events`, (lines) => {
    output.append(...lines.map((line) => element("div", { class: /\b(fail|error|crit):?/i.test(line.text) ? "bad" : /\bwarn:?/i.test(line.text) ? "warn" : null },
      element("span", { class: "quiet" }, `${new Date(line.time).toLocaleTimeString([], { hour12: false })} `), line.text)));
    while (output.childElementCount > mostLines) output.firstChild.remove();
    if (stick.checked) output.scrollTop = output.scrollHeight;
  });
}
