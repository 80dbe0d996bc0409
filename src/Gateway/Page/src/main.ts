// One page: a clip goes in at #/, its progress and its answer are at #/analyses/{id}.

import { aboutView } from "./about-view";
import { type Access, look, onSignedOut, signOut } from "./access";
import { cancel, follow, get, send, type Upload } from "./api";
import type { Analysis } from "./analysis";
import type { Asked } from "./asked";
import { isZip, sendBatch } from "./batches";
import { BatchView } from "./batch-view";
import { ClipForm } from "./clip-form";
import { DeliveriesView } from "./deliveries-view";
import { announce, el, svg } from "./dom";
import { capital, fills } from "./emotions";
import { HistoryView } from "./history-view";
import { KeysView } from "./keys-view";
import { Problem } from "./problem";
import { problemView } from "./problem-view";
import { ProgressView } from "./progress-view";
import { ResultView } from "./result-view";
import { type Entry, session } from "./session";
import { signInView } from "./sign-in-view";
import { installTheme } from "./theme";
import { giveUp } from "./uploads";

const main = document.getElementById("main")!;
const account = document.getElementById("account") as HTMLButtonElement;

const keys = document.getElementById("keys") as HTMLAnchorElement;

let signedOut = false;

/** Ends what the present view has going on. */
let leave: () => void = () => undefined;

let navigation = 0;

/** Leaves the present view. What is returned tells whether the one that comes instead is still there: what is late is not shown. */
function move(): () => boolean {
  leave();
  leave = () => undefined;
  const mine = ++navigation;
  return () => mine === navigation;
}

function show(...views: (Node | null)[]): void {
  main.replaceChildren(...views.filter((view) => view !== null));
}

function home(): void {
  move();
  const history = new HistoryView();
  const form = new ClipForm((clips, asked) => void sendAll(clips, asked));
  leave = () => {
    history.close();
    form.close();
  };
  document.title = "Emotion";
  show(el("div", { class: "home" },
    form.element,
    el("div", { class: "column" }, history.element, aboutView())));
}

function sendAll(clips: File[], asked: Asked): Promise<void> {
  const [first] = clips;
  return clips.length === 1 && first && !isZip(first) ? sendClip({ clip: first, asked }) : sendClips(clips, asked);
}

function sendClip(upload: Upload): Promise<void> {
  return uploading(
    upload.clip.name,
    async (progress, signal) => {
      const listener = { fraction: (sent: number) => progress.uploading(sent), waiting: (word: string | null) => progress.waiting(word) };
      const accepted = await send(upload, listener, signal);
      session.add(accepted.id, upload);
      return `#/analyses/${accepted.id}`;
    },
    () => giveUp(upload.clip),
    () => void sendClip(upload));
}

function sendClips(clips: File[], asked: Asked): Promise<void> {
  return uploading(
    clips.length > 1 ? `${clips.length} clips` : clips[0]!.name,
    async (progress, signal) => {
      const batch = await sendBatch(clips, asked, (sent) => progress.uploading(sent), signal);
      session.addBatch(batch.id, clips);
      return `#/batches/${batch.id}`;
    },
    () => undefined,
    () => void sendClips(clips, asked));
}

/**
 * @param sendIt Gives the address of what was accepted.
 * @param onCancelled Before anything was accepted.
 */
async function uploading(
  name: string, sendIt: (progress: ProgressView, signal: AbortSignal) => Promise<string>, onCancelled: () => void, again: () => void,
): Promise<void> {
  const here = move();
  const abort = new AbortController();
  leave = () => abort.abort();
  const progress = new ProgressView("Uploading", null, () => {
    abort.abort();
    onCancelled();
  });
  document.title = `${name} – Emotion`;
  show(title(name), progress.element);
  main.focus();
  progress.uploading(0);
  try {
    const address = await sendIt(progress, abort.signal);
    if (here()) {
      location.hash = address;
    }
  } catch (failure) {
    if (!here()) {
      return; // Somebody went on meanwhile.
    }
    if (failure instanceof Problem) {
      show(title(name), problemView(failure, again));
    } else if (abort.signal.aborted) {
      route();
    } else {
      throw failure;
    }
  }
}

function batch(id: string): void {
  const here = move();
  const name = session.nameOf(id);
  const heading = name === "Analysis" ? "Batch" : name;
  document.title = `${heading} – Emotion`;
  const view = new BatchView(id, heading, {
    items: (items) => session.nameClips(id, items),
    deleted: () => {
      session.remove(id);
      announce("The batch is deleted");
      if (here()) {
        location.hash = "#/";
      }
    },
    problem: (failure) => here() && problem(failure, id, heading, () => batch(id)),
  });
  leave = () => view.close();
  show(title(heading), view.element);
}

