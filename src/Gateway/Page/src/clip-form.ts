// A clip comes in: dropped, chosen or recorded, with what its owner knows of its words.

import type { Upload } from "./api";
import { announce, el } from "./dom";
import { canRecord, Recorder } from "./recorder";

const languages: [string, string][] = [["", "Not said"], ["en", "English"], ["en-GB", "English (UK)"], ["en-US", "English (US)"], ["de", "German"], ["es", "Spanish"], ["fr", "French"], ["zh", "Chinese"]];
const containers = ".mp4,.m4v,.mov,.mkv,.webm,.avi,.flv,.wav,.mp3,.ogg,.flac,video/*,audio/*";

export class ClipForm {
  readonly element: HTMLFormElement;
  private clip: File | null = null;
  private recorder: Recorder | null = null;
  private readonly input = el("input", { type: "file", id: "clip", accept: containers, class: "unseen" });
  private readonly chosen = el("p", { class: "chosen", role: "status" });
  private readonly send = el("button", { type: "submit", class: "primary wide" }, "Analyse the clip");
  private readonly words = el("textarea", { id: "words", rows: 3, placeholder: "What is said in the clip, if you know it" });
  private readonly wordsFile = el("input", { type: "file", id: "words-file", accept: ".txt,.srt,.vtt,text/plain,text/vtt" });
  private readonly language = el("select", { id: "language" }, ...languages.map(([value, name]) => el("option", { value }, name)));
  private readonly include = el("input", { type: "checkbox", id: "include" });
  private readonly camera = el("div");

  constructor(private readonly onSend: (upload: Upload) => void) {
    this.input.addEventListener("change", () => this.input.files?.[0] && this.choose(this.input.files[0]));
    this.send.disabled = true;
    this.element = el("form", { class: "card form", "aria-labelledby": "form-title" },
      el("h1", { id: "form-title" }, "Which emotion does a clip express?"),
      el("p", { class: "lead" }, "Somebody talking, seen or heard or both. The answer covers voice, face and words, each by itself, and fuses those that the models bring together, over time."),
      this.dropZone(),
      this.chosen,
      this.camera,
      this.options(),
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
      el("p", {}, el("strong", {}, "Drop a clip here"), " or"),
      el("p", { class: "actions" },
        this.input, el("label", { for: "clip", class: "button" }, "Choose a file"),
        canRecord()
          ? el("button", { type: "button", onclick: () => this.record() }, "Record from the camera")
          : el("span", { class: "faint" }, "This browser cannot record here.")),
      el("p", { class: "faint" }, "mp4, mov, mkv, webm, avi, flv, wav, mp3, ogg or flac"));
    zone.addEventListener("dragover", (event) => {
      event.preventDefault();
      zone.classList.add("over");
    });
    zone.addEventListener("dragleave", () => zone.classList.remove("over"));
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      zone.classList.remove("over");
      const file = event.dataTransfer?.files[0];
      if (file) {
        this.choose(file);
      }
    });
    return zone;
  }

  private options(): HTMLElement {
    return el("details", { class: "options" },
      el("summary", {}, "Words and language"),
      el("div", { class: "field" }, el("label", { for: "words" }, "Transcript"), this.words),
      el("div", { class: "field" }, el("label", { for: "words-file" }, "or a file: text, SubRip or WebVTT"), this.wordsFile),
      el("div", { class: "field" }, el("label", { for: "language" }, "Language that is spoken"), this.language),
      el("div", { class: "field check" }, this.include, el("label", { for: "include" }, "Show the transcript with the answer")));
  }

  private record(): void {
    if (this.recorder) {
      return;
    }
    const recorder = new Recorder((clip) => this.choose(clip), () => {
      this.recorder = null;
      this.camera.replaceChildren();
    });
    this.recorder = recorder;
    this.camera.replaceChildren(recorder.element);
    void recorder.open();
  }

  private choose(clip: File): void {
    this.clip = clip;
    const size = clip.size < 1e6 ? `${Math.max(1, Math.round(clip.size / 1e3))} KB` : `${(clip.size / 1e6).toFixed(1)} MB`;
    this.chosen.replaceChildren(el("strong", {}, clip.name), ` ${size}`);
    this.send.disabled = false;
    announce(`${clip.name} is chosen`);
    this.send.focus();
  }

  private submit(): void {
    if (this.clip) {
      this.onSend({
        clip: this.clip,
        transcript: this.wordsFile.files?.[0] ?? (this.words.value.trim() || null),
        language: this.language.value,
        includeTranscript: this.include.checked,
      });
    }
  }
}
