// The options of an analysis, out of the way of those who want none.

import { hasScope } from "./access";
import { modalities, modalityNames } from "./analysis";
import { type Asked, usual } from "./asked";
import { el } from "./dom";
import { offered } from "./api";

const languages: [string, string][] = [["", "Not said"], ["en", "English"], ["en-GB", "English (UK)"], ["en-US", "English (US)"], ["de", "German"], ["es", "Spanish"], ["fr", "French"], ["zh", "Chinese"]];

export class Options {
  readonly element: HTMLDetailsElement;
  private readonly words = el("textarea", { id: "words", rows: 3, placeholder: "What is said in the clip, if you know it" });
  private readonly wordsFile = el("input", { type: "file", id: "words-file", accept: ".txt,.srt,.vtt,text/plain,text/vtt" });
  private readonly transcript = el("fieldset", {},
    el("legend", {}, "Words"),
    el("div", { class: "field" }, el("label", { for: "words" }, "Transcript"), this.words),
    el("div", { class: "field" }, el("label", { for: "words-file" }, "or a file: text, SubRip or WebVTT"), this.wordsFile));
  private readonly language = el("select", { id: "language" }, ...languages.map(([value, name]) => el("option", { value }, name)));
  private readonly include = el("input", { type: "checkbox", id: "include" });
  private readonly looked = modalities.map((modality) => ({ modality, box: el("input", { type: "checkbox", id: `look-${modality}`, checked: true }) }));
  private readonly windows = el("input", { type: "checkbox", id: "windows", checked: true });
  private readonly faces = el("input", { type: "number", id: "faces", min: 0, max: 1000, step: 1, inputmode: "numeric", placeholder: "All" });
  private readonly release = el("select", { id: "release" }, el("option", { value: "" }, "The gateway's choice"));
  private readonly callback = el("input", { type: "url", id: "callback", placeholder: "https://", "aria-describedby": "callback-help" });
  private readonly models = el("div", { class: "field" }, el("label", { for: "release" }, "Release of models"), this.release);
  private isFilled = false;

  constructor() {
    this.models.hidden = !hasScope("models");
    this.looked.forEach(({ box }) => box.addEventListener("change", () => this.requireOne()));
    this.element = el("details", { class: "options" },
      el("summary", {}, "Options", el("span", { class: "faint" }, " words, language, what is looked at, who is told")),
      this.transcript,
      el("fieldset", {},
        el("legend", {}, "Language"),
        el("div", { class: "field" }, el("label", { for: "language" }, "Language that is spoken"), this.language),
        check(this.include, "Show the transcript with the answer")),
      el("fieldset", {},
        el("legend", {}, "What is looked at"),
        el("div", { class: "checks" }, ...this.looked.map(({ modality, box }) => check(box, modalityNames[modality])))),
      el("fieldset", {},
        el("legend", {}, "The answer"),
        check(this.windows, "Over time, not for the whole clip alone"),
        el("div", { class: "field" }, el("label", { for: "faces" }, "Faces at most"), this.faces),
        this.models,
        el("div", { class: "field" },
          el("label", { for: "callback" }, "Address that is told the outcome"), this.callback,
          el("p", { id: "callback-help", class: "faint" }, "By a signed POST, for programs."))));
    this.element.addEventListener("toggle", () => void this.fill());
    this.element.addEventListener("invalid", () => (this.element.open = true), true); // What is wrong must be seen.
  }

  /** One transcript cannot be that of several clips. */
  set isForSeveral(several: boolean) {
    this.transcript.disabled = several;
    this.transcript.hidden = several;
  }

  value(): Omit<Asked, "overlay"> {
    return {
      transcript: this.transcript.disabled ? null : this.wordsFile.files?.[0] ?? (this.words.value.trim() || null),
      language: this.language.value,
      includeTranscript: this.include.checked,
      modalities: this.looked.filter(({ box }) => box.checked).map(({ modality }) => modality),
      windows: this.windows.checked,
      faces: this.faces.value === "" ? usual.faces : Number(this.faces.value),
      release: this.release.value,
      callback: this.callback.value.trim(),
    };
  }

  private requireOne(): void {
    this.looked[0]!.box.setCustomValidity(this.looked.some(({ box }) => box.checked) ? "" : "Choose at least one of voice, face and words.");
  }

  /** The releases are asked for once somebody looks. */
  private async fill(): Promise<void> {
    if (this.isFilled || this.models.hidden || !this.element.open) {
      return;
    }
    this.isFilled = true;
    try {
      this.release.append(...(await offered()).map((models) => el("option", { value: models.name }, models.default ? `${models.name} (the usual one)` : models.name)));
    } catch {
      this.isFilled = false; // The gateway's choice is there; the next look asks again.
    }
  }
}

export function check(box: HTMLInputElement, label: string, ...more: Node[]): HTMLElement {
  return el("div", { class: "field check" }, box, el("label", { for: box.id }, label), ...more);
}
