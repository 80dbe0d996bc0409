// The answers over time: a row for the fused ones and one for each modality, in each window a stack of the eight probabilities.

import { type Analysis, type FusedAnswer, modalities, type Modality, type ModalityAnswer, modalityNames, reasonWord, windowAt, type WindowAnswer } from "./analysis";
import { el, svg } from "./dom";
import { capital, type Emotion, emotions, fillOf, fills, looks, percent, points, swatch, time } from "./emotions";

type Row = "fused" | Modality;

const rows: readonly Row[] = ["fused", ...modalities];
const heights: Record<Row, number> = { fused: 76, audio: 46, video: 46, text: 46 };
const gutter = 54;
const gap = 8;
const axis = 24;
const narrowestWindow = 10;
const above = 14;
const height = rows.reduce((sum, row) => sum + heights[row] + gap, above) + axis;

export class Timeline {
  readonly element: HTMLElement;
  private readonly scroll: HTMLElement;
  private readonly readout = el("dl", { class: "readout" });
  private readonly head = svg("g", { class: "head" }, svg("line", { y1: 0, y2: height - axis - 2 }), svg("path", { d: "M-6 0H6L0 9Z" }));
  private readonly seconds: number;
  private picture: SVGSVGElement | null = null;
  private width = 0;
  private now = 0;
  private shown = -1;
  private readonly deciding: ReadonlySet<number>;

  constructor(private readonly analysis: Analysis, private readonly onSeek: (seconds: number) => void, private readonly onToggle: () => void) {
    this.seconds = Math.max(analysis.clip.seconds, 0.1);
    // Of a single window there is nothing to choose.
    this.deciding = new Set(analysis.windows.length > 1 ? analysis.fused.decidedBy?.windows : []);
    this.scroll = el("div", {
      class: "timeline", role: "slider", tabindex: 0, "aria-label": "Timeline of emotions", "aria-orientation": "horizontal",
      "aria-valuemin": 0, "aria-valuemax": this.seconds,
    });
    this.scroll.addEventListener("pointerdown", (event) => this.grab(event));
    this.scroll.addEventListener("pointermove", (event) => this.scroll.hasPointerCapture(event.pointerId) && this.onSeek(this.secondsAt(event)));
    this.scroll.addEventListener("keydown", (event) => this.key(event));
    this.element = el("section", { class: "card", "aria-labelledby": "timeline-title" },
      el("h2", { id: "timeline-title" }, "Over time"),
      this.scroll,
      el("ul", { class: "legend", "aria-label": "Emotions" },
        ...emotions.map((emotion) => el("li", {}, swatch(emotion), capital(emotion))),
        this.deciding.size > 0 && el("li", {}, svg("svg", { width: 18, height: 14, "aria-hidden": "true" }, mark(1, 17, 8)), "Decided about the whole clip")),
      this.readout,
      table(analysis.windows, this.deciding));
    new ResizeObserver(() => this.draw()).observe(this.scroll);
    this.setTime(0);
  }

  setTime(seconds: number): void {
    this.now = Math.min(Math.max(seconds, 0), this.seconds);
    this.head.setAttribute("transform", `translate(${this.x(this.now)} 0)`);
    this.follow();
    const index = windowAt(this.analysis.windows, this.now);
    const window = this.analysis.windows[index];
    this.scroll.setAttribute("aria-valuenow", this.now.toFixed(1));
    this.scroll.setAttribute("aria-valuetext", window ? `${time(this.now)}, ${spoken(window.fused)}` : time(this.now));
    if (window && index !== this.shown) {
      this.shown = index;
      this.readout.replaceChildren(...describe(window, this.deciding.has(index)));
    }
  }

  /** The picture by itself, for other programs. */
  toFile(): string {
    const picture = this.paint(960);
    picture.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    picture.setAttribute("color", "#14161b");
    picture.setAttribute("font-family", "system-ui, sans-serif");
    picture.prepend(svg("title", {}, "Expressed emotions over time: an estimate"), fills(), svg("rect", { width: 960, height, fill: "#ffffff" }));
    return new XMLSerializer().serializeToString(picture);
  }

