// Light or dark: the system's choice, until somebody makes another one here.

import { keep, recall } from "./storage";

const key = "emotion.theme";
const system = matchMedia("(prefers-color-scheme: dark)");

export function installTheme(button: HTMLButtonElement): void {
  let chosen = recall(() => localStorage, key);
  const show = (): void => {
    const dark = chosen ? chosen === "dark" : system.matches;
    document.documentElement.dataset.theme = dark ? "dark" : "light";
    button.textContent = dark ? "Light" : "Dark";
    button.setAttribute("aria-label", dark ? "Use light colours" : "Use dark colours");
  };
  button.addEventListener("click", () => {
    chosen = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    keep(() => localStorage, key, chosen);
    show();
  });
  system.addEventListener("change", show);
  show();
}
