// What the views share: elements, questions to AppHost, colours, and how numbers are said.

/** An element with attributes and children; a function among the attributes is an event handler. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(key, value);
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

export function drawing(name, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

export async function ask(path) {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error((await answer.text()) || answer.statusText);
  return answer.json();
}

/** The header says that it was this page and no other that asked. */
export async function order(path) {
  const answer = await fetch(path, { method: "POST", headers: { "x-dashboard": "1" } });
  if (!answer.ok) say((await answer.text()) || answer.statusText);
}

let silence;

export function say(problem) {
  const notice = document.getElementById("notice");
  notice.textContent = problem;
  notice.hidden = false;
  clearTimeout(silence);
  silence = setTimeout(() => (notice.hidden = true), 8000);
}

/** Follows server-sent events; returns how to leave them. */
export function follow(path, onData) {
  const events = new EventSource(path);
  events.onmessage = (message) => onData(JSON.parse(message.data));
  return () => events.close();
}

/** Runs now and every so often; returns how to end it. A failure is told and does not end it. */
export function every(milliseconds, action) {
  let timer, over = false;
  const run = async () => {
    try {
      await action();
    } catch (problem) {
      if (!over) say(problem.message);
    }
    if (!over) timer = setTimeout(run, milliseconds);
  };
  run();
  return () => {
    over = true;
    clearTimeout(timer);
  };
}

// Okabe and Ito: told apart by colour-blind people, on light and on dark.
const palette = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8a8a8a", "#b5a300"];
const given = new Map();

/** The same colour for the same name as long as the page is open. */
export function colourOf(name) {
  if (!given.has(name)) given.set(name, palette[given.size % palette.length]);
  return given.get(name);
}

export const duration = (milliseconds) =>
  milliseconds >= 10000 ? `${(milliseconds / 1000).toFixed(1)} s`
    : milliseconds >= 1000 ? `${(milliseconds / 1000).toFixed(2)} s`
      : milliseconds >= 10 ? `${milliseconds.toFixed(0)} ms` : `${milliseconds.toFixed(2)} ms`;

export const clock = (milliseconds) => new Date(milliseconds).toLocaleTimeString([], { hour12: false }) + "." + String(Math.floor(milliseconds % 1000)).padStart(3, "0");

export function number(value) {
  const size = Math.abs(value);
  if (size >= 1e9) return `${(value / 1e9).toPrecision(3)} G`;
  if (size >= 1e6) return `${(value / 1e6).toPrecision(3)} M`;
  if (size >= 1e4) return `${(value / 1e3).toPrecision(3)} k`;
  return Number(value.toPrecision(3)).toString();
}

/** A choice among resources. */
export function chooser(label, names, chosen, all, onChange) {
  return element("label", {}, label,
    element("select", { change: (event) => onChange(event.target.value) },
      all === null ? [] : element("option", { value: "" }, all),
      names.map((name) => element("option", { value: name, selected: name === chosen }, name))));
}

export const go = (view, query = {}) => {
  const text = new URLSearchParams(Object.entries(query).filter(([, value]) => value)).toString();
  location.hash = `#/${view}${text ? `?${text}` : ""}`;
};