  /** Keeps the moment in sight where the picture is wider than its place. */
  private follow(): void {
    const { scrollLeft, clientWidth } = this.scroll;
    const x = this.x(this.now);
    if (this.width > clientWidth && (x < scrollLeft + gutter || x > scrollLeft + clientWidth - gap)) {
      this.scroll.scrollLeft = x - clientWidth / 2;
    }
  }

  private draw(): void {
    const width = Math.max(Math.floor(this.scroll.clientWidth), gutter + this.analysis.windows.length * narrowestWindow);
    if (width === this.width || this.scroll.clientWidth === 0) {
      return;
    }
    this.width = width;
    this.scroll.classList.toggle("wide", width > this.scroll.clientWidth);
    this.picture?.remove();
    this.picture = this.paint(width);
    this.picture.append(this.head);
    this.scroll.append(this.picture);
    this.setTime(this.now);
  }

  private paint(width: number): SVGSVGElement {
    const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, "font-size": 12, "aria-hidden": "true" });
    let top = above;
    for (const index of this.deciding) {
      const window = this.analysis.windows[index]!;
      picture.append(mark(this.x(window.start, width) + 1, this.x(window.end, width) - 1, above - 3));
    }
    for (const row of rows) {
      picture.append(svg("text", { x: 0, y: top + heights[row] / 2 + 4, fill: "currentColor", "font-weight": row === "fused" ? 650 : 400 }, modalityNames[row]));
      for (const window of this.analysis.windows) {
        picture.append(cell(window[row], this.x(window.start, width) + 1, this.x(window.end, width) - 1, top, heights[row]));
      }
      top += heights[row] + gap;
    }
    for (const second of ticks(this.seconds, width - gutter)) {
      const x = this.x(second, width);
      picture.append(
        svg("line", { x1: x, x2: x, y1: top - 2, y2: top + 4, stroke: "currentColor", "stroke-opacity": 0.5 }),
        svg("text", { x, y: top + 17, fill: "currentColor", "fill-opacity": 0.75, "text-anchor": x > width - 16 ? "end" : "middle" }, time(second)));
    }
    return picture;
  }

  private x(seconds: number, width = this.width): number {
    return gutter + (seconds / this.seconds) * (width - gutter - 1);
  }

  private secondsAt(event: PointerEvent): number {
    const x = event.clientX - this.scroll.getBoundingClientRect().left + this.scroll.scrollLeft;
    return Math.min(Math.max(((x - gutter) / (this.width - gutter - 1)) * this.seconds, 0), this.seconds);
  }

  private grab(event: PointerEvent): void {
    if (event.button === 0) {
      this.scroll.setPointerCapture(event.pointerId);
      this.onSeek(this.secondsAt(event));
    }
  }

  private key(event: KeyboardEvent): void {
    const windows = this.analysis.windows;
    const index = windowAt(windows, this.now);
    const go = (to: number): void => this.onSeek(windows[Math.min(Math.max(to, 0), windows.length - 1)]?.start ?? 0);
    switch (event.key) {
      case "ArrowRight": case "ArrowUp": go(index + 1); break;
      case "ArrowLeft": case "ArrowDown": go(this.now > (windows[index]?.start ?? 0) + 0.5 ? index : index - 1); break;
      case "PageUp": go(index + 5); break;
      case "PageDown": go(index - 5); break;
      case "Home": go(0); break;
      case "End": go(windows.length - 1); break;
      case " ": this.onToggle(); break;
      default: return;
    }
    event.preventDefault();
  }
}

/** A bar over a window that decided. */
function mark(left: number, right: number, bottom: number): SVGRectElement {
  return svg("rect", { class: "deciding", x: left, y: bottom - 5, width: Math.max(right - left, 1), height: 5, rx: 2, fill: "currentColor" });
}

