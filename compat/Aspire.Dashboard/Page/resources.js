// Every resource with its state, and what can be done to it.
import { element, order } from "./parts.js";

const looks = { Running: "good", Finished: "quiet", Stopped: "quiet", Failed: "bad", Unhealthy: "bad", Exited: "bad" };

export function resources(view, query, board) {
  const draw = () => {
    const focused = document.activeElement?.dataset?.key;
    view.replaceChildren(
      element("h2", {}, "Resources"),
      board.replicas.length > 0 ? element("div", { class: "bar" }, board.replicas.map(scale)) : null,
      element("div", { class: "scroll" }, element("table", {},
        element("thead", {}, element("tr", {},
          ["Name", "State", "Type", "Process", "Restarts", "Addresses", "Look", "Do"].map((title) =>
            element("th", { scope: "col", class: title === "Restarts" || title === "Process" ? "number" : null }, title)))),
        element("tbody", {}, board.resources.map(row)))));
    if (focused) view.querySelector(`[data-key="${focused}"]`)?.focus();
  };
  board.listeners.add(draw);
  draw();
}

const row = (one) => element("tr", { "data-resource": one.name },
  element("th", { scope: "row" }, one.name),
  element("td", {}, element("span", { class: `state ${looks[one.state] ?? "warn"}` }, one.state), one.reason ? element("div", { class: "quiet message" }, one.reason) : null),
  element("td", { class: "quiet" }, one.type),
  element("td", { class: "number" }, one.processId ?? ""),
  element("td", { class: `number ${one.restarts > 0 ? "warn" : ""}` }, String(one.restarts)),
  element("td", {}, Object.entries(one.endpoints).map(([name, url]) => element("div", {}, element("a", { href: url, target: "_blank", rel: "noreferrer", title: name }, url)))),
  element("td", {}, element("div", { class: "buttons" },
    ["console", "logs", "traces", "metrics"].map((name) => element("a", { href: `#/${name}?resource=${encodeURIComponent(one.name)}` }, name)))),
  element("td", {}, element("div", { class: "buttons" }, ["Start", "Stop", "Restart"].map((command) => element("button", {
    type: "button", disabled: !one.commands.includes(command), "data-key": `${command}-${one.name}`, "aria-label": `${command} ${one.name}`,
    click: () => order(`/api/resources/${encodeURIComponent(one.name)}/${command}`),
  }, command)))));

const scale = (group) => element("span", { class: "bar", role: "group", "aria-label": `Replicas of ${group.name}` },
  element("strong", {}, group.name), `${group.running} of ${group.most} replicas`,
  [["fewer", -1, group.running <= 1], ["more", 1, group.running >= group.most]].map(([name, by, impossible]) => element("button", {
    type: "button", disabled: impossible, "data-key": `${name}-${group.name}`, "aria-label": `${name} replicas of ${group.name}`,
    click: () => order(`/api/scale/${encodeURIComponent(group.name)}?replicas=${group.running + by}`),
  }, by > 0 ? "+" : "−")));