async function analysis(id: string): Promise<void> {
  const here = move();
  const name = session.nameOf(id);
  document.title = `${name} – Emotion`;
  show(title(name));
  try {
    const found = await get(id);
    if (!here()) {
      return; // Somebody went on meanwhile.
    }
    if (found.status === "done") {
      result(found);
    } else {
      watch(id, name, here);
    }
  } catch (failure) {
    if (here()) {
      problem(failure, id, name);
    }
  }
}

function watch(id: string, name: string, here: () => boolean): void {
  const progress = new ProgressView("Analysing", "You may leave this page: the analysis goes on, and the start page lists it.", () => void cancel(id).catch((failure: unknown) => {
    if (here() && !(failure instanceof Problem && failure.reason === "already-ended")) { // Its end is on the way here.
      problem(failure, id, name);
    }
  }));
  show(title(name, session.batchOf(id)), progress.element);
  main.focus();
  leave = follow(id, {
    progress: (report) => here() && progress.show(report.stages),
    result: (done) => here() && result(done),
    problem: (failure) => here() && problem(failure, id, name),
  });
}

function result(done: Analysis): void {
  move();
  const name = session.nameOf(done.id);
  const view = new ResultView(done);
  leave = () => view.close();
  show(title(name, session.batchOf(done.id)), view.element);
  announce(`The answer is there: ${done.fused.prediction ? capital(done.fused.prediction) : "no answer"}`);
}

/** @param ask Puts the question again: where nobody answered, what it is about may well be there, and is not sent again. */
function problem(failure: unknown, id: string, name: string, ask: () => void = () => void analysis(id)): void {
  move();
  const upload = session.uploadOf(id);
  const told = failure instanceof Problem ? failure : new Problem({ detail: String(failure) });
  const again = told.reason === "unreachable" ? ask : upload ? () => void sendClip(upload) : null;
  const callbacks = told.isOfAnalysis ? new DeliveriesView(id) : null;
  leave = () => callbacks?.close();
  show(title(name, session.batchOf(id)), problemView(told, again), callbacks?.element ?? null);
}

/** @param batch That it belongs to. */
function title(name: string, batch?: Entry): HTMLElement {
  return el("div", { class: "title" },
    el("p", { class: "actions" },
      el("a", { href: "#/", class: "back" }, "New analysis"),
      batch && el("a", { href: `#/batches/${batch.id}`, class: "back" }, `Batch: ${batch.name}`)),
    el("h1", {}, name));
}

function keysPage(): void {
  move();
  document.title = "Keys – Emotion";
  show(title("Keys"), new KeysView().element);
}

function signIn(): void {
  move();
  account.hidden = keys.hidden = true;
  document.title = "Sign in – Emotion";
  show(signInView(() => void begin()));
}

/** The first view: what the address says, for who is let in. */
async function begin(): Promise<void> {
  const access: Access = await look();
  account.hidden = !access.key;
  keys.hidden = !access.key?.scopes.includes("admin");
  account.setAttribute("aria-label", `Sign out ${access.key?.name ?? ""}`.trim());
  account.title = access.key?.name ?? "";
  signedOut = access.keysRequired && !access.key;
  if (signedOut) {
    signIn();
  } else {
    route();
  }
}

function route(): void {
  if (signedOut) {
    return; // The address waits until somebody has signed in.
  }
  if (location.hash === "#/keys" && !keys.hidden) {
    keysPage();
    return;
  }
  const [, kind, id] = /^#\/(analyses|batches)\/([0-9a-f]{32})$/.exec(location.hash) ?? [];
  if (!id) {
    home();
  } else if (kind === "batches") {
    batch(id);
  } else {
    void analysis(id);
  }
}

document.body.append(svg("svg", { class: "unseen", width: 0, height: 0, "aria-hidden": "true" }, fills()));
installTheme(document.getElementById("theme") as HTMLButtonElement);
document.querySelector<HTMLAnchorElement>(".skip")!.addEventListener("click", (event) => {
  event.preventDefault(); // Its address would be taken for a place in the page.
  main.focus();
});
window.addEventListener("hashchange", route);
onSignedOut(() => void begin());
account.addEventListener("click", () => void signOut().then(() => {
  session.clear(); // Who comes next is perhaps somebody else.
  return begin();
}));
for (const name of ["dragover", "drop"] as const) {
  // A file that falls beside its place would else replace the page.
  window.addEventListener(name, (event) => event.dataTransfer?.types.includes("Files") && event.preventDefault());
}
document.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) {
    return; // It opens elsewhere, and nothing here has to give way.
  }
  // A link to where one is already changes no address, and an upload or its refusal has none of its own.
  if (event.target instanceof Element && event.target.closest('a[href="#/"]') && location.hash === "#/") {
    route();
  }
});
void begin();
