// A clip comes in, or several: dropped, chosen or recorded, with what is asked of the answer.

import type { Asked } from "./asked";
import { isZip } from "./batches";
import { announce, el } from "./dom";
import { check, Options } from "./options";
import { canRecord, Recorder } from "./recorder";

const kinds = ".mp4,.m4v,.mov,.mkv,.webm,.avi,.flv,.wav,.mp3,.ogg,.flac,.zip,video/*,audio/*,application/zip";

/** Names that are shown of many clips. */
const namesShown = 8;

export class ClipForm {
  readonly element: HTMLFormElement;
  private clips: File[] = [];
  private recorder: Recorder | null = null;
  private readonly input = el("input", { type: "file", id: "clip", accept: kinds, multiple: true, class: "unseen" });
  private readonly chosen = el("div", { class: "chosen", role: "status" });
  private readonly send = el("button", { type: "submit", class: "primary wide" }, "Analyse the clip");
  private readonly overlay = el("input", { type: "checkbox", id: "overlay", "aria-describedby": "overlay-help" });
  private readonly options = new Options();
  private readonly camera = el("div");

  constructor(private readonly onSend: (clips: File[], asked: Asked) => void) {
    this.input.addEventListener("change", () => this.choose([...(this.input.files ?? [])]));
    this.send.disabled = true;
    this.element = el("form", { class: "card form", "aria-labelledby": "form-title" },
      el("h1", { id: "form-title" }, "Which emotion does a clip express?"),
      el("p", { class: "lead" }, "Somebody talking, seen or heard or both. The answer covers voice, face and words, each by itself, and fuses those that the models bring together, over time."),
      this.dropZone(),
      this.chosen,
      this.camera,
      el("div", {},
        check(this.overlay, "Draw the answer on the clip, too"),
        el("p", { id: "overlay-help", class: "faint under" }, "Faces, numbers and bars, as an mp4. The gateway keeps it as long as the answer, and the faces with it.")),
      this.options.element,
      this.send);
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
  }

  /** The light of the camera goes off with the form. */
  close(): void {
    this.recorder?.close();
  }

  private dropZone(): HTMLElement {
    const zone = el("div", { class: "drop" },
      el("p", {}, el("strong", {}, "Drop a clip here"), ", or several"),
      el("p", { class: "actions" },
        this.input, el("label", { for: "clip", class: "button" }, "Choose files"),
        canRecord()
          ? el("button", { type: "button", onclick: () => this.record() }, "Record from the camera")
          : el("span", { class: "faint" }, "This browser cannot record here.")),
      el("p", { class: "faint" }, "mp4, mov, mkv, webm, avi, flv, wav, mp3, ogg, flac, or a zip of them"));
    zone.addEventListener("dragover", (event) => {
      event.preventDefault();
      zone.classList.add("over");
    });
    zone.addEventListener("dragleave", () => zone.classList.remove("over"));
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      zone.classList.remove("over");
      this.choose([...(event.dataTransfer?.files ?? [])]);
    });
    return zone;
  }

  private record(): void {
    if (this.recorder) {
      return;
    }
    const recorder = new Recorder((clip) => this.choose([clip]), () => {
      this.recorder = null;
      this.camera.replaceChildren();
    });
    this.recorder = recorder;
    this.camera.replaceChildren(recorder.element);
    void recorder.open();
  }

  private choose(clips: File[]): void {
    const [first] = clips;
    if (!first) {
      return; // Somebody chose nothing after all.
    }
    this.clips = clips;
    const isBatch = clips.length > 1 || isZip(first);
    const bytes = size(clips.reduce((sum, clip) => sum + clip.size, 0));
    const what = clips.length > 1 ? `${clips.length} clips` : first.name;
    this.chosen.replaceChildren(
      el("p", {}, el("strong", {}, what), ` ${bytes}`),
      ...(clips.length > 1 ? [el("ul", { class: "names faint" },
        ...clips.slice(0, namesShown).map((clip) => el("li", {}, clip.name)),
        clips.length > namesShown && el("li", {}, `and ${clips.length - namesShown} more`))] : []));
    this.options.isForSeveral = isBatch;
    this.send.textContent = isBatch ? (clips.length > 1 ? `Analyse ${clips.length} clips` : "Analyse the clips of the zip") : "Analyse the clip";
    this.send.disabled = false;
    announce(clips.length > 1 ? `${what} are chosen` : `${what} is chosen`);
    this.send.focus();
  }

  private submit(): void {
    if (this.clips.length > 0) {
      this.onSend(this.clips, { ...this.options.value(), overlay: this.overlay.checked });
    }
  }
}

function size(bytes: number): string {
  return bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} KB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
