// Instruments, and one of them as curves.
import { element, ask, chooser, colourOf, drawing, every, go, number } from "./parts.js";

const width = 900, height = 300, left = 64, right = 12, top = 12, bottom = 26, mostCurves = 8;
const says = { counter: "each second", gauge: "", histogram: "median, and dashed the 95th percentile" };

export function metrics(view, query, board) {
  const chosen = Object.fromEntries(query);
  const names = element("div", { class: "panel list" });
  const curves = element("div", { class: "panel" }, element("p", { class: "quiet" }, "Choose an instrument."));
  view.replaceChildren(
    element("h2", {}, "Metrics"),
    element("div", { class: "bar" },
      chooser("Resource", board.resources.map((one) => one.name), chosen.resource, "all", (resource) => go("metrics", { ...chosen, resource }))),
    element("div", { class: "columns" }, names, curves));
  let shown = "";
  return every(3000, async () => {
    const all = (await ask("/api/metrics")).filter((one) => !chosen.resource || one.service === chosen.resource);
    const now = all.map((one) => one.name).join();
    if (now !== shown || names.childElementCount === 0) {
      shown = now;
      const sources = Map.groupBy(all, (one) => one.source);
      names.replaceChildren(...(all.length === 0 ? [element("p", { class: "quiet" }, "Nothing yet; resources say every five seconds.")]
        : [...sources].sort(([one], [other]) => one.startsWith("Emotion") === other.startsWith("Emotion") ? one.localeCompare(other) : one.startsWith("Emotion") ? -1 : 1).flatMap(([source, some]) => [
          element("h3", {}, source),
          ...[...new Set(some.map((one) => one.name))].map((name) => element("button", {
            type: "button", "aria-current": String(name === chosen.name), click: () => go("metrics", { ...chosen, name }),
          }, name))])));
    }
    const instrument = all.find((one) => one.name === chosen.name);
    if (instrument) curves.replaceChildren(...draw(instrument, await ask(`/api/metrics/${encodeURIComponent(chosen.name)}?service=${encodeURIComponent(chosen.resource ?? "")}`)));
  });
}

function draw(instrument, all) {
  const busiest = (curve) => Math.max(0, ...curve.values);
  const some = all.filter((curve) => curve.values.length > 0).sort((one, other) => busiest(other) - busiest(one)).slice(0, mostCurves);
  const title = [
    element("h2", {}, instrument.name),
    element("p", { class: "quiet" }, [instrument.description, [instrument.unit, says[instrument.kind]].filter(Boolean).join(" ")].filter(Boolean).join(" – "),
      all.length > some.length && some.length === mostCurves ? ` – the ${mostCurves} highest of ${all.length}` : "")];
  if (some.length === 0) return [...title, element("p", { class: "quiet" }, "No two points yet.")];
  const times = some.flatMap((curve) => curve.times);
  const [from, to] = [Math.min(...times), Math.max(...times)];
  const highest = Math.max(...some.flatMap((curve) => [...curve.values, ...(curve.upper ?? [])])) || 1;
  const x = (time) => left + (to > from ? (time - from) / (to - from) : 1) * (width - left - right);
  const y = (value) => height - bottom - (Math.max(0, value) / highest) * (height - top - bottom);
  const picture = drawing("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${instrument.name} over time, up to ${number(highest)} ${instrument.unit}` });
  for (const share of [0, 0.5, 1]) {
    picture.append(
      drawing("line", { class: "grid", x1: left, x2: width - right, y1: y(share * highest), y2: y(share * highest) }),
      drawing("text", { x: left - 8, y: y(share * highest) + 4, "text-anchor": "end" }, number(share * highest)));
  }
  for (const [time, anchor] of to > from ? [[from, "start"], [to, "end"]] : [[to, "end"]]) {
    picture.append(drawing("text", { x: x(time), y: height - 8, "text-anchor": anchor }, new Date(time).toLocaleTimeString([], { hour12: false })));
  }
  for (const curve of some) {
    const colour = colourOf(nameOf(curve));
    for (const [values, dashes] of [[curve.values, ""], [curve.upper ?? [], "4 3"]]) {
      const points = values.map((value, i) => `${x(curve.times[i]).toFixed(1)},${y(value).toFixed(1)}`);
      if (points.length === 1) {
        const [cx, cy] = points[0].split(",");
        picture.append(drawing("circle", { cx, cy, r: 3, fill: colour }));
      } else if (points.length > 1) {
        picture.append(drawing("polyline", { points: points.join(" "), fill: "none", stroke: colour, "stroke-width": 1.8, "stroke-dasharray": dashes }));
      }
    }
  }
  return [...title, picture, element("ul", { class: "legend" }, some.map((curve) => element("li", {},
    drawing("svg", { viewBox: "0 0 20 10" }, drawing("rect", { width: 20, height: 10, y: 0, fill: colourOf(nameOf(curve)) })),
    `${nameOf(curve)}: ${number(curve.values.at(-1))}`)))];
}

const nameOf = (curve) => [curve.service, ...Object.entries(curve.attributes).map(([name, value]) => `${name}=${value}`)].join(" ");
