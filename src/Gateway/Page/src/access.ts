// Who has signed in. The key itself is forgotten as soon as it was sent: from then on a cookie stands for it, which scripts cannot read.

import { Problem } from "./problem";

export interface Access {
  keysRequired: boolean;
  key: { id: string; name: string; scopes: string[] } | null;
  csrfToken: string | null;
}

const address = "/v1/session";
const form = /^emo_[0-9a-f]{16}_[0-9a-f]{64}$/;
const open: Access = { keysRequired: false, key: null, csrfToken: null };

let present: Access = open;

/** What requests that change something bring along. */
export function proof(): Record<string, string> {
  return present.csrfToken ? { "X-CSRF-Token": present.csrfToken } : {};
}

/** Whether who is here may do that; where there are no keys, everybody may. */
export function hasScope(scope: string): boolean {
  return present.key ? present.key.scopes.includes(scope) : !present.keysRequired;
}

/** Where nobody answers, whatever is asked next tells. */
export async function look(): Promise<Access> {
  const response = await fetch(address).catch(() => null);
  present = response?.ok ? ((await response.json()) as Access) : open;
  return present;
}

export async function signIn(key: string): Promise<Access> {
  if (!form.test(key)) {
    throw new Problem({ status: 401, reason: "bad-key", detail: "This is no key. A key begins with emo_ and has 85 characters." });
  }
  const response = await fetch(address, { method: "POST", headers: { Authorization: `Bearer ${key}` } }).catch(() => null);
  if (!response) {
    throw Problem.unreachable();
  }
  if (!response.ok) {
    throw new Problem({ status: response.status, ...(await response.json().catch(() => ({}))) }, response.headers.get("Retry-After"));
  }
  present = (await response.json()) as Access;
  return present;
}

export async function signOut(): Promise<void> {
  await fetch(address, { method: "DELETE", headers: proof() }).catch(() => null);
  present = { keysRequired: true, key: null, csrfToken: null };
}

const ended = new EventTarget();

/** The gateway does not know this browser any more. */
export function onSignedOut(listener: () => void): void {
  ended.addEventListener("ended", listener);
}

/** Every answer of the gateway passes here. */
export function heard(status: number): void {
  if (status === 401) {
    ended.dispatchEvent(new Event("ended"));
  }
}
