// A new key: what it may do, and what its answers are for.

import { el } from "./dom";
import { createKey, type MadeKey, type Scope, scopes } from "./keys";
import { check } from "./options";
import { Problem } from "./problem";

const does: Record<Scope, string> = { analyse: "send clips", read: "read answers, sign in here", models: "see releases", admin: "keys, audit, all analyses" };

/** The areas, as docs/responsible-use.md has them; those that need a ground are the last but one and two. */
const areas: [string, string][] = [
  ["research", "Research"], ["development", "Development"], ["administration", "Administration"], ["health", "Health"], ["safety", "Safety"], ["accessibility", "Accessibility"],
  ["media", "Media"], ["customerService", "Customer service"], ["workplace", "Workplace"], ["education", "Education"], ["other", "Other"],
];

const prohibited = new Set(["workplace", "education"]);
const lifetimes: [number, string][] = [[30, "30 days"], [90, "90 days"], [365, "A year"], [0, "Never"]];
const day = 86_400_000;

export class KeyForm {
  readonly element: HTMLFormElement;
  private readonly name = el("input", { type: "text", id: "key-name", required: true, maxlength: 100, autocomplete: "off" });
  private readonly scopes = scopes.map((scope) => ({ scope, box: el("input", { type: "checkbox", id: `scope-${scope}`, checked: scope === "analyse" || scope === "read" }) }));
  private readonly area = el("select", { id: "key-area" }, ...areas.map(([value, name]) => el("option", { value }, name)));
  private readonly description = el("textarea", { id: "key-use", rows: 2, required: true, maxlength: 500, placeholder: "What is done with the answers" });
  private readonly kind = el("select", { id: "ground-kind" }, el("option", { value: "medical" }, "Medical"), el("option", { value: "safety" }, "Safety"));
  private readonly reason = el("input", { type: "text", id: "ground-reason", maxlength: 500, autocomplete: "off" });
  private readonly ground = el("fieldset", { disabled: true, hidden: true },
    el("legend", {}, "Ground"),
    el("p", { class: "faint" }, "Inferring emotions of people at work or in education is prohibited but for medical or safety reasons. Such a reason is recorded with the key."),
    el("div", { class: "field" }, el("label", { for: "ground-kind" }, "Kind"), this.kind),
    el("div", { class: "field" }, el("label", { for: "ground-reason" }, "Reason"), this.reason));
  private readonly expiry = el("select", { id: "key-expiry" }, ...lifetimes.map(([days, name]) => el("option", { value: days, selected: days === 90 }, name)));
  private readonly complaint = el("p", { class: "complaint", role: "alert" });
  private readonly button = el("button", { type: "submit", class: "primary" }, "Make the key");

  constructor(private readonly onMade: (made: MadeKey) => void) {
    this.area.addEventListener("change", () => this.askForGround());
    this.scopes.forEach(({ box }) => box.addEventListener("change", () => this.requireScope()));
    this.element = el("form", { class: "card form new-key", "aria-labelledby": "key-form-title" },
      el("h2", { id: "key-form-title" }, "New key"),
      el("div", { class: "field" }, el("label", { for: "key-name" }, "Name"), this.name),
      el("fieldset", {}, el("legend", {}, "What it may do"), ...this.scopes.map(({ scope, box }) => check(box, `${scope}: ${does[scope]}`))),
      el("fieldset", {},
        el("legend", {}, "What its answers are for"),
        el("div", { class: "field" }, el("label", { for: "key-area" }, "Area"), this.area),
        el("div", { class: "field" }, el("label", { for: "key-use" }, "Use"), this.description)),
      this.ground,
      el("div", { class: "field" }, el("label", { for: "key-expiry" }, "Ends after"), this.expiry),
      this.complaint,
      this.button);
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.make();
    });
  }

  private askForGround(): void {
    const isNeeded = prohibited.has(this.area.value);
    this.ground.hidden = this.ground.disabled = !isNeeded;
    this.reason.required = isNeeded;
  }

  private requireScope(): void {
    this.scopes[0]!.box.setCustomValidity(this.scopes.some(({ box }) => box.checked) ? "" : "Choose at least one.");
  }

  private async make(): Promise<void> {
    const days = Number(this.expiry.value);
    this.button.disabled = true;
    this.complaint.textContent = "";
    try {
      const made = await createKey({
        name: this.name.value.trim(),
        scopes: this.scopes.filter(({ box }) => box.checked).map(({ scope }) => scope),
        intendedUse: {
          area: this.area.value,
          description: this.description.value.trim().replace(/\s+/g, " "),
          ground: this.ground.disabled ? null : { kind: this.kind.value as "medical" | "safety", reason: this.reason.value.trim() },
        },
        expiresAt: days === 0 ? null : new Date(Date.now() + days * day).toISOString(),
      });
      this.element.reset();
      this.askForGround();
      this.onMade(made);
    } catch (failure) {
      this.complaint.textContent = failure instanceof Problem ? failure.message : String(failure);
    } finally {
      this.button.disabled = false;
    }
  }
}
