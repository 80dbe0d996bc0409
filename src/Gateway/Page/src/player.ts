// The clip with its faces. It is played from this browser: the gateway keeps no clips, but the one that it has drawn the answer on, if it was asked to.

import { type Analysis, type Face, type FaceBox, windowAt } from "./analysis";
import { overlayAddress } from "./api";
import { el, svg } from "./dom";
import { capital, type Emotion, looks, percent } from "./emotions";

/** A face is shown for so long beyond the moments at which it was seen. */
const slack = 0.3;

export class Player {
  readonly element = el("section", { class: "card player", "aria-label": "Clip" });
  private readonly video = el("video", { controls: true, playsinline: true, preload: "auto", "aria-label": "The clip" });
  private readonly overlay = svg("svg", { class: "overlay", "aria-hidden": "true" });
  private readonly word = el("p", { class: "faint" });
  private address: string | null = null;
  private frame = 0;
  /** Where to go once the length is known: before, the browser takes no time. */
  private wanted: number | null = null;
  private isReady = false;
  /** What is played has the faces drawn on it already. */
  private isDrawn = false;

  constructor(private readonly analysis: Analysis, clip: File | undefined, private readonly onTime: (seconds: number) => void, onAttach: (clip: File) => void) {
    const stage = el("div", { class: analysis.clip.hasVideo ? "stage" : "stage sound" }, this.video, this.overlay);
    const input = el("input", { type: "file", id: "attach", class: "unseen", accept: "video/*,audio/*,.mkv,.avi,.flv" });
    const absent = el("div", { class: "absent" },
      el("p", {}, "The gateway does not keep clips. Choose the file again to see it beside its answer; it stays in this browser."),
      el("p", { class: "actions" }, input, el("label", { for: "attach", class: "button" }, "Choose the clip")));
    input.addEventListener("change", () => {
      const file = input.files?.[0];
      if (file) {
        onAttach(file);
        absent.replaceWith(stage);
        this.load(file);
      }
    });
    const hasDrawn = analysis.overlay?.status === "made";
    this.element.append(clip || hasDrawn ? stage : absent, this.word);
    this.video.addEventListener("loadedmetadata", () => this.ready());
    this.video.addEventListener("seeked", () => this.tick());
    this.video.addEventListener("play", () => this.run());
    new ResizeObserver(() => this.draw(this.video.currentTime)).observe(this.video); // Letters keep their size on the screen.
    this.video.addEventListener("error", () => {
      if (hasDrawn && !this.isDrawn) {
        this.loadDrawn(); // An mp4, whatever the clip was.
      } else {
        this.word.textContent = "This browser cannot play the file. The answer stands without it.";
      }
    });
    if (clip) {
      this.load(clip);
    } else if (hasDrawn) {
      this.loadDrawn();
    }
  }

  seek(seconds: number): void {
    if (this.isReady) {
      this.video.currentTime = seconds;
    } else {
      this.wanted = seconds;
    }
    this.onTime(seconds); // At once, and where there is nothing to play.
    this.draw(seconds);
  }

  toggle(): void {
    void (this.video.paused ? this.video.play().catch(() => undefined) : this.video.pause());
  }

  close(): void {
    cancelAnimationFrame(this.frame);
    this.video.removeAttribute("src");
    this.video.load();
    if (this.address) {
      URL.revokeObjectURL(this.address);
    }
  }

  private load(clip: File): void {
    this.address = URL.createObjectURL(clip);
    this.video.src = this.address;
  }

  private loadDrawn(): void {
    this.isDrawn = true;
    this.video.src = overlayAddress(this.analysis.id);
    this.word.textContent = "The clip with the answer drawn on it, which the gateway keeps as long as the answer.";
  }

  private ready(): void {
    if (this.video.duration === Infinity) {
      // A recording that does not say its length: the browser finds it by looking for the end.
      this.video.addEventListener("durationchange", () => this.begin(0), { once: true });
      this.video.currentTime = Number.MAX_SAFE_INTEGER;
    } else {
      this.begin(null);
    }
    const { videoWidth, videoHeight } = this.video;
    this.overlay.setAttribute("viewBox", `0 0 ${videoWidth || 1} ${videoHeight || 1}`);
    this.tick();
  }

