// One page: a clip goes in at #/, its progress and its answer are at #/analyses/{id}.

import { aboutView } from "./about-view";
import { type Access, look, onSignedOut, signOut } from "./access";
import { cancel, follow, get, send, type Upload } from "./api";
import type { Analysis } from "./analysis";
import { ClipForm } from "./clip-form";
import { announce, el, svg } from "./dom";
import { capital, fills } from "./emotions";
import { HistoryView } from "./history-view";
import { Problem } from "./problem";
import { problemView } from "./problem-view";
import { ProgressView } from "./progress-view";
import { ResultView } from "./result-view";
import { session } from "./session";
import { signInView } from "./sign-in-view";
import { installTheme } from "./theme";

const main = document.getElementById("main")!;
const account = document.getElementById("account") as HTMLButtonElement;

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
  const form = new ClipForm((upload) => void sendClip(upload));
  leave = () => {
    history.close();
    form.close();
  };
  document.title = "Emotion";
  show(el("div", { class: "home" },
    form.element,
    el("div", { class: "column" }, history.element, aboutView())));
}

async function sendClip(upload: Upload): Promise<void> {
  const here = move();
  const abort = new AbortController();
  leave = () => abort.abort();
  const progress = new ProgressView("Uploading", null, () => abort.abort());
  document.title = `${upload.clip.name} – Emotion`;
  show(title(upload.clip.name), progress.element);
  main.focus();
  progress.uploading(0);
  try {
    const accepted = await send(upload, (fraction) => progress.uploading(fraction), abort.signal);
    session.add(accepted.id, upload);
    if (here()) {
      location.hash = `#/analyses/${accepted.id}`;
    }
  } catch (failure) {
    if (!here()) {
      return; // Somebody went on meanwhile.
    }
    if (failure instanceof Problem) {
      show(title(upload.clip.name), problemView(failure, () => void sendClip(upload)));
    } else {
      route(); // Cancelled before anything was accepted.
    }
  }
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
  show(title(name), progress.element);
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
  show(title(name), view.element);
  announce(`The answer is there: ${done.fused.prediction ? capital(done.fused.prediction) : "no answer"}`);
}

function problem(failure: unknown, id: string, name: string): void {
  move();
  const upload = session.uploadOf(id);
  // Where nobody answered, the analysis may well be there: the question is put again, and not the clip sent again.
  const again = failure instanceof Problem && failure.reason === "unreachable"
    ? () => void analysis(id)
    : upload ? () => void sendClip(upload) : null;
  show(title(name), problemView(failure instanceof Problem ? failure : new Problem({ detail: String(failure) }), again));
}

function title(name: string): HTMLElement {
  return el("div", { class: "title" }, el("a", { href: "#/", class: "back" }, "New analysis"), el("h1", {}, name));
}

function signIn(): void {
  move();
  account.hidden = true;
  document.title = "Sign in – Emotion";
  show(signInView(() => void begin()));
}

/** The first view: what the address says, for who is let in. */
async function begin(): Promise<void> {
  const access: Access = await look();
  account.hidden = !access.key;
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
  const id = /^#\/analyses\/([0-9a-f]{32})$/.exec(location.hash)?.[1];
  if (id) {
    void analysis(id);
  } else {
    home();
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
