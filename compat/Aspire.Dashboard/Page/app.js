// Which view is shown, by the address after #, and the board of resources that all of them use.
import { follow, element } from "./parts.js";
import { resources } from "./resources.js";
import { console_ } from "./console.js";
import { logs } from "./logs.js";
import { traces } from "./traces.js";
import { metrics } from "./metrics.js";

const views = { resources, console: console_, logs, traces, metrics };
const view = document.getElementById("view");
const board = { resources: [], replicas: [], listeners: new Set() };
let leave = () => {};

function show() {
  const [name, query] = location.hash.replace(/^#\//, "").split("?");
  const chosen = views[name] ? name : "resources";
  leave();
  for (const link of document.querySelectorAll("nav a")) {
    if (link.getAttribute("href") === `#/${chosen}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `${chosen[0].toUpperCase()}${chosen.slice(1)} – Dashboard`;
  board.listeners.clear();
  view.replaceChildren(element("p", { class: "quiet" }, "Loading ..."));
  leave = views[chosen](view, new URLSearchParams(query ?? ""), board) ?? (() => {});
}

follow("/api/resources/events", (now) => {
  const first = board.resources.length === 0;
  Object.assign(board, { resources: now.resources, replicas: now.replicas });
  const ill = now.resources.filter((one) => ["Failed", "Unhealthy", "Exited"].includes(one.state));
  const health = document.getElementById("health");
  health.textContent = ill.length === 0 ? `${now.resources.length} resources` : `${ill.map((one) => one.name).join(", ")}: see Resources`;
  health.className = ill.length === 0 ? "" : "bad";
  if (first) show();
  for (const listener of board.listeners) listener();
});
addEventListener("hashchange", show);
