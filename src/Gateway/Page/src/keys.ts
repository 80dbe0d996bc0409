// Who may come in, as the gateway tells those who may know.

import { call } from "./http";

const root = "/v1/keys";

export const scopes = ["analyse", "read", "models", "admin"] as const;

export type Scope = (typeof scopes)[number];

export interface IntendedUse {
  area: string;
  description: string;
  ground: { kind: "medical" | "safety"; reason: string } | null;
}

export interface NewKey {
  name: string;
  scopes: Scope[];
  intendedUse: IntendedUse;
  expiresAt: string | null;
}

export interface Key extends NewKey {
  id: string;
  status: "active" | "expired" | "revoked";
  createdAt: string;
  usedAt: string | null;
  /** The secret before the present one is good so long. */
  previousUntil: string | null;
}

/** A key with its secret, which is told this once. */
export interface MadeKey {
  secret: string;
  key: Key;
}

export async function listKeys(): Promise<Key[]> {
  const keys: Key[] = [];
  for (let after = ""; ;) {
    const page: { items: Key[]; next: string | null } = await (await call("GET", `${root}?limit=100${after && `&after=${after}`}`)).json();
    keys.push(...page.items);
    if (!page.next) {
      return keys;
    }
    after = page.next;
  }
}

export async function createKey(key: NewKey): Promise<MadeKey> {
  return (await call("POST", root, key)).json();
}

export async function rotateKey(id: string): Promise<MadeKey> {
  return (await call("POST", `${root}/${id}/rotate`, {})).json();
}

export async function revokeKey(id: string): Promise<void> {
  await call("DELETE", `${root}/${id}`);
}
