// What the browser keeps for this page, if it is let: storage may be blocked or full, and the page does without.

/** @param storage Not the storage itself: to name it fails already where it is blocked. */
export function recall(storage: () => Storage, key: string): string | null {
  try {
    return storage().getItem(key);
  } catch {
    return null;
  }
}

/** @returns Whether it is kept. */
export function keep(storage: () => Storage, key: string, text: string): boolean {
  try {
    storage().setItem(key, text);
    return true;
  } catch {
    return false;
  }
}
