// SPDX-License-Identifier: MIT
// site_lock: one page of a site at a time may have the pad.
import type { LocksLike } from "./serial";

const LOCK = "kesu-line";

export interface SiteLock {
  held(): boolean;
  /** Ask for the lock, unless it was asked for. */
  hold(): void;
  /** Let go of it, or stop waiting for it. */
  free(): void;
}

/** `given` is called when the lock is given; without `locks` it is held as soon as it is asked for. */
export function siteLock(locks: LocksLike | undefined, given: () => void): SiteLock {
  let release: (() => void) | undefined;
  let asked: AbortController | undefined;
  return {
    held: () => release !== undefined,
    hold() {
      if (asked) return;
      asked = new AbortController();
      const take = () =>
        new Promise<void>((done) => {
          release = done;
          given();
        });
      if (locks) locks.request(LOCK, { signal: asked.signal }, take).catch(() => undefined);
      else void take();
    },
    free() {
      asked?.abort();
      release?.();
      asked = release = undefined;
    },
  };
}
