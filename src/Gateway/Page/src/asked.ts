// What is asked of an analysis beside its clip.

import { modalities, type Modality } from "./analysis";

export interface Asked {
  transcript: File | string | null;
  language: string;
  includeTranscript: boolean;
  modalities: readonly Modality[];
  windows: boolean;
  /** At most so many; null for all. */
  faces: number | null;
  /** The answer is drawn on the clip. */
  overlay: boolean;
  /** Empty for the one that the gateway chooses. */
  release: string;
  /** Empty for nobody. */
  callback: string;
}

export const usual: Asked = {
  transcript: null, language: "", includeTranscript: false, modalities, windows: true, faces: null, overlay: false, release: "", callback: "",
};

/** The fields of a form, without the clip. What is as usual is not said. */
export function fieldsOf(asked: Asked): FormData {
  const form = new FormData();
  const say = (name: string, value: string | null): void => {
    if (value) {
      form.append(name, value);
    }
  };
  say("release", asked.release);
  say("language", asked.language);
  say("callback", asked.callback);
  say("includeTranscript", asked.includeTranscript ? "true" : null);
  say("modalities", asked.modalities.length < modalities.length ? asked.modalities.join(",") : null);
  say("windows", asked.windows ? null : "false");
  say("faces", asked.faces === null ? null : String(asked.faces));
  say("overlay", asked.overlay ? "true" : null);
  if (asked.transcript instanceof File) {
    form.append("transcript", asked.transcript, asked.transcript.name);
  } else if (asked.transcript) {
    form.append("transcript", new Blob([asked.transcript], { type: "text/plain" }));
  }
  return form;
}
