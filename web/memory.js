// What this device remembers, if its browser lets it: private windows may have no storage, and then nothing is lost but the memory.

/** The value kept under this name, or null. */
export function recall(name) {
  try {
    return JSON.parse(localStorage.getItem(name));
  } catch {
    return null;
  }
}

/** Keeps a value; null forgets it. Returns whether it was kept. */
export function remember(name, value) {
  try {
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}
