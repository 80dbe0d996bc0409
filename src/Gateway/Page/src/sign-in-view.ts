// The key, asked for once.

import { signIn } from "./access";
import { el } from "./dom";
import { Problem } from "./problem";

export function signInView(onSignedIn: () => void): HTMLElement {
  const input = el("input", {
    type: "password", id: "key", autocomplete: "current-password", spellcheck: "false", autocapitalize: "off", required: true, "aria-describedby": "key-help key-problem",
  });
  const complaint = el("p", { id: "key-problem", class: "complaint", role: "alert" });
  const button = el("button", { type: "submit", class: "primary" }, "Sign in");
  const submit = async (): Promise<void> => {
    button.disabled = true;
    complaint.textContent = "";
    input.removeAttribute("aria-invalid");
    try {
      await signIn(input.value.trim());
      input.value = "";
      onSignedIn();
    } catch (failure) {
      complaint.textContent = failure instanceof Problem ? failure.message : String(failure);
      input.setAttribute("aria-invalid", "true");
      input.select();
      input.focus();
    } finally {
      button.disabled = false;
    }
  };
  const form = el("form", { class: "card form sign-in", "aria-labelledby": "sign-in-title" },
    el("h1", { id: "sign-in-title" }, "Sign in"),
    el("p", { class: "lead" }, "This gateway asks who you are. Your key lets you in; the page does not keep it."),
    el("div", { class: "field" }, el("label", { for: "key" }, "Key"), input),
    el("p", { id: "key-help", class: "faint" }, "It begins with emo_. Whoever runs this gateway has keys; on a developer's machine there is one in the file .emotion/key."),
    complaint,
    el("p", { class: "actions" }, button));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void submit();
  });
  window.setTimeout(() => input.focus());
  return form;
}
