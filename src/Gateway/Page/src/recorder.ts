// A clip from camera and microphone, made in the browser.

import { announce, el } from "./dom";
import { time } from "./emotions";

const longestSeconds = 120;
const formats = ["video/mp4;codecs=avc1.42E01E,mp4a.40.2", "video/webm;codecs=vp9,opus", "video/webm;codecs=vp8,opus", "video/webm"];

export function canRecord(): boolean {
  return typeof MediaRecorder !== "undefined" && Boolean(navigator.mediaDevices?.getUserMedia);
}

export class Recorder {
  readonly element = el("div", { class: "recorder" });
  private readonly picture = el("video", { muted: true, playsinline: true, "aria-label": "What the camera sees" });
  private readonly clock = el("span", { class: "clock" }, "0:00");
  private readonly button = el("button", { type: "button", class: "primary" }, "Start recording");
  private readonly word = el("p", { role: "status" });
  private stream: MediaStream | null = null;
  private recorder: MediaRecorder | null = null;
  private closed = false;
  private ticking = 0;

  constructor(private readonly onClip: (clip: File) => void, private readonly onClose: () => void) {
    this.button.disabled = true; // Until the camera is on.
    this.picture.muted = true; // The attribute alone does not do it for an element made by script.
    this.button.addEventListener("click", () => (this.recorder ? this.take() : this.record()));
    this.element.append(
      this.picture,
      el("p", { class: "actions" }, this.button, this.clock, el("button", { type: "button", class: "quiet", onclick: () => this.close() }, "Close the camera")),
      this.word);
  }

  async open(): Promise<void> {
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: { facingMode: "user", width: { ideal: 1280 } } });
      if (!this.element.isConnected) {
        this.stop(); // Closed before the camera was there.
        return;
      }
      this.picture.srcObject = this.stream;
      await this.picture.play();
      this.button.disabled = false;
      this.button.focus();
    } catch (failure) {
      this.word.textContent = failure instanceof DOMException && failure.name === "NotAllowedError"
        ? "The browser does not let this page use camera and microphone. Allow it in the address bar, then try again."
        : "There is no camera with a microphone that can be used.";
    }
  }

  close(): void {
    this.closed = true;
    this.stop();
    this.element.remove();
    this.onClose();
  }

  private record(): void {
    if (!this.stream) {
      return;
    }
    const parts: Blob[] = [];
    const mimeType = formats.find((format) => MediaRecorder.isTypeSupported(format));
    const recorder = new MediaRecorder(this.stream, mimeType ? { mimeType } : {});
    recorder.addEventListener("dataavailable", (event) => parts.push(event.data));
    recorder.addEventListener("stop", () => {
      const type = recorder.mimeType.split(";")[0] ?? "video/webm";
      if (!this.closed) { // Also where it ended by itself, as when the camera is unplugged.
        this.onClip(new File(parts, `Recording.${type.includes("mp4") ? "mp4" : "webm"}`, { type }));
        this.close();
      }
    });
    recorder.start(1000);
    this.recorder = recorder;
    this.element.classList.add("live");
    this.button.textContent = "Stop and use it";
    announce("Recording");
    const startedAt = performance.now();
    this.ticking = window.setInterval(() => {
      const seconds = (performance.now() - startedAt) / 1000;
      this.clock.textContent = time(Math.floor(seconds));
      if (seconds >= longestSeconds) {
        this.take();
      }
    }, 250);
  }

  private take(): void {
    if (this.recorder?.state === "recording") {
      this.recorder.stop();
    }
  }

  private stop(): void {
    window.clearInterval(this.ticking);
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = null;
  }
}