function cell(answer: FusedAnswer | ModalityAnswer, left: number, right: number, top: number, tall: number): SVGGElement {
  const width = Math.max(right - left, 1);
  const group = svg("g", { "data-status": answer.status });
  if (!answer.posterior) {
    group.append(svg("rect", { x: left + 0.5, y: top + 0.5, width: Math.max(width - 1, 1), height: tall - 1, rx: 4, fill: "none", stroke: "currentColor", "stroke-opacity": 0.3, "stroke-dasharray": "4 4" }));
    write(group, reasonWord(answer.reason), left, width, top + tall / 2, "currentColor");
    return group;
  }
  let bottom = top + tall;
  for (const emotion of emotions) {
    const share = answer.posterior[emotion] * tall;
    bottom -= share;
    if (share > 0.2) {
      group.append(svg("rect", { x: left, y: bottom, width, height: share, fill: fillOf(emotion) }));
    }
    if (emotion === answer.prediction && share >= 15) {
      label(group, emotion, answer.status === "uncertain", left, width, bottom + share / 2);
    }
  }
  return group;
}

/** The name on its colour, on a plate that keeps the pattern from running through the letters. */
function label(group: SVGGElement, emotion: Emotion, uncertain: boolean, left: number, width: number, middle: number): void {
  const text = uncertain ? `${capital(emotion)}?` : capital(emotion);
  const wide = text.length * 6.6 + 10;
  if (wide <= width) {
    group.append(
      svg("rect", { x: left + width / 2 - wide / 2, y: middle - 8, width: wide, height: 16, rx: 3, fill: looks[emotion].colour }),
      svg("text", { x: left + width / 2, y: middle + 4, "text-anchor": "middle", fill: looks[emotion].ink }, text));
  }
}

function write(group: SVGGElement, text: string, left: number, width: number, middle: number, fill: string): void {
  if (text.length * 6.6 <= width) {
    group.append(svg("text", { x: left + width / 2, y: middle + 4, "text-anchor": "middle", fill, "fill-opacity": 0.75 }, text));
  }
}

function ticks(seconds: number, width: number): number[] {
  const step = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800].find((candidate) => (candidate / seconds) * width >= 48) ?? 3600;
  return Array.from({ length: Math.floor(seconds / step) + 1 }, (_, index) => index * step);
}

function spoken(answer: FusedAnswer | ModalityAnswer): string {
  return answer.prediction && answer.posterior
    ? `${answer.prediction} ${percent(answer.posterior[answer.prediction])}${answer.status === "uncertain" ? ", uncertain" : ""}`
    : reasonWord(answer.reason);
}

function describe(window: WindowAnswer, decided: boolean): HTMLElement[] {
  return [
    el("div", {}, el("dt", {}, decided ? "Window that decided" : "Window"), el("dd", {}, `${time(window.start)} to ${time(window.end)}`)),
    ...rows.map((row) => el("div", {}, el("dt", {}, modalityNames[row]), el("dd", {}, window[row].prediction ? swatch(window[row].prediction!) : null, spoken(window[row])))),
  ];
}

function table(windows: WindowAnswer[], deciding: ReadonlySet<number>): HTMLElement {
  return el("details", { class: "numbers" },
    el("summary", {}, "The same as a table"),
    el("div", { class: "sideways", tabindex: 0, role: "region", "aria-label": "Answers by window" }, el("table", {},
      el("thead", {}, el("tr", {}, ...["From", "To", ...rows.map((row) => modalityNames[row]), "For the clip's answer"].map((name) => el("th", { scope: "col" }, name)))),
      el("tbody", {}, ...windows.map((window, index) => el("tr", {},
        el("td", {}, time(window.start)),
        el("td", {}, time(window.end)),
        ...rows.map((row) => el("td", {}, spoken(window[row]))),
        el("td", {}, `${window.contribution === null ? "" : points(window.contribution, 1)}${deciding.has(index) ? ", decided" : ""}`)))))));
}
