// Keys, for who has one with the scope admin: which there are, new ones, other secrets, and their end.

import { copyButton } from "./copy-button";
import { announce, el } from "./dom";
import { KeyForm } from "./key-form";
import { type Key, listKeys, type MadeKey, revokeKey, rotateKey } from "./keys";
import { Problem } from "./problem";
import { SureButton } from "./sure-button";

const looks: Record<Key["status"], string> = { active: "used", expired: "uncertain", revoked: "failed" };

export class KeysView {
  readonly element: HTMLElement;
  private readonly secret = el("div");
  private readonly list = el("ul", { class: "keys" });
  private readonly word = el("p", { class: "faint", role: "status" }, "Reading the keys.");
  private readonly ended = el("input", { type: "checkbox", id: "ended-keys" });

  constructor() {
    const form = new KeyForm((made) => this.tell(made, null));
    this.ended.addEventListener("change", () => void this.refresh());
    this.element = el("div", { class: "home" },
      el("div", { class: "column" },
        this.secret,
        el("section", { class: "card", "aria-labelledby": "keys-title" },
          el("div", { class: "head" }, el("h2", { id: "keys-title" }, "Keys"), el("div", { class: "check" }, this.ended, el("label", { for: "ended-keys" }, "Also those that have ended"))),
          this.list, this.word)),
      form.element);
    void this.refresh();
  }

  private async refresh(): Promise<void> {
    try {
      const keys = (await listKeys()).filter((key) => this.ended.checked || key.status === "active");
      this.list.replaceChildren(...keys.map((key) => this.row(key)));
      this.word.textContent = keys.length === 0 ? "No key." : "";
    } catch (failure) {
      this.complain(failure);
    }
  }

  private row(key: Key): HTMLElement {
    const rotate = new SureButton("Rotate", "Rotate, and make another secret?", key.name, () => void this.rotate(key));
    const revoke = new SureButton("Revoke", "Revoke for good?", key.name, () => void this.revoke(key), "quiet danger");
    return el("li", { "data-id": key.id },
      el("p", { class: "name" }, el("strong", {}, key.name), el("span", { class: "chip", "data-status": looks[key.status] }, key.status), ...key.scopes.map((scope) => el("span", { class: "chip" }, scope))),
      el("p", {}, key.intendedUse.description),
      el("p", { class: "faint" }, [
        word(key.intendedUse.area),
        key.intendedUse.ground && `${key.intendedUse.ground.kind} ground: ${key.intendedUse.ground.reason}`,
        `made ${date(key.createdAt)}`,
        key.usedAt ? `used ${date(key.usedAt)}` : "never used",
        key.expiresAt ? `ends ${date(key.expiresAt)}` : "does not end by itself",
        key.previousUntil && `the secret before is good until ${date(key.previousUntil)}`,
      ].filter(Boolean).join(" · ")),
      el("p", { class: "faint" }, el("code", {}, key.id)),
      key.status === "active" && el("p", { class: "actions" }, rotate.element, revoke.element));
  }

  private async rotate(key: Key): Promise<void> {
    try {
      const made = await rotateKey(key.id);
      this.tell(made, made.key.previousUntil);
    } catch (failure) {
      this.complain(failure);
    }
  }

  private async revoke(key: Key): Promise<void> {
    try {
      await revokeKey(key.id);
      announce(`${key.name} is revoked`);
      await this.refresh();
    } catch (failure) {
      this.complain(failure);
    }
  }

  /** @param until How long the secret before is good; null for a key that had none. */
  private tell({ secret, key }: MadeKey, until: string | null): void {
    const close = el("button", { type: "button", onclick: () => this.secret.replaceChildren() }, "It is in a safe place");
    this.secret.replaceChildren(el("section", { class: "card secret", "aria-labelledby": "secret-title" },
      el("h2", { id: "secret-title" }, `The secret of ${key.name}`),
      el("p", {}, "It is shown this once: the gateway keeps no more than a hash of it.", until && ` The one before is good until ${date(until)}.`),
      el("p", {}, el("code", { class: "told" }, secret)),
      el("p", { class: "actions" }, copyButton(secret, "the secret", "primary"), close)));
    announce(`The secret of ${key.name} is shown`);
    close.focus();
    void this.refresh();
  }

  private complain(failure: unknown): void {
    this.word.textContent = failure instanceof Problem ? failure.message : String(failure);
  }
}

function date(time: string): string {
  return new Date(time).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

/** customerService as words. */
function word(area: string): string {
  return area.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
