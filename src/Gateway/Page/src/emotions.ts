// Eight emotions that are told apart by name, by pattern and by colour (Okabe and Ito's palette, which colour-blind people can tell apart).

import { svg } from "./dom";

export const emotions = ["neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised"] as const;

export type Emotion = (typeof emotions)[number];

interface Look {
  colour: string;
  /** Of words on the colour. */
  ink: string;
  /** A path that is repeated every eight pixels. */
  pattern: string;
}

const dark = "#14161b";

export const looks: Record<Emotion, Look> = {
  neutral: { colour: "#a3a8b3", ink: dark, pattern: "" },
  calm: { colour: "#56b4e9", ink: dark, pattern: "M0 2h8M0 6h8" },
  happy: { colour: "#e69f00", ink: dark, pattern: "M2 1.2v1.6M6 5.2v1.6" },
  sad: { colour: "#0072b2", ink: "#ffffff", pattern: "M-2 2L2 -2M0 8L8 0M6 10L10 6" },
  angry: { colour: "#d55e00", ink: dark, pattern: "M0 0L8 8M8 0L0 8" },
  fearful: { colour: "#cc79a7", ink: dark, pattern: "M2 0v8M6 0v8" },
  disgust: { colour: "#009e73", ink: dark, pattern: "M-2 6L2 10M0 0L8 8M6 -2L10 2" },
  surprised: { colour: "#f0e442", ink: dark, pattern: "M0 6L2 4L4 6L6 4L8 6" },
};

export const fillOf = (emotion: Emotion): string => `url(#fill-${emotion})`;

/** What fillOf refers to: once in the page, and once in each picture that leaves it. */
export function fills(): SVGDefsElement {
  return svg("defs", {}, ...emotions.map((emotion) => {
    const look = looks[emotion];
    return svg("pattern", { id: `fill-${emotion}`, width: 8, height: 8, patternUnits: "userSpaceOnUse" },
      svg("rect", { width: 8, height: 8, fill: look.colour }),
      look.pattern && svg("path", { d: look.pattern, stroke: look.ink, "stroke-opacity": 0.34, "stroke-width": 1.3, "stroke-linecap": "square", fill: "none" }));
  }));
}

/** A little square that shows how an emotion looks in the charts. */
export function swatch(emotion: Emotion): SVGSVGElement {
  return svg("svg", { class: "swatch", viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true" },
    svg("rect", { x: 0.5, y: 0.5, width: 15, height: 15, rx: 3, fill: fillOf(emotion), stroke: "currentColor", "stroke-opacity": 0.45 }));
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function percent(share: number): string {
  const value = share * 100;
  return value > 0 && value < 1 ? "< 1 %" : `${Math.round(value)} %`;
}

/** A change of a probability, with its sign. */
export function points(change: number, digits = 0): string {
  return `${change > 0 ? "+" : change < 0 ? "−" : ""}${Math.abs(change * 100).toFixed(digits)} points`;
}

export function time(seconds: number): string {
  const whole = Math.floor(seconds);
  const rest = seconds < 60 && !Number.isInteger(seconds) ? `.${Math.floor((seconds - whole) * 10)}` : "";
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}${rest}`;
}