  private begin(start: number | null): void {
    const seconds = this.wanted ?? start;
    [this.wanted, this.isReady] = [null, true];
    if (seconds !== null) {
      this.video.currentTime = seconds;
    }
  }

  private run(): void {
    this.tick();
    if (!this.video.paused && !this.video.ended) {
      this.frame = requestAnimationFrame(() => this.run());
    }
  }

  private tick(): void {
    const seconds = this.wanted ?? this.video.currentTime;
    this.onTime(seconds);
    this.draw(seconds);
  }

  private draw(seconds: number): void {
    const { videoWidth: width, videoHeight: height, clientWidth } = this.video;
    if (!width || !height || this.isDrawn) {
      return;
    }
    const pixel = Math.max(width / Math.max(clientWidth, 1), height / Math.max(this.video.clientHeight, 1)); // Of the screen, in those of the clip.
    const window = this.analysis.windows[windowAt(this.analysis.windows, seconds)];
    this.overlay.replaceChildren(...this.analysis.faces.flatMap((face) => {
      const box = boxAt(face, seconds);
      const answer = window?.faces.find((found) => found.id === face.id);
      return box ? [mark(box, face.id, answer ? [answer.prediction, answer.posterior[answer.prediction]] : null, window?.fused.face === face.id, width, height, pixel)] : [];
    }));
  }
}

/** Between two pictures in which it was seen, in between; null where it is not there. */
export function boxAt(face: Face, seconds: number): FaceBox | null {
  const after = face.boxes.findIndex((box) => box.time >= seconds);
  const next = after < 0 ? undefined : face.boxes[after];
  const previous = after < 0 ? face.boxes.at(-1) : face.boxes[after - 1];
  if (!previous || !next) {
    const only = previous ?? next;
    return only && Math.abs(only.time - seconds) <= slack ? only : null;
  }
  if (next.time - previous.time > 4 * slack) {
    return seconds - previous.time <= slack ? previous : next.time - seconds <= slack ? next : null;
  }
  const share = (seconds - previous.time) / (next.time - previous.time);
  const between = (a: number, b: number): number => a + (b - a) * share;
  return {
    time: seconds,
    left: between(previous.left, next.left),
    top: between(previous.top, next.top),
    width: between(previous.width, next.width),
    height: between(previous.height, next.height),
  };
}

function mark(box: FaceBox, id: number, answer: [Emotion, number] | null, isFused: boolean, width: number, height: number, pixel: number): SVGGElement {
  const colour = answer ? looks[answer[0]].colour : "#ffffff";
  const text = answer ? `${id} · ${capital(answer[0])} ${percent(answer[1])}` : String(id);
  const [x, y, wide, tall] = [box.left * width, box.top * height, box.width * width, box.height * height];
  const plate = { width: (text.length * 7.4 + 12) * pixel, height: 20 * pixel };
  const left = Math.min(Math.max(x, 0), Math.max(width - plate.width, 0));
  const top = y >= plate.height ? y - plate.height : Math.min(y + tall, height - plate.height);
  const frame = { x, y, width: wide, height: tall, rx: 6 * pixel, fill: "none" };
  return svg("g", { class: "face", "data-face": id },
    svg("rect", { ...frame, stroke: "#000000", "stroke-opacity": 0.55, "stroke-width": 5 * pixel }),
    svg("rect", { ...frame, stroke: colour, "stroke-width": (isFused ? 3 : 2) * pixel, "stroke-dasharray": isFused ? null : `${6 * pixel} ${5 * pixel}` }),
    svg("rect", { x: left, y: top, ...plate, rx: 4 * pixel, fill: colour }),
    svg("text", { x: left + 6 * pixel, y: top + 14.5 * pixel, "font-size": 13 * pixel, "font-weight": 600, fill: answer ? looks[answer[0]].ink : "#14161b" }, text));
}
