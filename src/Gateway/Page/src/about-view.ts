// What an answer is, before somebody asks for one.

import { el } from "./dom";
import { capital, emotions, swatch } from "./emotions";

export function aboutView(): HTMLElement {
  return el("section", { class: "card about", "aria-labelledby": "about-title" },
    el("h2", { id: "about-title" }, "What comes out"),
    el("p", {}, "A probability for each of eight expressed emotions: for the whole clip and for each few seconds of it, from the voice, the face and the words, each by itself, and one that is fused from those that the models bring together."),
    el("ul", { class: "legend" }, ...emotions.map((emotion) => el("li", {}, swatch(emotion), capital(emotion)))),
    el("p", { class: "faint" }, "The models learned from acted, mostly English recordings. Not for hiring, schools, policing, lie detection, or any decision about a person."));
}
