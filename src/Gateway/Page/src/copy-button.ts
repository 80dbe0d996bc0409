import { announce, el } from "./dom";

/** @param subject What is copied, for those who hear the button by itself. */
export function copyButton(text: string, subject: string, look = "quiet"): HTMLElement {
  const button = el("button", { type: "button", class: look, "aria-label": `Copy ${subject}` }, "Copy");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
      announce("Copied");
    } catch {
      button.textContent = "Select and copy it by hand"; // No clipboard without a secure connection.
    }
  });
  return button;
}
